package tree

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

// gitConfig is a repository's own configuration file, which is where git keeps
// how the repository is stored.
type gitConfig struct{ raw *format.Config }

func readConfig(l layout) (*gitConfig, error) {
	c := &gitConfig{raw: format.New()}
	text, err := os.ReadFile(filepath.Join(l.commonDir, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = format.NewDecoder(bytes.NewReader(text)).Decode(c.raw)
	}
	if err != nil {
		return c, fmt.Errorf("read the repository's git configuration: %w", err)
	}
	return c, nil
}

// extensions gives what the repository is stored with beyond the ordinary, in
// lower case.
func (c *gitConfig) extensions() map[string]string {
	out := map[string]string{}
	if c.raw.HasSection("extensions") {
		for _, o := range c.raw.Section("extensions").Options {
			out[strings.ToLower(o.Key)] = strings.ToLower(o.Value)
		}
	}
	return out
}

func (c *gitConfig) sha256() bool { return c.extensions()["objectformat"] == "sha256" }

// unsupported says what keeps go-git from reading the repository. Extensions
// that only matter to writers, or that are dealt with here, are no hindrance.
func (c *gitConfig) unsupported() error {
	install := "install git, and see that it is on PATH"
	extensions := c.extensions()
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		value := extensions[name]
		switch name {
		case "noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees":
			continue
		case "objectformat":
			if value == "sha1" {
				continue
			}
			return &UnsupportedError{Feature: fmt.Sprintf("the repository names its objects with %s, which can only be read with the git program", strings.ToUpper(value)), Next: install}
		case "refstorage":
			if value == "files" {
				continue
			}
			return &UnsupportedError{Feature: fmt.Sprintf("the repository keeps its branches and tags in the form %q, which can only be read with the git program", value), Next: install}
		}
		return &UnsupportedError{Feature: fmt.Sprintf("the repository uses git's extension %q, which can only be read with the git program", name), Next: install}
	}
	if v := c.raw.Section("core").Option("repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return &UnsupportedError{Feature: fmt.Sprintf("the repository has git's format version %q, which can only be read with the git program", v), Next: install}
	}
	return nil
}

// promisor names the remote that a partial clone fetches missing content from,
// or "" where the clone is whole.
func (c *gitConfig) promisor() string {
	if c.raw.HasSection("remote") {
		for _, s := range c.raw.Section("remote").Subsections {
			if strings.EqualFold(s.Option("promisor"), "true") {
				return s.Name
			}
		}
	}
	for _, o := range c.raw.Section("extensions").Options {
		if o.IsKey("partialClone") {
			return o.Value
		}
	}
	return ""
}
