package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// acceptances returns the entries of a list in YAML.
func acceptances(t *testing.T, text string) (*sync.Acceptances, error) {
	t.Helper()
	doc, err := yamlcore.Parse([]byte(text), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var list []sync.AcceptOptions
	for _, n := range doc.Root.Content {
		o := sync.AcceptOptions{Reason: "r", Path: "pdac.yaml", Line: n.Line, Value: yamlcore.Lookup(n, "value")}
		o.ID = yamlcore.Lookup(n, "id").Value
		o.Fields = strings.Fields(yamlcore.Lookup(n, "fields").Value)
		if v := yamlcore.Lookup(n, "until"); v != nil {
			o.Until = v.Value
		}
		list = append(list, o)
	}
	return sync.NewAcceptances(list)
}

// In every combination of deployed, wanted and live value, an accepted edit stays, and
// nothing else is different from a plan without the acceptance.
func TestAcceptedEditsStay(t *testing.T) {
	now := time.Date(2026, 11, 29, 23, 0, 0, 0, time.UTC)
	values := []string{"Low", "Medium", "High"}
	entries := map[string]func(live string) bool{
		"{id: simple_rule/R, fields: severity}":                           func(string) bool { return true },
		"{id: R, fields: Severity, value: LOW}":                           func(live string) bool { return live == "Low" },
		"{id: 'simple_rule/?', fields: tags severity, until: 2026-11-29}": func(string) bool { return true },
		"{id: simple_rule/R, fields: severity, until: 2026-11-28}":        func(string) bool { return false },
		"{id: simple_rule/R, fields: threshold}":                          func(string) bool { return false },
		"{id: rule/R, fields: severity}":                                  func(string) bool { return false },
		"{id: simple_rule/Other, fields: severity}":                       func(string) bool { return false },
	}
	n := 0
	for text, accepts := range entries {
		as, err := acceptances(t, "["+text+"]")
		if err != nil {
			t.Fatal(err)
		}
		for _, noBase := range []bool{false, true} {
			for _, was := range append(values, "")[:map[bool]int{false: 4, true: 1}[noBase]] {
				for _, want := range values {
					for _, live := range values {
						for _, policy := range []sync.Policy{sync.Revert, sync.Fail} {
							spec := func(severity string) string {
								if severity == "" {
									return ""
								}
								return ruleSpec("Enabled: true", "Severity: "+severity, "Description: d")
							}
							// Another field always changes in the repository.
							s := sides{base: spec(was), desired: strings.Replace(spec(want), "Description: d", "Description: e", 1), live: spec(live), noBase: noBase}
							p := sync.Policies{OnDrift: policy, OnConflict: policy}
							plain := s.plan(t, sync.PlanOptions{Policies: p})
							p.Accepted = as
							got := s.plan(t, sync.PlanOptions{Policies: p.On(now)})
							about := fmt.Sprintf("%s, deployed %q, wanted %s, live %s, %s, no base %v", text, was, want, live, policy, noBase)
							if live == want || (was == live && !noBase) || !accepts(live) {
								ignore := cmpopts.IgnoreFields(sync.FieldChange{}, "Acceptance")
								if d := cmp.Diff(plain.Changes, got.Changes, ignore, cmpopts.IgnoreUnexported(sync.Change{})); d != "" {
									t.Fatalf("%s: an acceptance that does not count changes the plan:\n%s", about, d)
								}
								continue
							}
							n++
							if len(fieldOf(got.Changes, "severity")) > 0 {
								t.Fatalf("%s: the accepted value is overwritten: %+v", about, got.Changes)
							}
							kept := fieldOf(got.Kept, "severity")
							if len(kept) != 1 || kept[0].Acceptance == nil || kept[0].Acceptance.State != sync.Accepted {
								t.Fatalf("%s: got kept %+v, want the accepted value", about, got.Kept)
							}
							if slices.ContainsFunc(got.Errors(), func(d repo.Diagnostic) bool { return strings.Contains(d.Message, "severity of") }) || got.Summary.Accepted != 1 || got.Summary.Conflicts > 0 {
								t.Fatalf("%s: got errors %v and the summary %+v", about, got.Errors(), got.Summary)
							}
						}
					}
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d plans have an accepted value", n)
	}
}

// fieldOf returns the changes of a field of the rule.
func fieldOf(list []sync.Change, name string) []sync.FieldChange {
	var out []sync.FieldChange
	for _, c := range list {
		for _, f := range c.Fields {
			if c.Key() == ruleKey && f.Name == name {
				out = append(out, f)
			}
		}
	}
	return out
}

// Values are read as in a spec, or as in the API if the field is named as there.
func TestAcceptedValues(t *testing.T) {
	key := panther.Key{Kind: panther.Query, ID: "Q"}
	for _, c := range []struct {
		entry    string
		name     string
		live     any
		accepted bool
	}{
		{"{id: query/Q, fields: Enabled, value: false}", "schedule.disabled", true, true},
		{"{id: query/Q, fields: Enabled, value: true}", "schedule.disabled", true, false},
		{"{id: query/Q, fields: schedule.disabled, value: true}", "schedule.disabled", true, true},
		{"{id: Q, fields: Description, value: }", "description", "", true},
		{"{id: Q, fields: description, value: x}", "description", "x\n", true},
		{"{id: Q, fields: EmailConfig.Recipients, value: [b, a]}", "emailConfig.recipients", []any{"a", "b"}, true},
		{"{id: Q, fields: EmailConfig.Recipients, value: [a]}", "emailConfig.recipients", []any{"a", "b"}, false},
	} {
		as, err := acceptances(t, "["+c.entry+"]")
		if err != nil {
			t.Errorf("%s: %v", c.entry, err)
			continue
		}
		live := sync.Live{key: {Key: key, Year: 2026, Fields: map[string]any{"query": "SELECT 1", c.name: c.live}}}
		base := baseOf(t, synth.Files{"queries/q.yml": "AnalysisType: scheduled_query\nQueryName: Q\nQuery: SELECT 1\nEnabled: true\nDescription: d\nEmailConfig: {Recipients: [c]}\nSchedule: {RateMinutes: 5}\n"})
		d := sync.FindDrift(t.Context(), base, live, sync.DriftOptions{Policies: sync.Policies{Accepted: as}.On(time.Now())})
		got := false
		for _, e := range d.Accepted {
			got = got || slices.ContainsFunc(e.Fields, func(f sync.DriftedField) bool { return f.Name == c.name })
		}
		if got != c.accepted {
			t.Errorf("%s, live %v: got accepted %v, want %v (%+v)", c.entry, c.live, got, c.accepted, d.Entities)
		}
	}
	rule := panther.Key{Kind: panther.SimpleRule, ID: "R"}
	base := baseOf(t, synth.Files{"rules/r.yml": ruleSpec("Enabled: true", "Severity: High")})
	for _, value := range []string{"[{Condition: Exists, Key: b}]", `"- Key: b\n  Condition: Exists\n"`} {
		as, err := acceptances(t, "[{id: R, fields: Detection, value: "+value+"}]")
		if err != nil {
			t.Fatal(err)
		}
		live := sync.Live{rule: {Key: rule, Fields: map[string]any{"enabled": true, "severity": "HIGH", "detection": "- {Key: b, Condition: Exists}\n"}}}
		if d := sync.FindDrift(t.Context(), base, live, sync.DriftOptions{Policies: sync.Policies{Accepted: as}}); len(d.Accepted) != 1 || len(d.Entities) != 0 {
			t.Errorf("%s: got %+v", value, d.Entities)
		}
	}
	for entry, want := range map[string]string{
		"{id: rule/A, fields: threshold, value: many}": `pdac.yaml:1: drift.accept: value: threshold must be a whole number, not "many"`,
		"{id: rule/A, fields: enabled, value: [a]}":    "drift.accept: value: enabled must be true or false, not a list",
		"{id: rul/A/B, fields: scheduledQueries}":      "",
		"{id: rule/A, fields: scheduledQueries}":       `drift.accept: unknown field "scheduledQueries"`,
	} {
		_, err := acceptances(t, "["+entry+"]")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", entry, err, want)
		}
	}
}
