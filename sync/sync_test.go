package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func TestPlanInOrderAndApplyThenNothing(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	p := w.plan(sync.PlanOptions{})
	want := `create global/z_base
create global/a_top
create data_model/D
create query/Q one
create rule/R.A
create simple_rule/F.A
create scheduled_rule/S.A
create policy/P.A
create correlation_rule/C.A
`
	if diff := cmp.Diff(want, lines(p)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sync.Summary{Create: 9, NotDeployable: 2, Excluded: 1, Skipped: 1}, p.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	w.mustApply()
	if got := w.plan(sync.PlanOptions{}).Summary; got.Unchanged != 9 || got.Unmanaged != 0 {
		t.Errorf("after the apply: %+v", got)
	}
}

// TestEveryFieldConvergesAndIsSeen edits every field of every kind in the
// console: each edit is planned as just that field, and goes away by an apply.
func TestEveryFieldConvergesAndIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("plans and applies once a field, which takes too long for the quick set")
	}
	files := synth.Repo(30, 3)
	for p, text := range small() {
		files[p] = text
	}
	w := newWorld(t, files, sandbox.Options{})
	w.mustApply()
	other := map[panther.Type]any{
		panther.Text: "edited", panther.Lines: "# edited\n", panther.Set: []any{"edited"}, panther.SetMap: map[string]any{"edited": []any{"x"}},
		panther.Integer: 77, panther.YAML: "- Key: edited\n  Condition: Exists\n",
		panther.Tests:           []any{map[string]any{"name": "edited", "expectedResult": true, "resource": `{"a":1}`}},
		panther.Mappings:        []any{map[string]any{"name": "edited", "path": "x"}},
		panther.RuleOutputTests: []any{map[string]any{"name": "edited", "expectedResult": true, "ruleOutputs": []any{map[string]any{"id": "x"}}}},
	}
	first := map[panther.Kind]panther.Entity{}
	live, err := sync.Fetch(t.Context(), w.client, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, e := range live.Live {
		if have, ok := first[k.Kind]; !ok || e.ID < have.ID {
			first[k.Kind] = e
		}
	}
	for _, kind := range panther.Kinds() {
		e := first[kind]
		for _, f := range kind.Fields() {
			if f.Name == "inlineFilters" || f.Name == "schedule.cron" {
				continue // left to Panther; a query has one or the other time
			}
			v, ok := other[f.Type]
			switch f.Type {
			case panther.Bool:
				now, _ := f.Canonical(e.Fields[f.Name]).(bool)
				v, ok = !now, true
			case panther.Enum:
				v, ok = "CRITICAL", true
				if e.Fields[f.Name] == "CRITICAL" {
					v = "LOW"
				}
			}
			if !ok {
				t.Fatalf("no edit for %s of %s", f.Name, kind)
			}
			id := e.ID
			if e.ServerID != "" {
				id = e.ServerID
			}
			w.edit(sandbox.Collection(strings.TrimPrefix(kind.Collection(), "/")), id, func(m map[string]any) {
				head, tail, nested := strings.Cut(f.Name, ".")
				if nested {
					inner, ok := m[head].(map[string]any)
					if !ok { // Panther may leave out what is empty
						inner = map[string]any{}
						m[head] = inner
					}
					inner[tail] = v
				} else {
					m[head] = v
				}
			})
			want := fmt.Sprintf("update %s %s\n", e.Key, f.Name)
			if got := lines(w.plan(sync.PlanOptions{})); got != want {
				t.Errorf("after an edit of %s: planned %q, want %q", f.Name, got, want)
			}
			w.mustApply()
		}
	}
}

