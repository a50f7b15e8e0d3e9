package pychange_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/pychange"
)

func parse(t testing.TB, text string) *pychange.Module {
	t.Helper()
	m, ok := pychange.Parse(text)
	if !ok {
		t.Fatalf("not Python: %s", text)
	}
	return m
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"comments and formatting": {"def f(a, b):\n    # why\n    return (a)\n", "'''Doc.'''\ndef f(\n    a,\n    b,\n):\n    \"\"\"Says.\"\"\"\n    return a\n", ""},
		"a function":              {"def f():\n    return 1\ndef g():\n    return 1", "def f():\n    return 2\ndef g():\n    return 1", "changed f"},
		"order":                   {"def f():\n    return 1\ndef g():\n    return 1", "def g():\n    return 1\ndef f():\n    return 1", ""},
		"more and less":           {"A = 1\nB = 2", "A = 1\nclass C:\n    x = 1", "removed B, added C"},
		"a nested function":       {"def f():\n    def g():\n        return 1\n    return g", "def f():\n    def g():\n        return 2\n    return g", "changed f"},
		"a class":                 {"class C:\n    def m(self):\n        'doc'\n        return 1", "class C:\n    def m(self):\n        return 2", "changed C"},
		"a table":                 {"T = {}\nT['a'] = 1\nT.update(b=1)", "T = {}\nT['a'] = 1\nT.update(b=2)", "changed T"},
		"defined twice":           {"def f():\n    return 1\ndef f():\n    return 2", "def f():\n    return 2", "changed f"},
		"an import":               {"from a import x", "from b import x", "changed x"},
		"in a block":              {"try:\n    import x\nexcept ImportError:\n    x = None", "try:\n    import x\nexcept ImportError:\n    x = 1", "changed x"},
		"several targets":         {"a, (b, *c) = f()", "a, (b, *c) = g()", "changed a, changed b, changed c"},
		"on import":               {"print(1)", "print(2)", "changed "},
		"no longer on import":     {"print(1)", "", "changed "},
		"run as a program":        {"if __name__ == '__main__':\n    print(1)", "", ""},
		"a star":                  {"from a import *", "from b import *", "changed "},
		"annotated":               {"A: int = 1", "A: int = 2", "changed A"},
		"augmented":               {"A = 1\nA += 1", "A = 1\nA += 2", "changed A"},
		"a decorator":             {"@x\ndef f():\n    pass", "@y\ndef f():\n    pass", "changed f"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range pychange.Compare(parse(t, c.before), parse(t, c.after)) {
				got = append(got, c.How+" "+c.Name)
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
	if _, ok := pychange.Parse("def f(:"); ok {
		t.Error("a syntax error was parsed")
	}
}

func TestAffected(t *testing.T) {
	m := parse(t, `
import other
import passed as p
from third import thing as t, unused
from star import *

TABLE = {"a": 1}

def leaf():
    return TABLE["a"]

def middle():
    return leaf() + 1

def hidden(leaf):
    return leaf

def assigned():
    leaf = 1
    return leaf

def default(x=leaf):
    return x

class C:
    def m(self):
        return middle()

def uses_attr():
    return other.attr.x(1)

def uses_module():
    return call(p)

def uses_name():
    return [t(x) for x in y]

def uses_star():
    return starry
`)
	none := func(pychange.Name) bool { return false }
	affected := func(changed []string, outside func(pychange.Name) bool) string {
		return strings.Join(slices.Sorted(maps.Keys(m.Affected("m", changed, outside))), " ")
	}
	is := func(module, name string) func(pychange.Name) bool {
		return func(n pychange.Name) bool { return n == pychange.Name{Module: module, Name: name} }
	}
	for _, c := range []struct{ got, want string }{
		{affected([]string{"TABLE"}, none), "C TABLE default leaf middle"},
		{affected([]string{"middle"}, none), "C middle"},
		{affected(nil, is("other", "attr")), "uses_attr"},
		{affected(nil, is("other", "another")), ""},
		{affected(nil, is("passed", pychange.Any)), "uses_module"},
		{affected(nil, is("third", "thing")), "t uses_name"},
		{affected(nil, is("star", "starry")), "uses_star"},
		{fmt.Sprint(m.Uses(is("third", "unused"))), "[]"},
		{fmt.Sprint(m.Uses(is("third", "thing"))), "[{third thing}]"},
		{fmt.Sprint(m.Uses(is("third", ""))), "[{third }]"},
		{fmt.Sprint(m.Imports("other"), m.Imports("star"), m.Imports("none")), "true true false"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if why := m.Affected("m", []string{"TABLE"}, none)["middle"]; why != (pychange.Cause{Module: "m", Name: "leaf"}) {
		t.Errorf("middle is affected by %v", why)
	}
}

// FuzzCompare checks that a module equals itself with comments and blank lines.
func FuzzCompare(f *testing.F) {
	f.Add("def f(a):\n    return a\n")
	f.Add("from x import *\nT = {}\nT['a'] = [i for i in T]\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := pychange.Parse(text)
		if !ok {
			return
		}
		if again, ok := pychange.Parse("# comment\n\n" + text); ok && !strings.Contains(text, "\ufeff") && !strings.Contains(text, "coding") {
			if c := pychange.Compare(m, again); len(c) > 0 {
				t.Errorf("changed: %v", c)
			}
		}
		m.Affected("m", []string{"a"}, func(pychange.Name) bool { return true })
	})
}
