// Package sync plans and applies the difference between a repository and
// Panther. A Plan is data: planning writes nothing, and an apply does only what
// the plan says.
//
// Fetch reads what is live, and NewBase what was deployed last. BuildPlan compares
// both with the repository, WritePlan and ReadPlan save and load the plan, Apply
// applies it, and Undo undoes an apply. FindDrift compares Panther only with the
// last deployment.
//
// Package sync/deploy does all of this for one repository, and records in git
// what was deployed.
package sync

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// FormatVersion is the version of the plan's JSON. Existing keys stay
// compatible while the major version is the same.
const FormatVersion = "1.0"

// Action is the action of a change.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	// Replace deletes an entity and creates one of another kind with its id, as
	// one step: a rule that becomes a simple rule.
	Replace Action = "replace"
)

// Plan is what an apply would do to one tenant. The same repository and live
// entities produce the same plan, byte for byte in JSON.
type Plan struct {
	FormatVersion string `json:"format_version"`
	Tenant        string `json:"tenant"`
	Revision      string `json:"revision"`
	// Base is the last deployment, the third side of the plan. It is nil if it
	// is unknown; then differences have no cause.
	Base *BaseInfo `json:"base,omitempty"`
	// LastRecord is the last recorded deployment when the plan was made, "" for none. It
	// is nil if the record is not used.
	LastRecord *string `json:"last_record,omitempty"`
	// Older says what the plan takes back; nil for nothing.
	Older *Older `json:"older,omitempty"`
	// Only lists the patterns that limit the plan.
	Only []string `json:"only,omitempty"`
	// Owners lists the owners to whose entities the plan is limited; Only has the
	// entities.
	Owners []string `json:"owners,omitempty"`
	// Filters lists the values ("Severity=High") to whose specs the plan is limited, and
	// Except the patterns of what is left out; Only has the entities.
	Filters []string `json:"filters,omitempty"`
	Except  []string `json:"except,omitempty"`
	// Within lists the patterns that limit the plan beside Owners, Filters or Except.
	Within []string `json:"within,omitempty"`
	// Along lists the entities ("kind/id") that were not asked for and are taken
	// along, because what was asked for needs them. Only has them too.
	Along []string `json:"along,omitempty"`
	// Policies are the policies of the plan.
	Policies Policies `json:"policies"`
	// Content is a digest of all planned files, for finding them again when the
	// plan is applied later.
	Content string `json:"content,omitempty"`
	// Year is that of the newest field that Panther is known to have; see
	// panther.Entity.Shows.
	Year    int     `json:"panther_year,omitempty"`
	Summary Summary `json:"summary"`
	// Changes lists the changes in the order of the apply.
	Changes []Change `json:"changes"`
	// Kept lists differences that are left unchanged in Panther because of a
	// policy, or because the entity must not be changed. An apply ignores them.
	Kept []Change `json:"kept,omitempty"`
	// Guards lists the guards that are about changes of the plan.
	Guards []GuardHit `json:"guards,omitempty"`
	// Behaviour is what detections do differently after an apply, if that was tried; nil
	// otherwise.
	Behaviour *behaviour.Report `json:"behaviour,omitempty"`
	// Gone lists deployed entities ("kind/id") that are no longer in the
	// repository or in Panther.
	Gone []string `json:"gone,omitempty"`
	// Released lists the entities ("kind/id") that are no longer managed, because
	// the policies release them; an apply removes them from the record.
	Released []string `json:"released,omitempty"`
	// Skipped lists the specs that are not content, and why.
	Skipped []repo.Skipped `json:"skipped,omitempty"`
	// Unmanaged lists live entities that were never deployed from here.
	Unmanaged []Unmanaged `json:"unmanaged,omitempty"`
	// Unsynced lists the keys that are kept in the repository and not synced,
	// sorted by key.
	Unsynced []UnsyncedKey `json:"unsynced,omitempty"`
	// Unreadable lists the kinds that Panther refuses to list. The plan has
	// nothing of them.
	Unreadable  Unreadable        `json:"unreadable,omitempty"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
	// Digest is a digest of everything else in the file of a plan; see WritePlan.
	Digest string `json:"digest,omitempty"`
}

// Summary counts entities. Unmanaged ones are live but not in the repository.
// Not deployable ones can't be deployed with the REST API. Excluded ones have a
// Status that is not deployed. Drifted ones were changed in the console since
// the last deployment. Conflicts were changed in both. Kept ones differ and are
// left unchanged. Converged ones changed to the same value on both sides.
// Skipped are the specs that are not content.
type Summary struct {
	Create        int `json:"create"`
	Update        int `json:"update"`
	Delete        int `json:"delete"`
	Replace       int `json:"replace"`
	Unchanged     int `json:"unchanged"`
	Unmanaged     int `json:"unmanaged"`
	NotDeployable int `json:"not_deployable"`
	Excluded      int `json:"excluded"`
	Drifted       int `json:"drifted"`
	Conflicts     int `json:"conflicts"`
	Kept          int `json:"kept"`
	Converged     int `json:"converged"`
	Skipped       int `json:"skipped"`
	// Live is the number of all live entities, for limits in percent.
	Live int `json:"live"`
	// Weaker and Stronger count the updates and replaces with that direction.
	Weaker   int `json:"weaker"`
	Stronger int `json:"stronger"`
	// Accepted counts those of Kept with an edit that is accepted. They are in neither
	// Drifted nor Conflicts because of that.
	Accepted int `json:"accepted"`
}

// Unmanaged is a live entity that was never deployed from here.
type Unmanaged struct {
	Kind panther.Kind `json:"kind"`
	ID   string       `json:"id"`
	// Managed marks content that is maintained by Panther's own packs.
	Managed bool  `json:"managed,omitempty"`
	Edited  *Edit `json:"edited,omitempty"`
}

// UnsyncedKey is a key that the API has no field for, with the specs that have
// it, sorted by path.
type UnsyncedKey struct {
	Key   string     `json:"key"`
	Specs []KeyPlace `json:"specs"`
}

// KeyPlace is where a key is: its spec, and its line, counting from 1.
type KeyPlace struct {
	Path string `json:"path"`
	Line int    `json:"line"`
}

// Change is an entity to write or delete.
type Change struct {
	Kind   panther.Kind `json:"kind"`
	ID     string       `json:"id"`
	Action Action       `json:"action"`
	// Replaces is the kind of the live entity with the same id that a replace
	// deletes first; LiveFingerprint, LiveDigests and ServerID are about that
	// one. It is empty for other actions.
	Replaces panther.Kind `json:"replaces,omitempty"`
	// MovedFrom is the old id of what is created, and MovedTo the new id of what is
	// deleted, if the policies say that it moved; see Policies.Moved.
	MovedFrom string `json:"moved_from,omitempty"`
	MovedTo   string `json:"moved_to,omitempty"`
	// Path is the spec's file; for a delete, its path when it was deployed.
	Path string `json:"path"`
	// Owners are the owners of the entity's files, by CODEOWNERS.
	Owners []string `json:"owners,omitempty"`
	// Cause is what caused the difference; empty without a base.
	Cause Cause `json:"cause,omitempty"`
	// Reason is why it is kept; empty for a change that is applied.
	Reason string `json:"reason,omitempty"`
	// Fields lists every field that differs, in the order of the field table.
	// An apply needs nothing else: an update sets these on the live entity. For a
	// replace it lists all fields of both entities.
	Fields []FieldChange `json:"fields"`
	// Direction is what the change means for what is detected, and Reasons why.
	Direction diff.Direction `json:"direction,omitempty"`
	Reasons   []diff.Reason  `json:"reasons,omitempty"`
	// Guards lists the guards that hold the change back.
	Guards []string `json:"guards,omitempty"`
	// Affected is what the change of a global's code reaches; nil for other changes.
	Affected *Affected `json:"affected,omitempty"`
	// Alerts are those of the last ImpactDays days of what is changed, or of what a changed
	// global reaches, if they were counted; see CountImpact.
	Alerts *Alerts `json:"alerts,omitempty"`
	// Commits lists the commits that made the change, those of the spec's file first.
	Commits []Commit `json:"commits,omitempty"`
	// Edited is when and by whom the live entity was changed in the console, if
	// Panther reports it; nil if it was not changed.
	Edited *Edit `json:"edited,omitempty"`
	// WantedFingerprint is the fingerprint of the entity in the repository.
	WantedFingerprint string `json:"wanted_fingerprint,omitempty"`
	// LiveFingerprint is the fingerprint of the live entity that the change is
	// based on; empty for a create.
	LiveFingerprint string `json:"live_fingerprint"`
	// LiveDigests contains a digest of each live field, for showing what has
	// changed since.
	LiveDigests map[string]string `json:"live_digests,omitempty"`
	// ServerID is the id that Panther assigned to a live query.
	ServerID string `json:"server_id,omitempty"`
	// DependsOn lists changes of this plan ("kind/id") that must be applied
	// first, without those that they depend on in turn.
	DependsOn []string `json:"depends_on,omitempty"`
	// extra contains the unknown fields of an entity that an undo recreates.
	extra map[string]json.RawMessage `json:"-"`
	// reverse marks an update that undoes another one, so it is ordered like a
	// delete.
	reverse bool `json:"-"`
	// Moved marks a delete whose files had already lost their path; the commit
	// that last changed them did not remove the entity.
	Moved bool `json:"-"`
}

// Key returns the key of the changed entity.
func (c Change) Key() panther.Key { return panther.Key{Kind: c.Kind, ID: c.ID} }

// FieldChange is the value of a field in Panther before and after the apply, as
// in the API; null means absent.
type FieldChange struct {
	Name   string `json:"name"`
	Before any    `json:"before"`
	After  any    `json:"after"`
	// Cause is who changed it, and Deployed the last deployed value; both are
	// empty without a base.
	Cause    Cause `json:"cause,omitempty"`
	Deployed any   `json:"deployed,omitempty"`
	// Direction is what the change of the field means for what is detected.
	Direction diff.Direction `json:"direction,omitempty"`
	// Commits lists the hashes of the commits that changed the field of an update,
	// the newest first; the change has the rest about them. Uncommitted and TakenBack
	// are those of Commit.
	Commits     []string `json:"commits,omitempty"`
	Uncommitted bool     `json:"uncommitted,omitempty"`
	TakenBack   bool     `json:"taken_back,omitempty"`
	// Carried marks a field that the repository leaves to Panther: what replaces
	// an entity gets its live value.
	Carried bool `json:"carried,omitempty"`
	// Acceptance is what drift.accept says about the value in Panther; nil for nothing.
	Acceptance *Acceptance `json:"acceptance,omitempty"`
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Silent reports whether a plan has nothing that somebody should read: no change, no
// difference that stays, no error and no kind that can't be read.
func (p *Plan) Silent() bool {
	return p.Empty() && len(p.Kept)+len(p.Errors())+len(p.Unreadable) == 0
}

// Errors returns the diagnostics that are errors.
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