func TestWhatTheRepositoryDoesNotOwnIsKept(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.allow(sandbox.ContractOptions{Unknown: true})
	w.mustApply()
	w.edit("rules", "R.A", func(m map[string]any) {
		m["inlineFilters"] = "- Key: env\n  Condition: Equals\n  Value: prod\n"
		m["futureField"] = map[string]any{"x": 1.5}
	})
	if p := w.plan(sync.PlanOptions{}); !p.Empty() {
		t.Fatalf("console filters are planned as a change: %s", lines(p))
	}
	w.files["rules/r.yml"] = strings.Replace(w.files["rules/r.yml"], "High", "Low", 1)
	w.mustApply()
	got, err := w.server.Get("rules", "R.A")
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := got["inlineFilters"].(string); !strings.Contains(f, "prod") || got["severity"] != "LOW" {
		t.Errorf("the filters did not survive: %v", got)
	}
	if fmt.Sprint(got["futureField"]) != "map[x:1.5]" {
		t.Errorf("the unknown field did not survive: %v", got["futureField"])
	}
	// Once the spec has filters, it owns them.
	w.files["rules/r.yml"] += "InlineFilters:\n  - All: []\n"
	if got := lines(w.plan(sync.PlanOptions{})); got != "update rule/R.A inlineFilters\n" {
		t.Errorf("planned %q", got)
	}
}

func TestOlderDeploymentsDoNotFlap(t *testing.T) {
	files := small()
	files["rules/r.yml"] += "CreateAlert: false\n"
	w := newWorld(t, files, sandbox.Options{Era: sandbox.Era2024})
	if r := w.apply(w.plan(sync.PlanOptions{})); !r.OK() {
		t.Fatalf("%+v", r)
	}
	p := w.plan(sync.PlanOptions{})
	if !p.Empty() {
		t.Errorf("a field that this Panther doesn't have flaps: %s", lines(p))
	}
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return strings.Contains(d.Message, "because this Panther does not return them and so seems to be older than these fields: CreateAlert (1)")
	}) {
		t.Errorf("not reported: %v", p.Diagnostics)
	}
	newer := newWorld(t, files, sandbox.Options{})
	newer.mustApply()
	files["rules/r.yml"] = strings.Replace(files["rules/r.yml"], "CreateAlert: false\n", "", 1)
	if got := lines(newer.plan(sync.PlanOptions{})); got != "update rule/R.A createAlert\n" {
		t.Errorf("planned %q", got)
	}
	newer.mustApply()
}

