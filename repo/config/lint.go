package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Lint is the lint section of pdac.yaml. Only package lint knows the rules, so
// words keep their position for its messages.
type Lint struct {
	// Select lists the rules to run. By default, all rules except those with
	// severity info.
	Select []Word
	// Ignore lists rules that are not run.
	Ignore []Word
	// Severity sets the severity of rules, or "off".
	Severity []RuleSeverity
	// Paths contains settings for some files only.
	Paths []LintPath
	// Options contains the options of individual rules.
	Options []RuleOptions
	// Baseline is the file with known findings.
	Baseline string
	// House lists rules of the repository's own.
	House []HouseRule
	// Since is the version whose rules a repository is checked against: those that
	// are newer are warnings at most.
	Since Word
	// SQLTables lists additional table names that queries may use.
	SQLTables []string
}

// Word is a string of the file with its position.
type Word struct {
	Text         string
	Line, Column int
}

// Fault returns an error with the position of the word.
func (w Word) Fault(format string, args ...any) error {
	return &yamlcore.Error{Line: w.Line, Column: w.Column, Message: fmt.Sprintf(format, args...)}
}

// RuleSeverity sets the severity of a rule.
type RuleSeverity struct{ Rule, Severity Word }

// LintPath contains settings for the files that a glob matches.
type LintPath struct {
	Glob     Word
	Ignore   []Word
	Severity []RuleSeverity
}

// RuleOptions contains the options of one rule.
type RuleOptions struct {
	Rule   Word
	Values []RuleOption
}

// RuleOption is one option. Value is in the JSON model, with json.Number for
// numbers; At is its position.
type RuleOption struct {
	Name  Word
	Value any
	At    Word
}

var sinceForm = lazyregexp.New(`^v?[0-9]{1,6}\.[0-9]{1,6}(\.[0-9]{1,6})?$`)

var lintKeys = []string{"select", "ignore", "severity", "paths", "options", "house", "baseline", "since", "sql"}

// UnmarshalYAML parses the section strictly. All errors have a position.
func (l *Lint) UnmarshalYAML(n *yaml.Node) (err error) {
	*l = Lint{}
	return eachKey(n, "lint", lintKeys, func(key string, v *yaml.Node) error {
		switch key {
		case "select":
			l.Select, err = words(v, "lint.select")
		case "ignore":
			l.Ignore, err = words(v, "lint.ignore")
		case "severity":
			l.Severity, err = severities(v, "lint.severity")
		case "paths":
			l.Paths, err = lintPaths(v)
		case "options":
			l.Options, err = ruleOptions(v)
		case "house":
			l.House, err = houseRules(v)
		case "baseline":
			var w Word
			w, err = wordOf(v, "lint.baseline", "the name of a file")
			l.Baseline = w.Text
		case "since":
			if l.Since, err = wordOf(v, "lint.since", `a version of pdac, such as "1.3"`); err == nil && !sinceForm.MatchString(l.Since.Text) {
				err = l.Since.Fault("%q is not a version; write it like \"1.3\"", l.Since.Text)
			}
		case "sql":
			err = eachKey(v, "lint.sql", []string{"tables"}, func(_ string, v *yaml.Node) error {
				tables, err := words(v, "lint.sql.tables")
				for _, w := range tables {
					l.SQLTables = append(l.SQLTables, w.Text)
				}
				return err
			})
		}
		return err
	})
}

// eachKey iterates over a mapping that may have only certain keys.
func eachKey(n *yaml.Node, name string, legal []string, use func(key string, v *yaml.Node) error) error {
	n = yamlcore.Deref(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fault(n, "%q must be a mapping%s", name, withKeys(legal))
	}
	pairs, err := yamlcore.Pairs(n)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if legal != nil && !slices.Contains(legal, p.Key.Value) {
			return fault(p.Key, "unknown key %q in %q; the keys are %s%s", p.Key.Value, name, strings.Join(legal, ", "), suggest.DidYouMean(p.Key.Value, legal))
		}
		if err := use(p.Key.Value, p.Value); err != nil {
			return err
		}
	}
	return nil
}

func withKeys(legal []string) string {
	if legal == nil {
		return ""
	}
	return " with the keys " + strings.Join(legal, ", ")
}

func isNull(n *yaml.Node) bool {
	v, err := yamlcore.Scalar(n)
	return n.Kind == yaml.ScalarNode && err == nil && v == nil
}

