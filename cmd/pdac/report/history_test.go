package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/sync/record"
	"github.com/xeipuuv/gojsonschema"
)

var historyNow = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func entry(digit string, when time.Time, subject string, change func(*record.Deployment)) report.HistoryEntry {
	d := record.Deployment{
		Hash: strings.Repeat(digit, 40), Parent: strings.Repeat("e", 40), Ref: "refs/pdac/deployments/acme.runpanther.net", Tenant: "acme.runpanther.net",
		Revision: strings.Repeat(digit+"f", 20), Actor: "Ada Lovelace <ada@example.com>", Time: when, FileCount: 2455,
		Counts: record.Counts{Created: 3, Updated: 1200, Deleted: 1, Unchanged: 40},
	}
	if change != nil {
		change(&d)
	}
	return report.HistoryEntry{Deployment: d, Subject: subject}
}

func deployments() *report.Deployments {
	cet := time.FixedZone("", 3600)
	return &report.Deployments{
		Tenant: "acme.runpanther.net", Ref: "refs/pdac/deployments/acme.runpanther.net", End: report.HistoryLimit, Advice: "Ask for more.",
		List: []report.HistoryEntry{
			entry("1", time.Date(2026, 11, 2, 10, 3, 9, 0, cet), "Raise the severity of root logins, since they are never expected here and everybody should see one at once", func(d *record.Deployment) { d.Partial, d.Counts.Failed = true, 2 }),
			entry("2", time.Date(2026, 11, 1, 23, 0, 0, 0, time.UTC), "", func(d *record.Deployment) { d.Revision += "-dirty"; d.Counts = record.Counts{Updated: 1} }),
			entry("3", time.Date(2026, 10, 2, 0, 0, 0, 0, cet), "Schlüssel für 東京", func(d *record.Deployment) { d.Revision, d.Counts, d.Actor = "", record.Counts{}, "ci" }),
			entry("4", time.Date(2025, 1, 1, 0, 0, 0, 0, cet), "Move", func(d *record.Deployment) { d.Root, d.Partial, d.Merge = "detections", true, strings.Repeat("7", 40) }),
			entry("5", time.Date(2020, 1, 1, 0, 0, 0, 0, cet), "First", func(d *record.Deployment) { d.Parent = "" }),
		},
	}
}

func detail() *report.DeploymentDetail {
	d := &report.DeploymentDetail{HistoryEntry: deployments().List[3], Changes: []record.FileChange{{Path: "a.yml", Action: git.Added}, {Path: "b|c.yml", Action: git.Deleted}}}
	for i := range 60 {
		d.Changes = append(d.Changes, record.FileChange{Path: "rules/r" + number(i) + ".yml", Action: git.Modified})
	}
	return d
}

func TestHistoryGolden(t *testing.T) {
	o := report.HistoryOptions{Now: historyNow}
	with := func(change func(*report.HistoryOptions)) report.HistoryOptions { o := o; change(&o); return o }
	history := func(h *report.Deployments, o report.HistoryOptions) string {
		return written(t, func(b *bytes.Buffer) error { return report.History(b, h, o) })
	}
	one := func(d *report.DeploymentDetail, o report.HistoryOptions) string {
		return written(t, func(b *bytes.Buffer) error { return report.Deployment(b, d, o) })
	}
	none := &report.Deployments{Tenant: "sandbox", Ref: "refs/pdac/deployments/sandbox", End: report.HistoryComplete, Advice: "Make one."}
	shallow := deployments()
	shallow.End, shallow.List = report.HistoryShallow, shallow.List[:1]
	first := &report.DeploymentDetail{HistoryEntry: deployments().List[4], Now: true, Changes: []record.FileChange{{Path: "a.yml", Action: git.Added}}}
	same := &report.DeploymentDetail{HistoryEntry: deployments().List[2]}
	unknown := &report.DeploymentDetail{HistoryEntry: deployments().List[0], Unknown: "it is not here; fetch it"}
	isJSON := func(o *report.HistoryOptions) { o.Format = report.JSON }
	isMarkdown := func(o *report.HistoryOptions) { o.Format = report.Markdown }
	for name, got := range map[string]string{
		"history.txt":             history(deployments(), o),
		"history-no-clock.txt":    history(deployments(), report.HistoryOptions{}),
		"history-narrow.txt":      history(deployments(), with(func(o *report.HistoryOptions) { o.Width = 80 })),
		"history-color.txt":       history(deployments(), with(func(o *report.HistoryOptions) { o.Color = true })),
		"history-none.txt":        history(none, o),
		"history-shallow.txt":     history(shallow, o),
		"history.json":            history(deployments(), with(isJSON)),
		"history-none.json":       history(none, with(isJSON)),
		"history.md":              history(deployments(), with(isMarkdown)),
		"history-none.md":         history(none, with(isMarkdown)),
		"deployment.txt":          one(detail(), o),
		"deployment-color.txt":    one(first, with(func(o *report.HistoryOptions) { o.Color = true })),
		"deployment-same.txt":     one(same, o),
		"deployment-unknown.txt":  one(unknown, o),
		"deployment.json":         one(first, with(isJSON)),
		"deployment-unknown.json": one(unknown, with(isJSON)),
		"deployment.md":           one(detail(), with(isMarkdown)),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, got) })
	}
	if got := one(detail(), with(func(o *report.HistoryOptions) { o.Verbose = true })); !strings.Contains(got, "~ rules/r59.yml\n") || strings.Contains(got, "more file") {
		t.Errorf("verbose doesn't list all:\n%s", got)
	}
}

