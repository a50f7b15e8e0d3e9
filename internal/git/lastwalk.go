package git

import (
	"container/heap"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lastWalk looks for the last changes of many paths at once.
//
// Git's default simplification makes the history of one path a chain: at every
// commit either some parent has the path as the commit has it, and then the
// first such parent is all that counts, or the commit is the answer. So it does
// not matter in which order commits are visited. Newest first keeps the paths
// together, so that no commit and no tree is read twice.
type lastWalk struct {
	get getObject
	// paths are sorted by their parts; elsewhere they go by their place here.
	paths [][]string
	// edge are the commits at which a shallow clone is cut off.
	edge map[string]bool
	// old are the commits that don't count; nil when all do. bottom is the one
	// that was named, which git follows like one that counts.
	old    map[string]bool
	bottom string

	commits map[string]*commitObject
	trees   treeCache
	queue   visits
	waiting map[string]*visit
	out     map[string]Change
}

// visit is a commit to look at for some paths, in their order.
type visit struct {
	*commitObject
	paths []int
	turn  int
}

// visits is a heap with the newest commit on top.
type visits []*visit

func (q visits) Len() int { return len(q) }
func (q visits) Less(i, j int) bool {
	if q[i].when != q[j].when {
		return q[i].when > q[j].when
	}
	return q[i].turn < q[j].turn
}
func (q visits) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *visits) Push(x any)   { *q = append(*q, x.(*visit)) }
func (q *visits) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func newLastWalk(get getObject, paths []string, edge map[string]bool) *lastWalk {
	return &lastWalk{get: get, paths: sortedParts(paths), edge: edge, commits: map[string]*commitObject{}, waiting: map[string]*visit{}, out: map[string]Change{}}
}

func (w *lastWalk) run(ctx context.Context, start, since string, limit int) (map[string]Change, error) {
	if since != "" {
		if err := w.exclude(ctx, start, since); err != nil {
			return nil, err
		}
		if w.old[start] {
			return w.out, nil
		}
	}
	all := make([]int, len(w.paths))
	for i := range all {
		all[i] = i
	}
	if err := w.push(start, all); err != nil {
		return nil, err
	}
	for n := 0; w.queue.Len() > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v := heap.Pop(&w.queue).(*visit)
		delete(w.waiting, v.hash)
		if limit > 0 && n >= limit {
			w.cut(v.paths, CutLimit)
			continue
		}
		if err := w.visit(v); err != nil {
			return nil, err
		}
	}
	return w.out, nil
}

// push lets a commit be visited for some more paths.
func (w *lastWalk) push(hash string, paths []int) error {
	if len(paths) == 0 {
		return nil
	}
	if v := w.waiting[hash]; v != nil {
		v.paths = append(v.paths, paths...)
		slices.Sort(v.paths)
		return nil
	}
	c, err := w.commit(hash)
	if err != nil {
		return err
	}
	v := &visit{commitObject: c, paths: paths, turn: len(w.commits)}
	w.waiting[hash] = v
	heap.Push(&w.queue, v)
	return nil
}

// visit decides for each path whether the commit changed it, or who is asked next.
func (w *lastWalk) visit(v *visit) error {
	if w.old[v.hash] {
		return nil
	}
	if len(v.parents) == 0 {
		_, there, err := w.compare(v.tree, "", 0, v.paths, nil, nil)
		if err != nil {
			return err
		}
		return w.found(v, there)
	}
	if w.edge[v.hash] {
		w.cut(v.paths, CutShallow)
		return nil
	}
	rest := v.paths
	counting := 0
	for _, p := range v.parents {
		if !w.counts(p) {
			continue
		}
		counting++
		parent, err := w.commit(p)
		if err != nil {
			return err
		}
		same, differ, err := w.compare(v.tree, parent.tree, 0, rest, nil, nil)
		if err != nil {
			return err
		}
		if err := w.push(p, same); err != nil {
			return err
		}
		if rest = differ; len(rest) == 0 {
			return nil
		}
	}
	if counting > 0 {
		return w.found(v, rest)
	}
	// Only sides that don't count: who differs from any of them made a change.
	var changed []int
	for _, p := range v.parents {
		parent, err := w.commit(p)
		if err != nil {
			return err
		}
		same, differ, err := w.compare(v.tree, parent.tree, 0, rest, nil, nil)
		if err != nil {
			return err
		}
		changed, rest = append(changed, differ...), same
	}
	slices.Sort(changed)
	return w.found(v, changed)
}

