package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// fetch brings in, once and in one go, what a partial clone lacks of the tree.
// Left to itself git would ask the server for every file separately.
func (r *repository) fetch(ctx context.Context) error {
	r.fetching.Lock()
	defer r.fetching.Unlock()
	if r.fetched {
		return r.fetchErr
	}
	err := r.fetchMissing(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.fetched, r.fetchErr = true, err
	return err
}

func (r *repository) fetchMissing(ctx context.Context) error {
	hashes, err := r.lib.missing(ctx, r.wanted)
	if err != nil || len(hashes) == 0 {
		return err
	}
	remote := r.config.promisor
	// These are the options with which git itself fetches for partial clones.
	_, err = r.prog.run(ctx, nil, strings.Join(hashes, "\n")+"\n", "fetch", "--quiet", "--no-tags",
		"--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin", "--", remote)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 129 {
		return nil // an old git, which doesn't know the options: it fetches one by one
	}
	if err != nil {
		files := "1 file"
		if len(hashes) != 1 {
			files = fmt.Sprintf("%d files", len(hashes))
		}
		return &UnsupportedError{
			Feature: fmt.Sprintf("the repository is a partial clone that lacks the content of %s, and fetching it from %q failed (%v)", files, remote, err),
			Next:    "check the connection and try again, or clone without --filter",
			Err:     err,
		}
	}
	return r.lib.refresh()
}
