// Package config reads pdac.yaml and finds the settings of a deployment: Load
// and Parse read the file, FindRoot finds the repository's root, and FindAccess
// the host and the token.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// FileName is the name of the configuration file in a repository's root.
const FileName = "pdac.yaml"

// Config is the content of pdac.yaml. Keys that are not set are zero.
type Config struct {
	Version     int         `yaml:"version"`
	API         API         `yaml:"api"`
	Content     Content     `yaml:"content"`
	Deploy      Deploy      `yaml:"deploy"`
	Limits      Limits      `yaml:"limits"`
	Deployments Deployments `yaml:"deployments"`
	Drift       Drift       `yaml:"drift"`
	// Moved lists the entities that got another id.
	Moved []Move `yaml:"moved"`
	Lint  Lint   `yaml:"lint"`
	// Progress is called while files are read; it may be nil.
	Progress func() `yaml:"-"`
}

// API configures access to Panther. The token itself is never in the file.
type API struct {
	Host string `yaml:"host"`
	// TokenEnv is the name of the environment variable that contains the token.
	TokenEnv string `yaml:"token_env"`
	// RequestsPerSecond is the maximum rate of requests (20).
	RequestsPerSecond float64 `yaml:"requests_per_second"`
	// Timeout is the timeout of one request, such as "60s".
	Timeout Duration `yaml:"timeout"`
	// Tries is the maximum number of attempts for a request (6).
	Tries int `yaml:"tries"`
	// PageSize is the number of entities per list request (100).
	PageSize int `yaml:"page_size"`
}

// Content defines the content files, as globs of paths from the root.
type Content struct {
	// Include adds to the default folders, and Only replaces them.
	Include []string `yaml:"include"`
	Only    []string `yaml:"only"`
	Exclude []string `yaml:"exclude"`
}

// RepoOptions returns which files count as content and the limits for reading
// them, for package repo.
func (c *Config) RepoOptions() repo.Options {
	return repo.Options{
		Include: c.Content.Include, Only: c.Content.Only, Exclude: c.Content.Exclude, ExcludeStatus: c.Deploy.ExcludeStatus,
		MaxFileBytes: c.Limits.MaxFileBytes, MaxFiles: c.Limits.MaxFiles, Progress: c.Progress,
	}
}

// Limits limits what is read from a repository.
type Limits struct {
	MaxFileBytes int64 `yaml:"max_file_bytes"`
	MaxFiles     int   `yaml:"max_files"`
	// MaxLiveBytes is the maximum size of what is live, as Panther's responses (256
	// MiB).
	MaxLiveBytes int64 `yaml:"max_live_bytes"`
}

// Duration is the time that a request may take, written like "90s" or "2m".
type Duration time.Duration

// UnmarshalYAML parses a duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v <= 0 {
		return fault(n, "%q is not a duration; write it like 60s or 2m", n.Value)
	}
	if v < minTimeout || v > maxTimeout {
		return fault(n, "%q must be between %s and %s", n.Value, minTimeout, maxTimeout)
	}
	*d = Duration(v)
	return nil
}

// Default returns the default configuration. Panther's own tool does not deploy
// experimental or deprecated content, and its users rely on that.
func Default() *Config {
	return &Config{Version: 1, Deploy: Deploy{ExcludeStatus: []string{"Experimental", "Deprecated"}}}
}

// tokenEnvPart is part of the name of every variable that token_env may name.
const tokenEnvPart = "PANTHER"

// keys lists the valid keys of each section.
var keys = map[string][]string{
	"":            {"version", "api", "content", "deploy", "deployments", "drift", "limits", "lint", "moved"},
	"api":         {"host", "token_env", "requests_per_second", "timeout", "tries", "page_size"},
	"content":     {"include", "only", "exclude"},
	"deploy":      {"exclude_status", "on_drift", "on_conflict", "deletes", "max_deletes", "max_changes", "sql", "lint", "tests", "impact", "behaviour", "unmanaged_fields", "released", "guards"},
	"deployments": {"remote", "ref", "record"},
	"drift":       {"accept"},
	"limits":      {"max_file_bytes", "max_files", "max_live_bytes"},
}

// MaxBytes is the maximum size in bytes of pdac.yaml and of the settings file of Panther's own
// tool.
const MaxBytes = 4 << 20

