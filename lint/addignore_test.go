package lint_test

import (
	"bytes"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

var someDay = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func addIgnores(t interface {
	Helper()
	Fatal(...any)
}, files map[string][]byte, o lint.Options) *lint.AddedIgnores {
	t.Helper()
	o.Now = someDay
	added, err := lint.AddIgnores(context.Background(), lint.Input{Tree: repo.Overlay{Files: files}}, o, "known -- so far")
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// TestAddIgnoresPlaces: where the comments go.
func TestAddIgnoresPlaces(t *testing.T) {
	head := "AnalysisType: rule\nRuleID: A\nEnabled: true\nLogTypes: [Okta.SystemLog]\n"
	py := map[string]string{"rules/a.yml": head + "Severity: Low\nFilename: a.py\n"}
	for name, test := range map[string]struct {
		files      map[string]string
		rules      []string
		path, want string
		left       int
	}{
		"above": {files: map[string]string{"rules/a.yml": head + "Severity: hihg\nFilename: a.py\n", "rules/a.py": "def rule(event):\n    return True\n"},
			rules: []string{"PD107"}, path: "rules/a.yml", want: head + "# pdac:ignore PD107 -- known -- so far\nSeverity: hihg\nFilename: a.py\n"},
		"CRLF and indent": {files: map[string]string{"rules/a.yml": "AnalysisType: rule\r\nRuleID: A\r\nTests:\r\n  - Name: a\r\n    ExpectedResult: sure\r\n    Log: {}\r\n"},
			rules: []string{"PD106"}, path: "rules/a.yml", want: "AnalysisType: rule\r\nRuleID: A\r\nTests:\r\n  - Name: a\r\n    # pdac:ignore PD106 -- known -- so far\r\n    ExpectedResult: sure\r\n    Log: {}\r\n"},
		"the first line": {files: map[string]string{"rules/a.yml": "AnalysisType: ruel\nRuleID: A\n"},
			rules: []string{"PD103"}, path: "rules/a.yml", want: "AnalysisType: ruel # pdac:ignore PD103 -- known -- so far\nRuleID: A\n"},
		"one line of flow": {files: map[string]string{"rules/a.yml": `{"AnalysisType": "rule", "RuleID": "A", "Severity": "hihg"}`},
			rules: []string{"PD107"}, path: "rules/a.yml", want: `{"AnalysisType": "rule", "RuleID": "A", "Severity": "hihg"} # pdac:ignore PD107 -- known -- so far`},
		"flow of several lines": {files: map[string]string{"rules/a.yml": "{\n  \"AnalysisType\": \"rule\",\n  \"RuleID\": \"A\",\n  \"Severity\": \"hihg\"\n}\n"},
			rules: []string{"PD107"}, path: "rules/a.yml", want: "{\n  \"AnalysisType\": \"rule\",\n  \"RuleID\": \"A\",\n  # pdac:ignore PD107 -- known -- so far\n  \"Severity\": \"hihg\"\n}\n"},
		"inside a text": {files: map[string]string{"rules/a.yml": head + "Severity: Low\nFilename: a.py\nDescription: |\n  one\n  \u200binvisible\n  three\nDedupPeriodMinutes: 60\n", "rules/a.py": "def rule(event):\n    return True\n"},
			rules: []string{"PD603"}, path: "rules/a.yml", want: head + "Severity: Low\nFilename: a.py\n# pdac:ignore PD603 -- known -- so far\nDescription: |\n  one\n  \u200binvisible\n  three\nDedupPeriodMinutes: 60\n"},
		"Python": {files: with(py, "rules/a.py", "def rule(event):\n    x = (\n        missing\n    )\n    return x\n"),
			rules: []string{"PD316"}, path: "rules/a.py", want: "def rule(event):\n    x = (\n        # pdac:ignore PD316 -- known -- so far\n        missing\n    )\n    return x\n"},
		"behind a backslash": {files: with(py, "rules/a.py", "def rule(event):\n    return 1 + \\\n        missing\n"),
			rules: []string{"PD316"}, path: "rules/a.py", want: "def rule(event):\n    return 1 + \\\n        missing  # pdac:ignore PD316 -- known -- so far\n"},
		"between backslashes": {files: with(py, "rules/a.py", "def rule(event):\n    return 1 + \\\n        missing + \\\n        2\n"),
			rules: []string{"PD316"}, path: "rules/a.py", want: "", left: 1},
		"a docstring that is the first line": {files: with(py, "rules/a.py", "\"\"\"d\n\u200b\n\"\"\"\ndef rule(event):\n    return True\n"),
			rules: []string{"PD603"}, path: "rules/a.py", want: "\"\"\"d\n\u200b\n\"\"\"  # pdac:ignore PD603 -- known -- so far\ndef rule(event):\n    return True\n"},
		"the file as a whole": {files: map[string]string{"rules/a.yml": head + "Severity: Low\nFilename: a.py\n", "rules/a.py": "def rule(event):\n    return True\n", "rules/b.py": "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n\nX = 1\n"},
			rules: []string{"PD204"}, path: "rules/b.py", want: "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# pdac:ignore PD204 -- known -- so far\n\nX = 1\n"},
		"two rules, and another comment": {files: map[string]string{"rules/a.yml": head + "# pdac:ignore PD505 until=2027-01-01 -- later\nSeverity: Critical\nFilename: a.py\n", "rules/a.py": "def rule(event):\n    return True\n"},
			rules: []string{"PD505", "PD506"}, path: "rules/a.yml", want: head + "# pdac:ignore PD505 until=2027-01-01 -- later\n# pdac:ignore PD506 -- known -- so far\nSeverity: Critical\nFilename: a.py\n"},
		"in a comment": {files: map[string]string{"rules/a.yml": head + "# a\u200bb\nSeverity: Low\nFilename: a.py\n", "rules/a.py": "def rule(event):\n    return True\n"},
			rules: []string{"PD603"}, path: "rules/a.yml", left: 1},
		"broken": {files: map[string]string{"rules/a.yml": "AnalysisType: rule\nRuleID: [\n"}, rules: []string{"PD101"}, path: "rules/a.yml", left: 1},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{}
			for p, text := range test.files {
				files[p] = []byte(text)
			}
			added := addIgnores(t, files, lint.Options{Select: append(test.rules, "PD001", "PD002")})
			if got := string(added.Files[test.path]); got != test.want || len(added.Left) != test.left {
				t.Errorf("got\n%s\nwant\n%s\nleft: %+v", got, test.want, added.Left)
			}
			if test.want != "" && (len(added.Result.Findings) > 0 || added.Ignored == 0 || added.Applied != 1) {
				t.Errorf("left: %+v; ignored %d by %d", added.Result.Findings, added.Ignored, added.Applied)
			}
			for _, f := range added.Left {
				if want := map[bool]string{true: "the file can't be parsed; fix it first", false: "no comment fits there"}[f.Rule == "PD101"]; f.Why != want {
					t.Errorf("%s is left because %q, want %q", f.Where(), f.Why, want)
				}
			}
		})
	}
}

