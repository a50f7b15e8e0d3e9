package sync_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// meant writes what changes mean: the direction, the reasons of it, and the fields.
func meant(c sync.Change) string {
	var reasons, fields []string
	for _, r := range c.Reasons {
		reasons = append(reasons, r.Text)
	}
	for _, f := range c.Fields {
		if c.Action == sync.Update {
			fields = append(fields, fmt.Sprintf("%s %s", f.Name, f.Direction))
		}
	}
	return fmt.Sprintf("%s (%s) %s", c.Direction, strings.Join(reasons, ", "), strings.Join(fields, ", "))
}

func TestAPlanSaysWhatItMeans(t *testing.T) {
	spec := func(lines ...string) string { return ruleSpec(lines...) }
	high, low := "Severity: High", "Severity: Low"
	for name, c := range map[string]struct {
		s    sides
		want string
	}{
		"an update":            {sides{base: spec("Enabled: true", high), desired: spec("Enabled: true", low, "Tags: [a]"), live: spec("Enabled: true", high)}, "weaker (severity HIGH → LOW, tags) severity weaker, tags neutral"},
		"drift is taken back":  {sides{base: spec("Enabled: true", high), desired: spec("Enabled: true", high), live: spec("Enabled: true", low)}, "stronger (severity LOW → HIGH) severity stronger"},
		"a create":             {sides{desired: spec("Enabled: true", high)}, "stronger (new, severity HIGH) "},
		"a disabled create":    {sides{desired: spec("Enabled: false", high)}, "neutral (new and disabled) "},
		"a delete":             {sides{base: spec("Enabled: true", high), live: spec("Enabled: true", high)}, "weaker (removed, severity HIGH) "},
		"live is disabled":     {sides{base: spec("Enabled: false", high), desired: spec("Enabled: false", low), live: spec("Enabled: false", high)}, "neutral (severity HIGH → LOW, disabled before and after) severity neutral"},
		"left to Panther, off": {sides{base: spec(high), desired: spec(low), live: spec("Enabled: false", high)}, "neutral (severity HIGH → LOW, disabled before and after) severity neutral"},
		"status":               {sides{base: spec("Enabled: true", high, "Status: Stable"), desired: spec("Enabled: true", high, "Status: Deprecated", "Tags: [a]"), live: spec("Enabled: true", high)}, "weaker (tags, Status Stable → Deprecated) tags neutral"},
		"status while off":     {sides{base: spec("Enabled: false", high), desired: spec("Enabled: false", high, "Status: Deprecated", "Tags: [a]"), live: spec("Enabled: false", high)}, "neutral (tags, disabled before and after, Status (none) → Deprecated) tags neutral"},
		"without a base":       {sides{noBase: true, desired: spec("Enabled: true", low), live: spec("Enabled: true", high)}, "weaker (severity HIGH → LOW) severity weaker"},
		"only kept":            {sides{base: spec("Enabled: true", high), desired: spec("Enabled: true", low), live: spec("Enabled: true", "Severity: Info")}, "stronger (severity INFO → LOW) severity stronger"},
	} {
		t.Run(name, func(t *testing.T) {
			p := c.s.plan(t, sync.PlanOptions{Policies: sync.Policies{OnConflict: sync.Keep}})
			list := append(p.Changes, p.Kept...)
			if len(list) != 1 {
				t.Fatalf("%d changes", len(list))
			}
			if d := cmp.Diff(c.want, meant(list[0])); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			weaker := len(p.Changes) == 1 && list[0].Action == sync.Update && list[0].Direction == diff.Weaker
			if (p.Summary.Weaker == 1) != weaker {
				t.Errorf("%d weaker", p.Summary.Weaker)
			}
		})
	}
}

// TestAMoveIsJudgedOnce: a renamed rule is compared with itself.
func TestAMoveIsJudgedOnce(t *testing.T) {
	s := sides{base: ruleSpec("Enabled: true", "Severity: High"), live: ruleSpec("Enabled: true", "Severity: High")}
	s.more = map[string]string{"rules/new.yml": strings.ReplaceAll(ruleSpec("Enabled: true", "Severity: Low"), "RuleID: R\n", "RuleID: New\n")}
	p := s.plan(t, sync.PlanOptions{Policies: sync.Policies{Moved: []sync.Move{{Kind: panther.SimpleRule, From: "R", To: "New"}}}})
	var got []string
	for _, c := range p.Changes {
		got = append(got, string(c.Action)+" "+meant(c))
	}
	want := []string{"create weaker (severity HIGH → LOW) ", "delete neutral () "}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestADriftSaysWhatItMeans(t *testing.T) {
	base := func(lines ...string) *sync.Base {
		r := load(t, map[string]string{"rules/r.yml": ruleSpec(lines...)})
		b, err := sync.NewBase(context.Background(), r, sync.BaseInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	live := func(values map[string]any) sync.Live {
		e := load(t, map[string]string{"rules/r.yml": ruleSpec("Enabled: true", "Severity: High")}).Items[0].Entity().Entity.With(values)
		return sync.Live{e.Key: e}
	}
	for name, c := range map[string]struct {
		base *sync.Base
		live sync.Live
		want string
	}{
		"weakened":                  {base("Enabled: true", "Severity: High"), live(map[string]any{"enabled": false, "severity": "LOW"}), "edited weaker disabled, severity HIGH → LOW; enabled weaker, severity weaker; 1 weaker, 0 stronger"},
		"strengthened":              {base("Enabled: true", "Severity: Low"), live(nil), "edited stronger severity LOW → HIGH; severity stronger; 0 weaker, 1 stronger"},
		"the switch is not managed": {base("Severity: Critical"), live(map[string]any{"enabled": false}), "edited neutral severity CRITICAL → HIGH, disabled before and after; severity neutral; 0 weaker, 0 stronger"},
		"deleted":                   {base("Enabled: true", "Severity: High"), sync.Live{}, "deleted weaker removed, severity HIGH; 0 weaker, 0 stronger"},
	} {
		t.Run(name, func(t *testing.T) {
			d := sync.FindDrift(context.Background(), c.base, c.live, sync.DriftOptions{})
			if len(d.Entities) != 1 {
				t.Fatalf("%d entities", len(d.Entities))
			}
			e := d.Entities[0]
			var reasons, fields []string
			for _, r := range e.Reasons {
				reasons = append(reasons, r.Text)
			}
			for _, f := range e.Fields {
				if e.State == sync.DriftEdited {
					fields = append(fields, f.Name+" "+string(f.Direction))
				}
			}
			got := fmt.Sprintf("%s %s %s; ", e.State, e.Direction, strings.Join(reasons, ", "))
			if len(fields) > 0 {
				got += strings.Join(fields, ", ") + "; "
			}
			got += fmt.Sprintf("%d weaker, %d stronger", d.Summary.Weaker, d.Summary.Stronger)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
