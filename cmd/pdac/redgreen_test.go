package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// contentFault is one way to break a file of the demo repository.
type contentFault struct {
	name string
	// in selects the files by their path and text.
	in *regexp.Regexp
	// make returns the broken text, or "" if there is nothing to break.
	make func(text string) string
}

// replaced is a fault that replaces the first match of an expression.
func replaced(name, in, find, with string) contentFault {
	re := regexp.MustCompile(`(?m)` + find)
	return contentFault{name, regexp.MustCompile(in), func(text string) string {
		m := re.FindStringSubmatchIndex(text)
		if m == nil {
			return ""
		}
		return text[:m[0]] + string(re.ExpandString(nil, with, text, m)) + text[m[1]:]
	}}
}

// rewritten is a fault that replaces the text of a file.
func rewritten(name, in string, make func(string) string) contentFault {
	return contentFault{name, regexp.MustCompile(in), make}
}

const (
	anySpec   = `\.yml$`
	anyPython = `\.py$`
	inRules   = `rules/.*\.yml$`
	inSimple  = `(super_admin_granted|phishing_reported)\.yml$`
	inQueries = `queries/.*\.yml$`
	inModels  = `okta_data_model\.yml$`
)

// contentFaults are faults that lint, the loader, or both find.
func contentFaults() []contentFault {
	conflict := func(text string) string {
		return "<<<<<<< HEAD\n" + text + "=======\n" + text + ">>>>>>> other\n"
	}
	utf16 := func(text string) string {
		out := "\xff\xfe"
		for _, r := range text {
			out += string([]byte{byte(r), 0})
		}
		return out
	}
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	out := []contentFault{
		rewritten("no fault", ".", func(text string) string { return text }),
		rewritten("CRLF", ".", func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }),
		rewritten("BOM", ".", func(text string) string { return "\ufeff" + text }),
		rewritten("Latin-1", ".", func(text string) string { return text + "# caf\xe9\n" }),
		rewritten("Latin-1 with a declaration", anyPython, func(text string) string { return "# -*- coding: latin-1 -*-\n# caf\xe9\n" + text }),
		rewritten("NUL", ".", func(text string) string { return text + "# \x00\n" }),
		rewritten("UTF-16", ".", utf16),
		rewritten("LFS pointer", ".", func(string) string { return pointer }),
		rewritten("merge conflict", ".", conflict),
		rewritten("blank", anyPython, func(string) string { return "\n" }),
		rewritten("only comments", anyPython, func(string) string { return "# nothing\n" }),
		rewritten("too large", `/acme_a\w+\.(py|yml)$|mfa_factor_reset`, func(text string) string { return text + strings.Repeat("# more\n", 1<<20) }),
		replaced("id of another", anySpec, `^RuleID: .*`, "RuleID: Acme.Login.Success"),
		replaced("id of another kind", anySpec, `^PolicyID: .*`, "PolicyID: Acme.Login.Success"),
		replaced("id of another global", anySpec, `^GlobalID: .*`, "GlobalID: acme_text"),
		replaced("log type of another model", inModels, `Okta.SystemLog$`, "GitHub.Audit"),
		rewritten("syntax", anyPython, func(text string) string { return text + "def broken(:\n" }),
		rewritten("return outside", anyPython, func(text string) string { return text + "return 1\n" }),
		rewritten("later Python", anyPython, func(text string) string { return text + "type X = int\n" }),
		rewritten("unknown module", anyPython, func(text string) string { return "import acme_nowhere\n" + text }),
		rewritten("unknown name", anyPython, func(text string) string { return "from acme_text import nothing_there\n" + text }),
		replaced("no function", anyPython, `^def (rule|policy)\(`, "def other("),
		replaced("two parameters", anyPython, `^def (rule|policy)\((\w+)\)`, "def $1($2, more)"),
		replaced("async", anyPython, `^def (rule|policy)\(`, "async def $1("),
		replaced("unknown type", anySpec, `^AnalysisType: (\w+)`, "AnalysisType: ${1}s"),
		replaced("no type", anySpec, `^AnalysisType: .*\n`, ""),
		replaced("type is a list", anySpec, `^AnalysisType: (\w+)`, "AnalysisType: [$1]"),
		replaced("no id", anySpec, `^(RuleID|PolicyID|QueryName|GlobalID|DataModelID|PackID|LookupName|PromptName): .*\n`, ""),
		replaced("empty id", anySpec, `^(RuleID|PolicyID|QueryName|GlobalID|DataModelID): .*\n`, "$1: \"\"\n"),
		replaced("id is a list", anySpec, `^(RuleID|PolicyID|QueryName|GlobalID|DataModelID): .*\n`, "$1: [a]\n"),
		replaced("id with a forbidden character", anySpec, `^(RuleID|PolicyID|QueryName|DataModelID): .*\n`, "$1: \"a<b\"\n"),
		replaced("tab", anySpec, `^AnalysisType:`, "\tAnalysisType:"),
		replaced("key twice", anySpec, `^(AnalysisType: .*\n)`, "$1$1"),
		replaced("second document", anySpec, `\z`, "---\na: b\n"),
		replaced("unclosed quote", anySpec, `^AnalysisType: `, "AnalysisType: \""),
		replaced("unknown key", anySpec, `\z`, "Treshold: 1\n"),
		replaced("file does not exist", anySpec, `^Filename: .*`, "Filename: nowhere.py"),
		replaced("file outside", anySpec, `^Filename: `, "Filename: ../"),
		replaced("file at an absolute path", anySpec, `^Filename: `, "Filename: /"),
		replaced("file with a backslash", anySpec, `^Filename: `, `Filename: .\`),
		replaced("no file", anySpec, `^Filename: .*\n`, ""),
		replaced("empty file name", anySpec, `^Filename: .*`, `Filename: ""`),
		replaced("file is a list", anySpec, `^Filename: (\S+)`, "Filename: [$1]"),
		replaced("file is a folder", anySpec, `^Filename: .*`, "Filename: ."),
		replaced("Enabled missing", anySpec, `^Enabled: .*\n`, ""),
		replaced("Enabled text", anySpec, `^Enabled: .*`, "Enabled: yes"),
		replaced("Enabled null", anySpec, `^Enabled: .*`, "Enabled:"),
		replaced("Severity unknown", anySpec, `^Severity: .*`, "Severity: Hihg"),
		replaced("Severity in capitals", anySpec, `^Severity: .*`, "Severity: HIGH"),
		replaced("Severity list", anySpec, `^Severity: .*`, "Severity: [High]"),
		replaced("Severity null", anySpec, `^Severity: .*`, "Severity:"),
		replaced("Severity missing", anySpec, `^Severity: .*\n`, ""),
		replaced("DisplayName list", anySpec, `^DisplayName: .*`, "DisplayName: [a]"),
		replaced("DisplayName number", anySpec, `^DisplayName: .*`, "DisplayName: 5"),
		replaced("LogTypes text", inRules, `^LogTypes: .*`, "LogTypes: Okta.SystemLog"),
		replaced("LogTypes of lists", inRules, `^LogTypes: .*`, "LogTypes: [[Okta.SystemLog]]"),
		replaced("LogTypes empty", inRules, `^LogTypes: .*`, "LogTypes: []"),
		replaced("LogTypes missing", inRules, `^LogTypes: .*\n`, ""),
		replaced("Tags text", anySpec, `\z`, "SummaryAttributes: a\n"),
		replaced("Reports list", inRules, `(?s)^Reports:.*?(^Tests)`, "Reports: [a]\n$1"),
		replaced("Reports text", inRules, `(?s)^Reports:.*?(^Tests)`, "Reports: {MITRE ATT&CK: \"TA0003:T1556.006\"}\n$1"),
		replaced("Threshold text", inRules, `(^AnalysisType: .*\n)`, "${1}Threshold: \"3\"\n"),
		replaced("Threshold fraction", inRules, `(^AnalysisType: .*\n)`, "${1}Threshold: 1.5\n"),
		replaced("OutputIds mapping", inRules, `(^AnalysisType: .*\n)`, "${1}OutputIds: {a: b}\n"),
		replaced("Tests mapping", inRules, `(?s)^Tests:.*\z`, "Tests: {a: b}\n"),
		replaced("test without a name", inRules, `^  - Name: .*\n    Exp`, "  - Exp"),
		replaced("test without a result", inRules, `^    ExpectedResult: .*\n`, ""),
		replaced("test result text", inRules, `^    ExpectedResult: .*`, "    ExpectedResult: maybe"),
		replaced("test event list", inRules, `^    Log: .*`, "    Log: [1]"),
		replaced("test event text", inRules, `^    Log: .*`, "    Log: text"),
		replaced("test event missing", inRules, `^    Log: .*\n`, ""),
		replaced("mock without a value", inRules, `^    ExpectedResult: .*`, "$0\n    Mocks: [{objectName: a}]"),
		replaced("mock list", inRules, `^    ExpectedResult: .*`, "$0\n    Mocks: [{objectName: rule, returnValue: [1]}]"),
		replaced("unknown condition", inSimple, `Condition: \w+`, "Condition: Equalz"),
		replaced("no condition", inSimple, `, Condition: \w+`, ""),
		replaced("no key", inSimple, `(Key|KeyPath): [\w.]+, `, ""),
		replaced("Detection text", inSimple, `(?s)^Detection:.*?(^AlertTitle|^Tags)`, "Detection: text\n$1"),
		replaced("Detection empty", inSimple, `(?s)^Detection:.*?(^AlertTitle|^Tags)`, "Detection: []\n$1"),
		replaced("both bodies", inSimple, `^(AnalysisType: .*\n)`, "${1}Filename: a.py\n"),
		replaced("title without an end", inSimple, `^AlertTitle: .*`, "AlertTitle: '{a'"),
		replaced("SQL missing", inQueries, `(?s)^Query:.*?(^Schedule)`, "$1"),
		replaced("SQL empty", inQueries, `(?s)^Query:.*?(^Schedule)`, "Query: \"\"\n$1"),
		replaced("SQL list", inQueries, `(?s)^Query:.*?(^Schedule)`, "Query: [a]\n$1"),
		replaced("SQL broken", inQueries, `^  SELECT`, "  SELECT f(1,, 2),"),
		replaced("Schedule text", inQueries, `(?s)^Schedule:.*?(^Tags|\z)`, "Schedule: daily\n$1"),
		replaced("Schedule missing", inQueries, `(?s)^Schedule:.*?(^Tags|\z)`, "$1"),
		replaced("no timeout", inQueries, `^  TimeoutMinutes: .*\n`, ""),
		replaced("cron", inQueries, `CronExpression: .*`, "CronExpression: \"99 6 * * *\""),
		replaced("rate text", inQueries, `CronExpression: .*`, "RateMinutes: often"),
		replaced("two times", inQueries, `CronExpression: .*`, "$0\n  RateMinutes: 60"),
		replaced("mapping without a name", inModels, `^  - Name: actor_user\n    Path`, "  - Path"),
		replaced("mapping without a path", inModels, `^    Path: .*\n`, ""),
		replaced("mapping with both", inModels, `^    Path: .*`, "$0\n    Method: event_type"),
		replaced("unknown method", inModels, `Method: .*`, "Method: nowhere"),
		replaced("Mappings text", inModels, `(?s)^Mappings:.*\z`, "Mappings: text\n"),
		replaced("unknown part", `correlation_rules/`, `From: Reset`, "From: Rest"),
		replaced("sequence of text", `correlation_rules/`, `(?s)^Detection:.*?(^Tests)`, "Detection: text\n$1"),
		replaced("Schedule of a correlation rule", `correlation_rules/`, `RateMinutes: 60`, "RateMinutes: 1"),
	}
	return out
}

// TestLintAndPlanAgree breaks files of the demo repository: the plan has an error
// exactly if lint has a finding that means that something can't work.
func TestLintAndPlanAgree(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	root := "../../testdata/acme"
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		rel, _ := filepath.Rel(root, p)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files["global_helpers/acme_alone.yml"] = "AnalysisType: global\nGlobalID: acme_alone\nFilename: acme_alone.py\nDescription: Nothing imports it.\n"
	files["global_helpers/acme_alone.py"] = "X = 1\n"
	// Files of each kind.
	subjects := []string{
		"global_helpers/acme_alone.yml", "global_helpers/acme_alone.py",
		"rules/okta_rules/mfa_factor_reset.yml", "rules/okta_rules/mfa_factor_reset.py", "rules/gsuite_rules/super_admin_granted.yml",
		"queries/okta_queries/dormant_accounts.yml", "data_models/okta_data_model.yml", "data_models/okta_data_model.py",
		"correlation_rules/okta_reset_then_console_login.yml", "global_helpers/acme_alerts.yml", "global_helpers/acme_alerts.py",
		"policies/aws_policies/owner_tag.yml", "policies/aws_policies/owner_tag.py", "rules/scheduled_rules/dormant_okta_accounts.yml",
	}
	dir := t.TempDir()
	write := func(p, text string) {
		full := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for p, text := range files {
		write(p, text)
	}
	env := map[string]string{"XDG_CACHE_HOME": t.TempDir()}
	runs := 0
	defer func() { t.Logf("%d faults were made", runs) }()
	for _, f := range contentFaults() {
		for _, p := range subjects {
			text := files[p]
			if !f.in.MatchString(p) {
				continue
			}
			broken := f.make(text)
			if broken == "" && f.name != "no fault" {
				continue
			}
			if runs++; testing.Short() && runs%9 != 0 {
				continue
			}
			t.Run(f.name+" "+p, func(t *testing.T) {
				write(p, broken)
				defer write(p, text)
				var out, errs bytes.Buffer
				lintProcess := process(&out, env, "lint", "-C", dir, "--format", "json", "-q")
				lintProcess.Err = &errs
				lintCode := Main(t.Context(), lintProcess)
				var found struct {
					Findings []struct {
						Rule, Message, Path string
						Broken              bool
					}
				}
				if err := json.Unmarshal(out.Bytes(), &found); err != nil {
					t.Fatalf("%v: %s%s", err, &out, &errs)
				}
				var red []string
				for _, x := range found.Findings {
					if x.Broken {
						red = append(red, fmt.Sprintf("%s: %s (%s)", x.Path, x.Message, x.Rule))
					}
				}
				out.Reset()
				planProcess := process(&out, env, "plan", "-C", dir, "--sandbox-db", filepath.Join(dir, ".pdac", "s.db"), "-q")
				planProcess.Err = &out
				planCode := Main(t.Context(), planProcess)
				if (len(red) > 0) != (planCode == exitError) || len(red) > 0 && lintCode != exitError {
					var lines []string
					for _, l := range strings.Split(out.String(), "\n") {
						if strings.Contains(l, "error") {
							lines = append(lines, l)
						}
					}
					t.Errorf("lint ends with %d and has %q; plan ends with %d and has %q", lintCode, red, planCode, lines)
				}
			})
		}
	}
}
