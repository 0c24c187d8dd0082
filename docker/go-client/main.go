// Command go-client holds the real Go clients and servers of the catalogue: net/http and database/sql as
// typical programs use them. It prints its observations as NDJSON on stdout, one line per interval:
//
//	{"type":"interval","attempts":…,"connected":…,"completed":…,"answers":…,"inFlight":…,"failures":[…]}
//	{"type":"gauge","values":{…}}
//	{"type":"end","requestLatencyUs":{…},"version":"go1.19.8"}
//
// After "end" it stays idle and keeps its connections until its stdin closes: the measurement must not close
// what a real service would keep open.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	commands := map[string]func([]string) error{
		"http-client": httpClient,
		"http-server": httpServer,
		"mysql-pool":  mysqlPool,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go-client http-client|http-server|mysql-pool [flags]")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
}
