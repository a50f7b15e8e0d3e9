package unittest

import (
	"context"
	"fmt"
	"slices"
)

// filtered selects the detections whose specs have the values of Options.Filter.
func (r *run) filtered(ctx context.Context, items []*item) ([]*item, error) {
	if len(r.opts.Filter) == 0 {
		return items, nil
	}
	var out []*item
	for _, it := range items {
		spec, err := r.now.item(ctx, it.spec)
		if err != nil {
			return nil, err
		}
		if r.opts.Filter.Match(spec.Root) {
			out = append(out, it)
		}
	}
	return out, nil
}

// wanted reports whether a test of a detection was selected.
func (r *run) wanted(it *item, name string) bool {
	if r.opts.Failed && !slices.Contains(r.store.failed, testKey{it.kind(), it.spec.ID, name}) {
		return false
	}
	return chosenName(name, r.opts.Names)
}

// few finds the detections with too few tests.
func (r *run) few() {
	least := r.opts.MinTests
	for _, u := range r.units {
		yes, no := 0, 0
		for _, t := range u.results {
			if t.Expected {
				yes++
			} else {
				no++
			}
		}
		reason := ""
		switch n := yes + no; {
		case n < least:
			reason = fmt.Sprintf("it has %d of the %d tests that --minimum-tests demands; add tests", n, least)
		case least >= 2 && yes == 0:
			reason = "no test expects true; add one"
		case least >= 2 && no == 0:
			reason = "no test expects false; add one"
		}
		if reason != "" {
			r.res.Few = append(r.res.Few, Few{ID: u.spec.ID, Path: u.spec.Path, Line: 1, Reason: reason})
		}
	}
}
