package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
)

// ran is what a run in the process did.
type ran struct {
	code     int
	out, err string
}

// inProcess runs pdac with standard input and an environment.
func inProcess(t *testing.T, in io.Reader, terminal bool, env map[string]string, args ...string) ran {
	t.Helper()
	var out, stderr bytes.Buffer
	code := Main(t.Context(), Process{
		Args: args, In: in, Out: &out, Err: &stderr, InTerminal: terminal, OutTerminal: terminal,
		Getenv: func(name string) string { return env[name] }, Now: time.Now, Width: func() int { return 0 },
	})
	return ran{code, out.String(), stderr.String()}
}

// lintRepo is a repository with a rule that has an error, a fixable one, and warnings.
func lintRepo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rules/a.yml":     ruleA,
		"rules/a.py":      "def rule(event):\n    return True\n",
		"templates/t.yml": "AnalysisType: rule\nRuleID: T\nEnabled: true\nFilename: t.py\nLogTypes: [Okta.SystemLog]\nSeverity: Low\n",
		"pdac.yaml":       "version: 1\nlint:\n  ignore: [PD505]\n  severity: {PD506: info}\n  options:\n    PD601: {allow: [x]}\n  paths:\n    - glob: rules/**\n      ignore: [PD402]\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const ruleA = "AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [Okta.SystemLog]\nSeverity: high\nDescription: d\nTests:\n  - {Name: a, ExpectedResult: true, Log: {a: 1}}\n"

// TestLintModesRefuse: every wrong use of the modes says what to do, and ends with 2.
func TestLintModesRefuse(t *testing.T) {
	dir := lintRepo(t)
	for _, test := range []struct {
		args, want string
		in         string
	}{
		{args: "--stdin-filename=", want: "pdac: --stdin-filename is empty; name the file that standard input is, or omit it"},
		{args: "--show-settings=", want: "pdac: --show-settings is empty; name a file, or omit it"},
		{args: "--add-ignore=", want: "pdac: --add-ignore is empty; say why the findings may stay, or omit it"},
		{args: "--stdin-filename rules/a.yml --staged", want: "pdac: --stdin-filename and --staged can't be used together"},
		{args: "--stdin-filename rules/a.yml --add-ignore x", want: "pdac: --stdin-filename and --add-ignore can't be used together"},
		{args: "--stdin-filename rules/a.yml rules", want: "pdac: --stdin-filename names the file; omit the paths"},
		{args: "--show-settings rules/a.yml rules", want: "pdac: --show-settings names the file; omit the paths"},
		{args: "--stdin-filename rules", want: `pdac: --stdin-filename: "rules" is a folder; name the file that standard input is`},
		{args: "--stdin-filename notes.md", want: `pdac: --stdin-filename: "notes.md" is neither YAML nor Python; lint checks .yml, .yaml and .py files`},
		{args: "--stdin-filename ../x.yml", want: `pdac: --stdin-filename: "../x.yml" is outside the repository`},
		{args: "--stdin-filename rules/big.py", in: strings.Repeat("#", 5<<20+1), want: "pdac: standard input is larger than the limit of 5242880 bytes for a file"},
		{args: "--show-settings rules", want: `pdac: --show-settings: "rules" is a folder; name a file`},
		{args: "--show-settings rules/none.yml", want: `pdac: --show-settings: "rules/none.yml" does not exist`},
		{args: "--show-settings rules/a.yml --format sarif", want: `pdac: unknown --format "sarif"; use text, json`},
		{args: "--show-settings rules/a.yml --fix", want: "pdac: --show-settings and --fix can't be used together"},
		{args: "--show-files --format json", want: "pdac: --show-files and --format can't be used together"},
		{args: "--show-files pdac.yaml", want: "pdac: lint would check no file in pdac.yaml; correct the path, or name it in content.include of pdac.yaml"},
		{args: "--statistics --format sarif", want: `pdac: --statistics can't be shown as "sarif"; use text, json`},
		{args: "--statistics --diff", want: "pdac: --statistics and --diff can't be used together"},
		{args: "--add-ignore x --filter Severity=High", want: "pdac: --add-ignore and --filter can't be used together"},
		{args: "--show-files --filter Severity=High", want: "pdac: --show-files and --filter can't be used together"},
		{args: "--add-ignore x --fix", want: "pdac: --add-ignore and --fix can't be used together"},
		{args: "--add-ignore x --ref HEAD", want: "pdac: --add-ignore and --ref can't be used together"},
		{args: "--fail-on never", want: `pdac: unknown --fail-on "never"; use error, warning, info or none`},
	} {
		got := inProcess(t, strings.NewReader(test.in), false, nil, append([]string{"lint", "-C", dir}, strings.Fields(test.args)...)...)
		if got.code != exitFailed || !strings.HasPrefix(got.err, test.want) {
			t.Errorf("%s: %d, %q, want %q", test.args, got.code, got.err, test.want)
		}
	}
	for reason, want := range map[string]string{
		"two\nlines":             `pdac: the reason "two\nlines" contains a line break or another character that a comment can't have`,
		"a\u202eb":               "contains a line break or another character",
		strings.Repeat("x", 501): "pdac: the reason of the ignore comments has 501 bytes; at most 500 are allowed",
	} {
		if got := inProcess(t, nil, false, nil, "lint", "-C", dir, "--add-ignore", reason); got.code != exitFailed || !strings.Contains(got.err, want) {
			t.Errorf("%q: %d, %q", reason, got.code, got.err)
		}
	}
	if got := inProcess(t, nil, true, nil, "lint", "-C", dir, "--stdin-filename", "rules/a.yml"); got.code != exitFailed || got.err != "pdac: --stdin-filename reads the file from standard input, which is a terminal; pipe the file in\n" {
		t.Errorf("a terminal: %+v", got)
	}
}

