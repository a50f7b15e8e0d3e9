package sync

import "github.com/pdac-dev/pdac/panther"

// Outcome is how one change of an apply ended.
type Outcome string

// The outcomes. Already means that Panther held the wanted state before the
// write; Refused, that the entity has changed in Panther since the plan was
// made; NotTried, that the write was never begun; Held, that it is a delete and
// nobody allowed it.
const (
	Done     Outcome = "done"
	Already  Outcome = "already"
	Refused  Outcome = "refused"
	Failed   Outcome = "failed"
	NotTried Outcome = "not_tried"
	Held     Outcome = "held"
)

// ChangeResult is what became of one change.
type ChangeResult struct {
	Kind    panther.Kind `json:"kind"`
	ID      string       `json:"id"`
	Action  Action       `json:"action"`
	Path    string       `json:"path"`
	Outcome Outcome      `json:"outcome"`
	// Reason says why, for every outcome but Done.
	Reason string `json:"reason,omitempty"`
	// Warnings reports what Panther stored otherwise than it was sent.
	Warnings []string `json:"warnings,omitempty"`
	// Tests holds the unit tests that made Panther refuse the write.
	Tests []panther.TestResult `json:"tests,omitempty"`
	// Was and Is are the entity before and after a write that was done.
	Was panther.Entity `json:"-"`
	Is  panther.Entity `json:"-"`
}

// Key names the change's entity.
func (r ChangeResult) Key() panther.Key { return panther.Key{Kind: r.Kind, ID: r.ID} }

// Result is what became of an apply, in the order of the plan.
type Result struct {
	FormatVersion string         `json:"format_version"`
	Tenant        string         `json:"tenant"`
	Revision      string         `json:"revision"`
	Changes       []ChangeResult `json:"changes"`
	// Interrupted reports that the apply was asked to stop before its end.
	Interrupted bool `json:"interrupted"`
	// Undo is what became of putting back what was done; nil where nobody asked
	// for it or all went well.
	Undo *Result `json:"undo,omitempty"`
	// Record reports how the deployment was recorded; nil where it was not to be.
	Record *RecordNote `json:"record,omitempty"`
}

// RecordNote reports how a deployment was recorded in git.
type RecordNote struct {
	// Ref is the git ref of the tenant's records, and Hash the new record; empty
	// where nothing had changed that was worth one.
	Ref  string `json:"ref,omitempty"`
	Hash string `json:"hash,omitempty"`
	// Remote is where the record was to be shared, and Pushed whether it is there.
	Remote string `json:"remote,omitempty"`
	Pushed bool   `json:"pushed,omitempty"`
	// Raced says that another apply was recorded first: it is in the history,
	// and this one follows it.
	Raced bool `json:"raced,omitempty"`
	// Both lists what both applies wrote ("kind/id"): whoever wrote last has
	// overwritten the other, and neither could see it.
	Both []string `json:"both,omitempty"`
	// Problem says in plain words what went wrong; empty for nothing.
	Problem string `json:"problem,omitempty"`
}

// Count returns how many changes ended in an outcome.
func (r *Result) Count(o Outcome) int {
	n := 0
	for _, c := range r.Changes {
		if c.Outcome == o {
			n++
		}
	}
	return n
}

// OK reports whether everything in the plan is now so in Panther, but for deletes
// that nobody allowed.
func (r *Result) OK() bool { return r.Count(Done)+r.Count(Already)+r.Count(Held) == len(r.Changes) }
