package git

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// PathError is a path that can't be read. It unwraps to fs.ErrNotExist where
// there is no such file.
type PathError struct {
	// Path is as it was given.
	Path string
	// Reason says what is wrong with it, and what to do.
	Reason string
	Err    error
}

func (e *PathError) Error() string { return fmt.Sprintf("%q %s", e.Path, e.Reason) }
func (e *PathError) Unwrap() error { return e.Err }

// LinkError is a symbolic link whose target can't be read as content.
type LinkError struct {
	// Path is the link, and Target its target; in a chain of links it is the
	// target of the last one.
	Path, Target string
	// Reason says what is wrong with the target.
	Reason string
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("%q is a link to %q, which %s; replace the link with the file itself", e.Path, e.Target, e.Reason)
}

// SizeError is a file that is larger than the caller allows. Sizes are in bytes.
type SizeError struct {
	Path        string
	Size, Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%q has %d bytes, more than the limit of %d; make it smaller, or raise the limit", e.Path, e.Size, e.Limit)
}

// ConflictError is an index with unresolved conflicts.
type ConflictError struct {
	// Paths are the files in conflict, sorted, relative to the tree's root.
	Paths []string
}

func (e *ConflictError) Error() string {
	more := ""
	if n := len(e.Paths) - 1; n == 1 {
		more = " (and 1 more file)"
	} else if n > 1 {
		more = fmt.Sprintf(" (and %d more files)", n)
	}
	return fmt.Sprintf(`the git index has an unresolved conflict in %q%s; resolve it and run "git add", then try again`, e.Paths[0], more)
}

// NotRepositoryError says that a folder is in no git repository.
type NotRepositoryError struct {
	// Root is the folder as it was given.
	Root string
	// Want is what can't be read without one.
	Want string
}

func (e *NotRepositoryError) Error() string {
	return fmt.Sprintf(`%q is not in a git repository, which is needed to read %s; read the working tree instead, or run "git init" and commit the files`, e.Root, e.Want)
}

// RevisionError is a revision that can't be found.
type RevisionError struct {
	// Rev is as it was given.
	Rev string
	// Reason says what is wrong with it, and what to do.
	Reason string
	// Shallow says that the repository is a shallow clone, so the revision may
	// exist in the repository that it was cloned from.
	Shallow bool
	// unknown says that nothing of that name was found.
	unknown bool
	// noFolder says that the commit does not have the folder.
	noFolder bool
}

// Is reports whether the target is fs.ErrNotExist and the commit lacks the folder.
func (e *RevisionError) Is(target error) bool { return e.noFolder && target == fs.ErrNotExist }

func (e *RevisionError) Error() string { return fmt.Sprintf("revision %q %s", e.Rev, e.Reason) }

// noSuchRevision is the error of an engine that found nothing.
func noSuchRevision(rev string) error {
	return &RevisionError{Rev: rev, Reason: "is not a branch, tag or commit of this repository", unknown: true}
}

// UnsupportedError is a repository that can't be read or written as it is.
type UnsupportedError struct {
	// Feature is what prevents it.
	Feature string
	// Next is what to do about it.
	Next string
	Err  error
}

func (e *UnsupportedError) Error() string { return e.Feature + "; " + e.Next }
func (e *UnsupportedError) Unwrap() error { return e.Err }

// LockedError says that another process has locked a ref, or died while holding
// the lock.
type LockedError struct {
	Ref string
	// File is the lock.
	File string
	Err  error
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is locked by another git or pdac process; try again, or delete %s if none is running", e.Ref, e.File)
}
func (e *LockedError) Unwrap() error { return e.Err }

var (
	// ErrRefMoved is a ref that doesn't name the commit that it was expected to.
	ErrRefMoved = errors.New("the ref has moved")
	// ErrNoObject is an object that the repository lacks.
	ErrNoObject = errors.New("object not found")

	// errNoFolder is a tree's root that a commit doesn't have.
	errNoFolder = errors.New("no such folder")
	// errNoProgram says that go-git can't, and there is no git program.
	errNoProgram = errors.New("git was not found on PATH")
)

// conflict returns the error for paths in conflict, or nil if there are none.
func conflict(paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	slices.Sort(paths)
	return &ConflictError{Paths: slices.Compact(paths)}
}

// notDirect is the error for a ref that names another ref.
func notDirect(name string) error {
	return &UnsupportedError{
		Feature: name + " names another ref or nothing at all, not a commit",
		Next:    fmt.Sprintf(`delete it with "git update-ref --no-deref -d %s"`, name),
	}
}

// damagedRef is the error for a ref whose file was written only in part.
func damagedRef(name string) error {
	return &UnsupportedError{
		Feature: fmt.Sprintf("the ref %s is damaged: it names no commit", name),
		Next:    fmt.Sprintf(`delete the file %s in git's folder, then fetch the ref again, or find its commit with "git fsck --unreachable" and set it with "git update-ref"`, name),
	}
}
