package record

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// NotFoundError says that a name matches no record, or more than one.
type NotFoundError struct {
	Tenant, Name, Reason string
}

// Error names the tenant and the name, and the reason.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no deployment to %q matches %q: %s", git.OneLine(e.Tenant, 100), git.OneLine(e.Name, 80), e.Reason)
}

// minName is the fewest characters by which a record may be named, as in git.
const minName = 4

// Find returns the tenant's record whose hash starts with name; otherwise the last
// deployment of the revision that does. The error is a *NotFoundError if there is
// none, or more than one.
func (s *Store) Find(ctx context.Context, tenant, name string) (*Deployment, error) {
	missing := func(reason string, args ...any) error {
		return &NotFoundError{Tenant: tenant, Name: name, Reason: fmt.Sprintf(reason, args...)}
	}
	if len(name) < minName || !hexName.MatchString(name) {
		return nil, missing("use at least %d characters of its hash, or of the hash of the deployed revision; pdac history lists them", minName)
	}
	all, err := s.History(ctx, tenant, 0)
	if err != nil {
		return nil, err
	}
	byHash := matching(all, func(d Deployment) string { return d.Hash }, name)
	if len(byHash) == 1 {
		return &byHash[0], nil
	}
	if len(byHash) > 1 {
		return nil, missing("it is the start of %s; write more of the hash", listed(byHash, func(d Deployment) string { return d.Hash }))
	}
	byRevision := matching(all, func(d Deployment) string { return d.Revision }, name)
	if len(byRevision) == 0 {
		if n := len(all); n > 0 && all[n-1].Cut {
			return nil, missing("it is not in this shallow clone, which holds %s; %s", newest(n), FetchAdvice(all[n-1].Ref))
		}
		return nil, missing("pdac history lists all deployments")
	}
	commit := func(d Deployment) string { return strings.TrimSuffix(d.Revision, "-dirty") }
	for _, d := range byRevision {
		if commit(d) != commit(byRevision[0]) {
			return nil, missing("it is the start of several revisions: %s; write more of the hash", listed(byRevision, commit))
		}
	}
	return &byRevision[0], nil
}

func newest(n int) string {
	if n == 1 {
		return "only the last deployment"
	}
	return fmt.Sprintf("only the last %d deployments", n)
}

func matching(all []Deployment, of func(Deployment) string, start string) []Deployment {
	var out []Deployment
	for _, d := range all {
		if strings.HasPrefix(of(d), start) {
			out = append(out, d)
		}
	}
	return out
}

func listed(ds []Deployment, of func(Deployment) string) string {
	var hashes []string
	for _, d := range ds {
		if h := of(d); !slices.Contains(hashes, h) {
			hashes = append(hashes, h)
		}
	}
	const maxListed = 4
	more := ""
	if len(hashes) > maxListed {
		hashes, more = hashes[:maxListed], " and others"
	}
	for i, h := range hashes {
		hashes[i] = fmt.Sprintf("%.12s", h)
	}
	return strings.Join(hashes, ", ") + more
}

// FileChange is what a deployment did to one file of the record.
type FileChange struct {
	// Path starts at the content's root.
	Path string
	// Action is "added", "modified" or "deleted".
	Action git.ChangeKind
}

// Changes returns how a record differs from the previous one, by path. For a
// tenant's first record that is everything. If a shallow clone lacks the previous
// record, the error is an *UnsupportedError.
func (s *Store) Changes(ctx context.Context, d Deployment) ([]FileChange, error) {
	if d.Cut {
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("the deployment before %.12s is not in this shallow clone, so its changes are unknown", d.Hash),
			Next:    FetchAdvice(d.Ref),
		}
	}
	now, err := s.entries(ctx, d.Hash)
	if err != nil {
		return nil, err
	}
	before := map[string]string{}
	if d.Parent != "" {
		if before, err = s.entries(ctx, d.Parent); err != nil {
			return nil, err
		}
	}
	changes := git.Differences(before, now)
	var out []FileChange
	for _, p := range slices.Sorted(maps.Keys(changes)) {
		out = append(out, FileChange{p, changes[p]})
	}
	return out, nil
}

// FetchAdvice says how to fetch the records that a shallow clone lacks.
func FetchAdvice(ref string) string {
	return fmt.Sprintf(`run "git fetch --unshallow origin %s:%s" to fetch the older ones`, ref, ref)
}

// entries returns git's hash of every file of a record, by path.
func (s *Store) entries(ctx context.Context, hash string) (out map[string]string, err error) {
	t, err := s.Tree(ctx, Deployment{Hash: hash})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	list, err := t.Entries(ctx)
	if err != nil {
		return nil, err
	}
	out = make(map[string]string, len(list))
	for _, e := range list {
		out[e.Path] = e.Hash
	}
	return out, nil
}
