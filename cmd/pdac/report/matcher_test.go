package report_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/cmd/pdac/report"
)

// TestProblemMatcher reads the text of findings as GitHub does with the matcher
// that is kept in .github.
func TestProblemMatcher(t *testing.T) {
	text, err := os.ReadFile("../../../.github/pdac-problem-matcher.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		ProblemMatcher []struct {
			Owner   string
			Pattern []struct {
				Regexp                                      string
				File, Line, Column, Severity, Code, Message int
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`rules/a b.yml|7|11|error|PD107|"Severity" can't be "high"`,
		`rules/b.yml|2|3|error|PD201|the same id`,
		`rules/e.py|12|5|warning|PD603|a {strange} [sign]`,
		`rules/f.yml|||info|PD004|of the file as a whole`,
	}
	for _, format := range []report.Format{report.Text, report.Concise} {
		var got []string
		for l := range strings.Lines(findings(t, sampleFindings(), report.FindingsOptions{Format: format})) {
			for _, m := range file.ProblemMatcher {
				p := m.Pattern[0]
				if g := regexp.MustCompile(p.Regexp).FindStringSubmatch(strings.TrimSuffix(l, "\n")); g != nil {
					g[0] = ""
					got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s", g[p.File], g[p.Line], g[p.Column], g[p.Severity], g[p.Code], g[p.Message]))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}