func word(n *yaml.Node) Word { return Word{Text: n.Value, Line: n.Line, Column: n.Column} }

func wordOf(n *yaml.Node, name, what string) (Word, error) {
	if n = yamlcore.Deref(n); n.Kind != yaml.ScalarNode || isNull(n) || n.Value == "" {
		return Word{}, fault(n, "%q must be %s", name, what)
	}
	return word(n), nil
}

func words(n *yaml.Node, name string) ([]Word, error) {
	n = yamlcore.Deref(n)
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, "%q must be a list, such as [%s]", name, "PD203")
	}
	out := make([]Word, 0, len(n.Content))
	for _, c := range n.Content {
		w, err := wordOf(c, name, "a list of strings")
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func severities(n *yaml.Node, name string) (out []RuleSeverity, err error) {
	n = yamlcore.Deref(n)
	err = eachKey(n, name, nil, func(string, *yaml.Node) error { return nil })
	if err != nil || isNull(n) {
		return nil, err
	}
	pairs, err := yamlcore.Pairs(n)
	for _, p := range pairs {
		w, err := wordOf(p.Value, name, "a severity for each rule: error, warning, info or off")
		if err != nil {
			return nil, err
		}
		legal := []string{"error", "warning", "info", "off"}
		if !slices.Contains(legal, w.Text) {
			return nil, w.Fault("unknown severity %q; use error, warning, info or off%s", w.Text, suggest.DidYouMean(w.Text, legal))
		}
		out = append(out, RuleSeverity{Rule: word(p.Key), Severity: w})
	}
	return out, err
}

func lintPaths(n *yaml.Node) (out []LintPath, err error) {
	n = yamlcore.Deref(n)
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, `"lint.paths" must be a list of mappings with glob, ignore and severity`)
	}
	for _, c := range n.Content {
		var p LintPath
		err := eachKey(c, "lint.paths", []string{"glob", "ignore", "severity"}, func(key string, v *yaml.Node) (err error) {
			switch key {
			case "glob":
				p.Glob, err = wordOf(v, "glob", "a pattern over paths, such as rules/legacy/**")
			case "ignore":
				p.Ignore, err = words(v, "ignore")
			case "severity":
				p.Severity, err = severities(v, "severity")
			}
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case p.Glob.Text == "":
			return nil, fault(yamlcore.Deref(c), `an entry of "lint.paths" has no "glob"; name its files, such as rules/legacy/**`)
		}
		if err := glob.Check(p.Glob.Text); err != nil {
			return nil, p.Glob.Fault("the pattern %q %s; write it like rules/** or rules/okta_*", p.Glob.Text, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func ruleOptions(n *yaml.Node) (out []RuleOptions, err error) {
	pairs, err := mapping(n, "lint.options")
	for _, p := range pairs {
		o := RuleOptions{Rule: word(p.Key)}
		inner, err := mapping(p.Value, p.Key.Value)
		if err != nil {
			return nil, err
		}
		for _, q := range inner {
			v, err := yamlcore.Value(q.Value)
			if err != nil {
				return nil, err
			}
			o.Values = append(o.Values, RuleOption{Name: word(q.Key), Value: v, At: word(q.Value)})
		}
		out = append(out, o)
	}
	return out, err
}

func mapping(n *yaml.Node, name string) ([]yamlcore.Pair, error) {
	n = yamlcore.Deref(n)
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, fault(n, "%q must be a mapping", name)
	}
	return yamlcore.Pairs(n)
}

// As converts an option's value to the type of its default.
func (o RuleOption) As(like any) (any, error) {
	switch like.(type) {
	case string:
		if s, ok := o.Value.(string); ok {
			return s, nil
		}
		return nil, o.At.Fault("%s must be a string", o.Name.Text)
	case bool:
		if b, ok := o.Value.(bool); ok {
			return b, nil
		}
		return nil, o.At.Fault("%s must be true or false", o.Name.Text)
	case int:
		if n, ok := o.Value.(json.Number); ok {
			if i, err := n.Int64(); err == nil && int64(int(i)) == i {
				return int(i), nil
			}
		}
		return nil, o.At.Fault("%s must be a whole number", o.Name.Text)
	}
	list, ok := o.Value.([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, isText := v.(string)
		ok = ok && isText
		out = append(out, s)
	}
	if !ok {
		return nil, o.At.Fault("%s must be a list of strings", o.Name.Text)
	}
	return out, nil
}
