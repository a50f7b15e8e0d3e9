package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update to write it", err)
	}
	if d := cmp.Diff(strings.Split(strings.ReplaceAll(string(want), "\r\n", "\n"), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// written calls a function that writes a report and gives what it wrote.
func written(t testing.TB, write func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func number(n int) string { return fmt.Sprint(n) }

func words(list ...any) []any { return list }

func num(n int) json.Number { return json.Number(fmt.Sprint(n)) }

const oldBody = `from acme_helpers import is_admin


def rule(event):
    return event.get("eventName") == "ConsoleLogin"


def title(event):
    return f"login by {event.get('user')}"


def dedup(event):
    return event.get("user")
`

// sample has every kind of change and of field.
func sample() *sync.Plan {
	newBody := strings.NewReplacer(
		`"ConsoleLogin"`, `"ConsoleLogin" and is_admin(event)`,
		"login by", "admin login by",
	).Replace(oldBody)
	return judged(&sync.Plan{
		FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net",
		Revision: "3f2a9c1d0b7e4f5a6b7c8d9e0f1a2b3c4d5e6f70",
		Summary:  sync.Summary{Create: 3, Update: 3, Delete: 1, Unchanged: 1204, Unmanaged: 3, NotDeployable: 40, Excluded: 16},
		Changes: []sync.Change{
			{Kind: panther.Global, ID: "acme_helpers", Action: sync.Create, Path: "global_helpers/acme_helpers.yml", Fields: []sync.FieldChange{
				{Name: "description", After: "Shared helpers"},
				{Name: "body", After: "def is_admin(event):\n    return event.get(\"role\") == \"admin\"\n"},
			}},
			{Kind: panther.Rule, ID: "Okta.Admin", Action: sync.Create, Path: "rules/okta_admin.yml", DependsOn: []string{"global/acme_helpers"}, Fields: []sync.FieldChange{
				{Name: "enabled", After: false},
				{Name: "severity", After: "HIGH"},
				{Name: "logTypes", After: words("Okta.SystemLog")},
				{Name: "reports", After: map[string]any{"MITRE ATT&CK": words("TA0001:T1078")}},
				{Name: "dedupPeriodMinutes", After: int64(60)},
				{Name: "tests", After: words(map[string]any{"name": "admin", "expectedResult": true, "resource": `{"role":"admin"}`})},
				{Name: "body", After: "def rule(event):\n    return True\n"},
			}},
			{Kind: panther.Query, ID: "Failed logins, weekly", Action: sync.Create, Path: "queries/failed_logins.yml", Fields: []sync.FieldChange{
				{Name: "schedule.disabled", After: true},
				{Name: "schedule.cron", After: "0 6 * * 1"},
				{Name: "sql", After: "SELECT user\nFROM logins\nWHERE ok = false\n"},
			}},
			{Kind: panther.Rule, ID: "AWS.Console.Login", Action: sync.Update, Path: "rules/aws_console_login.yml", LiveFingerprint: "sha256:00", Fields: []sync.FieldChange{
				{Name: "enabled", Before: false, After: true},
				{Name: "displayName", Before: "Console login", After: "Admin console login"},
				{Name: "severity", Before: "MEDIUM", After: "HIGH"},
				{Name: "description", Before: "Somebody logged in.\nCheck who it was.", After: "An administrator logged in.\nCheck who it was.\n"},
				{Name: "tags", Before: words("Legacy", "AWS"), After: words("AWS", "Identity", "Console, web")},
				{Name: "reports", Before: map[string]any{"CIS": words("3.5", "3.6"), "MITRE ATT&CK": words("TA0001")}, After: map[string]any{"CIS": words("3.6", "3.7")}},
				{Name: "dedupPeriodMinutes", After: num(120)},
				{Name: "runbook", Before: "Ask them."},
				{Name: "tests", Before: words(
					map[string]any{"name": "Root login", "expectedResult": false, "resource": `{"userIdentity":{"type":"IAMUser"},"ok":true}`},
					map[string]any{"name": "Old", "expectedResult": true, "resource": `{}`},
				), After: words(
					map[string]any{"name": "Root login", "expectedResult": true, "resource": `{"ok": true, "userIdentity": {"type": "Root"}}`},
					map[string]any{"name": "New", "expectedResult": false, "resource": `{"a": 1}`},
				)},
				{Name: "body", Before: oldBody, After: newBody},
			}},
			{Kind: panther.SimpleRule, ID: "Okta.Simple", Action: sync.Update, Path: "rules/okta_simple.yml", Fields: []sync.FieldChange{
				{Name: "detection", Before: "- Key: eventType\n  Condition: Equals\n  Value: user.login\n", After: "- Key: eventType\n  Condition: Equals\n  Value: user.session.start\n- Key: outcome\n  Condition: Exists\n"},
				{Name: "alertTitle", Before: "Login by {user}", After: "'{user} logged in'"},
			}},
			{Kind: panther.DataModel, ID: "Standard.Okta", Action: sync.Update, Path: "data_models/okta.yml", Fields: []sync.FieldChange{
				{Name: "mappings",
					Before: words(map[string]any{"name": "source_ip", "path": "client.ip"}, map[string]any{"name": "user", "method": "get_user"}),
					After:  words(map[string]any{"name": "source_ip", "path": "client.ipAddress"}, map[string]any{"name": "user", "path": "actor.alternateId"})},
			}},
			{Kind: panther.Policy, ID: "AWS.S3.Old", Action: sync.Delete, LiveFingerprint: "sha256:01", Fields: []sync.FieldChange{
				{Name: "severity", Before: "LOW"}, {Name: "tags", Before: words("S3")}, {Name: "body", Before: "def policy(resource):\n    return True\n"},
			}},
		},
		Diagnostics: []repo.Diagnostic{
			{Severity: repo.SeverityInfo, Message: "Reference, Status and CreatedBy have no place in Panther and stay in the repository"},
			{Severity: repo.SeverityWarning, Message: "the rule has no unit tests", Path: "rules/okta_admin.yml", Line: 3, Column: 1, Kind: "rule", ID: "Okta.Admin"},
			{Severity: repo.SeverityWarning, Message: "it is edited in Panther too\nthe edit is overwritten", Kind: "rule", ID: "AWS.Console.Login"},
		},
	})
}

// judged says what the changes of a plan mean.
func judged(p *sync.Plan) *sync.Plan {
	for i, c := range p.Changes {
		p.Changes[i].Direction, p.Changes[i].Reasons = verdict(c.Kind, c.Action != sync.Create, c.Action != sync.Delete, func(before, after map[string]any) {
			for _, f := range c.Fields {
				before[f.Name], after[f.Name] = f.Before, f.After
			}
		})
		if c.Action == sync.Update && p.Changes[i].Direction == diff.Weaker {
			p.Summary.Weaker++
		}
	}
	return p
}

func verdict(k panther.Kind, was, is bool, fill func(before, after map[string]any)) (diff.Direction, []diff.Reason) {
	before, after := &panther.Entity{Key: panther.Key{Kind: k}, Fields: map[string]any{}}, &panther.Entity{Key: panther.Key{Kind: k}, Fields: map[string]any{}}
	fill(before.Fields, after.Fields)
	if !was {
		before = nil
	}
	if !is {
		after = nil
	}
	v := diff.Judge(before, after)
	return v.Direction, v.Reasons
}

func empty() *sync.Plan {
	return &sync.Plan{FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net", Revision: "worktree", Summary: sync.Summary{Unchanged: 1204}}
}

func withError(p *sync.Plan) *sync.Plan {
	p.Diagnostics = append(p.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Message: `the key "Severity" stands twice; keep one`, Path: "rules/x.yml", Line: 7})
	return p
}

// shown compares what reports show; what an apply carries along isn't.
var shown = cmpopts.IgnoreUnexported(sync.Change{}, sync.ChangeResult{}, sync.FieldRule{})
