package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	gosync "sync"
	"sync/atomic"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"golang.org/x/sync/errgroup"
)

// API is the part of Panther's API that an apply uses.
type API interface {
	// Get reads one entity. serverID is the id that Panther assigned, for the kinds
	// whose key is a name. If the entity is missing, panther.IsNotFound reports it.
	Get(ctx context.Context, key panther.Key, serverID string) (panther.Entity, error)
	// Create creates an entity. If it exists, panther.IsExists reports it.
	Create(ctx context.Context, e panther.Entity, o panther.WriteOptions) (panther.Entity, error)
	// Update replaces a whole entity.
	Update(ctx context.Context, e panther.Entity, o panther.WriteOptions) (panther.Entity, error)
	// Delete deletes an entity.
	Delete(ctx context.Context, key panther.Key, serverID string) error
}

// Observer is notified of the progress of an apply. Step is called from several
// goroutines, but never concurrently.
type Observer interface {
	// Start is called once, with the number of changes.
	Start(total int)
	// Step is called after each change.
	Step(ChangeResult)
	// Finish is called once, after the last change.
	Finish()
}

// ApplyOptions configures an apply. Zero fields mean the default.
type ApplyOptions struct {
	// Parallelism is the maximum number of concurrent writes (8).
	Parallelism int
	// SkipTests makes Panther save without running unit tests first.
	SkipTests bool
	// HoldDeletes skips the plan's deletes and replaces, and reports them as
	// held.
	HoldDeletes bool
	// Allow lists the ids of guards that don't hold their changes back.
	Allow map[string]bool
	// FirstWait is the wait after the first failed attempt to create something in
	// place of what a replace has deleted (500 ms). It doubles with each attempt.
	FirstWait time.Duration
	// Stale contains the entities that were deployed since the plan was made, and
	// when. They are not written.
	Stale map[panther.Key]string
	// Observer is notified of each change; it may be nil.
	Observer Observer
}

const (
	defaultParallelism = 8
	defaultFirstWait   = 500 * time.Millisecond
)

// Apply carries out the plan and nothing else. Each entity is compared with
// Panther just before its write, and left alone if it has changed since the
// plan was made. If a change fails, only the changes that depend on it are
// skipped. When ctx ends, Apply completes the writes that were sent and starts
// no new ones.
func Apply(ctx context.Context, api API, p *Plan, o ApplyOptions) *Result {
	if o.Parallelism <= 0 {
		o.Parallelism = defaultParallelism
	}
	if o.FirstWait <= 0 {
		o.FirstWait = defaultFirstWait
	}
	a := &applier{api: api, opts: o, plan: p, results: make([]ChangeResult, len(p.Changes)), at: index(p.Changes)}
	if o.Observer != nil {
		o.Observer.Start(len(p.Changes))
		defer o.Observer.Finish()
	}
	layers := layers(p.Changes)
	a.layer = make([]int, len(p.Changes))
	for n, layer := range layers {
		for _, i := range layer {
			a.layer[i] = n
		}
	}
	for _, layer := range layers {
		var g errgroup.Group
		g.SetLimit(o.Parallelism)
		for _, i := range layer {
			g.Go(func() error {
				a.run(ctx, i)
				return nil
			})
		}
		// The functions return no error: failures are in the results.
		_ = g.Wait()
	}
	return &Result{FormatVersion: FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Changes: a.results, Interrupted: ctx.Err() != nil}
}

type applier struct {
	api     API
	opts    ApplyOptions
	plan    *Plan
	at      map[string]int
	layer   []int
	results []ChangeResult
	mu      gosync.Mutex
	// stopped is the reason why no other change can succeed; nil for none.
	stopped atomic.Pointer[string]
	refused refusals
}

