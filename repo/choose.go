package repo

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/glob"
)

// contentFolders are the words in the names of folders that Panther's own tool
// reads, at any depth (source: Panther's documentation of its tool).
var contentFolders = []string{
	"rules", "policies", "queries", "data_models", "lookup_tables", "scheduled_prompts", "global_helpers", "packs",
}

// otherFolders contain no content of the team, even if a folder in them has such
// a name: templates, the data of tests, and copies of other projects.
var otherFolders = []string{
	"templates", "tests", "test", "testdata", "test_data", "fixtures", "vendor", "third_party", "venv",
}

// installedFolders contain what a package manager installs. They are never
// content, not even in a content folder.
var installedFolders = []string{"node_modules", "site-packages", "__pycache__"}

// isContentFolder reports whether a folder is a content folder by its name.
func isContentFolder(name string) bool {
	return slices.ContainsFunc(contentFolders, func(w string) bool { return strings.Contains(name, w) })
}

// maxLooked is the maximum number of folders in which HasContentFolder looks.
const maxLooked = 10_000

// HasContentFolder reports whether a folder contains a content folder, at any
// depth.
func HasContentFolder(dir string) bool {
	c := &chooser{folders: map[string]folder{}}
	found, looked := false, 0
	// A folder that can't be read has no content.
	_ = fs.WalkDir(os.DirFS(dir), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case !e.IsDir():
			return nil
		case p != "." && hidden(p), c.folder(p).other:
			return fs.SkipDir
		}
		looked++
		if found = c.folder(p).root != ""; found || looked == maxLooked {
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// chooser decides what is content. Only the path of a file and the options
// count, except in a repository without any content folder, which is read as a
// whole.
type chooser struct {
	o Options
	// whole is set if the repository has no content folder, and its options name
	// none.
	whole bool
	// named contains the files that a person named.
	named map[string]bool
	// environments contains the folders of Python environments.
	environments map[string]bool
	// roots contains the content folders with YAML files, and in a repository that
	// is read as a whole all folders with YAML files. Python without specs is
	// another program's.
	roots   map[string]bool
	folders map[string]folder
}

// folder is what the names in a folder's path say.
type folder struct {
	// root is the content folder that it is or is in; "" for none.
	root string
	// other is set in folders that contain no content.
	other bool
}

// checkPatterns checks the patterns of the options.
func checkPatterns(o Options) error {
	for _, key := range []struct {
		name     string
		patterns []string
	}{{"include", o.Include}, {"only", o.Only}, {"exclude", o.Exclude}} {
		for _, p := range key.patterns {
			if err := glob.Check(clean(p)); err != nil {
				return fmt.Errorf("content.%s: the pattern %q %w; write it like rules/** or rules/okta_*", key.name, p, err)
			}
			if slices.Contains(strings.Split(p, "/"), "..") || strings.HasPrefix(p, "/") {
				return fmt.Errorf("content.%s: the pattern %q points outside the repository; write paths from its root, like rules/**", key.name, p)
			}
		}
	}
	return nil
}

func newChooser(entries []git.Entry, o Options) *chooser {
	c := &chooser{o: o, named: map[string]bool{}, environments: map[string]bool{}, roots: map[string]bool{}, folders: map[string]folder{}}
	for _, p := range o.Named {
		c.named[p] = true
	}
	for _, e := range entries {
		if path.Base(e.Path) == "pyvenv.cfg" {
			c.environments[path.Dir(e.Path)] = true
		}
	}
	c.whole = len(o.Include)+len(o.Only) == 0
	for _, e := range entries {
		if f := c.folder(path.Dir(e.Path)); f.root != "" {
			c.whole = false
			c.roots[f.root] = c.roots[f.root] || isYAML(e.Path)
		}
	}
	for _, e := range entries {
		if c.whole && isYAML(e.Path) {
			c.roots[path.Dir(e.Path)] = true
		}
	}
	return c
}

// folder judges a folder by the names in its path; the first that says something
// counts.
func (c *chooser) folder(dir string) folder {
	if dir == "." || dir == "/" || dir == "" {
		return folder{}
	}
	f, known := c.folders[dir]
	if known {
		return f
	}
	f = c.folder(path.Dir(dir))
	name := path.Base(dir)
	switch {
	case f.other:
	case slices.Contains(installedFolders, name), c.environments[dir]:
		f = folder{other: true}
	case f.root != "":
	case slices.Contains(otherFolders, name):
		f.other = true
	case isContentFolder(name):
		f.root = dir
	}
	c.folders[dir] = f
	return f
}

// skips returns why a spec at a path is not content; "" if it is.
func (c *chooser) skips(file string) SkipReason {
	switch {
	case c.named[file]:
		return ""
	case matchAny(c.o.Exclude, file):
		return SkipExclude
	case len(c.o.Only) > 0:
		if matchAny(c.o.Only, file) {
			return ""
		}
		return SkipOnly
	case matchAny(c.o.Include, file):
		return ""
	}
	dir := path.Dir(file)
	switch f := c.folder(dir); {
	case f.other:
		return SkipOther
	case f.root != "" || c.whole || dir == ".":
		return ""
	}
	return SkipFolder
}

// python reports whether a Python file is content even if no spec names it. At
// the root and in nested folders without specs, it may be any program.
func (c *chooser) python(file string) bool {
	if c.named[file] || c.skips(file) != "" {
		return false
	}
	switch dir := path.Dir(file); {
	case len(c.o.Only) > 0 || matchAny(c.o.Include, file):
		return true
	case c.whole:
		return dir != "." && c.roots[dir]
	}
	root := c.folder(path.Dir(file)).root
	return root != "" && (c.roots[root] || !strings.Contains(root, "/"))
}

// choose splits the YAML files into content files and others.
func (c *chooser) choose(entries []git.Entry) (content, others []git.Entry) {
	for _, e := range entries {
		switch {
		case !isYAML(e.Path):
		case c.skips(e.Path) == "":
			content = append(content, e)
		default:
			others = append(others, e)
		}
	}
	return content, others
}

func clean(pattern string) string { return strings.Trim(strings.TrimPrefix(pattern, "./"), "/") }

// matchAny reports whether a pattern matches a path or one of its folders.
func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		p = clean(p)
		return p == "" || p == "." || glob.Match(p, path) || glob.Match(p+"/**", path)
	})
}
