package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

const (
	// maxAncestors is the maximum number of commits to search for a revision. The
	// deployed revision is usually near the one before it.
	maxAncestors = 5_000
	// maxLooked is the maximum number of commits whose files are read to find out
	// whether a history had a value.
	maxLooked = 100
)

// older determines what the plan takes back of newer work: of a revision that is
// deployed and not in the history of the planned one. A change takes a deployed value
// back if that revision changed it since the two histories parted, and if the history
// of the planned one never had it since then. So merges that git doesn't know, such as
// squashed and rebased ones, and commits that revert something, take nothing back.
func (s *Session) older(ctx context.Context, p *sync.Plan) {
	here := strings.TrimSuffix(p.Revision, "-dirty")
	if s.store == nil || s.last == nil || s.base == nil || s.o.Base != "" || s.repo == nil || here == "" {
		return
	}
	p.Older = nil
	by := map[string][]sync.Change{}
	for _, c := range p.Changes {
		if !commits(c) || s.stale[c.Key()] != "" {
			continue
		}
		from := s.base.Origin(c.Key())
		if old, ok := c.Replaced(); ok {
			if _, deployed := s.base.Entity(old); deployed {
				from = s.base.Origin(old)
			}
		}
		if from != "" && from != here {
			by[from] = append(by[from], c)
		}
	}
	if len(by) == 0 {
		return
	}
	var names []string
	for _, from := range slices.Sorted(maps.Keys(by)) {
		names = append(names, strings.TrimSuffix(from, "-dirty"))
	}
	known, _, err := s.store.Ancestors(ctx, here, names, maxAncestors)
	if err != nil {
		known = nil // Relate says more
	}
	out := &sync.Older{}
	for _, from := range slices.Sorted(maps.Keys(by)) {
		commit, dirty := strings.CutSuffix(from, "-dirty")
		if known[commit] && !dirty {
			continue
		}
		o := comparison{Session: s, plan: p, from: from, here: here}
		taken, err := o.taken(ctx, by[from])
		if err != nil {
			for _, c := range by[from] {
				out.Unclear = append(out.Unclear, c.Key().String())
			}
			out.Reason = err.Error()
		}
		out.TakesBack = append(out.TakesBack, taken...)
	}
	if len(out.TakesBack)+len(out.Unclear) == 0 {
		return
	}
	slices.SortStableFunc(out.TakesBack, func(a, b sync.TakenBack) int { return a.Key().Compare(b.Key()) })
	p.Older = out
	for _, text := range out.Warnings() {
		s.note(repo.SeverityWarning, "%s", text)
	}
}

// commits reports whether the repository wants something else than was deployed.
func commits(c sync.Change) bool {
	of := func(cause sync.Cause) bool { return cause == sync.CauseCommit || cause == sync.CauseConflict }
	return of(c.Cause) || slices.ContainsFunc(c.Fields, func(f sync.FieldChange) bool { return of(f.Cause) })
}

// comparison compares the planned revision, here, with a deployed one.
type comparison struct {
	*Session
	plan       *sync.Plan
	from, here string
}

// side is an entity in one state of the repository; ok is false if it has none of the
// family. Kinds that share their ids are one family.
type side struct {
	e  panther.Entity
	ok bool
}

func (s side) kind() panther.Kind { return s.e.Kind }

// taken returns what some changes take back of the work of a revision. The error says
// why that is unknown.
func (o comparison) taken(ctx context.Context, changes []sync.Change) ([]sync.TakenBack, error) {
	commit, dirty := strings.CutSuffix(o.from, "-dirty")
	rel, err := o.relate(ctx, commit)
	if err != nil {
		return nil, err
	}
	if rel.Has && !dirty {
		return nil, nil
	}
	bases, err := o.bases(ctx, rel.Bases)
	if err != nil {
		return nil, err
	}
	var suspects []*suspect
	for _, c := range changes {
		if s := o.suspect(c, bases); s != nil && !(rel.Has && s.both) {
			suspects = append(suspects, s)
		}
	}
	if suspects, err = o.unknownHere(ctx, rel, suspects, bases); err != nil {
		return nil, err
	}
	var out []sync.TakenBack
	for _, s := range suspects {
		out = append(out, sync.TakenBack{
			Kind: s.change.Kind, ID: s.change.ID, Action: s.change.Action, Fields: s.fields, Revision: o.from, Both: s.both, Uncommitted: rel.Has,
		})
	}
	return out, nil
}

// relate compares the histories. If the deployed commit is gone, its recorded parents
// are used.
func (o comparison) relate(ctx context.Context, commit string) (record.Relation, error) {
	rel, err := o.store.Relate(ctx, o.o.Remote, o.here, commit)
	if err == nil && rel.Known() {
		return rel, nil
	}
	if slices.Equal(rel.Missing, []string{commit}) && len(o.last.Follows) > 0 && strings.TrimSuffix(o.last.Revision, "-dirty") == commit {
		if rel, ok := o.follows(ctx); ok {
			return rel, nil
		}
	}
	return rel, o.unknown(ctx, rel, commit, err)
}

