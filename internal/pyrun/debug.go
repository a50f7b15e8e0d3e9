package pyrun

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// Streams are what a test at a terminal reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// ErrNoAnswer says that the process of Debug ended before the test did: the user left the
// debugger, or the test ended the process.
var ErrNoAnswer = errors.New("the test did not come to its end")

// Debug runs a request with one test in a process that has the user's streams, so that
// prints are seen at once and breakpoint() works. It has no limits of time and memory. Ctrl-C
// reaches the process, and only the process ends Debug. It runs in a folder, such as the
// repository's, so that the debugger names files as they are; "" for an empty one.
func Debug(ctx context.Context, python *Python, s Setup, r Request, o Options, dir string, streams Streams) (_ Answer, err error) {
	p, err := NewPool(python, s, o)
	if err != nil {
		return Answer{}, err
	}
	defer p.Close()
	folder, err := os.MkdirTemp(filepath.Dir(p.dir), "debug-")
	if err != nil {
		return Answer{}, fmt.Errorf("create a folder for the test: %w", err)
	}
	defer os.RemoveAll(folder)
	line, err := json.Marshal(wire{ID: r.ID, Kind: r.Kind, Path: r.Path, Body: r.Body, Tests: r.Tests})
	if err != nil {
		return Answer{}, fmt.Errorf("write the test: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "request.json"), bytes.Join([][]byte{p.head, line}, nil), 0o600); err != nil {
		return Answer{}, fmt.Errorf("write the test: %w", err)
	}
	cmd := exec.Command(python.Program, "-S", "-X", "utf8", p.main, folder)
	cmd.Dir = cmp.Or(dir, p.dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = streams.In, streams.Out, streams.Err
	cmd.Env = environment(o.Getenv)
	for _, name := range []string{"TERM", "HOME", "INPUTRC", "PYTHONBREAKPOINT", "COLUMNS"} {
		if v := o.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	ended := cmd.Run()
	var exit *exec.ExitError
	if ended != nil && !errors.As(ended, &exit) {
		return Answer{}, fmt.Errorf("run %s: %w", python.Program, ended)
	}
	text, err := readfile.Bounded(filepath.Join(folder, "answer.json"), maxAnswer)
	var a wireAnswer
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return Answer{}, fmt.Errorf("read the result of the test: %w", err)
	case err == nil && json.Unmarshal(text, &a) == nil:
		return Answer{Fault: a.Error, Outcomes: a.Tests}, nil
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	}
	return Answer{}, ErrNoAnswer
}