func TestLintStandardInput(t *testing.T) {
	dir := lintRepo(t)
	run := func(text string, args ...string) ran {
		t.Helper()
		return inProcess(t, strings.NewReader(text), false, nil, append([]string{"lint", "-C", dir, "--format", "concise", "-q"}, args...)...)
	}
	name := filepath.ToSlash(filepath.Join(filepath.Base(dir), "rules"))
	lines := func(s string) (out []string) {
		for l := range strings.Lines(s) {
			if _, rest, ok := strings.Cut(strings.TrimSuffix(l, "\n"), "/rules/"); ok {
				out = append(out, rest)
			} else {
				out = append(out, l)
			}
		}
		return out
	}
	// The text counts, not the file; the Python file is on disk.
	got := run(strings.Replace(ruleA, "high", "Hihg", 1)+"Threshold: 0\n", "--stdin-filename", "rules/a.yml")
	if want := "a.yml:6:11: error PD107 bad-enum: \"Severity\" can't be \"Hihg\""; got.code != exitError || len(lines(got.out)) != 2 || lines(got.out)[0] != want {
		t.Errorf("%s: %+v, want %q", name, got, want)
	}
	// A new file, and Python that a spec names: only findings in it are shown.
	if got := run("def rule(event):\n    return x\n", "--stdin-filename", "rules/a.py"); got.code != exitError || !strings.Contains(got.out, "a.py:2:12: error PD316") || strings.Contains(got.out, "a.yml") {
		t.Errorf("%+v", got)
	}
	if got := run(strings.Replace(ruleA, "RuleID: A", "RuleID: B", 1), "--stdin-filename", "rules/new.yml", "--fail-on", "none"); got.code != exitOK || !strings.Contains(got.out, "new.yml:6:11: error PD107") {
		t.Errorf("%+v", got)
	}
	// Without -C, an absolute path finds its repository.
	if got := inProcess(t, strings.NewReader(strings.Replace(ruleA, "high", "Hihg", 1)), false, nil, "lint", "--stdin-filename", filepath.Join(dir, "rules", "a.yml"), "--format", "concise"); got.code != exitError || !strings.Contains(got.out, "PD107 bad-enum") || strings.Contains(got.out, "PD505") {
		t.Errorf("%+v", got)
	}
	// With --fix the fixed text is on standard output, also if nothing changes, and what is
	// left is on standard error.
	fixed := run(ruleA+"# end", "--stdin-filename", "rules/a.yml", "--fix")
	if fixed.code != exitOK || fixed.out != strings.Replace(ruleA, "high", "High", 1)+"# end" || strings.Contains(fixed.err, "PD107") {
		t.Errorf("%+v", fixed)
	}
	if again := run(fixed.out, "--stdin-filename", "rules/a.yml", "--fix"); again.out != fixed.out {
		t.Errorf("%+v", again)
	}
	if got := run(strings.Replace(ruleA, "high", "Hihg", 1), "--stdin-filename", "rules/a.yml", "--fix"); got.code != exitError || !strings.Contains(got.err, "error PD107") {
		t.Errorf("%+v", got)
	}
	if got := run(ruleA, "--stdin-filename", "rules/a.yml", "--diff"); !strings.Contains(got.out, "-Severity: high\n+Severity: High") {
		t.Errorf("%+v", got)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "rules/a.yml")); err != nil || string(text) != ruleA {
		t.Errorf("the file became %q (%v)", text, err)
	}
}