func TestHistoryJSONIsWhatTheSchemaSays(t *testing.T) {
	l := gojsonschema.NewSchemaLoader()
	l.Validate, l.Draft, l.AutoDetect = true, gojsonschema.Draft7, false
	schema, err := l.Compile(gojsonschema.NewStringLoader(schemas.History()))
	if err != nil {
		t.Fatal(err)
	}
	o := report.HistoryOptions{Format: report.JSON}
	for _, text := range []string{
		written(t, func(b *bytes.Buffer) error { return report.History(b, deployments(), o) }),
		written(t, func(b *bytes.Buffer) error { return report.Deployment(b, detail(), o) }),
	} {
		got, err := schema.Validate(gojsonschema.NewStringLoader(text))
		if err != nil || !got.Valid() {
			t.Errorf("%v %v\n%s", err, got.Errors(), text)
		}
	}
}

func TestHistoryAges(t *testing.T) {
	for ago, want := range map[time.Duration]string{
		0: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago", time.Hour: "1 hour ago",
		23 * time.Hour: "23 hours ago", 24 * time.Hour: "1 day ago", 59 * 24 * time.Hour: "59 days ago", 60 * 24 * time.Hour: "2 months ago",
		729 * 24 * time.Hour: "24 months ago", 730 * 24 * time.Hour: "2 years ago",
		// A clock that is ahead elsewhere.
		-time.Hour: "at 2026-11-02 13:00 UTC",
	} {
		h := deployments()
		h.List = h.List[:1]
		h.List[0].Time = historyNow.Add(-ago)
		got := written(t, func(b *bytes.Buffer) error { return report.History(b, h, report.HistoryOptions{Now: historyNow}) })
		if !strings.Contains(got, ", "+want+" by Ada") {
			t.Errorf("%s before: %s, want %q", ago, strings.SplitN(got, "\n", 2)[0], want)
		}
	}
}

// What anybody may have written into a record reaches the terminal, a page or a
// program as harmless text.
func TestHistoryOfHostileTexts(t *testing.T) {
	const evil = "\x1b[31m::error::x\n::warning::y \u202e<b>|`@team` ##[group]\t\xff"
	h := deployments()
	e := &h.List[0]
	e.Subject, e.Actor, e.Revision, e.Tenant, e.Root = evil, evil, evil, evil, evil
	h.Tenant = evil
	d := &report.DeploymentDetail{HistoryEntry: *e, Changes: []record.FileChange{{Path: evil, Action: git.Added}}, Unknown: evil}
	for _, f := range []report.Format{report.Text, report.Markdown, report.JSON} {
		o := report.HistoryOptions{Format: f, Now: historyNow}
		for what, got := range map[string]string{
			"history":    written(t, func(b *bytes.Buffer) error { return report.History(b, h, o) }),
			"deployment": written(t, func(b *bytes.Buffer) error { return report.Deployment(b, d, o) }),
		} {
			for _, bad := range []string{"\x1b", "\u202e", "##[", "\xff", "\t"} {
				if strings.Contains(got, bad) {
					t.Errorf("%s as %s has %q:\n%s", what, f, bad, got)
				}
			}
			for line := range strings.Lines(got) {
				if strings.HasPrefix(strings.TrimSpace(line), "::") {
					t.Errorf("%s as %s has a command: %s", what, f, line)
				}
			}
			if f == report.Markdown && (strings.Contains(got, "\n<b>") || strings.Contains(got, "| <b>")) {
				t.Errorf("%s has HTML:\n%s", what, got)
			}
		}
	}
}

func TestHistoryAgain(t *testing.T) {
	o := report.HistoryOptions{Format: report.JSON}
	show := func() string {
		return written(t, func(b *bytes.Buffer) error { return report.History(b, deployments(), o) })
	}
	if d := cmp.Diff(show(), show()); d != "" {
		t.Error(d)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(show()), &v); err != nil || v["format_version"] != report.HistoryFormatVersion {
		t.Errorf("%v: %v", err, v["format_version"])
	}
	for _, err := range []error{
		report.History(&bytes.Buffer{}, deployments(), report.HistoryOptions{Format: "yaml"}),
		report.Deployment(&bytes.Buffer{}, detail(), report.HistoryOptions{Format: "yaml"}),
	} {
		if err == nil || !strings.HasSuffix(err.Error(), `can't be shown as "yaml"; use one of text, json, markdown`) {
			t.Errorf("error %v", err)
		}
	}
}
