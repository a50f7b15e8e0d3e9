package lint

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/repo"
)

// Repository is the whole repository as facts, with ways to find them. It is
// safe for concurrent use, and never changed.
type Repository struct {
	// Files are the specs and Python files that count, sorted by path.
	Files []*Facts

	paths  map[string]bool
	byPath map[string]*Facts
	read   func(ctx context.Context, path string) (*Source, error)
	byID   func() map[string][]*Facts
	bodies func() map[string][]*Facts
	anyID  func() map[string][]*Facts
	sameID func() map[string][]*Facts
	// folders are the names of the files by folder and extension.
	folders func() map[string][]string
	ids     func() map[string][]string
	// skipped contains the specs that are not content, by their id, and
	// skippedBodies the Python files that they name.
	skipped       map[string][]repo.Skipped
	skippedBodies map[string]bool
	settings      *settings
}

func newRepository(files []*Facts, skipped []repo.Skipped, paths map[string]bool, s *settings, read func(context.Context, string) (*Source, error)) *Repository {
	r := &Repository{Files: files, paths: paths, byPath: make(map[string]*Facts, len(files)), read: read, skipped: map[string][]repo.Skipped{}, skippedBodies: map[string]bool{}, settings: s}
	for _, sk := range skipped {
		r.skippedBodies[sk.BodyPath] = true
		r.skipped[sk.ID] = append(r.skipped[sk.ID], sk)
	}
	for _, f := range files {
		r.byPath[f.Path] = f
	}
	r.byID = sync.OnceValue(func() map[string][]*Facts {
		m := map[string][]*Facts{}
		for f := range r.Specs() {
			if id := f.Spec.ID.Value; id != "" {
				m[f.Spec.Type.IDKey()+"\x00"+id] = append(m[f.Spec.Type.IDKey()+"\x00"+id], f)
			}
		}
		return m
	})
	r.anyID = sync.OnceValue(func() map[string][]*Facts {
		m := map[string][]*Facts{}
		for f := range r.Specs() {
			if id := f.Spec.ID.Value; id != "" && f.Spec.Type != repo.TypePack {
				m[id] = append(m[id], f)
			}
		}
		return m
	})
	r.sameID = sync.OnceValue(func() map[string][]*Facts {
		m := map[string][]*Facts{}
		for f := range r.Specs() {
			if id := f.Spec.ID.Value; id != "" {
				m[id] = append(m[id], f)
			}
		}
		return m
	})
	r.folders = sync.OnceValue(func() map[string][]string {
		m := map[string][]string{}
		for p := range r.paths {
			key := path.Dir(p) + "/" + path.Ext(p)
			m[key] = append(m[key], path.Base(p))
		}
		for _, names := range m {
			slices.Sort(names)
		}
		return m
	})
	r.ids = sync.OnceValue(func() map[string][]string {
		m := map[string][]string{}
		for f := range r.Specs() {
			if id := f.Spec.ID.Value; id != "" {
				m[f.Spec.Type.IDKey()] = append(m[f.Spec.Type.IDKey()], id)
			}
		}
		for key, list := range m {
			slices.Sort(list)
			m[key] = slices.Compact(list)
		}
		return m
	})
	r.bodies = sync.OnceValue(func() map[string][]*Facts {
		m := map[string][]*Facts{}
		for f := range r.Specs() {
			if b := f.Spec.BodyPath; b != "" {
				m[b] = append(m[b], f)
			}
		}
		return m
	})
	return r
}

// Specs returns every spec, sorted by path; limited to some types if any are given.
func (r *Repository) Specs(types ...repo.Type) func(func(*Facts) bool) {
	return func(yield func(*Facts) bool) {
		for _, f := range r.Files {
			if f.Spec != nil && (len(types) == 0 || slices.Contains(types, f.Spec.Type)) && !yield(f) {
				return
			}
		}
	}
}

// withoutSpecs reports whether the repository has no spec at all.
func (r *Repository) withoutSpecs() bool {
	for range r.Specs() {
		return false
	}
	return len(r.skipped) == 0
}

// Pythons returns every Python file, sorted by path.
func (r *Repository) Pythons() func(func(*Facts) bool) {
	return func(yield func(*Facts) bool) {
		for _, f := range r.Files {
			if f.Python != nil && !yield(f) {
				return
			}
		}
	}
}

