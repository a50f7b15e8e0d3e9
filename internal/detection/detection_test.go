package detection_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func parse(t testing.TB, src string) *yaml.Node {
	t.Helper()
	doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Root
}

func TestPaths(t *testing.T) {
	type steps = []detection.Step
	for _, c := range []struct {
		path string
		want steps
		bad  string
	}{
		{path: "a", want: steps{{Key: "a"}}},
		{path: "a.b-c.$d", want: steps{{Key: "a"}, {Key: "b-c"}, {Key: "$d"}}},
		{path: "a[0].b", want: steps{{Key: "a"}, {Index: "0"}, {Key: "b"}}},
		{path: "a[*][-1]", want: steps{{Key: "a"}, {Index: "*"}, {Index: "-1"}}},
		{path: "a['b.c'].d", want: steps{{Key: "a"}, {Key: "b.c"}, {Key: "d"}}},
		{path: `a["]"]`, want: steps{{Key: "a"}, {Key: "]"}}},
		{path: "[0].a", want: steps{{Index: "0"}, {Key: "a"}}},
		{path: "", bad: "it is empty"},
		{path: " ", bad: "it is empty"},
		{path: ".a", bad: "it starts with a dot"},
		{path: "a.", bad: "it ends with a dot"},
		{path: "a..b", bad: "there is no key between two dots"},
		{path: "a.[0]", bad: "there is no key between a dot and a bracket"},
		{path: "a[0", bad: `the bracket of "[0" is never closed`},
		{path: "a[]", bad: `"[]" must contain a number, *, or a key in quotes`},
		{path: "a[b]", bad: `"[b]" must contain a number, *, or a key in quotes`},
		{path: "a]", bad: "this ] has no matching ["},
		{path: "a[0]b", bad: `a dot is missing before "b"`},
	} {
		got, err := detection.ParsePath(c.path)
		if c.bad != "" {
			if err == nil || err.Error() != c.bad {
				t.Errorf("%q: %v, want %s", c.path, err, c.bad)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.path, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.path, diff)
		}
	}
}

// TestExpressionsAreTyped looks at what comes of one expression of each form.
func TestExpressionsAreTyped(t *testing.T) {
	root := parse(t, `
Detection:
  - {KeyPath: a.b, Condition: Equals, Value: x}
  - {Key: a, Condition: IsIn, Values: [x, 2]}
  - {Condition: IsGreaterThan, Values: [{KeyPath: a}, {DeepKey: [b, c]}]}
  - {KeyPath: list, Condition: AnyElement, Expressions: [{Key: a, Condition: Exists}]}
  - {Condition: AlwaysTrue}
  - {Enrichment: {Table: t, Selector: s, FieldPath: f.g}, Condition: IsNull}
  - None: [{Any: [{Key: a, Condition: Exists}]}]
AlertTitle: "{a.b} and {c}"
GroupBy: [{KeyPath: x}]
AlertContext: [{KeyName: n, KeyValue: {DeepKey: [y, z]}}]
DynamicSeverities: [{ChangeTo: Low, Conditions: [{Key: a, Condition: Exists}]}]
`)
	s, problems := detection.Read(root)
	for _, p := range problems {
		t.Errorf("%d:%d: %s", p.Node.Line, p.Node.Column, p.Message)
	}
	d := s.Detection
	if len(d) != 7 || len(s.Title) != 2 || len(s.GroupBy) != 1 || len(s.Context) != 1 || len(s.Severities) != 1 {
		t.Fatalf("%+v", s)
	}
	if d[0].Condition.Name != "Equals" || len(d[0].Key.Path) != 2 || d[0].Operands[0].Node.Value != "x" {
		t.Errorf("key and value: %+v", d[0])
	}
	if len(d[1].Operands) != 2 {
		t.Errorf("key and values: %+v", d[1])
	}
	if d[2].Key != nil || len(d[2].Operands) != 2 || len(d[2].Operands[1].Key.Path) != 2 {
		t.Errorf("two keys: %+v", d[2])
	}
	if len(d[3].Inner) != 1 || d[3].Inner[0].Key.Path[0].Key != "a" {
		t.Errorf("elements: %+v", d[3])
	}
	if !d[4].Condition.Absolute || d[4].Key != nil {
		t.Errorf("absolute: %+v", d[4])
	}
	if k := d[5].Key; k.Table != "t" || k.Selector != "s" || len(k.Path) != 2 {
		t.Errorf("enrichment: %+v", k)
	}
	if d[6].Combinator != "None" || d[6].Inner[0].Combinator != "Any" || len(d[6].Inner[0].Inner) != 1 {
		t.Errorf("combinator: %+v", d[6])
	}
	if p := s.Title[1]; p.Start != 10 || p.End != 13 || p.Path[0].Key != "c" {
		t.Errorf("placeholder: %+v", p)
	}
}

