package report_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/rivo/uniseg"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func listOf(t interface{ Fatal(...any) }, l *sync.Listing, o report.ListOptions) string {
	var b strings.Builder
	if err := report.List(&b, l, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostileList draws entities with texts of any kind.
func hostileList(t *rapid.T) *sync.Listing {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+@\-\t\r ]?[a-zA-Z0-9./ ]{0,60}`), rapid.SampledFrom([]string{"\x1b[31m", "=1+1", "＝1", "::error::x", "日本語の規則", "a\nb", `"`}))
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	l := &sync.Listing{Summary: map[sync.EntityState]int{}}
	for range rapid.IntRange(1, 6).Draw(t, "entities") {
		e := sync.Listed{
			Kind: rapid.SampledFrom(panther.Kinds()).Draw(t, "kind"), ID: text.Draw(t, "id"), State: rapid.SampledFrom(sync.EntityStates()).Draw(t, "state"),
			Path: text.Draw(t, "path"), By: text.Draw(t, "by"), Owners: []string{text.Draw(t, "owner")},
		}
		if rapid.Bool().Draw(t, "dated") {
			e.Since = &at
		}
		l.Entities = append(l.Entities, e)
		l.Summary[e.State]++
	}
	return l
}

// TestAListIsSafe: a table has a line for each entity, fits the terminal and has no
// control characters; a CSV file has a row for each, and no cell is a formula.
func TestAListIsSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := hostileList(t)
		width := rapid.IntRange(60, 200).Draw(t, "width")
		lines := strings.Split(strings.TrimSuffix(listOf(t, l, report.ListOptions{Width: width}), "\n"), "\n")
		if len(lines) != len(l.Entities)+1 {
			t.Fatalf("%d lines for %d entities", len(lines), len(l.Entities))
		}
		for _, line := range lines {
			if n := uniseg.StringWidth(line); n > width {
				t.Fatalf("%d columns in a terminal of %d: %q", n, width, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
				t.Fatalf("control characters in %q", line)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(listOf(t, l, report.ListOptions{Format: report.CSV}))).ReadAll()
		if err != nil || len(rows) != len(l.Entities)+1 {
			t.Fatalf("%d rows for %d entities (%v)", len(rows), len(l.Entities), err)
		}
		for i, row := range rows {
			for _, cell := range row {
				if first := []rune(strings.TrimLeft(cell, " ") + "x")[0]; strings.ContainsRune("=+-@＝＋－＠\t\r\n", first) {
					t.Fatalf("%q starts like a formula", cell)
				}
			}
			if i > 0 && strings.TrimPrefix(row[1], "'") != report.Clean(l.Entities[i-1].ID) && row[1] != report.Clean(l.Entities[i-1].ID) {
				t.Fatalf("the id %q is written as %q", l.Entities[i-1].ID, row[1])
			}
		}
	})
}

