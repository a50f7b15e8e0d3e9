// Package sync plans and applies the difference between a repository and
// Panther. A plan is data: planning writes nothing, and applying does nothing
// that the plan does not say.
package sync

import (
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
	// Drift marks a report of what differs, which nobody may apply.
	Drift       bool              `json:"drift,omitempty"`
	Summary     Summary           `json:"summary"`
	Changes     []Change          `json:"changes"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
}

// Summary counts entities. Unmanaged ones are live and not in the repository;
// not deployable ones have no place in the REST API; excluded ones have a
// Status that isn't deployed.
type Summary struct {
	Create        int `json:"create"`
	Update        int `json:"update"`
	Delete        int `json:"delete"`
	Unchanged     int `json:"unchanged"`
	Unmanaged     int `json:"unmanaged"`
	NotDeployable int `json:"not_deployable"`
	Excluded      int `json:"excluded"`
}

// Change is one entity to write or delete.
type Change struct {
	Kind   panther.Kind `json:"kind"`
	ID     string       `json:"id"`
	Action Action       `json:"action"`
	// Path is the spec's file; empty for a delete.
	Path string `json:"path"`
	// Fields holds every field that differs, in the order of the field table. It
	// is all that an apply needs: an update is the live entity with these set.
	Fields []FieldChange `json:"fields"`
	// LiveFingerprint is that of the live entity the change was planned against;
	// empty for a create, which was planned against nothing.
	LiveFingerprint string `json:"live_fingerprint"`
	// LiveDigests has a digest for each live field, to tell what changed since.
	LiveDigests map[string]string `json:"live_digests,omitempty"`
	// ServerID is the id that Panther made for a live query.
	ServerID string `json:"server_id,omitempty"`
	// DependsOn lists changes of this plan ("kind/id") that must go first.
	DependsOn []string `json:"depends_on,omitempty"`
}

// Key names the change's entity.
func (c Change) Key() panther.Key { return panther.Key{Kind: c.Kind, ID: c.ID} }

// FieldChange is one field's value in Panther and after the apply, as the API
// has them; null is absent.
type FieldChange struct {
	Name   string `json:"name"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Empty tells whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Errors gives the diagnostics that are errors.
func (p *Plan) Errors() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, d := range p.Diagnostics {
		if d.Severity == repo.SeverityError {
			out = append(out, d)
		}
	}
	return out
}
