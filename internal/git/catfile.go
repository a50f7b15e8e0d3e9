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

// catFile is one "git cat-file --batch" that answers for many objects, one
// question at a time. It starts at the first one.
type catFile struct {
	start func() *exec.Cmd
	// turn is held by whoever talks to the process.
	turn chan struct{}

	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said *complaints
}

func (c *catFile) blob(ctx context.Context, hash string, limit int64) ([]byte, error) {
	_, content, err := c.object(ctx, hash, limit)
	return content, err
}

// object gives an object's kind and what it holds.
func (c *catFile) object(ctx context.Context, hash string, limit int64) (kind string, content []byte, err error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	if err := c.ensure(); err != nil {
		return "", nil, err
	}
	// A question that was given up leaves its answer in the pipe, so the process
	// goes with it.
	process := c.cmd.Process
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	kind, content, err = c.talk(hash, limit)
	if !stop() {
		c.end(true)
		return "", nil, ctx.Err()
	}
	var size *SizeError
	if err != nil && !errors.As(err, &size) && !errors.Is(err, errNoObject) {
		said := c.said
		c.end(true) // before said is read, which the process writes
		if text := strings.TrimSpace(said.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, text)
		}
	}
	return kind, content, err
}

func (c *catFile) ensure() error {
	if c.cmd != nil {
		return nil
	}
	cmd := c.start()
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("run git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run git cat-file: %w", err)
	}
	said := &complaints{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run git cat-file: %w", err)
	}
	c.cmd, c.in, c.out, c.said = cmd, in, bufio.NewReaderSize(out, 64<<10), said
	return nil
}

// talk asks for one object and reads the answer to its end.
func (c *catFile) talk(hash string, limit int64) (kind string, content []byte, err error) {
	if _, err := io.WriteString(c.in, hash+"\n"); err != nil {
		return "", nil, fmt.Errorf("ask git cat-file for %s: %w", hash, err)
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return "", nil, fmt.Errorf("ask git cat-file for %s: %w", hash, err)
	}
	f := strings.Fields(line)
	if len(f) == 2 && f[1] == "missing" {
		return "", nil, fmt.Errorf("%w: %s", errNoObject, hash)
	}
	if len(f) != 3 {
		return "", nil, fmt.Errorf("ask git cat-file for %s: unexpected answer %q", hash, strings.TrimSpace(line))
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return "", nil, fmt.Errorf("ask git cat-file for %s: unexpected answer %q", hash, strings.TrimSpace(line))
	}
	if size > limit {
		if _, err := io.CopyN(io.Discard, c.out, size+1); err != nil {
			return "", nil, fmt.Errorf("read %s from git cat-file: %w", hash, err)
		}
		return "", nil, &SizeError{Size: size, Limit: limit}
	}
	// A line feed ends the content.
	content = make([]byte, size+1)
	if _, err := io.ReadFull(c.out, content); err != nil {
		return "", nil, fmt.Errorf("read %s from git cat-file: %w", hash, err)
	}
	return f[1], content[:size:size], nil
}

// end lets the process go. It has nothing to lose, as it only reads.
func (c *catFile) end(kill bool) {
	if c.cmd == nil {
		return
	}
	_ = c.in.Close()
	if kill {
		_ = c.cmd.Process.Kill()
	}
	_ = c.cmd.Wait()
	c.cmd = nil
}

func (c *catFile) close() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.end(false)
	return nil
}
