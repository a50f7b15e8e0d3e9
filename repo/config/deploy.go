package config

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync/record"
	"gopkg.in/yaml.v3"
)

// Deploy configures what is deployed, and how changes by others are handled.
type Deploy struct {
	// ExcludeStatus lists the values of Status that are not deployed. If it is
	// empty, everything is deployed.
	ExcludeStatus []string `yaml:"exclude_status"`
	// OnDrift and OnConflict are revert, keep or fail; "" for the default.
	OnDrift    Choice `yaml:"on_drift"`
	OnConflict Choice `yaml:"on_conflict"`
	// Deletes is allow or hold (the default).
	Deletes Choice `yaml:"deletes"`
	// MaxDeletes and MaxChanges are numbers or percentages of the live
	// entities, such as 25 or 10%; "" for the default.
	MaxDeletes Limit `yaml:"max_deletes"`
	MaxChanges Limit `yaml:"max_changes"`
	// SQL is the database whose SQL is deployed, of queries that have it for
	// several; "" to go on with what is live.
	SQL Choice `yaml:"sql"`
	// Lint is which findings of lint stop a plan that would write what they are
	// about: broken (the default), error or off.
	Lint Choice `yaml:"lint"`
	// Tests is whether failing unit tests of what would be written stop a plan: require
	// or off (the default).
	Tests Choice `yaml:"tests"`
	// Impact makes plan and drift count alerts.
	Impact bool `yaml:"impact"`
	// Behaviour makes plan run what changes on events.
	Behaviour bool `yaml:"behaviour"`
	// UnmanagedFields lists fields that are left to Panther.
	UnmanagedFields []UnmanagedFields `yaml:"unmanaged_fields"`
	// Guards are about changes that somebody has to let through.
	Guards []Guard `yaml:"guards"`
	// Released lists entities that pdac no longer manages, as kind/id-glob.
	Released []string `yaml:"released"`
}

// Deployments configures the deployment record.
type Deployments struct {
	// Remote is the git remote for sharing the record. Nil means the default:
	// origin in CI, otherwise none. "" means none.
	Remote *string `yaml:"remote"`
	// Ref is where the refs of the record are, such as refs/heads/pdac; "" for the
	// default.
	Ref string `yaml:"ref"`
	// Record disables recording if it is false.
	Record *bool `yaml:"record"`
}

// Choice is one of a fixed set of words.
type Choice string

// Limit is a number or a percentage.
type Limit string

// UnmanagedFields leaves some fields of some entities to Panther.
type UnmanagedFields struct {
	Fields []string `yaml:"fields"`
	// Only lists the entities it applies to, as kind/id-glob; empty for all.
	Only []string `yaml:"only"`
}

var limit = lazyregexp.New(`^([0-9]{1,9}|(100|[0-9]{1,2})(\.[0-9]+)?%)$`)

// UnmarshalYAML parses a limit.
func (l *Limit) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || !limit.MatchString(n.Value) {
		return fault(n, "%q is neither a number, such as 25, nor a percentage of the live entities, such as 10%%", n.Value)
	}
	*l = Limit(n.Value)
	return nil
}

// UnmarshalYAML parses the name of a field, or a mapping of fields and
// entities.
func (u *UnmanagedFields) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		u.Fields = []string{n.Value}
		return nil
	}
	if err := knownKeys(n, "unmanaged_fields", []string{"fields", "only"}); err != nil {
		return err
	}
	type plain UnmanagedFields
	if err := n.Decode((*plain)(u)); err != nil {
		return err
	}
	if len(u.Fields) == 0 {
		return fault(n, `an entry of unmanaged_fields needs "fields"; name them, such as [enabled, severity]`)
	}
	return nil
}

// knownKeys returns an error for a mapping with unknown keys.
func knownKeys(n *yaml.Node, what string, legal []string) error {
	pairs, err := yamlcore.Pairs(n)
	if err != nil {
		return err
	}
	if n.Kind != yaml.MappingNode {
		form := "an entry of %s must be a mapping with the keys %s"
		switch what {
		case "unmanaged_fields":
			form = "an entry of %s must be a string or a mapping with the keys %s"
		case "where", "the file":
			form = "%s must be a mapping with the keys %s"
		}
		return fault(n, form, what, strings.Join(legal, ", "))
	}
	for _, p := range pairs {
		if !slices.Contains(legal, p.Key.Value) {
			return fault(p.Key, "unknown key %q in %q; the keys are %s%s", p.Key.Value, what, strings.Join(legal, ", "), suggest.DidYouMean(p.Key.Value, legal))
		}
	}
	return nil
}

// choices checks the keys with a fixed set of values.
func (c *Config) choices(at func(keys ...string) *yaml.Node) error {
	for _, k := range []struct {
		key   string
		value Choice
		legal []string
	}{
		{"on_drift", c.Deploy.OnDrift, []string{"revert", "keep", "fail"}},
		{"on_conflict", c.Deploy.OnConflict, []string{"revert", "keep", "fail"}},
		{"deletes", c.Deploy.Deletes, []string{"allow", "hold"}},
		{"lint", c.Deploy.Lint, []string{"broken", "error", "off"}},
		{"tests", c.Deploy.Tests, []string{"require", "off"}},
		{"sql", c.Deploy.SQL, panther.SQLDialects()},
	} {
		if k.value != "" && !slices.Contains(k.legal, string(k.value)) {
			return fault(at("deploy", k.key), "%s %q is not one of %s%s", k.key, string(k.value), strings.Join(k.legal, ", "), suggest.DidYouMean(string(k.value), k.legal))
		}
	}
	if r := c.Deployments.Remote; r != nil && strings.HasPrefix(*r, "-") {
		return fault(at("deployments", "remote"), "remote %q is not the name of a git remote; write it as git remote shows it, such as origin", *r)
	}
	if r := c.Deployments.Ref; r != "" {
		if err := record.CheckRefs(r); err != nil {
			return fault(at("deployments", "ref"), "ref %q can't hold the record: %v; write it like refs/heads/pdac, and pdac adds the host", r, err)
		}
	}
	return nil
}

// RemoteOf returns the git remote for sharing deployments, or "", and whether
// it is a default. ci says whether this run is in a pipeline.
func (d Deployments) RemoteOf(ci bool) (remote string, guessed bool) {
	switch {
	case d.Remote != nil:
		return *d.Remote, false
	case ci:
		return "origin", true
	}
	return "", true
}

// InCI reports whether the environment is that of a CI pipeline; nearly all of
// them set CI.
func InCI(getenv func(string) string) bool {
	v := strings.ToLower(getenv("CI"))
	return v != "" && v != "false" && v != "0"
}

// Actor returns who runs a pipeline according to its environment, or "".
func Actor(getenv func(string) string) string {
	for _, name := range []string{"PDAC_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BITBUCKET_STEP_TRIGGERER_UUID", "BUILDKITE_BUILD_CREATOR", "CIRCLE_USERNAME", "BUILD_REQUESTEDFOR"} {
		if v := getenv(name); v != "" && (name == "PDAC_ACTOR" || InCI(getenv)) {
			return v
		}
	}
	return ""
}
