package sync

import "github.com/pdac-dev/pdac/panther"

// Outcome is how one change of an apply ended.
type Outcome string

// The outcomes. Already means that Panther held the wanted state before the
// write; Refused, that the entity has changed in Panther since the plan was
// made; NotTried, that the write was never begun.
const (
	Done     Outcome = "done"
	Already  Outcome = "already"
	Refused  Outcome = "refused"
	Failed   Outcome = "failed"
	NotTried Outcome = "not_tried"
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
	// Warnings tells what Panther stored otherwise than it was sent.
	Warnings []string `json:"warnings,omitempty"`
	// Tests holds the unit tests that made Panther refuse the write.
	Tests []panther.TestResult `json:"tests,omitempty"`
}

// Result is what became of an apply, in the order of the plan.
type Result struct {
	Tenant   string         `json:"tenant"`
	Revision string         `json:"revision"`
	Changes  []ChangeResult `json:"changes"`
	// Interrupted tells that the apply was asked to stop before its end.
	Interrupted bool `json:"interrupted"`
}

// Count gives how many changes ended in an outcome.
func (r *Result) Count(o Outcome) int {
	n := 0
	for _, c := range r.Changes {
		if c.Outcome == o {
			n++
		}
	}
	return n
}

// OK tells whether everything in the plan is now so in Panther.
func (r *Result) OK() bool { return r.Count(Done)+r.Count(Already) == len(r.Changes) }
