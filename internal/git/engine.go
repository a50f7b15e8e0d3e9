package git

import (
	"context"
	"errors"
)

// fileObject is a file that git stores.
type fileObject struct {
	// path is relative to the tree's root.
	path string
	hash string
	link bool
	// nested says that it is no file but a submodule.
	nested bool
}

// engine reads git's own data, all of it below the tree's root and none of it
// hidden. It is safe for concurrent use.
type engine interface {
	// resolve finds the full hash of the commit that a revision stands for.
	resolve(ctx context.Context, rev string) (string, error)
	// head gives HEAD's commit, or "" before the first one.
	head(ctx context.Context) (string, error)
	// files lists what a commit holds.
	files(ctx context.Context, commit string) ([]fileObject, error)
	// staged lists what the index holds, without what is only to be added
	// later ("git add -N").
	staged(ctx context.Context) ([]fileObject, error)
	// skipped lists what the index holds and a sparse checkout leaves out of
	// the working tree.
	skipped(ctx context.Context) ([]fileObject, error)
	// blob reads a file's content. A SizeError names no path.
	blob(ctx context.Context, hash string, limit int64) ([]byte, error)
	// lend gives a way to read whole objects of any kind, for one goroutine.
	lend(ctx context.Context, use func(getObject) error) error
	close() error
}

var (
	// errNoObject is an object that the repository should have and hasn't.
	errNoObject = errors.New("object not found")
	// errNoFolder is a tree's root that a commit doesn't have.
	errNoFolder = errors.New("no such folder")
	// errNoProgram says that a library can't, and there is no git program.
	errNoProgram = errors.New("the git program was not found")
)

// final tells whether asking another engine is no use.
func final(ctx context.Context, err error) bool {
	var size *SizeError
	var conflict *ConflictError
	return ctx.Err() != nil || errors.Is(err, errNoFolder) || errors.As(err, &size) || errors.As(err, &conflict)
}
