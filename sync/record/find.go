package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// NotFoundError says that no record goes by a name.
type NotFoundError struct {
	Tenant, Name, Reason string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no deployment to %q goes by %q: %s", plain(e.Tenant, 100), plain(e.Name, 80), e.Reason)
}

// shortestName is the fewest characters by which a record may be named, as in git.
const shortestName = 4

// Find gives the tenant's record that a name stands for: the start of its hash,
// or else of the revision that was deployed, whose last deployment it is then.
// The error is a *NotFoundError where there is none, or more than one.
func (s *Store) Find(ctx context.Context, tenant, name string) (*Deployment, error) {
	missing := func(reason string, args ...any) error {
		return &NotFoundError{Tenant: tenant, Name: name, Reason: fmt.Sprintf(reason, args...)}
	}
	if len(name) < shortestName || !hexName.MatchString(name) {
		return nil, missing("give at least %d characters of its hash, or of the revision's that was deployed; pdac history lists them", shortestName)
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
			return nil, missing("it isn't in this shallow clone, which holds %s; %s", newest(n), FetchAdvice(all[n-1].Ref))
		}
		return nil, missing("pdac history lists those that there are")
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
		return "the last deployment only"
	}
	return fmt.Sprintf("the last %d deployments only", n)
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
	const most = 4
	more := ""
	if len(hashes) > most {
		hashes, more = hashes[:most], " and others"
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

// Changes gives what a record has that the one before it hadn't, by path. For a
// tenant's first record that is everything. Where a shallow clone lacks the
// record before, the error is an *UnsupportedError.
func (s *Store) Changes(ctx context.Context, d Deployment) ([]FileChange, error) {
	if d.Cut {
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("the deployment before %.12s is not in this shallow clone, so what it changed can't be told", d.Hash),
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
	var out []FileChange
	for p, hash := range now {
		switch was, there := before[p]; {
		case !there:
			out = append(out, FileChange{p, git.Added})
		case was != hash:
			out = append(out, FileChange{p, git.Modified})
		}
	}
	for p := range before {
		if _, there := now[p]; !there {
			out = append(out, FileChange{p, git.Deleted})
		}
	}
	slices.SortFunc(out, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// FetchAdvice says how to get the records that a shallow clone lacks.
func FetchAdvice(ref string) string {
	return fmt.Sprintf(`run "git fetch --unshallow origin %s:%s" to have the older ones`, ref, ref)
}

// entries gives git's name of every file of a record, by path.
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
