package record

import "github.com/pdac-dev/pdac/internal/git"

// ChangeKind is what happened to a file between two deployments.
type ChangeKind = git.ChangeKind

// The kinds of change.
const (
	Added    = git.Added
	Modified = git.Modified
	Deleted  = git.Deleted
)
