package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
)

// sample is an output that the README shows, under the arguments that print it.
var sample = regexp.MustCompile("(?s)<!-- prints: ([^\n]*) -->\n```\n(.*?)\n```")

// TestReadmeShowsWhatHappens runs the README's first steps in its order, in a
// clone as its reader has, and holds what it shows against what is printed. A
// line of "…" stands for any lines, "…" in a line for any text.
func TestReadmeShowsWhatHappens(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"acme", "acme-next"} {
		if err := os.CopyFS(filepath.Join(dir, "testdata", name), os.DirFS("../../testdata/"+name)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "testdata", name, ".pdac")); err != nil {
			t.Fatal(err)
		}
	}
	gittest.Need(t)
	gittest.Run(t, dir, "init", "-q")
	gittest.Commit(t, dir, "The demo")
	before := map[int]func(){
		3: func() { // the edit that the README asks for
			path := filepath.Join(dir, "testdata/acme/rules/aws_rules/trail_stopped.yml")
			spec, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.Replace(spec, []byte("Severity: High"), []byte("Severity: Critical"), 1), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		4: func() { // cp -R testdata/acme/.pdac testdata/acme-next/
			if err := os.CopyFS(filepath.Join(dir, "testdata/acme-next/.pdac"), os.DirFS(filepath.Join(dir, "testdata/acme/.pdac"))); err != nil {
				t.Fatal(err)
			}
		},
	}
	samples := sample.FindAllStringSubmatch(string(text), -1)
	if len(samples) != 5 {
		t.Fatalf("the README shows %d outputs, and this test knows 5", len(samples))
	}
	for i, s := range samples {
		if step := before[i]; step != nil {
			step()
		}
		args := strings.Fields(s[1])
		for j, arg := range args {
			if strings.HasPrefix(arg, "testdata/") {
				args[j] = filepath.Join(dir, arg)
			}
		}
		var out bytes.Buffer
		if code := Main(t.Context(), process(&out, nil, args...)); code != exitOK {
			t.Fatalf("pdac %s ended with %d:\n%s", s[1], code, &out)
		}
		if line, ok := shown(strings.Split(s[2], "\n"), strings.Split(out.String(), "\n")); !ok {
			t.Errorf("pdac %s does not print the README's line %q:\n%s", s[1], line, &out)
		}
	}
}

// shown tells whether the lines stand in the output in their order, and else
// the first that doesn't.
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

// like tells whether a line is as the README shows it.
func like(shown, line string) bool {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(shown), "…", ".+") + "$").MatchString(line)
}
