package deploy

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// maxCommits is the maximum number of commits to search for who changed a file, and
// maxFileBytes the maximum size of its older versions.
const (
	maxCommits   = 50_000
	maxFileBytes = 5 << 20
)

// attribute finds the commits of the changes in the plan, field by field. The plan
// works without them, so a failure is only reported.
func (s *Session) attribute(ctx context.Context, p *sync.Plan, src Source) {
	if p.Base == nil || src.Record != nil {
		return
	}
	a := &attribution{Session: s, plan: p, sql: map[string]string{}}
	asked := p.Asked(a.files())
	if len(asked) == 0 {
		return
	}
	start := s.o.Now()
	found, err := a.find(ctx, asked)
	if err != nil {
		s.note(repo.SeverityInfo, "cannot determine who committed the changes: %v", err)
		return
	}
	p.Attribute(asked, found)
	if a.cut {
		s.note(repo.SeverityInfo, "the history of this shallow clone is cut, so the plan does not name the commits of all changes; use fetch-depth: 0 in CI, or run git fetch --unshallow")
	}
	s.o.Log.Debug("found who committed the changes", "values", len(asked), "took", s.o.Now().Sub(start))
}

// attribution looks for the commits of one plan.
type attribution struct {
	*Session
	plan *sync.Plan
	// sql has the key of the deployed SQL of each spec with several.
	sql map[string]string
	// cut reports that a shallow clone lacks commits.
	cut bool
}

// files returns a function that returns the files of a change.
func (a *attribution) files() func(sync.Change) sync.Files {
	type entity struct{ now, was *repo.Item }
	items, specs := map[panther.Key]entity{}, map[string]*repo.Item{}
	add := func(r *repo.Repo, set func(*entity, *repo.Item)) {
		for _, it := range r.Items {
			for _, key := range append(it.Key().Siblings(), it.Key()) {
				if e := items[key]; key == it.Key() || e == (entity{}) {
					set(&e, it)
					items[key] = e
				}
			}
			if it.SQLKey != "" {
				a.sql[it.Path] = it.SQLKey
			}
		}
	}
	if a.base != nil {
		add(a.base.Repo, func(e *entity, it *repo.Item) { e.was = it })
	}
	add(a.repo, func(e *entity, it *repo.Item) { e.now = it })
	for _, it := range a.repo.Items {
		specs[it.Path] = it
	}
	return func(c sync.Change) sync.Files {
		e := items[c.Key()]
		var out sync.Files
		if e.now != nil {
			out.Body = e.now.BodyPath
		}
		if e.was != nil && !a.elsewhere() {
			out.Spec, out.WasBody = e.was.Path, e.was.BodyPath
		}
		out.Text = string(a.repo.Sources[c.Path])
		if it := specs[c.Path]; it != nil {
			out.Identity, out.Status = it.Type.IDKey()+"/"+it.ID, it.Status
		}
		return out
	}
}

// elsewhere reports whether the deployment was made from another folder, so that its
// paths mean other files.
func (a *attribution) elsewhere() bool {
	return a.store == nil || a.base.Info.Record != "" && a.base.Info.Root != a.store.Root()
}

