package sync_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

const (
	savedPlan   = `{"format_version":"1.0","tenant":"t","revision":"","summary":{"delete":1},"changes":[{"kind":"rule","id":"x","action":"delete","path":"","fields":[],"live_fingerprint":"sha256:0"}],"diagnostics":[]}`
	savedDrift  = `{"format_version":"1.0","drift":true,"tenant":"t","summary":{"edited":1},"entities":[{"kind":"rule","id":"x","state":"edited","fields":[{"name":"threshold","deployed":1,"live":2}]}],"diagnostics":[]}`
	savedResult = `{"format_version":"1.0","tenant":"t","revision":"","changes":[{"kind":"rule","id":"x","action":"delete","path":"","outcome":"done"}],"interrupted":false}`
)

// sealed adds its digest to the JSON of a plan.
func sealed(t *testing.T, text string) string {
	t.Helper()
	digest, _, err := sync.DigestOf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(text, "}") + `,"digest":"` + digest + `"}`
}

// TestEditedPlans: a plan is refused if anything in its file was changed by hand,
// and it is still a plan if only its spaces are others.
func TestEditedPlans(t *testing.T) {
	const none = "the plan has no digest, so it was edited, or made by an older pdac; plan again"
	const edited = "the plan was edited after it was made: it does not match its digest; plan again"
	good := sealed(t, savedPlan)
	for src, want := range map[string]string{
		savedPlan: none,
		strings.Replace(good, `"digest":"sha256:`, `"digest":"`, 1):                                edited,
		strings.Replace(good, `"tenant":"t"`, `"tenant":"u"`, 1):                                   edited,
		strings.Replace(good, `"live_fingerprint":"sha256:0"`, `"live_fingerprint":"sha256:1"`, 1): edited,
		strings.Replace(good, `"path":""`, `"path":"","Path":"rules/x.yml"`, 1):                    edited,
	} {
		if _, err := sync.ReadPlan(strings.NewReader(src)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want: %s", src, err, want)
		}
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, []byte(good), "", "    "); err != nil {
		t.Fatal(err)
	}
	if _, err := sync.ReadPlan(&spaced); err != nil {
		t.Errorf("with other spaces: %v", err)
	}
}

func TestReadSaved(t *testing.T) {
	plan, err := sync.ReadSaved(strings.NewReader(sealed(t, savedPlan)))
	if err != nil || plan.Plan == nil || plan.Drift != nil || plan.Result != nil || plan.Plan.Changes[0].ID != "x" {
		t.Errorf("a plan is read as %+v (%v)", plan, err)
	}
	drift, err := sync.ReadSaved(strings.NewReader(savedDrift))
	if err != nil || drift.Drift == nil || drift.Plan != nil || drift.Drift.Entities[0].Fields[0].Live != json.Number("2") {
		t.Errorf("a drift is read as %+v (%v)", drift, err)
	}
	result, err := sync.ReadSaved(strings.NewReader(savedResult))
	if err != nil || result.Result == nil || result.Plan != nil || !result.Result.OK() {
		t.Errorf("a result is read as %+v (%v)", result, err)
	}
	for src, want := range map[string]string{
		``: "the file is not JSON from pdac: ", `[]`: "the file is not JSON from pdac: ", `nonsense`: "the file is not JSON from pdac: ",
		`version: 1`:                                               "the file is YAML, perhaps a pdac.yaml; pdac show reads plans, drift reports and results of applies: create one with",
		"AnalysisType: rule\nRuleID: A\n":                          "the file is a spec; ",
		`{"AnalysisType": "rule"}`:                                 `format_version ""`,
		`{"version": "2.1.0", "runs": []}`:                         "the file is a SARIF report; ",
		`{"format_version": "1.0", "summary": {}, "findings": []}`: "the file is a lint report; ",
		`{"format_version": "1.0", "findings": []}`:                "the file is a lint baseline; ",
		`{"format_version": "1.0", "attack_version": "18.1"}`:      "the file is a coverage report; ",
		`{"format_version": "1.0", "deployments": []}`:             "the file is a history of deployments; ",
		`{"format_version": "1.0", "entities": []}`:                "the file is the result of a pull or an import; ",
		"<!-- pdac:plan acme -->\n### Plan":                        "the file is a report in Markdown, which can't be read back; ",
		`<?xml version="1.0"?><testsuites/>`:                       "the file is XML, such as a JUnit report; ",
		`{}`:                                                       `the file has format_version "", and this pdac reads 1.x; create it again with this version`,
		strings.Replace(savedDrift, "1.0", "2.0", 1):               `the file has format_version "2.0"`,
		strings.Replace(savedDrift, `"rule"`, `7`, 1):              "the file can't be read: ",
		strings.Replace(savedPlan, `"delete":1`, `"delete":2`, 1):  "edited or truncated; plan again",
	} {
		if _, err := sync.ReadSaved(strings.NewReader(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// TestOtherReportsAreNoPlans: nobody applies what isn't a plan.
func TestOtherReportsAreNoPlans(t *testing.T) {
	for src, want := range map[string]string{
		savedDrift:  "the file is a pdac drift report, not a plan; create one with pdac plan --out FILE",
		savedResult: "the file is the result of an apply, not a plan; create one with pdac plan --out FILE",
	} {
		if _, err := sync.ReadPlan(strings.NewReader(src)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func FuzzReadSaved(f *testing.F) {
	for _, s := range []string{savedPlan, savedDrift, savedResult, `{}`, `null`, `{"format_version":"1.0","drift":true}`, `{"format_version":"1.0","interrupted":null}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := sync.ReadSaved(strings.NewReader(s))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		n := 0
		for _, there := range []bool{got.Plan != nil, got.Drift != nil, got.Result != nil} {
			if there {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is read as %d things", s, n)
		}
		if got.Plan != nil {
			// What is read as a plan is written as one.
			var b bytes.Buffer
			if err := sync.WritePlan(&b, got.Plan); err != nil {
				t.Errorf("%q can't be written again: %v", s, err)
			}
		}
	})
}

// TestOfAConflictOnlyTheChangedFileIsAskedFor: an entity that was deleted in the
// console and changed here names the commits of what was changed, not of the
// files that are as they were deployed.
func TestOfAConflictOnlyTheChangedFileIsAskedFor(t *testing.T) {
	asked := func(p *sync.Plan) string {
		var paths []string
		for _, a := range p.Asked(func(sync.Change) sync.Files { return sync.Files{Body: "rules/x.py"} }) {
			paths = append(paths, a.Path)
		}
		slices.Sort(paths)
		return strings.Join(slices.Compact(paths), " ")
	}
	change := func(fields ...sync.FieldChange) *sync.Plan {
		return &sync.Plan{Changes: []sync.Change{{Kind: panther.Rule, ID: "x", Action: sync.Create, Path: "rules/x.yml", Cause: sync.CauseConflict, Fields: fields}}}
	}
	severity, same := sync.FieldChange{Name: "severity", After: "HIGH", Deployed: "LOW"}, sync.FieldChange{Name: "severity", After: "LOW", Deployed: "LOW"}
	text, old := sync.FieldChange{Name: "body", After: "b\n", Deployed: "a\n"}, sync.FieldChange{Name: "body", After: "a", Deployed: "a\n"}
	for want, p := range map[string]*sync.Plan{
		"rules/x.yml":            change(severity, old),
		"rules/x.py":             change(same, text),
		"rules/x.py rules/x.yml": change(severity, text),
	} {
		if got := asked(p); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// What was only removed from the spec is in no field of the change.
	if got := asked(change(same, old)); got != "rules/x.yml" {
		t.Errorf("got %s", got)
	}
}
