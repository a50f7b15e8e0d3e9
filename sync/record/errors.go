package record

import (
	"fmt"
)

// NotRepositoryError says that there is no git repository to remember in.
type NotRepositoryError struct {
	// Root is the folder as it was given.
	Root string
}

func (e *NotRepositoryError) Error() string {
	return fmt.Sprintf(`%q is not in a git repository, so what is deployed can't be remembered; run "git init" there to have it remembered`, e.Root)
}

// UnsupportedError is a repository that can't be read or written as things are.
type UnsupportedError struct {
	// Feature is what stands in the way, and Next what to do about it.
	Feature, Next string
	Err           error
}

func (e *UnsupportedError) Error() string { return e.Feature + "; " + e.Next }
func (e *UnsupportedError) Unwrap() error { return e.Err }

// PathError is a file that can't be recorded under its path.
type PathError struct{ Path, Reason string }

func (e *PathError) Error() string {
	return fmt.Sprintf("%q can't be recorded: it %s", e.Path, e.Reason)
}

// FormatError is a commit on a record's ref that can't be read as a record.
type FormatError struct {
	Ref, Hash, Reason string
	// Newer says that a newer pdac can read it.
	Newer bool
}

func (e *FormatError) Error() string {
	next := fmt.Sprintf(`look at it with "git show %.12s", and move the ref with "git update-ref %s COMMIT" to a commit that is a record`, e.Hash, e.Ref)
	if e.Newer {
		next = "update pdac"
	}
	return fmt.Sprintf("commit %.12s on %s %s; %s", e.Hash, e.Ref, e.Reason, next)
}

// LockedError says that another process holds the ref, or died while it did.
type LockedError struct {
	Ref string
	// File is the lock.
	File string
	Err  error
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is locked by another git or pdac; try again, or delete %s if none is running", e.Ref, e.File)
}
func (e *LockedError) Unwrap() error { return e.Err }

// RaceError says that somebody else recorded a deployment first. Nothing of it
// was overwritten.
type RaceError struct {
	Tenant, Ref string
	// Remote is where the race was lost; "" for this repository.
	Remote string
	// Expected is the record that this one was to follow, "" for none; in a push
	// it is the record that was to be pushed. Found is what is there, "" for none.
	Expected, Found string
	// Ours is the record that couldn't be pushed; nil when Write lost.
	Ours *Deployment
	// Theirs is the record that was faster, nil where it can't be read.
	Theirs *Deployment
}

func (e *RaceError) Error() string {
	theirs := "by somebody unknown"
	if e.Theirs != nil {
		theirs = e.Theirs.describe()
	}
	if e.Remote != "" {
		return fmt.Sprintf("another deployment to %q reached %q first: %.12s (%s) is the last record there, and ours is %.12s. Nothing was overwritten there; "+
			`what this run did to Panther stands. To go on from their record, run "git update-ref -d %s" and plan again`,
			plain(e.Tenant, 100), e.Remote, e.Found, theirs, e.Expected, e.Ref)
	}
	switch {
	case e.Found == "":
		return fmt.Sprintf("the record of deployments to %q is gone: it was to follow %.12s, but %s is no more; plan again", plain(e.Tenant, 100), e.Expected, e.Ref)
	case e.Expected == "":
		return fmt.Sprintf("another deployment to %q was recorded meanwhile: there was none, and now there is %.12s (%s); plan again", plain(e.Tenant, 100), e.Found, theirs)
	}
	return fmt.Sprintf("another deployment to %q was recorded meanwhile: the last one was %.12s, and now it is %.12s (%s); plan again", plain(e.Tenant, 100), e.Expected, e.Found, theirs)
}

// DivergedError says that this repository and a remote remember different
// deployments, neither of which follows the other.
type DivergedError struct {
	Tenant, Ref, Remote string
	// Ours is the last record here, and Theirs the last one there. Theirs is nil
	// where it can't be read; its hash is TheirHash.
	Ours, Theirs *Deployment
	TheirHash    string
}

func (e *DivergedError) Error() string {
	theirs := "by somebody unknown"
	if e.Theirs != nil {
		theirs = e.Theirs.describe()
	}
	return fmt.Sprintf("this repository and %q remember different deployments to %q: here the last one is %.12s (%s), there %.12s (%s), and neither follows the other. "+
		`To go on from the one on %q, run "git update-ref -d %s" and plan again`,
		e.Remote, plain(e.Tenant, 100), e.Ours.Hash, e.Ours.describe(), e.TheirHash, theirs, e.Remote, e.Ref)
}

// RemoteError is a fetch or push that failed.
type RemoteError struct {
	// Op is "fetch" or "push".
	Op, Remote string
	// Reason says what is wrong, and Next what to do.
	Reason, Next string
	Err          error
}

func (e *RemoteError) Error() string {
	how := "fetch the record of deployments from"
	if e.Op == "push" {
		how = "push the record of deployments to"
	}
	return fmt.Sprintf("%s %q: %s; %s", how, e.Remote, e.Reason, e.Next)
}
func (e *RemoteError) Unwrap() error { return e.Err }
