package repo

import (
	"context"
	"path"
	"slices"
	"strings"

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

// Content is the content of a tree, chosen by the same rules as in Load.
type Content struct {
	// Specs are YAML files, some of which may turn out not to be specs.
	Specs, Python []Entry
	// Skipped lists the specs that are not content, sorted by path.
	Skipped []Skipped
	// Notes reports folders that are not read, and settings without effect.
	Notes []Diagnostic
}

// FindContent returns the content files among the entries of a tree.
func FindContent(ctx context.Context, t Tree, entries []Entry, o Options) (Content, error) {
	o = o.orDefault()
	if err := checkPatterns(o); err != nil {
		return Content{}, err
	}
	c := newChooser(entries, o)
	var out Content
	var others []Entry
	out.Specs, others = c.choose(entries)
	skipped, err := c.readSkipped(ctx, t, others)
	if err != nil {
		return Content{}, err
	}
	for _, s := range skipped {
		// A Python file is looked at with the spec that names it.
		if s.BodyPath == "" || !c.named[s.BodyPath] {
			out.Skipped = append(out.Skipped, s)
			continue
		}
		i, _ := slices.BinarySearchFunc(others, s.Path, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
		out.Specs = append(out.Specs, others[i])
	}
	slices.SortFunc(out.Specs, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	for _, e := range entries {
		if strings.EqualFold(path.Ext(e.Path), ".py") && c.python(e.Path) {
			out.Python = append(out.Python, e)
		}
	}
	out.Python = slices.Clip(out.Python)
	_, _, notes := c.unfollowed(ctx, t, entries)
	out.Notes = append(notes, c.idle(entries)...)
	return out, nil
}
