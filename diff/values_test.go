package diff_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

func field(t testing.TB, kind panther.Kind, name string) panther.Field {
	t.Helper()
	f, ok := kind.Field(name)
	if !ok {
		t.Fatalf("%s has no field %q", kind, name)
	}
	return f
}

// model reads JSON into the JSON model.
func model(t testing.TB, s string) any {
	t.Helper()
	if s == "" {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

// show writes leaves one a line: op, path, before, after.
func show(leaves []diff.Leaf) string {
	var b strings.Builder
	for _, l := range leaves {
		before, _ := json.Marshal(l.Before)
		after, _ := json.Marshal(l.After)
		fmt.Fprintf(&b, "%c %s %s %s\n", l.Op, l.Path, before, after)
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	deep := strings.Repeat("[", 300) + "%d" + strings.Repeat("]", 300)
	for name, c := range map[string]struct{ before, after, want string }{
		"equal":                         {`{"a":[1,{"b":null}]}`, `{"a":[1,{"b":null}]}`, ""},
		"nothing on either side":        {``, ``, ""},
		"from nothing":                  {``, `"x"`, `+ v null "x"` + "\n"},
		"to nothing":                    {`1`, ``, `- v 1 null` + "\n"},
		"scalar":                        {`1`, `2`, `~ v 1 2` + "\n"},
		"number and text":               {`{"a":1}`, `{"a":"1"}`, `~ v.a 1 "1"` + "\n"},
		"true and text":                 {`{"a":true}`, `{"a":"true"}`, `~ v.a true "true"` + "\n"},
		"null is not absent":            {`{"a":null}`, `{}`, `- v.a null null` + "\n"},
		"null becomes a value":          {`{"a":null}`, `{"a":0}`, `~ v.a null 0` + "\n"},
		"shape changes":                 {`{"a":[1]}`, `{"a":{"0":1}}`, `~ v.a [1] {"0":1}` + "\n"},
		"keys that are no names":        {`{"a.b":{"c d":1,"é":1,"1x":1,"":1}}`, `{"a.b":{"c d":2,"é":2,"1x":2,"":2}}`, "~ v[\"a.b\"][\"\"] 1 2\n~ v[\"a.b\"][\"1x\"] 1 2\n~ v[\"a.b\"][\"c d\"] 1 2\n~ v[\"a.b\"][\"é\"] 1 2\n"},
		"object from nothing, by key":   {``, `{"b":1,"a":{"c":2}}`, "+ v.a null {\"c\":2}\n+ v.b null 1\n"},
		"list to nothing, by element":   {`["x","y"]`, ``, "- v[0] \"x\" null\n- v[1] \"y\" null\n"},
		"empty list to nothing":         {`[]`, ``, ""},
		"empty object is not list":      {`[]`, `{}`, "~ v [] {}\n"},
		"element put in front":          {`["a","b","c"]`, `["x","a","b","c"]`, "+ v[0] null \"x\"\n"},
		"element taken out":             {`["a","b","c"]`, `["a","c"]`, "- v[1] \"b\" null\n"},
		"element changed inside":        {`[{"k":1,"v":[1]},{"k":2}]`, `[{"k":1,"v":[2]},{"k":2}]`, "~ v[0].v[0] 1 2\n"},
		"element changed after another": {`[{"k":1}]`, `["new",{"k":1,"z":0}]`, "~ v[0] {\"k\":1} \"new\"\n+ v[1] null {\"k\":1,\"z\":0}\n"},
		"indexes sort as numbers": {`[0,1,2,3,4,5,6,7,8,9,10]`, `[0,1,"x",3,4,5,6,7,8,9,"y"]`,
			"~ v[2] 2 \"x\"\n~ v[10] 10 \"y\"\n"},
		"deleted before inserted": {`["a","b"]`, `["b","c"]`, "- v[0] \"a\" null\n+ v[1] null \"c\"\n"},
		"very deep": {fmt.Sprintf(deep, 1), fmt.Sprintf(deep, 2),
			"~ v" + strings.Repeat("[0]", 51) + " " + fmt.Sprintf(deep[51:len(deep)-51], 1) + " " + fmt.Sprintf(deep[51:len(deep)-51], 2) + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := show(diff.JSON("v", model(t, c.before), model(t, c.after)))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestValues(t *testing.T) {
	for name, c := range map[string]struct {
		kind          panther.Kind
		field         string
		before, after string
		want          string
	}{
		"YAML by meaning": {panther.SimpleRule, "detection",
			`"- Key: a\n  Value: 1.0\n"`, `"[{Value: 1, Key: 'a'}]"`, ""},
		"YAML inside a list": {panther.SimpleRule, "detection",
			`"- Key: a\n  Value: x\n- Key: b\n"`, `"- Key: a\n  Value: y\n- Key: b\n"`, `~ detection[0].Value "x" "y"` + "\n"},
		"bare title": {panther.SimpleRule, "alertTitle",
			`"Login by {user}"`, `"Logout: {user}"`, `~ alertTitle "Login by {user}" {"Logout":{"user":null}}` + "\n"},
		"YAML from nothing": {panther.SimpleRule, "groupBy", ``, `"- Key: a\n- Key: b\n"`,
			"+ groupBy[0] null {\"Key\":\"a\"}\n+ groupBy[1] null {\"Key\":\"b\"}\n"},
		"resource as JSON": {panther.Rule, "tests",
			`[{"name":"t","expectedResult":true,"resource":"{\"a\":1,\"b\":2}"}]`,
			`[{"name":"t","expectedResult":true,"resource":"{ \"b\": 2.0, \"a\": 1 }"}]`, ""},
		"tests by name": {panther.Rule, "tests",
			`[{"name":"Root login","expectedResult":false,"resource":"{\"userIdentity\":{\"type\":\"User\"}}"},{"name":"gone","resource":"{}"}]`,
			`[{"name":"new","resource":"{}"},{"name":"Root login","expectedResult":true,"resource":"{\"userIdentity\":{\"type\":\"Root\"}}"}]`,
			`~ tests["Root login"].expectedResult false true
~ tests["Root login"].resource.userIdentity.type "User" "Root"
- tests["gone"] {"expectedResult":false,"name":"gone","resource":{}} null
+ tests["new"] null {"expectedResult":false,"name":"new","resource":{}}
`},
		"tests in another order": {panther.Rule, "tests", `[{"name":"a"},{"name":"b"}]`, `[{"name":"b"},{"name":"a"}]`,
			`~ tests (order) ["a","b"] ["b","a"]` + "\n"},
		"tests of one name": {panther.Rule, "tests",
			`[{"name":"a","resource":"1"},{"name":"a","resource":"2"}]`, `[{"name":"a","resource":"1"},{"name":"a","resource":"3"}]`,
			`~ tests["a"]#2.resource 2 3` + "\n"},
		"resource that is no JSON": {panther.Rule, "tests", `[{"name":"a","resource":"{"}]`, `[{"name":"a","resource":"{}"}]`,
			`~ tests["a"].resource "{" {}` + "\n"},
		"mocks": {panther.Rule, "tests",
			`[{"name":"a","mocks":[{"objectName":"f","returnValue":"1"}]}]`, `[{"name":"a","mocks":[{"objectName":"f","returnValue":"2"}]}]`,
			`~ tests["a"].mocks[0].returnValue "1" "2"` + "\n"},
		"mappings by name, order means nothing": {panther.DataModel, "mappings",
			`[{"name":"ip","path":"src"},{"name":"user","method":"get_user"}]`,
			`[{"name":"user","path":"u"},{"name":"ip","path":"src","method":""},{"name":"asn","path":"a"}]`,
			`+ mappings["asn"] null {"name":"asn","path":"a"}
- mappings["user"].method "get_user" null
+ mappings["user"].path null "u"
`},
		"scalars work too":  {panther.Rule, "severity", `"LOW"`, `"HIGH"`, `~ severity "LOW" "HIGH"` + "\n"},
		"defaults are even": {panther.Rule, "threshold", ``, `1`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := field(t, c.kind, c.field)
			before, after := model(t, c.before), model(t, c.after)
			got := show(diff.Values(f, before, after))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if cmp.Diff(model(t, c.before), before) != "" || cmp.Diff(model(t, c.after), after) != "" {
				t.Error("a value was changed")
			}
		})
	}
}

// anyJSON draws values of the JSON model that are often alike.
func anyJSON(depth int) *rapid.Generator[any] {
	scalar := rapid.SampledFrom([]any{nil, true, false, json.Number("0"), json.Number("1"), json.Number("1.0"), "", "1", "x", "a: b"})
	if depth == 0 {
		return scalar
	}
	inner := anyJSON(depth - 1)
	return rapid.OneOf(
		scalar,
		rapid.Map(rapid.SliceOfN(inner, 0, 4), func(l []any) any { return append([]any{}, l...) }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c d"}), inner, 0, 3), func(m map[string]any) any { return m }),
	)
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func anyTests() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		n := rapid.IntRange(0, 4).Draw(t, "tests")
		out := make([]any, n)
		for i := range out {
			m := map[string]any{"name": rapid.SampledFrom([]any{"a", "b", "c", nil}).Draw(t, "name")}
			if rapid.Bool().Draw(t, "more") {
				m["expectedResult"] = rapid.Bool().Draw(t, "result")
				m["resource"] = jsonText(anyJSON(2).Draw(t, "resource"))
			}
			out[i] = m
		}
		return any(out)
	})
}

// A comparison says something exactly when the field table says "different",
// never names a place twice for the same reason, and is the same every time.
func TestValuesAgreeWithEqual(t *testing.T) {
	texts := rapid.Map(anyJSON(3), func(v any) any { return any(jsonText(v)) })
	mappings := rapid.Map(rapid.SliceOfN(rapid.Map(rapid.SampledFrom([]string{"a", "b", ""}), func(s string) any {
		return map[string]any{"name": s, "path": "p" + s}
	}), 0, 3), func(l []any) any { return any(append([]any{}, l...)) })
	for _, c := range []struct {
		kind   panther.Kind
		field  string
		values *rapid.Generator[any]
	}{
		{panther.SimpleRule, "detection", texts},
		{panther.Rule, "tests", anyTests()},
		{panther.DataModel, "mappings", mappings},
		{panther.Rule, "reports", rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b"}), rapid.Just(any(list("x", "y"))), 0, 2), func(m map[string]any) any { return m })},
	} {
		f := field(t, c.kind, c.field)
		t.Run(c.field, rapid.MakeCheck(func(t *rapid.T) {
			before, after := c.values.Draw(t, "before"), c.values.Draw(t, "after")
			leaves := diff.Values(f, before, after)
			if (len(leaves) == 0) != f.Equal(before, after) {
				t.Fatalf("equal is %v, and the places are\n%s", f.Equal(before, after), show(leaves))
			}
			seen := map[string]bool{}
			for _, l := range leaves {
				k := string(l.Op) + l.Path
				if seen[k] {
					t.Fatalf("%s is duplicated in\n%s", l.Path, show(leaves))
				}
				seen[k] = true
				if l.Op == diff.Change && jsonText(l.Before) == jsonText(l.After) {
					t.Fatalf("no difference at %s", l.Path)
				}
			}
			if again := show(diff.Values(f, before, after)); again != show(leaves) {
				t.Fatalf("first\n%s\nthen\n%s", show(leaves), again)
			}
		}))
	}
}

func FuzzValues(f *testing.F) {
	f.Add("- Key: a\n", "[{Key: b}]")
	f.Add("{a: [1, [2]]}", `{"a":[[2],1]}`)
	f.Add("{user} in", "? [a]")
	kind, _ := panther.SimpleRule.Field("detection")
	tests, _ := panther.Rule.Field("tests")
	f.Fuzz(func(t *testing.T, before, after string) {
		if leaves := diff.Values(kind, before, after); (len(leaves) == 0) != kind.Equal(before, after) {
			t.Errorf("YAML: equal is %v, and the places are\n%s", kind.Equal(before, after), show(leaves))
		}
		b, a := any(list(map[string]any{"name": "t", "resource": before})), any(list(map[string]any{"name": "t", "resource": after}))
		if leaves := diff.Values(tests, b, a); (len(leaves) == 0) != tests.Equal(b, a) {
			t.Errorf("JSON: equal is %v, and the places are\n%s", tests.Equal(b, a), show(leaves))
		}
	})
}
