package sync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// counter is a Panther that has alerts.
type counter struct {
	metrics map[string]int
	refused error
	single  map[string]int
	// asked lists what was counted one by one.
	mu    gosync.Mutex
	asked map[string]int
	since time.Time
}

func (c *counter) AlertsPerRule(_ context.Context, from, to time.Time) (map[string]int, error) {
	c.since = from
	return c.metrics, c.refused
}

func (c *counter) CountAlerts(_ context.Context, id string, since time.Time, most int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked == nil {
		c.asked = map[string]int{}
	}
	c.asked[id]++
	c.since = since
	return min(c.single[id], most), nil
}

func change(kind panther.Kind, id string, a sync.Action, d diff.Direction) sync.Change {
	return sync.Change{Kind: kind, ID: id, Action: a, Direction: d}
}

// TestImpact: every live detection of a plan gets the number of its alerts.
func TestImpact(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	global := change(panther.Global, "shared", sync.Update, "")
	global.Affected = &sync.Affected{Entities: []sync.AffectedEntity{{Kind: panther.Rule, ID: "R"}, {Kind: panther.ScheduledRule, ID: "S"}, {Kind: panther.Policy, ID: "P"}, {Kind: panther.DataModel, ID: "M"}}}
	idle := change(panther.Global, "idle", sync.Update, "")
	idle.Affected = &sync.Affected{}
	plan := func() *sync.Plan {
		return &sync.Plan{
			Changes: []sync.Change{change(panther.Rule, "R", sync.Update, diff.Weaker), change(panther.Rule, "New", sync.Create, ""), change(panther.Policy, "P", sync.Delete, ""),
				change(panther.Query, "Q", sync.Update, ""), global, idle},
			Kept: []sync.Change{change(panther.ScheduledRule, "S", sync.Delete, "")},
		}
	}
	alerts := func(p *sync.Plan) map[string]string {
		out := map[string]string{}
		for _, list := range [][]sync.Change{p.Changes, p.Kept} {
			for _, c := range list {
				if a := c.Alerts; a != nil {
					out[c.ID] = fmt.Sprint(a.Count, a.AtLeast, a.Detections)
				}
			}
		}
		return out
	}
	denied := &panther.APIError{Status: http.StatusForbidden, Method: "POST", Path: "/public/graphql", Message: "no"}
	for name, tc := range map[string]struct {
		api   *counter
		want  map[string]string
		asked map[string]int
	}{
		"metrics": {&counter{metrics: map[string]int{"R": 412, "S": 5, "P": 9}, single: map[string]int{"P": 2}},
			map[string]string{"R": "412 false 0", "S": "5 false 0", "P": "2 false 0", "shared": "417 false 2"}, map[string]int{"P": 1}},
		"one by one": {&counter{refused: denied, single: map[string]int{"R": 4000, "P": 2}},
			map[string]string{"R": "300 true 0", "S": "0 false 0", "P": "2 false 0"}, map[string]int{"R": 1, "S": 1, "P": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan()
			if err := sync.CountImpact(t.Context(), tc.api, p, now); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, alerts(p)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(tc.asked, tc.api.asked); d != "" {
				t.Errorf("asked (-want +got):\n%s", d)
			}
			if want := now.AddDate(0, 0, -7); !tc.api.since.Equal(want) || len(p.Diagnostics) > 0 {
				t.Errorf("since %s, want %s; %v", tc.api.since, want, p.Diagnostics)
			}
		})
	}
}

// TestImpactHasBounds: of many detections those that a plan deletes or weakens are counted,
// and a note says that others were not.
func TestImpactHasBounds(t *testing.T) {
	p := &sync.Plan{}
	for i := range 400 {
		d := diff.Neutral
		if i%4 == 1 {
			d = diff.Weaker
		}
		p.Changes = append(p.Changes, change(panther.Rule, fmt.Sprint("R", i), sync.Update, d))
	}
	p.Changes = append(p.Changes, change(panther.Rule, "Gone", sync.Delete, ""))
	api := &counter{refused: errors.New("no metrics")}
	if err := sync.CountImpact(t.Context(), api, p, time.Now()); err != nil {
		t.Fatal(err)
	}
	if len(api.asked) != 100 || api.asked["Gone"] != 1 {
		t.Errorf("%d are asked for, and the deleted one %d times", len(api.asked), api.asked["Gone"])
	}
	weaker := 0
	for _, c := range p.Changes {
		if c.Alerts != nil && c.Direction == diff.Weaker {
			weaker++
		}
	}
	if weaker != 99 {
		t.Errorf("%d of 100 weaker ones are counted", weaker)
	}
	want := "the alerts of the last 7 days are counted for 100 of 401 detections, because Panther did not answer for all at once: no metrics"
	if len(p.Diagnostics) != 1 || p.Diagnostics[0].Message != want {
		t.Errorf("got %v", p.Diagnostics)
	}
	// A run that ends is an error, and no note.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sync.CountImpact(ctx, api, p, time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
