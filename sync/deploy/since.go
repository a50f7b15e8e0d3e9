package deploy

import (
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// maxSince is the maximum number of records that are compared to find out what was
// deployed since a plan was made.
const maxSince = 50

// since returns which entities of a saved plan were deployed since it was made, and
// in which record. If that is unknown, it is all of them.
func (s *Session) since(ctx context.Context, p *sync.Plan) (map[panther.Key]string, error) {
	made, known := madeOn(p)
	if s.store == nil || s.last == nil && made == "" || known && s.last != nil && s.last.Hash == made {
		return nil, nil
	}
	all := func(why string, args ...any) map[panther.Key]string {
		out := map[panther.Key]string{}
		for _, c := range p.Changes {
			out[c.Key()] = fmt.Sprintf(why, args...)
		}
		return out
	}
	if !known {
		return all("the plan was made without the record of deployments, whose last one, %.12s, may be newer (--no-record applies the plan in any case)", s.last.Hash), nil
	}
	if s.last == nil {
		return all("the plan was made on the record %.12s, and no deployment to %s is recorded here", made, s.o.Tenant), nil
	}
	records, err := s.recordsSince(ctx, made)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read what was deployed since the plan was made: %w", err)
	case records == nil:
		return all("the plan was made on the record %.12s, which the last one, %.12s, does not follow", made, s.last.Hash), nil
	case len(records) > maxSince || slices.ContainsFunc(records, func(d record.Deployment) bool { return d.Cut }):
		return all("there were %d deployments since the plan was made, the last in %.12s", len(records), s.last.Hash), nil
	}
	out := map[panther.Key]string{}
	loaded := map[string]*repo.Repo{}
	for _, d := range records { // the newest first
		touched, err := s.touched(ctx, d, loaded)
		if err != nil {
			return nil, fmt.Errorf("read what was deployed since the plan was made: %w", err)
		}
		for _, c := range p.Changes {
			if _, found := out[c.Key()]; found {
				continue
			}
			if slices.ContainsFunc(append(c.Key().Siblings(), c.Key()), func(k panther.Key) bool { return touched[k] }) {
				out[c.Key()] = "it was deployed since the plan was made, in " + describe(d)
			}
		}
	}
	return out, nil
}

// madeOn returns the last record when a plan was made, "" for none. It is unknown if
// the plan does not use the record.
func madeOn(p *sync.Plan) (hash string, known bool) {
	if p.LastRecord == nil {
		return "", false
	}
	return *p.LastRecord, true
}

// recordsSince returns the records that follow another one, the newest first; nil if
// the last one does not follow it.
func (s *Session) recordsSince(ctx context.Context, made string) ([]record.Deployment, error) {
	var newer []string
	if made != "" {
		rel, err := s.store.Relate(ctx, s.o.Remote, s.last.Hash, made)
		if err != nil || !rel.Has {
			return nil, ctx.Err()
		}
		newer = rel.Ours
	}
	all, err := s.store.History(ctx, s.o.Memory, 0)
	if err != nil {
		return nil, err
	}
	out := []record.Deployment{}
	for _, d := range all {
		if made == "" || slices.Contains(newer, d.Hash) {
			out = append(out, d)
		}
	}
	return out, nil
}

// touched returns the entities that differ between a record and the one before it.
func (s *Session) touched(ctx context.Context, d record.Deployment, loaded map[string]*repo.Repo) (map[panther.Key]bool, error) {
	items := func(hash string) (map[panther.Key]*repo.Item, error) {
		out := map[panther.Key]*repo.Item{}
		if hash == "" {
			return out, nil
		}
		r := loaded[hash]
		if r == nil {
			t, err := s.store.Tree(ctx, record.Deployment{Hash: hash})
			if err != nil {
				return nil, err
			}
			defer t.Close()
			content := RecordContent(s.o.Content)
			content.Cache = s.cache
			if r, err = repo.Load(ctx, t, content); err != nil {
				return nil, err
			}
			loaded[hash] = r
		}
		for _, it := range r.Items {
			if it.Deployable() {
				out[it.Key()] = it
			}
		}
		return out, nil
	}
	now, err := items(d.Hash)
	if err != nil {
		return nil, err
	}
	before, err := items(d.Parent)
	if err != nil {
		return nil, err
	}
	out := map[panther.Key]bool{}
	for key, it := range now {
		was := before[key]
		if was == nil || !it.SameContent(was) && it.Entity().Entity.Fingerprint() != was.Entity().Entity.Fingerprint() {
			out[key] = true
		}
	}
	for key := range before {
		if now[key] == nil {
			out[key] = true
		}
	}
	return out, nil
}

// describe says which deployment a record is.
func describe(d record.Deployment) string {
	by := ""
	if d.Actor != "" {
		by = " by " + d.Actor
	}
	return fmt.Sprintf("%.12s (%s%s)", d.Hash, d.Time.UTC().Format("2006-01-02 15:04 UTC"), by)
}
