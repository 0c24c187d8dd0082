package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// httpServer is a net/http server with its defaults. With --database every request makes a query first.
// With --restart-after it closes its listener once and listens again, with or without SO_REUSEADDR.
func httpServer(args []string) error {
	flags := flag.NewFlagSet("http-server", flag.ContinueOnError)
	port := flags.Int("port", 8080, "port to listen on")
	bytes := flags.Int("bytes", 3, "size of the answer's body in bytes")
	idle := flags.Duration("idle-timeout", 0, "Server.IdleTimeout; 0: none")
	keepAlive := flags.Bool("keep-alive", true, "false: closes after every answer (SetKeepAlivesEnabled)")
	delay := flags.Duration("delay", 0, "time that a request takes, in addition to the database")
	database := flags.String("database", "", "DSN of a MySQL server to query for every request")
	maxIdle := flags.Int("max-idle", 10, "SetMaxIdleConns of the database pool")
	restartAfter := flags.Duration("restart-after", 0, "closes the listener after this time and listens again; 0: never")
	down := flags.Duration("restart-takes", 0, "time between closing the listener and the first attempt to listen again")
	family := flags.Int("family", 4, "internet protocol to listen on: 4 or 6")
	reuseAddr := flags.Bool("reuse-addr", true, "SO_REUSEADDR, which Go sets by default")
	retry := flags.Duration("retry", 250*time.Millisecond, "pause between two attempts to listen again")
	if err := flags.Parse(args); err != nil {
		return err
	}
	body := []byte(strings.Repeat("x", *bytes-1) + "\n")
	var db *sql.DB
	if *database != "" {
		opened, err := openPool(*database, 100, *maxIdle, newRecorder())
		if err != nil {
			return err
		}
		db = opened
		go everySecond(func() { emit(map[string]any{"type": "gauge", "values": poolGauges(db)}) })
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if db != nil {
			var one int
			if err := db.QueryRowContext(q.Context(), "SELECT 1").Scan(&one); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
		}
		time.Sleep(*delay)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	})
	server := &http.Server{Handler: handler, IdleTimeout: *idle}
	server.SetKeepAlivesEnabled(*keepAlive)
	listener, err := listen(*family, *port, *reuseAddr)
	if err != nil {
		return err
	}
	emit(map[string]any{"type": "listening", "version": runtime.Version()})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if *restartAfter > 0 {
		go restart(server, listener, *family, *port, *reuseAddr, *restartAfter, *down, *retry)
		stayUntilStdinCloses()
		return nil
	}
	go func() { stayUntilStdinCloses(); server.Close() }()
	if err := <-ended; err != http.ErrServerClosed {
		return err
	}
	return nil
}

// restart behaves like a restarted program: it closes its port, then tries to bind it again until that succeeds.
func restart(server *http.Server, listener net.Listener, family, port int, reuseAddr bool, after, down, pause time.Duration) {
	time.Sleep(after)
	listener.Close()
	closedAt := time.Now()
	time.Sleep(down)
	refused := 0
	for {
		again, err := listen(family, port, reuseAddr)
		if err == nil {
			emit(map[string]any{"type": "gauge", "values": map[string]float64{
				"restart.eaddrinuse": float64(refused), "restart.downMs": float64(time.Since(closedAt).Milliseconds()),
				"restart.listening": 1,
			}})
			http.Serve(again, server.Handler)
			return
		}
		if kindOf(err).errno != "EADDRINUSE" {
			panic(err)
		}
		refused++
		emit(map[string]any{"type": "gauge", "values": map[string]float64{
			"restart.eaddrinuse": float64(refused), "restart.listening": 0,
		}})
		time.Sleep(pause)
	}
}

func listen(family, port int, reuseAddr bool) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		if reuseAddr {
			return nil
		}
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
		})
		if err != nil {
			return err
		}
		return failed
	}}
	return config.Listen(context.Background(), fmt.Sprintf("tcp%d", family), fmt.Sprintf(":%d", port))
}

func everySecond(then func()) {
	for range time.Tick(time.Second) {
		then()
	}
}
