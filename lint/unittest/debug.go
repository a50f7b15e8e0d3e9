package unittest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
)

// Debug runs one test of a detection in a folder and with the user's streams, and returns what
// came of it. Name may be empty if the detection has one test. Simple detections and correlation rules
// run as in Run. The error says which names there are if one is unknown, and wraps
// pyrun.ErrNoAnswer if the user left the debugger.
func Debug(ctx context.Context, in Input, o Options, id, name, dir string, streams pyrun.Streams) (*Test, error) {
	o.Names, o.Failed, o.Cache = nil, false, Cache{}
	r := newRun(in, o)
	var err error
	if r.now, err = scan(ctx, in.Tree, r.opts, r.store); err != nil {
		return nil, err
	}
	u, i, err := r.find(ctx, id, name)
	if err != nil {
		return nil, err
	}
	if err := r.prepare(ctx, u); err != nil {
		return nil, err
	}
	t := &u.results[i]
	at := slices.Index(u.asked, i)
	if at < 0 {
		return r.expected(ctx, u, t)
	}
	found, err := r.python()
	if err != nil {
		return nil, &NoPythonError{err}
	}
	setup, err := r.now.setup(ctx)
	if err != nil {
		return nil, err
	}
	q := u.request
	q.Tests = q.Tests[at : at+1]
	a, err := pyrun.Debug(ctx, found, setup, q, pyrun.Options{Folder: o.Folder, Getenv: o.Getenv}, dir, streams)
	if err != nil {
		return nil, err
	}
	u.asked = []int{i}
	u.answer(r.res, r.now, a)
	r.sources(ctx, t)
	t.Time = 0 // that of the user
	return r.expected(ctx, u, t)
}

// expected compares a test with the file of expectations of its spec. What is wrong with the
// rest of the file is nothing that a debugger shows.
func (r *run) expected(ctx context.Context, u *unit, t *Test) (*Test, error) {
	r.units, r.res.Tests = []*unit{u}, []Test{*t}
	err := r.expect(ctx, []string{t.Path})
	return &r.res.Tests[0], err
}

// find finds a test by the name and that of its detection.
func (r *run) find(ctx context.Context, id, name string) (*unit, int, error) {
	var ids []string
	var it *item
	for _, other := range r.now.items() {
		if ids = append(ids, other.spec.ID); other.spec.ID != id {
			continue
		}
		if it != nil {
			return nil, 0, fmt.Errorf("%s and %s both have the id %q; give one of them another id", it.spec.Path, other.spec.Path, id)
		}
		it = other
	}
	if it == nil {
		return nil, 0, fmt.Errorf("no detection has the id %q%s", id, suggest.DidYouMean(id, ids))
	}
	if it.missing != "" {
		return nil, 0, fmt.Errorf("%s can't run: %s", id, it.missing)
	}
	var tests []repo.UnitTest
	if it.tests.HasTests {
		spec, err := r.now.item(ctx, it.tests)
		if err == nil {
			tests, err = spec.UnitTests()
		}
		if err != nil {
			return nil, 0, err
		}
	}
	names := make([]string, len(tests))
	for i, t := range tests {
		names[i] = t.Name
	}
	i := slices.Index(names, name)
	switch {
	case len(tests) == 0:
		return nil, 0, fmt.Errorf("%s (%s) has no tests", id, it.spec.Path)
	case i < 0 && name == "" && len(tests) == 1:
		i = 0
	case i < 0 && name == "":
		return nil, 0, fmt.Errorf("%s has %d tests; name one: %s", id, len(tests), quotedList(names))
	case i < 0 && suggest.DidYouMean(name, names) != "":
		return nil, 0, fmt.Errorf("%s has no test %q%s", id, name, suggest.DidYouMean(name, names))
	case i < 0:
		return nil, 0, fmt.Errorf("%s has no test %q; its tests are %s", id, name, quotedList(names))
	}
	return &unit{item: it}, i, nil
}

// quotedList quotes some names.
func quotedList(names []string) string {
	const most = 20
	out := make([]string, 0, most)
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d others", strings.Join(out, ", "), len(names)-most)
		}
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}
