package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/sync"
)

// holds returns what a document has that its schema doesn't allow.
func holds(t *testing.T, schema, document string) []gojsonschema.ResultError {
	t.Helper()
	got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewStringLoader(document))
	if err != nil {
		t.Fatal(err)
	}
	return got.Errors()
}

// TestReportsFollowTheirSchemas: whatever is shown as JSON is what the published
// schemas say.
func TestReportsFollowTheirSchemas(t *testing.T) {
	asJSON := report.PlanOptions{Format: report.JSON}
	// A made-up fingerprint is short; real ones are checked where they are made.
	fingerprints := strings.NewReplacer(`"live_fingerprint": ""`, `"live_fingerprint": "sha256:`+strings.Repeat("0", 64)+`"`)
	for name, p := range map[string]*sync.Plan{"three-way": threeWay(), "kept": kept(), "kept only": keptOnly(), "rollback": rollback()} {
		creates := 0
		for _, list := range [][]sync.Change{p.Changes, p.Kept} {
			for i := range list {
				if list[i].Action == sync.Create {
					creates++
				} else {
					list[i].LiveFingerprint = "sha256:" + strings.Repeat("0", 64)
				}
			}
		}
		text := plan(t, p, asJSON)
		if errs := holds(t, schemas.Plan(), text); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
		if creates > 0 && len(holds(t, schemas.Plan(), fingerprints.Replace(text))) == 0 {
			t.Errorf("%s: a create that was planned against something passes", name)
		}
	}
	for name, d := range map[string]*sync.Drift{"drift": driftSample(), "none": noDrift()} {
		if errs := holds(t, schemas.Drift(), drift(t, d, asJSON)); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
	}
	for name, r := range ends() {
		if name == "nothing-to-say" {
			continue // it has no tenant, as no real one
		}
		text := written(t, func(b *bytes.Buffer) error {
			return report.Result(b, r, report.ResultOptions{Format: report.JSON})
		})
		if errs := holds(t, schemas.Result(), text); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

// TestSchemasRefuse: none of them takes just anything.
func TestSchemasRefuse(t *testing.T) {
	d, r := drift(t, driftSample(), report.PlanOptions{Format: report.JSON}), written(t, func(b *bytes.Buffer) error {
		return report.Result(b, ends()["put-back-part"], report.ResultOptions{Format: report.JSON})
	})
	for _, c := range []struct{ schema, document, old, new string }{
		{schemas.Drift(), d, `"drift": true`, `"drift": false`},
		{schemas.Drift(), d, `"state": "edited"`, `"state": "fixed"`},
		{schemas.Drift(), d, `"path": "policies/deleted.yml"`, `"path": ""`},
		{schemas.Drift(), d, `"live": "LOW"`, `"alive": "LOW"`},
		{schemas.Drift(), d, `"in_step": 1204`, `"in_step": -1`},
		{schemas.Drift(), d, `"format_version": "1.0"`, `"format_version": "2.0"`},
		{schemas.Result(), r, `"outcome": "refused"`, `"outcome": "lost"`},
		{schemas.Result(), r, `"interrupted": false`, `"interrupted": "no"`},
		{schemas.Result(), r, `"kind": "global"`, `"kind": "pack"`},
	} {
		if !strings.Contains(c.document, c.old) {
			t.Errorf("no %s in\n%s", c.old, c.document)
		}
		if len(holds(t, c.schema, strings.Replace(c.document, c.old, c.new, 1))) == 0 {
			t.Errorf("%s passes for %s", c.new, c.old)
		}
	}
}
