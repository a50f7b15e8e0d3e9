package panther

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"
)

// alertsPerRule is the query for the numbers of alerts (source: Panther's published GraphQL schema). It needs the
// permission SummaryRead.
const alertsPerRule = `query AlertsPerRule($input: MetricsInput!) { metrics(input: $input) { alertsPerRule { entityId value } } }`

// alertsPath is that of the alerts in the REST API.
const alertsPath = "/alerts"

// maxAlertPage is the maximum number of alerts on a page (source: Panther's API description).
const maxAlertPage = 50

// AlertsPerRule returns how many alerts each rule raised between two times. Rules without an alert are missing; about
// policies it says nothing. It is one call of Panther's GraphQL API, and needs the permission SummaryRead.
func (c *Client) AlertsPerRule(ctx context.Context, from, to time.Time) (map[string]int, error) {
	out, err := c.alertsPerRule(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("read the metrics of alerts: %w", err)
	}
	return out, nil
}

func (c *Client) alertsPerRule(ctx context.Context, from, to time.Time) (map[string]int, error) {
	const form = "2006-01-02T15:04:05.000Z"
	input := map[string]any{"fromDate": from.UTC().Format(form), "toDate": to.UTC().Format(form)}
	var said struct {
		Metrics struct {
			AlertsPerRule []struct {
				EntityID string  `json:"entityId"`
				Value    float64 `json:"value"`
			} `json:"alertsPerRule"`
		} `json:"metrics"`
	}
	raw, release, err := c.query(ctx, "the numbers of alerts (SummaryRead)", alertsPerRule, input, &said)
	if err != nil {
		return nil, err
	}
	defer release()
	if said.Metrics.AlertsPerRule == nil {
		return nil, c.unread(http.MethodGet, raw, errors.New("the response has no numbers"))
	}
	out := make(map[string]int, len(said.Metrics.AlertsPerRule))
	for _, r := range said.Metrics.AlertsPerRule {
		if r.Value < 0 || r.Value > math.MaxInt32 {
			return nil, c.unread(http.MethodGet, raw, fmt.Errorf("the response has %g alerts for %q", r.Value, c.cut(r.EntityID, maxShort)))
		}
		out[r.EntityID] += int(math.Round(r.Value))
	}
	return out, nil
}

// CountAlerts returns how many alerts a detection raised since a time, and stops counting at a maximum. It needs the
// permission AlertRead. What a detection raised is not errors of its code, which Panther lists apart.
func (c *Client) CountAlerts(ctx context.Context, detection string, since time.Time, most int) (int, error) {
	n, enough := 0, errors.New("enough")
	q := url.Values{"detection-id": {detection}, "created-after": {since.UTC().Format(time.RFC3339Nano)}}
	err := c.pages(ctx, alertsPath, q, min(c.opts.PageSize, maxAlertPage), func(listed) error {
		if n++; n >= most {
			return enough
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return 0, fmt.Errorf("count the alerts of %q: %w", detection, err)
	}
	return n, nil
}
