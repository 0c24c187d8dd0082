// dial ADDRESS PORT MODE COUNT LOG: a static Go client. MODE: dial (connect, ask, close), transport-each (a
// Transport for every request, whose idle connections nobody closes), default (the shared client).
package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
)

type counts struct {
	Attempts int            `json:"attempts"`
	OK       int            `json:"ok"`
	Errors   map[string]int `json:"errors"`
	End      string         `json:"end"`
}

var names = map[syscall.Errno]string{
	syscall.EADDRNOTAVAIL: "EADDRNOTAVAIL", syscall.EADDRINUSE: "EADDRINUSE", syscall.ECONNREFUSED: "ECONNREFUSED",
	syscall.ECONNRESET: "ECONNRESET", syscall.ETIMEDOUT: "ETIMEDOUT", syscall.EMFILE: "EMFILE",
}

func main() {
	target := net.JoinHostPort(os.Args[1], os.Args[2])
	mode, log := os.Args[3], os.Args[5]
	count, _ := strconv.Atoi(os.Args[4])
	var mutex sync.Mutex
	seen := counts{Errors: map[string]int{}, End: "running"}
	write := func(end string) {
		seen.End = end
		line, _ := json.Marshal(seen)
		file, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err == nil {
			file.Write(append(line, '\n'))
			file.Close()
		}
	}
	ask := func() error {
		if mode == "dial" {
			connection, err := net.Dial("tcp", target)
			if err != nil {
				return err
			}
			defer connection.Close()
			if _, err = io.WriteString(connection, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
				return err
			}
			_, err = connection.Read(make([]byte, 4096))
			return err
		}
		client := http.DefaultClient
		if mode == "transport-each" {
			client = &http.Client{Transport: &http.Transport{}}
		}
		response, err := client.Get("http://" + target + "/")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	turns := make(chan struct{}, count)
	for turn := 0; turn < count; turn++ {
		turns <- struct{}{}
	}
	close(turns)
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for range turns {
				err := ask()
				mutex.Lock()
				seen.Attempts++
				if err == nil {
					seen.OK++
				} else {
					name := "EUNKNOWN"
					var errno syscall.Errno
					if errors.As(err, &errno) {
						name = names[errno]
					}
					seen.Errors[name]++
					if seen.Errors[name] == 1 {
						write("running")
					}
				}
				mutex.Unlock()
			}
		}()
	}
	group.Wait()
	write("done")
}
