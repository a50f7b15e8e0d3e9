package unittest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// item is a detection with its tests.
type item struct {
	spec *specFacts
	// code is the spec that has the logic, and tests the one that has the tests: the
	// spec itself, or the base of a derived rule.
	code, tests *specFacts
	body        *pythonFacts
	// missing says why nothing of it can run.
	missing string
	// modules are the globals that are imported, directly or not, sorted.
	modules []*specFacts
	models  []*specFacts
	// packages are the imports that only an installed package can be.
	packages []string
	volatile bool
}

// python reports whether the detection is Python.
func (it *item) python() bool { return it.code != nil && it.body != nil }

// matches reports whether a KIND/ID glob is about the detection.
func (it *item) matches(g string) bool { return glob.Match(g, it.kind()+"/"+it.spec.ID) }

// kind is the kind that reports show.
func (it *item) kind() string {
	switch {
	case it.spec.Base != "":
		return "derived_rule"
	case it.spec.Kind != "":
		return string(it.spec.Kind)
	}
	return string(it.spec.Type)
}

// moduleKind says how Python is called.
func (it *item) moduleKind() pyrun.Kind {
	switch it.code.Type {
	case repo.TypePolicy:
		return pyrun.Policy
	case repo.TypeScheduledRule:
		return pyrun.ScheduledRule
	}
	return pyrun.Rule
}

// tested are the types of specs that have tests.
var tested = []repo.Type{repo.TypeRule, repo.TypeScheduledRule, repo.TypePolicy, repo.TypeCorrelationRule}

// items lists the detections of a state, by path.
func (st *state) items() (out []*item) {
	for _, f := range st.specs {
		if f.ID == "" || !slices.Contains(tested, f.Type) {
			continue
		}
		it := &item{spec: f, code: f, tests: f}
		if f.Base != "" {
			base := st.bases[f.Base]
			if base == nil || base.Base != "" {
				it.missing = fmt.Sprintf("its BaseDetection %q is not in the repository", f.Base)
				out = append(out, it)
				continue
			}
			if it.code = base; !f.HasTests {
				it.tests = base
			}
		}
		if it.code.BodyPath != "" {
			if it.body = st.bodies[it.code.BodyPath]; it.body == nil {
				it.missing = fmt.Sprintf("its Python file %s can't be read", it.code.BodyPath)
			}
		}
		st.link(it)
		out = append(out, it)
	}
	return out
}

// link finds what the Python of a detection depends on.
func (st *state) link(it *item) {
	if !it.python() {
		return
	}
	seen := map[string]bool{}
	st.imports(it, it.body, seen)
	if it.moduleKind() != pyrun.Rule {
		return
	}
	for _, t := range it.tests.LogTypes {
		m := st.models[t]
		if m == nil || slices.Contains(it.models, m) {
			continue
		}
		it.models = append(it.models, m)
		if b := st.bodies[m.BodyPath]; b != nil {
			st.imports(it, b, seen)
		}
	}
}

// imports adds the globals that a Python file imports, and what these import.
func (st *state) imports(it *item, f *pythonFacts, seen map[string]bool) {
	it.volatile = it.volatile || f.volatile()
	names := f.Imports
	if f.Dynamic {
		names = sortedKeys(st.globals)
	}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		g := st.globals[name]
		switch {
		case python.Stdlib(name):
		case g != nil:
			it.modules = append(it.modules, g)
			if b := st.bodies[g.BodyPath]; b != nil {
				st.imports(it, b, seen)
			}
		case !pyrun.Brings(name):
			it.packages = append(it.packages, name)
		}
	}
}

// digest names all that the results of a detection depend on, besides the Python and
// installed packages.
func (st *state) digest(it *item) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", it.missing)
	st.digestSpec(h, it.spec)
	if it.code != nil && it.code != it.spec {
		st.digestSpec(h, it.code)
	}
	if it.tests != nil && st.expects[expectPath(it.tests.Path)] != "" {
		fmt.Fprintf(h, "expects %s\n", st.expects[expectPath(it.tests.Path)])
	}
	if it.body != nil {
		st.digestBody(h, it.code)
	}
	slices.SortFunc(it.modules, func(a, b *specFacts) int { return strings.Compare(a.ID, b.ID) })
	for _, g := range it.modules {
		fmt.Fprintf(h, "global %q ", g.ID)
		st.digestBody(h, g)
	}
	for _, m := range it.models {
		st.digestSpec(h, m)
		st.digestBody(h, m)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (st *state) digestSpec(h hash.Hash, f *specFacts) { fmt.Fprintf(h, "%q %s\n", f.Path, f.Hash) }

func (st *state) digestBody(h hash.Hash, f *specFacts) {
	if b := st.bodies[f.BodyPath]; b != nil {
		fmt.Fprintf(h, "%q %s\n", b.Path, b.Hash)
	}
}

// about reports whether a detection is made of a file: its specs, its Python, the globals
// and the data models.
func (it *item) files() (out []string) {
	add := func(f *specFacts) {
		if f != nil {
			out = append(out, f.Path, f.BodyPath)
		}
	}
	add(it.spec)
	add(it.code)
	add(it.tests)
	if it.tests != nil {
		out = append(out, expectPath(it.tests.Path))
	}
	for _, l := range [][]*specFacts{it.modules, it.models} {
		for _, f := range l {
			add(f)
		}
	}
	return out
}
