package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// TestInitAsks checks the questions on a terminal: only "yes" counts.
func TestInitAsks(t *testing.T) {
	gittest.Need(t)
	const before = "version: 1\napi: {host: api.mine.runpanther.net}\n"
	run := func(dir, answer string, args ...string) (code int, out, asked string) {
		var o, e bytes.Buffer
		p := process(&o, nil, append([]string{"init", dir}, args...)...)
		p.In, p.InTerminal, p.Err = strings.NewReader(answer), true, &e
		code = Main(t.Context(), p)
		return code, o.String(), e.String()
	}
	repository := func() string {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"pdac.yaml": before, ".panther_settings.yml": "ignore_files: [rules/x.yml]\n",
			"rules/r.yml": "AnalysisType: rule\nRuleID: R\nFilename: r.py\nEnabled: true\nLogTypes: [A.B]\nSeverity: Low\n", "rules/r.py": "def rule(_):\n    return True\n",
		} {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	read := func(dir, name string) string {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		return string(text)
	}

	// The baseline is asked for first; without a yes it is not written.
	dir := repository()
	code, said, asked := run(dir, "y\n")
	if !regexp.MustCompile(`^lint finds \d+ warnings?\. Write them to lint-baseline\.json, so that only new ones are reported\? Only "yes" will be accepted: Change 1 file that exists\? Only "yes" will be accepted: `).MatchString(asked) {
		t.Errorf("it asked\n%s", asked)
	}
	if want := "pdac.yaml exists and was not changed; look at"; !strings.Contains(said+asked, want) {
		t.Errorf("it says\n%s%s, and not %q", said, asked, want)
	}
	if code != exitError || read(dir, "lint-baseline.json") != "" || read(dir, "pdac.yaml") != before || read(dir, ".pre-commit-config.yaml") == "" {
		t.Errorf("it ended with %d, and pdac.yaml is\n%s", code, read(dir, "pdac.yaml"))
	}
	// A yes to the only question.
	code, out, asked := run(dir, "yes\n", "--baseline")
	if code != exitOK || !strings.Contains(out, "+content:\n+  exclude:") || strings.Contains(asked, "lint finds") {
		t.Errorf("it ended with %d:\n%s%s", code, out, asked)
	}
	if got := read(dir, "pdac.yaml"); !strings.HasPrefix(got, before) || !strings.Contains(got, "- rules/x.yml\n") || !strings.Contains(got, "baseline: lint-baseline.json") || read(dir, "lint-baseline.json") == "" {
		t.Errorf("pdac.yaml is\n%s", got)
	}
	// With a baseline, nothing is asked and nothing is left.
	if code, out, asked = run(dir, ""); code != exitOK || !strings.HasPrefix(out, "Nothing to do: ") || strings.Contains(asked, "yes") {
		t.Errorf("it ended with %d:\n%s%s", code, out, asked)
	}
}

// TestInitChecksTheConnection ends with auth status if there is a token.
func TestInitChecksTheConnection(t *testing.T) {
	gittest.Need(t)
	live, err := sandbox.Open(t.Context(), sandbox.Options{Token: "sesame"})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	server := httptest.NewServer(live)
	defer server.Close()
	for _, c := range []struct {
		token, settings string
		code            int
		want            string
	}{
		{"sesame", "", exitOK, `(?s)lint: there is nothing to check yet\.\n.*\nPanther: +127\.0\.0\.1:\d+ \(reached\)\n.*permissions missing: +none\n`},
		{"sesame", "api_host: https://elsewhere.example\n", exitError, `pdac: the files are written, but the connection to Panther was not checked: the token from PANTHER_API_TOKEN was not sent to "elsewhere\.example": pdac\.yaml names that host`},
		{"wrong", "", exitError, `pdac: the files are written, but the connection to Panther does not work: read the token's own record: Panther answered 401`},
	} {
		dir := t.TempDir()
		var out bytes.Buffer
		env := map[string]string{"PANTHER_API_HOST": server.URL, "PANTHER_API_TOKEN": c.token, "HOME": dir}
		if c.settings != "" {
			delete(env, "PANTHER_API_HOST")
			if err := os.WriteFile(filepath.Join(dir, ".panther_settings.yml"), []byte(c.settings), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := process(&out, env, "init", dir)
		p.Err = &out
		if code := Main(t.Context(), p); code != c.code || !regexp.MustCompile(c.want).MatchString(out.String()) {
			t.Errorf("%s: it ended with %d:\n%s", c.token, code, &out)
		}
		if _, err := os.Stat(filepath.Join(dir, "pdac.yaml")); err != nil {
			t.Error(err)
		}
	}
}

// TestTenMinutes types what README.md says under "Your own repository", and then the same
// against a Panther.
func TestTenMinutes(t *testing.T) {
	gittest.Need(t)
	python, err := findPython()
	if err != nil {
		t.Skip("the unit tests need Python")
	}
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	live, err := sandbox.Open(t.Context(), sandbox.Options{Token: "sesame", CheckTests: true})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	server := httptest.NewServer(live)
	defer server.Close()
	t.Chdir(t.TempDir())
	var log bytes.Buffer
	began := time.Now()
	lines := 0
	blocks := regexp.MustCompile("(?s)<!-- followed by TestTenMinutes -->\n```sh\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("README.md has %d blocks to follow", len(blocks))
	}
	for i, b := range blocks {
		env := map[string]string{"PDAC_PYTHON": python.Program, "HOME": t.TempDir()}
		if i == 1 {
			env["PANTHER_API_HOST"], env["PANTHER_API_TOKEN"] = server.URL, "sesame"
		}
		for line := range strings.Lines(string(b[1])) {
			lines++
			line = strings.TrimSpace(line)
			if dir, ok := strings.CutPrefix(line, "mkdir detections && cd "); ok {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				t.Chdir(dir)
				continue
			}
			args, err := splitWords(line)
			if err != nil || args[0] != "pdac" {
				t.Fatalf("%q can't be followed: %v", line, err)
			}
			p := process(&log, env, args[1:]...)
			p.Err, p.In, p.InTerminal = &log, strings.NewReader("yes\n"), true
			if code := Main(t.Context(), p); code != exitOK {
				t.Fatalf("%s ended with %d:\n%s", line, code, &log)
			}
		}
	}
	t.Logf("%d lines took %s", lines, time.Since(began).Round(time.Millisecond))
	for _, want := range []string{"No findings in 2 files", "2 passed in 1 detection", "Applied: 1 created, 0 updated, 0 deleted.", "permissions missing:  none"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing:\n%s", want, &log)
		}
	}
}

// TestInitWithoutAPlaceToWrite fails before it says that anything was done.
func TestInitWithoutAPlaceToWrite(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/", filepath.Join(dir, ".vscode")); err != nil {
		t.Skip("no links here")
	}
	var said bytes.Buffer
	p := process(io.Discard, nil, "init", dir)
	p.Err = &said
	if code := Main(t.Context(), p); code != exitError || !strings.Contains(said.String(), `.vscode/pdac/pdac.schema.json can't be written: ".vscode" is a link to "/", which is outside the repository`) {
		t.Errorf("it ended with %d: %s", code, &said)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}
