package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// steps lists the commits with "git rev-list", and compares each with each of its
// parents with one "git diff-tree". A single "git log" can't do it: it doesn't say
// which parent of a merge a difference is from.
func (p *program) steps(ctx context.Context, start string, limit int, paths []string, visit func(step) (bool, error)) error {
	args := []string{"rev-list", "--parents"}
	if limit > 0 {
		args = append(args, "--max-count="+strconv.Itoa(limit))
	}
	list, err := p.run(ctx, nil, nil, append(args, start, "--")...)
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
	wanted := make(map[string]bool, len(paths))
	for _, path := range paths {
		wanted[path] = true
	}
	args = []string{"diff-tree", "--stdin", "--always", "--root", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none"}
	return p.stream(ctx, strings.NewReader(pairs.String()), append(args, p.pathspec()...), func(out *bufio.Reader) error {
		d := &differences{in: out, wanted: wanted}
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
			for range max(1, len(s.parents)) {
				c, err := d.next(s.hash)
				if err != nil {
					return err
				}
				changed = append(changed, c)
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
	cmd := p.command(ctx, nil, args...)
	var said complaints
	cmd.Stdin, cmd.Stderr = stdin, &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run git %s: %w", args[0], err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run git %s: %w", args[0], err)
	}
	err = read(bufio.NewReaderSize(out, 64<<10))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.Join(cmd.Wait(), err) // before said is read, which the process writes
		return p.failure(ctx, args, "", said.String(), err)
	}
	cancel()
	_ = cmd.Wait()
	return err
}

// change is what a commit did to a path or to files below it.
type change struct {
	// exact says that the path itself is a file before or after. was and is say
	// that something was there before and is there after.
	exact, was, is bool
}

// differences reads what "git diff-tree --stdin --always --raw -z" writes.
type differences struct {
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
	t, err := d.in.ReadString(0)
	if errors.Is(err, io.EOF) && t == "" {
		return "", io.EOF
	}
	return strings.TrimSuffix(t, "\x00"), err
}

// next reads one comparison of a commit, and returns the wanted paths in it.
func (d *differences) next(hash string) (map[string]change, error) {
	if t, err := d.token(); err != nil || t != hash {
		return nil, fmt.Errorf("git diff-tree: unexpected answer %q for %s: %w", t, hash, errors.Join(err, io.ErrUnexpectedEOF))
	}
	var out map[string]change
	for {
		about, err := d.token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil || !strings.HasPrefix(about, ":") {
			d.ahead = about
			return out, err
		}
		path, err := d.token()
		if err != nil {
			return nil, fmt.Errorf("git diff-tree: %w", io.ErrUnexpectedEOF)
		}
		before, rest, _ := strings.Cut(about, " ")
		after, _, _ := strings.Cut(rest, " ")
		for at := path; ; {
			if d.wanted[at] {
				if out == nil {
					out = map[string]change{}
				}
				c := out[at]
				c.exact = c.exact || at == path
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

// steps compares the trees of commits, only at the paths that it is asked for.
func (l *library) steps(ctx context.Context, start string, limit int, _ []string, visit func(step) (bool, error)) error {
	edge, err := l.edge()
	if err != nil {
		return err
	}
	return l.with(ctx, func(s *store) error {
		t := &treeReader{store: s, trees: map[plumbing.Hash]map[string]object.TreeEntry{}}
		commits := map[string]LogEntry{}
		read := func(hash string) (LogEntry, error) {
			if c, ok := commits[hash]; ok {
				return c, nil
			}
			c, err := s.commit(hash)
			commits[hash] = c
			return c, err
		}
		return l.walk(ctx, read, start, limit, func(c LogEntry) (bool, error) {
			s := step{hash: c.Hash, parents: c.Parents, cut: edge[c.Hash] && len(c.Parents) > 0}
			here := plumbing.NewHash(c.tree)
			before := func(parent int) (plumbing.Hash, error) {
				if parent >= len(c.Parents) {
					return plumbing.ZeroHash, nil
				}
				p, err := read(c.Parents[parent])
				return plumbing.NewHash(p.tree), err
			}
			s.differ = func(parent int, paths []string) ([]string, error) {
				was, err := before(parent)
				if err != nil {
					return nil, err
				}
				return t.differ(was, here, 0, paths, nil)
			}
			s.kind = func(path string) (ChangeKind, error) {
				was, err := before(0)
				if err != nil {
					return "", err
				}
				wasThere, err := t.differ(plumbing.ZeroHash, was, 0, []string{path}, nil)
				if err != nil {
					return "", err
				}
				isThere, err := t.differ(plumbing.ZeroHash, here, 0, []string{path}, nil)
				return kindOf(len(wasThere) > 0, len(isThere) > 0), err
			}
			return visit(s)
		})
	})
}

// treeReader keeps the trees that it has read, by name: a parent's trees are needed
// again when the parent is visited itself.
type treeReader struct {
	*store
	trees map[plumbing.Hash]map[string]object.TreeEntry
}

// maxTrees bounds how many trees are kept.
const maxTrees = 4096

// tree doesn't use go-git's FindEntry, which refuses names that git allows.
func (t *treeReader) tree(hash plumbing.Hash) (map[string]object.TreeEntry, error) {
	if hash.IsZero() {
		return nil, nil
	}
	if entries, ok := t.trees[hash]; ok {
		return entries, nil
	}
	tree, err := object.GetTree(t.store, hash)
	if err != nil {
		return nil, err
	}
	if len(t.trees) >= maxTrees {
		clear(t.trees)
	}
	entries := make(map[string]object.TreeEntry, len(tree.Entries))
	for _, e := range tree.Entries {
		entries[e.Name] = e
	}
	t.trees[hash] = entries
	return entries, nil
}

// differ appends those of some paths at which two trees differ. All paths have the
// trees' own path in common, which ends at skip. A zero hash is an empty tree.
func (t *treeReader) differ(a, b plumbing.Hash, skip int, paths, out []string) ([]string, error) {
	if a == b {
		return out, nil
	}
	left, err := t.tree(a)
	if err != nil {
		return nil, err
	}
	right, err := t.tree(b)
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, p := range paths {
		name, _, _ := strings.Cut(p[skip:], "/")
		groups[name] = append(groups[name], p)
	}
	for name, group := range groups {
		l, r := left[name], right[name]
		if l.Mode == r.Mode && l.Hash == r.Hash {
			continue
		}
		end := skip + len(name)
		deeper := group[:0]
		for _, p := range group {
			if len(p) == end {
				out = append(out, p)
			} else {
				deeper = append(deeper, p)
			}
		}
		if len(deeper) > 0 {
			if out, err = t.differ(inside(l), inside(r), end+1, deeper, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// inside returns the tree that an entry is, or zero for a file.
func inside(e object.TreeEntry) plumbing.Hash {
	if e.Mode == filemode.Dir {
		return e.Hash
	}
	return plumbing.ZeroHash
}
