package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

var (
	usesAction  = regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(\S+)`)
	commitOfTag = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
)

// TestActionsArePinned checks the actions of our own workflows and of those that the
// docs show: a tag can be moved to other code, a commit can't.
func TestActionsArePinned(t *testing.T) {
	found := 0
	for _, pattern := range []string{".github/workflows/*.yml", "docs/workflows/*.yml", "action.yml", "docs/*.md", "*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range usesAction.FindAllSubmatch(text, -1) {
				found++
				if !commitOfTag.Match(m[1]) {
					t.Errorf("%s: %s is not pinned to a commit", file, m[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d actions were found", found)
	}
}

// TestNoScriptInjection: what others can write, such as names of branches, reaches shells
// as variables only.
func TestNoScriptInjection(t *testing.T) {
	found := 0
	for _, pattern := range []string{".github/workflows/*.yml", "docs/workflows/*.yml", "action.yml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var doc yaml.Node
			if err := yaml.Unmarshal(text, &doc); err != nil {
				t.Fatal(err)
			}
			var walk func(n *yaml.Node)
			walk = func(n *yaml.Node) {
				for i, c := range n.Content {
					if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "run" {
						found++
						if strings.Contains(c.Value, "${{") {
							t.Errorf("%s:%d: a shell reads an expression; use a variable", file, c.Line)
						}
					}
					walk(c)
				}
			}
			walk(&doc)
		}
	}
	if found < 6 {
		t.Errorf("only %d scripts were found", found)
	}
}
