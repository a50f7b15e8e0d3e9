package sync

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/panther"
)

// Cause is what caused a difference between the repository and Panther.
type Cause string

// The causes. The zero Cause means unknown, because no deployment is recorded.
const (
	// CauseCommit: the repository has changed since the last deployment.
	CauseCommit Cause = "commit"
	// CauseDrift: it was changed in the console since the last deployment.
	CauseDrift Cause = "drift"
	// CauseConflict: both sides changed, to different values.
	CauseConflict Cause = "conflict"
	// CauseMixed: some fields of the entity were committed, others drifted.
	CauseMixed Cause = "mixed"
	// CauseAdopt: it is live, but was not deployed from this repository.
	CauseAdopt Cause = "adopt"
)

// Commit is a commit that changed something of an entity.
type Commit struct {
	// Path is the changed file.
	Path string `json:"path"`
	// Hash, Author, Time and Subject are empty for an uncommitted change.
	Hash    string     `json:"hash,omitempty"`
	Author  string     `json:"author,omitempty"`
	Email   string     `json:"email,omitempty"`
	Time    *time.Time `json:"time,omitempty"`
	Subject string     `json:"subject,omitempty"`
	// Uncommitted reports whether the change is in no commit. TakenBack says that it
	// is the end of one: the last deployment had an uncommitted change, and that is
	// gone.
	Uncommitted bool `json:"uncommitted,omitempty"`
	TakenBack   bool `json:"taken_back,omitempty"`
}

// Edit is the last change of a live entity, if Panther reports it.
type Edit struct {
	At *time.Time `json:"at,omitempty"`
	// CreatedBy is who created the entity.
	CreatedBy string `json:"created_by,omitempty"`
	// ChangedBy is who changed it last; nil if Panther does not report it.
	ChangedBy *panther.Actor `json:"changed_by,omitempty"`
}

// edit returns the last change of a live entity.
func edit(e panther.Entity) *Edit {
	at := e.Made.ChangedAt
	if at.IsZero() {
		at = e.Made.CreatedAt
	}
	out := &Edit{CreatedBy: e.Made.CreatedBy}
	if !at.IsZero() {
		out.At = &at
	}
	if by := e.Made.ChangedBy; by.Type != "" {
		out.ChangedBy = &by
	}
	return out
}

// Where says where an edit was made, as far as Panther reports it, for sentences: "in
// the console" for a person's. name quotes the name of a person or token.
func (e *Edit) Where(name func(string) string) string {
	if e == nil || e.ChangedBy == nil {
		return "in Panther"
	}
	switch by := e.ChangedBy; by.Type {
	case panther.ActorUser:
		if by.Name != "" {
			return "in the console by " + name(by.Name)
		}
		return "in the console"
	case panther.ActorToken:
		return "by the API token " + name(cmp.Or(by.Name, by.ID, "(unknown)"))
	}
	return "by Panther itself"
}

// where is Where for messages.
func (e *Edit) where() string { return e.Where(func(s string) string { return s }) }

// together returns the cause of an entity from the causes of its fields.
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

// has reports whether a field has that cause.
func (c Change) has(cause Cause) bool {
	return c.Cause == cause || slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return f.Cause == cause })
}

// asDeployed reports whether the wanted value of a field is the deployed one.
func (c Change) asDeployed(fc FieldChange) bool {
	f, ok := c.Kind.Field(fc.Name)
	return ok && f.Equal(fc.Deployed, fc.After)
}

// fieldNames returns the names of the fields with a cause.
func fieldNames(fields []FieldChange, cause Cause) []string {
	var out []string
	for _, f := range fields {
		if f.Cause == cause {
			out = append(out, f.Name)
		}
	}
	return out
}

// at returns when a live entity was changed, as part of a sentence. It is empty
// if Panther does not report it.
func (e *Edit) at() string {
	if e == nil || e.At == nil {
		return ""
	}
	return fmt.Sprintf(" (last changed %s)", e.At.UTC().Format("2006-01-02 15:04 UTC"))
}
