package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/repo"
)

// Owned is whose findings a result has; see Result.Own.
type Owned struct {
	// Owners are those to whose files the findings are limited; empty for all.
	Owners []string
	// OtherOwners counts the findings in files of others.
	OtherOwners int

	by *repo.Owners
}

// Own says who owns the files; see OwnersOf. If only names some owners, it leaves out the
// findings and the entries of the baseline in files of others.
func (r *Result) Own(o *repo.Owners, only []string) {
	theirs := func(path string) bool { return len(only) > 0 && !repo.AnyOwner(o.Of(path), only) }
	all := len(r.Findings)
	r.Owners, r.by = only, o
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return theirs(f.Path) })
	r.OtherOwners = all - len(r.Findings)
	r.Stale = slices.DeleteFunc(r.Stale, func(e BaselineEntry) bool { return theirs(e.Path) })
}

// OwnersOf returns the owners of the file of a finding by CODEOWNERS, if Own was called.
func (r *Result) OwnersOf(f Finding) []string { return r.by.Of(f.Path) }
