package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copyRepo copies what a test of package lint needs into a new folder.
func copyRepo(t *testing.T, parts ...string) string {
	t.Helper()
	to := t.TempDir()
	for _, part := range parts {
		from := filepath.Join("..", "..", part)
		err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(filepath.Join("..", ".."), p)
			if err != nil {
				return err
			}
			if d.IsDir() {
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			}
			text, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), text, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lintFiles is a folder with the two lists that the scaffold changes.
func lintFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lint"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"catalogue.go":        "var catalogue = []func() Rule{\n\trulePD101, rulePD103,\n\trulePD301, rulePD316, rulePD351,\n\trulePD501,\n}\n",
		"faults_test.go":      "\t\tin(\"PD604\"),\n\n" + faultMark + "\t}\n",
		"pd101_first_rule.go": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, "lint", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCatalogue(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"some-name", "\trulePD301, rulePD316, rulePD317, rulePD351,\n"},
		{"-id PD102 some-name", "\trulePD101, rulePD102, rulePD103,\n"},
		{"PD102 some-name", "\trulePD101, rulePD102, rulePD103,\n"},
		{"-id PD401 some-name", "rulePD351,\n\trulePD401,\n\trulePD501,\n"},
		{"-id PD599 some-name", "\trulePD501, rulePD599,\n}"},
	} {
		dir := lintFiles(t)
		if err := run(append([]string{"-dir", dir}, strings.Fields(c.args)...), new(bytes.Buffer)); err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		if got := read(t, filepath.Join(dir, "lint", "catalogue.go")); !strings.Contains(got, c.want) {
			t.Errorf("%s: the catalogue is\n%s", c.args, got)
		}
		if got := read(t, filepath.Join(dir, "lint", "faults_test.go")); strings.Count(got, "some_name(event)") != 1 || strings.Count(got, faultMark) != 1 {
			t.Errorf("%s: the faults are\n%s", c.args, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"":                      "name the rule, such as: go run ./internal/newrule some-name",
		"PD101 some-name":       "the rule PD101 exists already",
		"PD1 some-name":         `the id "PD1" must be PD and three digits, the first from 1 to 6`,
		"ACME01 some-name":      `the id "ACME01" must be PD and three digits, the first from 1 to 6`,
		"Some_Name":             `the name "Some_Name" must be lower-case words joined by hyphens, such as some-name`,
		"first-rule":            `the name "first-rule" is taken by pd101_first_rule.go`,
		"for-linux":             `the name can't end in "linux", which Go takes for a build constraint in the name of the file`,
		"PD317 some-name again": "name the rule, such as: go run ./internal/newrule some-name",
	} {
		dir := lintFiles(t)
		before := read(t, filepath.Join(dir, "lint", "catalogue.go"))
		err := run(append([]string{"-dir", dir}, strings.Fields(args)...), new(bytes.Buffer))
		if err == nil || err.Error() != want {
			t.Errorf("%q: got the error %v, want %s", args, err, want)
		}
		if read(t, filepath.Join(dir, "lint", "catalogue.go")) != before {
			t.Errorf("%q: the catalogue was changed", args)
		}
	}
}

// TestScaffoldWorks writes a rule into a copy of the repository, where it must
// compile and pass the tests that every rule has to pass.
func TestScaffoldWorks(t *testing.T) {
	if os.Getenv("PDAC_LONG") == "" {
		t.Skip("compiles a copy of package lint: PDAC_LONG=1 runs it")
	}
	dir := copyRepo(t, "go.mod", "go.sum", "lint", "repo", "panther", "internal", "diff", "schemas", filepath.Join("sync", "record"), filepath.Join("testdata", "acme"))
	var out bytes.Buffer
	if err := run([]string{"-dir", dir, "new-test"}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "new_tests.go") {
		t.Errorf("it wrote:\n%s", out.String())
	}
	for _, args := range [][]string{
		{"vet", "./lint"},
		{"test", "./lint", "-run", "^(TestRules|TestRulesAreDocumented|TestCatalogueIsComplete|TestNoTestdataWithoutRule|TestEveryFaultIsFound)$"},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PDAC_RULES=PD317")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
	cmd := exec.Command("gofmt", "-l", "lint")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil || len(text) > 0 {
		t.Errorf("gofmt: %v\n%s", err, text)
	}
}
