package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// fetchWanted fetches, once and together, what a partial clone lacks of the tree.
// Without it git would ask the server for every file separately.
func (r *Repository) fetchWanted(ctx context.Context) error {
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

func (r *Repository) fetchMissing(ctx context.Context) error {
	hashes, err := r.prog.missing(ctx, r.wanted)
	if err != nil || len(hashes) == 0 {
		return err
	}
	remote := r.config.promisor
	// These are the options with which git itself fetches for partial clones.
	_, err = r.prog.run(ctx, nil, strings.NewReader(strings.Join(hashes, "\n")+"\n"), "-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet",
		"--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin", "--", remote)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 129 {
		return nil // an old git, which doesn't know the options: it fetches one by one
	}
	if err != nil {
		return &UnsupportedError{
			Feature: fmt.Sprintf("this is a partial clone that lacks %s, and fetching from %q failed (%v)", countFiles(len(hashes)), remote, err),
			Next:    "check the connection and try again, or clone without --filter",
			Err:     err,
		}
	}
	return nil
}

func countFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
