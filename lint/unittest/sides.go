package unittest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/repo"
)

// Sides are two states of a repository to compare by what they do.
type Sides struct {
	Before, After Side
	// Paths limits the detections, as in Input.
	Paths []string
	// Corpus are events besides those of the unit tests.
	Corpus []CorpusEvent
	// Own limits the events to those of each detection's own tests.
	Own bool
}

// Side is a state of a repository and its name in reports.
type Side struct {
	Tree repo.Tree
	Name string
	// Content is which of its files count, if that is not as in Options; else nil.
	Content *repo.Options
}

// maxEvents is how many events of other detections' tests a detection gets, if there are few
// detections. All whose own code differs share maxShared, and so do those that only a changed
// global or data model reaches, but each gets minEvents or minDistant.
const (
	maxEvents  = 500
	minEvents  = 100
	minDistant = 50
	maxShared  = 25_000
)

// Compare runs both sides over every event at hand and reports what differs. Only
// detections run whose code differs. Without a Python the others are compared, and the
// report says why.
func Compare(ctx context.Context, in Sides, o Options) (*behaviour.Report, error) {
	left := 0
	in.Corpus, left = thinned(in.Corpus)
	c := &comparison{in: in}
	c.opts, c.store, c.python = o.start(in.Paths)
	r, err := c.all(ctx)
	if err != nil {
		return nil, err
	}
	r.Summary.CorpusLeftOut = left
	return r, nil
}

// comparison is one run of Compare.
type comparison struct {
	in     Sides
	opts   Options
	store  *store
	python func() (*pyrun.Python, error)
	sides  [2]*half
	pairs  []*pair
	pool   *eventPool
	report *behaviour.Report

	mu sync.Mutex
	// lines are the lines of each side that differ and can run, and reached those that did,
	// by path.
	lines, reached [2]map[string]map[int]bool
	done, todo     int
}

// half is one side: its state, and its detections by key.
type half struct {
	*state
	items map[string]*item
	specs parsedSpecs
	// unread are the files that can't be read, so it is not known what they define.
	unread map[string]bool
}

// pair is a detection whose code differs, on both sides.
type pair struct {
	items   [2]*item
	causes  []string
	sources []behaviour.Name
	trials  []trial
	leftOut int
	code    [2]*logic
	// results has what each side did, one for each trial, and unstable the trials whose
	// results are other ones each time.
	results  [2][]behaviour.Result
	unstable map[int]bool
}

// trial is an event for a pair.
type trial struct {
	// event is its number in the pool; none for a correlation rule.
	event int
	// tests has the test of each side, for its mocks.
	tests  [2]repo.UnitTest
	origin behaviour.Origin
}

// familyKey names a detection on both sides. All types of rules share their ids.
func familyKey(it *item) string {
	if it.spec.Type == repo.TypePolicy {
		return "policy/" + it.spec.ID
	}
	return "rule/" + it.spec.ID
}

func (c *comparison) all(ctx context.Context) (*behaviour.Report, error) {
	c.report = &behaviour.Report{
		Before: c.in.Before.Name, After: c.in.After.Name, Summary: behaviour.Summary{Outputs: map[string]int{}},
		Lines: behaviour.Lines{Missed: []behaviour.FileLines{}, RemovedMissed: []behaviour.FileLines{}}, Sources: []behaviour.Source{}, Detections: []behaviour.Detection{},
		Added: []behaviour.Name{}, Removed: []behaviour.Name{}, Unread: []string{},
	}
	for i, side := range []Side{c.in.Before, c.in.After} {
		o := c.opts
		if side.Content != nil {
			o.Content = *side.Content
		}
		st, err := scan(ctx, side.Tree, o, c.store)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", side.Name, err)
		}
		h := &half{state: st, items: map[string]*item{}, unread: map[string]bool{}}
		for _, f := range st.specs {
			if len(f.Faults) > 0 {
				h.unread[f.Path] = true
			}
		}
		for _, path := range sortedKeys(h.unread) {
			if !slices.Contains(c.report.Unread, path) {
				c.report.Unread = append(c.report.Unread, path)
			}
		}
		for _, it := range st.items() {
			if key := familyKey(it); h.items[key] == nil {
				h.items[key] = it
			}
		}
		c.sides[i] = h
	}
	if err := c.pairUp(ctx); err != nil {
		return nil, err
	}
	if len(c.pairs) > 0 {
		if err := c.addTrials(ctx); err != nil {
			return nil, err
		}
		if err := c.runAll(ctx); err != nil {
			return nil, err
		}
	}
	c.conclude()
	return c.report, ctx.Err()
}

// wants reports whether a detection is selected.
func (c *comparison) wants(it *item) bool {
	if len(c.in.Paths) > 0 && !slices.ContainsFunc(it.files(), under(c.in.Paths)) {
		return false
	}
	name := it.kind() + "/" + it.spec.ID
	return len(c.opts.Only) == 0 || slices.ContainsFunc(c.opts.Only, func(p string) bool { return glob.Match(p, name) })
}

// pairUp finds the detections whose code differs, and those of one side only.
func (c *comparison) pairUp(ctx context.Context) error {
	before, after := c.sides[0], c.sides[1]
	models := changedModels(before.state, after.state)
	for _, key := range sortedKeys(after.items) {
		is, was := after.items[key], before.items[key]
		if !c.wants(is) {
			continue
		}
		c.report.Summary.Detections++
		switch {
		case was == nil && before.unread[is.spec.Path]:
		case was == nil:
			c.report.Added = append(c.report.Added, behaviour.Name{Kind: is.kind(), ID: is.spec.ID})
		default:
			p := &pair{items: [2]*item{was, is}, unstable: map[int]bool{}}
			if err := c.causes(ctx, p, models); err != nil {
				return err
			}
			if len(p.causes) > 0 {
				c.pairs = append(c.pairs, p)
			}
		}
	}
	for _, key := range sortedKeys(before.items) {
		if it := before.items[key]; after.items[key] == nil && !after.unread[it.spec.Path] && c.wants(it) {
			c.report.Removed = append(c.report.Removed, behaviour.Name{Kind: it.kind(), ID: it.spec.ID})
		}
	}
	return nil
}