func (a *applier) run(ctx context.Context, i int) {
	c := a.plan.Changes[i]
	r := c.result()
	stopped, refused := a.stopped.Load(), a.refused.all(c)
	switch why := a.blocked(i); {
	case stopped != nil:
		r.Outcome, r.Reason = NotTried, *stopped
	case refused != "":
		r.Outcome, r.Reason = NotTried, refused
	case why != "":
		r.Outcome, r.Reason = NotTried, why
	case c.held(a.opts.Allow) != "":
		r.Outcome, r.Reason = Held, c.held(a.opts.Allow)
	case c.Action == Delete && a.opts.HoldDeletes && c.MovedTo == "":
		r.Outcome, r.Reason = Held, "deletes are carried out only with --allow-delete, or deletes: allow in pdac.yaml"
	case c.Action == Replace && a.opts.HoldDeletes:
		r.Outcome, r.Reason = Held, "a changed type needs a delete first, and deletes are carried out only with --allow-delete, or deletes: allow in pdac.yaml"
	case ctx.Err() != nil:
		r.Outcome, r.Reason = NotTried, "the apply was stopped before this change"
	case a.opts.Stale[c.Key()] != "":
		a.stale(ctx, c, &r)
	default:
		a.write(ctx, c, &r)
	}
	if c.Action == Create && c.MovedFrom != "" {
		a.putBack(ctx, c, &r)
	}
	a.results[i] = r
	if a.opts.Observer != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.opts.Observer.Step(r)
	}
}

// blocked returns why a change can't run: the first change that it depends on
// and that failed. It checks only earlier layers, which are complete.
func (a *applier) blocked(i int) string {
	a.mu.Lock() // what moved may be put back, which changes an earlier result
	defer a.mu.Unlock()
	for _, dep := range a.plan.Changes[i].DependsOn {
		j, ok := a.at[dep]
		if !ok || a.layer[j] >= a.layer[i] {
			continue
		}
		r := a.results[j]
		if r.Outcome == Held && r.Action == Replace && !a.plan.Changes[i].backwards() {
			continue // its id is still live, as the old type
		}
		switch r.Outcome {
		case Failed:
			return fmt.Sprintf("it needs %s, which failed", dep)
		case Refused, NotTried, Held:
			return fmt.Sprintf("it needs %s, which was %s", dep, strings.ReplaceAll(string(r.Outcome), "_", " "))
		}
	}
	return ""
}

func (a *applier) write(ctx context.Context, c Change, r *ChangeResult) {
	var err error
	switch c.Action {
	case Create:
		err = a.create(ctx, c, r)
	case Update:
		err = a.update(ctx, c, r)
	case Delete:
		err = a.delete(ctx, c, r)
	case Replace:
		err = a.replace(ctx, c, r)
	}
	if err == nil {
		a.refused.passed(c, r.Outcome)
		return
	}
	if why := a.refused.again(c, err); why != "" && r.fate == "" {
		r.Outcome, r.Reason = NotTried, why
		return
	}
	if why := hopelessAPI(err); why != "" && !a.stopped.CompareAndSwap(nil, &why) && r.fate == "" && !panther.Uncertain(err) {
		// It was on its way when another change failed for the same reason.
		r.Outcome, r.Reason = NotTried, why
		return
	}
	r.Outcome, r.Reason, r.uncertain = Failed, err.Error(), panther.Uncertain(err)
	var api *panther.APIError
	if errors.As(err, &api) && len(api.Tests) > 0 {
		// The tests are reported separately, so the reason doesn't repeat them.
		short := *api
		r.Tests, short.Tests = api.Tests, nil
		r.Reason = short.Error()
	}
	if r.fate != "" {
		r.Reason += "; " + r.fate
	}
	if errors.Is(err, context.Canceled) && !panther.Uncertain(err) {
		r.Outcome, r.Reason = NotTried, "the apply was stopped before its write was sent"
	}
}

// stale refuses a change of an entity that was deployed since the plan was made,
// unless Panther has the wanted state.
func (a *applier) stale(ctx context.Context, c Change, r *ChangeResult) {
	live, err := a.api.Get(ctx, c.Key(), c.ServerID)
	if panther.IsNotFound(err) && c.ServerID != "" {
		live, err = a.api.Get(ctx, c.Key(), "")
	}
	switch {
	case c.Action == Delete && panther.IsNotFound(err):
		r.Outcome, r.Reason = Already, "it is already gone from Panther"
	case c.Action != Delete && err == nil && c.holds(live):
		r.Outcome, r.Reason = Already, "Panther already has the wanted values"
	default:
		r.Outcome, r.Reason = Refused, a.opts.Stale[c.Key()]+"; plan again"
	}
}

func (a *applier) writeOptions() panther.WriteOptions {
	return panther.WriteOptions{SkipTests: a.opts.SkipTests}
}