// TestANarrowList leaves out what says least, and keeps the end of paths.
func TestANarrowList(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	l := &sync.Listing{Entities: []sync.Listed{{
		Kind: panther.Rule, ID: "AWS.CloudTrail.Stopped", State: sync.StateEdited, Path: "rules/aws_cloudtrail_rules/aws_cloudtrail_stopped.yml", By: "Ada <ada@acme.test>", Since: &at,
	}}, Summary: map[sync.EntityState]int{sync.StateEdited: 1}}
	for width, want := range map[int]string{
		0: "ENTITY                       STATE              SINCE (UTC)       BY   FILE\n" +
			"rule/AWS.CloudTrail.Stopped  edited in console  2026-11-02 03:04  Ada  rules/aws_cloudtrail_rules/aws_cloudtrail_stopped.yml\n",
		100: "ENTITY                       STATE              SINCE (UTC)       BY   FILE\n" +
			"rule/AWS.CloudTrail.Stopped  edited in console  2026-11-02 03:04  Ada  …s/aws_cloudtrail_stopped.yml\n",
		66: "ENTITY                       STATE              SINCE (UTC)\nrule/AWS.CloudTrail.Stopped  edited in console  2026-11-02 03:04\n",
		40: "ENTITY                 STATE\nrule/AWS.CloudTrail.…  edited in console\n",
	} {
		got := listOf(t, l, report.ListOptions{Width: width})
		if got != want {
			t.Errorf("%d columns:\n%s\nwant\n%s", width, got, want)
		}
	}
	if got, want := report.ListSummary(l), "1 entity: 1 edited in console."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestComparison shows short values side by side, and long ones as differences.
func TestComparison(t *testing.T) {
	c := &sync.Comparison{
		Entity: sync.Listed{Kind: panther.Rule, ID: "A.B", State: sync.StateConflict, Path: "rules/a.yml"}, WasDeployed: true, IsHere: true, IsLive: true, Revision: strings.Repeat("a", 40),
		Fields: []sync.ComparedField{
			{Name: "severity", Cause: sync.CauseConflict, Deployed: "HIGH", Here: "LOW", Live: "MEDIUM"},
			{Name: "tags", Cause: sync.CauseDrift, Deployed: []any{"x"}, Here: []any{"x"}, Live: []any{}},
			{Name: "body", Cause: sync.CauseCommit, Deployed: "a\nb\n", Here: "a\nc\n", Live: "a\nb\n"},
		},
	}
	const want = `rule A.B: conflict: the same field changed in the repository and in the console; pdac pull --take-conflicts takes over the console's value, and pdac apply --on-conflict revert deploys the repository's
  deployed  yes
  here      rules/a.yml  at revision aaaaaaaaaaaa
  live      yes

  severity  (changed in both)
    deployed  HIGH
    here      LOW
    live      MEDIUM

  tags  (changed only in the console)
    deployed  x
    here      x
    live      (none)

  body  (changed only in the repository)
    - deployed  + here
      │ @@ -1,2 +1,2 @@
      │  a
      │ -b
      │ +c
    live: as deployed
`
	var b strings.Builder
	if err := report.Comparison(&b, c, report.PlanOptions{}); err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}

// TestEntity writes an entity so that YAML and JSON have the same values, whatever they are.
func TestEntity(t *testing.T) {
	e := panther.Entity{Key: panther.Key{Kind: panther.Rule, ID: "A"}, Fields: map[string]any{
		"enabled": true, "severity": "HIGH", "displayName": "yes", "description": "1: a\n  b\n", "threshold": int64(5), "body": "def rule(e):\n\treturn True\n", "tags": []any{"no", "1.10"},
	}}
	var b strings.Builder
	if err := report.Entity(&b, e, report.EntityOptions{}); err != nil {
		t.Fatal(err)
	}
	const want = "id: A\nenabled: true\ndisplayName: \"yes\"\nseverity: HIGH\ndescription: |\n  1: a\n    b\ntags:\n  - \"no\"\n  - \"1.10\"\nthreshold: 5\nbody: |\n  def rule(e):\n  \treturn True\n"
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	e.Fields["displayName"] = "a\u202eb"
	b.Reset()
	if err := report.Entity(&b, e, report.EntityOptions{Terminal: true}); err != nil || strings.Contains(b.String(), "\u202e") {
		t.Errorf("a terminal gets %q (%v)", b.String(), err)
	}
}

// TestEntityYAML: what is written as YAML is read as the same values as JSON.
func TestEntityYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[ \n\t#:\-|>'"a-z0-9]{0,30}`), rapid.String(), rapid.SampledFrom([]string{"yes", "~", "\n a", " \n", "a\n\n", "\t", "0x1", "1e3", "!x", "- a", "a: b", "\u0085", "\u2028x", "\ufeff"}))
		e := panther.Entity{Key: panther.Key{Kind: panther.Rule, ID: "A"}, Fields: map[string]any{
			"displayName": text.Draw(t, "name"), "description": text.Draw(t, "description"), "body": text.Draw(t, "body"), "severity": "LOW",
			"tags": []any{text.Draw(t, "tag"), text.Draw(t, "tag")}, "threshold": int64(rapid.IntRange(1, 99).Draw(t, "threshold")),
		}}
		var asJSON, asYAML strings.Builder
		if err := report.Entity(&asJSON, e, report.EntityOptions{Format: report.JSON}); err != nil {
			t.Fatal(err)
		}
		if err := report.Entity(&asYAML, e, report.EntityOptions{}); err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal([]byte(asJSON.String()), &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(asYAML.String()), &got); err != nil {
			t.Fatalf("%v in\n%s", err, asYAML.String())
		}
		got["threshold"] = float64(got["threshold"].(int))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("YAML (+) differs from JSON (-):\n%s\n%q", d, asYAML.String())
		}
	})
}
