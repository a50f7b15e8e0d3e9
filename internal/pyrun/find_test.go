package pyrun_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

// program writes a program that answers as a Python of a version does.
func program(t *testing.T, path, version string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\nprintf '%s "+path+"' '"+version+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestFind covers the order in which Python is looked for, and what is refused.
func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	program(t, at("new", "python3.12"), "3 12 1")
	program(t, at("new", "python3"), "3 13 0")
	program(t, at("old", "python3"), "3 9 6")
	program(t, at("ten", "python3"), "3 10 2")
	program(t, at("env", "bin", "python3"), "3 11 4")
	program(t, at("repo", ".venv", "bin", "python3"), "3 11 5")
	program(t, at("other", "python3"), "hello")
	for _, c := range []struct {
		name  string
		env   map[string]string
		named string
		root  string
		want  string
	}{
		{"the newest name on PATH", map[string]string{"PATH": at("new")}, "", "", "3.12.1"},
		{"a version that is old", map[string]string{"PATH": at("ten")}, "", "", "3.10.2"},
		{"the environment", map[string]string{"PATH": at("new"), "VIRTUAL_ENV": at("env")}, "", "", "3.11.4"},
		{".venv", map[string]string{"PATH": at("new")}, "", at("repo"), "3.11.5"},
		{"the one that is brought", map[string]string{"PATH": at("new"), "BROUGHT": at("env", "bin", "python3")}, "", "", "3.11.4"},
		{"an environment before the one that is brought", map[string]string{"PATH": at("new"), "BROUGHT": at("env", "bin", "python3")}, "", at("repo"), "3.11.5"},
		{"PDAC_PYTHON", map[string]string{"PATH": at("new"), "VIRTUAL_ENV": at("env"), "PDAC_PYTHON": at("ten", "python3")}, "", "", "3.10.2"},
		{"--python", map[string]string{"PATH": at("new"), "PDAC_PYTHON": at("ten", "python3")}, "python3", "", "3.13.0"},
		{"a later one", map[string]string{"PATH": at("old") + ":" + at("new")}, "", "", "3.12.1"},
		{"none", map[string]string{"PATH": at("nowhere")}, "", "", "Python 3.11 or later was not found"},
		{"only one that is too old", map[string]string{"PATH": at("old")}, "", "", "Python 3.11 or later was not found (" + at("old", "python3") + ": it is Python 3.9.6, and detections need 3.11 or later)"},
		{"a named one that is too old", map[string]string{"PATH": at("old")}, "python3", "", `--python names "python3", which can't be used: it is Python 3.9.6, and detections need 3.11 or later`},
		{"a named one that is missing", map[string]string{"PATH": at("old"), "PDAC_PYTHON": "python4"}, "", "", `PDAC_PYTHON names "python4", which is not a program; give the path of a python3`},
		{"another program", map[string]string{"PATH": at("other")}, "python3", "", `--python names "python3", which can't be used: it does not answer as a Python does`},
	} {
		p, err := pyrun.Find(t.Context(), pyrun.FindOptions{Named: c.named, Root: c.root, Getenv: func(k string) string { return c.env[k] }, Brought: func() (string, error) { return c.env["BROUGHT"], nil }})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = p.Version.String()
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if strings.HasPrefix(c.want, "Python") != errors.Is(err, pyrun.ErrNoPython) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
