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

// steps lists the commits with "git rev-list", and compares each with each of its
// parents with one "git diff-tree". A single "git log" can't do it: it doesn't say
// which parent of a merge a difference is from.
func (p *program) steps(ctx context.Context, r stepRange, wanted map[string]bool, visit func(step) (bool, error)) error {
	args := []string{"rev-list", "--parents"}
	if r.limit > 0 {
		args = append(args, "--max-count="+strconv.Itoa(r.limit))
	}
	args = append(args, r.start)
	if r.since != "" {
		args = append(args, "^"+r.since)
	}
	list, err := p.run(ctx, nil, nil, append(args, "--")...)
	if err != nil {
		return err
	}
	edge, err := p.edge()
	if err != nil {
		return err
	}
	var pairs strings.Builder
	for line := range strings.Lines(list) {
		hash, parents, _ := strings.Cut(strings.TrimSpace(line), " ")
		if parents == "" {
			fmt.Fprintln(&pairs, hash)
		}
		for parent := range strings.FieldsSeq(parents) {
			fmt.Fprintln(&pairs, hash, parent)
		}
	}
	args = []string{"diff-tree", "--stdin", "--always", "--root", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none"}
	return p.stream(ctx, strings.NewReader(pairs.String()), append(args, p.pathspec()...), func(out *bufio.Reader) error {
		d := &differences{layout: p.layout, in: out, wanted: wanted}
		for line := range strings.Lines(list) {
			f := strings.Fields(line)
			s := step{hash: f[0], parents: f[1:]}
			if edge[s.hash] {
				// git pretends that these commits have no parents.
				c, err := p.commit(ctx, s.hash)
				if err != nil {
					return err
				}
				s.cut = len(c.Parents) > 0
			}
			var changed []map[string]change
			var removed [][]fileObject
			for range max(1, len(s.parents)) {
				c, gone, err := d.next(s.hash)
				if err != nil {
					return err
				}
				changed, removed = append(changed, c), append(removed, gone)
			}
			s.differ = func(parent int, paths []string) ([]string, error) {
				var out []string
				for _, path := range paths {
					if _, ok := changed[parent][path]; ok {
						out = append(out, path)
					}
				}
				return out, nil
			}
			s.kind = func(path string) (ChangeKind, error) { return p.kind(ctx, s, path, changed[0][path]) }
			s.before = func(parent int, path string) (string, error) { return changed[parent][path].before, nil }
			s.removed = func(parent int) ([]fileObject, error) { return removed[parent], nil }
			if more, err := visit(s); err != nil || !more {
				return err
			}
		}
		return nil
	})
}

// stream runs git and reads what it writes until read returns, then stops it.
func (p *program) stream(ctx context.Context, stdin io.Reader, args []string, read func(*bufio.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, said, heard, err := p.listen(ctx, cancel, stdin, args)
	if err != nil {
		return err
	}
	err = read(bufio.NewReaderSize(heard, 64<<10))
	if heard.stop() {
		cancel()
		_ = cmd.Wait()
		return heard.tooLong(args[0])
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.Join(cmd.Wait(), err) // before said is read, which the process writes
		return p.failure(ctx, args, "", said.String(), err)
	}
	cancel()
	_ = cmd.Wait()
	return err
}

// listen starts git, and returns what it complains about and what it writes. If it writes
// nothing for too long, end is called, which ends it.
func (p *program) listen(ctx context.Context, end func(), stdin io.Reader, args []string) (*exec.Cmd, *complaints, *hearing, error) {
	cmd := p.command(ctx, nil, args...)
	said := &complaints{}
	cmd.Stdin, cmd.Stderr = stdin, said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("run git %s: %w", args[0], err)
	}
	return cmd, said, hear(out, p.silence, end), nil
}

// change is what a commit did to a path or to files below it.
type change struct {
	// exact says that the path itself is a file before or after. was and is say
	// that something was there before and is there after.
	exact, was, is bool
	// before is the hash of the file before; "" if there was none.
	before string
}

// differences reads what "git diff-tree --stdin --always --raw -z" writes.
type differences struct {
	layout
	in     *bufio.Reader
	wanted map[string]bool
	// next line, when it was read already
	ahead string
}

func (d *differences) token() (string, error) {
	if d.ahead != "" {
		t := d.ahead
		d.ahead = ""
		return t, nil
	}
	t, err := d.in.ReadSlice(0)
	if errors.Is(err, io.EOF) && len(t) == 0 {
		return "", io.EOF
	}
	return strings.TrimSuffix(string(t), "\x00"), err
}

// next reads one comparison of a commit, and returns the wanted paths in it, and
// removed files.
func (d *differences) next(hash string) (map[string]change, []fileObject, error) {
	if t, err := d.token(); err != nil || t != hash {
		return nil, nil, fmt.Errorf("git diff-tree: unexpected answer %q for %s: %w", t, hash, errors.Join(err, io.ErrUnexpectedEOF))
	}
	var out map[string]change
	var removed []fileObject
	b := d.budget("the change of the commit", hash)
	for {
		about, err := d.token()
		if errors.Is(err, io.EOF) {
			return out, removed, nil
		}
		if err != nil || !strings.HasPrefix(about, ":") {
			d.ahead = about
			return out, removed, err
		}
		path, err := d.token()
		if err != nil {
			return nil, nil, fmt.Errorf("git diff-tree: %w", io.ErrUnexpectedEOF)
		}
		if err := b.spend(path); err != nil {
			return nil, nil, err
		}
		// :100644 000000 1234… 0000… D
		before, rest, _ := strings.Cut(about, " ")
		after, rest, _ := strings.Cut(rest, " ")
		blob, _, _ := strings.Cut(rest, " ")
		regular := strings.HasPrefix(before, ":100")
		if regular && strings.Trim(after, "0") == "" && len(removed) < maxRemoved {
			removed = append(removed, fileObject{path: path, hash: blob})
		}
		for at := path; ; {
			if d.wanted[at] {
				if out == nil {
					out = map[string]change{}
				}
				c := out[at]
				c.exact = c.exact || at == path
				if at == path && regular {
					c.before = blob
				}
				c.was = c.was || strings.Trim(before, ":0") != ""
				c.is = c.is || strings.Trim(after, "0") != ""
				out[at] = c
			}
			slash := strings.LastIndexByte(at, '/')
			if slash < 0 {
				break
			}
			at = at[:slash]
		}
	}
}

// kind says what a commit did to a path, from the difference to its first parent.
func (p *program) kind(ctx context.Context, s step, path string, c change) (ChangeKind, error) {
	if c.exact || c.was && c.is {
		return kindOf(c.was, c.is), nil
	}
	// Only files below the path came or went: other files may be there still.
	there := func(commit string) (bool, error) {
		out, err := p.run(ctx, nil, nil, "ls-tree", "-z", "--full-tree", commit, "--", path)
		return out != "", err
	}
	is, err := there(s.hash)
	was := false
	if err == nil && len(s.parents) > 0 {
		was, err = there(s.parents[0])
	}
	return kindOf(was, is), err
}
