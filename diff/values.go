package diff

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// Op says what happens to a value. Written out, it is the character in front
// of the value in a list of changes.
type Op byte

// The operations.
const (
	Delete Op = '-'
	Insert Op = '+'
	Change Op = '~'
)

// Leaf is a difference inside a value. Path is written as in code: tests["Root
// login"].resource.userIdentity.type, detection[0].Value.
type Leaf struct {
	Path string
	// Op is Insert if there was no value before, Delete if there is none after,
	// and otherwise Change. It distinguishes absent from null.
	Op            Op
	Before, After any
}

// Values compares two values of a field by meaning and returns the differences
// in the order of their paths. There are none exactly if Field.Equal is true.
// Unit tests and mappings are matched by name, the second with the same name as
// ["name"]#2, and elements of lists by content. An index is that of the new
// list, or of the old one for a deleted element.
func Values(f panther.Field, before, after any) []Leaf {
	before, after = f.Canonical(before), f.Canonical(after)
	tests := f.Type == panther.Tests || f.Type == panther.RuleOutputTests
	if !tests && f.Type != panther.Mappings {
		return JSON(f.Name, before, after)
	}
	b, orderB := byName(before)
	a, orderA := byName(after)
	leaves := compare(f.Name, alignMaps(b, a, 0))
	if tests {
		b, a := common(orderB, a), common(orderA, b)
		if !slices.EqualFunc(b, a, func(x, y any) bool { return x == y }) {
			leaves = append(leaves, Leaf{Path: f.Name + " (order)", Op: Change, Before: labels(b), After: labels(a)})
		}
	}
	return leaves
}

// JSON compares two values of the JSON model without interpretation. Paths
// start with the name root.
func JSON(root string, before, after any) []Leaf {
	return compare(root, align(emptyLike(before, after), emptyLike(after, before), 0))
}

// emptyLike treats an absent value as an empty list or object if the other is
// one, so that the elements of the other are reported individually.
func emptyLike(v, other any) any {
	if v != nil {
		return v
	}
	switch other.(type) {
	case []any:
		return []any{}
	case map[string]any:
		return map[string]any{}
	}
	return nil
}

// step is a step from a value to one of its elements. Lists are converted to
// maps by step for go-cmp, which pairs list elements in a deliberately unstable
// way.
type step struct {
	name string
	// named marks an element of a list that is matched by name; n is the number
	// of earlier elements with the same name.
	named bool
	n     int
	// list marks an element of a list; was and is are its indexes, or -1.
	list    bool
	was, is int
}

func (s step) String() string {
	switch {
	case s.list && s.is >= 0:
		return "[" + strconv.Itoa(s.is) + "]"
	case s.list:
		return "[" + strconv.Itoa(s.was) + "]"
	case s.named && s.n > 0:
		return "[" + strconv.Quote(s.name) + "]#" + strconv.Itoa(s.n+1)
	case s.named || !plainName(s.name):
		return "[" + strconv.Quote(s.name) + "]"
	}
	return "." + s.name
}

func plainName(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func compareSteps(a, b step) int {
	at := func(s step) int {
		if s.is >= 0 {
			return s.is
		}
		return s.was
	}
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.n, b.n), cmp.Compare(at(a), at(b)), cmp.Compare(b.was, a.was))
}

type sides struct{ before, after any }

// deepest is the maximum depth of a comparison. Longer paths do not help a
// reader, and nested lists would cost the square of their depth.
const deepest = 50

// whole is a value that is compared and shown as a whole.
type whole struct{ value any }

// Equal is called by go-cmp.
func (w whole) Equal(o whole) bool { return yamlcore.Equal(w.value, o.value) }

func align(before, after any, depth int) sides {
	if depth > deepest {
		return sides{whole{before}, whole{after}}
	}
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			return alignMaps(bySteps(b), bySteps(a), depth)
		}
	case []any:
		if a, ok := after.([]any); ok {
			return alignLists(b, a, depth)
		}
	}
	return sides{before, after}
}

