package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// batch is one run of the git program that answers many questions, one at a
// time. It starts at the first one.
type batch struct {
	name  string
	start func() *exec.Cmd
	// turn is held by the goroutine that talks to the process.
	turn chan struct{}

	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said *complaints
}

// ask writes a question and reads its answer. An error that answer returns as
// its first result leaves the process in order; the second one doesn't.
func (b *batch) ask(ctx context.Context, question string, answer func(*bufio.Reader) (refused, broken error)) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.ensure(); err != nil {
		return fmt.Errorf("run git %s: %w", b.name, err)
	}
	// A question that was given up leaves its answer in the pipe, so the process
	// goes with it.
	process := b.cmd.Process
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	_, err := io.WriteString(b.in, question)
	var refused error
	if err == nil {
		refused, err = answer(b.out)
	}
	if !stop() {
		b.end(true)
		return ctx.Err()
	}
	if err == nil {
		return refused
	}
	said := b.said
	b.end(true) // before said is read, which the process writes
	if text := strings.TrimSpace(said.String()); text != "" {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return fmt.Errorf("git %s: %w", b.name, err)
}

func (b *batch) ensure() (err error) {
	if b.cmd != nil {
		return nil
	}
	cmd := b.start()
	if b.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	b.said = &complaints{}
	cmd.Stderr = b.said
	if err := cmd.Start(); err != nil {
		return err
	}
	b.cmd, b.out = cmd, bufio.NewReaderSize(out, 64<<10)
	return nil
}

// end stops the process. It has answered everything, so nothing is lost.
func (b *batch) end(kill bool) {
	if b.cmd == nil {
		return
	}
	_ = b.in.Close()
	if kill {
		_ = b.cmd.Process.Kill()
	}
	_ = b.cmd.Wait()
	b.cmd = nil
}

func (b *batch) close() error {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	b.end(false)
	return nil
}

// object reads an object from "git cat-file --batch": its kind and content.
func (b *batch) object(ctx context.Context, hash string, limit int64) (kind string, content []byte, err error) {
	err = b.ask(ctx, hash+"\n", func(out *bufio.Reader) (error, error) {
		line, err := out.ReadString('\n')
		if err != nil {
			return nil, err
		}
		f := strings.Fields(line)
		if len(f) == 2 && f[1] == "missing" {
			return fmt.Errorf("%w: %s", ErrNoObject, hash), nil
		}
		size := int64(-1)
		if len(f) == 3 {
			if size, err = strconv.ParseInt(f[2], 10, 64); err != nil {
				size = -1
			}
		}
		if size < 0 {
			return nil, fmt.Errorf("unexpected answer %q", strings.TrimSpace(line))
		}
		if size > limit {
			_, err := io.CopyN(io.Discard, out, size+1)
			return &SizeError{Size: size, Limit: limit}, err
		}
		kind, content = f[1], make([]byte, size+1) // a line feed ends the content
		_, err = io.ReadFull(out, content)
		content = content[:size:size]
		return nil, err
	})
	if err != nil {
		return "", nil, err
	}
	return kind, content, nil
}

// tree stores a folder with "git mktree -z --batch" and returns its hash.
func (b *batch) tree(ctx context.Context, entries []treeEntry) (hash string, err error) {
	var list strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&list, "%s %s %s\t%s\x00", e.mode(), e.kind(), e.hash, e.name)
	}
	list.WriteByte(0)
	err = b.ask(ctx, list.String(), func(out *bufio.Reader) (error, error) {
		line, err := out.ReadString('\n')
		hash = strings.TrimSpace(line)
		if err == nil && !isFullHash(hash) {
			err = errors.New("unexpected answer " + strconv.Quote(hash))
		}
		return nil, err
	})
	return hash, err
}
