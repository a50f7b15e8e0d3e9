package record

import (
	"context"
	"errors"
	"fmt"
)

// engine reads and writes git's own data. It is safe for concurrent use.
type engine interface {
	// ref gives the commit that a ref names, or "".
	ref(ctx context.Context, name string) (string, error)
	// walk gives a commit and those before it, the newest first, to visit until
	// that is content. It stops at the commits of edge.
	walk(ctx context.Context, hash string, edge map[string]bool, limit int, visit func(rawCommit) (more bool, err error)) error
	// missing gives those of some objects that aren't stored here.
	missing(ctx context.Context, hashes []string) (map[string]bool, error)
	// store writes objects that aren't there yet, those that others name first.
	// They are on disk when it returns.
	store(ctx context.Context, objects []object) error
	// move sets a ref to a commit if it still names old ("" if it isn't there
	// yet); else the error is errMoved.
	move(ctx context.Context, name, commit, old string) error
}

var (
	// errMoved is a ref that doesn't name what it was expected to.
	errMoved = errors.New("the ref has moved")
	// errNoObject is an object that should be there and isn't.
	errNoObject = errors.New("object not found")
)

// fewObjects is how many new objects become files of their own; more become a
// pack. It is git's own limit for what it fetches.
const fewObjects = 100

// damaged explains an object that isn't where it should be.
func damaged(err error) error {
	if !errors.Is(err, errNoObject) {
		return err
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("the record of deployments is damaged (%v)", err),
		Next:    `run "git fsck" to see what is missing, or fetch the record again`,
		Err:     err,
	}
}

func notDirect(name string) error {
	return &UnsupportedError{
		Feature: name + " names no commit, but another ref or nothing at all",
		Next:    fmt.Sprintf(`delete it with "git update-ref --no-deref -d %s", and plan again`, name),
	}
}