func TestLintShows(t *testing.T) {
	dir := lintRepo(t)
	run := func(args ...string) ran {
		t.Helper()
		return inProcess(t, nil, false, nil, append([]string{"lint", "-C", dir}, args...)...)
	}
	if got := run("--show-files"); got.code != exitOK || strings.Count(got.out, "\n") != 2 || !strings.HasSuffix(got.out, "/rules/a.yml\n") {
		t.Errorf("%+v", got)
	}
	if got := run("--show-files", filepath.Join(dir, "templates")); got.code != exitFailed || !strings.Contains(got.err, "lint would check no file in templates") {
		t.Errorf("%+v", got)
	}
	got := run("--show-settings", filepath.Join(dir, "rules/a.yml"), "--ignore", "PD401", "--select", "all")
	for _, want := range []string{
		"  content:  lint checks it\n", "  path:     rules/**  lint.paths (pdac.yaml:8)\n", "PD401  no-tests ", "--ignore\n",
		"off       PD505  no-runbook             lint.ignore (pdac.yaml:3)\n", "info      PD506  no-reference           lint.severity (pdac.yaml:4)\n",
		"off       PD402  one-sided-tests        lint.paths (pdac.yaml:9)\n", "  PD601 allow: [x]  lint.options (pdac.yaml:6)\n", "rules run for this file",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in:\n%s%s", want, got.out, got.err)
		}
	}
	for path, want := range map[string]string{
		"templates/t.yml": "a spec that is not content (other_folder): name templates/t.yml in content.include of pdac.yaml", "pdac.yaml": "no content: lint doesn't check it in a run without paths",
	} {
		if got := run("--show-settings", filepath.Join(dir, path)); !strings.Contains(got.out, want) {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for args, schema := range map[string]string{"--show-settings " + filepath.Join(dir, "rules/a.yml"): schemas.LintSettings(), "--statistics": schemas.Lint()} {
		got := run(append(strings.Fields(args), "--format", "json")...)
		res, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewStringLoader(got.out))
		if err != nil || !res.Valid() || len(got.out) < 100 {
			t.Errorf("%s: %v %v\n%s", args, err, res, got.err)
		}
	}
	// Statistics replace the findings, and count what fails as ever.
	if got := run("--statistics", "--no-cache"); got.code != exitError || !strings.Contains(got.out, "       1        1      1  error     PD107  bad-enum\n") || strings.Contains(got.out, "Severity: high") {
		t.Errorf("%+v", got)
	}
	var shown struct{ Statistics []struct{ Rule string } }
	if err := json.Unmarshal([]byte(run("--format", "json").out), &shown); err != nil || shown.Statistics != nil {
		t.Errorf("%v %+v", err, shown)
	}
	for on, want := range map[string]int{"none": exitOK, "info": exitError, "error": exitError} {
		if got := run("--fail-on", on); got.code != want {
			t.Errorf("--fail-on %s ends with %d", on, got.code)
		}
	}
}

