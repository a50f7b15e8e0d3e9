package sync

import (
	"fmt"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

// Cause says who made a difference between the repository and Panther.
type Cause string

// The causes. The zero Cause is a difference of which nobody knows who made it,
// because no deployment is remembered.
const (
	// CauseCommit: the repository changed since the last deployment.
	CauseCommit Cause = "commit"
	// CauseDrift: somebody changed it in the console since then.
	CauseDrift Cause = "drift"
	// CauseConflict: both sides changed, each to something else.
	CauseConflict Cause = "conflict"
	// CauseMixed: some fields of the entity were committed, others drifted.
	CauseMixed Cause = "mixed"
	// CauseAdopt: it is live, and no deployment from here made it.
	CauseAdopt Cause = "adopt"
)

// Commit is a commit that changed a file of an entity.
type Commit struct {
	// Path is the file that it changed.
	Path string `json:"path"`
	// Hash, Author, Time and Subject are empty for a change that no commit holds.
	Hash    string     `json:"hash,omitempty"`
	Author  string     `json:"author,omitempty"`
	Email   string     `json:"email,omitempty"`
	Time    *time.Time `json:"time,omitempty"`
	Subject string     `json:"subject,omitempty"`
	// Uncommitted says that the file differs from the last commit.
	Uncommitted bool `json:"uncommitted,omitempty"`
}

// Edit tells of the last change of a live entity, as far as Panther says.
type Edit struct {
	At *time.Time `json:"at,omitempty"`
	// By is who made the entity: Panther doesn't say who changed it.
	CreatedBy string `json:"created_by,omitempty"`
}

// edit gives what Panther says of a live entity's last change.
func edit(e panther.Entity) *Edit {
	at := e.Made.ChangedAt
	if at.IsZero() {
		at = e.Made.CreatedAt
	}
	out := &Edit{CreatedBy: e.Made.CreatedBy}
	if !at.IsZero() {
		out.At = &at
	}
	return out
}

// together gives the cause of an entity from those of its fields.
func together(fields []FieldChange) Cause {
	var out Cause
	for _, f := range fields {
		switch {
		case f.Cause == CauseConflict:
			return CauseConflict
		case out == "":
			out = f.Cause
		case out != f.Cause:
			out = CauseMixed
		}
	}
	return out
}

// has tells whether some field was changed by that cause.
func (c Change) has(cause Cause) bool {
	return c.Cause == cause || slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return f.Cause == cause })
}

// CommittedPaths lists the files of whose changes a plan wants to tell who
// committed them, sorted.
func (p *Plan) CommittedPaths(bodies func(panther.Key) string) []string {
	var out []string
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for _, c := range list {
			out = append(out, c.committed(bodies(c.Key()))...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// committed lists the files of the entity that a commit changed.
func (c Change) committed(body string) []string {
	if !c.has(CauseCommit) && !c.has(CauseConflict) || c.Moved {
		return nil
	}
	if c.Action == Delete {
		return []string{c.Path} // without its spec it is no entity
	}
	var spec, inBody bool
	for _, f := range c.Fields {
		if c.Action == Create && c.Cause == CauseConflict && c.asDeployed(f) {
			continue // it is made again as it was
		}
		if f.Cause == CauseCommit || f.Cause == CauseConflict || f.Cause == "" {
			inBody = inBody || f.Name == panther.FieldBody
			spec = spec || f.Name != panther.FieldBody
		}
	}
	var out []string
	if c.Path != "" && (spec || !inBody) {
		out = append(out, c.Path)
	}
	if body != "" && inBody {
		out = append(out, body)
	}
	return out
}

// asDeployed tells whether a field is wanted as it was deployed.
func (c Change) asDeployed(fc FieldChange) bool {
	f, ok := c.Kind.Field(fc.Name)
	return ok && f.Equal(fc.Deployed, fc.After)
}

// Attribute notes who committed what the plan says was committed.
func (p *Plan) Attribute(bodies func(panther.Key) string, commits map[string]Commit) {
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for i := range list {
			for _, path := range list[i].committed(bodies(list[i].Key())) {
				if c, ok := commits[path]; ok {
					c.Path = path
					list[i].Commits = append(list[i].Commits, c)
				}
			}
		}
	}
}

// fieldNames lists the fields of one cause, for a sentence.
func fieldNames(fields []FieldChange, cause Cause) []string {
	var out []string
	for _, f := range fields {
		if f.Cause == cause {
			out = append(out, f.Name)
		}
	}
	return out
}

// at writes when a live entity was changed, for a sentence; empty where Panther
// doesn't say.
func (e *Edit) at() string {
	if e == nil || e.At == nil {
		return ""
	}
	return fmt.Sprintf(" (last changed %s)", e.At.UTC().Format("2006-01-02 15:04 UTC"))
}
