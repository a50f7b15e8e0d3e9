package setup

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"gopkg.in/yaml.v3"
)

// address is where pdac is.
const address = "https://github.com/pdac-dev/pdac"

// PreCommitFile is the configuration of pre-commit, at the top of the repository.
const PreCommitFile = ".pre-commit-config.yaml"

// preCommit adds the hook of pdac to the configuration of pre-commit.
func (b *builder) preCommit() error {
	before, err := b.read(PreCommitFile)
	if err != nil {
		return err
	}
	hook := yamledit.Map{{Key: "id", Value: "pdac-lint"}}
	if b.Folder != "." {
		// The paths that pre-commit passes are those of the whole repository.
		hook = yamledit.Map{{Key: "id", Value: "pdac-lint-staged"}, {Key: "args", Value: []any{"-C", b.Folder}}}
	}
	entry := yamledit.Map{{Key: "repo", Value: address}, {Key: "rev", Value: yamledit.Text(cmp.Or(b.Commit, "main"))}, {Key: "hooks", Value: []any{hook}}}
	doc, err := yamledit.Parse(before)
	if err != nil {
		return fmt.Errorf("%s: %w", PreCommitFile, err)
	}
	repos := doc.Node(yamledit.Path{"repos"})
	switch {
	case repos == nil:
		err = doc.Set(yamledit.Path{"repos"}, []any{entry})
	case repos.Kind != yaml.SequenceNode:
		return fmt.Errorf("%s: line %d: \"repos\" is not a list; correct it first", PreCommitFile, repos.Line)
	case hasRepository(repos):
		return nil
	default:
		err = appendTo(doc, yamledit.Path{"repos"}, entry)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; add the entry of docs/lint.md by hand", PreCommitFile, err)
	}
	b.write(PreCommitFile, before, doc.Bytes(), "lint before each commit")
	return nil
}

// hasRepository reports whether pre-commit gets hooks from pdac, or runs it itself.
func hasRepository(repos *yaml.Node) bool {
	for _, r := range repos.Content {
		if n := yamlcore.Lookup(r, "repo"); n != nil && strings.HasSuffix(strings.TrimSuffix(yamlcore.Deref(n).Value, ".git"), "/pdac") {
			return true
		}
		hooks := yamlcore.Lookup(r, "hooks")
		if hooks == nil {
			continue
		}
		for _, h := range yamlcore.Deref(hooks).Content {
			if n := yamlcore.Lookup(h, "entry"); n != nil && strings.HasPrefix(yamlcore.Deref(n).Value, "pdac lint") {
				return true
			}
		}
	}
	return false
}

// appendTo adds an element to a list, and keeps the others as they are.
func appendTo(doc *yamledit.Doc, p yamledit.Path, value any) error {
	old := doc.Node(p)
	want := make([]any, 0, len(old.Content)+1)
	for i := range old.Content {
		want = append(want, yamledit.Item{From: i, Value: yamledit.Keep{}})
	}
	return doc.Set(p, append(want, yamledit.Item{From: -1, Value: value}))
}
