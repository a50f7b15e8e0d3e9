package pychange

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// How a name changed.
const (
	Changed = "changed"
	Removed = "removed"
	Added   = "added"
)

// Change is a changed name. A Name of "" is the code that runs on import.
type Change struct{ Name, How string }

// Compare returns the names whose code differs, sorted by name.
func Compare(before, after *Module) []Change {
	var out []Change
	names := slices.AppendSeq(slices.Collect(maps.Keys(before.defs)), maps.Keys(after.defs))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		b, a := before.defs[name], after.defs[name]
		switch {
		case name == "" && (b == nil || a == nil):
			out = append(out, Change{name, Changed})
		case b == nil:
			out = append(out, Change{name, Added})
		case a == nil:
			out = append(out, Change{name, Removed})
		case !bytes.Equal(b.code, a.code):
			out = append(out, Change{name, Changed})
		}
	}
	if !slices.Equal(before.stars, after.stars) && !slices.Contains(out, Change{"", Changed}) {
		out = slices.Insert(out, 0, Change{"", Changed})
	}
	return out
}

// Cause is why a name is affected: another name, of the same or another module, that
// it uses. It is zero for a name that changed itself.
type Cause = Name

// Affected returns the names of a module that use, directly or through others of the
// module, a name for which outside returns true, or one of changed. The values are
// what they use.
func (m *Module) Affected(module string, changed []string, outside func(Name) bool) map[string]Cause {
	out := map[string]Cause{}
	var queue []string
	mark := func(name string, why Cause) {
		if _, known := out[name]; !known {
			out[name] = why
			queue = append(queue, name)
		}
	}
	for _, name := range changed {
		mark(name, Cause{})
	}
	users := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(m.defs)) {
		d := m.defs[name]
		for _, used := range slices.Sorted(maps.Keys(d.loads)) {
			if m.defs[used] != nil || slices.Contains(changed, used) {
				users[used] = append(users[used], name)
			}
		}
		if what := m.imports[name]; what.Name != "" && outside(what) {
			mark(name, what) // others can import it from here
		}
		if list := m.used(name, d, outside); len(list) > 0 {
			mark(name, list[0])
		}
	}
	if list := m.used("", &definition{}, outside); len(list) > 0 {
		mark("", list[0])
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, user := range users[name] {
			mark(user, Cause{Module: module, Name: name})
		}
	}
	return out
}

// Any is the Name by which outside is asked whether any name of a module counts,
// because the module itself is passed on.
const Any = "*"

// Uses returns the outside names that the module uses, sorted.
func (m *Module) Uses(outside func(Name) bool) []Name {
	var out []Name
	for name, d := range m.defs {
		out = append(out, m.used(name, d, outside)...)
	}
	out = append(out, m.used("", &definition{}, outside)...)
	slices.SortFunc(out, Name.compare)
	return slices.Compact(out)
}

func (n Name) compare(o Name) int {
	return cmp.Or(strings.Compare(n.Module, o.Module), strings.Compare(n.Name, o.Name))
}

// used returns the outside names that the code of a name uses, sorted. Whoever imports
// a module uses the code that runs on import.
func (m *Module) used(name string, d *definition, outside func(Name) bool) []Name {
	var out []Name
	add := func(n Name) {
		if outside(n) {
			out = append(out, n)
		}
	}
	for used := range d.loads {
		what, imported := m.imports[used]
		switch {
		case !imported:
			for _, star := range m.stars {
				add(Name{star, used})
			}
		case what.Name != "":
			add(what)
		default:
			for attr := range d.attrs[used] {
				add(Name{what.Module, attr})
			}
			if d.bare[used] {
				add(Name{what.Module, Any})
			}
		}
	}
	if name == "" {
		for _, what := range m.imports {
			add(Name{Module: what.Module})
		}
		for _, star := range m.stars {
			add(Name{Module: star})
		}
	}
	slices.SortFunc(out, Name.compare)
	return slices.Compact(out)
}