func TestAddIgnore(t *testing.T) {
	dir := lintRepo(t)
	run := func(args ...string) ran {
		t.Helper()
		return inProcess(t, nil, false, nil, append([]string{"lint", "-C", dir}, args...)...)
	}
	got := run("--add-ignore", "so -- far", "--diff")
	if !strings.Contains(got.out, "+# pdac:ignore PD107 -- so -- far\n Severity: high\n") || !strings.Contains(got.err, "--add-ignore would add 1 comment for 1 finding in 1 file.") || got.code != exitError {
		t.Errorf("%+v", got)
	}
	if got = run("--add-ignore", "so -- far"); got.code != exitOK || !strings.Contains(got.err, "Added 1 comment for 1 finding in 1 file.") || !strings.Contains(got.out, "(1 ignored by comments, 1 spec skipped)") {
		t.Errorf("%+v", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "rules/a.yml"))
	if want := strings.Replace(ruleA, "Severity", "# pdac:ignore PD107 -- so -- far\nSeverity", 1); err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	if got = run("--add-ignore", "again"); got.code != exitOK || strings.Contains(got.err, "Added") {
		t.Errorf("%+v", got)
	}
	// What can't have a comment is named.
	if err := os.WriteFile(filepath.Join(dir, "rules/broken.yml"), []byte("AnalysisType: rule\nRuleID: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got = run("--add-ignore", "x"); got.code != exitError || !strings.Contains(got.err, "no comment for rules/broken.yml:2:9: PD101: the file can't be parsed; fix it first") {
		t.Errorf("%+v", got)
	}
}

// TestHyperlinks: which terminals get links.
func TestHyperlinks(t *testing.T) {
	for _, test := range []struct {
		env  string
		pipe bool
		want bool
	}{
		{env: "TERM=xterm-256color"}, {env: "TERM=xterm-kitty", want: true}, {env: "TERM=foot-extra", want: true}, {env: "TERM=footless"},
		{env: "TERM_PROGRAM=vscode TERM_PROGRAM_VERSION=1.71.9"}, {env: "TERM_PROGRAM=vscode TERM_PROGRAM_VERSION=1.72.0", want: true},
		{env: "TERM_PROGRAM=iTerm.app TERM_PROGRAM_VERSION=3.0.15"}, {env: "TERM_PROGRAM=iTerm.app TERM_PROGRAM_VERSION=3.1.0", want: true},
		{env: "VTE_VERSION=5000"}, {env: "VTE_VERSION=7600", want: true}, {env: "VTE_VERSION=x"}, {env: "WT_SESSION=1", want: true},
		{env: "VTE_VERSION=7600", pipe: true}, {env: "VTE_VERSION=7600 CI=true"}, {env: "VTE_VERSION=7600 NO_COLOR=1"}, {env: "VTE_VERSION=7600 TERM=dumb"},
		{env: "VTE_VERSION=7600 TERM=tmux-256color"}, {env: "VTE_VERSION=7600 FORCE_HYPERLINK=0"},
		{env: "FORCE_HYPERLINK=1 NO_COLOR=1", pipe: true, want: true}, {env: "FORCE_COLOR=1 VTE_VERSION=7600", pipe: true},
	} {
		env := map[string]string{}
		for _, e := range strings.Fields(test.env) {
			name, value, _ := strings.Cut(e, "=")
			env[name] = value
		}
		a := &app{Process: Process{OutTerminal: !test.pipe, Getenv: func(n string) string { return env[n] }}}
		if got := a.hyperlinks(); got != test.want {
			t.Errorf("%s (pipe: %v): %v", test.env, test.pipe, got)
		}
	}
	got := inProcess(t, nil, false, map[string]string{"FORCE_HYPERLINK": "1"}, "lint", "-C", lintRepo(t), "--format", "concise", "--output", "concise="+filepath.Join(t.TempDir(), "f"))
	if !strings.Contains(got.out, "\x1b]8;;https://github.com/pdac-dev/pdac/blob/main/docs/rules.md#pd107\x1b\\PD107\x1b]8;;\x1b\\ bad-enum:") || !strings.Contains(got.out, "\x1b]8;;file://") {
		t.Errorf("%+v", got)
	}
}
