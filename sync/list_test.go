package sync_test

import (
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// TestStatesOfAList compares the state of a rule with what its three values say, for all
// combinations of them.
func TestStatesOfAList(t *testing.T) {
	const none, low, high, critical, asleep = "", "Low", "High", "Critical", "Experimental"
	spec := func(severity string) string {
		switch severity {
		case none:
			return ""
		case asleep:
			return ruleSpec("Enabled: true", "Severity: Low", "Status: Experimental")
		}
		return ruleSpec("Enabled: true", "Severity: "+severity)
	}
	// want is the state by the three values alone.
	want := func(was, here, live string) sync.EntityState {
		switch {
		case here == asleep:
			return sync.StateNotDeployed
		case here == none && live == none:
			return ""
		case here == none && was != none:
			return sync.StateRemoved
		case here == none:
			return sync.StateOnlyLive
		case live == none && was == none:
			return sync.StateOnlyHere
		case live == none && was == here:
			return sync.StateDeleted
		case live == none:
			return sync.StateConflict
		case here == live:
			return sync.StateInStep
		case was == none:
			return sync.StateDiffers
		case was == live:
			return sync.StateChanged
		case was == here:
			return sync.StateEdited
		}
		return sync.StateConflict
	}
	for _, was := range []string{none, low} {
		for _, here := range []string{none, low, high, asleep} {
			for _, live := range []string{none, low, high, critical} {
				o := sync.ListOptions{}
				r, is := sides{base: spec(was), desired: spec(here), live: spec(live)}.inputs(t, &o.PlanOptions)
				l, err := sync.List(t.Context(), r, is, o)
				if err != nil {
					t.Fatal(err)
				}
				var got sync.EntityState
				for _, e := range l.Entities {
					if e.Key() == ruleKey {
						got = e.State
					}
				}
				state := want(was, here, live)
				if got != state {
					t.Errorf("deployed %q, here %q, live %q: %q, want %q", was, here, live, got, state)
				}
				c, err := sync.Compare(t.Context(), r, is, ruleKey, o)
				switch {
				case err != nil:
					t.Fatal(err)
				case (c == nil) != (state == ""):
					t.Errorf("deployed %q, here %q, live %q: compared as %+v", was, here, live, c)
				case c == nil:
					continue
				}
				if c.Entity.State != state || c.WasDeployed != (was != none) || c.IsHere != (here != none) || c.IsLive != (live != none) || c.Differs() != (state != sync.StateInStep) {
					t.Errorf("deployed %q, here %q, live %q: compared as %+v", was, here, live, c)
				}
				// Only the severity ever differs.
				fields := 0
				if here != none && live != none && here != live && here != asleep || here == none && was != none && was != live || live == none && was != none && here == high {
					fields = 1
				}
				if len(c.Fields) != fields || fields == 1 && c.Fields[0].Name != panther.FieldSeverity {
					t.Errorf("deployed %q, here %q, live %q: %+v differ, want %d", was, here, live, c.Fields, fields)
				}
			}
		}
	}
}

// TestAListWithoutARecord does not say who changed what.
func TestAListWithoutARecord(t *testing.T) {
	o := sync.ListOptions{}
	r, live := sides{noBase: true, desired: ruleSpec("Enabled: true", "Severity: Low"), live: ruleSpec("Enabled: true", "Severity: High")}.inputs(t, &o.PlanOptions)
	l, err := sync.List(t.Context(), r, live, o)
	if err != nil || l.Summary[sync.StateDiffers] != 1 || l.Summary[sync.StateInStep] != 1 {
		t.Errorf("%v, %v", l.Summary, err)
	}
}
