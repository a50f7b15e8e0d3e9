package diff_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

func entity(kind panther.Kind, fields map[string]any) panther.Entity {
	return panther.Entity{Key: panther.Key{Kind: kind, ID: "X"}, Fields: fields}
}

func TestEntities(t *testing.T) {
	num := func(s string) json.Number { return json.Number(s) }
	for name, c := range map[string]struct {
		kind          panther.Kind
		desired, live map[string]any
		want          []diff.Field
	}{
		"nothing": {panther.Rule, nil, nil, nil},
		"in the order of the table": {panther.Rule,
			map[string]any{"body": "b", "severity": "HIGH", "displayName": "n"},
			map[string]any{"body": "a", "severity": "LOW"},
			[]diff.Field{{Name: "displayName", After: "n"}, {Name: "severity", Before: "LOW", After: "HIGH"}, {Name: "body", Before: "a", After: "b"}}},
		"same meaning, other form": {panther.Rule,
			map[string]any{"tags": list("a", "b"), "severity": "High", "body": "x\n", "description": "", "dedupPeriodMinutes": num("60")},
			map[string]any{"tags": list("b", "a", "a"), "severity": "HIGH", "body": "x\r\n\r\n"}, nil},
		"left to Panther": {panther.Rule, nil, map[string]any{"enabled": true, "inlineFilters": "All: []"}, nil},
		"owned and switched off": {panther.Rule, map[string]any{"enabled": false}, map[string]any{"enabled": true},
			[]diff.Field{{Name: "enabled", Before: true, After: false}}},
		"owned where live shows nothing": {panther.Rule, map[string]any{"enabled": false}, nil,
			[]diff.Field{{Name: "enabled", After: false}}},
		"not shown by this deployment": {panther.Rule, map[string]any{"createAlert": false}, nil, nil},
		"shown by this deployment": {panther.Rule, map[string]any{"createAlert": false}, map[string]any{"createAlert": true},
			[]diff.Field{{Name: "createAlert", Before: true, After: false}}},
		"cleared field without default": {panther.Rule, nil, map[string]any{"runbook": "r"},
			[]diff.Field{{Name: "runbook", Before: "r"}}},
		"cleared field with default": {panther.Rule, nil, map[string]any{"threshold": num("5")},
			[]diff.Field{{Name: "threshold", Before: num("5"), After: num("1")}}},
		"schedule of a query": {panther.Query,
			map[string]any{"schedule.rateMinutes": num("15")},
			map[string]any{"schedule.cron": "0 * * * *", "schedule.disabled": true},
			[]diff.Field{{Name: "schedule.cron", Before: "0 * * * *"}, {Name: "schedule.rateMinutes", After: num("15")}}},
		"fields of no kind do not count": {panther.Global, map[string]any{"severity": "LOW"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := diff.Entities(entity(c.kind, c.desired), entity(c.kind, c.live))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// What an apply of the differences makes no longer differs.
func TestEntitiesConverge(t *testing.T) {
	value := map[string]*rapid.Generator[any]{
		"enabled":            rapid.SampledFrom([]any{nil, true, false}),
		"createAlert":        rapid.SampledFrom([]any{nil, true, false}),
		"severity":           rapid.SampledFrom([]any{nil, "LOW", "High"}),
		"tags":               rapid.SampledFrom([]any{nil, list(), list("a", "b"), list("b", "a")}),
		"dedupPeriodMinutes": rapid.SampledFrom([]any{nil, json.Number("60"), json.Number("15"), json.Number("0")}),
		"body":               rapid.SampledFrom([]any{nil, "a", "a\n", "b\r\n"}),
		"tests":              anyTests(),
	}
	draw := rapid.Custom(func(t *rapid.T) panther.Entity {
		fields := map[string]any{}
		for _, f := range panther.Rule.Fields() {
			if g, ok := value[f.Name]; ok {
				if v := g.Draw(t, f.Name); v != nil {
					fields[f.Name] = v
				}
			}
		}
		return entity(panther.Rule, fields)
	})
	rapid.Check(t, func(t *rapid.T) {
		desired, live := draw.Draw(t, "desired"), draw.Draw(t, "live")
		set := map[string]any{}
		for _, f := range diff.Entities(desired, live) {
			set[f.Name] = f.After
		}
		if left := diff.Entities(desired, live.With(set)); len(left) > 0 {
			t.Fatalf("after the apply these differ: %+v", left)
		}
	})
}

func TestAll(t *testing.T) {
	e := entity(panther.Rule, map[string]any{
		"body": "x", "enabled": false, "tags": list(), "description": "", "severity": "LOW", "threshold": json.Number("0"), "unknown": "x",
	})
	var got []string
	for _, f := range diff.All(e) {
		got = append(got, f.Name)
	}
	if d := cmp.Diff([]string{"enabled", "severity", "body"}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
