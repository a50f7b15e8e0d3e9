package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/sync"
)

// maxAnnotated is how much of a spec is searched for a line, in bytes.
const maxAnnotated = 1 << 20

// annotate writes annotations on the lines of a plan's changes, for GitHub.
func (a *app) annotate(plan *sync.Plan) error {
	p, err := a.place()
	if err != nil {
		return nil // without the repository, there are no lines
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return nil
	}
	defer root.Close()
	return report.Annotations(a.Out, plan, rootFromTop(p.root), func(c sync.Change, field string) int {
		f, ok := c.Kind.Field(field)
		key, _, _ := strings.Cut(f.SpecKey, ".")
		if !ok || key == "" {
			return 0
		}
		return lineOf(root, filepath.FromSlash(c.Path), key)
	})
}

// lineOf returns the line of a key at the top of a spec; 0 if it is not found.
func lineOf(root *os.Root, name, key string) int {
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() {
		return 0
	}
	f, err := root.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAnnotated))
	if err != nil {
		return 0
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxAnnotated)
	for n := 1; lines.Scan(); n++ {
		if rest, ok := strings.CutPrefix(lines.Text(), key); ok && strings.HasPrefix(strings.TrimLeft(rest, " "), ":") {
			return n
		}
	}
	return 0
}