// Load reads pdac.yaml in a folder, or returns the default if there is none.
func Load(root string) (*Config, error) {
	src, err := readfile.Bounded(filepath.Join(root, FileName), MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	return c, nil
}

// Parse parses a pdac.yaml. Errors include the line and column.
func Parse(src []byte) (*Config, error) {
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return nil, err
	}
	if doc.More {
		return nil, errors.New("the file contains more than one document; keep only the part before the second \"---\"")
	}
	c := Default()
	if doc.Root == nil {
		return c, nil
	}
	if err := known(doc.Root, ""); err != nil {
		return nil, err
	}
	c.Version = 0
	if err := numbers(doc.Root); err != nil {
		return nil, err
	}
	if err := doc.Root.Decode(c); err != nil {
		return nil, explain(err)
	}
	if c.Deploy.ExcludeStatus == nil {
		// "exclude_status:" without a value keeps the default; [] means none.
		c.Deploy.ExcludeStatus = Default().Deploy.ExcludeStatus
	}
	return c, c.check(doc.Root)
}

func known(n *yaml.Node, section string) error {
	if n.Kind != yaml.MappingNode {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
			return nil
		}
		what := "the file"
		if section != "" {
			what = fmt.Sprintf("%q", section)
		}
		return fault(n, "%s must be a mapping with the keys %s", what, strings.Join(keys[section], ", "))
	}
	pairs, err := yamlcore.Pairs(n)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		name := p.Key.Value
		if section == "api" && (name == "token" || name == "api_token") {
			return fault(p.Key, "a token must not be in %s, which is committed; put it in an environment variable and name that in token_env, or use --token-file", FileName)
		}
		if !slices.Contains(keys[section], name) {
			in := ""
			if section != "" {
				in = fmt.Sprintf(" in %q", section)
			}
			return fault(p.Key, "unknown key %q%s; the keys are %s%s", name, in, strings.Join(keys[section], ", "), suggest.DidYouMean(name, keys[section]))
		}
		if section == "" && keys[name] != nil {
			if err := known(p.Value, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func fault(n *yaml.Node, format string, args ...any) error {
	return &yamlcore.Error{Line: n.Line, Column: n.Column, Message: fmt.Sprintf(format, args...)}
}

func explain(err error) error {
	var at *yamlcore.Error
	if errors.As(err, &at) {
		return at
	}
	var types *yaml.TypeError
	if errors.As(err, &types) && len(types.Errors) > 0 {
		return errors.New(strings.NewReplacer("cannot unmarshal !!str", "can't use the string", "cannot unmarshal !!seq", "can't use the list",
			"cannot unmarshal !!map", "can't use the mapping", "cannot unmarshal !!int", "can't use the number", "cannot unmarshal !!bool", "can't use",
			"cannot unmarshal !!float", "can't use the number", " into ", " as ", "[]string", "a list of strings", "[]config.Guard", "a list of guards", "[]config.Acceptance", "a list of acceptances", "int64", "a whole number", "int", "a whole number", "string", "a string").Replace(types.Errors[0]))
	}
	return err
}

func (c *Config) check(root *yaml.Node) error {
	at := func(keys ...string) *yaml.Node {
		n := root
		for _, k := range keys {
			if v := yamlcore.Lookup(n, k); v != nil {
				n = v
			}
		}
		return n
	}
	switch {
	case c.Version != 1:
		return fault(at("version"), "\"version\" must be 1; write \"version: 1\"")
	case len(c.Content.Include) > 0 && len(c.Content.Only) > 0:
		return fault(at("content", "only"), "content.include adds to the default folders, but content.only replaces them; use one of the two")
	case strings.ContainsAny(c.API.TokenEnv, " =$"):
		return fault(at("api", "token_env"), "token_env %q is not the name of an environment variable; write only the name, such as PANTHER_API_TOKEN", c.API.TokenEnv)
	case c.API.TokenEnv != "" && !strings.Contains(c.API.TokenEnv, tokenEnvPart):
		return fault(at("api", "token_env"), "token_env %q must have %s in its name, so that a commit can't send another secret of the environment; rename the variable, such as ACME_PANTHER_TOKEN", c.API.TokenEnv, tokenEnvPart)
	}
	if err := c.checkMoves(); err != nil {
		return err
	}
	if err := c.checkGuards(at); err != nil {
		return err
	}
	if err := c.checkAcceptances(at); err != nil {
		return err
	}
	return c.choices(at)
}
