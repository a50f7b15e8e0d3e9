package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fatih/color"
	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func plan(t testing.TB, p *sync.Plan, o report.PlanOptions) string {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return report.Plan(b, p, o) })
}

func drift(t testing.TB, d *sync.Drift, o report.PlanOptions) string {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return report.Drift(b, d, report.DriftOptions{PlanOptions: o}) })
}

func TestGolden(t *testing.T) {
	for name, got := range map[string]string{
		"plan.txt":         plan(t, sample(), report.PlanOptions{}),
		"plan-verbose.txt": plan(t, sample(), report.PlanOptions{Verbose: true}),
		"plan-color.txt":   plan(t, sample(), report.PlanOptions{Format: report.Text, Color: true}),
		"plan-quiet.txt":   plan(t, withError(sample()), report.PlanOptions{Quiet: true}),
		"plan-narrow.txt":  plan(t, sample(), report.PlanOptions{Width: 60, MaxLines: 4}),
		"plan.json":        plan(t, sample(), report.PlanOptions{Format: report.JSON}),
		"plan.md":          plan(t, withError(sample()), report.PlanOptions{Format: report.Markdown}),
		"plan-empty.md":    plan(t, empty(), report.PlanOptions{Format: report.Markdown}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, got) })
	}
}

func TestSummaryLine(t *testing.T) {
	full := sync.Summary{Unchanged: 1204, Unmanaged: 3, NotDeployable: 1040, Excluded: 16}
	one := []sync.Change{{Kind: panther.Rule, ID: "X", Action: sync.Create}}
	fault := []repo.Diagnostic{{Severity: repo.SeverityError, Message: "bad"}, {Severity: repo.SeverityWarning, Message: "so so"}}
	for name, c := range map[string]struct {
		plan  sync.Plan
		plan0 string
	}{
		"empty": {sync.Plan{Summary: sync.Summary{Unchanged: 1204}},
			"No changes. Panther matches the repository (1,204 entities)."},
		"one entity": {sync.Plan{Summary: sync.Summary{Unchanged: 1}},
			"No changes. Panther matches the repository (1 entity)."},
		"empty, others": {sync.Plan{Summary: full},
			"No changes. Panther matches the repository (1,204 entities; 3 unmanaged, 1,040 not deployable, 16 excluded)."},
		"empty with errors": {sync.Plan{Summary: sync.Summary{Unchanged: 7, Excluded: 2}, Diagnostics: fault},
			"No changes. 1 error: content with errors was not compared (7 unchanged, 2 excluded)."},
		"empty but for what is kept": {sync.Plan{Summary: sync.Summary{Unchanged: 7, Drifted: 2, Kept: 2}},
			"No changes. The differences are left unchanged in Panther (7 entities)."},
		"changes": {sync.Plan{Changes: one, Summary: sync.Summary{Create: 1234567, Update: 2, Unchanged: 1000}},
			"Plan: 1,234,567 to create, 2 to update, 0 to delete; 1,000 unchanged."},
		"changes with errors": {sync.Plan{Changes: one, Summary: sync.Summary{Create: 1, Unmanaged: 2}, Diagnostics: append(fault, fault...)},
			"Plan: 1 to create, 0 to update, 0 to delete; 0 unchanged, 2 unmanaged, 2 errors."},
	} {
		t.Run(name, func(t *testing.T) {
			last := func(s string) string {
				lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
				return lines[len(lines)-1]
			}
			if got := last(plan(t, &c.plan, report.PlanOptions{})); got != c.plan0 {
				t.Errorf("plan: %s\nwant: %s", got, c.plan0)
			}
			md := plan(t, &c.plan, report.PlanOptions{Format: report.Markdown})
			for part := range strings.SplitSeq(strings.TrimPrefix(c.plan0, "Plan: "), "; ") {
				if part, _, _ = strings.Cut(part, ", 2 errors"); !strings.Contains(md, part) {
					t.Errorf("the comment lacks %q:\n%s", part, md)
				}
			}
		})
	}
}

