package deploy

import (
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// maxAncestors bounds how far back is looked for a revision. What is deployed
// lies near the revision before it.
const maxAncestors = 5_000

// behind warns where the last deployment was made from newer work than what is
// planned holds, as on a branch that lacks what was merged since: its older
// content looks like a change that somebody committed. A plan is as good without,
// so nothing is said where the history can't tell.
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
		case slices.ContainsFunc(c.Commits, func(by sync.Commit) bool { return by.Uncommitted }):
		case len(c.Commits) > 0:
			for _, by := range c.Commits {
				commits[key] = append(commits[key], by.Hash)
			}
			all = append(all, commits[key]...)
		case c.Action == sync.Delete && !c.Moved && !dirty:
			commits[key] = nil // this history never had it
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
		severity = repo.SeverityInfo // an older revision is likely what is wanted
	}
	s.note(severity, "the last deployment, made from revision %s, has newer work on %s than this revision, and the plan takes it back; merge it first, unless that is meant",
		short(s.last.Revision), few(names))
}

// short writes a revision as people do, with -dirty where it was.
func short(revision string) string {
	hash, dirty := strings.CutSuffix(revision, "-dirty")
	hash = hash[:min(12, len(hash))]
	if dirty {
		hash += "-dirty"
	}
	return hash
}

// few lists the first of many.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and others"
}
