// Command actions runs scripts of ZITADEL's Actions (version 1) in goja, the engine that ZITADEL runs them in, with
// its modules zitadel/log and zitadel/http and the values of its context, as they were recorded from a server.
//
// It reads one JSON request a line and answers with JSON lines: each line of ZITADEL's log as soon as it is
// written, {"run", "line"}, and at the end {"run", "done": true, "took", "error"?}. Runs go on side by side.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"os"
	"strings"
	"sync"
	"time"
)

type request struct {
	// Run is the caller's number of it.
	Run    int    `json:"run"`
	Script string `json:"script"`
	// Name is the Action's, and so the function's.
	Name string `json:"name"`
	// Timeout in milliseconds; 0 is the longest that ZITADEL allows.
	Timeout    int    `json:"timeout"`
	InstanceID string `json:"instanceId"`
	// Format of the log's lines: "text" or "json".
	Format string `json:"format"`
	// Context as ZITADEL gives it, or Expression: JavaScript whose value is the context, for what no server would give.
	Context    *actionContext `json:"context"`
	Expression string         `json:"expression"`
}

type answer struct {
	Run  int    `json:"run"`
	Line string `json:"line,omitempty"`
	Done bool   `json:"done,omitempty"`
	// Took in milliseconds.
	Took  float64 `json:"took,omitempty"`
	Error string  `json:"error,omitempty"`
}

func main() {
	deny := flag.String("deny", "127.0.0.0/8,::1/128,169.254.0.0/16,fe80::/10", "networks that zitadel/http refuses, with commas between")
	flag.Parse()
	denied, err := parseNetworks(*deny)
	if err != nil {
		log.Fatal(err)
	}
	var writing sync.Mutex
	encoder := json.NewEncoder(os.Stdout)
	say := func(one answer) {
		writing.Lock()
		defer writing.Unlock()
		if err := encoder.Encode(one); err != nil {
			os.Exit(1) // nobody listens any more
		}
	}
	// A few at once: a line of many requests must not hold all their engines in memory.
	slots := make(chan struct{}, 16)
	var running sync.WaitGroup
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			var asked request
			if err := json.Unmarshal([]byte(line), &asked); err != nil {
				log.Fatalf("not a request: %v", err)
			}
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				serve(asked, denied, say)
			})
		}
		if err != nil {
			break
		}
	}
	running.Wait()
}

func serve(asked request, denied networks, say func(answer)) {
	started := time.Now()
	logger := newActionLog(asked.Format, asked.InstanceID, func(line string) { say(answer{Run: asked.Run, Line: line}) })
	end := answer{Run: asked.Run, Done: true}
	if err := run(asked, denied, logger); err != nil {
		end.Error = err.Error()
	}
	end.Took = float64(time.Since(started).Microseconds()) / 1000
	say(end)
}