func bySteps(m map[string]any) map[step]any {
	out := make(map[step]any, len(m))
	for k, v := range m {
		out[step{name: k}] = v
	}
	return out
}

func alignMaps(before, after map[step]any, depth int) sides {
	for k, b := range before {
		if a, both := after[k]; both {
			s := align(b, a, depth+1)
			before[k], after[k] = s.before, s.after
		}
	}
	return sides{before, after}
}

// alignLists pairs equal elements first, then the elements between them in
// order, which have changed.
func alignLists(before, after []any, depth int) sides {
	b, a := make(map[step]any, len(before)), make(map[step]any, len(after))
	i, j := 0, 0
	for _, m := range append(textdiff.Match(texts(before), texts(after)), textdiff.Pair{A: len(before), B: len(after)}) {
		for i < m.A || j < m.B {
			switch {
			case j == m.B:
				b[step{list: true, was: i, is: -1}] = before[i]
				i++
			case i == m.A:
				a[step{list: true, was: -1, is: j}] = after[j]
				j++
			default:
				k, s := step{list: true, was: i, is: j}, align(before[i], after[j], depth+1)
				b[k], a[k] = s.before, s.after
				i, j = i+1, j+1
			}
		}
		i, j = i+1, j+1 // skip equal elements
	}
	return sides{b, a}
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = yamlcore.CanonicalJSON(v)
	}
	return out
}

// byName converts a list of objects to a map by name, and keeps its order.
func byName(v any) (map[step]any, []step) {
	list, _ := v.([]any)
	out := make(map[step]any, len(list))
	var order []step
	seen := map[string]int{}
	for _, e := range list {
		m, _ := e.(map[string]any)
		name, _ := m["name"].(string)
		k := step{name: name, named: true, n: seen[name]}
		seen[name]++
		out[k] = e
		order = append(order, k)
	}
	return out, order
}

func common(order []step, other map[step]any) []any {
	var out []any
	for _, k := range order {
		if _, ok := other[k]; ok {
			out = append(out, k)
		}
	}
	return out
}

func labels(order []any) []any {
	out := make([]any, len(order))
	for i, k := range order {
		out[i] = k.(step).name
	}
	return out
}

func compare(root string, s sides) []Leaf {
	c := collector{root: root}
	gocmp.Equal(s.before, s.after, gocmp.Reporter(&c))
	slices.SortFunc(c.found, func(x, y found) int {
		return slices.CompareFunc(x.steps, y.steps, compareSteps)
	})
	var out []Leaf
	for _, f := range c.found {
		out = append(out, f.leaf)
	}
	return out
}

type found struct {
	steps []step
	leaf  Leaf
}

// collector receives the differences and their paths from go-cmp.
type collector struct {
	root  string
	path  gocmp.Path
	found []found
}

func (c *collector) PushStep(s gocmp.PathStep) { c.path = append(c.path, s) }
func (c *collector) PopStep()                  { c.path = c.path[:len(c.path)-1] }

func (c *collector) Report(r gocmp.Result) {
	if r.Equal() {
		return
	}
	var f found
	var name strings.Builder
	name.WriteString(c.root)
	for _, s := range c.path {
		if m, ok := s.(gocmp.MapIndex); ok {
			k, _ := m.Key().Interface().(step)
			f.steps = append(f.steps, k)
			name.WriteString(k.String())
		}
	}
	b, a := c.path.Last().Values()
	before, had := plainValue(b)
	after, has := plainValue(a)
	top := len(f.steps) == 0 // at the top level, nil is absent
	f.leaf = Leaf{Path: name.String(), Op: Change, Before: before, After: after}
	switch {
	case !had || top && before == nil:
		f.leaf.Op = Insert
	case !has || top && after == nil:
		f.leaf.Op = Delete
	}
	c.found = append(c.found, f)
}

func plainValue(v reflect.Value) (any, bool) {
	if !v.IsValid() {
		return nil, false
	}
	x := v.Interface()
	if w, ok := x.(whole); ok {
		x = w.value
	}
	return x, true
}