func TestDiagnosticsOfAPlan(t *testing.T) {
	files := small()
	files["rules/typo.yml"] = "AnalysisType: rule\nRuleID: Typo\nEnabled: true\nSeverity: High\nFilename: r.py\nDedupPeriodMinute: 5\nBaseVersion: 3\n"
	files["rules/bad.yml"] = "AnalysisType: rule\nRuleID: Bad\nEnabled: true\nSeverity: Hihg\nFilename: r.py\n"
	files["rules/noen.yml"] = "AnalysisType: rule\nRuleID: NoEn\nSeverity: High\nFilename: r.py\n"
	w := newWorld(t, files, sandbox.Options{})
	if _, err := w.server.Put(t.Context(), "rules", map[string]any{"id": "F.A", "body": "x", "severity": "LOW"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.Put(t.Context(), "rules", map[string]any{"id": "R.A", "body": "x", "severity": "LOW", "managed": true}); err != nil {
		t.Fatal(err)
	}
	p := w.plan(sync.PlanOptions{})
	var got []string
	for _, d := range p.Diagnostics {
		got = append(got, d.String())
	}
	want := []string{
		`rules/bad.yml:4:11: error: Severity "Hihg" is not one of Info, Low, Medium, High, Critical; did you mean "High"?`,
		`rules/noen.yml:1:1: warning: "Enabled" is missing, so an existing one stays unchanged, and a new one gets Panther's default; set true or false`,
		`rules/typo.yml:6:1: warning: unknown key "DedupPeriodMinute" is not deployed; did you mean "DedupPeriodMinutes"?`,
		`info: 1 spec is in folders for templates, test data or other projects: templates/ignored.yml; to take it in, name it in content.include of pdac.yaml`,
		`info: kept in the repository and not synced, because Panther's REST API has no field for them: BaseVersion (1); pdac plan -v lists the specs`,
		`rules/free.yml: warning: "F.A" is live as a rule, and without a recorded deployment pdac replaces it with the simple_rule only if you ask for it: use --delete with --only simple_rule/F.A, delete it in the console, or give the spec its own id`,
		`rules/r.yml: warning: rule/R.A is maintained by one of Panther's packs, which may overwrite this update; disable the pack, or give the spec its own id`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	only, err := sync.ParseFilter([]string{"policy/*"})
	if err != nil {
		t.Fatal(err)
	}
	if errs := w.plan(sync.PlanOptions{Only: only}).Errors(); len(errs) != 0 {
		t.Errorf("a plan of policies alone is stopped by a rule: %v", errs)
	}
	only, _ = sync.ParseFilter([]string{"*/B*"})
	if errs := w.plan(sync.PlanOptions{Only: only}).Errors(); len(errs) != 1 {
		t.Errorf("a plan of what is broken has %d errors", len(errs))
	}
}

func TestAPatternThatNamesNothingIsTold(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	only, err := sync.ParseFilter([]string{"rule/R.A", "rule/Typo.*"})
	if err != nil {
		t.Fatal(err)
	}
	p := w.plan(sync.PlanOptions{Only: only})
	if len(p.Changes) != 1 || !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return d.Message == `--only "rule/Typo.*" matches nothing in the repository, in the last deployment or in Panther; check the kind and the id`
	}) {
		t.Errorf("%s%v", lines(p), p.Diagnostics)
	}
	w.files["rules/r.yml"] += "Detection: []\n"
	only, _ = sync.ParseFilter([]string{"rule/R.A"})
	if p := w.plan(sync.PlanOptions{Only: only}); len(p.Errors()) != 1 {
		t.Errorf("the fault of what was chosen is not an error: %v", p.Diagnostics)
	}
}

// The id of a rule and the name of a global are not the same id.
func TestAPlanOfOthersWithTheSameIDIsNotStopped(t *testing.T) {
	files := small()
	for _, p := range []string{"rules/one.yml", "rules/two.yml"} {
		files[p] = "AnalysisType: rule\nRuleID: z_base\nEnabled: true\nFilename: r.py\nLogTypes: [AWS.CloudTrail]\nSeverity: Low\n"
	}
	w := newWorld(t, files, sandbox.Options{})
	for text, want := range map[string]int{"global/z_base": 0, "rule/z_base": 1, "simple_rule/z_base": 0} {
		only, err := sync.ParseFilter([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		p := w.plan(sync.PlanOptions{Only: only})
		if got := len(p.Errors()); got != want {
			t.Errorf("--only %s: %d errors, want %d: %v", text, got, want, p.Diagnostics)
		}
	}
}

func TestCirclesOfGlobalsAreTold(t *testing.T) {
	files := small()
	files["global_helpers/z.py"] = "import a_top\n"
	w := newWorld(t, files, sandbox.Options{})
	p := w.plan(sync.PlanOptions{})
	if !slices.ContainsFunc(p.Diagnostics, func(d repo.Diagnostic) bool {
		return strings.Contains(d.Message, "these depend on each other in a cycle: global/a_top → global/z_base → global/a_top")
	}) {
		t.Errorf("%v", p.Diagnostics)
	}
	w.mustApply()
}

func TestFilters(t *testing.T) {
	for in, want := range map[string]string{
		"rule":        "not of the form kind/id-glob",
		"rules/x":     `or *; did you mean "rule"?`,
		"Policy/x":    `or *; did you mean "policy"?`,
		"rule/[a":     "is not valid",
		"rule/":       "not of the form kind/id-glob",
		"pack/Acme.*": `unknown kind "pack"`,
	} {
		if _, err := sync.ParseFilter([]string{in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", in, err)
		}
	}
	f, err := sync.ParseFilter([]string{"rule/AWS.*", "*/x?z", "query/{A,B} *", "query/Logins [Okta]"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"rule/AWS.S3/Public.x": true, "rule/Okta": false, "policy/AWS.x": false, "policy/xyz": true, "query/A one": true, "query/C one": false,
		"query/Logins [Okta]": true, "query/Logins O": true, "query/Logins x": false,
	} {
		k, err := panther.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if f.MatchKey(k) != want {
			t.Errorf("%s: got %v", key, !want)
		}
	}
}
