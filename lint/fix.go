package lint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
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
		made := 0
		changed := map[string][]Edit{}
		for _, f := range res.Findings {
			if f.Fix == nil || refused[f.Fingerprint] || !fits(changed, f.Fix.Edits) {
				continue
			}
			next, err := tryFix(ctx, in.Tree, f, changed, o)
			if err != nil {
				refused[f.Fingerprint] = true
				out.Refused = append(out.Refused, fmt.Sprintf("%s: %s: %v", f.Where(), f.Rule, err))
				continue
			}
			changed = next
			made++
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

// fits reports whether edits touch none of those made already.
func fits(made map[string][]Edit, edits []Edit) bool {
	for _, e := range edits {
		for _, o := range made[e.Path] {
			if e.Start < o.End && o.Start < e.End || e.Start == o.Start {
				return false
			}
		}
	}
	return len(edits) > 0
}

// tryFix adds a fix to the edits of a round, after checking that it changes what it
// declares and nothing else.
func tryFix(ctx context.Context, t interface {
	Read(context.Context, string, int64) ([]byte, error)
}, f Finding, made map[string][]Edit, o Options) (map[string][]Edit, error) {
	next := maps.Clone(made)
	touched := map[string]bool{}
	for _, e := range f.Fix.Edits {
		next[e.Path] = append(slices.Clone(next[e.Path]), e)
		touched[e.Path] = true
	}
	for p := range touched {
		text, err := t.Read(ctx, p, o.maxFile())
		if err != nil {
			return nil, err
		}
		for _, e := range next[p] {
			if e.Start < 0 || e.End < e.Start || e.End > len(text) {
				return nil, fmt.Errorf("the fix is outside the file")
			}
		}
		if strings.HasSuffix(p, ".py") {
			err = samePython(p, text, made[p], next[p])
		} else {
			err = sameYAML(splice(text, made[p]), splice(text, next[p]), f.Fix.Touches)
		}
		if err != nil {
			return nil, err
		}
	}
	return next, nil
}

// splice makes edits that don't overlap.
func splice(text []byte, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, text[at:e.Start]...), e.New...)
		at = e.End
	}
	return append(out, text[at:]...)
}

// sameYAML reports whether two texts mean the same but for some values.
func sameYAML(before, after []byte, touches []string) error {
	a, err := yamlcore.DecodeText(string(before))
	if err != nil {
		return err
	}
	b, err := yamlcore.DecodeText(string(after))
	if err != nil {
		return fmt.Errorf("the file would no longer be YAML: %w", err)
	}
	for _, t := range touches {
		a, b = without(a, splitPath(t)), without(b, splitPath(t))
	}
	if !yamlcore.Equal(a, b) {
		return fmt.Errorf("the fix would change more than %s", strings.Join(touches, ", "))
	}
	return nil
}

// splitPath parts "/Tests/0/Name", with ~1 for a slash and ~0 for a tilde in a key.
func splitPath(p string) []string {
	parts := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
	}
	return parts
}

// without removes a value from another one, and shares everything else with the
// original.
func without(v any, path []string) any {
	if len(path) == 0 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		inner, ok := v[path[0]]
		if !ok {
			return v
		}
		out := maps.Clone(v)
		if len(path) == 1 {
			delete(out, path[0])
		} else {
			out[path[0]] = without(inner, path[1:])
		}
		return out
	case []any:
		for i := range v {
			if fmt.Sprint(i) == path[0] {
				out := slices.Clone(v)
				out[i] = without(v[i], path[1:])
				return out
			}
		}
	}
	return v
}
