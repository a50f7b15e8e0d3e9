package deploy

import (
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// maxAncestors is the maximum number of commits to search for a revision. The
// deployed revision is usually near the one before it.
const maxAncestors = 5_000

// behind warns if the last deployment was made from newer work than the planned
// revision, for example on a branch that lacks later merges: its older content
// looks like a committed change. The plan works without this, so nothing is
// reported if the history can't answer.
func (s *Session) behind(ctx context.Context, p *sync.Plan, src Source) {
	if s.store == nil || s.last == nil || s.o.Base != "" || src.Record != nil || s.repo.Revision.Commit == "" {
		return
	}
	base, dirty := strings.CutSuffix(s.last.Revision, "-dirty")
	if base == "" {
		return
	}
	if !dirty {
		has, cut, err := s.store.Ancestors(ctx, s.repo.Revision.Commit, []string{base}, maxAncestors)
		if err != nil || has[base] || cut {
			return
		}
	}
	commits := map[string][]string{}
	var all, names []string
	for _, c := range p.Changes {
		key := c.Key().String()
		switch {
		case c.Cause == "" || c.Cause == sync.CauseDrift || c.Cause == sync.CauseAdopt:
		case slices.ContainsFunc(c.Commits, func(by sync.Commit) bool { return by.Uncommitted && !by.TakenBack }):
		case len(c.Commits) > 0:
			commits[key] = nil // what was deployed without a commit is in no history
			for _, by := range c.Commits {
				if !by.TakenBack {
					commits[key] = append(commits[key], by.Hash)
				}
			}
			all = append(all, commits[key]...)
		case c.Action == sync.Delete && !c.Moved && !dirty:
			commits[key] = nil // it was never in this history
		}
	}
	had := map[string]bool{}
	if len(all) > 0 {
		var err error
		if had, _, err = s.store.Ancestors(ctx, base, all, maxAncestors); err != nil {
			return
		}
	}
	for _, c := range p.Changes {
		by, looked := commits[c.Key().String()]
		if looked && !slices.ContainsFunc(by, func(hash string) bool { return !had[hash] }) {
			names = append(names, c.Key().String())
		}
	}
	if len(names) == 0 {
		return
	}
	severity := repo.SeverityWarning
	if src.Ref != "" {
		severity = repo.SeverityInfo // an older revision is probably intended
	}
	s.note(severity, "the last deployment, made from revision %s, has newer changes to %s than this revision, and the plan undoes them; merge them first, unless that is intended",
		short(s.last.Revision), few(names))
}

// short abbreviates a revision and keeps -dirty.
func short(revision string) string {
	hash, dirty := strings.CutSuffix(revision, "-dirty")
	hash = hash[:min(12, len(hash))]
	if dirty {
		hash += "-dirty"
	}
	return hash
}

// few joins the first names of a list.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and others"
}
