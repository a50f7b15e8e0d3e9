package lint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// Fixed is a repository after fixes. Nothing is written yet.
type Fixed struct {
	// Files are the new contents of the files that change, and Old the contents
	// before.
	Files, Old map[string][]byte
	// Applied counts the fixes.
	Applied int
	// Refused says which fixes were not made, because they would have changed more
	// than they declare: a bug of the rule.
	Refused []string
	// Before is what a run finds without the fixes, and Result what is left.
	Before, Result *Result
}

// Paths lists the files that change, sorted.
func (f *Fixed) Paths() []string { return slices.Sorted(maps.Keys(f.Files)) }

// Write writes the files that change below the repository's folder. A file that
// has changed since it was read is an error.
func (f *Fixed) Write(dir string) error {
	var changes []repo.FileChange
	for _, p := range f.Paths() {
		changes = append(changes, repo.FileChange{Path: p, Before: f.Old[p], After: f.Files[p]})
	}
	return repo.WriteChanges(dir, changes)
}

// maxRounds limits how often fixes may cause others.
const maxRounds = 10

// FixAll applies the fixes of all shown findings, and of those that these cause,
// until there are none. Of overlapping fixes, the first one of a round is applied. A
// fix that would change more than it declares is refused.
func FixAll(ctx context.Context, in Input, o Options) (*Fixed, error) {
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	out := &Fixed{Files: map[string][]byte{}, Old: map[string][]byte{}}
	refused := map[string]bool{}
	base := in.Tree
	for range maxRounds {
		in.Tree = repo.Overlay{Base: base, Files: maps.Clone(out.Files)}
		res, err := run(ctx, in, o)
		if err != nil {
			return nil, err
		}
		if out.Before == nil {
			out.Before = res
		}
		out.Result = res
		var fixes []Finding
		chosen := edits{}
		for _, f := range res.Findings {
			if f.Fix != nil && !refused[f.Fingerprint] && in.lets(f.Fix) && chosen.add(f.Fix.Edits) {
				fixes = append(fixes, f)
			}
		}
		changed := edits{}
		made, err := tryFixes(ctx, in.Tree, fixes, changed, o, func(f Finding, why error) {
			refused[f.Fingerprint] = true
			out.Refused = append(out.Refused, fmt.Sprintf("%s: %s: %v", f.Where(), f.Rule, why))
		})
		if err != nil {
			return nil, err
		}
		if made == 0 {
			return out, nil
		}
		out.Applied += made
		for p, edits := range changed {
			before, err := in.Tree.Read(ctx, p, o.maxFile())
			if err != nil {
				return nil, err
			}
			if _, seen := out.Old[p]; !seen {
				out.Old[p] = before
			}
			out.Files[p] = splice(before, edits)
		}
	}
	return out, fmt.Errorf("the fixes cause new findings without end, after %d rounds; please report this", maxRounds)
}

// lets reports whether a fix may be made: all of them, unless Exact limits them.
func (in Input) lets(fix *Fix) bool {
	inside := About(in.Paths)
	return !in.Exact || !slices.ContainsFunc(fix.Edits, func(e Edit) bool { return !inside(Finding{Path: e.Path}) })
}

// edits are edits by path, in the order of their places. None overlaps another one.
type edits map[string][]Edit

// add adds the edits of a fix, or none of them if one overlaps what is there.
func (m edits) add(fix []Edit) bool {
	for i, e := range fix {
		if m.place(e) < 0 || slices.ContainsFunc(fix[:i], func(o Edit) bool { return o.Path == e.Path && overlap(o, e) }) {
			return false
		}
	}
	for _, e := range fix {
		m[e.Path] = slices.Insert(m[e.Path], m.place(e), e)
	}
	return len(fix) > 0
}

// place returns where an edit belongs, or -1.
func (m edits) place(e Edit) int {
	list := m[e.Path]
	at, _ := slices.BinarySearchFunc(list, e, func(o, e Edit) int { return o.Start - e.Start })
	if at > 0 && overlap(list[at-1], e) || at < len(list) && overlap(list[at], e) {
		return -1
	}
	return at
}

func overlap(a, b Edit) bool { return a.Start < b.End && b.Start < a.End || a.Start == b.Start }

// tree reads the files that are fixed.
type tree interface {
	Read(context.Context, string, int64) ([]byte, error)
}

// tryFixes adds fixes to the edits of a round, after checking that they change what they
// declare and nothing else, and returns how many it added. All are checked together; if
// that fails, each half is. So a file with many fixes is parsed only a few times.
func tryFixes(ctx context.Context, t tree, fixes []Finding, made edits, o Options, refuse func(Finding, error)) (int, error) {
	if len(fixes) == 0 {
		return 0, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	next := maps.Clone(made)
	touches := map[string]*touched{}
	for _, f := range fixes {
		for _, e := range f.Fix.Edits {
			if touches[e.Path] == nil {
				touches[e.Path] = &touched{}
				next[e.Path] = slices.Clone(next[e.Path])
			}
			for _, p := range f.Fix.Touches {
				touches[e.Path].add(p)
			}
		}
		next.add(f.Fix.Edits)
	}
	err := checkFixes(ctx, t, touches, made, next, o)
	switch {
	case err == nil:
		maps.Copy(made, next)
		return len(fixes), nil
	case len(fixes) == 1:
		refuse(fixes[0], err)
		return 0, nil
	}
	half := len(fixes) / 2
	a, err := tryFixes(ctx, t, fixes[:half], made, o, refuse)
	if err != nil {
		return a, err
	}
	b, err := tryFixes(ctx, t, fixes[half:], made, o, refuse)
	return a + b, err
}

// checkFixes checks the files that some fixes touch, which are made beside those made
// already.
func checkFixes(ctx context.Context, t tree, touches map[string]*touched, made, next edits, o Options) error {
	for _, p := range slices.Sorted(maps.Keys(touches)) {
		text, err := t.Read(ctx, p, o.maxFile())
		if err != nil {
			return err
		}
		for _, e := range next[p] {
			if e.Start < 0 || e.End < e.Start || e.End > len(text) {
				return fmt.Errorf("the fix is outside the file")
			}
		}
		if strings.HasSuffix(p, ".py") {
			err = samePython(p, text, made[p], next[p])
		} else {
			err = sameYAML(splice(text, made[p]), splice(text, next[p]), touches[p])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// splice makes edits that are in order and don't overlap.
func splice(text []byte, edits []Edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, text[at:e.Start]...), e.New...)
		at = e.End
	}
	return append(out, text[at:]...)
}