// TestEveryConditionWithWhatItTakes: what the table says a condition takes is
// taken, and every other way to write it is reported.
func TestEveryConditionWithWhatItTakes(t *testing.T) {
	given := map[detection.Takes]string{
		detection.TakesNothing: "", detection.TakesValue: ", Value: 10.0.0.1", detection.TakesValues: ", Values: [10.0.0.1]",
		detection.TakesExpressions: ", Expressions: [{Key: a, Condition: Exists}]",
	}
	for _, c := range detection.Conditions {
		for takes, text := range given {
			key := "KeyPath: a, "
			if c.Absolute {
				key = ""
			}
			_, problems := detection.Parse(parse(t, "- {"+key+"Condition: "+c.Name+text+"}"), detection.InDetection)
			fits := takes == c.Takes || c.Takes == detection.TakesEither && (takes == detection.TakesValue || takes == detection.TakesValues)
			if fits != (len(problems) == 0) {
				t.Errorf("%s%s: %+v", c.Name, text, problems)
			}
		}
		_, problems := detection.Parse(parse(t, "- {KeyPath: a, Condition: "+strings.ToUpper(c.Name)+"}"), detection.InDetection)
		if len(problems) != 1 || problems[0].Kind != detection.UnknownCondition || problems[0].Write != c.Name {
			t.Errorf("%s in capitals: %+v", c.Name, problems)
		}
	}
}

// TestPathsComeBack writes steps as a path and reads them again.
func TestPathsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []detection.Step
		var b strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				k := rapid.StringMatching(`[a-zA-Z_$-][a-z0-9 _:-]{0,6}[a-z0-9]`).Draw(t, "key")
				if i > 0 {
					b.WriteByte('.')
				}
				b.WriteString(k)
				want = append(want, detection.Step{Key: k})
			case 1:
				n := rapid.StringMatching(`\*|[0-9]{1,3}`).Draw(t, "index")
				b.WriteString("[" + n + "]")
				want = append(want, detection.Step{Index: n})
			default:
				k := rapid.StringMatching(`[a-z.\]\[]{1,5}`).Draw(t, "quoted")
				b.WriteString("['" + k + "']")
				want = append(want, detection.Step{Key: k})
			}
		}
		got, err := detection.ParsePath(b.String())
		if err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", b.String(), diff)
		}
	})
}

// FuzzRead: no spec brings the reader down, and every problem has a place inside
// the text that it is about.
func FuzzRead(f *testing.F) {
	f.Add("Detection: [{KeyPath: a, Condition: Equals, Value: x}]\nAlertTitle: \"{a} {b\"\n")
	f.Add("Detection: [{All: [&a {Key: a.b, Condition: exists}, *a]}]\nGroupBy: [1, {}]\n")
	f.Add("InlineFilters: [{Condition: Equals, Values: [{KeyPath: a[}, 3]}]\nDynamicSeverities: [{Conditions: []}]\n")
	f.Add("AlertContext: [{KeyName: a, KeyValue: {Enrichment: {Table: 1}}}]\nAlertTitle: '}{{a}}{'\n")
	f.Fuzz(func(t *testing.T, src string) {
		doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{})
		if err != nil || doc.Root == nil {
			return
		}
		spec, problems := detection.Read(doc.Root)
		was := spec.Match(map[string]any{"a": "x"})
		for _, v := range spec.Variants() {
			v.With(func() { spec.Match(map[string]any{"a": "x"}) })
			if v.Probes(); v.String() == "" || v.Site == 0 {
				t.Errorf("a variant without a name: %+v", v)
			}
		}
		if now := spec.Match(map[string]any{"a": "x"}); now != was {
			t.Errorf("after its variants: %+v, and %+v before", now, was)
		}
		for _, p := range problems {
			if p.Node == nil || p.Message == "" || strings.HasSuffix(p.Message, ".") {
				t.Errorf("%+v", p)
			}
			if p.Start < 0 || p.End < p.Start || p.End > len(p.Node.Value) {
				t.Errorf("%q: %d to %d of %q", p.Message, p.Start, p.End, p.Node.Value)
			}
		}
	})
}