// TestAddIgnoresEnds: a file in which no comment fits anywhere is not parsed without end.
func TestAddIgnoresEnds(t *testing.T) {
	text := "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\n" + strings.Repeat("# a\u200b"+strings.Repeat("b", 200)+"\n", 600)
	added := addIgnores(t, map[string][]byte{"rules/a.yml": []byte(text)}, lint.Options{Select: []string{"PD603"}})
	if len(added.Left) != 600 || len(added.Files) > 0 || added.Left[0].Why != "too many places in the file take no comment" {
		t.Errorf("%d are left: %+v", len(added.Left), added.Left[0])
	}
}

func with(files map[string]string, path, text string) map[string]string {
	out := maps.Clone(files)
	out[path] = text
	return out
}

// restyle writes a file another way, as people and programs do.
func restyle(t *rapid.T, path string, text []byte) []byte {
	s := string(text)
	if rapid.Bool().Draw(t, "comment first") {
		s = "# a comment\n" + s
	}
	if rapid.Bool().Draw(t, "comments between") {
		s = strings.ReplaceAll(s, "\nSeverity:", "\n# above\n\n# pdac:ignore PD999,PD107 -- other\nSeverity:")
	}
	if rapid.Bool().Draw(t, "no end") {
		s = strings.TrimRight(s, "\n")
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		s = strings.ReplaceAll(s, "\n", "\r\n")
	case 1:
		s = "\uFEFF" + s
	case 2:
		if v, err := yamlcore.DecodeText(s); err == nil && !strings.HasSuffix(path, ".py") {
			s = yamlcore.CanonicalJSON(v)
		}
	}
	return []byte(s)
}