func TestPlanJSON(t *testing.T) {
	p := sample()
	src := plan(t, p, report.PlanOptions{Format: report.JSON})
	if plan(t, p, report.PlanOptions{Format: report.JSON}) != src {
		t.Error("the same plan gave other bytes")
	}
	var back sync.Plan
	dec := json.NewDecoder(strings.NewReader(src))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	p.Changes[1].Fields[4].After = num(60) // a default made in Go comes back as a JSON number
	if back.Digest == "" {
		t.Error("it has no digest")
	}
	p.Digest = back.Digest
	if d := cmp.Diff(p, &back, shown); d != "" {
		t.Errorf("what comes back differs:\n%s", d)
	}
	if again := plan(t, &back, report.PlanOptions{Format: report.JSON}); again != src {
		t.Error("what comes back is written otherwise")
	}
	if !strings.HasSuffix(src, "\n}\n") || !strings.Contains(src, "\"MITRE ATT&CK\"") {
		t.Error("no line feed at the end, or HTML characters escaped")
	}
}

func TestPlanJSONHasNoNullLists(t *testing.T) {
	p := &sync.Plan{Changes: []sync.Change{{Kind: panther.Rule, ID: "X", Action: sync.Delete}}}
	src := plan(t, p, report.PlanOptions{Format: report.JSON}) + plan(t, &sync.Plan{}, report.PlanOptions{Format: report.JSON})
	for _, want := range []string{`"fields": []`, `"diagnostics": []`, `"changes": []`} {
		if !strings.Contains(src, want) {
			t.Errorf("no %s in\n%s", want, src)
		}
	}
	if p.Changes[0].Fields != nil || p.Diagnostics != nil {
		t.Error("the plan was changed")
	}
}

// What can't be seen is escaped in JSON, and comes back as it was.
func TestPlanJSONUnseen(t *testing.T) {
	ids := []string{"\u202eevil", "csi\u009b31m", "\x7f", "##[error]x", "###[x", "a##b", "é漢😀", "tag\U000e0041", "a\u200db", "<&>\u2028"}
	p := &sync.Plan{}
	for _, id := range ids {
		p.Changes = append(p.Changes, sync.Change{Kind: panther.Rule, ID: id, Action: sync.Delete})
	}
	src := plan(t, p, report.PlanOptions{Format: report.JSON})
	for _, r := range []string{"\u202e", "\u009b", "\x7f", "##[", "\U000e0041", "\u200d", "\u2028"} {
		if strings.Contains(src, r) {
			t.Errorf("%q is written as it is", r)
		}
	}
	for _, r := range []string{"é漢😀", "a##b", "<&>"} {
		if !strings.Contains(src, r) {
			t.Errorf("%q is not written as it is", r)
		}
	}
	var back sync.Plan
	if err := json.Unmarshal([]byte(src), &back); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if back.Changes[i].ID != id {
			t.Errorf("%q came back as %q", id, back.Changes[i].ID)
		}
	}
}

// one shows an update of a single field, without the lines around it.
func one(t *testing.T, kind panther.Kind, o report.PlanOptions, name string, before, after any) string {
	t.Helper()
	p := &sync.Plan{Changes: []sync.Change{{Kind: kind, ID: "X", Action: sync.Update, Fields: []sync.FieldChange{{Name: name, Before: before, After: after}}}}}
	got := plan(t, p, o)
	got = strings.TrimPrefix(got, "~ update "+string(kind)+" X\n")
	return got[:strings.Index(got, "\nPlan: ")]
}

