package lint

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// keyPath is a path into the event that a spec or its Python file asks for.
type keyPath struct {
	keys []string
	// fold is set where upper and lower case are the same: for the events that Python
	// gets, but not for the columns of stored events.
	fold   bool
	report func(i int) *Finding
	// place returns the place of a key in the Python file.
	place func(i int) Range
	// call is the call in Python, and whole is set if all its keys are in the path.
	call  python.Expr
	whole bool
}

// near returns a key that all events have where the path has one that none has, and
// its place in the path.
func (k keyPath) near(events []*yaml.Node) (string, int) {
	events, i := k.follow(events)
	if i < 0 {
		return "", 0
	}
	return k.common(events, i), i
}

// follow follows the path through events to the first key that none has, and returns
// that key's place and the values above it. The place is -1 if there is no such key, or
// if it can't be said.
func (k keyPath) follow(events []*yaml.Node) ([]*yaml.Node, int) {
	for i, key := range k.keys {
		var next []*yaml.Node
		for _, e := range events {
			if v := k.lookup(e, key); v != nil {
				next = append(next, v)
			}
		}
		if len(next) == 0 {
			return events, i
		}
		// Lists and texts can hold more than the tests show.
		if slices.ContainsFunc(next, func(n *yaml.Node) bool { return n.Kind != yaml.MappingNode }) {
			break
		}
		events = next
	}
	return nil, -1
}

func (k keyPath) lookup(event *yaml.Node, key string) *yaml.Node {
	v := yamlcore.Lookup(event, key)
	if v != nil || !k.fold {
		return v
	}
	if pairs, err := yamlcore.Pairs(event); err == nil {
		for _, q := range pairs {
			if strings.EqualFold(q.Key.Value, key) {
				return q.Value
			}
		}
	}
	return v
}

// common returns a key of the events that differs in case from the one at a place of the
// path, or in one letter. All events must have that, unless the path goes on below it.
func (k keyPath) common(events []*yaml.Node, i int) string {
	const shortest = 4
	key := k.keys[i]
	if len(events) == 0 || len(key) < shortest || strings.HasPrefix(key, "p_") {
		return ""
	}
	count, goesOn := map[string]int{}, map[string]bool{}
	for _, e := range events {
		pairs, err := yamlcore.Pairs(e)
		if err != nil {
			return ""
		}
		for _, q := range pairs {
			count[q.Key.Value]++
			if i+1 < len(k.keys) && q.Value.Kind == yaml.MappingNode && k.lookup(q.Value, k.keys[i+1]) != nil {
				goesOn[q.Key.Value] = true
			}
		}
	}
	near := ""
	for _, word := range sortedKeys(count) {
		all := count[word] == len(events)
		switch {
		case sameBare(key, word):
			return word
		case (all || goesOn[word]) && suggest.Within(key, word, 1) && !strings.ContainsAny(key+word, "0123456789"):
			if !plural(key, word) || i > 0 && i+1 == len(k.keys) && all {
				near = word
			}
		}
	}
	return near
}

// moved returns the path that the events have where the given one lacks a key, or nil:
// no event has the path, and all that have its start have the rest one level deeper.
func (k keyPath) moved(events []*yaml.Node) []string {
	if len(k.keys) < 2 || len(events) == 0 {
		return nil
	}
	events, i := k.follow(events)
	if i < 0 {
		return nil
	}
	return k.deeper(events, i)
}

// deeper returns the path with the key that leads from the events to its rest, if only
// one does.
func (k keyPath) deeper(events []*yaml.Node, i int) []string {
	const shortest = 4
	rest := k.keys[i:]
	if len(rest) < 2 && (i == 0 || len(rest[0]) < shortest) || strings.HasPrefix(rest[0], "p_") {
		return nil
	}
	between, has := "", 0
	for _, e := range events {
		pairs, err := yamlcore.Pairs(e)
		if err != nil {
			return nil
		}
		there := false
		for _, q := range pairs {
			v := q.Value
			for _, key := range rest {
				if v == nil || v.Kind != yaml.MappingNode {
					v = nil
					break
				}
				v = k.lookup(v, key)
			}
			if v == nil {
				continue
			}
			if there || between != "" && between != q.Key.Value {
				return nil
			}
			between, there = q.Key.Value, true
		}
		if there {
			has++
		}
	}
	if has == 0 || has < len(events) && len(rest) < 2 {
		return nil
	}
	return slices.Concat(k.keys[:i], []string{between}, rest)
}

