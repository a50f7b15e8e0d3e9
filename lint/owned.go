package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/repo"
)

// Own says who owns the files; see OwnersOf. If only names some owners, it leaves out the
// findings and the entries of the baseline in files of others.
func (r *Result) Own(o *repo.Owners, only []string) {
	theirs := func(path string) bool { return len(only) > 0 && !repo.AnyOwner(o.Of(path), only) }
	all := len(r.Findings)
	r.Owners, r.owners = only, o
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return theirs(f.Path) })
	r.OtherOwners = all - len(r.Findings)
	r.Stale = slices.DeleteFunc(r.Stale, func(e BaselineEntry) bool { return theirs(e.Path) })
}

// OwnersOf returns the owners of the file of a finding by CODEOWNERS, if Own was called.
func (r *Result) OwnersOf(f Finding) []string { return r.owners.Of(f.Path) }
