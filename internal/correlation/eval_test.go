package correlation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/correlation"
	"github.com/pdac-dev/pdac/internal/verdict"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"pgregory.net/rapid"
)

// eval evaluates a rule and a test in YAML.
func eval(t testing.TB, detection, outputs string) verdict.Answer {
	t.Helper()
	var v [2]any
	for i, text := range []string{detection, outputs} {
		doc, err := yamlcore.Parse([]byte(text), yamlcore.Limits{})
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if v[i], err = yamlcore.Value(doc.Root); err != nil {
			t.Fatal(err)
		}
	}
	return correlation.Eval(v[0], v[1])
}

// out writes the matches of one part: "A x=0,5 y=2" for the field f, or "A g x=0" for g.
func out(parts ...string) string {
	if len(parts) == 0 {
		return "[]"
	}
	var b strings.Builder
	for _, p := range parts {
		words, field := strings.Fields(p), "f"
		rest := words[1:]
		if len(rest) > 0 && !strings.Contains(rest[0], "=") {
			field, rest = rest[0], rest[1:]
		}
		fmt.Fprintf(&b, "- {ID: %s, Matches: {%s: {", words[0], field)
		for i, w := range rest {
			value, times, _ := strings.Cut(w, "=")
			fmt.Fprintf(&b, "%s%s: [%s]", map[bool]string{true: ", "}[i > 0], value, times)
		}
		b.WriteString("}}}\n")
	}
	return b.String()
}

const (
	criteria = ", MatchCriteria: {m: [{GroupID: A, Match: f}, {GroupID: B, Match: f}]}, LookbackWindowMinutes: 60, Schedule: {RateMinutes: 40}}]"
	pair     = "[{Group: [{ID: A, RuleID: r}, {ID: B, RuleID: s}]" + criteria
	many     = "[{Group: [{ID: A, RuleID: r, MinMatchCount: 3}, {ID: B, RuleID: s}]" + criteria
	most     = "[{Group: [{ID: A, RuleID: r, MaxMatchCount: 1}, {ID: B, RuleID: s}]" + criteria
	without  = "[{Group: [{ID: A, RuleID: r}, {ID: B, RuleID: s, Absence: true}]" + criteria
	loose    = "[{Group: [{ID: A, RuleID: r}, {ID: B, RuleID: s}]}]"
	three    = "[{Sequence: [{ID: A, RuleID: r}, {ID: B, RuleID: s}, {ID: C, RuleID: t}], LookbackWindowMinutes: 60, " +
		"Transitions: [{ID: 1, From: A, To: B, WithinTimeFrameMinutes: 10, Match: [{On: f}]}, {ID: 2, From: B, To: C, Match: [{On: f}]}]}]"
	burst  = "[{Sequence: [{ID: A, RuleID: r, MinMatchCount: 3}, {ID: B, RuleID: s}], LookbackWindowMinutes: 60, Transitions: [{ID: 1, From: A, To: B, WithinTimeFrameMinutes: 10, Match: [{From: f, To: g}]}]}]"
	before = "[{Sequence: [{ID: A, RuleID: r, Absence: true}, {ID: B, RuleID: s}], LookbackWindowMinutes: 60, Transitions: [{ID: 1, From: A, To: B, Match: [{On: f}]}]}]"
	after  = "[{Sequence: [{ID: A, RuleID: r}, {ID: B, RuleID: s, Absence: true}], LookbackWindowMinutes: 60, Transitions: [{ID: 1, From: A, To: B, Match: [{On: f}]}]}]"
)

