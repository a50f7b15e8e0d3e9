// Package tree gives a read-only view of a repository's files: as they lie in
// the working tree, as they are in any git revision with nothing checked out,
// or as they are staged in the git index.
//
// All three show the same: regular files and symbolic links below one folder,
// without hidden ones and without what belongs to a nested git repository.
// Reading is bounded, and never leaves the folder.
package git

import (
	"fmt"
	"strings"
)

// Entry is one file of a tree.
type Entry struct {
	// Path is slash-separated and starts at the tree's root.
	Path string
	// Size is in bytes, or -1 where only reading would tell: for links, and
	// for everything that git stores.
	Size int64
	// Link says that it is a symbolic link. Its target may be anything; Read
	// tells.
	Link bool
	// Hash is git's name of the content (of the target's name for a link), or
	// "" where it isn't known.
	Hash string
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
	// Commit is the full hash of the commit shown. For the index it is the
	// commit that the next one will follow; for a working tree it is left to
	// HeadHashes. It is "" without a git repository, or before the first commit.
	Commit string
	// Dirty says that the tree differs from Commit.
	Dirty bool
	// Ref is the revision in the words of whoever asked for it.
	Ref  string
	Kind Kind
}

// Engine is a way to read git's own data.
type Engine int

const (
	// EngineAuto reads with go-git, and asks the git program for what go-git
	// can't do.
	EngineAuto Engine = iota
	// EngineLibrary never runs a program.
	EngineLibrary
	// EngineProgram asks the git program for everything.
	EngineProgram
)

// Options says how git is asked. The zero value is right for most callers.
type Options struct {
	// Engine chooses the way; the default chooses by itself.
	Engine Engine
	// Git is the git program's name on PATH, or its path. The default is "git".
	Git string
	// Env is the environment for the git program, in the form of os.Environ,
	// which is the default. Variables that point git at another repository are
	// left out; GIT_INDEX_FILE counts for Index when it is one of this repository,
	// as git sets it for its hooks.
	Env []string
}

// hidden tells whether any part of a path starts with a dot.
func hidden(path string) bool {
	return strings.HasPrefix(path, ".") || strings.Contains(path, "/.")
}

// checkPath refuses what names no file below the root. The rules are the same
// for every kind of tree, so that a path that works in one works in all.
func checkPath(path string) error {
	bad := func(reason string) error { return &PathError{Path: path, Reason: reason} }
	switch {
	case path == "":
		return bad("names no file; give a path below the repository's folder")
	case strings.ContainsRune(path, 0):
		return bad("holds a NUL character, which no file name can")
	case strings.HasPrefix(path, "/") || isWindowsAbsolute(path):
		return bad("is an absolute path; give it relative to the repository's folder")
	}
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "..":
			return bad(`leads upwards with ".."; give a path below the repository's folder`)
		case "", ".":
			return bad(fmt.Sprintf("has a part %q that names nothing; leave it out", part))
		}
	}
	return nil
}

// isWindowsAbsolute finds drive letters and UNC paths on any system: a path
// that means something else elsewhere is better refused everywhere.
func isWindowsAbsolute(path string) bool {
	if strings.HasPrefix(path, `\`) {
		return true
	}
	letter := len(path) > 2 && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
	return letter && path[1] == ':' && (path[2] == '/' || path[2] == '\\')
}
