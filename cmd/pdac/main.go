// Command pdac lints, plans and applies a repository of Panther detections.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	// A closed pipe must not end the process in the middle of an apply or a rotation;
	// writing to it returns an error instead, which results treats.
	signal.Ignore(syscall.SIGPIPE)
	return Main(ctx, Process{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Getenv:      os.Getenv,
		Shield:      shield,
		Now:         time.Now,
		Width:       func() int { w, _, _ := term.GetSize(int(os.Stdout.Fd())); return w },
	})
}