// find returns the commits of each value.
func (a *attribution) find(ctx context.Context, asked []sync.Asked) ([][]sync.Commit, error) {
	out := make([][]sync.Commit, len(asked))
	parts := make([]git.Part, len(asked))
	var open []int
	answered := map[int]bool{}
	head, err := a.head(ctx, asked)
	if err != nil {
		return nil, err
	}
	for i, q := range asked {
		parts[i] = git.Part{Path: q.Path, Name: q.Name, Identity: q.Identity, Now: q.Now, Was: q.Was, Whole: q.Whole, Renamed: q.OldPath != ""}
		if a.uncommitted(q.Path) {
			committed := ""
			for _, at := range []string{q.Path, q.OldPath} {
				if have, there := head[at]; there && have[q.Name] == q.Now && committed == "" {
					committed = at
				}
			}
			if _, there := head[q.Path]; committed == "" && (there || q.Now != "") {
				out[i] = []sync.Commit{{Uncommitted: true}}
				answered[q.Change] = true
				continue
			}
			if committed != "" {
				parts[i].Path = committed
			}
		}
		open = append(open, i)
	}
	groups := a.groups(asked, open)
	for _, from := range slices.Sorted(maps.Keys(groups)) {
		if err := a.search(ctx, asked, parts, from, groups[from], answered, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxGroups is the maximum number of revisions after which commits are looked for.
const maxGroups = 8

// groups groups values by the revision that their deployed entity is from. Rare
// revisions count as that of the record.
func (a *attribution) groups(asked []sync.Asked, open []int) map[string][]int {
	by := map[string][]int{}
	for _, i := range open {
		from := a.plan.Base.Revision
		if a.plan.Base.Record != "" {
			from = cmp.Or(a.base.Origin(asked[i].Key()), from)
		}
		by[from] = append(by[from], i)
	}
	if len(by) <= maxGroups {
		return by
	}
	names := slices.SortedFunc(maps.Keys(by), func(x, y string) int { return cmp.Or(len(by[y])-len(by[x]), strings.Compare(x, y)) })
	for _, from := range names[maxGroups-1:] {
		if rest := by[from]; from != a.plan.Base.Revision {
			delete(by, from)
			by[a.plan.Base.Revision] = append(by[a.plan.Base.Revision], rest...)
		}
	}
	return by
}

// search looks for the commits of values after a revision.
func (a *attribution) search(ctx context.Context, asked []sync.Asked, parts []git.Part, from string, open []int, answered map[int]bool, out [][]sync.Commit) error {
	since, dirty := strings.CutSuffix(from, "-dirty")
	if known, err := git.Describe(ctx, a.o.Root, []string{since}, a.o.Git); err != nil {
		return err
	} else if _, here := known[since]; !here {
		since = "" // it is not in this clone
	}
	o := git.OriginsOptions{Revision: a.revision(), Since: since, MaxCommits: maxCommits, MaxFileBytes: maxFileBytes, Split: a.split, Was: a.deployed()}
	origins, err := git.Origins(ctx, a.o.Root, pick(parts, open), o, a.o.Git)
	if err != nil {
		return err
	}
	for n, i := range open {
		answered[asked[i].Change] = answered[asked[i].Change] || len(origins[n].Commits) > 0 || origins[n].Cut != git.NotCut
	}
	var older []int
	for n, i := range open {
		switch {
		case len(origins[n].Commits) == 0 && (asked[i].Recent || asked[i].Last && answered[asked[i].Change]):
			a.cut = a.cut || origins[n].Cut == git.CutShallow
		case len(origins[n].Commits) == 0 && dirty && origins[n].Reached:
			out[i] = []sync.Commit{{Uncommitted: true, TakenBack: true}}
		case len(origins[n].Commits) == 0 && origins[n].Cut == git.NotCut && since != "":
			// The value is older than the deployment, which was made from another
			// branch or a newer revision.
			parts[i].Whole = false
			older = append(older, i)
		default:
			out[i] = a.commits(origins[n])
		}
	}
	if len(older) == 0 {
		return nil
	}
	o.Since = ""
	if origins, err = git.Origins(ctx, a.o.Root, pick(parts, older), o, a.o.Git); err != nil {
		return err
	}
	for n, i := range older {
		out[i] = a.commits(origins[n])
	}
	return nil
}

func pick[T any](list []T, at []int) []T {
	out := make([]T, len(at))
	for n, i := range at {
		out[n] = list[i]
	}
	return out
}

func (a *attribution) commits(o git.Origin) []sync.Commit {
	a.cut = a.cut || o.Cut == git.CutShallow
	var out []sync.Commit
	for _, c := range o.Commits {
		at := c.Time.UTC()
		out = append(out, sync.Commit{Hash: c.Commit, Author: c.Author, Email: c.Mail, Time: &at, Subject: c.Subject})
	}
	return out
}

// revision is the commit of the planned content, or under it.
func (a *attribution) revision() string { return cmp.Or(a.repo.Revision.Commit, "HEAD") }

// head returns the parts of the files with uncommitted changes as they are in the
// last commit.
func (a *attribution) head(ctx context.Context, asked []sync.Asked) (map[string]map[string]string, error) {
	out := map[string]map[string]string{}
	var t repo.TreeCloser
	for _, q := range asked {
		if !a.uncommitted(q.Path) {
			continue
		}
		if t == nil {
			var err error
			if t, err = git.Commit(ctx, a.o.Root, a.revision(), a.o.Git); err != nil {
				return out, ctx.Err() // there is no commit yet
			}
			defer t.Close()
		}
		for _, at := range []string{q.Path, q.OldPath} {
			if _, known := out[at]; known || at == "" {
				continue
			}
			if content, err := t.Read(ctx, at, maxFileBytes); err == nil {
				out[at] = a.split(at, content)
			}
		}
	}
	return out, nil
}

// split returns the parts of a file.
func (a *attribution) split(file string, content []byte) map[string]string {
	if strings.EqualFold(path.Ext(file), ".py") {
		return sync.BodyParts(content)
	}
	return sync.SpecParts(file, content, a.sql[file])
}

// deployed returns a function that reports whether git's name of a file is that of
// the deployed one.
func (a *attribution) deployed() func(path, blob string) bool {
	if a.elsewhere() {
		return nil
	}
	return func(path, blob string) bool {
		content, ok := a.base.Repo.Sources[path]
		return ok && git.SameBlob(content, blob)
	}
}
