package git

import "fmt"

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
	// Path is the link, and Target what it says; in a chain of links it is what
	// the last of them says.
	Path, Target string
	// Reason says what is wrong with the target.
	Reason string
}

func (e *LinkError) Error() string {
	return fmt.Sprintf("%q is a link to %q, which %s; put the file itself there instead of the link", e.Path, e.Target, e.Reason)
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

// NotRepositoryError says that there is no git repository to read from.
type NotRepositoryError struct {
	// Root is the folder as it was given.
	Root string
	// Want is what was to be read from git.
	Want string
}

func (e *NotRepositoryError) Error() string {
	return fmt.Sprintf(`%q is not in a git repository, so %s can't be read from it; read the files as they are instead, or run "git init" and commit them`, e.Root, e.Want)
}

// RevisionError is a revision that can't be found.
type RevisionError struct {
	// Rev is as it was given.
	Rev string
	// Reason says what is wrong with it, and what to do.
	Reason string
	// Shallow says that the repository is a shallow clone, so that the revision
	// may well exist where it was cloned from.
	Shallow bool
	// unknown says that nothing of that name was found.
	unknown bool
}

func (e *RevisionError) Error() string { return fmt.Sprintf("revision %q %s", e.Rev, e.Reason) }

// noSuchRevision is the error of an engine that finds nothing.
func noSuchRevision(rev string) error {
	return &RevisionError{Rev: rev, Reason: "is no branch, tag or commit of this repository", unknown: true}
}

// UnsupportedError is a repository that pdac can't read as things are.
type UnsupportedError struct {
	// Feature is what stands in the way.
	Feature string
	// Next is what to do about it.
	Next string
	Err  error
}

func (e *UnsupportedError) Error() string { return e.Feature + "; " + e.Next }
func (e *UnsupportedError) Unwrap() error { return e.Err }

// programError is a run of the git program that failed.
type programError struct {
	command string
	message string
	// said is all that git wrote.
	said string
	err  error
}

func (e *programError) Error() string {
	return fmt.Sprintf("git %s: %s", e.command, e.message)
}
func (e *programError) Unwrap() error { return e.err }
