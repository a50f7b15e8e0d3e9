package detection_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/detection"
)

func TestVariants(t *testing.T) {
	s, problems := detection.Read(parse(t, `
Detection:
  - {KeyPath: a.b, Condition: IsIn, Values: [x, y]}
  - Any:
      - {KeyPath: n, Condition: IsLessThanOrEqual, Value: 5}
      - All: [{Key: c, Condition: Exists}]
  - {KeyPath: "l[0]", Condition: AnyElement, Expressions: [{KeyPath: d, Condition: Exists}, {KeyPath: e, Condition: Exists}]}
InlineFilters: [{Key: f, Condition: Equals, Value: true}]
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	all := s.Variants()
	var got []string
	for i := range all {
		v := &all[i]
		line := fmt.Sprintf("%d: %d %s %s", i, v.Expression.Node.Line, v.Kind, v)
		if v.Value != nil {
			line += " without " + v.Value.Value
		}
		if v.From != "" {
			line += " " + v.From + " -> " + v.To
		}
		if len(v.Parents) > 0 {
			line += fmt.Sprint(" hidden by ", v.Parents)
		}
		got = append(got, line)
	}
	want := []string{
		"0: 3 always_true a.b IsIn", "1: 3 always_false a.b IsIn",
		"2: 3 value a.b IsIn without x hidden by [0 1]", "3: 3 value a.b IsIn without y hidden by [0 1]",
		"4: 4 always_true Any", "5: 4 operator Any Any -> All hidden by [4]",
		"6: 5 always_false n IsLessThanOrEqual 5 hidden by [4 5]",
		"7: 5 boundary n IsLessThanOrEqual 5 IsLessThanOrEqual -> IsLessThan hidden by [4 5 6]",
		"8: 6 always_false All hidden by [4 5]",
		"9: 7 always_true l[0] AnyElement",
		"10: 7 always_true d Exists hidden by [9]", "11: 7 always_true e Exists hidden by [9]",
		"12: 8 always_true f Equals true", "13: 8 always_false f Equals true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	event, err := detection.DecodeEvent([]byte(`{"a": {"b": "y"}, "n": 5, "l": [[{"d": 1, "e": 1}]], "f": true}`))
	if err != nil {
		t.Fatal(err)
	}
	match := func() string {
		return s.Filter(event).Verdict.String() + " " + s.Match(event).Verdict.String()
	}
	changed := map[int]string{}
	for i := range all {
		all[i].With(func() {
			if now := match(); now != "true true" {
				changed[i] = now
			}
		})
		if match() != "true true" {
			t.Fatalf("variant %d stays", i)
		}
	}
	if diff := cmp.Diff(map[int]string{1: "true false", 3: "true false", 5: "true false", 6: "true false", 7: "true false", 13: "false true"}, changed); diff != "" {
		t.Error(diff)
	}
	want = []string{`[["a","b"],["x","y"]]`, `[["n"],[5]] [["c"],null]`, `[["f"],[true]]`}
	for i, n := range []int{0, 4, 12} {
		line := ""
		for _, p := range all[n].Probes() {
			text, err := json.Marshal([]any{p.Path, p.Values})
			if err != nil {
				t.Fatal(err)
			}
			if line != "" {
				line += " "
			}
			line += string(text)
		}
		if diff := cmp.Diff(want[i], line); diff != "" {
			t.Error(diff)
		}
	}
}
