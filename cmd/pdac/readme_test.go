package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// A page that quotes an output says in a comment what prints it, and before it,
// in comments too, what its text asks the reader to do first:
//
//	<!-- first: edit | FILE | OLD | NEW -->                 change a text in a file
//	<!-- first: commit | SUBJECT -->                        commit everything
//	<!-- first: console | RULE | FIELD | JSON -->           edit a rule in the console of the sandbox
//	<!-- first: run | ARGS -->                              run pdac
//	<!-- prints: ARGS -->, <!-- prints (exit N): ARGS -->   the code block below is printed by pdac ARGS
//
// A line of "…" stands for any lines, "…" within a line for any text.
var directive = regexp.MustCompile("(?s)<!-- first: ([^\n]*) -->|<!-- prints(?: \\(exit (\\d)\\))?: ([^\n]*) -->\n```\n(.*?)\n```")

// TestDocsShowWhatHappens follows README.md and the pages of docs/, each in a
// clone of its own as a reader has it, and compares what they quote with what is
// printed.
func TestDocsShowWhatHappens(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	gittest.Need(t)
	quotes := map[string]int{}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(page)
		quotes[name] = len(directive.FindAllString(string(text), -1))
		if n := strings.Count(string(text), "<!-- prints") + strings.Count(string(text), "<!-- first"); n != quotes[name] {
			t.Errorf("%s has %d comments about outputs, and %d of them can't be read", name, n, n-quotes[name])
		}
		if quotes[name] > 0 {
			t.Run(name, func(t *testing.T) { follow(t, string(text)) })
		}
	}
	for _, name := range []string{"README.md", "record.md"} {
		if quotes[name] == 0 {
			t.Errorf("%s quotes no output that this test can check", name)
		}
	}
}

// follow does what a page says in a fresh clone.
func follow(t *testing.T, page string) {
	demo, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Chdir(t.TempDir())
	for _, name := range []string{"acme", "acme-next"} {
		if err := os.CopyFS(filepath.Join("testdata", name), os.DirFS(filepath.Join(demo, name))); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join("testdata", name, ".pdac")); err != nil {
			t.Fatal(err)
		}
	}
	gittest.Run(t, ".", "init", "-q")
	gittest.Commit(t, ".", "Add the demo")
	for _, m := range directive.FindAllStringSubmatch(page, -1) {
		if m[1] != "" {
			first(t, strings.Split(m[1], " | "))
			continue
		}
		want, _ := strconv.Atoi(m[2])
		out := pdac(t, want, m[3])
		if line, ok := shown(strings.Split(m[4], "\n"), strings.Split(out, "\n")); !ok {
			t.Errorf("pdac %s does not print the line %q:\n%s", m[3], line, out)
		}
	}
}

// first does one step that comes before an output.
func first(t *testing.T, args []string) {
	t.Helper()
	switch {
	case args[0] == "edit" && len(args) == 4:
		text, err := os.ReadFile(args[1])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(args[2])) {
			t.Fatalf("%s does not hold %q", args[1], args[2])
		}
		if err := os.WriteFile(args[1], bytes.Replace(text, []byte(args[2]), []byte(args[3]), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	case args[0] == "commit" && len(args) == 2:
		gittest.Commit(t, ".", args[1])
	case args[0] == "run" && len(args) == 2:
		pdac(t, exitOK, args[1])
	case args[0] == "console" && len(args) == 4:
		s, err := sandbox.Open(t.Context(), sandbox.Options{Path: "testdata/acme/.pdac/sandbox.db", Token: sandboxToken})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var value any
		if err := json.Unmarshal([]byte(args[3]), &value); err != nil {
			t.Fatal(err)
		}
		if err := s.Edit(context.Background(), sandbox.Rules, args[1], func(rule map[string]any) { rule[args[2]] = value }); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatalf("unknown step %q", args)
	}
}

// pdac runs a command line that must end with a code, and returns what it prints.
func pdac(t *testing.T, want int, line string) string {
	t.Helper()
	var out, errs bytes.Buffer
	p := process(&out, nil, strings.Fields(line)...)
	p.Err = &errs
	if code := Main(t.Context(), p); code != want {
		t.Fatalf("pdac %s ended with %d, want %d:\n%s%s", line, code, want, &out, &errs)
	}
	return out.String()
}

// shown reports whether lines are in the output in their order, and the first
// that is missing.
func shown(lines, output []string) (string, bool) {
	any := false
	for _, line := range lines {
		if line == "…" {
			any = true
			continue
		}
		at := 0
		for any && at < len(output) && !like(line, output[at]) {
			at++
		}
		if at >= len(output) || !like(line, output[at]) {
			return line, false
		}
		output, any = output[at+1:], false
	}
	return "", true
}

// like reports whether a line is as a page shows it.
func like(shown, line string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".+") + "$").MatchString(line)
}
