package record

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	format "github.com/go-git/go-git/v5/plumbing/format/config"
	"github.com/pdac-dev/pdac/internal/git"
)

// location is where a git repository lies, and how it stores.
type location struct {
	// top is the working tree's top folder; a bare repository's own folder.
	top string
	// common is git's folder that all linked worktrees share, with objects and refs.
	common string
	bare   bool
	// dir is the content's root, slash-separated, from top.
	dir string
	hashing
	// promisor names the remote that a partial clone gets missing content from.
	promisor string
	// remotes are those in the repository's own configuration, sorted.
	remotes []string
	// foreign says what keeps go-git from this repository; nil for nothing.
	foreign error
}

func locate(root string) (location, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return location{}, fmt.Errorf("find the folder %q: %w", root, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	top, ok := git.TopLevel(abs)
	l := location{top: top}
	if ok {
		if rel, err := filepath.Rel(top, abs); err == nil && rel != "." {
			l.dir = filepath.ToSlash(rel)
		}
		if l.common, err = commonDir(filepath.Join(top, ".git")); err != nil {
			return location{}, err
		}
	} else if l.top, ok = bareAround(abs); ok {
		l.common, l.bare = l.top, true
	} else {
		return location{}, &NotRepositoryError{Root: root}
	}
	return l, l.readConfig()
}

// bareAround finds a bare repository at a folder or above it.
func bareAround(dir string) (string, bool) {
	for {
		_, head := os.Stat(filepath.Join(dir, "HEAD"))
		objects, err := os.Stat(filepath.Join(dir, "objects"))
		_, refs := os.Stat(filepath.Join(dir, "refs"))
		if head == nil && err == nil && objects.IsDir() && refs == nil {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// commonDir follows the .git files of linked worktrees and submodules.
func commonDir(dot string) (string, error) {
	wrap := func(err error) error { return fmt.Errorf("find the git repository: %w", err) }
	info, err := os.Stat(dot)
	if err != nil {
		return "", wrap(err)
	}
	dir := dot
	if !info.IsDir() {
		text, err := os.ReadFile(dot)
		if err != nil {
			return "", wrap(err)
		}
		named, ok := strings.CutPrefix(string(text), "gitdir:")
		if !ok {
			return "", wrap(fmt.Errorf(`%s does not start with "gitdir:"`, dot))
		}
		dir = from(filepath.Dir(dot), strings.TrimSpace(named))
	}
	if _, err := os.Stat(dir); err != nil {
		return "", &UnsupportedError{
			Feature: fmt.Sprintf("%s says that the git repository is in %s, which can't be opened", dot, dir),
			Next:    `run "git worktree repair" in the repository that it belongs to, or make a new clone`,
			Err:     err,
		}
	}
	switch common, err := os.ReadFile(filepath.Join(dir, "commondir")); {
	case err == nil:
		return from(dir, strings.TrimSpace(string(common))), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", wrap(err)
	}
	return dir, nil
}

func from(base, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// harmless are git's extensions that don't change what is read or written here.
var harmless = []string{"noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees"}

func (l *location) readConfig() error {
	text, err := os.ReadFile(filepath.Join(l.common, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	raw := format.New()
	if err == nil {
		err = format.NewDecoder(bytes.NewReader(text)).Decode(raw)
	}
	if err != nil {
		// git may understand it where go-git's reader doesn't.
		l.foreign = fmt.Errorf("read the repository's git configuration: %w", err)
		return nil
	}
	for _, s := range raw.Section("remote").Subsections {
		l.remotes = append(l.remotes, s.Name)
		if strings.EqualFold(s.Option("promisor"), "true") {
			l.promisor = s.Name
		}
	}
	slices.Sort(l.remotes)
	l.remotes = slices.Compact(l.remotes)
	needs := func(f string, args ...any) { l.foreign = fmt.Errorf("the repository "+f, args...) }
	if v := raw.Section("core").Option("repositoryformatversion"); v != "" && v != "0" && v != "1" {
		needs("has git's format version %q", v)
	}
	for _, o := range raw.Section("extensions").Options {
		name, value := strings.ToLower(o.Key), strings.ToLower(o.Value)
		switch {
		case name == "objectformat" && value != "sha1":
			l.sha256 = value == "sha256"
			needs("names its objects with %s", strings.ToUpper(value))
		case name == "refstorage" && value != "files":
			needs("keeps its branches and tags in the form %q", value)
		case name == "partialclone":
			l.promisor = o.Value
		case name != "objectformat" && name != "refstorage" && !slices.Contains(harmless, name):
			needs("uses git's extension %q", name)
		}
	}
	if _, err := os.Stat(filepath.Join(l.common, "objects", "info", "alternates")); err == nil && l.foreign == nil {
		needs("borrows objects from another one")
	}
	return nil
}

// edge gives the commits at which a shallow clone is cut off.
func (l *location) edge() map[string]bool {
	out := map[string]bool{}
	text, err := os.ReadFile(filepath.Join(l.common, "shallow"))
	if err != nil {
		return out // not shallow
	}
	for _, hash := range strings.Fields(string(text)) {
		out[hash] = true
	}
	return out
}