// File returns the facts of a path, or nil.
func (r *Repository) File(path string) *Facts { return r.byPath[path] }

// ByID returns the specs with an id, by the key that holds it ("RuleID"): one,
// several where ids clash, or none.
func (r *Repository) ByID(idKey, id string) []*Facts { return r.byID()[idKey+"\x00"+id] }

// SameID returns the specs of any type with an id: one, several where ids clash, or
// none.
func (r *Repository) SameID(id string) []*Facts { return r.sameID()[id] }

// Skipped returns a spec with an id that is not content, by the key that holds it
// ("RuleID"); "" for any key.
func (r *Repository) Skipped(idKey, id string) (repo.Skipped, bool) {
	for _, s := range r.skipped[id] {
		if id != "" && (idKey == "" || s.Type.IDKey() == idKey) {
			return s, true
		}
	}
	return repo.Skipped{}, false
}

// Global returns the global whose Python module has a name, or nil.
func (r *Repository) Global(module string) *Facts {
	if fs := r.ByID(repo.TypeGlobal.IDKey(), module); len(fs) > 0 {
		return fs[0]
	}
	return nil
}

// NamedBy returns the specs whose Filename leads to a path.
func (r *Repository) NamedBy(path string) []*Facts { return r.bodies()[path] }

// Exists reports whether a file exists, whether it counts as content or not.
func (r *Repository) Exists(path string) bool { return r.paths[path] }

// IDs lists the ids that specs have under a key ("RuleID"), sorted, for "did you
// mean". The caller must not change the list.
func (r *Repository) IDs(idKey string) []string { return r.ids()[idKey] }

// RepoPass is the whole repository for a rule to check.
type RepoPass struct {
	*Repository
	ctx      context.Context
	rule     Rule
	options  ruleOptions
	findings []*Finding

	suggestions suggestions
}

// Collected returns what the rule collected from a file.
func (p *RepoPass) Collected(f *Facts) []Fact { return f.Collected[p.rule.ID] }

// Report adds a finding. What it says must come from the facts of the file and
// of its related places: those decide whether it is shown for a subset.
func (p *RepoPass) Report(f *Facts, at Range, format string, args ...any) *Finding {
	out := p.ReportPath(f.Path, at, format, args...)
	if f.Spec != nil {
		out.Entity = f.Spec.ID.Value
	}
	return out
}

// ReportPath adds a finding about a file that has no facts.
func (p *RepoPass) ReportPath(path string, at Range, format string, args ...any) *Finding {
	out := &Finding{Rule: p.rule.ID, Severity: p.rule.Severity, Message: fmt.Sprintf(format, args...), Path: path, Range: at}
	p.findings = append(p.findings, out)
	return out
}

// onlySkipped reports whether an id belongs to a spec that is not content, and
// adds a finding about it: it is not deployed with what refers to it. What is
// excluded on purpose may be deployed from elsewhere.
func (p *RepoPass) onlySkipped(f *Facts, at Range, what, idKey, id string) bool {
	s, skipped := p.Skipped(idKey, id)
	if !skipped || len(p.ByID(idKey, id)) > 0 {
		return false
	}
	if s.Reason != repo.SkipExclude {
		out := p.Report(f, at, "%s %q is not deployed with this: its spec is not content", what, id)
		out.Key, out.Hint = id, s.Advice()
		out.Related = []Location{{Path: s.Path, Message: "the " + what}}
	}
	return true
}

// Read returns the text of any file of the repository, such as deprecated.txt.
// Rules that need it for every file should collect facts instead.
func (p *RepoPass) Read(path string) (*Source, error) { return p.read(p.ctx, path) }

// Strings returns an option that is a list of strings.
func (p *RepoPass) Strings(option string) []string {
	return optionOf[[]string](p.rule, p.options, option)
}

// String returns an option that is a string.
func (p *RepoPass) String(option string) string { return optionOf[string](p.rule, p.options, option) }

// Int returns an option that is an integer.
func (p *RepoPass) Int(option string) int { return optionOf[int](p.rule, p.options, option) }

// Bool returns an option that is true or false.
func (p *RepoPass) Bool(option string) bool { return optionOf[bool](p.rule, p.options, option) }

// moduleOf returns the module name of a Python file: its name without ".py".
func moduleOf(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".py")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