func TestFields(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("x\n", n) }
	many := make([]any, 40)
	for i := range many {
		many[i] = fmt.Sprintf("t%02d", i)
	}
	tests := make([]any, 70)
	for i := range tests {
		tests[i] = map[string]any{"name": fmt.Sprintf("t%02d", i)}
	}
	for name, c := range map[string]struct {
		kind          panther.Kind
		o             report.PlanOptions
		field         string
		before, after any
		want          string
	}{
		"switch":                 {panther.Rule, report.PlanOptions{}, "enabled", true, false, "    enabled: true → false\n"},
		"enum in any case":       {panther.Rule, report.PlanOptions{}, "severity", "low", "HIGH", "    severity: LOW → HIGH\n"},
		"enum of odd characters": {panther.Rule, report.PlanOptions{}, "severity", nil, "a b", "    severity: (none) → \"A B\"\n"},
		"number with default":    {panther.Rule, report.PlanOptions{}, "threshold", nil, int64(5), "    threshold: 1 (default) → 5\n"},
		"number to default":      {panther.Rule, report.PlanOptions{}, "threshold", num(5), nil, "    threshold: 5 → 1 (default)\n"},
		"text cleared":           {panther.Rule, report.PlanOptions{}, "runbook", "ask", nil, "    runbook: \"ask\" → (none)\n"},
		"text with quotes":       {panther.Rule, report.PlanOptions{}, "displayName", "a", `say "hi" <b>`, "    displayName: \"a\" → \"say \\\"hi\\\" <b>\"\n"},
		"long text": {panther.Rule, report.PlanOptions{}, "description", strings.Repeat("a", 60), strings.Repeat("b", 60),
			"    description:\n      │ @@ -1,1 +1,1 @@\n      │ -" + strings.Repeat("a", 60) + "\n      │ +" + strings.Repeat("b", 60) + "\n"},
		"line ends mean nothing": {panther.Rule, report.PlanOptions{}, "body", "a\r\nb\r\n", "a\nc",
			"    body:\n      │ @@ -1,2 +1,2 @@\n      │  a\n      │ -b\n      │ +c\n"},
		"same meaning":          {panther.Rule, report.PlanOptions{}, "body", "a\r\n", "a", "    body: different notation, same meaning\n"},
		"same set":              {panther.Rule, report.PlanOptions{}, "tags", words("a", "b"), words("b", "a"), "    tags: different notation, same meaning\n"},
		"same number":           {panther.Rule, report.PlanOptions{}, "threshold", int64(5), num(5), "    threshold: different notation, same meaning\n"},
		"YAML that is a text":   {panther.SimpleRule, report.PlanOptions{}, "alertTitle", "a", "b", "    alertTitle: \"a\" → \"b\"\n"},
		"YAML that is a number": {panther.SimpleRule, report.PlanOptions{}, "alertTitle", "1", "2.50", "    alertTitle: 1 → 2.5\n"},
		"set only added":        {panther.Rule, report.PlanOptions{}, "tags", nil, words("b", "a b", "", " c"), "    tags: + \"\", \" c\", a b, b\n"},
		"large set":             {panther.Rule, report.PlanOptions{}, "tags", many, nil, "    tags: - " + list(many[:30]) + " … 10 more\n"},
		"large set, verbose":    {panther.Rule, report.PlanOptions{Verbose: true}, "tags", many, nil, "    tags: - " + list(many) + "\n"},
		"unknown field":         {panther.Rule, report.PlanOptions{}, "newText", "a", "b", "    newText: \"a\" → \"b\"\n"},
		"unknown list":          {panther.Rule, report.PlanOptions{}, "newList", words(num(1)), words(num(1), num(2)), "    newList:\n      + newList[1]: 2\n"},
		"unknown float":         {panther.Rule, report.PlanOptions{}, "newNumber", 1.5, 2e21, "    newNumber: 1.5 → 2e+21\n"},
		"wrong type":            {panther.Rule, report.PlanOptions{}, "body", words("a"), "b", "    body:\n      │ @@ -0,0 +1,1 @@\n      │ +b\n"},
		"unknown kind":          {"flow", report.PlanOptions{}, "severity", "LOW", "HIGH", "    severity: \"LOW\" → \"HIGH\"\n"},
		"long diff is cut":      {panther.Rule, report.PlanOptions{MaxLines: 3}, "body", nil, lines(9), "    body:\n      │ @@ -0,0 +1,9 @@\n      │ +x\n      │ +x\n      … 7 more lines (--format json shows all)\n"},
		"not for one line":      {panther.Rule, report.PlanOptions{MaxLines: 3}, "body", nil, lines(3), "    body:\n      │ @@ -0,0 +1,3 @@\n      │ +x\n      │ +x\n      │ +x\n"},
		"nor when verbose":      {panther.Rule, report.PlanOptions{MaxLines: 1, Verbose: true}, "body", nil, lines(2), "    body:\n      │ @@ -0,0 +1,2 @@\n      │ +x\n      │ +x\n"},
		"long lines are cut":    {panther.Rule, report.PlanOptions{}, "body", nil, strings.Repeat("é", 2005), "    body:\n      │ @@ -0,0 +1,1 @@\n      │ +" + strings.Repeat("é", 999) + "… (1,006 more characters)\n"},
		"difference stays in sight": {panther.Rule, report.PlanOptions{Width: 70}, "tests",
			words(map[string]any{"name": "t", "resource": `"` + strings.Repeat("a", 90) + `1"`}), words(map[string]any{"name": "t", "resource": `"` + strings.Repeat("a", 90) + `2"`}),
			"    tests:\n      ~ tests[\"t\"].resource: …aaaaaa1\" → …aaaaaa2\"\n"},
		"many leaves are cut": {panther.Rule, report.PlanOptions{MaxLines: 2}, "tests", nil, tests,
			"    tests:\n      + tests[\"t00\"]:\n      +   name: t00\n      … 278 more lines (--format json shows all)\n"},
		"value is cut to the width": {panther.Rule, report.PlanOptions{Width: 60}, "tests", nil, []any{map[string]any{"name": strings.Repeat("t", 80)}},
			"    tests:\n      + tests[\"" + strings.Repeat("t", 23) + "… (60 more characters)\n      +   name: " + strings.Repeat("t", 22) + "… (58 more characters)\n      +   expectedResult: false\n      +   resource: null\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(strings.Split(c.want, "\n"), strings.Split(one(t, c.kind, c.o, c.field, c.before, c.after), "\n")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func list(words []any) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprint(w)
	}
	return strings.Join(out, ", ")
}