// TestAddIgnoresKeepsEverything: whatever the files of all examples look like, no finding
// with a comment is left, no file means anything else, nothing is removed, and a second
// time there is nothing to do.
func TestAddIgnoresKeepsEverything(t *testing.T) {
	var rules []lint.Rule
	for _, r := range lint.Rules() {
		if !r.AboutComments() {
			rules = append(rules, r)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		files := map[string][]byte{}
		for _, r := range rapid.SliceOfN(rapid.SampledFrom(rules), 1, 3).Draw(t, "rules") {
			for _, f := range lint.Example(r.Doc.Bad) {
				files[f.Path] = restyle(t, f.Path, []byte(f.Text))
			}
		}
		o := lint.Options{Select: []string{"all"}}
		added := addIgnores(t, files, o)
		after := maps.Clone(files)
		maps.Copy(after, added.Files)
		for p, text := range added.Files {
			same(t, p, files[p], text)
		}
		left := map[string]bool{}
		for _, f := range added.Left {
			left[f.Fingerprint] = true
		}
		for _, f := range added.Result.Findings {
			if !left[f.Fingerprint] {
				t.Errorf("%s: %s %s is left without a reason", f.Where(), f.Rule, f.Message)
			}
		}
		if added.Ignored+len(added.Left) != len(added.Before.Findings) {
			t.Errorf("%d ignored and %d left of %d", added.Ignored, len(added.Left), len(added.Before.Findings))
		}
		if again := addIgnores(t, after, o); len(again.Files) > 0 || len(again.Left) != len(added.Left) {
			t.Errorf("the second time it changes %q", again.Paths())
		}
	})
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

var places = regexp.MustCompile(`, lineno=\d+, col_offset=\d+, end_lineno=\d+, end_col_offset=\d+`)

func withoutPlaces(dump string) string { return places.ReplaceAllString(dump, "") }

// same compares the meaning of a file before and after, and its bytes without the new
// comments.
func same(t failer, path string, before, after []byte) {
	if strings.HasSuffix(path, ".py") {
		a, errA := python.Parse(before, python.Options{})
		b, errB := python.Parse(after, python.Options{})
		// What only Python's compiler refuses has a tree.
		if (a == nil) != (b == nil) || (errA == nil) != (errB == nil) || a != nil && withoutPlaces(python.Dump(a)) != withoutPlaces(python.Dump(b)) {
			t.Errorf("%s means something else (%v, %v):\n%s\n---\n%s", path, errA, errB, before, after)
		}
	} else {
		a, errA := yamlcore.DecodeText(string(before))
		b, errB := yamlcore.DecodeText(string(after))
		if errA != nil || errB != nil || !yamlcore.Equal(a, b) {
			t.Errorf("%s means something else (%v, %v):\n%s\n---\n%s", path, errA, errB, before, after)
		}
	}
	rest := before
	for line := range bytes.SplitAfterSeq(after, []byte("\n")) {
		if bytes.HasPrefix(rest, line) {
			rest = rest[len(line):]
			continue
		}
		// A new line, or a comment at the end of one.
		i := bytes.LastIndex(line, []byte("# pdac:ignore "))
		if i < 0 {
			t.Fatalf("%s: %q is new", path, line)
		}
		kept := bytes.TrimRight(bytes.TrimPrefix(line[:i], []byte("\uFEFF")), " \t")
		if len(kept) == 0 {
			rest = bytes.TrimPrefix(rest, []byte("\uFEFF"))
			continue
		}
		n := slices.IndexFunc(rest, func(b byte) bool { return b == '\n' }) + 1
		if n == 0 {
			n = len(rest)
		}
		if !bytes.HasPrefix(bytes.TrimPrefix(rest[:n], []byte("\uFEFF")), kept) {
			t.Fatalf("%s: %q became %q", path, rest[:n], line)
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		t.Fatalf("%s: %q is gone", path, rest)
	}
}
