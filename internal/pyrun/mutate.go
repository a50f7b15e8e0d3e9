package pyrun

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// MutationRequest is a module whose tests all pass, with changes of it.
type MutationRequest struct {
	ID    string
	Kind  Kind
	Path  string
	Body  string
	Tests []MutationTest
	// Changes are independent of each other.
	Changes []Change
	// Groups are code that is hidden if a change of it is not noticed, or if the group around
	// it is hidden.
	Groups []Group
	// Limit is the processor time that each change has for all tests. In all it may take ten
	// times that.
	Limit time.Duration
	// Search also looks for events that show the changes that no test notices.
	Search bool
}

// MutationTest is a test with what its main function returns.
type MutationTest struct {
	Test
	Returns bool `json:"-"`
	// Functions are those that must not fail, beside the main function.
	Functions []string `json:"functions,omitempty"`
}

// Change replaces a part of the body, from one byte to another.
type Change struct {
	Number int    `json:"n"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Text   string `json:"text"`
	// Of and Until are the bytes of a function that can replace that of the loaded module;
	// both are 0 if the whole module must be loaded again.
	Of    int `json:"of"`
	Until int `json:"until"`
	// Of the changes of one Site, an event is searched only for one, and for none in a Group
	// that is hidden.
	Site  int `json:"site"`
	Group int `json:"group"`
	// Hints are constants from which an event may be made that shows the change.
	Hints []any `json:"hints,omitempty"`
}

// Group is code that some changes hide, by their numbers. Up is the group around it, which
// comes before it; -1 for none.
type Group struct {
	Mutants []int `json:"by"`
	Up      int   `json:"up"`
}

// MutationAnswer is what came of a MutationRequest.
type MutationAnswer struct {
	// Fault says why the unchanged module could not be run, and Unstable that it no longer
	// returns what it did. Both leave no Changes.
	Fault    *Fault
	Unstable bool
	Changes  []ChangeOutcome
}

// ChangeOutcome is what came of one change.
type ChangeOutcome struct {
	// Invalid says that it is no Python.
	Invalid bool `json:"invalid"`
	// By is how a test noticed it; "" if none did. Test is the number of that test.
	By   Noticed `json:"by"`
	Test int     `json:"test"`
	// Catch is an event that shows it; nil if none was found.
	Catch *Catch `json:"catch"`
}

// Noticed is how a test notices a change.
type Noticed string

// The ways to notice a change.
const (
	ByValue   Noticed = "value"
	ByError   Noticed = "error"
	ByTimeout Noticed = "timeout"
	ByCrash   Noticed = "crash"
)

// Catch is an event on which a module and its change return different values: that of a
// test with some values set.
type Catch struct {
	Test int `json:"test"`
	// Returns is what the unchanged module returns.
	Returns bool  `json:"returns"`
	Set     []Set `json:"set"`
}

// Set sets one value of an event.
type Set struct {
	// Path are keys and indices.
	Path []any `json:"path"`
	// Value is JSON; Missing says that the value is removed.
	Value   string `json:"value"`
	Missing bool   `json:"missing"`
}

type wireMutation struct {
	Key     int            `json:"key"`
	ID      string         `json:"id"`
	Kind    Kind           `json:"type"`
	Path    string         `json:"path"`
	Body    string         `json:"body"`
	Tests   []MutationTest `json:"tests"`
	Returns []bool         `json:"returns"`
	Mutants []Change       `json:"mutants"`
	Groups  []Group        `json:"groups"`
	Limit   float64        `json:"limit_s"`
	Search  bool           `json:"search"`
}

type wireMutationAnswer struct {
	Error   *Fault          `json:"error"`
	Values  []bool          `json:"values"`
	Mutants []ChangeOutcome `json:"mutants"`
	Spent   bool            `json:"spent"`
	Site    []string        `json:"site"`
}

// maxKilled is how many changes of one module may end their process. A module of more is
// given up, since each takes seconds.
const maxKilled = 10

// patience and searchTime are those of the harness.
const (
	patience   = 10
	searchTime = 300 * time.Millisecond
)

// Mutate runs requests as Run does.
func (p *Pool) Mutate(ctx context.Context, requests []MutationRequest, each func(i int, a MutationAnswer) bool) error {
	return spread(ctx, p, len(requests), func(ctx context.Context, i int) (MutationAnswer, error) { return p.mutate(ctx, requests[i]) }, each)
}

// mutate runs one request. If its worker ends, the change that ran is to blame, and the
// others run again in another one.
func (p *Pool) mutate(ctx context.Context, r MutationRequest) (MutationAnswer, error) {
	out := MutationAnswer{Changes: make([]ChangeOutcome, len(r.Changes))}
	left := make([]int, len(r.Changes))
	for i := range left {
		left[i] = i
	}
	returns := make([]bool, len(r.Tests))
	for i, t := range r.Tests {
		returns[i] = t.Returns
	}
	for killed := 0; ; {
		w, err := p.take()
		if err != nil {
			return MutationAnswer{}, err
		}
		changes := make([]Change, len(left))
		for i, n := range left {
			changes[i] = r.Changes[n]
		}
		var got wireMutationAnswer
		fault := w.ask(ctx, p, patience*max(r.Limit, searchTime), &got, wireMutation{ID: r.ID, Kind: r.Kind, Path: r.Path, Body: r.Body, Tests: r.Tests, Returns: returns, Mutants: changes, Groups: r.Groups, Limit: r.Limit.Seconds(), Search: r.Search})
		switch {
		case ctx.Err() != nil:
			w.kill()
			w.died()
			return MutationAnswer{}, context.Cause(ctx)
		case fault == nil && got.Spent:
			w.end()
		case fault == nil:
			p.put(w)
		}
		if fault == nil {
			p.found(got.Site)
			if got.Error != nil {
				return MutationAnswer{Fault: got.Error}, nil
			}
			if !slices.Equal(got.Values, returns) || len(got.Mutants) != len(left) {
				return MutationAnswer{Unstable: true}, nil
			}
			for i, n := range left {
				out.Changes[n] = got.Mutants[i]
			}
			return out, nil
		}
		at := w.started - 2 // the first dot is for the unchanged module
		switch {
		case at < 0:
			return MutationAnswer{Fault: fault}, nil
		case at >= len(left):
			r.Search = false
			continue
		}
		if killed++; killed == maxKilled {
			return MutationAnswer{Fault: fault}, nil
		}
		by := ByCrash
		if fault.Type == TookTooLong {
			by = ByTimeout
		}
		out.Changes[left[at]] = ChangeOutcome{By: by}
		if left = slices.Delete(left, at, at+1); len(left) == 0 {
			return out, nil
		}
	}
}

// MarshalJSON writes a test as the harness reads it.
func (t MutationTest) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Event     string   `json:"event"`
		Mocks     []Mock   `json:"mocks,omitempty"`
		Functions []string `json:"functions,omitempty"`
	}{t.Event, t.Mocks, t.Functions})
}
