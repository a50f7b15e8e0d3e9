package panther_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// FuzzEqualEvents: whether two events are equal is whether their canonical forms are, whatever
// their layout.
func FuzzEqualEvents(f *testing.F) {
	for _, pair := range [][2]string{
		{`{"a":1,"b":[true,null]}`, "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}\n"}, {`[12]`, `[1 2]`}, {`[1 2]`, "[1  2]"}, {`{"a b":"c d"}`, `{"ab":"cd"}`},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`}, {`{"a":1}`, `{"a":1.0}`}, {`{"a":"\" b"}`, `{"a":"\"b"}`}, {`{"a":"\\" }`, `{"a":"\\"}`}, {`{a : 1}`, `{a: 1}`}, {`tr ue`, `true`},
		{`"a" `, ` "a"`}, {``, ` `}, {`{"a":1,"a":2}`, `{ "a":1, "a":2 }`}, {`{"a":1}}`, `{"a": 1}}`}, {"\"\xff\"", " \"\xff\""}, {`-1`, `- 1`}, {`1e5`, `1e 5`}, {`{}`, "{\t}"},
	} {
		f.Add(pair[0], pair[1])
	}
	field, ok := panther.Rule.Field("tests")
	if !ok {
		f.Fatal("rules have no tests")
	}
	list := func(event string) any {
		return []any{map[string]any{"name": "t", "expectedResult": true, "resource": event}}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 1<<16 {
			t.Skip("it takes long")
		}
		x, y := list(a), list(b)
		if want, got := yamlcore.Equal(field.Canonical(x), field.Canonical(y)), field.Equal(x, y); got != want {
			t.Errorf("%q and %q: %v, and their canonical forms: %v", a, b, got, want)
		}
		// Another layout of the same.
		spaced := strings.NewReplacer(",", " ,\n", "{", "{ ").Replace(a)
		z := list(spaced)
		if want, got := yamlcore.Equal(field.Canonical(x), field.Canonical(z)), field.Equal(x, z); got != want {
			t.Errorf("%q and %q: %v, and their canonical forms: %v", a, spaced, got, want)
		}
	})
}
