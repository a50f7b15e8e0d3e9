package repo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// EmptyError reports that no file of a repository is loaded as a spec.
type EmptyError struct {
	// Root is the folder, and Revision the state of it that was read.
	Root     string
	Revision Revision
	// Include and Only are the patterns that were used.
	Include, Only []string
	// Skipped lists the specs that are not content.
	Skipped []Skipped
	// Unfollowed lists the folders that are not read: links to folders, and nested
	// repositories.
	Unfollowed []string
}

// Error says what was searched for, where, and what to do.
func (e *EmptyError) Error() string {
	where := strconv.Quote(e.Root)
	if e.Revision.Ref != "" {
		where += fmt.Sprintf(" at %q", e.Revision.Ref)
	}
	found := "no specs were found in " + where
	switch {
	case len(e.Unfollowed) > 0:
		return fmt.Sprintf("%s: links to folders, and separate git repositories such as submodules, are not read: %s; choose one with -C", found, some(e.Unfollowed, 3))
	case len(e.Skipped) > 0:
		reason := e.Skipped[0].Reason
		var paths []string
		for _, s := range e.Skipped {
			paths = append(paths, s.Path)
		}
		n := len(paths)
		return fmt.Sprintf("%s: it has %d, and none is content, because %s: %s; check content in pdac.yaml, or choose another folder with -C", found, n, reason.whyAll(), some(paths, 3))
	case len(e.Only) > 0:
		return fmt.Sprintf("%s: no YAML file with AnalysisType matches content.only (%s); correct it in pdac.yaml, or choose another folder with -C", found, quoted(e.Only))
	case len(e.Include) > 0:
		return fmt.Sprintf("%s: no YAML file with AnalysisType is in a content folder (%s) or matches content.include (%s); correct it in pdac.yaml, or choose another folder with -C", found, strings.Join(contentFolders, ", "), quoted(e.Include))
	}
	return fmt.Sprintf("%s: no YAML file in it has AnalysisType; choose the repository's folder with -C, or check that its files are checked out", found)
}

// whyAll says why no spec is content.
func (r SkipReason) whyAll() string {
	switch r {
	case SkipOther:
		return "they are in folders for templates, test data or other projects"
	case SkipOnly:
		return "content.only does not name them"
	case SkipExclude:
		return "content.exclude names them"
	}
	return "they are outside the folders that count as content"
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strconv.Quote(s)
	}
	return some(out, 3)
}

// CheckLoaded returns an *EmptyError if nothing was loaded from a folder: no
// spec, and no file that may be one. o are the options that it was loaded with.
func (r *Repo) CheckLoaded(root string, o Options) error {
	folder := func(p string) bool { return slices.Contains(r.Unfollowed, p) }
	if len(r.Items) > 0 || slices.ContainsFunc(r.Unread, func(p string) bool { return !folder(p) }) {
		return nil
	}
	return &EmptyError{Root: root, Revision: r.Revision, Include: o.Include, Only: o.Only, Skipped: r.Skipped, Unfollowed: r.Unfollowed}
}
