package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

func thing(t testing.TB, kind panther.Kind, fields string) *panther.Entity {
	t.Helper()
	if fields == "" {
		return nil
	}
	m, ok := model(t, fields).(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", fields)
	}
	for name := range m {
		if _, known := kind.Field(name); !known {
			t.Fatalf("%s has no field %q", kind, name)
		}
	}
	return &panther.Entity{Key: panther.Key{Kind: kind, ID: "X"}, Fields: m}
}

// verdict writes a verdict one reason a line.
func verdict(v diff.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", v.Direction)
	for _, r := range v.Reasons {
		fmt.Fprintf(&b, "  %s: %s\n", r.Direction, r.Text)
	}
	return b.String()
}

// TestJudge has every field of the table at least once in each direction that it can
// have; TestEveryFieldIsJudged checks that none is missing.
func TestJudge(t *testing.T) {
	for name, c := range judgeCases {
		t.Run(name, func(t *testing.T) {
			got := verdict(diff.Judge(thing(t, c.kind, c.before), thing(t, c.kind, c.after)))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

type judgeCase struct {
	kind                panther.Kind
	before, after, want string
}

var judgeCases = map[string]judgeCase{
	"disabled and lower":         {panther.Rule, `{"enabled":true,"severity":"HIGH"}`, `{"enabled":false,"severity":"low"}`, "weaker\n  weaker: disabled\n  weaker: severity HIGH → LOW\n"},
	"enabled, although lower":    {panther.Rule, `{"enabled":false,"severity":"HIGH"}`, `{"enabled":true,"severity":"LOW"}`, "stronger\n  stronger: enabled\n  neutral: severity HIGH → LOW\n"},
	"off before and after":       {panther.Rule, `{"enabled":false,"severity":"HIGH"}`, `{"enabled":false,"severity":"LOW"}`, "neutral\n  neutral: severity HIGH → LOW\n  neutral: disabled before and after\n"},
	"higher":                     {panther.Rule, `{"severity":"HIGH"}`, `{"severity":"CRITICAL"}`, "stronger\n  stronger: severity HIGH → CRITICAL\n"},
	"a word that is no severity": {panther.Rule, `{"severity":"HIGH"}`, `{"severity":"ha, disabled"}`, "unknown\n  unknown: severity HIGH → \"HA, DISABLED\"\n"},
	"weaker decides":             {panther.Rule, `{"severity":"HIGH","threshold":1,"tags":["a"]}`, `{"severity":"CRITICAL","threshold":10,"tags":["b"]}`, "weaker\n  stronger: severity HIGH → CRITICAL\n  neutral: tags\n  weaker: threshold 1 → 10\n"},
	"threshold from the default": {panther.Rule, `{}`, `{"threshold":5}`, "weaker\n  weaker: threshold 1 → 5\n"},
	"threshold down":             {panther.Rule, `{"threshold":5}`, `{"threshold":2}`, "stronger\n  stronger: threshold 5 → 2\n"},
	"dedup up":                   {panther.Rule, `{"dedupPeriodMinutes":15}`, `{}`, "weaker\n  weaker: dedup period 15 → 60 min\n"},
	"dedup down":                 {panther.Policy, `{"description":"a"}`, `{"description":"b"}`, "neutral\n  neutral: description\n"},
	"dedup shorter":              {panther.ScheduledRule, `{"dedupPeriodMinutes":1440}`, `{"dedupPeriodMinutes":60}`, "stronger\n  stronger: dedup period 1440 → 60 min\n"},
	"dedup with a threshold":     {panther.Rule, `{"threshold":5,"dedupPeriodMinutes":15}`, `{"threshold":5,"dedupPeriodMinutes":60}`, "unknown\n  unknown: dedup period 15 → 60 min, which also counts to the threshold\n"},
	"no alerts":                  {panther.Rule, `{}`, `{"createAlert":false}`, "weaker\n  weaker: CreateAlert off\n"},
	"alerts":                     {panther.CorrelationRule, `{"createAlert":false}`, `{"createAlert":true}`, "stronger\n  stronger: CreateAlert on\n"},
	"log types": {panther.Rule, `{"logTypes":["A","B"]}`, `{"logTypes":["B","C","D"]}`,
		"weaker\n  weaker: log type removed: A (added: C, D)\n  stronger: log types added: C, D\n"},
	"queries":       {panther.ScheduledRule, `{"scheduledQueries":["Q","R"]}`, `{"scheduledQueries":["Q"]}`, "weaker\n  weaker: query removed: R\n"},
	"resources":     {panther.Policy, `{"resourceTypes":["A"]}`, `{"resourceTypes":["A","B"]}`, "stronger\n  stronger: resource type added: B\n"},
	"all resources": {panther.Policy, `{"resourceTypes":["A"]}`, `{}`, "stronger\n  stronger: all resource types instead of some\n"},
	"some resources": {panther.Policy, `{}`, `{"resourceTypes":["A"]}`,
		"weaker\n  weaker: only some resource types instead of all\n"},
	"suppressions": {panther.Policy, `{"suppressions":["a*"]}`, `{"suppressions":["b*","c","d","e","f"]}`,
		"weaker\n  weaker: ignore patterns added: b*, c, d and 2 more\n  stronger: ignore pattern removed: a*\n"},
	"destinations": {panther.Rule, `{"outputIDs":["a","b"]}`, `{"outputIDs":["a"]}`, "weaker\n  weaker: destination removed: b\n"},
	"own destinations": {panther.Rule, `{}`, `{"outputIDs":["a"]}`,
		"unknown\n  unknown: alerts go to 1 destination instead of the default destinations\n"},
	"default destinations": {panther.Rule, `{"outputIDs":["a","b"]}`, `{"outputIDs":[]}`,
		"unknown\n  unknown: alerts go to the default destinations instead of 2 destinations\n"},
	"words only": {panther.SimpleRule, `{"displayName":"a","runbook":"a","reference":"a","reports":{"A":["1"]},"summaryAttributes":["a"],"alertTitle":"a","alertContext":"a"}`, `{"displayName":"b","description":"x"}`,
		"neutral\n  neutral: displayName\n  neutral: description\n  neutral: runbook\n  neutral: reference\n  neutral: reports\n  neutral: summaryAttributes\n  neutral: alertTitle\n  neutral: alertContext\n"},
	"tests removed": {panther.Rule, `{"tests":[{"name":"a"},{"name":"b"},{"name":"c"}]}`, `{"tests":[{"name":"c"}]}`, "neutral\n  neutral: 2 unit tests removed\n"},
	"tests changed": {panther.CorrelationRule, `{"tests":[{"name":"a"}]}`, `{"tests":[{"name":"b"}]}`, "neutral\n  neutral: unit tests\n"},
	"grouping":      {panther.SimpleRule, `{"groupBy":"- Key: a"}`, `{"groupBy":"- Key: b"}`, "unknown\n  unknown: alerts are grouped by other keys\n"},

	"a condition added": {panther.SimpleRule, `{"detection":"- Key: a\n  Condition: Equals\n  Value: x"}`, `{"detection":"- Key: a\n  Condition: Equals\n  Value: x\n- {KeyPath: b.c, Condition: IsNotIn, Values: [1, 2]}"}`,
		"weaker\n  weaker: fewer events match: condition added: b.c IsNotIn [1, 2]\n"},
	"a condition dropped": {panther.SimpleRule, `{"detection":"All: [{Key: a, Condition: Exists}, {Key: b, Condition: DoesNotExist}]"}`, `{"detection":"All: [{Key: a, Condition: Exists}]"}`,
		"stronger\n  stronger: more events match: condition dropped: b DoesNotExist\n"},
	"an alternative dropped": {panther.SimpleRule, `{"detection":"Any: [{Key: a, Condition: Exists}, {Key: b, Condition: DoesNotExist}]"}`, `{"detection":"Any: [{Key: a, Condition: Exists}]"}`,
		"weaker\n  weaker: fewer events match: condition dropped: b DoesNotExist\n"},
	"none of more": {panther.SimpleRule, `{"detection":"None: [{Key: a, Condition: Exists}]"}`, `{"detection":"None: [{Key: a, Condition: Exists}, {Key: b, Condition: Exists}]"}`,
		"weaker\n  weaker: fewer events match: condition added: b Exists\n"},
	"a longer list": {panther.SimpleRule, `{"detection":"- {Key: a, Condition: IsIn, Values: [x, y]}"}`, `{"detection":"- {Key: a, Condition: IsIn, Values: [y, z, x]}"}`,
		"stronger\n  stronger: more events match: condition changed: a IsIn, added [z]\n"},
	"a narrower network": {panther.SimpleRule, `{"detection":"- {Key: a, Condition: IsIPAddressInCIDR, Value: 10.0.0.0/8}"}`, `{"detection":"- {Key: a, Condition: IsIPAddressInCIDR, Values: [10.1.0.0/16, 10.2.3.4]}"}`,
		"weaker\n  weaker: fewer events match: condition changed: a IsIPAddressInCIDR, added [10.1.0.0/16, 10.2.3.4], removed [10.0.0.0/8]\n"},
	"the same in another way": {panther.SimpleRule, `{"detection":"- None: [{Key: a, Condition: Equals, Value: x}]"}`, `{"detection":"- {Key: a, Condition: DoesNotEqual, Value: x}"}`,
		"neutral\n  neutral: detection matches the same events\n"},
	"other values": {panther.SimpleRule, `{"detection":"- {Key: a, Condition: Equals, Value: x}"}`, `{"detection":"- {Key: a, Condition: Equals, Value: y}"}`,
		"unknown\n  unknown: detection: condition changed: a Equals x → a Equals y\n"},
	"not an expression": {panther.SimpleRule, `{"detection":"x"}`, `{"detection":"- {Key: a, Condition: Exists}"}`, "unknown\n  unknown: detection changed\n"},
	"elements": {panther.SimpleRule, `{"detection":"- {Key: a, Condition: AnyElement, Expressions: [{Key: b, Condition: StartsWith, Value: x}]}"}`,
		`{"detection":"- {Key: a, Condition: AnyElement, Expressions: [{Key: b, Condition: StartsWith, Value: xy}]}"}`,
		"weaker\n  weaker: fewer events match: condition changed: a AnyElement (b StartsWith x) → a AnyElement (b StartsWith xy)\n"},
	"a filter added":   {panther.Rule, `{}`, `{"inlineFilters":"- {KeyPath: a, Condition: DoesNotEqual, Value: root}"}`, "weaker\n  weaker: filter added: a DoesNotEqual root\n"},
	"a filter removed": {panther.SimpleRule, `{"inlineFilters":"All: [{KeyPath: a, Condition: Equals, Value: root}]"}`, `{"inlineFilters":"All: []"}`, "stronger\n  stronger: filter dropped: a Equals root\n"},
	"a filter changed": {panther.Rule, `{"inlineFilters":"- {Key: a, Condition: Equals, Value: x}"}`, `{"inlineFilters":"- {Key: b, Condition: Equals, Value: x}"}`,
		"unknown\n  unknown: inline filters: filter changed: a Equals x → b Equals x\n"},
	"severities": {panther.SimpleRule, `{"severity":"HIGH"}`, `{"severity":"HIGH","dynamicSeverities":"[{ChangeTo: INFO, Conditions: [{Key: a, Condition: Exists}]}]"}`,
		"weaker\n  weaker: dynamic severity INFO added\n"},
	"severity gone": {panther.SimpleRule, `{"severity":"LOW","dynamicSeverities":"[{ChangeTo: HIGH, Conditions: [{Key: a, Condition: Exists}]}]"}`, `{"severity":"LOW"}`,
		"weaker\n  weaker: dynamic severity HIGH removed\n"},
	"severity for others": {panther.SimpleRule, `{"severity":"LOW","dynamicSeverities":"[{ChangeTo: HIGH, Conditions: [{Key: a, Condition: Exists}]}]"}`,
		`{"severity":"LOW","dynamicSeverities":"[{ChangeTo: HIGH, Conditions: [{Key: b, Condition: Exists}]}]"}`, "unknown\n  unknown: 1 dynamic severity changed\n"},

	"formatting":   {panther.Rule, `{"body":"def rule(event):\n    return event[\"a\"]\n"}`, `{"body":"# why\ndef rule(event):\n    '''Says.'''\n    return (event['a'])\n"}`, "neutral\n  neutral: only comments or formatting of the code\n"},
	"code":         {panther.Rule, `{"body":"def rule(event):\n    return True\n"}`, `{"body":"def rule(event):\n    return helper()\n\ndef helper():\n    return False\n"}`, "unknown\n  unknown: code changed in: rule, helper\n"},
	"words":        {panther.Rule, `{"body":"def rule(e):\n    return True\ndef runbook(e):\n    return T\nT = 'a'"}`, `{"body":"def rule(e):\n    return True\ndef runbook(e):\n    return T\nT = 'b'"}`, "neutral\n  neutral: function for the words of the alert changed: runbook\n"},
	"title":        {panther.Rule, `{"body":"def rule(e):\n    return True\ndef title(e):\n    return 'a'"}`, `{"body":"def rule(e):\n    return True\ndef title(e):\n    return 'b'"}`, "unknown\n  unknown: code changed in: title\n"},
	"title only":   {panther.Policy, `{"body":"def policy(e):\n    return True\ndef title(e):\n    return 'a'\ndef dedup(e):\n    return 'x'"}`, `{"body":"def policy(e):\n    return True\ndef title(e):\n    return 'b'\ndef dedup(e):\n    return 'x'"}`, "neutral\n  neutral: function for the words of the alert changed: title\n"},
	"not Python":   {panther.ScheduledRule, `{"body":"def rule(:"}`, `{"body":"def rule(e):\n    return 1"}`, "unknown\n  unknown: code changed\n"},
	"on import":    {panther.Rule, `{"body":"print(1)\ndef rule(e):\n    return 1"}`, `{"body":"print(2)\ndef rule(e):\n    return 1"}`, "unknown\n  unknown: code changed that runs on import\n"},
	"a global":     {panther.Global, `{"body":"def f():\n    return 1"}`, `{"body":"def f():\n    return 2","tags":["a"],"description":"d"}`, "unknown\n  neutral: description\n  neutral: tags\n  unknown: code changed in: f\n"},
	"code gone":    {panther.DataModel, `{"body":"def f():\n    return 1"}`, `{}`, "unknown\n  unknown: code removed\n"},
	"data model":   {panther.DataModel, `{"enabled":true,"mappings":[{"name":"ip","path":"a"},{"name":"user","path":"b"}]}`, `{"enabled":true,"mappings":[{"name":"ip","path":"c"},{"name":"asn","path":"d"}]}`, "weaker\n  weaker: mapping removed: user\n  unknown: mapping changed: ip\n  stronger: mapping added: asn\n"},
	"query off":    {panther.Query, `{"schedule.rateMinutes":60}`, `{"schedule.rateMinutes":60,"schedule.disabled":true}`, "weaker\n  weaker: disabled\n"},
	"rate":         {panther.Query, `{"schedule.rateMinutes":60}`, `{"schedule.rateMinutes":1440}`, "weaker\n  weaker: schedule every 60 minutes → every 1440 minutes\n"},
	"cron":         {panther.Query, `{"schedule.cron":"0 0 * * *"}`, `{"schedule.cron":"0 */6 * * *"}`, "stronger\n  stronger: schedule 0 0 * * * → 0 */6 * * *\n"},
	"another time": {panther.Query, `{"schedule.cron":"0 0 * * *"}`, `{"schedule.cron":"30 5 * * *"}`, "neutral\n  neutral: schedule 0 0 * * * → 30 5 * * *\n"},
	"cron to rate": {panther.Query, `{"schedule.cron":"0 0 * * *"}`, `{"schedule.rateMinutes":60}`, "stronger\n  stronger: schedule 0 0 * * * → every 60 minutes\n"},
	"bad cron":     {panther.Query, `{"schedule.cron":"0 0 * * *"}`, `{"schedule.cron":"never"}`, "unknown\n  unknown: schedule 0 0 * * * → never\n"},
	"no schedule":  {panther.Query, `{"schedule.cron":"0 0 * * *"}`, `{}`, "weaker\n  weaker: no longer scheduled\n"},
	"scheduled":    {panther.Query, `{"sql":"select 1"}`, `{"sql":"select 2","schedule.rateMinutes":5}`, "stronger\n  stronger: scheduled: every 5 minutes\n  neutral: SQL changed\n"},
	"timeout":      {panther.Query, `{"schedule.rateMinutes":60,"schedule.timeoutMinutes":10}`, `{"schedule.rateMinutes":60,"schedule.timeoutMinutes":2}`, "weaker\n  weaker: timeout 10 → 2 min\n"},
	"not run":      {panther.Query, `{"sql":"select 1"}`, `{"sql":"select 2"}`, "neutral\n  neutral: SQL changed\n  neutral: disabled before and after\n"},
	"SQL":          {panther.Query, `{"schedule.rateMinutes":60,"sql":"select 1"}`, `{"schedule.rateMinutes":60,"sql":"select 2"}`, "unknown\n  unknown: SQL changed\n"},
	"SQL alike":    {panther.Query, `{"schedule.rateMinutes":60,"sql":"select a from t"}`, `{"schedule.rateMinutes":60,"sql":"SELECT a\n-- all\nFROM t"}`, "neutral\n  neutral: only comments or formatting of the SQL\n"},
	"recipients": {panther.Query, `{"schedule.rateMinutes":60,"emailConfig.recipients":["a@x.org"]}`, `{"schedule.rateMinutes":60,"emailConfig.recipients":["b@x.org"],"emailConfig.sendEmpty":true,"emailConfig.preferAttachment":true}`,
		"weaker\n  weaker: recipient removed: a@x.org\n  stronger: recipient added: b@x.org\n  neutral: emailConfig.sendEmpty\n  neutral: emailConfig.preferAttachment\n"},

	"new":                {panther.Rule, ``, `{"enabled":true,"severity":"HIGH"}`, "stronger\n  stronger: new, severity HIGH\n"},
	"new and silent":     {panther.Rule, ``, `{"enabled":true,"severity":"HIGH","createAlert":false}`, "stronger\n  stronger: new, severity HIGH, creates no alerts\n"},
	"new and disabled":   {panther.Rule, ``, `{"enabled":false,"severity":"HIGH"}`, "neutral\n  neutral: new and disabled\n"},
	"removed":            {panther.Policy, `{"enabled":true,"severity":"LOW"}`, ``, "weaker\n  weaker: removed, severity LOW\n"},
	"removed, was off":   {panther.Policy, `{"enabled":false}`, ``, "neutral\n  neutral: removed and disabled\n"},
	"global removed":     {panther.Global, `{"body":"x"}`, ``, "neutral\n  neutral: removed\n"},
	"query removed":      {panther.Query, `{"sql":"x"}`, ``, "neutral\n  neutral: removed\n"},
	"scheduled, removed": {panther.Query, `{"sql":"x","schedule.rateMinutes":5}`, ``, "weaker\n  weaker: removed\n"},
	"nothing":            {panther.Rule, `{"threshold":1}`, `{}`, "neutral\n"},

	"parts": correlate(`Group: [{ID: a, RuleID: A}]`, `Group: [{ID: a, RuleID: A, MinMatchCount: 3}, {ID: b, RuleID: B}, {ID: c, RuleID: C, Absence: true}]`,
		"weaker\n  weaker: part a: matches 1 → 3\n  weaker: part added that must match: b\n  weaker: part added that must not match: c\n"),
	"part of another rule": correlate(`Group: [{ID: a, RuleID: A}]`, `Group: [{ID: a, RuleID: B}]`, "unknown\n  unknown: part a: rule A → B\n"),
	"part renamed":         correlate(`Group: [{ID: a, RuleID: A}]`, `Group: [{ID: b, RuleID: A}]`, "unknown\n  unknown: part removed: a\n  unknown: part added that must match: b\n"),
	"part removed":         correlate(`Group: [{ID: a, RuleID: A}, {ID: b, RuleID: A}]`, `Group: [{ID: b, RuleID: A}]`, "stronger\n  stronger: part removed: a\n"),
	"absence":              correlate(`Group: [{ID: a, RuleID: A}]`, `Group: [{ID: a, RuleID: A, Absence: true}]`, "unknown\n  unknown: part a must not match\n"),
	"most":                 correlate(`Group: [{ID: a, RuleID: A}]`, `Group: [{ID: a, RuleID: A, MaxMatchCount: 5}]`, "weaker\n  weaker: part a: most matches (none) → 5\n"),
	"criteria":             correlate(`Group: [{ID: a, RuleID: A}]`, "Group: [{ID: a, RuleID: A}]\n  MatchCriteria: {u: [{GroupID: a, Match: x}]}", "weaker\n  weaker: 1 field added that must be equal\n"),
	"windows": correlate("Sequence: [{ID: a, RuleID: A}]\n  LookbackWindowMinutes: 60\n  Schedule: {RateMinutes: 60, TimeoutMinutes: 5}", "Sequence: [{ID: a, RuleID: A}]\n  LookbackWindowMinutes: 15\n  Schedule: {RateMinutes: 30, TimeoutMinutes: 10}",
		"weaker\n  weaker: lookback window 60 → 15 min\n  stronger: schedule every 60 minutes → every 30 minutes\n  stronger: timeout 5 → 10 min\n"),
	"transitions": correlate("Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: A}]\n  Transitions: [{ID: t, From: a, To: b, WithinTimeFrameMinutes: 5, Match: [{On: x}, {On: y}]}]", "Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: A}]\n  Transitions: [{ID: t, From: a, To: b, WithinTimeFrameMinutes: 15, Match: [{On: x}]}]",
		"stronger\n  stronger: transition t within 5 → 15 min\n  stronger: transition t: 1 field fewer must be equal\n"),
	"group and sequence": correlate(`Group: [{ID: a, RuleID: A}]`, `Sequence: [{ID: a, RuleID: A}]`, "unknown\n  unknown: a sequence instead of a group\n"),
	"another order":      correlate(`Sequence: [{ID: a, RuleID: A}, {ID: b, RuleID: B}]`, `Sequence: [{ID: b, RuleID: B}, {ID: a, RuleID: A}]`, "unknown\n  unknown: parts in another order\n"),
	"anything else":      correlate(`Group: [{ID: a, RuleID: A}]`, "Group: [{ID: a, RuleID: A}]\n  New: 1", "unknown\n  unknown: correlation changed\n"),
	"evaluation order":   correlate(`Group: [{ID: a, RuleID: A}]`, "Group: [{ID: a, RuleID: A}]\n  EventEvaluationOrder: Chronological", "unknown\n  unknown: EventEvaluationOrder changed\n"),
}

func correlate(before, after, want string) judgeCase {
	quote := func(s string) string { return fmt.Sprintf(`{"detection":%q}`, "- "+s) }
	return judgeCase{panther.CorrelationRule, quote(before), quote(after), want}
}

// TestEveryFieldIsJudged checks that the cases above have every field of every kind,
// and that no known field falls through to the default.
func TestEveryFieldIsJudged(t *testing.T) {
	judged := map[string]bool{}
	for _, c := range judgeCases {
		if c.before == "" || c.after == "" {
			continue
		}
		for _, r := range diff.Judge(thing(t, c.kind, c.before), thing(t, c.kind, c.after)).Reasons {
			judged[r.Field] = true
			if r.Direction == diff.Unknown && r.Text == r.Field {
				t.Errorf("%s is not judged", r.Field)
			}
		}
	}
	for _, k := range panther.Kinds() {
		for _, f := range k.Fields() {
			if !judged[f.Name] {
				t.Errorf("no case has %s of %s", f.Name, k.Article())
			}
		}
	}
}

// TestJudgeReplace judges a change of the type.
func TestJudgeReplace(t *testing.T) {
	before, after := thing(t, panther.Rule, `{"enabled":true,"severity":"HIGH","body":"def rule(e):\n    return 1"}`), thing(t, panther.SimpleRule, `{"enabled":true,"severity":"LOW","detection":"- {Key: a, Condition: Exists}"}`)
	want := "weaker\n  weaker: severity HIGH → LOW\n  unknown: detection changed\n  unknown: code removed\n  unknown: a simple_rule instead of a rule\n"
	if d := cmp.Diff(want, verdict(diff.Judge(before, after))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// anyMatch draws match expressions of few keys and values, so that they are often
// comparable.
func anyMatch(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		if depth > 0 && rapid.Bool().Draw(t, "group") {
			inner := rapid.SliceOfN(anyMatch(depth-1), 0, 3).Draw(t, "inner")
			l := make([]any, len(inner))
			for i, e := range inner {
				l[i] = e
			}
			return map[string]any{rapid.SampledFrom([]string{"All", "Any", "None", "OnlyOne"}).Draw(t, "combinator"): l}
		}
		key := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key")
		values := rapid.SliceOfN(rapid.SampledFrom([]any{"x", "xy", "yx", "xyx"}), 1, 3).Draw(t, "values")
		condition := rapid.SampledFrom([]string{"Equals", "DoesNotEqual", "IsIn", "IsNotIn", "Contains", "DoesNotContain", "StartsWith", "EndsWith", "AlwaysTrue", "AlwaysFalse"}).Draw(t, "condition")
		switch condition {
		case "IsIn", "IsNotIn":
			return map[string]any{"Key": key, "Condition": condition, "Values": values}
		case "AlwaysTrue", "AlwaysFalse":
			return map[string]any{"Condition": condition}
		}
		return map[string]any{"Key": key, "Condition": condition, "Value": values[0]}
	})
}

// matches evaluates an expression.
func matches(e map[string]any, event map[string]string) bool {
	for combinator, inner := range e {
		l, ok := inner.([]any)
		if !ok || combinator == "Values" {
			continue
		}
		n := 0
		for _, x := range l {
			if matches(x.(map[string]any), event) {
				n++
			}
		}
		return map[string]bool{"All": n == len(l), "Any": n > 0, "None": n == 0, "OnlyOne": n == 1}[combinator]
	}
	key, _ := e["Key"].(string)
	is := event[key]
	value, _ := e["Value"].(string)
	in := false
	for _, v := range listOf(e["Values"]) {
		in = in || v == is
	}
	switch e["Condition"] {
	case "Equals":
		return is == value
	case "DoesNotEqual":
		return is != value
	case "IsIn":
		return in
	case "IsNotIn":
		return !in
	case "Contains":
		return strings.Contains(is, value)
	case "DoesNotContain":
		return !strings.Contains(is, value)
	case "StartsWith":
		return strings.HasPrefix(is, value)
	case "EndsWith":
		return strings.HasSuffix(is, value)
	}
	return e["Condition"] == "AlwaysTrue"
}

func listOf(v any) []any {
	l, _ := v.([]any)
	return l
}

// A detection that is called weaker never matches an event that the old one did not,
// and so on; a change in the other direction has the other verdict.
func TestDetectionsAreComparedByTheirEvents(t *testing.T) {
	words := []string{"", "x", "y", "xy", "yx", "xyx", "z"}
	rapid.Check(t, func(t *rapid.T) {
		b, a := anyMatch(3).Draw(t, "before"), anyMatch(3).Draw(t, "after")
		judge := func(b, a map[string]any) diff.Direction {
			e := func(m map[string]any) *panther.Entity {
				return &panther.Entity{Key: panther.Key{Kind: panther.SimpleRule}, Fields: map[string]any{"detection": jsonText([]any{m})}}
			}
			return diff.Judge(e(b), e(a)).Direction
		}
		d := judge(b, a)
		if back, want := judge(a, b), map[diff.Direction]diff.Direction{diff.Weaker: diff.Stronger, diff.Stronger: diff.Weaker, diff.Neutral: diff.Neutral, diff.Unknown: diff.Unknown}[d]; back != want {
			t.Fatalf("%s one way, and %s the other way", d, back)
		}
		for _, x := range words {
			for _, y := range words {
				event := map[string]string{"a": x, "b": y}
				was, is := matches(b, event), matches(a, event)
				if is && !was && (d == diff.Weaker || d == diff.Neutral) || was && !is && (d == diff.Stronger || d == diff.Neutral) {
					t.Fatalf("%s, but for %v it was %v and is %v", d, event, was, is)
				}
			}
		}
	})
}

// Judging costs no more than a bounded number of comparisons, whatever the content.
func TestLargeDetectionsAreBounded(t *testing.T) {
	nested := func(leaf string) string {
		e := fmt.Sprintf(`{Key: k, Condition: Equals, Value: %s}`, leaf)
		for i := range 9 {
			e = fmt.Sprintf("{%s: [%s, %s, {Key: k%d, Condition: Exists}]}", []string{"Any", "All"}[i%2], e, e, i)
		}
		return "[" + e + "]"
	}
	b := thing(t, panther.SimpleRule, `{}`)
	a := thing(t, panther.SimpleRule, `{}`)
	b.Fields["detection"], a.Fields["detection"] = nested("x"), nested("y")
	if got := diff.Judge(b, a).Direction; got != diff.Unknown {
		t.Errorf("got %s", got)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("- {Key: a, Condition: IsIn, Values: [x]}", "Any: [{Key: a, Condition: Equals, Value: x}]")
	f.Add("- Group: [{ID: a, RuleID: A}]\n  Schedule: {RateMinutes: 5}", "- Sequence: [{ID: a}]")
	f.Add("0 0 * * *", "def rule(e):\n    return 1")
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, c := range []struct {
			kind  panther.Kind
			field string
		}{
			{panther.SimpleRule, "detection"}, {panther.SimpleRule, "inlineFilters"}, {panther.SimpleRule, "dynamicSeverities"},
			{panther.CorrelationRule, "detection"}, {panther.Rule, "body"}, {panther.Query, "sql"}, {panther.Query, "schedule.cron"},
		} {
			fields := func(s string) *panther.Entity {
				return &panther.Entity{Key: panther.Key{Kind: c.kind}, Fields: map[string]any{c.field: s}}
			}
			field, _ := c.kind.Field(c.field)
			v := diff.Judge(fields(before), fields(after))
			if same := field.Equal(before, after); same != (len(v.Reasons) == 0) && c.kind != panther.Query {
				t.Errorf("%s of %s: equal is %v, and the verdict is %v", c.field, c.kind, same, v)
			}
		}
	})
}
