package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
	"golang.org/x/sync/errgroup"
)

// API is the part of Panther's API that a deployment uses.
type API interface {
	sync.Lister
	sync.API
}

// ApplyOptions configures an apply.
type ApplyOptions struct {
	sync.ApplyOptions
	// UndoOnFailure undoes the changes if one of them fails.
	UndoOnFailure bool
}

// Reload loads the files of a saved plan, so that the deployment can be
// recorded. Files that have changed since the plan was made are not used.
func (s *Session) Reload(ctx context.Context, p *sync.Plan) error {
	if s.store == nil {
		return nil
	}
	s.cache = repo.NewCache()
	src := Source{}
	if rev := p.Revision; rev != "" && !dirty(rev) {
		src.Ref = rev
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		s.repo, err = s.load(gctx, src)
		var missing *git.RevisionError
		if errors.As(err, &missing) {
			s.repo, err = s.load(gctx, Source{})
		}
		return err
	})
	g.Go(func() error {
		if err := s.recall(gctx, true); err != nil {
			return err
		}
		return s.loadBase(gctx)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	s.repo = p.ChooseSQLOf(s.repo, s.base, s.o.SQL)
	var err error
	if s.stale, err = s.since(ctx, p); err != nil {
		return err
	}
	s.older(ctx, p)
	return nil
}

// Warnings returns what the session has to say, without notes.
func (s *Session) Warnings() []repo.Diagnostic {
	return slices.DeleteFunc(slices.Clone(s.notes), func(d repo.Diagnostic) bool { return d.Severity != repo.SeverityWarning })
}

func dirty(rev string) bool { return len(rev) > 6 && rev[len(rev)-6:] == "-dirty" }

// Apply applies the plan, undoes it if that is requested and part of it failed,
// and records what is live afterwards. If the deployment can't be recorded,
// that is a problem in the result and not an error, because Panther was
// changed. What it is about to write is stored first.
func (s *Session) Apply(ctx context.Context, api API, p *sync.Plan, o ApplyOptions) *sync.Result {
	o.Stale = s.stale
	own, err := s.announce(ctx, p, o.ApplyOptions)
	if err != nil {
		return unstarted(p, err)
	}
	r := sync.Apply(ctx, api, p, o.ApplyOptions)
	if o.Stale = nil; o.UndoOnFailure && !r.OK() {
		sync.Undo(ctx, api, p, r, o.ApplyOptions)
	}
	// Record the deployment even if ctx was canceled.
	ctx = context.WithoutCancel(ctx)
	r.Record = s.writeRecord(ctx, api, p, r)
	s.settle(ctx, p, r, own)
	return r
}

// maxRaces is the maximum number of retries after a lost race for the record.
const maxRaces = 12

// writeRecord writes the record of a deployment and pushes it.
func (s *Session) writeRecord(ctx context.Context, api API, p *sync.Plan, r *sync.Result) *sync.RecordNote {
	if s.store == nil || s.repo == nil {
		return nil
	}
	note := &sync.RecordNote{Remote: s.o.Remote}
	if note.Ref, note.Problem = s.refName(); note.Problem != "" {
		return note
	}
	w := writer{Session: s, api: api, plan: p, result: r}
	var d *record.Deployment
	err := w.goOn(ctx)
	if err == nil {
		d, err = w.write(ctx)
	}
	if err == nil && d != nil {
		note.Hash = d.Hash
	}
	if err == nil && s.o.Remote != "" && (d != nil || s.last != nil) {
		var pushed *record.Deployment
		if pushed, err = w.push(ctx); pushed != nil {
			note.Hash = pushed.Hash
		}
		note.Pushed = err == nil
	}
	note.Raced, note.Both = w.raced, w.both
	if err != nil {
		note.Problem = err.Error()
	}
	return note
}

func (s *Session) refName() (name, problem string) {
	name, err := s.store.RefName(s.o.Memory)
	if err != nil {
		return "", err.Error()
	}
	return name, ""
}

// writer writes the record of one deployment.
type writer struct {
	*Session
	api    API
	plan   *sync.Plan
	result *sync.Result
	// moved reports that the base differs from the plan's; raced that another
	// apply was recorded during this one.
	moved, raced bool
	// named reports that the plan is based on a revision given by the user.
	named bool
	// both lists the entities that the other apply deployed too.
	both  []string
	merge string
}

// goOn uses the last record as the base again if the plan is based on a given
// revision, which is not what was deployed.
func (w *writer) goOn(ctx context.Context) error {
	if w.o.Base == "" {
		return nil
	}
	w.named, w.o.Base, w.base = true, "", nil
	err := w.loadBase(ctx)
	w.chooseBaseSQL()
	return err
}

// chooseBaseSQL chooses the SQL of a base that was loaded after the plan.
func (w *writer) chooseBaseSQL() {
	if w.base != nil {
		sync.ChooseSQL(w.repo, w.base, w.live, w.o.SQL)
	}
}

// write records the deployment on top of the last one. It returns nil if
// nothing was done and the record would not change; passed says when it is written
// all the same. Changes are recorded even
// if they restored what was deployed earlier, because a concurrent apply must
// see them.
func (w *writer) write(ctx context.Context) (*record.Deployment, error) {
	w.moved = w.moved || !w.named && (w.plan.Base == nil && w.base != nil || w.plan.Base != nil && w.base != nil && w.plan.Base.Record != w.base.Info.Record)
	for try := 1; ; try++ {
		files, known, err := w.files(ctx)
		if err != nil {
			return nil, err
		}
		stored, err := known.Bytes()
		if err != nil {
			return nil, fmt.Errorf("write what Panther stores in another form: %w", err)
		}
		if w.merge == "" && !w.did() && w.unchanged(files, known) && !w.passed(ctx) {
			return nil, nil
		}
		parent := ""
		if w.last != nil {
			parent = w.last.Hash
		}
		rollback := ""
		if w.rollback != nil {
			rollback = w.rollback.Hash
		}
		committed, follows := w.revision(ctx)
		d, err := w.store.Write(ctx, record.New{
			Tenant: w.o.Memory, Revision: w.plan.Revision, Committed: committed, Follows: follows, Actor: w.o.Actor, Time: w.o.Now(), Counts: counts(w.plan, w.result),
			Partial: !w.result.OK(), Parent: parent, Merge: w.merge, Rollback: rollback, Files: files,
			Stored: stored, Year: known.Year, PantherYear: known.PantherYear,
		})
		var race *record.RaceError
		if err == nil {
			w.last = &d
			return &d, nil
		}
		if !errors.As(err, &race) || try == maxRaces {
			return nil, err
		}
		w.raced, w.moved = true, true
		if err := w.rebase(ctx, race.Theirs); err != nil {
			return nil, err
		}
		w.last = race.Theirs
	}
}

// push pushes the record. A record that was pushed first stays in the history,
// and this one follows it.
func (w *writer) push(ctx context.Context) (*record.Deployment, error) {
	var out *record.Deployment
	for try := 1; ; try++ {
		err := w.store.Push(ctx, w.o.Remote, w.o.Memory)
		var race *record.RaceError
		if err == nil || !errors.As(err, &race) || race.Theirs == nil || try == maxRaces {
			return out, err
		}
		// This run has nothing to record, so their record is the latest.
		var diverged *record.DivergedError
		if err := w.store.Fetch(ctx, w.o.Remote, w.o.Memory); !errors.As(err, &diverged) {
			return out, err
		}
		w.raced, w.moved = true, true
		if err := w.rebase(ctx, race.Theirs); err != nil {
			return out, err
		}
		w.merge = race.Theirs.Hash
		d, err := w.write(ctx)
		if err != nil {
			return out, err
		}
		out = d
	}
}

// rebase makes another apply's deployment the last one, and determines which
// entities both deployed.
func (w *writer) rebase(ctx context.Context, theirs *record.Deployment) error {
	defer func(before *sync.Base) {
		for _, c := range w.result.Changes {
			key := c.Key()
			if c.Outcome != sync.Done || w.result.Undone(key) || slices.Contains(w.both, key.String()) {
				continue
			}
			was, known := before.Entity(key)
			is, knows := w.base.Entity(key)
			if known != knows || known && was.Fingerprint() != is.Fingerprint() {
				w.both = append(w.both, key.String())
			}
		}
	}(w.base)
	if theirs == nil {
		w.base = nil
		return nil
	}
	ours := w.last
	w.last = theirs
	err := w.loadBase(ctx)
	w.chooseBaseSQL()
	w.last = ours
	return err
}

// files returns what to record: the files, and what else is known of the live
// values.
func (w *writer) files(ctx context.Context) (map[string][]byte, *sync.Stored, error) {
	a := sync.Applied{Plan: w.plan, Result: w.result, Repo: w.repo, Base: w.base, Moved: w.moved, Root: w.store.Root(), From: w.store.Root()}
	if w.rollback != nil {
		a.From, a.Again = w.rollback.Root, w.rolledBack(ctx)
	}
	if w.raced {
		// Both may have written the same entity; the live value shows which was
		// later.
		live, err := sync.Fetch(ctx, w.api, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("another apply was recorded in the meantime, and reading what is live now failed: %w", err)
		}
		a.Live = live.Live
	}
	return a.Recorded(ctx)
}

// did reports whether this run changed anything in Panther.
func (w *writer) did() bool {
	return slices.ContainsFunc(w.result.Changes, func(c sync.ChangeResult) bool {
		return c.Outcome == sync.Done && !w.result.Undone(c.Key())
	})
}

// unchanged reports whether the record would equal the last one.
func (w *writer) unchanged(files map[string][]byte, known *sync.Stored) bool {
	if w.last == nil {
		return len(files) == 0
	}
	if w.base == nil || w.base.Info.Record != w.last.Hash || known.Year != w.last.Year {
		return false
	}
	if same, err := w.base.Stored.SameForms(known); err != nil || !same {
		return false
	}
	return maps.EqualFunc(files, rerooted(w.base.Repo.Sources, w.last.Root, w.store.Root()), bytes.Equal)
}

// rerooted returns the files of a record of one folder with the paths of
// another.
func rerooted(files map[string][]byte, from, to string) map[string][]byte {
	out := make(map[string][]byte, len(files))
	for path, text := range files {
		out[sync.Reroot(path, from, to)] = text
	}
	return out
}

func counts(p *sync.Plan, r *sync.Result) record.Counts {
	c := record.Counts{Unchanged: p.Summary.Unchanged + p.Summary.Converged}
	for _, ch := range r.Changes {
		undone := r.Undone(ch.Key())
		switch {
		case ch.Outcome == sync.Failed, ch.Outcome == sync.Refused, ch.Outcome == sync.NotTried, undone:
			c.Failed++
		case ch.Outcome == sync.Already:
			c.Unchanged++
		case ch.Outcome != sync.Done:
		case ch.Action == sync.Create:
			c.Created++
		case ch.Action == sync.Update:
			c.Updated++
		case ch.Action == sync.Delete:
			c.Deleted++
		case ch.Action == sync.Replace:
			c.Replaced++
		}
	}
	return c
}
