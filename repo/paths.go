package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// PathOptions says how ResolvePaths reads paths.
type PathOptions struct {
	// Root is the repository's folder, and Dir the folder that relative paths start
	// from; "" is the current one.
	Root, Dir string
	// Missing allows paths that don't exist on disk, as in an earlier revision.
	Missing bool
}

// ResolvePaths turns paths that a person named into slash-separated paths from
// the repository's root. A path may be a file or a folder; the root itself is ".".
func ResolvePaths(paths []string, o PathOptions) ([]string, error) {
	var out []string
	for _, named := range paths {
		if named == "" {
			return nil, errors.New("a path is empty; name a file or a folder, or omit it to include everything")
		}
		path := named
		if !filepath.IsAbs(path) {
			path = filepath.Join(o.Dir, path)
		}
		if !o.Missing {
			if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%q does not exist", named)
			} else if err != nil {
				return nil, fmt.Errorf("look for %q: %w", named, errors.Unwrap(err))
			}
		}
		rel, ok := RelativePath(o.Root, path)
		if !ok {
			return nil, fmt.Errorf("%q is outside the repository %q", named, o.Root)
		}
		out = append(out, rel)
	}
	return out, nil
}

// RelativePath returns a path relative to a folder that contains it,
// slash-separated, or false if it is outside. Symbolic links in both are followed.
func RelativePath(root, path string) (string, bool) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", false
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	if rel, ok := inside(root, abs); ok {
		return rel, true
	}
	// The folder around the file may be reached over a link; the file itself may be
	// a link that is content.
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", false
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", false
	}
	return inside(real, filepath.Join(dir, filepath.Base(abs)))
}

func inside(root, path string) (string, bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// below reports whether a path of a tree is one of some, or below one. No paths
// mean all of them.
func below(path string, paths []string) bool {
	if len(paths) == 0 {
		return true
	}
	for _, p := range paths {
		if p == "." || path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// Below returns the skipped specs that are one of some paths, or below one. No
// paths mean all of them.
func Below(all []Skipped, paths []string) []Skipped {
	var out []Skipped
	for _, s := range all {
		if below(s.Path, paths) {
			out = append(out, s)
		}
	}
	return out
}
