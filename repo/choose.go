package repo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pdac-dev/pdac/internal/git"
)

// contentFolders are the words in the names of folders that Panther's own tool
// reads (source: Panther's documentation of its tool).
var contentFolders = []string{
	"rules", "policies", "queries", "data_models", "lookup_tables", "scheduled_prompts", "global_helpers", "packs",
}

// IsContentFolder reports whether a folder at a repository's root is a content
// folder by its name.
func IsContentFolder(name string) bool {
	return slices.ContainsFunc(contentFolders, func(w string) bool { return strings.Contains(name, w) })
}

// choose splits the YAML files into content files, those outside, and those
// excluded by the configuration.
func choose(entries []git.Entry, o Options) (content, outside, excluded []git.Entry, err error) {
	for _, p := range slices.Concat(o.Include, o.Exclude) {
		if !doublestar.ValidatePattern(clean(p)) {
			return nil, nil, nil, fmt.Errorf("content: the pattern %q is not valid; write it like rules/** or rules/okta_*", p)
		}
		if slices.Contains(strings.Split(p, "/"), "..") || strings.HasPrefix(p, "/") {
			return nil, nil, nil, fmt.Errorf("content: the pattern %q points outside the repository; write paths from its root, like rules/**", p)
		}
	}
	inside := included(entries, o)
	for _, e := range entries {
		switch {
		case !isYAML(e.Path):
		case matchAny(o.Exclude, e.Path):
			excluded = append(excluded, e)
		case inside(e):
			content = append(content, e)
		default:
			outside = append(outside, e)
		}
	}
	return content, outside, excluded, nil
}

// included returns a function that reports whether a file is content, before
// the exclusions.
func included(entries []git.Entry, o Options) func(git.Entry) bool {
	switch {
	case len(o.Include) > 0:
		return func(e git.Entry) bool { return matchAny(o.Include, e.Path) }
	case slices.ContainsFunc(entries, inContentFolder):
		return inContentFolder
	}
	return func(git.Entry) bool { return true }
}

func inContentFolder(e git.Entry) bool {
	top, _, nested := strings.Cut(e.Path, "/")
	return nested && IsContentFolder(top)
}

func clean(pattern string) string { return strings.Trim(strings.TrimPrefix(pattern, "./"), "/") }

// matchAny reports whether a pattern matches a path or one of its folders.
func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		p = clean(p)
		return p == "" || p == "." || doublestar.MatchUnvalidated(p, path) || doublestar.MatchUnvalidated(p+"/**", path)
	})
}