// counts tells whether git follows a parent.
func (w *lastWalk) counts(hash string) bool { return !w.old[hash] || hash == w.bottom }

func (w *lastWalk) cut(paths []int, why Cut) {
	for _, i := range paths {
		w.out[strings.Join(w.paths[i], "/")] = Change{Cut: why}
	}
}

// found notes that a commit changed some paths.
func (w *lastWalk) found(v *visit, paths []int) error {
	if len(paths) == 0 {
		return nil
	}
	_, body, err := w.get(v.hash)
	if err != nil {
		return err
	}
	about := Change{Commit: v.hash, About: describeCommit(body)}
	before := ""
	if len(v.parents) > 0 {
		parent, err := w.commit(v.parents[0])
		if err != nil {
			return err
		}
		before = parent.tree
	}
	_, here, err := w.compare(v.tree, "", 0, paths, nil, nil)
	if err != nil {
		return err
	}
	_, was, err := w.compare(before, "", 0, paths, nil, nil)
	if err != nil {
		return err
	}
	for _, i := range paths {
		c := about
		_, isHere := slices.BinarySearch(here, i)
		_, wasThere := slices.BinarySearch(was, i)
		switch {
		case !isHere:
			c.Kind = Deleted
		case !wasThere:
			c.Kind = Added
		default:
			c.Kind = Modified
		}
		w.out[strings.Join(w.paths[i], "/")] = c
	}
	return nil
}

// compare parts some paths into those that are the same in two trees and those
// that differ, and appends them to same and differ in their order. depth is how
// many parts of the paths lead to these trees. "" is a tree with nothing in it.
func (w *lastWalk) compare(a, b string, depth int, paths, same, differ []int) (_, _ []int, err error) {
	if a == b {
		return append(same, paths...), differ, nil
	}
	left, err := w.tree(a)
	if err != nil {
		return nil, nil, err
	}
	right, err := w.tree(b)
	if err != nil {
		return nil, nil, err
	}
	for len(paths) > 0 {
		name := w.paths[paths[0]][depth]
		n := 1
		for n < len(paths) && w.paths[paths[n]][depth] == name {
			n++
		}
		group := paths[:n]
		paths = paths[n:]
		l, r := left.find(name), right.find(name)
		if l.mode == r.mode && l.hash == r.hash {
			same = append(same, group...)
			continue
		}
		// The path that ends here stands first, if it is one of them.
		if len(w.paths[group[0]]) == depth+1 {
			differ = append(differ, group[0])
			group = group[1:]
		}
		if len(group) > 0 {
			if same, differ, err = w.compare(l.inside(), r.inside(), depth+1, group, same, differ); err != nil {
				return nil, nil, err
			}
		}
	}
	return same, differ, nil
}

// inside is the tree that an entry stands for; nothing for a file.
func (e treeEntry) inside() string {
	if e.folder() {
		return e.hash
	}
	return ""
}

func (w *lastWalk) commit(hash string) (*commitObject, error) {
	if c := w.commits[hash]; c != nil {
		return c, nil
	}
	kind, body, err := w.get(hash)
	if err != nil {
		return nil, err
	}
	if kind != "commit" {
		return nil, fmt.Errorf("%s is a %s where a commit should be", hash, kind)
	}
	c, err := parseCommit(hash, body)
	if err != nil {
		return nil, err
	}
	w.commits[hash] = c
	return c, nil
}

var emptyTree = &treeObject{}

func (w *lastWalk) tree(raw string) (*treeObject, error) {
	if raw == "" {
		return emptyTree, nil
	}
	if t := w.trees.get(raw); t != nil {
		return t, nil
	}
	hash := hex.EncodeToString([]byte(raw))
	kind, body, err := w.get(hash)
	if err != nil {
		return nil, err
	}
	if kind != "tree" {
		return nil, fmt.Errorf("%s is a %s where a tree should be", hash, kind)
	}
	t, err := parseTree(body, len(raw))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", hash, err)
	}
	w.trees.put(raw, t)
	return t, nil
}

// edge gives the commits at which a shallow clone is cut off.
func (l layout) edge() (map[string]bool, error) {
	if !l.isShallow() {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(l.commonDir, "shallow"))
	if err != nil {
		return nil, fmt.Errorf("find out where the shallow clone is cut off: %w", err)
	}
	out := map[string]bool{}
	for _, hash := range strings.Fields(string(text)) {
		out[hash] = true
	}
	return out, nil
}
