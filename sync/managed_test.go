package sync_test

import (
	"bytes"
	"context"
	"strings"
	gosync "sync"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
)

// packed is a Panther whose packs have taken over every entity since the plan was
// made. It notes what is deleted all the same.
type packed struct {
	sync.API
	mu      gosync.Mutex
	deleted []string
}

func (p *packed) Get(ctx context.Context, key panther.Key, serverID string) (panther.Entity, error) {
	e, err := p.API.Get(ctx, key, serverID)
	e.Managed = err == nil
	return e, err
}

func (p *packed) Delete(ctx context.Context, key panther.Key, serverID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deleted = append(p.deleted, key.String())
	return p.API.Delete(ctx, key, serverID)
}

// saved writes a plan to a file and reads it back.
func saved(t *testing.T, p *sync.Plan) *sync.Plan {
	t.Helper()
	var file bytes.Buffer
	if err := sync.WritePlan(&file, p); err != nil {
		t.Fatal(err)
	}
	out, err := sync.ReadPlan(&file)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// neverDeleted wants each delete of a plan to be refused because of the packs, and
// none to be sent.
func neverDeleted(t *testing.T, api *packed, p *sync.Plan, r *sync.Result) {
	t.Helper()
	if len(api.deleted) > 0 {
		t.Errorf("deleted although a pack maintains it: %v", api.deleted)
	}
	if len(r.Changes) != len(p.Changes) {
		t.Fatalf("%d results for %d changes", len(r.Changes), len(p.Changes))
	}
	for _, c := range r.Changes {
		// What others need is not even tried once they are refused.
		refused := c.Outcome == sync.Refused && strings.Contains(c.Reason, "pack")
		if !refused && c.Outcome != sync.NotTried {
			t.Errorf("%s: %s, %q", c.Key(), c.Outcome, c.Reason)
		}
	}
	if r.Count(sync.Refused) == 0 || r.OK() {
		t.Errorf("the result counts as good: %v", outcomes(r))
	}
}

// TestNoKindOfManagedEntityIsDeleted: whether it is managed is no part of an
// entity's fingerprint, so the check just before the delete is the last one.
func TestNoKindOfManagedEntityIsDeleted(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	for path := range w.files {
		// One spec stays, or the repository would count as unread.
		if path != "rules/exp.yml" {
			delete(w.files, path)
		}
	}
	p := w.plan(sync.PlanOptions{Delete: true})
	seen := map[panther.Kind]bool{}
	for _, c := range p.Changes {
		if c.Action != sync.Delete {
			t.Fatalf("planned %s", lines(p))
		}
		seen[c.Kind] = true
		one := &sync.Plan{FormatVersion: p.FormatVersion, Summary: sync.Summary{Delete: 1}, Changes: []sync.Change{c}}
		for name, one := range map[string]*sync.Plan{"planned now": one, "a saved plan": saved(t, one)} {
			t.Run(c.Key().String()+", "+name, func(t *testing.T) {
				api := &packed{API: w.client}
				r := sync.Apply(t.Context(), api, one, sync.ApplyOptions{})
				neverDeleted(t, api, one, r)
				if r.Changes[0].Outcome != sync.Refused {
					t.Errorf("%s: %s", r.Changes[0].Outcome, r.Changes[0].Reason)
				}
			})
		}
	}
	for _, k := range panther.Kinds() {
		if !seen[k] {
			t.Errorf("no delete of a %s was tried", k)
		}
	}
	api := &packed{API: w.client}
	whole := saved(t, p)
	neverDeleted(t, api, whole, sync.Apply(t.Context(), api, whole, sync.ApplyOptions{}))
}

// TestUndoDoesNotDeleteWhatBecameManaged: an undo deletes what was created, but
// for what a pack maintains by then.
func TestUndoDoesNotDeleteWhatBecameManaged(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	p := w.plan(sync.PlanOptions{})
	r := w.apply(p)
	if !r.OK() {
		t.Fatalf("%v", outcomes(r))
	}
	api := &packed{API: w.client}
	sync.Undo(t.Context(), api, p, r, sync.ApplyOptions{})
	neverDeleted(t, api, p, r.Undo)
	for _, c := range r.Changes {
		if r.Undone(c.Key()) {
			t.Errorf("%s counts as undone", c.Key())
		}
	}
}

// TestAManagedEntityIsNeverPlannedForDeletion: neither where the repository lacks
// it, nor where it was deployed from here and removed, whatever the policies say.
func TestAManagedEntityIsNeverPlannedForDeletion(t *testing.T) {
	w := newWorld(t, small(), sandbox.Options{})
	w.mustApply()
	base, err := sync.NewBase(t.Context(), w.repo(), sync.BaseInfo{Record: "0123"})
	if err != nil {
		t.Fatal(err)
	}
	w.edit("rules", "R.A", func(m map[string]any) { m["managed"] = true })
	delete(w.files, "rules/r.yml")
	delete(w.files, "rules/derived.yml")
	for name, o := range map[string]sync.PlanOptions{
		"without a record": {Delete: true},
		"with a record":    {Base: base, Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}},
	} {
		if p := w.plan(o); !p.Empty() {
			t.Errorf("%s: planned %s", name, lines(p))
		}
	}
}
