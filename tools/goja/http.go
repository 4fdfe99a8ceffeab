package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/require"
)

// networks that a script may not call.
type networks []*net.IPNet

func parseNetworks(list string) (networks, error) {
	var parsed networks
	for _, one := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		_, network, err := net.ParseCIDR(one)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, network)
	}
	return parsed, nil
}

func (n networks) refuse(host string) error {
	addresses := []net.IP{net.ParseIP(host)}
	if addresses[0] == nil {
		var err error
		if addresses, err = net.LookupIP(host); err != nil {
			return fmt.Errorf("ID=ACTIO-4m9s2 Message=lookup failed Parent=(%w)", err)
		}
	}
	for _, network := range n {
		for _, address := range addresses {
			if network.Contains(address) {
				return fmt.Errorf("address is denied by '%s'", network)
			}
		}
	}
	return nil
}

func (n networks) RoundTrip(call *http.Request) (*http.Response, error) {
	if err := n.refuse(call.URL.Hostname()); err != nil {
		return nil, fmt.Errorf("ID=ACTIO-N72d0 Message=host is denied Parent=(%w)", err)
	}
	return http.DefaultTransport.RoundTrip(call)
}

// fetched is what fetch answers with; scripts see status, body, headers, json and text.
type fetched struct {
	Body    string
	Status  int
	Headers map[string][]string
	vm      *goja.Runtime
}

func (f *fetched) Text() goja.Value { return f.vm.ToValue(f.Body) }

func (f *fetched) Json() goja.Value {
	var value any
	if err := json.Unmarshal([]byte(f.Body), &value); err != nil {
		panic(err)
	}
	return f.vm.ToValue(value)
}

// httpModule is zitadel/http. What goes wrong in it is a panic, which no script can catch.
func httpModule(deadline context.Context, denied networks) require.ModuleLoader {
	return func(vm *goja.Runtime, module *goja.Object) {
		exports := module.Get("exports").(*goja.Object)
		_ = exports.Set("fetch", func(call goja.FunctionCall) goja.Value {
			client := &http.Client{Transport: denied}
			if at, ok := deadline.Deadline(); ok {
				client.Timeout = time.Until(at)
			}
			answer, err := client.Do(httpRequest(deadline, vm, call.Arguments))
			if err != nil {
				panic(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				panic("unable to read response body")
			}
			return vm.ToValue(&fetched{Body: string(body), Status: answer.StatusCode, vm: vm})
		})
	}
}

func httpRequest(deadline context.Context, vm *goja.Runtime, arguments []goja.Value) *http.Request {
	if len(arguments) < 1 || len(arguments) > 2 {
		panic("fetch takes a url and options")
	}
	method := http.MethodGet
	headers := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	var body io.Reader
	if len(arguments) == 2 {
		options := arguments[1].ToObject(vm)
		for _, key := range options.Keys() {
			value := options.Get(key)
			switch key {
			case "method":
				method = value.String()
			case "headers":
				headers = headersOf(value.ToObject(vm))
			case "body":
				encoded, err := value.ToObject(vm).MarshalJSON()
				if err != nil {
					panic(err)
				}
				body = bytes.NewReader(encoded)
			default:
				panic(fmt.Errorf("ID=ACTIO-OfUeA Message=key is invalid"))
			}
		}
	}
	made, err := http.NewRequestWithContext(deadline, method, arguments[0].String(), body)
	if err != nil {
		panic(err)
	}
	made.Header = headers
	return made
}

// headersOf splits a text at its commas: it is a header of several values then.
func headersOf(options *goja.Object) http.Header {
	headers := http.Header{}
	for _, name := range options.Keys() {
		switch value := options.Get(name).Export().(type) {
		case string:
			for _, one := range strings.Split(value, ",") {
				headers.Add(name, strings.TrimSpace(one))
			}
		case []any:
			for _, one := range value {
				headers.Add(name, strings.TrimSpace(fmt.Sprint(one)))
			}
		}
	}
	return headers
}
