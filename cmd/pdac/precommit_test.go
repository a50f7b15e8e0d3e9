package main

import (
	"bytes"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// hooks writes a configuration of pre-commit with the hooks that this repository offers,
// which run the pdac under test in place of one that pre-commit builds.
func hooks(ts *testscript.TestScript, _ bool, args []string) {
	offered, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	ts.Check(err)
	const built = "language: golang"
	if !bytes.Contains(offered, []byte(built)) {
		ts.Fatalf(".pre-commit-hooks.yaml has no %q", built)
	}
	config := "repos:\n  - repo: local\n    hooks:\n"
	for line := range strings.Lines(strings.ReplaceAll(string(offered), built, "language: system")) {
		config += "      " + line
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(config), 0o644))
}
