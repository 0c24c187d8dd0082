package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// httpClient makes requests like a typical net/http program, optionally with one of the well-known mistakes.
func httpClient(args []string) error {
	flags := flag.NewFlagSet("http-client", flag.ContinueOnError)
	workers := flags.Int("workers", 10, "goroutines that make requests")
	pause := flags.Duration("pause", 0, "between two requests of a goroutine")
	disableKeepAlives := flags.Bool("disable-keepalives", false, "Transport.DisableKeepAlives")
	maxIdlePerHost := flags.Int("max-idle-per-host", 0, "Transport.MaxIdleConnsPerHost; 0 is net/http's default of 2")
	bind := flags.Bool("bind", false, "bind(2) the own address with port 0 before connect(2)")
	bindNoPort := flags.Bool("bind-no-port", false, "... with IP_BIND_ADDRESS_NO_PORT: connect(2) chooses the port")
	body := flags.String("body", "read", "what to do with the answer: read (and close), close (unread), leave")
	path := flags.String("path", "/", "path of the request")
	duration := flags.Duration("duration", millisecondsOf("TIMEWAIT_LAB_DURATION_MS", 3000), "duration of the load")
	targets := flags.String("targets", os.Getenv("TIMEWAIT_LAB_TARGETS"), "ADDRESS:PORT, several separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	hosts := strings.Split(*targets, ",")
	if *targets == "" {
		return errors.New("no --targets and no TIMEWAIT_LAB_TARGETS")
	}
	r := newRecorder()
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if *bind || *bindNoPort {
		own, err := ownAddressTowards(hosts[0])
		if err != nil {
			return err
		}
		dialer.LocalAddr = &net.TCPAddr{IP: own}
	}
	if *bindNoPort {
		dialer.Control = setBindNoPort
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DisableKeepAlives = *disableKeepAlives
	transport.MaxIdleConnsPerHost = *maxIdlePerHost
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return r.dial(func() (net.Conn, error) { return dialer.DialContext(ctx, network, address) })
	}
	// No timeout, like http.Get: it would cancel unread bodies, and dials whose request has been served.
	client := &http.Client{Transport: transport}
	run(r, *workers, *duration, nil, func(worker int) {
		r.attempt()
		startedAt := time.Now()
		err := request(client, "http://"+hosts[worker%len(hosts)]+*path, *body)
		if err != nil {
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

// ownAddressTowards returns the address that connect(2) would choose; UDP sends no packet for it.
func ownAddressTowards(target string) (net.IP, error) {
	conn, err := net.Dial("udp", target)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP, nil
}

// IP_BIND_ADDRESS_NO_PORT of linux/in.h (Linux 4.2), which package syscall does not name.
const ipBindAddressNoPort = 24

func setBindNoPort(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
	})
	if err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt", failed)
}

var leaked struct {
	sync.Mutex
	answers []*http.Response
}

// leak keeps a reference to an answer that is never read or closed.
func leak(answer *http.Response) {
	leaked.Lock()
	leaked.answers = append(leaked.answers, answer)
	leaked.Unlock()
}

func millisecondsOf(name string, otherwise int) time.Duration {
	if value, err := strconv.Atoi(os.Getenv(name)); err == nil {
		otherwise = value
	}
	return time.Duration(otherwise) * time.Millisecond
}

func request(client *http.Client, url, body string) error {
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	switch body {
	case "read":
		_, err = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	case "close":
		answer.Body.Close()
	case "leave":
		leak(answer)
	}
	if err == nil && answer.StatusCode >= 500 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return err
}
