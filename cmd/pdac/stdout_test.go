package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// closedAfter is a pipe whose reader goes away after some bytes.
type closedAfter int

func (c *closedAfter) Write(b []byte) (int, error) {
	if *c -= closedAfter(len(b)); *c < 0 {
		return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	}
	return len(b), nil
}

// TestAReaderThatGoesAway: it is no error, but nothing is applied on an answer to a
// plan that was cut short.
func TestAReaderThatGoesAway(t *testing.T) {
	pipe := closedAfter(100)
	r := &results{to: &pipe}
	for range 9 {
		if n, err := io.WriteString(r, strings.Repeat("x", 60)); n != 60 || err != nil {
			t.Fatalf("wrote %d bytes (%v)", n, err)
		}
	}
	if r.err() != nil || !r.closed {
		t.Errorf("closed is %v, and the end reports %v", r.closed, r.err())
	}
	var asked bytes.Buffer
	a := &app{Process: Process{InTerminal: true, In: strings.NewReader("yes\n"), Err: &asked}, results: r}
	err := a.approve(t.Context(), &carryFlags{}, &target{}, nil)
	if err == nil || !strings.Contains(err.Error(), "the plan was not read to its end") || asked.Len() > 0 {
		t.Errorf("asked %q, ended with %v", &asked, err)
	}

	full := errors.New("no space left on device")
	r = &results{to: failing{full}}
	_, _ = io.WriteString(r, "x")
	if err := r.err(); !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "write to standard output: ") {
		t.Errorf("a full disk is reported as %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
