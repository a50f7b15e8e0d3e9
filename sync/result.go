package sync

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

// Outcome is the outcome of one change of an apply.
type Outcome string

// The outcomes. Already: Panther had the wanted state before the write.
// Refused: the entity has changed in Panther since the plan was made. NotTried:
// the write was never started. Held: it is a delete or a replace that was not
// allowed.
const (
	Done     Outcome = "done"
	Already  Outcome = "already"
	Refused  Outcome = "refused"
	Failed   Outcome = "failed"
	NotTried Outcome = "not_tried"
	Held     Outcome = "held"
)

// ChangeResult is the result of one change.
type ChangeResult struct {
	Kind   panther.Kind `json:"kind"`
	ID     string       `json:"id"`
	Action Action       `json:"action"`
	// Replaces is the kind of the entity that a replace deletes.
	Replaces panther.Kind `json:"replaces,omitempty"`
	Path     string       `json:"path"`
	Outcome  Outcome      `json:"outcome"`
	// Direction is what the change means for what is detected, and Reasons why, as in
	// the plan.
	Direction diff.Direction `json:"direction,omitempty"`
	Reasons   []diff.Reason  `json:"reasons,omitempty"`
	// Reason is the reason for every outcome except Done.
	Reason string `json:"reason,omitempty"`
	// Warnings lists values that Panther stored differently from what was sent.
	Warnings []string `json:"warnings,omitempty"`
	// Tests lists the unit tests that made Panther refuse the write.
	Tests []panther.TestResult `json:"tests,omitempty"`
	// Lost is the entity that a replace deleted if neither the new one nor the
	// old one could be created after that; nil otherwise.
	Lost *Lost `json:"lost,omitempty"`
	// Was and Is are the entity before and after a successful write.
	Was panther.Entity `json:"-"`
	Is  panther.Entity `json:"-"`
	// fate is what became of the entity that a failed replace was to delete.
	fate string
	// uncertain says that the outcome of a request is unknown.
	uncertain bool
}

// result returns the result of a change whose outcome is not known yet.
func (c Change) result() ChangeResult {
	return ChangeResult{Kind: c.Kind, ID: c.ID, Action: c.Action, Replaces: c.Replaces, Path: c.Path, Direction: c.Direction, Reasons: c.Reasons}
}

// Unstarted returns the result of an apply that tried no change of the plan, and why.
func (p *Plan) Unstarted(why string) *Result {
	r := &Result{FormatVersion: FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Changes: []ChangeResult{}}
	for _, c := range p.Changes {
		one := c.result()
		one.Outcome, one.Reason = NotTried, why
		r.Changes = append(r.Changes, one)
	}
	return r
}

// Lost is a deleted entity that could not be restored. Sending Body to Path of
// the REST API with POST creates it again.
type Lost struct {
	Kind panther.Kind    `json:"kind"`
	ID   string          `json:"id"`
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

// Replaced returns the entity that a replace deletes.
func (r ChangeResult) Replaced() (panther.Key, bool) {
	return panther.Key{Kind: r.Replaces, ID: r.ID}, r.Action == Replace
}

// Key returns the key of the changed entity.
func (r ChangeResult) Key() panther.Key { return panther.Key{Kind: r.Kind, ID: r.ID} }

// Result is the result of an apply, in the order of the plan.
type Result struct {
	FormatVersion string         `json:"format_version"`
	Tenant        string         `json:"tenant"`
	Revision      string         `json:"revision"`
	Changes       []ChangeResult `json:"changes"`
	// Interrupted reports whether the apply was stopped early.
	Interrupted bool `json:"interrupted"`
	// Undo is the result of undoing the changes; nil if it was not requested or
	// not necessary.
	Undo *Result `json:"undo,omitempty"`
	// Record is how the deployment was recorded; nil if it was not recorded.
	Record *RecordNote `json:"record,omitempty"`
}

// RecordNote is how a deployment was recorded in git.
type RecordNote struct {
	// Ref is the git ref of the tenant's records, and Hash the new record;
	// empty if nothing had changed.
	Ref  string `json:"ref,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Remote is the remote for sharing the record, and Pushed whether it was
	// pushed.
	Remote string `json:"remote,omitempty"`
	Pushed bool   `json:"pushed,omitempty"`
	// Raced reports that another apply was recorded first; this one follows it
	// in the history.
	Raced bool `json:"raced,omitempty"`
	// Both lists the entities ("kind/id") that both applies wrote. The later
	// one overwrote the other, and neither could detect it.
	Both []string `json:"both,omitempty"`
	// Problem says what went wrong; empty for nothing.
	Problem string `json:"problem,omitempty"`
}

// Count returns the number of changes with an outcome.
func (r *Result) Count(o Outcome) int {
	n := 0
	for _, c := range r.Changes {
		if c.Outcome == o {
			n++
		}
	}
	return n
}

// OK reports whether Panther now has everything in the plan, except deletes
// that were not allowed.
func (r *Result) OK() bool { return r.Count(Done)+r.Count(Already)+r.Count(Held) == len(r.Changes) }
