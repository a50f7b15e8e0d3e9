package house

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// targets are the systems that the program is built for. They link different
// modules.
var targets = []string{"linux", "darwin", "windows"}

// licences maps a phrase of a licence's text to its SPDX name. A text may have
// several.
var licences = []struct{ phrase, name string }{
	{"apache license", "Apache-2.0"},
	{"mozilla public license", "MPL-2.0"},
	{"permission is hereby granted", "MIT"},
	{"bsd zero clause license", "0BSD"},
	{"neither the name", "BSD-3-Clause"},
	{"redistribution and use in source and binary forms", "BSD-2-Clause"},
}

const noticeHead = `pdac
Copyright the authors of pdac

pdac is licensed under the Apache License, Version 2.0 (see LICENSE). The binary contains these modules, each under
its own licence, whose text is in the module. Renew this list with: go test ./internal/house -run TestNotice -update

`

// TestNotice keeps NOTICE true: it lists every module that is linked into the
// program, with its licences.
func TestNotice(t *testing.T) {
	found := map[string]string{}
	for _, goos := range targets {
		c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}", "./cmd/pdac")
		c.Dir, c.Env = root, append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
		out, err := c.Output()
		if err != nil {
			t.Fatalf("list the modules for %s: %v", goos, err)
		}
		for line := range strings.Lines(string(out)) {
			name, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
			version, dir, _ := strings.Cut(rest, "\t")
			if name == module || name == "" || found[name] != "" {
				continue
			}
			names := licencesOf(t, dir)
			if len(names) == 0 {
				t.Errorf("%s: no licence was recognised in %s; read it, and add its phrase to licences", name, dir)
			}
			found[name] = fmt.Sprintf("%s %s: %s\n", name, version, strings.Join(names, " and "))
		}
	}
	want := noticeHead
	for _, name := range slices.Sorted(maps.Keys(found)) {
		want += found[name]
	}
	want += broughtPackages(t)
	file := filepath.Join(root, "NOTICE")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("NOTICE is out of date; run: go test ./internal/house -run TestNotice -update (-want +got):\n%s", diff)
	}
}

// licencesOf names the licences in a module's licence files, sorted.
func licencesOf(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		upper := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(upper, "LICEN") && !strings.HasPrefix(upper, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.ToLower(strings.Join(strings.Fields(string(text)), " "))
		for _, l := range licences {
			if strings.Contains(words, l.phrase) && !(l.name == "BSD-2-Clause" && names["BSD-3-Clause"]) {
				names[l.name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// broughtHead comes before the Python packages in NOTICE.
const broughtHead = "\nand these Python packages, which internal/pyrun/harness/third_party holds with the texts of their licences:\n\n"

// broughtPackages lists the Python packages that the harness brings, with the versions
// that their README.md says.
func broughtPackages(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(root, "internal/pyrun/harness/third_party")
	about, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := broughtHead
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		_, row, ok := strings.Cut(string(about), "\n| "+e.Name()+" | ")
		version, _, _ := strings.Cut(row, " |")
		names := licencesOf(t, filepath.Join(dir, e.Name()))
		if !ok || len(names) == 0 {
			t.Errorf("%s has no row in README.md, or no licence beside it", e.Name())
		}
		out += fmt.Sprintf("%s %s: %s\n", e.Name(), version, strings.Join(names, " and "))
	}
	return out
}
