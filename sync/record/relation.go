package record

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
)

// Relation is how the histories of two commits relate.
type Relation = git.Relation

// deepenings are the depths that Relate tries in a shallow clone, one after the
// other: most deployed revisions are close.
var deepenings = []int{50, 1_000, git.WholeHistory}

// Relate compares the histories of two commits. What the repository lacks for the
// answer is fetched from the remote, unless that is "": nothing else than commits,
// and no ref changes. If the answer is still unknown, the error says why that could
// not be fetched; it is nil without a remote.
func (s *Store) Relate(ctx context.Context, remote, ours, theirs string) (out Relation, err error) {
	err = s.with(ctx, func(r *git.Repository) (err error) {
		out, err = r.Relate(ctx, ours, theirs)
		return err
	})
	if err != nil || out.Known() || remote == "" {
		return out, damaged(err)
	}
	for _, deepen := range deepenings {
		before := out
		if fetchErr := s.fetchFor(ctx, remote, ours, theirs, deepen); fetchErr != nil {
			err = fetchErr
		}
		relateErr := s.with(ctx, func(r *git.Repository) (err error) {
			out, err = r.Relate(ctx, ours, theirs)
			return err
		})
		if relateErr != nil || out.Known() {
			return out, damaged(relateErr)
		}
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil && slices.Equal(before.Missing, out.Missing) && slices.Equal(before.Cut, out.Cut) {
			break // the next attempt would fail in the same way
		}
	}
	return out, err
}

// fetchFor fetches history for Relate.
func (s *Store) fetchFor(ctx context.Context, remote, ours, theirs string, deepen int) error {
	err := s.with(ctx, func(r *git.Repository) error {
		m, err := talkTo(ctx, r, remote)
		if err != nil {
			return err
		}
		edge, err := r.Edge(ctx, ours, theirs)
		if err != nil {
			return err
		}
		if len(edge) == 0 {
			deepen = 0
		}
		have, err := r.Commits(ctx, []string{ours, theirs})
		if err != nil {
			return err
		}
		var lacking []string
		for _, hash := range []string{ours, theirs} {
			if _, ok := have[hash]; !ok {
				lacking = append(lacking, hash)
			}
		}
		if err = m.FetchCommits(ctx, deepen, slices.Concat(edge, lacking)...); err == nil || len(edge) == 0 {
			return err
		}
		// The remote may not have the deployed commit, and still the rest. Old servers
		// send only what a ref names.
		for _, rest := range [][]string{edge, {"HEAD"}} {
			if len(lacking) > 0 || rest[0] == "HEAD" {
				if m.FetchCommits(ctx, deepen, rest...) == nil {
					break
				}
			}
		}
		return err
	})
	return remoteError("fetch", remote, err)
}

// Lacks reports whether an error of Relate says that the remote does not have a
// commit, or does not send it.
func Lacks(err error) bool {
	var failed *RemoteError
	if !errors.As(err, &failed) {
		return false
	}
	// The words of git's upload-pack, in its versions.
	return strings.Contains(failed.Reason, "not our ref") || strings.Contains(failed.Reason, "unadvertised object")
}

// Touching returns those of some commits, each an ancestor of the first or the first
// itself, that changed one of some paths from the content's root.
func (s *Store) Touching(ctx context.Context, commits, paths []string) (out []string, err error) {
	err = s.with(ctx, func(r *git.Repository) (err error) {
		out, err = r.Touching(ctx, commits, paths)
		return err
	})
	return out, damaged(err)
}

// Commit is what identifies the work of a commit even where it was rebased.
type Commit struct {
	Author, Mail, Subject string
	Authored, Committed   time.Time
	Parents               []string
}

// Commits reads commits by their full hashes, and ignores those that the repository
// lacks.
func (s *Store) Commits(ctx context.Context, hashes []string) (map[string]Commit, error) {
	out := map[string]Commit{}
	err := s.with(ctx, func(r *git.Repository) error {
		found, err := r.Commits(ctx, hashes)
		for hash, c := range found {
			out[hash] = Commit{Author: c.Author, Mail: c.Mail, Subject: c.Subject, Authored: c.Time, Committed: c.Committed, Parents: c.Parents}
		}
		return err
	})
	return out, err
}
