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
)

// gitConfig is what a repository's own configuration file says about how the
// repository is stored.
type gitConfig struct {
	// version is core.repositoryFormatVersion, "" for none.
	version string
	// extensions are what it is stored with beyond the ordinary, in lower case.
	extensions map[string]string
	// promisor names the remote that a partial clone fetches missing content
	// from; it is "" where the clone is whole.
	promisor string
}

func readConfig(l layout) (gitConfig, error) {
	c := gitConfig{extensions: map[string]string{}}
	text, err := os.ReadFile(filepath.Join(l.commonDir, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	raw := format.New()
	if err == nil {
		err = format.NewDecoder(bytes.NewReader(text)).Decode(raw)
	}
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
		if strings.EqualFold(s.Option("promisor"), "true") {
			c.promisor = s.Name
		}
	}
	return c, nil
}

func (c gitConfig) sha256() bool { return c.extensions["objectformat"] == "sha256" }

// unsupported says what keeps go-git from reading the repository. Extensions
// that only matter to writers, or that are dealt with here, are no hindrance.
func (c gitConfig) unsupported() error {
	needs := func(format string, args ...any) error {
		return &UnsupportedError{
			Feature: fmt.Sprintf(format, args...) + ", which can only be read with the git program",
			Next:    "install git, and see that it is on PATH",
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.extensions)) {
		value := c.extensions[name]
		switch name {
		case "noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees":
		case "objectformat":
			if value != "sha1" {
				return needs("the repository names its objects with %s", strings.ToUpper(value))
			}
		case "refstorage":
			if value != "files" {
				return needs("the repository keeps its branches and tags in the form %q", value)
			}
		default:
			return needs("the repository uses git's extension %q", name)
		}
	}
	if c.version != "" && c.version != "0" && c.version != "1" {
		return needs("the repository has git's format version %q", c.version)
	}
	return nil
}
