package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlPool is a service with a database pool: workers that query, and a pool that keeps some connections open.
func mysqlPool(args []string) error {
	flags := flag.NewFlagSet("mysql-pool", flag.ContinueOnError)
	workers := flags.Int("workers", 50, "goroutines that query")
	maxOpen := flags.Int("max-open", 100, "SetMaxOpenConns")
	maxIdle := flags.Int("max-idle", 10, "SetMaxIdleConns")
	query := flags.String("query", "SELECT SLEEP(0.005)", "the query")
	pause := flags.Duration("pause", 20*time.Millisecond, "between two queries of a goroutine")
	duration := flags.Duration("duration", millisecondsOf("TIMEWAIT_LAB_DURATION_MS", 3000), "duration of the load")
	targets := flags.String("targets", os.Getenv("TIMEWAIT_LAB_TARGETS"), "ADDRESS:PORT")
	user := flags.String("user", "lab", "database user, without a password")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *targets == "" {
		return errors.New("no --targets and no TIMEWAIT_LAB_TARGETS")
	}
	r := newRecorder()
	db, err := openPool(*user+"@lab("+strings.Split(*targets, ",")[0]+")/", *maxOpen, *maxIdle, r)
	if err != nil {
		return err
	}
	run(r, *workers, *duration, func() map[string]float64 { return poolGauges(db) }, func(int) {
		r.attempt()
		startedAt := time.Now()
		var result int
		if err := db.QueryRow(*query).Scan(&result); err != nil {
			r.failed(err)
			time.Sleep(5 * time.Millisecond)
			return
		}
		r.completed(time.Since(startedAt))
		time.Sleep(*pause)
	})
	stayUntilStdinCloses()
	return nil
}

// openPool opens a pool over the network "lab", which is TCP and counts every connection that is opened.
func openPool(dsn string, maxOpen, maxIdle int, r *recorder) (*sql.DB, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	mysql.RegisterDialContext("lab", func(ctx context.Context, address string) (net.Conn, error) {
		return r.dial(func() (net.Conn, error) { return dialer.DialContext(ctx, "tcp", address) })
	})
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(maxOpen)
	db.SetMaxIdleConns(maxIdle)
	return db, nil
}

// poolGauges are sql.DBStats under the names of its fields.
func poolGauges(db *sql.DB) map[string]float64 {
	stats := db.Stats()
	return map[string]float64{
		"pool.MaxIdleClosed":   float64(stats.MaxIdleClosed),
		"pool.OpenConnections": float64(stats.OpenConnections),
		"pool.InUse":           float64(stats.InUse),
		"pool.Idle":            float64(stats.Idle),
		"pool.WaitCount":       float64(stats.WaitCount),
	}
}
