package repo

import (
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Reading is what the text of one YAML file turned out to be.
type Reading struct {
	// Item is the spec; nil where the file is no spec, or can't be read as one.
	// Its body isn't loaded.
	Item *Item
	// Root is the top mapping of a file that may be a spec; nil where the file is
	// malformed or has none.
	Root *yaml.Node
	// Diagnostics says what keeps the file from being read or deployed, as far as
	// the file alone shows it.
	Diagnostics []Diagnostic
}

// ReadSpec reads the text of one YAML file. A file that is no spec gives the
// zero Reading, or just its Root.
func ReadSpec(path string, src []byte) Reading {
	f := file{path: path}
	f.parse(src)
	return Reading{Item: f.item, Root: f.root, Diagnostics: f.diagnostics}
}

// BodyFile gives the path of the Python file that the spec's Filename names,
// whether it is there or not; "" where it names none, or none that it may.
func (it *Item) BodyFile() string {
	name := yamlcore.Lookup(it.Root, "Filename")
	if name == nil || name.Kind != yaml.ScalarNode || isNull(name) || name.Value == "" || badFilename(name.Value) != "" {
		return ""
	}
	return path.Join(path.Dir(it.Path), name.Value)
}

// Content is what counts as content among the files of a tree, by the same
// rules as Load. Specs are YAML files, of which some turn out to be no specs.
type Content struct {
	Specs, Python []git.Entry
	// has tells whether a path would count, by its folder alone.
	has func(path string) bool
}

// FindContent chooses the files that count.
func FindContent(entries []git.Entry, o Options) (Content, error) {
	var c Content
	var err error
	if c.Specs, _, _, err = choose(entries, o); err != nil {
		return Content{}, err
	}
	inside := included(entries, o)
	c.has = func(p string) bool { return inside(git.Entry{Path: p}) && !matchAny(o.Exclude, p) }
	for _, e := range entries {
		if strings.EqualFold(path.Ext(e.Path), ".py") && c.has(e.Path) {
			c.Python = append(c.Python, e)
		}
	}
	c.Python = slices.Clip(c.Python)
	return c, nil
}