func (a *applier) update(ctx context.Context, c Change, r *ChangeResult) error {
	live, ok, err := a.unchanged(ctx, c, r)
	if err != nil || !ok {
		return err
	}
	values := make(map[string]any, len(c.Fields))
	for _, f := range c.Fields {
		values[f.Name] = f.After
	}
	got, err := a.api.Update(ctx, live.With(values), a.writeOptions())
	if panther.Uncertain(err) {
		after, readErr := a.api.Get(context.WithoutCancel(ctx), c.Key(), c.ServerID)
		switch {
		case panther.IsNotFound(readErr):
			return panther.Refuted(err, "it does not exist there now; plan again")
		case readErr != nil:
			return fmt.Errorf("it may or may not have been updated (%w), and reading it back failed: %w; plan again", err, readErr)
		case len(c.differences(after)) > 0:
			return panther.Refuted(err, fmt.Sprintf("it does not have the new values of %s; plan again", strings.Join(c.unlike(after), ", ")))
		}
		got, err = after, nil
	}
	if err != nil {
		return err
	}
	r.done(c, live, got)
	return nil
}

func (a *applier) delete(ctx context.Context, c Change, r *ChangeResult) error {
	if c.MovedTo != "" {
		if ok, err := a.succeeded(ctx, c, r); err != nil || !ok {
			return err
		}
	}
	live, ok, err := a.unchanged(ctx, c, r)
	if err != nil || !ok {
		return err
	}
	if live.Managed {
		r.Outcome, r.Reason = Refused, "it is maintained by one of Panther's packs, and pdac never deletes those"
		return nil
	}
	if err := a.api.Delete(ctx, c.Key(), c.ServerID); err != nil {
		if !panther.Uncertain(err) {
			return err
		}
		switch _, readErr := a.api.Get(context.WithoutCancel(ctx), c.Key(), c.ServerID); {
		case readErr == nil:
			return panther.Refuted(err, "it still exists")
		case !panther.IsNotFound(readErr):
			return fmt.Errorf("it may or may not have been deleted (%w), and reading it back failed: %w; plan again", err, readErr)
		}
	} else if err := a.gone(ctx, c); err != nil {
		return err
	}
	r.done(c, live, panther.Entity{})
	return nil
}

// goneTries is how often a deleted entity is read before it counts as not deleted.
const goneTries = 4

// gone returns an error if an entity still exists that Panther reports as deleted. A read
// may be late, so it is repeated.
func (a *applier) gone(ctx context.Context, c Change) error {
	ctx = context.WithoutCancel(ctx)
	wait := a.opts.FirstWait
	for try := 1; ; try++ {
		_, err := a.api.Get(ctx, c.Key(), c.ServerID)
		switch {
		case err != nil:
			return nil // it is gone, or nothing contradicts Panther's answer
		case try == goneTries:
			return fmt.Errorf("%s still exists, though Panther reported that it was deleted; plan again", c.Key())
		}
		time.Sleep(wait)
		wait *= 2
	}
}

// done records a successful write with the entity before and after it.
func (r *ChangeResult) done(c Change, was, is panther.Entity) {
	r.Outcome, r.Was, r.Is = Done, was, is
	if c.Action != Delete {
		r.Warnings = c.differences(is)
	}
}

// unchanged reads the live entity and reports whether it is still the one that
// the plan is based on. If not, r says what happened to it.
func (a *applier) unchanged(ctx context.Context, c Change, r *ChangeResult) (panther.Entity, bool, error) {
	live, err := a.api.Get(ctx, c.Key(), c.ServerID)
	if panther.IsNotFound(err) && c.ServerID != "" {
		// It may have been recreated with another server id.
		if _, byName := a.api.Get(ctx, c.Key(), ""); byName == nil {
			r.Outcome, r.Reason = Refused, "it was deleted and recreated in Panther since the plan was made; plan again"
			return live, false, nil
		} else if !panther.IsNotFound(byName) {
			return live, false, byName
		}
	}
	switch {
	case panther.IsNotFound(err) && c.Action == Delete:
		r.Outcome, r.Reason = Already, "it is already gone from Panther"
		return live, false, nil
	case panther.IsNotFound(err):
		r.Outcome, r.Reason = Refused, "it was deleted in Panther since the plan was made; plan again to create it"
		return live, false, nil
	case err != nil:
		return live, false, err
	case live.Fingerprint() == c.LiveFingerprint:
		return live, true, nil
	case c.Action == Update && c.holds(live):
		r.Outcome, r.Reason = Already, "Panther already has the wanted values"
		return live, false, nil
	}
	r.Outcome = Refused
	r.Reason = fmt.Sprintf("it was changed in Panther since the plan was made: %s; plan again", strings.Join(c.since(live), ", "))
	return live, false, nil
}