func TestEval(t *testing.T) {
	for _, c := range []struct{ rule, outputs, want string }{
		{pair, out("A x=0", "B x=5"), "true"},
		{pair, out("B x=5", "A x=9"), "true"},
		{pair, out("A x=2024-06-01T10:00:00Z", "B x=2024-06-01T12:30:00+02:00"), "true"},
		{pair, out("A x=0"), `false: part "B" has no match`},
		{pair, out(), `false: part "A" has no match`},
		{pair, out("A x=0", "B y=0"), `false: part "B" has 0 of 1 matches for "x"`},
		{pair, out("A x=0 y=0", "B y=1"), "true"},
		{pair, out("A x=0", "B x=70"), `false: the matches for "x" are not within the lookback window of 60 minutes`},
		{pair, out("A x=0", "B x=60"), `unsure: the matches for "x" are exactly the lookback window of 60 minutes apart`},
		{pair, out("A x=0,100", "B x=5"), `unsure: the matches of the test span more than the lookback window of 60 minutes, and Panther does not document which of them a run sees`},
		{pair, out("A x=0,100", "B x=5,105"), "true"},
		{pair, out("A x=100", "B x=110"), "unsure: the matches of the test span more than"},
		{pair, out("A g x=0", "B x=5"), `unsure: the test has no values of "f" for part "A", which MatchCriteria compares`},
		{pair, out("A x=0", "Z x=5"), `unsure: the test has matches of "Z", which is no part of the rule`},
		{pair, out("A x=0", "A x=5"), `unsure: the test has matches of "A" twice`},
		{pair, out("A x=0", "B x=2024-06-01T10:00:00Z"), "unsure: the test mixes minutes and timestamps"},
		{pair, out("A x=0", "B x=yesterday"), `unsure: "yesterday" is not a timestamp such as 2024-06-01T10:00:01Z`},
		{pair, out("A x=0", "B x=true"), "unsure: a time of a match is neither a number of minutes nor a timestamp"},
		{many, out("A x=0,1,2", "B x=5"), "true"},
		{many, out("A x=0,1", "B x=5"), `false: part "A" has 2 of 3 matches for "x"`},
		{many, out("A x=0,1,1", "B x=5"), `unsure: part "A" has 3 matches for "x" only if matches at the same time count more than once`},
		{many, out("A x=0,1,90", "B x=5"), `false: the matches for "x" are not within the lookback window of 60 minutes`},
		{most, out("A x=0", "B x=5"), "true"},
		{most, out("A x=0,1", "B x=5"), `unsure: part "A" has more than 1 matches for "x", and Panther does not document MaxMatchCount`},
		{without, out("A x=0"), "true"},
		{without, out("A x=0", "B y=1"), "true"},
		{without, out("A x=0", "B x=1"), `false: part "B" must be absent and matches for "x"`},
		{without, out("B x=0", "A x=1"), `false: part "B" must be absent and matches for "x"`},
		{without, out("A x=0", "B x=90"), `unsure: part "B" must be absent and matches for "x" outside of the lookback window of some other match`},
		{without, out("B x=90"), `false: part "A" has no match`},
		{loose, out("A x=0", "B g y=5"), "true"},
		{loose, out("A x=0", "B g y=20"), "false: the matches are not within the lookback window of 15 minutes"},
		{strings.Replace(pair, "{GroupID: B, Match: f}", "", 1), out("A x=0", "B x=1"), `unsure: MatchCriteria "m" does not name part "B", and Panther does not document what that means`},
		{strings.Replace(pair, "]}, Look", "], n: [{GroupID: A, Match: f}, {GroupID: B, Match: f}]}, Look", 1), out("A x=0", "B x=1"),
			"unsure: MatchCriteria has several names, and the test does not say which matches of their fields belong together"},
		{strings.Replace(pair, "LookbackWindowMinutes: 60", "EventEvaluationOrder: Backwards", 1), out("A x=0", "B x=1"), "unsure: pdac does not know the EventEvaluationOrder Backwards"},
		{strings.Replace(pair, "LookbackWindowMinutes: 60", "EventEvaluationOrder: Chronological", 1), out("B x=0", "A x=1"), "true"},
		{strings.Replace(pair, "LookbackWindowMinutes: 60", "LookbackWindowMinutes: soon", 1), out("A x=0", "B x=1"), "unsure: LookbackWindowMinutes is not a positive number of minutes"},
		{strings.Replace(pair, "Schedule", "Shedule", 1), out("A x=0", "B x=1"), `unsure: pdac does not know the key "Shedule" of Detection`},
		{strings.Replace(many, "MinMatchCount: 3", "MinMatchCount: 0", 1), out("A x=0", "B x=1"), `unsure: MinMatchCount of part "A" is not a number of at least 1`},
		{"[{Group: [{ID: A, RuleID: r, Absence: true}]}]", out(), "unsure: all parts have Absence, and Panther does not document when such a rule matches"},
		{"[{Group: [{ID: A}, {ID: A}]}]", out(), `unsure: two parts have the ID "A"`},
		{"[]", out(), "unsure: Detection must be a list with one entry"},
		{"[{}]", out(), "unsure: Detection needs either a Group or a Sequence"},

		{three, out("A x=0", "B x=5", "C x=30"), "true"},
		{three, out("A x=0", "B x=11", "C x=30"), `false: the parts do not match for "x" in order and in time`},
		{three, out("A x=5", "B x=0", "C x=30"), `false: the parts do not match for "x" in order and in time`},
		{three, out("A x=0", "B x=5", "C x=5"), `unsure: whether the parts match for "x" in order and in time depends on how Panther counts several matches, or matches at the same time or exactly at the limit`},
		{three, out("A x=0", "B x=10", "C x=30"), `unsure: whether the parts match for "x"`},
		{three, out("A x=0,40", "B x=5,46", "C x=50"), "true"},
		{three, out("A x=0", "B x=9", "C y=30"), `false: part "C" has 0 of 1 matches for "x"`},
		{three, out("A x=0", "B x=9", "C x=70"), `false: the parts do not match for "x" in order and in time`},
		{three, out("A x=0", "B x=9", "C x=65"), `unsure`},
		{three, out("A x=0,80", "B x=5", "C x=30"), "unsure: the matches of the test span more than"},
		{strings.Replace(three, "From: B", "From: A", 1), out("A x=0", "B x=5", "C x=30"), "unsure: the Transitions do not lead from each part of the Sequence to the next"},
		{strings.Replace(three, "To: C, Match: [{On: f}]", "To: C", 1), out("A x=0", "B x=5", "C x=30"), "unsure: some transitions match values and some do not, and Panther does not document what that means"},
		{strings.Replace(three, "To: C, Match: [{On: f}]", "To: C, Match: [{On: g}]", 1), out("A x=0", "B x=5", "C g x=30"),
			`unsure: the transitions compare different fields of part "B", and the test does not say which of their matches belong together`},
		{strings.Replace(three, "Match: [{On: f}]", "Match: [{On: f}, {On: g}]", 1), out("A x=0", "B x=5", "C x=30"),
			`unsure: the test does not say which matches of several fields belong together, and transition "1" has several`},
		{strings.ReplaceAll(three, ", Match: [{On: f}]", ""), out("A x=0", "B g y=5", "C z=30"), "true"},
		{burst, out("A x=0,1,2", "B g x=5"), "true"},
		{burst, out("A x=0,1,2", "B x=5"), `unsure: the test has no values of "g" for part "B", which a transition compares`},
		{burst, out("A x=0,1", "B g x=5"), `false: part "A" has 2 of 3 matches for "x"`},
		{burst, out("A x=0,1,2", "B g x=11"), `unsure: whether the parts match for "x"`},
		{burst, out("A x=0,1,9", "B g x=5"), `unsure: whether the parts match for "x"`},
		{burst, out("A x=0,1,2,8,9,10", "B g x=5,12"), "true"},
		{before, out("B x=5"), "true"},
		{before, out("A x=0", "B x=5"), `false: part "A" must be absent and matches for "x"`},
		{before, out("A y=0", "B x=5"), "true"},
		{before, out("A x=9", "B x=5"), `unsure: part "A" must be absent and matches for "x", but not in time next to each match of part "B"`},
		{after, out("A x=5"), "true"},
		{after, out("A x=5", "B x=9"), `false: part "B" must be absent and matches for "x"`},
		{after, out("A x=5", "B x=1"), `unsure: part "B" must be absent and matches for "x", but not in time next to each match of part "A"`},
		{strings.Replace(three, "RuleID: s", "RuleID: s, Absence: true", 1), out("A x=0", "C x=30"), `unsure: part "B" must be absent and is in the middle of the sequence, and Panther does not document what that means`},
	} {
		got := eval(t, c.rule, c.outputs)
		text := got.Verdict.String()
		if got.Reason != "" {
			text += ": " + got.Reason
		}
		if text != c.want && (!strings.HasPrefix(c.want, "unsure") || !strings.HasPrefix(text, c.want)) {
			t.Errorf("%s%s\n got %s\nwant %s", c.rule, c.outputs, text, c.want)
		}
		if (got.Verdict == verdict.True) != (got.Reason == "") {
			t.Errorf("%s: reason %q", got.Verdict, got.Reason)
		}
	}
}

