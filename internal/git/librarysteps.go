package git

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// steps compares the trees of commits, only at the paths that it is asked for.
func (l *library) steps(ctx context.Context, r stepRange, _ map[string]bool, visit func(step) (bool, error)) error {
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
		each := func(c LogEntry) (bool, error) {
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
			s.before = func(parent int, path string) (string, error) {
				was, err := before(parent)
				if err != nil {
					return "", err
				}
				return t.blob(was, path)
			}
			s.removed = func(parent int) ([]fileObject, error) {
				was, err := before(parent)
				if err != nil {
					return nil, err
				}
				return t.removed(was, here, l.prefix(), nil)
			}
			return visit(s)
		}
		if r.since == "" {
			return l.walk(ctx, read, r.start, r.limit, each)
		}
		list, err := l.between(ctx, read, r)
		if err != nil {
			return err
		}
		for _, c := range list {
			if more, err := each(c); err != nil || !more {
				return err
			}
		}
		return nil
	})
}

// between returns the commits of a range, the newest first. With wrong clocks it may
// have some too many.
func (l *library) between(ctx context.Context, read func(hash string) (LogEntry, error), r stepRange) ([]LogEntry, error) {
	edge, err := l.edge()
	if err != nil {
		return nil, err
	}
	type waiting struct {
		LogEntry
		old bool
	}
	queue, at := []*waiting{}, map[string]*waiting{}
	fresh := 0
	add := func(hash string, old bool) error {
		if w, known := at[hash]; known {
			if old && !w.old {
				w.old = true
				if slices.Contains(queue, w) {
					fresh--
				}
			}
			return nil
		}
		c, err := read(hash)
		w := &waiting{c, old}
		at[hash] = w
		i, _ := slices.BinarySearchFunc(queue, w, func(a, b *waiting) int { return a.Committed.Compare(b.Committed) })
		queue = slices.Insert(queue, i, w)
		if !old {
			fresh++
		}
		return err
	}
	if err := errors.Join(add(r.since, true), add(r.start, false)); err != nil {
		return nil, err
	}
	var out []*waiting
	for fresh > 0 && (r.limit == 0 || len(out) < r.limit) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if !w.old {
			fresh--
			out = append(out, w)
		}
		if edge[w.Hash] {
			continue
		}
		for _, p := range w.Parents {
			if err := add(p, w.old); err != nil {
				return nil, err
			}
		}
	}
	var list []LogEntry
	for _, w := range out {
		if !w.old {
			list = append(list, w.LogEntry)
		}
	}
	return list, nil
}

// prefix is the folder that is read, with a slash at its end; "" for the top.
func (l layout) prefix() string {
	if l.dir == "" {
		return ""
	}
	return l.dir + "/"
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
	tree, err := t.getTree(hash)
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

// blob returns the hash of the regular file at a path; "" for none.
func (t *treeReader) blob(tree plumbing.Hash, path string) (string, error) {
	for {
		entries, err := t.tree(tree)
		if err != nil {
			return "", err
		}
		name, rest, deeper := strings.Cut(path, "/")
		e, ok := entries[name]
		if !deeper {
			if !ok || e.Mode != filemode.Regular && e.Mode != filemode.Executable && e.Mode != filemode.Deprecated {
				return "", nil
			}
			return e.Hash.String(), nil
		}
		tree, path = inside(e), rest
	}
}

// removed appends the regular files below a folder that one tree has and another
// lacks, up to maxRemoved.
func (t *treeReader) removed(was, is plumbing.Hash, below string, out []fileObject) ([]fileObject, error) {
	visits := 0
	var visit func(was, is plumbing.Hash, dir string) error
	visit = func(was, is plumbing.Hash, dir string) error {
		if visits++; was == is || was.IsZero() || visits > maxEntries {
			return nil
		}
		left, err := t.tree(was)
		if err != nil {
			return err
		}
		right, err := t.tree(is)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(left)) {
			e, path := left[name], dir+name
			other, there := right[name]
			switch {
			case len(out) >= maxRemoved:
				return nil
			case e.Mode == filemode.Dir:
				if strings.HasPrefix(path+"/", below) || strings.HasPrefix(below, path+"/") {
					if err := visit(e.Hash, inside(other), path+"/"); err != nil {
						return err
					}
				}
			case (!there || other.Mode == filemode.Dir) && strings.HasPrefix(path, below) && (e.Mode == filemode.Regular || e.Mode == filemode.Executable || e.Mode == filemode.Deprecated):
				out = append(out, fileObject{path: path, hash: e.Hash.String()})
			}
		}
		return nil
	}
	return out, visit(was, is, "")
}

// inside returns the tree that an entry is, or zero for a file.
func inside(e object.TreeEntry) plumbing.Hash {
	if e.Mode == filemode.Dir {
		return e.Hash
	}
	return plumbing.ZeroHash
}
