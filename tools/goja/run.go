package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/console"
	"github.com/dop251/goja_nodejs/require"
)

const (
	longestTimeout = 20 * time.Second
	// longestLoad is how long the script itself may take before its function is called.
	longestLoad = 5 * time.Second
)

var errHalt = errors.New("interrupt")

// fields is what ctx and api are: JavaScript sees a Go map, whose keys have no order.
type fields map[string]any

// run does what ZITADEL does with an Action, and logs what it logs. The error is what a login is blocked with when
// the Action is not allowed to fail.
func run(asked request, denied networks, logger *actionLog) (err error) {
	timeout := time.Duration(asked.Timeout) * time.Millisecond
	if timeout <= 0 {
		timeout = longestTimeout
	}
	deadline, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()

	logger.started()
	defer func() { logger.ended(err) }()
	// Go's panics pass through JavaScript's try and catch: they end the run here.
	defer func() {
		if thrown := recover(); thrown != nil {
			err = asError(thrown)
		}
	}()

	vm := goja.New()
	vm.SetFieldNameMapper(goja.UncapFieldNameMapper())
	registry := new(require.Registry)
	registry.Enable(vm)
	registry.RegisterNativeModule("zitadel/log", console.RequireWithPrinter(logger))
	registry.RegisterNativeModule("zitadel/http", httpModule(deadline, denied))

	stop := interruptAfter(vm, min(timeout, longestLoad))
	_, err = vm.RunString(asked.Script)
	stop()
	if err != nil {
		return err
	}
	function := vm.Get(asked.Name)
	if function == nil {
		return errors.New("function not found")
	}
	if asked.Expression != "" {
		return call(vm, asked, function, timeout)
	}
	var action func(fields, fields) error
	if err := vm.ExportTo(function, &action); err != nil {
		return err
	}
	ctx := asked.Context.fields(vm)
	defer interruptAfter(vm, timeout)()
	return action(ctx, apiFields())
}

// call gives the function a context that is a JavaScript value.
func call(vm *goja.Runtime, asked request, function goja.Value, timeout time.Duration) error {
	ctx, err := vm.RunString("(" + asked.Expression + ")")
	if err != nil {
		return fmt.Errorf("the context's expression: %w", err)
	}
	action, ok := goja.AssertFunction(function)
	if !ok {
		return errors.New("function not found")
	}
	defer interruptAfter(vm, timeout)()
	_, err = action(goja.Undefined(), ctx, vm.ToValue(apiFields()))
	return err
}

func interruptAfter(vm *goja.Runtime, timeout time.Duration) (stop func()) {
	timer := time.AfterFunc(timeout, func() { vm.Interrupt(errHalt) })
	return func() { timer.Stop() }
}

func asError(thrown any) error {
	switch value := thrown.(type) {
	case error:
		return value
	case string:
		return errors.New(value)
	default:
		return fmt.Errorf("unknown error occurred: %v", thrown)
	}
}
