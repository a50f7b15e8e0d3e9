package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
)

// output is a report that goes to a file.
type output struct {
	format report.Format
	path   string
}

// parseOutputs reads --output for the formats of a view. Errors show an example.
func parseOutputs(list []string, view report.View, example string) ([]output, error) {
	var out []output
	seen := map[string]bool{}
	for _, text := range list {
		name, path, ok := strings.Cut(text, "=")
		if !ok || path == "" {
			return nil, fmt.Errorf("--output %q must have the form FORMAT=FILE, such as %s", text, example)
		}
		format, err := parseFormat(name, view)
		if err != nil {
			return nil, fmt.Errorf("--output %q: unknown format %q; use %s", text, name, report.FormatNames(report.Formats(view)))
		}
		if seen[filepath.Clean(path)] {
			return nil, fmt.Errorf("--output names the file %q twice", path)
		}
		if path == "-" {
			return nil, fmt.Errorf("--output %q would write a file named \"-\"; use --format %s to write to standard output, or write ./- for such a file", text, name)
		}
		seen[filepath.Clean(path)] = true
		out = append(out, output{format, path})
	}
	return out, nil
}
