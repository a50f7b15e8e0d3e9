package sync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// TestWhatAPolicyStopsIsTold reads every text of a plan that a policy stops.
func TestWhatAPolicyStopsIsTold(t *testing.T) {
	spec := func(severity string) string { return ruleSpec("Enabled: true", "Severity: "+severity) }
	edited := func(e *panther.Entity) {
		e.Made.ChangedAt = time.Date(2026, 11, 2, 10, 30, 0, 0, time.FixedZone("", 3600))
	}
	for _, c := range []struct {
		name string
		sides
		want string
	}{
		{"changed on both sides", sides{base: spec("High"), desired: spec("Low"), live: spec("Info"), change: edited},
			"rules/r.yml: error: conflict: severity of simple_rule/R changed in both the repository and Panther since it was deployed (last changed 2026-11-02 09:30 UTC); take Panther's value with pdac pull --take-conflicts, or use --on-conflict revert (the repository's) or keep (Panther's)"},
		{"the same where Panther doesn't say when", sides{base: spec("High"), desired: spec("Low"), live: spec("Info")},
			"rules/r.yml: error: conflict: severity of simple_rule/R changed in both the repository and Panther since it was deployed; take Panther's value with pdac pull --take-conflicts, or use --on-conflict revert (the repository's) or keep (Panther's)"},
		{"removed here and edited there", sides{base: spec("High"), live: spec("Info"), change: edited},
			"rules/r.yml: error: conflict: simple_rule/R was removed from the repository and edited in Panther since it was deployed (last changed 2026-11-02 09:30 UTC); restore its files and run pdac pull to keep the edit, or use --on-conflict revert (delete it) or keep (leave it)"},
		{"changed here and deleted there", sides{base: spec("High"), desired: spec("Low")},
			"rules/r.yml: error: conflict: simple_rule/R was changed in the repository and deleted in Panther since it was deployed; remove its files, or use --on-conflict revert (create it again) or keep (leave it deleted)"},
		{"edited there alone", sides{base: spec("High"), desired: spec("High"), live: spec("Info"), change: edited},
			"rules/r.yml: error: drift: severity of simple_rule/R was edited in Panther since it was deployed (last changed 2026-11-02 09:30 UTC); take the edit with pdac pull, or use --on-drift revert (the repository's) or keep (Panther's)"},
		{"deleted there alone", sides{base: spec("High"), desired: spec("High")},
			"rules/r.yml: error: drift: simple_rule/R was deleted in Panther since it was deployed; remove its files, or use --on-drift revert (create it again) or keep (leave it deleted)"},
		{"there before us", sides{desired: spec("High"), live: spec("Info"), change: edited},
			"rules/r.yml: error: simple_rule/R is live with different values of severity and was not deployed from this repository (last changed 2026-11-02 09:30 UTC); take them with pdac pull, or use --on-drift revert (the repository's) or keep (Panther's)"},
	} {
		p := c.plan(t, sync.PlanOptions{Policies: sync.Policies{OnDrift: sync.Fail, OnConflict: sync.Fail}})
		errs := p.Errors()
		if len(errs) != 1 || errs[0].String() != c.want {
			t.Errorf("%s:\n%v\nwant\n%s", c.name, errs, c.want)
		}
	}
}

func TestPoliciesAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"revert": "", "keep": "", "fail": "",
		"":        `--on-drift "" is not one of revert, keep, fail`,
		"revrt":   `--on-drift "revrt" is not one of revert, keep, fail; did you mean "revert"?`,
		"Revert":  `--on-drift "Revert" is not one of revert, keep, fail; did you mean "revert"?`,
		"nothing": `--on-drift "nothing" is not one of revert, keep, fail`,
	} {
		p, err := sync.ParsePolicy("--on-drift", text)
		if want == "" {
			if err != nil || string(p) != text {
				t.Errorf("%q: %q %v", text, p, err)
			}
			continue
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestUnmanagedFieldsAreRead(t *testing.T) {
	rule, policy, query := panther.Key{Kind: panther.Rule, ID: "AWS.X"}, panther.Key{Kind: panther.Policy, ID: "AWS.X"}, panther.Key{Kind: panther.Query, ID: "AWS.X"}
	for _, c := range []struct {
		fields, only []string
		field        string
		matches      []panther.Key
		err          string
	}{
		{fields: []string{"severity"}, field: "severity", matches: []panther.Key{rule, policy}},
		{fields: []string{"Severity"}, field: "severity", matches: []panther.Key{rule, policy}},
		{fields: []string{"severity"}, only: []string{"rule/AWS.*"}, field: "severity", matches: []panther.Key{rule}},
		{fields: []string{"severity"}, only: []string{"*/Okta.*"}, field: "severity"},
		// One key of a spec is another field of a query.
		{fields: []string{"Enabled"}, field: "schedule.disabled", matches: []panther.Key{rule, policy, query}},
		{fields: []string{"Enabled"}, field: "enabled", matches: []panther.Key{rule, policy, query}},
		{fields: []string{"enabled"}, field: "severity"},
		{fields: []string{"sevrity"}, only: []string{"global/*"}, err: `unmanaged_fields: unknown field "sevrity"; the fields are body, description, tags`},
		{fields: []string{"tag"}, only: []string{"global/*"}, err: `unmanaged_fields: unknown field "tag"; the fields are body, description, tags; did you mean "tags"?`},
		{fields: []string{""}, only: []string{"global/*"}, err: `unmanaged_fields: unknown field ""; the fields are body, description, tags`},
		{fields: []string{"tags"}, only: []string{"rules/*"}, err: `unmanaged_fields "rules/*": unknown kind "rules"`},
		{fields: []string{"tags"}, only: []string{"rule"}, err: `unmanaged_fields "rule" is not of the form kind/id-glob, such as rule/AWS.* or query/*`},
		{fields: []string{"tags"}, only: []string{"rule/[x"}, err: `unmanaged_fields "rule/[x": the pattern "[x" is not valid; close its brackets`},
	} {
		r, err := sync.NewFieldRule(c.fields, c.only)
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%q %q: %v, want %s", c.fields, c.only, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q %q: %v", c.fields, c.only, err)
			continue
		}
		for _, k := range []panther.Key{rule, policy, query} {
			field := c.field
			if _, ok := k.Kind.Field(field); !ok && field == "enabled" {
				field = "schedule.disabled"
			} else if !ok && field == "schedule.disabled" {
				field = "enabled"
			}
			if _, ok := k.Kind.Field(field); !ok {
				continue
			}
			if got, want := (sync.FieldRules{r}).Match(k, field), slices.Contains(c.matches, k); got != want {
				t.Errorf("%q of %q: %s of %s is Panther's: %v", c.fields, c.only, field, k, got)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	for _, text := range []string{"", "x", "-1", "1.5", "101%", "-1%", "%", "NaN%", "10 %", "1e3"} {
		_, err := sync.ParseLimit("--max-deletes", text)
		if want := `--max-deletes "` + text + `" is neither a number, such as 25, nor a percentage of the live entities, such as 10%`; err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	limit := func(text string) sync.Limit {
		l, err := sync.ParseLimit("max_deletes", text)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, c := range []struct {
		deletes, updates, live int
		maxDeletes, maxChanges string
		held                   bool
		want                   string
	}{
		{deletes: 10, live: 20},
		{deletes: 11, live: 20, want: "the plan deletes 11 of the 20 live entities, more than the 10 that max_deletes allows; nothing was applied. Check the plan: if all of it is intended, use --force or a higher --max-deletes"},
		{deletes: 11, live: 20, held: true},
		{deletes: 20, live: 200},
		{deletes: 21, live: 200, want: "the plan deletes 21 of the 200"},
		{deletes: 1, live: 200, maxDeletes: "0", want: "more than the 0 that"},
		{deletes: 0, live: 200, maxDeletes: "0"},
		{deletes: 5, live: 99, maxDeletes: "5%", want: "more than the 4 that"},
		{deletes: 4, live: 99, maxDeletes: "5%"},
		{deletes: 99, live: 99, maxDeletes: "100%"},
		{deletes: 11, live: 20, maxDeletes: "11"},
		{deletes: 29, live: 100, maxDeletes: "29%"},
		{updates: 50, live: 60},
		{updates: 51, live: 60, want: "the plan updates 51 of the 60 live entities, more than the 50 that max_changes allows; nothing was applied. Check the plan: if all of it is intended, use --force or a higher --max-changes"},
		{updates: 300, live: 1000},
		{updates: 301, live: 1000, want: "more than the 300 that"},
		{updates: 301, live: 1000, maxChanges: "40%"},
		{updates: 51, live: 1000, maxChanges: "50", want: "more than the 50 that"},
		{deletes: 11, updates: 51, live: 20, held: true, want: "the plan updates 51"},
	} {
		var l sync.Limits
		if c.maxDeletes != "" {
			l.MaxDeletes = limit(c.maxDeletes)
		}
		if c.maxChanges != "" {
			l.MaxChanges = limit(c.maxChanges)
		}
		err := l.Exceeded(&sync.Plan{Summary: sync.Summary{Delete: c.deletes, Update: c.updates, Live: c.live}}, c.held)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	// Creates have no limit: a first apply makes everything.
	if err := (sync.Limits{}).Exceeded(&sync.Plan{Summary: sync.Summary{Create: 5000}}, false); err != nil {
		t.Error(err)
	}
}