// TestLawsOfEval: the order of outputs and parts does not count, times may be shifted, and
// values that no part shares change nothing.
func TestLawsOfEval(t *testing.T) {
	rules := []string{pair, many, without, three, burst, before, after}
	rapid.Check(t, func(rt *rapid.T) {
		rule := rapid.SampledFrom(rules).Draw(rt, "rule")
		var parts, shifted, more []string
		for _, id := range []string{"A", "B", "C"} {
			if !strings.Contains(rule, "ID: "+id) || rapid.IntRange(0, 4).Draw(rt, "left out") == 0 {
				continue
			}
			field := map[bool]string{true: "g", false: "f"}[id == "B" && rule == burst]
			p := []string{id + " " + field, id + " " + field}
			for _, value := range []string{"x", "y"} {
				var times, later []string
				for _, at := range rapid.SliceOfN(rapid.IntRange(0, 130), 0, 4).Draw(rt, "times") {
					times, later = append(times, stamp(at)), append(later, stamp(at+1000))
				}
				if len(times) > 0 {
					p[0] += " " + value + "=" + strings.Join(times, ",")
					p[1] += " " + value + "=" + strings.Join(later, ",")
				}
			}
			parts, shifted, more = append(parts, p[0]), append(shifted, p[1]), append(more, p[0]+" only"+id+"="+stamp(60))
		}
		want := eval(t, rule, out(parts...))
		reversed := []string{}
		for _, p := range parts {
			reversed = append([]string{p}, reversed...)
		}
		for law, outputs := range map[string][]string{"order": reversed, "shift": shifted} {
			if got := eval(t, rule, out(outputs...)); got != want {
				rt.Fatalf("%s: %+v, not %+v\n%s%s", law, got, want, rule, out(parts...))
			}
		}
		if got := eval(t, rule, out(more...)); got.Verdict != want.Verdict && got.Verdict != verdict.Unsure && want.Verdict != verdict.Unsure && rule != without && rule != before && rule != after {
			rt.Fatalf("other values: %+v, not %+v\n%s%s", got, want, rule, out(parts...))
		}
	})
}

