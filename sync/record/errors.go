package record

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/git"
)

// NotRepositoryError says that the content is in no git repository, so that
// deployments can't be recorded.
type NotRepositoryError struct {
	// Root is the folder as it was given.
	Root string
}

// Error says where to create a git repository.
func (e *NotRepositoryError) Error() string {
	return fmt.Sprintf(`%q is not in a git repository, which is needed to record deployments; run "git init" there`, e.Root)
}

// UnsupportedError is a repository that can't be read or written as it is. Its
// Feature says what prevents it, and its Next what to do.
type UnsupportedError = git.UnsupportedError

// LockedError says that another process has locked the ref, or died while holding
// the lock.
type LockedError = git.LockedError

// PathError is a file that can't be recorded under its path.
type PathError struct{ Path, Reason string }

// Error names the path and the reason.
func (e *PathError) Error() string {
	return fmt.Sprintf("%q can't be recorded: it %s", e.Path, e.Reason)
}

// FormatError is a commit on a record's ref that can't be read as a record.
type FormatError struct {
	Ref, Hash, Reason string
	// Newer says that a newer pdac can read it.
	Newer bool
}

// Error names the commit and says how to repair the ref.
func (e *FormatError) Error() string {
	next := fmt.Sprintf(`inspect it with "git show %.12s", and point the ref at a record with "git update-ref %s COMMIT"`, e.Hash, e.Ref)
	if e.Newer {
		next = "update pdac"
	}
	return fmt.Sprintf("commit %.12s on %s %s; %s", e.Hash, e.Ref, e.Reason, next)
}

// RaceError says that another deployment was recorded first. Its record was not
// overwritten.
type RaceError struct {
	Tenant, Ref string
	// Remote is where the race was lost; "" for this repository.
	Remote string
	// Expected is the record that was expected to be the last one, "" for none; in
	// a push it is the record that was pushed. Found is the last one there, "" for
	// none.
	Expected, Found string
	// Ours is the record that couldn't be pushed; nil for an error of Write.
	Ours *Deployment
	// Theirs is the record that was first, nil if it can't be read.
	Theirs *Deployment
}

// Error names both records and says what to do.
func (e *RaceError) Error() string {
	theirs := "by an unknown actor"
	if e.Theirs != nil {
		theirs = e.Theirs.describe()
	}
	if e.Remote != "" {
		return fmt.Sprintf("another deployment to %q was pushed to %q first: the last record there is %.12s (%s), and ours is %.12s. Nothing was overwritten there; "+
			`the changes that this run made in Panther remain. To continue from their record, run "git update-ref -d %s" and plan again`,
			git.OneLine(e.Tenant, 100), e.Remote, e.Found, theirs, e.Expected, e.Ref)
	}
	switch {
	case e.Found == "":
		return fmt.Sprintf("the deployment record of %q was deleted: the last deployment was %.12s, but %s no longer exists; plan again", git.OneLine(e.Tenant, 100), e.Expected, e.Ref)
	case e.Expected == "":
		return fmt.Sprintf("another deployment to %q was recorded in the meantime: there was none, and now there is %.12s (%s); plan again", git.OneLine(e.Tenant, 100), e.Found, theirs)
	}
	return fmt.Sprintf("another deployment to %q was recorded in the meantime: the last one was %.12s, and now it is %.12s (%s); plan again", git.OneLine(e.Tenant, 100), e.Expected, e.Found, theirs)
}

// DivergedError says that this repository and a remote have recorded different
// deployments, neither of which follows the other.
type DivergedError struct {
	Tenant, Ref, Remote string
	// Ours is the last record here, and Theirs the last one there, nil if it can't
	// be read. TheirHash is its hash.
	Ours, Theirs *Deployment
	TheirHash    string
}

// Error names the last record on each side and says what to do.
func (e *DivergedError) Error() string {
	theirs := "by an unknown actor"
	if e.Theirs != nil {
		theirs = e.Theirs.describe()
	}
	return fmt.Sprintf("this repository and %q have recorded different deployments to %q: the last one is %.12s (%s) here and %.12s (%s) there, and neither follows the other. "+
		`To continue from the one in %q, run "git update-ref -d %s" and plan again`,
		e.Remote, git.OneLine(e.Tenant, 100), e.Ours.Hash, e.Ours.describe(), e.TheirHash, theirs, e.Remote, e.Ref)
}

// RemoteError is a fetch or push that failed.
type RemoteError struct {
	// Op is "fetch" or "push".
	Op, Remote string
	// Reason says what is wrong, and Next what to do.
	Reason, Next string
	Err          error
}

// Error says what failed, why, and what to do.
func (e *RemoteError) Error() string {
	how := "fetch the deployment record from"
	if e.Op == "push" {
		how = "push the deployment record to"
	}
	return fmt.Sprintf("%s %q: %s; %s", how, e.Remote, e.Reason, e.Next)
}

// Unwrap returns the cause.
func (e *RemoteError) Unwrap() error { return e.Err }
