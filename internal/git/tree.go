// Package git reads and writes git repositories: their files, history, objects,
// refs and remotes.
//
// A repository's files can be read in the working tree, in any revision without
// checking it out, and as staged in the index. All three show the same: regular
// files and symbolic links below one folder, without hidden ones and without those
// of nested git repositories. Reading is bounded, and never leaves the folder.
//
// # Engines
//
// There are two ways to git's data: the go-git library and the git program. Reading
// uses go-git, which starts no process, and the program where go-git can't: SHA-256
// hashes, reftables, split and sparse indexes, unknown extensions, partial clones and
// borrowed objects. Writing, fetching, pushing and LastChanges use the program where
// there is one.
//
// Without the program there is no fetch and no push, and writing is less safe:
// go-git doesn't sync objects to disk before a ref names them, so a power failure
// can leave a ref that names a damaged commit (with the program, git's core.fsync
// applies); and every new object becomes a file of its own.
package git

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Entry is one file of a tree.
type Entry struct {
	// Path is slash-separated and starts at the tree's root.
	Path string
	// Size is in bytes, or -1 if it is unknown: for links, and for everything
	// that git stores.
	Size int64
	// Link says that it is a symbolic link. Read checks its target.
	Link bool
	// Hash is git's hash of the content (of the target's name for a link), or ""
	// if it is unknown.
	Hash string
	// Stamp identifies the state of a file on disk: while it is the same, so is the
	// content. It is "" if that can't be said, such as for a file that changed just
	// now, for a link, and for what git stores.
	Stamp string
}

// Kind is where a tree's files come from.
type Kind string

// The kinds of tree.
const (
	KindWorktree Kind = "worktree"
	KindCommit   Kind = "commit"
	KindIndex    Kind = "index"
)

// Revision says which state of the repository a tree shows.
type Revision struct {
	// Commit is the full hash of the commit shown; for the index it is the parent
	// of the next commit. It is "" for a working tree, where HeadHashes returns it,
	// without a git repository, and before the first commit.
	Commit string
	// Dirty says that the tree differs from Commit.
	Dirty bool
	// Ref is the revision as the caller named it.
	Ref  string
	Kind Kind
}

// Engine is a way to read git's own data.
type Engine int

const (
	// EngineAuto chooses for each task, as described at the package.
	EngineAuto Engine = iota
	// EngineLibrary never runs a program.
	EngineLibrary
	// EngineProgram asks the git program for everything.
	EngineProgram
)

// Options says how to use git. The zero value is right for most callers.
type Options struct {
	// Engine is the way to git's data.
	Engine Engine
	// Git is the git program's name on PATH, or its path. The default is "git".
	Git string
	// Env is the environment for the git program, in the form of os.Environ,
	// which is the default. Variables that point git at another repository are
	// ignored, except that Index uses a GIT_INDEX_FILE of this repository, which
	// git sets for its hooks.
	Env []string
	// MaxEntries is the maximum number of files and folders of a tree (1,000,000).
	MaxEntries int
	// MaxSilence is how long git may list or compare trees without writing anything (a minute).
	MaxSilence time.Duration
}

func (o Options) maxEntries() int { return cmp.Or(o.MaxEntries, maxEntries) }

// hidden reports whether any part of a path starts with a dot.
func hidden(path string) bool {
	return strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
}

// CheckPath returns a *PathError for what names no file below the root. The rules
// are the same for every kind of tree.
func CheckPath(path string) error {
	bad := func(reason string) error { return &PathError{Path: path, Reason: reason} }
	switch {
	case path == "":
		return bad("names no file; use a path below the repository's folder")
	case strings.ContainsRune(path, 0):
		return bad("contains a NUL character, which is not allowed in file names")
	case strings.HasPrefix(path, "/") || isWindowsAbsolute(path):
		return bad("is an absolute path; use a path relative to the repository's folder")
	}
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "..":
			return bad(`contains ".."; use a path below the repository's folder`)
		case "", ".":
			return bad(fmt.Sprintf("has the part %q, which names nothing; remove it", part))
		}
	}
	return nil
}

// isWindowsAbsolute finds drive letters and UNC paths on any system: a path that
// means something else elsewhere is refused everywhere.
func isWindowsAbsolute(path string) bool {
	if strings.HasPrefix(path, `\`) {
		return true
	}
	letter := len(path) > 2 && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
	return letter && path[1] == ':' && (path[2] == '/' || path[2] == '\\')
}
