package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

func TestAnnotations(t *testing.T) {
	p := threeChanges()
	p.Changes[1].Fields[1].Direction = "weaker"
	p.Diagnostics = []repo.Diagnostic{
		{Severity: repo.SeverityWarning, Message: "50% of it, no tests", Path: "rules/a.yml", Line: 3}, {Severity: repo.SeverityInfo, Message: "a note", Path: "rules/a.yml"},
		{Severity: repo.SeverityError, Message: "it can't be read\nat all", Path: "rules/b,c:d.yml"}, {Severity: repo.SeverityError, Message: "without a file"},
	}
	got := written(t, func(b *bytes.Buffer) error {
		return report.Annotations(b, p, "content", func(_ sync.Change, field string) int { return len(field) })
	})
	want := "::error file=content/rules/b%2Cc%3Ad.yml,title=pdac plan::it can't be read\\nat all\n" +
		"::warning file=content/rules/a.yml,line=3,title=pdac plan::50%25 of it, no tests\n" +
		"::warning file=content/rules/aws_console_login.yml,line=7,title=weaker::rule AWS.Console.Login becomes weaker: disabled, severity CRITICAL → LOW\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	conflict := threeWay()
	got = written(t, func(b *bytes.Buffer) error {
		return report.Annotations(b, conflict, "", func(sync.Change, string) int { return 0 })
	})
	if !strings.Contains(got, "::warning file=rules/update_conflict.yml,title=conflict::rule Update.Conflict was changed in Panther too, in the console 2026-11-02 09:00 UTC\n") {
		t.Errorf("got\n%s", got)
	}
	if n := strings.Count(written(t, func(b *bytes.Buffer) error {
		return report.Annotations(b, manyChanges(), "", func(sync.Change, string) int { return 0 })
	}), "\n"); n != 10 {
		t.Errorf("%d annotations, of which GitHub shows 10", n)
	}
}

var annotation = regexp.MustCompile(`^::(error|warning) file=[^,:]+(,line=[0-9]+)?,title=(pdac plan|conflict|weaker)::.*$`)

func TestHostileAnnotations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := hostilePlan().Draw(t, "plan")
		out := drawn(t, func(b *bytes.Buffer) error {
			return report.Annotations(b, p, "", func(sync.Change, string) int { return 1 })
		})
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			if !annotation.MatchString(line) || strings.Contains(line, "%0A") {
				t.Fatalf("%q", line)
			}
			if why := unsafe(strings.TrimPrefix(line, "::")); why != "" {
				t.Fatalf("%q: %s", line, why)
			}
		}
	})
}