// follows compares the history with that of the parents of the last deployment's
// revision.
func (o comparison) follows(ctx context.Context) (out record.Relation, ok bool) {
	for _, parent := range o.last.Follows {
		rel, err := o.store.Relate(ctx, o.o.Remote, o.here, parent)
		if err != nil || !rel.Known() {
			return out, false
		}
		out.Bases = append(out.Bases, rel.Bases...)
		out.Ours = append(out.Ours, rel.Ours...)
	}
	slices.Sort(out.Bases)
	out.Bases = slices.Compact(out.Bases)
	return out, true
}

// unknown explains why two histories can't be compared.
func (o comparison) unknown(ctx context.Context, rel record.Relation, commit string, err error) error {
	when := ""
	if t := o.last.Committed; !t.IsZero() && strings.TrimSuffix(o.last.Revision, "-dirty") == commit {
		when = ", committed " + t.UTC().Format("2006-01-02 15:04 UTC") + ","
		if c, readErr := o.store.Commits(ctx, []string{o.here}); readErr == nil && t.After(c[o.here].Committed) && !c[o.here].Committed.IsZero() {
			when += " is newer than this one, and"
		}
	}
	var why string
	switch {
	case slices.Contains(rel.Missing, o.here):
		why = fmt.Sprintf("the planned revision %s is not in this repository", sync.ShortRevision(o.here))
	case len(rel.Missing) > 0:
		why = fmt.Sprintf("the deployed revision %s%s is not in this repository", sync.ShortRevision(commit), when)
	case len(rel.Cut) > 0:
		why = fmt.Sprintf("the history of this shallow clone is cut before the deployed revision %s%s", sync.ShortRevision(commit), strings.TrimSuffix(when, " and"))
	default:
		return err
	}
	switch {
	case record.Lacks(err):
		return fmt.Errorf("%s, and %q does not have it either; push it from where it was deployed", why, o.o.Remote)
	case err != nil:
		why += fmt.Sprintf(" (%v)", err)
	}
	return errors.New(why + "; fetch it (in GitHub Actions: actions/checkout with \"fetch-depth: 0\")")
}

// bases loads the states in which the histories parted.
func (o comparison) bases(ctx context.Context, commits []string) ([]states, error) {
	var out []states
	for _, commit := range commits {
		st, err := o.statesOf(ctx, commit, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// touching returns the paths of suspects, and the newest commits of the history here that
// changed any of them.
func (o comparison) touching(ctx context.Context, rel record.Relation, suspects []*suspect, bases []states) (commits, paths []string, err error) {
	for _, s := range suspects {
		paths = append(paths, o.paths(s, bases)...)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	commits, err = o.store.Touching(ctx, rel.Ours, paths)
	return commits[:min(len(commits), maxLooked)], paths, err
}

// unknownHere drops the suspects whose deployed values the history here had since the
// histories parted, or whose commits it has in another form.
func (o comparison) unknownHere(ctx context.Context, rel record.Relation, suspects []*suspect, bases []states) ([]*suspect, error) {
	if len(suspects) == 0 || len(rel.Ours) == 0 {
		return suspects, nil
	}
	looked, all, err := o.touching(ctx, rel, suspects, bases)
	if err != nil {
		return nil, err
	}
	for _, commit := range looked {
		st, err := o.statesOf(ctx, commit, all)
		if err != nil {
			return nil, err
		}
		for _, s := range suspects {
			s.drop(st.of(s.change.Key()))
		}
	}
	suspects = slices.DeleteFunc(suspects, func(s *suspect) bool { return !s.whole && len(s.fields) == 0 })
	if len(suspects) == 0 || len(rel.Theirs) == 0 {
		return suspects, nil
	}
	here, err := o.work(ctx, rel.Ours)
	if err != nil {
		return nil, err
	}
	for i, s := range suspects {
		theirs, err := o.store.Touching(ctx, rel.Theirs, o.paths(s, bases))
		if err != nil {
			return nil, err
		}
		there, err := o.work(ctx, theirs)
		if err != nil {
			return nil, err
		}
		missing := false
		for w, committed := range there {
			missing = missing || here[w].Before(committed)
		}
		if len(theirs) > 0 && !missing {
			suspects[i] = nil
		}
	}
	return slices.DeleteFunc(suspects, func(s *suspect) bool { return s == nil }), nil
}

// work returns what identifies commits even where they were rebased or amended, and
// when that was done last: the earlier form of a commit does not have the later one.
func (o comparison) work(ctx context.Context, commits []string) (map[string]time.Time, error) {
	found, err := o.store.Commits(ctx, commits)
	out := make(map[string]time.Time, len(found))
	for _, c := range found {
		w := fmt.Sprintf("%q %q %d", c.Mail, c.Subject, c.Authored.Unix())
		if c.Committed.After(out[w]) {
			out[w] = c.Committed
		}
	}
	return out, err
}