func TestPlanShowsByActionAndKey(t *testing.T) {
	change := func(a sync.Action, k panther.Kind, id string) sync.Change {
		return sync.Change{Kind: k, ID: id, Action: a}
	}
	p := &sync.Plan{Changes: []sync.Change{
		change("move", panther.Rule, "M"), change(sync.Delete, panther.Rule, "D"), change(sync.Create, panther.Rule, "B"),
		change(sync.Update, panther.Rule, "U"), change(sync.Create, panther.Rule, "A"), change(sync.Create, panther.Global, "Z"),
	}}
	got := plan(t, p, report.PlanOptions{})
	want := "+ create global Z\n+ create rule A\n+ create rule B\n\n~ update rule U\n\n- delete rule D\n\n~ move rule M\n\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s", got)
	}
	if p.Changes[0].ID != "M" || p.Changes[1].ID != "D" {
		t.Error("the plan was changed")
	}
}

func TestColorTouchesNothingGlobal(t *testing.T) {
	for _, on := range []bool{true, false} {
		before := color.NoColor
		color.NoColor = on
		with, without := plan(t, sample(), report.PlanOptions{Color: true}), plan(t, sample(), report.PlanOptions{})
		if color.NoColor != on {
			t.Error("a global switch was changed")
		}
		color.NoColor = before
		if !strings.Contains(with, "\x1b[") || strings.Contains(without, "\x1b") {
			t.Error("the option does not decide about colours")
		}
	}
	t.Setenv("NO_COLOR", "1")
	if !strings.Contains(plan(t, sample(), report.PlanOptions{Color: true}), "\x1b[") {
		t.Error("the environment decides about colours")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrors(t *testing.T) {
	for _, f := range []report.Format{report.Text, report.JSON, report.Markdown} {
		o := report.PlanOptions{Format: f}
		for name, err := range map[string]error{
			"plan": report.Plan(broken{}, sample(), o), "drift": report.Drift(broken{}, driftSample(), report.DriftOptions{PlanOptions: o}), "empty": report.Plan(broken{}, empty(), o),
			"diagnostics": report.Diagnostics(broken{}, sample().Diagnostics, report.DiagnosticsOptions{Format: f}),
		} {
			if err == nil || !strings.Contains(err.Error(), "no space left") {
				t.Errorf("%s as %s: %v", name, f, err)
			}
		}
	}
	for _, f := range []report.Format{report.Text, report.JSON} {
		if report.Result(broken{}, result(), report.ResultOptions{Format: f}) == nil {
			t.Errorf("result as %s: no error", f)
		}
	}
}

func TestFormats(t *testing.T) {
	var b bytes.Buffer
	for want, err := range map[string]error{
		`a plan can't be shown as "xml"; use one of text, json, markdown, html`:                report.Plan(&b, empty(), report.PlanOptions{Format: "xml"}),
		`a drift report can't be shown as "xml"; use one of text, json, markdown, html, junit`: report.Drift(&b, driftSample(), report.DriftOptions{PlanOptions: report.PlanOptions{Format: "xml"}}),
		`the result of an apply can't be shown as "xml"; use one of text, json, markdown`:      report.Result(&b, result(), report.ResultOptions{Format: "xml"}),
		`diagnostics can't be shown as "xml"; use one of text, json, markdown`:                 report.Diagnostics(&b, nil, report.DiagnosticsOptions{Format: "xml"}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if b.Len() > 0 {
		t.Errorf("wrote %q", b.String())
	}
}
