package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that ends at the first signal to end. pdac then
// finishes the requests in flight; a second INT or TERM ends the process at once. A
// second HUP does not: a terminal that closes sends one, and its shell another.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, stop // as nohup asks for
	}
	hungUp := make(chan os.Signal, 1)
	signal.Notify(hungUp, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		<-hungUp
		cancel()
	}()
	return ctx, func() { cancel(); stop() }
}

// shield keeps signals from ending the process until release is called. It calls
// noticed at the first one.
func shield(noticed func()) (release func()) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-got:
			noticed()
		case <-over:
		}
	}()
	return func() {
		close(over)
		<-ended
		signal.Stop(got)
	}
}
