package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// Origin says what set something: a flag, or a key of pdac.yaml and its place.
type Origin struct {
	// Setting is a flag such as "--select", a key such as "lint.severity", or "default".
	Setting string `json:"setting"`
	// Line and Column are the place in pdac.yaml; 0 for a flag and a default.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// byDefault is the origin of what nobody set.
const byDefault = "default"

// String names the setting, with its place.
func (o Origin) String() string {
	if o.Line == 0 {
		return o.Setting
	}
	return fmt.Sprintf("%s (%s:%d)", o.Setting, config.FileName, o.Line)
}

// originOf is the origin of a word; from is the flag or the key that each names in errors.
func originOf(w config.Word, from string) Origin {
	if flag, isFlag := strings.CutPrefix(from, "--"); isFlag {
		switch {
		case w.Line > 0:
			from = "lint." + flag
		case flag == "select" && strings.EqualFold(w.Text, "default"):
			from = byDefault
		}
	}
	return Origin{from, w.Line, w.Column}
}

// OptionSetting is the value of an option of a rule.
type OptionSetting struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Origin Origin `json:"from"`
}

// RuleSetting says how a rule is set for a file.
type RuleSetting struct {
	Rule Rule
	// Severity is "" if the rule is off.
	Severity Severity
	Origin   Origin
	// Options are all options of the rule.
	Options []OptionSetting
}

// FileSettings is what applies to one file.
type FileSettings struct {
	Path string
	// Exists says that the file is there, and Content that lint checks it in a run
	// without paths.
	Exists, Content bool
	// Skipped says why a spec is no content; nil if it is, or if the file is no spec.
	Skipped *repo.Skipped
	// Globs are the entries of lint.paths that match the file, in their order.
	Globs []OriginGlob
	// Rules are all rules, sorted by id.
	Rules []RuleSetting
}

// OriginGlob is an entry of lint.paths.
type OriginGlob struct {
	Glob   string
	Origin Origin
}

// SettingsOf returns what applies to a file of the repository: the severity of each rule,
// its options, and whether the file is content, each with what sets it.
func SettingsOf(ctx context.Context, t repo.Tree, path string, o Options) (*FileSettings, error) {
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	entries, err := repo.Entries(ctx, t, o.Content)
	if err != nil {
		return nil, err
	}
	is := func(e repo.Entry) bool { return e.Path == path }
	res, err := run(ctx, Input{Tree: t}, o)
	if err != nil {
		return nil, err
	}
	out := &FileSettings{Path: path, Exists: slices.ContainsFunc(entries, is), Content: slices.Contains(res.checked, path)}
	if i := slices.IndexFunc(res.Skipped, func(s repo.Skipped) bool { return s.Path == path }); i >= 0 {
		out.Skipped = &res.Skipped[i]
	}
	s := o.settings
	for i, p := range s.paths {
		if p.matches(path) {
			w := o.Config.Paths[i].Glob
			out.Globs = append(out.Globs, OriginGlob{p.glob, Origin{"lint.paths", w.Line, w.Column}})
		}
	}
	for _, r := range s.rules.list {
		out.Rules = append(out.Rules, s.settingOf(r, path, o))
	}
	return out, nil
}

func (s *settings) settingOf(r Rule, path string, o Options) RuleSetting {
	c := o.Config
	out := RuleSetting{Rule: r, Severity: s.severityAt(r.ID, path), Origin: Origin{Setting: byDefault}}
	switch from, set := s.from[r.ID]; {
	case set:
		out.Origin = from
	case len(flagWords(o.Select)) > 0: // others were selected
		out.Origin.Setting = "--select"
	case len(c.Select) > 0:
		out.Origin = Origin{"lint.select", c.Select[0].Line, c.Select[0].Column}
	}
	for _, p := range s.paths {
		if from, set := p.from[r.ID]; set && p.matches(path) {
			out.Origin = from
		}
	}
	if out.Severity == Error && s.newer[r.ID] && !s.chosen[r.ID] {
		out.Severity, out.Origin = Warning, Origin{"lint.since", c.Since.Line, c.Since.Column}
	}
	for _, option := range r.Options {
		set := OptionSetting{Name: option.Name, Value: option.Default, Origin: Origin{Setting: byDefault}}
		if v, is := s.options[r.ID][option.Name]; is {
			set.Value, set.Origin.Setting = v, "lint.options"
			for _, ro := range c.Options {
				if of, ok := s.rules.find(ro.Rule.Text); !ok || of.ID != r.ID {
					continue
				}
				for _, v := range ro.Values {
					if v.Name.Text == option.Name {
						set.Origin.Line, set.Origin.Column = v.Name.Line, v.Name.Column
					}
				}
			}
		}
		out.Options = append(out.Options, set)
	}
	return out
}

// FilesOf lists the specs and Python files that a run checks, sorted. With Paths, only
// those in them.
func FilesOf(ctx context.Context, in Input, o Options) ([]string, error) {
	res, err := Run(ctx, in, o)
	if err != nil {
		return nil, err
	}
	inside := About(in.Paths)
	return slices.DeleteFunc(res.checked, func(p string) bool { return len(in.Paths) > 0 && !inside(Finding{Path: p}) }), nil
}
