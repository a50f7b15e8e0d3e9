package git

import (
	"context"
	"errors"
)

// Head returns the commit that is checked out in a folder, or "" before the first
// one, and where there is no git repository.
func Head(ctx context.Context, dir string, o Options) (string, error) {
	r, err := Open(ctx, dir, o)
	var none *NotRepositoryError
	if errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	commit, err := r.head(ctx)
	return commit, errors.Join(err, r.Close())
}
