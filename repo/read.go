package repo

import (
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Reading is the result of parsing one YAML file.
type Reading struct {
	// Item is the spec; nil if the file is not a valid spec. Its body is not
	// loaded.
	Item *Item
	// Root is the top-level mapping of a file that may be a spec; nil if the
	// file is malformed or has none.
	Root *yaml.Node
	// Diagnostics lists what prevents the file from being read or deployed, as
	// far as the file alone shows it.
	Diagnostics []Diagnostic
}

// ReadSpec parses the text of one YAML file. For a file that is not a spec, at
// most Root is set.
func ReadSpec(path string, src []byte) Reading {
	f := file{path: path}
	f.parse(src)
	return Reading{Item: f.item, Root: f.root, Diagnostics: f.diagnostics}
}

// BodyFile returns the path of the Python file named by the spec's Filename,
// whether or not it exists. It returns "" if there is none, or the name is not
// allowed.
func (it *Item) BodyFile() string {
	name := yamlcore.Lookup(it.Root, "Filename")
	if name == nil || name.Kind != yaml.ScalarNode || isNull(name) || name.Value == "" || badFilename(name.Value) != "" {
		return ""
	}
	return path.Join(path.Dir(it.Path), name.Value)
}

// Content is the content files of a tree, chosen by the same rules as in Load.
// Specs are YAML files, some of which may turn out not to be specs.
type Content struct {
	Specs, Python []Entry
	// has reports whether a path is in a content folder.
	has func(path string) bool
}

// FindContent returns the content files.
func FindContent(entries []Entry, o Options) (Content, error) {
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
