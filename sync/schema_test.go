package sync_test

import (
	"bytes"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/sync"
	"github.com/xeipuuv/gojsonschema"
)

// TestPlansFollowTheirSchema: a plan with creates, updates, deletes and
// diagnostics is what the published schema says.
func TestPlansFollowTheirSchema(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	first := w.plan(sync.PlanOptions{})
	w.mustApply()
	delete(w.files, "rules/free.yml")
	w.files["rules/r.yml"] += "Description: changed\nDedupPeriod: 5\n"
	w.files["queries/q.yml"] += "Description: changed\n"
	w.files["rules/s.yml"] += "Tags: x\n"
	for _, p := range []*sync.Plan{first, w.plan(sync.PlanOptions{Delete: true})} {
		var b bytes.Buffer
		if err := sync.WritePlan(&b, p); err != nil {
			t.Fatal(err)
		}
		got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schemas.Plan()), gojsonschema.NewBytesLoader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Valid() {
			t.Errorf("%v\n%s", got.Errors(), &b)
		}
	}
	bad := gojsonschema.NewStringLoader(`{"format_version":"1.0","tenant":"t","revision":"","summary":{},"changes":[{"kind":"rule","id":"x","action":"update","path":"p","fields":[],"live_fingerprint":""}],"diagnostics":[]}`)
	if got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schemas.Plan()), bad); err != nil || got.Valid() {
		t.Errorf("an update of nothing passes the schema (%v)", err)
	}
}
