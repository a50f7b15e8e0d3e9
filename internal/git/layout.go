package git

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/readfile"
)

const gitName = ".git"

// TopLevel returns the top folder of the git repository around a file or folder:
// the nearest that holds a .git folder, or a .git file as linked worktrees and
// submodules have. It is path itself or a folder above it, spelled as in path,
// unless a symbolic link led into the repository.
func TopLevel(path string) (string, bool) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	real := physical(abs)
	top, ok := enclosing(real, isRepository)
	if !ok || real == abs {
		return top, ok
	}
	info, err := os.Stat(top)
	if err != nil {
		return top, true
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		if other, err := os.Stat(dir); err == nil && os.SameFile(info, other) {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return top, true
		}
	}
}

// enclosing finds the nearest folder of a kind, at dir or above it.
func enclosing(dir string, is func(string) bool) (string, bool) {
	for {
		if is(dir) {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// isBare reports whether a folder is a bare repository.
func isBare(dir string) bool {
	for _, part := range []string{"HEAD", "objects", "refs"} {
		if info, err := os.Stat(filepath.Join(dir, part)); err != nil || info.IsDir() == (part == "HEAD") {
			return false
		}
	}
	return true
}

// isRepository reports whether a folder is the top of a git repository. Like git,
// it ignores an empty .git folder.
func isRepository(dir string) bool {
	dot := filepath.Join(dir, gitName)
	info, err := os.Stat(dot)
	if err != nil {
		return false
	}
	if !info.IsDir() {
		_, err := gitDirOf(dot)
		return err == nil
	}
	_, err = os.Lstat(filepath.Join(dot, "HEAD"))
	// One that may not be read still counts; reading it reports the error.
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// physical resolves the links in a path. What doesn't exist, as a folder that
// only older revisions have, is kept as it is.
func physical(abs string) string {
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if up := filepath.Dir(abs); up != abs {
		return filepath.Join(physical(up), filepath.Base(abs))
	}
	return abs
}

// layout says where the parts of a git repository are. All but dir are paths of
// the file system.
type layout struct {
	// top is the working tree's top folder; a bare repository's own folder.
	top string
	// gitDir holds what belongs to this working tree: HEAD and the index.
	gitDir string
	// commonDir holds what all linked worktrees share: objects and refs.
	commonDir string
	// dir is the tree's root, slash-separated, from top; "" for top itself.
	dir  string
	bare bool
	// maxEntries is the maximum number of files and folders of a tree.
	maxEntries int
	// silence is how long git may write nothing.
	silence time.Duration
}

var errNoRepository = errors.New("not in a git repository")

// findLayout looks for the repository around root, which must be absolute. It
// finds bare repositories only if bare is set.
func findLayout(root string, bare bool) (layout, error) {
	root = physical(root)
	top, ok := enclosing(root, isRepository)
	if !ok && bare {
		if top, ok = enclosing(root, isBare); ok {
			return layout{top: top, gitDir: top, commonDir: top, bare: true}, nil
		}
	}
	if !ok {
		return layout{}, errNoRepository
	}
	l := layout{top: top, gitDir: filepath.Join(top, gitName)}
	if rel, err := filepath.Rel(top, root); err != nil {
		return layout{}, fmt.Errorf("find %s in the git repository: %w", root, err)
	} else if rel != "." {
		l.dir = filepath.ToSlash(rel)
	}
	dot := l.gitDir
	info, err := os.Stat(dot)
	if err != nil {
		return layout{}, fmt.Errorf("find the git repository: %w", err)
	}
	if !info.IsDir() {
		if l.gitDir, err = gitDirOf(dot); err != nil {
			return layout{}, err
		}
		if _, err := os.Stat(l.gitDir); err != nil {
			return layout{}, &UnsupportedError{
				Feature: fmt.Sprintf("%s points to the git repository %s, which can't be opened", dot, l.gitDir),
				Next:    `run "git worktree repair" in the main repository, or make a new clone`,
				Err:     err,
			}
		}
	}
	l.commonDir = l.gitDir
	switch common, err := readfile.Bounded(filepath.Join(l.gitDir, "commondir"), maxOwn); {
	case err == nil:
		l.commonDir = absoluteFrom(l.gitDir, strings.TrimSpace(string(common)))
	case !errors.Is(err, fs.ErrNotExist):
		return layout{}, fmt.Errorf("find the git repository of a linked worktree: %w", err)
	}
	return l, nil
}

// gitDirOf reads a .git file.
func gitDirOf(file string) (string, error) {
	text, err := readfile.Bounded(file, maxOwn)
	if err != nil {
		return "", fmt.Errorf("find the git repository: %w", err)
	}
	dir, ok := strings.CutPrefix(string(text), "gitdir:")
	if !ok {
		return "", fmt.Errorf(`find the git repository: %s does not start with "gitdir:"`, file)
	}
	return absoluteFrom(filepath.Dir(file), strings.TrimSpace(dir)), nil
}

func absoluteFrom(base, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// below returns a path of the repository relative to the tree's root.
func (l layout) below(path string) (string, bool) {
	if l.dir == "" {
		return path, true
	}
	return strings.CutPrefix(path, l.dir+"/")
}

// indexFile returns the index's path. Git points its hooks at another one when
// only a part of the changes is committed; one outside this repository is ignored.
func (l layout) indexFile(env []string) (path string, given bool) {
	for _, kv := range env {
		v, ok := strings.CutPrefix(kv, "GIT_INDEX_FILE=")
		if !ok || v == "" {
			continue
		}
		v = physical(absoluteFrom(l.top, v))
		if rel, err := filepath.Rel(physical(l.gitDir), v); err == nil && filepath.IsLocal(rel) {
			return v, true
		}
	}
	return filepath.Join(l.gitDir, "index"), false
}

// isShallow reports whether history was cut off when the repository was cloned.
func (l layout) isShallow() bool {
	info, err := os.Stat(filepath.Join(l.commonDir, "shallow"))
	return err == nil && info.Size() > 0
}

// edge returns the commits at which a shallow clone is cut off.
func (l layout) edge() (map[string]bool, error) {
	text, err := readfile.Bounded(filepath.Join(l.commonDir, "shallow"), maxOwn)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("find where the shallow clone is cut off: %w", err)
	}
	out := map[string]bool{}
	for _, hash := range strings.Fields(string(text)) {
		out[hash] = true
	}
	return out, nil
}
