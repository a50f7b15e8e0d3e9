package lint

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pdac-dev/pdac/repo"
)

// State names the state of a repository to lint, and the one to compare it with.
// The zero State is the working tree as a whole. At most one field may be set.
type State struct {
	// Ref is a git revision to lint.
	Ref string
	// Staged lints the git index, compared with the last commit.
	Staged bool
	// ChangedSince is a git revision to compare the working tree with.
	ChangedSince string
}

// Open opens a state of the repository in a folder. Close the Input after use.
func Open(ctx context.Context, dir string, s State) (in Input, err error) {
	set := 0
	for _, is := range []bool{s.Ref != "", s.Staged, s.ChangedSince != ""} {
		if is {
			set++
		}
	}
	if set > 1 {
		return Input{}, errors.New("only one of Ref, Staged and ChangedSince can be set")
	}
	defer func() {
		if err != nil {
			in.Close()
			in = Input{}
		}
	}()
	switch {
	case s.Ref != "":
		in.Tree, err = repo.OpenCommit(ctx, dir, s.Ref)
	case s.Staged:
		var index, parent repo.TreeCloser
		if index, parent, err = repo.OpenIndexAndParent(ctx, dir); err == nil {
			in.Tree, in.Before = index, parent // before the first commit everything is new
		}
	default:
		if in.Tree, err = repo.OpenWorktree(ctx, dir); err != nil || s.ChangedSince == "" {
			return in, err
		}
		if in.Before, err = repo.OpenCommit(ctx, dir, s.ChangedSince); err != nil {
			err = fmt.Errorf("open the revision to compare with: %w", err)
		}
	}
	return in, err
}

// Close closes the trees of an Input that Open returned.
func (in Input) Close() error {
	var errs []error
	for _, t := range []repo.Tree{in.Tree, in.Before} {
		if c, ok := t.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}
