package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sort"
	"sync"
	"syscall"
	"time"
)

// recorder counts a load. Invariant: attempts = completed + failures + inFlight.
type recorder struct {
	mu        sync.Mutex
	interval  counts
	inFlight  int
	failures  map[failureKind]int
	latencies []int64
	dialing   int
}

type counts struct{ attempts, connected, completed, answers int }

type failureKind struct{ errno, phase string }

type failure struct {
	Errno string `json:"errno"`
	Phase string `json:"phase"`
	Count int    `json:"count"`
}

func newRecorder() *recorder { return &recorder{failures: map[failureKind]int{}} }

func (r *recorder) attempt() {
	r.mu.Lock()
	r.interval.attempts++
	r.inFlight++
	r.mu.Unlock()
}

// dial opens a connection and counts it. A pool may dial for a request that another connection serves meanwhile.
func (r *recorder) dial(open func() (net.Conn, error)) (net.Conn, error) {
	r.mu.Lock()
	r.dialing++
	r.mu.Unlock()
	conn, err := open()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dialing--
	if err == nil {
		r.interval.connected++
	}
	return conn, err
}

// awaitDials waits for pending dials, which the kernel would count and the recorder would not.
func (r *recorder) awaitDials() {
	for wait, quiet := 0, 0; wait < 200 && quiet < 4; wait++ {
		r.mu.Lock()
		dialing := r.dialing
		r.mu.Unlock()
		quiet++
		if dialing > 0 {
			quiet = 0
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *recorder) completed(took time.Duration) {
	r.mu.Lock()
	r.interval.completed++
	r.interval.answers++
	r.inFlight--
	r.latencies = append(r.latencies, took.Microseconds())
	r.mu.Unlock()
}

func (r *recorder) failed(err error) {
	r.mu.Lock()
	r.inFlight--
	r.failures[kindOf(err)]++
	r.mu.Unlock()
}

// kindOf returns the errno of an error, and the phase that net.OpError reports.
func kindOf(err error) failureKind {
	phase := "response"
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		phase = "connect"
	}
	var call *os.SyscallError
	if errors.As(err, &call) && call.Syscall == "bind" {
		phase = "bind"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		for name, number := range errnos {
			if number == errno {
				return failureKind{name, phase}
			}
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return failureKind{"ETIMEDOUT", phase}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return failureKind{"EOF", phase}
	}
	return failureKind{"EUNKNOWN", phase}
}

var errnos = map[string]syscall.Errno{
	"EADDRNOTAVAIL": syscall.EADDRNOTAVAIL,
	"EADDRINUSE":    syscall.EADDRINUSE,
	"ECONNREFUSED":  syscall.ECONNREFUSED,
	"ECONNRESET":    syscall.ECONNRESET,
	"EHOSTUNREACH":  syscall.EHOSTUNREACH,
	"EMFILE":        syscall.EMFILE,
	"EPIPE":         syscall.EPIPE,
	"ETIMEDOUT":     syscall.ETIMEDOUT,
}

// emitInterval prints what has happened since the last call.
func (r *recorder) emitInterval() {
	r.mu.Lock()
	defer r.mu.Unlock()
	failures := []failure{}
	for kind, count := range r.failures {
		failures = append(failures, failure{kind.errno, kind.phase, count})
	}
	sort.Slice(failures, func(a, b int) bool { return failures[a].Errno < failures[b].Errno })
	emit(map[string]any{
		"type": "interval", "attempts": r.interval.attempts, "connected": r.interval.connected,
		"completed": r.interval.completed, "answers": r.interval.answers, "inFlight": r.inFlight,
		"failures": failures,
	})
	r.interval = counts{}
	r.failures = map[failureKind]int{}
}

func (r *recorder) emitEnd() {
	r.mu.Lock()
	defer r.mu.Unlock()
	emit(map[string]any{"type": "end", "requestLatencyUs": summary(r.latencies), "version": runtime.Version()})
}

// summary returns nil if nothing was recorded: no latency is not a latency of 0.
func summary(values []int64) any {
	if len(values) == 0 {
		return nil
	}
	sort.Slice(values, func(a, b int) bool { return values[a] < values[b] })
	sum := int64(0)
	for _, value := range values {
		sum += value
	}
	at := func(q float64) int64 { return values[int(q*float64(len(values)-1))] }
	return map[string]any{
		"count": len(values), "mean": float64(sum) / float64(len(values)),
		"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "p999": at(0.999), "max": values[len(values)-1],
	}
}

var emitLock sync.Mutex

func emit(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	emitLock.Lock()
	defer emitLock.Unlock()
	os.Stdout.Write(append(text, '\n'))
}

// run starts the workers, reports every 100 ms, and returns when the duration has passed and the workers have ended.
func run(r *recorder, workers int, duration time.Duration, gauges func() map[string]float64, work func(worker int)) {
	deadline := time.Now().Add(duration)
	var group sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for time.Now().Before(deadline) {
				work(worker)
			}
		}(worker)
	}
	done := make(chan struct{})
	go func() { group.Wait(); close(done) }()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	report := func() {
		r.emitInterval()
		if gauges != nil {
			emit(map[string]any{"type": "gauge", "values": gauges()})
		}
	}
	for {
		select {
		case <-ticker.C:
			report()
		case <-done:
			r.awaitDials()
			report()
			r.emitEnd()
			return
		}
	}
}

// stayUntilStdinCloses keeps the process and its connections alive until its parent closes stdin.
func stayUntilStdinCloses() { io.Copy(io.Discard, os.Stdin) }
