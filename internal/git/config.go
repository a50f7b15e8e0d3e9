package git

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	format "github.com/go-git/go-git/v5/plumbing/format/config"
	"github.com/pdac-dev/pdac/internal/readfile"
)

// gitConfig is what a repository's own configuration file says about how the
// repository is stored.
type gitConfig struct {
	// version is core.repositoryFormatVersion, "" for none.
	version string
	// extensions are how its storage differs from the default, in lower case.
	extensions map[string]string
	// promisor names the remote that a partial clone fetches missing content
	// from; it is "" for complete clones.
	promisor string
	// remotes are sorted.
	remotes []string
	// urls are the addresses of the remotes.
	urls map[string]string
	// borrows says that objects are in another repository too.
	borrows bool
}

// readConfigFile reads a git configuration file; one that doesn't exist is empty.
func readConfigFile(path string) (*format.Config, error) {
	raw := format.New()
	text, err := readfile.Bounded(path, maxOwn)
	if errors.Is(err, fs.ErrNotExist) || path == os.DevNull {
		return raw, nil
	}
	if err == nil {
		err = format.NewDecoder(bytes.NewReader(text)).Decode(raw)
	}
	return raw, err
}

func readConfig(l layout) (gitConfig, error) {
	c := gitConfig{extensions: map[string]string{}, urls: map[string]string{}}
	_, err := os.Stat(filepath.Join(l.commonDir, "objects", "info", "alternates"))
	c.borrows = err == nil
	raw, err := readConfigFile(filepath.Join(l.commonDir, "config"))
	if err != nil {
		return c, fmt.Errorf("read the repository's git configuration: %w", err)
	}
	c.version = raw.Section("core").Option("repositoryformatversion")
	for _, o := range raw.Section("extensions").Options {
		name := strings.ToLower(o.Key)
		c.extensions[name] = strings.ToLower(o.Value)
		if name == "partialclone" {
			c.promisor = o.Value
		}
	}
	for _, s := range raw.Section("remote").Subsections {
		c.remotes = append(c.remotes, s.Name)
		c.urls[s.Name] = s.Option("url")
		if strings.EqualFold(s.Option("promisor"), "true") {
			c.promisor = s.Name
		}
	}
	slices.Sort(c.remotes)
	c.remotes = slices.Compact(c.remotes)
	return c, nil
}

func (c gitConfig) sha256() bool { return c.extensions["objectformat"] == "sha256" }

// unsupported says what keeps go-git from using the repository. Extensions that
// don't change what is read or written here don't.
func (c gitConfig) unsupported() error {
	needs := func(format string, args ...any) error {
		return &UnsupportedError{
			Feature: fmt.Sprintf(format, args...) + ", which needs git, and git was not found on PATH",
			Next:    "install git",
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.extensions)) {
		value := c.extensions[name]
		switch name {
		case "noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees":
		case "objectformat":
			if value != "sha1" {
				return needs("the repository uses %s object names", strings.ToUpper(value))
			}
		case "refstorage":
			if value != "files" {
				return needs("the repository stores its refs in the format %q", value)
			}
		default:
			return needs("the repository uses the git extension %q", name)
		}
	}
	if c.borrows {
		// go-git finds them only in simple cases, and reads the other repository's
		// packs again for every object.
		return needs("the repository borrows objects from another one")
	}
	if c.version != "" && c.version != "0" && c.version != "1" {
		return needs("the repository has the git format version %q", c.version)
	}
	return nil
}

// identity reads the user's name and mail address from the environment and the
// usual configuration files. It doesn't know included files, which git does.
func (l layout) identity(env []string) (name, mail string) {
	vars := map[string]string{}
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		vars[key] = value
	}
	name, mail = vars["GIT_AUTHOR_NAME"], vars["GIT_AUTHOR_EMAIL"]
	files := []string{filepath.Join(l.commonDir, "config")}
	if global, ok := vars["GIT_CONFIG_GLOBAL"]; ok {
		files = append(files, global)
	} else if home := vars["HOME"]; home != "" {
		xdg := vars["XDG_CONFIG_HOME"]
		if xdg == "" {
			xdg = filepath.Join(home, ".config")
		}
		files = append(files, filepath.Join(home, ".gitconfig"), filepath.Join(xdg, "git", "config"))
	}
	for _, f := range files {
		raw, err := readConfigFile(f)
		if err != nil {
			continue
		}
		user := raw.Section("user")
		if name == "" {
			name = user.Option("name")
		}
		if mail == "" {
			mail = user.Option("email")
		}
	}
	return name, mail
}