// sameBare reports whether two keys are the same without case, and without what separates
// their words.
func sameBare(a, b string) bool {
	for {
		a, b = strings.TrimLeft(a, "_-"), strings.TrimLeft(b, "_-")
		if a == "" || b == "" {
			return a == b
		}
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y && unicode.ToLower(x) != unicode.ToLower(y) {
			return false
		}
		a, b = a[n:], b[m:]
	}
}

// plural reports whether two keys are the singular and the plural of a word, which
// can both be right.
func plural(a, b string) bool {
	return strings.EqualFold(a+"s", b) || strings.EqualFold(b+"s", a)
}

// asked reports whether something asks for another key at the same place: then the
// author knows of both.
func asked(paths []keyPath, above []string, key string) bool {
	return slices.ContainsFunc(paths, func(o keyPath) bool {
		return len(o.keys) > len(above) && o.keys[len(above)] == key && slices.Equal(o.keys[:len(above)], above)
	})
}

// askedFor reports whether something asks for a path.
func askedFor(paths []keyPath, path []string) bool {
	return slices.ContainsFunc(paths, func(o keyPath) bool {
		n := min(len(o.keys), len(path))
		return slices.Equal(o.keys[:n], path[:n])
	})
}

// scalars returns the scalars of a list that are not empty.
func scalars(list *yaml.Node) (out []*yaml.Node) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, n := range list.Content {
		if n = yamlcore.Deref(n); n.Kind == yaml.ScalarNode && n.Value != "" {
			out = append(out, n)
		}
	}
	return out
}

// bodyPaths returns the constant paths into the event that the Python file asks for, once
// for all rules.
func bodyPaths(p *SpecPass) []keyPath { return Once(p, "paths", findBodyPaths) }

func findBodyPaths(p *SpecPass) (out []keyPath) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return nil
	}
	for _, c := range b.calls {
		if c.function == nil || len(c.Args) == 0 {
			continue
		}
		args, of := c.Args, python.Expr(nil)
		if a, ok := c.Func.(*python.Attribute); ok && (a.Attr == "get" || a.Attr == "deep_get") {
			if of = a.Value; a.Attr == "get" {
				args = args[:1]
			}
		} else if name := b.name(c.Func); strings.HasSuffix(name, ".deep_get") && b.imported(c.Func) && len(args) > 1 {
			of, args = args[0], args[1:]
		}
		if v, ok := of.(*python.Name); !ok || !isEvent(p, c.function, v.ID) {
			continue
		}
		path := keyPath{fold: true, call: c.Call, whole: true}
		for _, arg := range args {
			k, ok := arg.(*python.Constant)
			if !ok || k.Kind != python.Str {
				path.whole = false
				break
			}
			path.keys = append(path.keys, k.Value)
		}
		path.place = func(i int) Range { return b.rangeOf(args[i]) }
		path.report = func(i int) *Finding {
			return p.ReportBody(b.rangeOf(args[i]), "no test event has %q", strings.Join(path.keys[:i+1], "."))
		}
		if len(path.keys) > 0 {
			out = append(out, path)
		}
	}
	return out
}

// isEvent reports whether a name is the event in a function: its first parameter, if
// Panther calls the function, or one with that name.
func isEvent(p *SpecPass, f *python.FunctionDef, name string) bool {
	params := slices.Concat(f.Args.Posonlyargs, f.Args.Args)
	if len(params) == 0 || params[0].Arg != name {
		return false
	}
	return name == "event" || f.Name == entryFunction(p.Item.Type) || slices.Contains(optionalFunctions, f.Name)
}
