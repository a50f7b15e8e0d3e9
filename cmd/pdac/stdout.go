package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
)

// results is standard output. Many places write to it without looking at the error,
// so it keeps the first one for the end of the run. A reader that has seen enough,
// as in "pdac plan | head -1", is not an error: the run goes on, and the rest of
// the output is dropped.
type results struct {
	to     io.Writer
	failed error
	closed bool
}

// Write writes to the underlying stream.
func (r *results) Write(b []byte) (int, error) {
	if r.closed {
		return len(b), nil
	}
	n, err := r.to.Write(b)
	if closedPipe(err) {
		r.closed = true
		return len(b), nil
	}
	if err != nil && r.failed == nil {
		r.failed = err
	}
	return n, err
}

// err returns what the end of a run must report.
func (r *results) err() error {
	if r.failed == nil {
		return nil
	}
	return fmt.Errorf("write to standard output: %w", unwrapPath(r.failed))
}

// unwrapPath returns the reason of an error without the name of the stream.
func unwrapPath(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// closedPipe reports whether a write failed because nobody reads.
func closedPipe(err error) bool {
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	const brokenPipe, noData = syscall.Errno(109), syscall.Errno(232)
	return runtime.GOOS == "windows" && (errors.Is(err, brokenPipe) || errors.Is(err, noData))
}
