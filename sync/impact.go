package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"golang.org/x/sync/errgroup"
)

// ImpactDays is how many days of alerts count for the impact of a change.
const ImpactDays = 7

// maxCounted is up to how many alerts of a detection are counted, and maxAsked for how many
// detections, if Panther has to be asked for each. That is at most 600 requests.
const (
	maxCounted = 300
	maxAsked   = 100
	// countsAtOnce is how many detections are asked for at the same time.
	countsAtOnce = 8
)

// AlertCounter counts alerts in Panther. *panther.Client is one.
type AlertCounter interface {
	AlertsPerRule(ctx context.Context, from, to time.Time) (map[string]int, error)
	CountAlerts(ctx context.Context, detection string, since time.Time, most int) (int, error)
}

// Alerts is how many alerts a detection raised in the last ImpactDays days.
type Alerts struct {
	Count int `json:"count"`
	// AtLeast says that there may be more.
	AtLeast bool `json:"at_least,omitempty"`
	// Detections is of how many they are: those that a changed global reaches. It is 0 for
	// a detection's own alerts.
	Detections int `json:"detections,omitempty"`
}

// CountImpact sets the alerts of everything in a plan that is live: of what is changed,
// deleted or replaced, also if it is held back or kept. One call of GraphQL has the numbers
// of all rules. Without it, the REST API is asked for each detection, those first that the
// plan deletes or weakens. What could not be counted is a note of the plan and no error.
// Alerts that a plan already has are replaced.
func CountImpact(ctx context.Context, api AlertCounter, p *Plan, now time.Time) error {
	var all []*Change
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for i := range list {
			if list[i].Alerts = nil; list[i].Action != Create {
				all = append(all, &list[i])
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Change) int { return urgency(*a) - urgency(*b) })
	var detections []alertSource
	for _, c := range all {
		if c.Kind.RunsTests() {
			detections = append(detections, alertSource{c.Key(), c.Replaces, &c.Alerts})
		}
	}
	perRule, notes, err := countAlerts(ctx, api, detections, len(all) > len(detections), now)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Affected != nil && perRule != nil {
			c.Alerts = c.Affected.alerts(perRule)
		}
	}
	p.Diagnostics = append(p.Diagnostics, notes...)
	return nil
}

// CountImpact is that of a drift: the alerts of what was edited in the console.
func (d *Drift) CountImpact(ctx context.Context, api AlertCounter, now time.Time) error {
	var detections []alertSource
	for _, list := range [][]DriftedEntity{d.Entities, d.Accepted} {
		for i := range list {
			e := &list[i]
			if e.Alerts = nil; e.Kind.RunsTests() {
				detections = append(detections, alertSource{e.Key(), e.LiveKind, &e.Alerts})
			}
		}
	}
	_, notes, err := countAlerts(ctx, api, detections, false, now)
	d.Diagnostics = append(d.Diagnostics, notes...)
	return err
}

// urgency sorts changes by how much their alerts matter.
func urgency(c Change) int {
	switch {
	case c.Action == Delete:
		return 0
	case c.Direction == diff.Weaker:
		return 1
	case c.Action == Replace:
		return 2
	}
	return 3
}

// alertSource is a detection whose alerts are wanted.
type alertSource struct {
	key panther.Key
	// other is the kind that the id has in Panther, if that is another one.
	other panther.Kind
	into  **Alerts
}

// isRule reports whether the numbers of all rules include it.
func (a alertSource) isRule() bool { return a.key.Kind != panther.Policy && a.other != panther.Policy }

// countAlerts sets the alerts of detections, and returns those of all rules if Panther
// has them in one answer. all asks for them even if no rule is among the detections.
func countAlerts(ctx context.Context, api AlertCounter, list []alertSource, all bool, now time.Time) (map[string]int, []repo.Diagnostic, error) {
	since := now.Add(-ImpactDays * 24 * time.Hour)
	var perRule map[string]int
	var refused error
	if all || slices.ContainsFunc(list, alertSource.isRule) {
		perRule, refused = api.AlertsPerRule(ctx, since, now)
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("count the alerts: %w", ctx.Err())
		}
	}
	var ask []alertSource
	for _, a := range list {
		if perRule == nil || !a.isRule() {
			ask = append(ask, a)
			continue
		}
		*a.into = &Alerts{Count: perRule[a.key.ID]}
	}
	asked := ask[:min(len(ask), maxAsked)]
	err := eachAlerts(ctx, api, asked, since)
	switch {
	case ctx.Err() != nil:
		return nil, nil, fmt.Errorf("count the alerts: %w", ctx.Err())
	case err != nil:
		return perRule, []repo.Diagnostic{note("the alerts of the last %d days are not counted: %v%s", ImpactDays, err, eitherPermission(refused))}, nil
	case len(asked) < len(ask):
		text := fmt.Sprintf("the alerts of the last %d days are counted for %d of %d detections", ImpactDays, len(asked), len(ask))
		if refused != nil {
			text += fmt.Sprintf(", because Panther did not answer for all at once: %v", refused)
		}
		return perRule, []repo.Diagnostic{note("%s", text)}, nil
	}
	return perRule, nil, nil
}

// eitherPermission adds that another permission would do, if Panther refused both ways.
func eitherPermission(err error) string {
	var api *panther.APIError
	if errors.As(err, &api) && api.Status == http.StatusForbidden {
		return "; one of the permissions SummaryRead and AlertRead is enough"
	}
	return ""
}

func note(format string, args ...any) repo.Diagnostic {
	return repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf(format, args...)}
}

// eachAlerts asks Panther for each detection. Nothing is counted after a failure.
func eachAlerts(ctx context.Context, api AlertCounter, list []alertSource, since time.Time) error {
	counts := make([]int, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(countsAtOnce)
	for i, a := range list {
		g.Go(func() (err error) {
			counts[i], err = api.CountAlerts(ctx, a.key.ID, since, maxCounted)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, a := range list {
		*a.into = &Alerts{Count: counts[i], AtLeast: counts[i] >= maxCounted}
	}
	return nil
}

// alerts adds up the alerts of what the change of a global reaches; nil for nothing.
func (a *Affected) alerts(perRule map[string]int) *Alerts {
	var out Alerts
	for _, e := range a.Entities {
		if e.Kind.RunsTests() && e.Kind != panther.Policy {
			out.Count += perRule[e.ID]
			out.Detections++
		}
	}
	if out.Detections == 0 {
		return nil
	}
	return &out
}