func stamp(minute int) string {
	return fmt.Sprintf("2024-06-%02dT%02d:%02d:00Z", 1+minute/1440, minute/60%24, minute%60)
}

// TestEvalIsBounded: many matches cost little, or are refused.
func TestEvalIsBounded(t *testing.T) {
	times := func(n int) string { return strings.TrimSuffix(strings.Repeat("1,", n), ",") }
	for _, rule := range []string{pair, three, many} {
		for _, n := range []int{1000, 30_000} {
			if a := eval(t, rule, out("A x="+times(n), "B x="+times(n))); a.Verdict == verdict.True && rule == three {
				t.Errorf("%+v", a)
			}
		}
	}
	if a := eval(t, pair, out("A x="+times(30_000))); a.Reason != "the test has more than 20000 matches" {
		t.Errorf("%+v", a)
	}
	if a := eval(t, burst, out("A x="+times(2000), "B g x="+times(2000))); a.Reason != `the test has too many matches for "x"` {
		t.Errorf("%+v", a)
	}
}

// FuzzCorrelation: no rule and no test breaks the evaluator.
func FuzzCorrelation(f *testing.F) {
	for _, rule := range []string{pair, many, without, three, burst, before, after} {
		f.Add(rule, out("A x=0,1,2", "B x=5", "C x=1e400"))
	}
	f.Add(pair, "[{ID: A, Matches: {f: {x: [1e17, -1e17, 2024-06-01T10:00:00Z]}}}]")
	f.Fuzz(func(t *testing.T, rule, outputs string) {
		var v [2]any
		for i, text := range []string{rule, outputs} {
			doc, err := yamlcore.Parse([]byte(text), yamlcore.Limits{})
			if err != nil {
				return
			}
			if v[i], err = yamlcore.Value(doc.Root); err != nil {
				return
			}
		}
		if a := correlation.Eval(v[0], v[1]); (a.Verdict == verdict.True) != (a.Reason == "") {
			t.Errorf("%+v", a)
		}
	})
}
