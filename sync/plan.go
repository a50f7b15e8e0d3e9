// Package sync plans and applies the difference between a repository and
// Panther. A Plan is data: planning writes nothing, and applying does nothing
// that the plan does not say.
//
// Fetch reads what is live, NewBase what was deployed last, BuildPlan makes a
// plan of both and the repository, WritePlan and ReadPlan save and load it,
// Apply carries it out, and Undo takes back what it did. FindDrift compares
// Panther with the last deployment alone.
//
// Package sync/deploy does all of it for one repository, and records what was
// deployed in git.
package sync

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// FormatVersion is the version of the plan's JSON. Programs may rely on what
// stands there as long as the number before the dot stays.
const FormatVersion = "1.0"

// Action is what a change does.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Plan is what would be done to one tenant. The same repository and the same
// live content give the same plan, byte for byte in JSON.
type Plan struct {
	FormatVersion string `json:"format_version"`
	Tenant        string `json:"tenant"`
	Revision      string `json:"revision"`
	// Base is the last deployment, the third side of the plan; nil where none
	// is known, so that nobody can say who made a difference.
	Base *BaseInfo `json:"base,omitempty"`
	// Only are the patterns that the plan is limited to.
	Only []string `json:"only,omitempty"`
	// Policies are those that the plan was made by.
	Policies Policies `json:"policies"`
	// Content is a digest of every entity that was planned for, to find its
	// files again when the plan is applied later.
	Content string  `json:"content,omitempty"`
	Summary Summary `json:"summary"`
	// Changes is what an apply does, in its order.
	Changes []Change `json:"changes"`
	// Kept is what differs and is left as it is in Panther, by a policy or
	// because nobody may change it. An apply doesn't look at it.
	Kept []Change `json:"kept,omitempty"`
	// Gone lists what was deployed ("kind/id") and is neither in the repository
	// nor in Panther any more.
	Gone []string `json:"gone,omitempty"`
	// Unmanaged lists what is live and was never deployed from here.
	Unmanaged   []Unmanaged       `json:"unmanaged,omitempty"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
}

// Summary counts entities. Unmanaged ones are live and not in the repository;
// not deployable ones have no place in the REST API; excluded ones have a
// Status that isn't deployed. Drifted ones were changed in the console since
// the last deployment, conflicts both there and here, kept ones differ and are
// left as they are, converged ones were changed to the same on both sides.
type Summary struct {
	Create        int `json:"create"`
	Update        int `json:"update"`
	Delete        int `json:"delete"`
	Unchanged     int `json:"unchanged"`
	Unmanaged     int `json:"unmanaged"`
	NotDeployable int `json:"not_deployable"`
	Excluded      int `json:"excluded"`
	Drifted       int `json:"drifted"`
	Conflicts     int `json:"conflicts"`
	Kept          int `json:"kept"`
	Converged     int `json:"converged"`
	// Live is everything that Panther holds, which limits are shares of.
	Live int `json:"live"`
}

// Unmanaged is a live entity that no deployment from here made.
type Unmanaged struct {
	Kind panther.Kind `json:"kind"`
	ID   string       `json:"id"`
	// Managed marks content that Panther's own packs maintain.
	Managed bool  `json:"managed,omitempty"`
	Edited  *Edit `json:"edited,omitempty"`
}

// Change is one entity to write or delete.
type Change struct {
	Kind   panther.Kind `json:"kind"`
	ID     string       `json:"id"`
	Action Action       `json:"action"`
	// Path is the spec's file; for a delete where it was when it was deployed.
	Path string `json:"path"`
	// Cause says who made the difference; empty where no base is known.
	Cause Cause `json:"cause,omitempty"`
	// Reason says why it is kept; empty for what is applied.
	Reason string `json:"reason,omitempty"`
	// Fields holds every field that differs, in the order of the field table. It
	// is all that an apply needs: an update is the live entity with these set.
	Fields []FieldChange `json:"fields"`
	// Commits are the last ones that changed the entity's files, the spec's first.
	Commits []Commit `json:"commits,omitempty"`
	// Edited tells when and by whom the live entity was changed in the console,
	// as far as Panther says; nil where nobody did.
	Edited *Edit `json:"edited,omitempty"`
	// WantedFingerprint is the fingerprint of the entity that the repository holds.
	WantedFingerprint string `json:"wanted_fingerprint,omitempty"`
	// LiveFingerprint is that of the live entity the change was planned against;
	// empty for a create, which was planned against nothing.
	LiveFingerprint string `json:"live_fingerprint"`
	// LiveDigests has a digest for each live field, to tell what changed since.
	LiveDigests map[string]string `json:"live_digests,omitempty"`
	// ServerID is the id that Panther made for a live query.
	ServerID string `json:"server_id,omitempty"`
	// DependsOn lists changes of this plan ("kind/id") that must go first.
	DependsOn []string `json:"depends_on,omitempty"`
	// extra are the unknown fields of an entity that an undo makes again.
	extra map[string]json.RawMessage `json:"-"`
	// reverse marks an update that takes another one back, and so goes in the
	// order of deletes.
	reverse bool `json:"-"`
	// Moved marks a delete whose files had lost their place before: who changed
	// that last didn't remove the entity.
	Moved bool `json:"-"`
}

// Key names the change's entity.
func (c Change) Key() panther.Key { return panther.Key{Kind: c.Kind, ID: c.ID} }

// FieldChange is one field's value in Panther and after the apply, as the API
// has them; null is absent.
type FieldChange struct {
	Name   string `json:"name"`
	Before any    `json:"before"`
	After  any    `json:"after"`
	// Cause says who changed it, and Deployed what was deployed last; both are
	// empty where no base is known.
	Cause    Cause `json:"cause,omitempty"`
	Deployed any   `json:"deployed,omitempty"`
}

// Empty tells whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Errors gives the diagnostics that are errors.
func (p *Plan) Errors() []repo.Diagnostic { return errorsOf(p.Diagnostics) }

func errorsOf(all []repo.Diagnostic) []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, d := range all {
		if d.Severity == repo.SeverityError {
			out = append(out, d)
		}
	}
	return out
}
