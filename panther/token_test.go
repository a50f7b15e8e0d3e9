package panther_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestSelf(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 2, hour, 30, 0, 0, time.UTC) }
	r := connect(t, sandbox.Options{Now: func() time.Time { return at(9) }})
	want := panther.Token{ID: "t-1", Name: "ci", Permissions: []string{"RuleRead", "PolicyModify"},
		AllowedCIDRBlocks: []string{"127.0.0.0/8"}, CreatedAt: at(1), RotatedAt: at(2), ExpiresAt: at(23), LastUsedAt: at(9)}
	if err := r.server.SetToken(t.Context(), sandbox.TokenInfo{ID: "t-1", Name: "ci", Permissions: []sandbox.Permission{"RuleRead", "PolicyModify"},
		AllowedCIDRBlocks: []string{"127.0.0.0/8"}, CreatedAt: at(1), RotatedAt: at(2), ExpiresAt: at(23)}); err != nil {
		t.Fatal(err)
	}
	got, err := r.client.Self(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSelfReadsWhatIsUnset(t *testing.T) {
	for name, body := range map[string]string{
		"null":   `{"id":"t","name":"n","permissions":[],"allowedCIDRBlocks":null,"createdAt":"2026-01-02T03:04:05.678+01:00","expiresAt":null,"rotatedAt":null,"lastUsedAt":null}`,
		"absent": `{"id":"t","name":"n","permissions":[],"createdAt":"2026-01-02T02:04:05.678Z"}`,
	} {
		var n atomic.Int64
		c, _ := dialAllowing(t, always(&n, 200, body), sandbox.ContractOptions{Nulls: true})
		got, err := c.Self(t.Context())
		want := panther.Token{ID: "t", Name: "n", Permissions: []string{}, CreatedAt: time.Date(2026, 1, 2, 2, 4, 5, 678e6, time.UTC)}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestSelfRefused(t *testing.T) {
	r := connect(t, sandbox.Options{})
	r.server.DelayToken(sandbox.TokenDelay{Requests: 1})
	var api *panther.APIError
	_, err := r.client.Self(t.Context())
	if !errors.As(err, &api) || api.Status != http.StatusUnauthorized || !strings.Contains(err.Error(), "takes up to a minute to work (pdac auth status --wait)") {
		t.Errorf("got %v", err)
	}
	if _, err := r.client.Self(t.Context()); err != nil {
		t.Errorf("when it works: %v", err)
	}
	info := r.server.Token()
	info.Permissions = []sandbox.Permission{sandbox.PolicyRead}
	if err := r.server.SetToken(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.Create(t.Context(), sample(panther.Policy, "P"), panther.WriteOptions{})
	if !errors.As(err, &api) || api.Status != http.StatusForbidden || !strings.Contains(err.Error(), "the token lacks the permission for /policies (PolicyModify), or this address is outside its allowed networks") {
		t.Errorf("got %v", err)
	}
}

// TestPermissions: with the permissions that a kind says it needs, and no
// others, it can be read and written; and with only the one for reading, read.
func TestPermissions(t *testing.T) {
	for _, kind := range panther.Kinds() {
		need := kind.Permissions()
		sets := [][]sandbox.Permission{{}}
		for i := range need.Read {
			read, modify := sandbox.Permission(need.Read[i]), sandbox.Permission(need.Modify[i])
			sets = append(sets, []sandbox.Permission{read}, []sandbox.Permission{read, modify})
		}
		for _, held := range sets {
			r := connect(t, sandbox.Options{})
			info := r.server.Token()
			info.Permissions = held
			if err := r.server.SetToken(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			_, err := r.client.List(t.Context(), kind)
			if (err == nil) != (len(held) > 0) {
				t.Errorf("%s with %s: list: %v", kind, held, err)
			}
			if lacks := "the token lacks the permission for " + kind.Collection() + " (" + strings.Join(need.Read, " or ") + "), or"; err != nil && !strings.Contains(err.Error(), lacks) {
				t.Errorf("%s: got %v, want it to say %q", kind, err, lacks)
			}
			if _, err := r.client.Create(t.Context(), sample(kind, "A"), panther.WriteOptions{}); (err == nil) != (len(held) > 1) {
				t.Errorf("%s with %s: create: %v", kind, held, err)
			}
		}
	}
}

func TestRotate(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	r := connect(t, sandbox.Options{Now: func() time.Time { return now }})
	got, err := r.client.Rotate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Value == "" || got.Value == secret || got.Name != "sandbox" || !got.RotatedAt.Equal(now) {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(r.log.String(), got.Value) {
		t.Errorf("the log shows the new token:\n%s", r.log)
	}
	var api *panther.APIError
	if _, err := r.client.Self(t.Context()); !errors.As(err, &api) || api.Status != http.StatusUnauthorized {
		t.Errorf("with the old token: %v", err)
	}
	c, _ := dial(t, r.server.Transport(), func(o *panther.Options) { o.Token = got.Value })
	if _, err := c.Self(t.Context()); err != nil {
		t.Errorf("with the new token: %v", err)
	}
}

// TestRotateKeepsTheValue: the new value is shown once, so nothing else that is
// odd about the answer may lose it.
func TestRotateKeepsTheValue(t *testing.T) {
	for name, body := range map[string]string{
		"nothing else":     `{"value":"new-one"}`,
		"odd permissions":  `{"value":"new-one","permissions":"all","id":"t"}`,
		"odd times":        `{"createdAt":1767322800,"expiresAt":{"never":true},"value":"new-one"}`,
		"times no one has": `{"createdAt":"yesterday","rotatedAt":"","value":"new-one"}`,
		"odd id":           `{"id":5,"name":[],"allowedCIDRBlocks":{},"value":"new-one"}`,
		"unknown fields":   `{"zone":{"a":[1]},"value":"new-one"}`,
	} {
		var n atomic.Int64
		c, book := dialOdd(t, always(&n, 200, body))
		got, err := c.Rotate(t.Context())
		if err != nil || got.Value != "new-one" {
			t.Errorf("%s: got %q, %v", name, got.Value, err)
		}
		if strings.Contains(book.String(), "new-one") {
			t.Errorf("%s: the log shows the new token:\n%s", name, book)
		}
	}
}

// TestRotateWithoutAValue: Panther reported success without a value, so the old
// token may be dead, and the error must say so.
func TestRotateWithoutAValue(t *testing.T) {
	for name, body := range map[string]string{
		"empty": `{"id":"t","name":"n","permissions":[],"createdAt":"2026-01-02T03:04:05Z","value":""}`, "absent": `{"id":"t"}`,
		"null": `{"value":null}`, "no text": `{"value":{"new":"new-one"}}`, "no object": `["new-one"]`,
		"nothing": ``, "half": `{"value":"new-o`, "a page": `<html>new-one</html>`, "an echo": `{"token":"` + secret + `"}`,
	} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, body))
		got, err := c.Rotate(t.Context())
		if err == nil || got.Value != "" || !strings.Contains(err.Error(), "rotate the token: Panther's response has no new value") || !panther.Uncertain(err) {
			t.Errorf("%s: got %q, uncertain %v, %v", name, got.Value, panther.Uncertain(err), err)
			continue
		}
		noSecret(t, "the error", err.Error())
		if n.Load() != 1 || strings.Contains(err.Error(), "new-o") {
			t.Errorf("%s: %d requests, %v", name, n.Load(), err)
		}
	}
}

// TestRotateIsNotGivenUp: once it is on its way its answer is waited for, and it
// is never made twice.
func TestRotateIsNotGivenUp(t *testing.T) {
	r := connect(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	r.fault(sandbox.Fault{Match: "POST /api-tokens/self/rotate", Do: func(*http.Request) { cancel() }})
	if got, err := r.client.Rotate(ctx); err != nil || got.Value == "" {
		t.Errorf("got %q, %v", got.Value, err)
	}
}

func TestAlerts(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 30, 0, 500e6, time.UTC)
	r := connect(t, sandbox.Options{Now: func() time.Time { return now.Add(time.Hour) }})
	var all []sandbox.Alert
	for i := range 120 {
		all = append(all, sandbox.Alert{ID: fmt.Sprintf("a-%03d", i), CreatedAt: now.Add(-time.Duration(i) * time.Minute),
			Detection: &sandbox.Detection{ID: []string{"Acme/Login é", "Other"}[i%2], Type: "RULE"}})
	}
	all = append(all, sandbox.Alert{ID: "old", CreatedAt: now.AddDate(0, -2, 0), Detection: &sandbox.Detection{ID: "Acme/Login é"}},
		sandbox.Alert{ID: "error", Type: "DETECTION_ERROR", CreatedAt: now, Detection: &sandbox.Detection{ID: "Other"}},
		sandbox.Alert{ID: "policy", CreatedAt: now, Detection: &sandbox.Detection{ID: "Policy", Type: "POLICY"}})
	if err := r.server.SeedAlerts(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	const many = 1000
	for _, tc := range []struct {
		name, detection  string
		after            time.Time
		size, most, want int
	}{
		{"all", "Acme/Login é", now.AddDate(-1, 0, 0), 0, many, 61},
		{"page by page", "Acme/Login é", now.AddDate(0, -1, 0), 1, many, 60},
		{"by more than Panther gives", "Acme/Login é", now.AddDate(0, -1, 0), 1000, many, 60},
		{"up to a maximum", "Acme/Login é", now.AddDate(-1, 0, 0), 20, 21, 21},
		{"without errors of the detection", "Other", now.AddDate(0, -1, 0), 0, many, 60},
		{"none", "Nobody", now.AddDate(0, -1, 0), 0, many, 0},
		{"after a moment", "Acme/Login é", now.Add(-10 * time.Minute), 0, many, 5},
		{"after a moment in another zone", "Acme/Login é", now.Add(-10 * time.Minute).In(time.FixedZone("", 5*3600)), 0, many, 5},
		// The alert of half past, and half a second, isn't after three quarters of it.
		{"after a fraction of a second", "Acme/Login é", now.Add(time.Second / 4), 0, many, 0},
		{"after now", "Acme/Login é", now.Add(time.Minute), 0, many, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := dial(t, r.server.Transport(), pageSize(tc.size))
			if got, err := c.CountAlerts(t.Context(), tc.detection, tc.after, tc.most); err != nil || got != tc.want {
				t.Errorf("%d alerts, want %d: %v", got, tc.want, err)
			}
		})
	}
	// The metrics have those of rules, from one time to before another.
	for name, tc := range map[string]struct {
		from, to time.Time
		want     map[string]int
	}{
		"all":         {now.AddDate(-1, 0, 0), now.Add(time.Hour), map[string]int{"Acme/Login é": 61, "Other": 60}},
		"ten minutes": {now.Add(-9 * time.Minute), now.Add(time.Millisecond), map[string]int{"Acme/Login é": 5, "Other": 5}},
		"none":        {now.Add(time.Minute), now.Add(time.Hour), map[string]int{}},
	} {
		got, err := r.client.AlertsPerRule(t.Context(), tc.from, tc.to)
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestAlertsThatCannotBeRead(t *testing.T) {
	for body, want := range map[string]string{
		`{"alerts":[]}`: "it has no results",
		`nope`:          "the response is not a list",
	} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, body))
		got, err := c.CountAlerts(t.Context(), "R", time.Time{}, 5)
		if got != 0 || err == nil || !strings.HasPrefix(err.Error(), `count the alerts of "R": `) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", body, got, err)
		}
	}
	for body, want := range map[string]string{
		`nope`: "the response is not what was asked for",
		`{}`:   "the response has no numbers",
		`{"data":null,"errors":[{"message":"Cannot query field\n \"metrics\""}]}`:           `Panther answered: Cannot query field "metrics"`,
		`{"data":{"metrics":{"alertsPerRule":null}}}`:                                       "the response has no numbers",
		`{"data":{"metrics":{"alertsPerRule":[{"entityId":"R","value":-1}]}}}`:              `the response has -1 alerts for "R"`,
		`{"data":{"metrics":{"alertsPerRule":[{"entityId":"R","value":1e300}]}}}`:           `the response has 1e+300 alerts for "R"`,
		`{"data":{"metrics":{"alertsPerRule":[{"entityId":"R","value":"many"}]}}}`:          "the response is not what was asked for",
		`{"errors":[{"message":"` + secret + `"}]}`:                                         "Panther answered: ",
		`{"data":{"metrics":{"alertsPerRule":[{"entityId":"` + secret + `","value":-1}]}}}`: "the response can't be used",
		`<html>`: "is a web page and not JSON",
	} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, body))
		got, err := c.AlertsPerRule(t.Context(), time.Time{}, time.Time{})
		if got != nil || err == nil || !strings.HasPrefix(err.Error(), "read the metrics of alerts: ") || !strings.Contains(err.Error(), want) || panther.Uncertain(err) {
			t.Errorf("%s: got %v, %v", body, got, err)
			continue
		}
		noSecret(t, "the error", err.Error())
	}
}
