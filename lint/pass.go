package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// filePass is what SpecPass and PythonPass have in common.
type filePass struct {
	// Source is the file's text.
	Source *Source

	rule     Rule
	options  ruleOptions
	memo     map[string]any
	settings *settings
	entity   string
	findings *[]*Finding
}

// Path is the path of the file from the repository's root.
func (p *filePass) Path() string { return p.Source.Path }

// Report adds a finding at a range of the file. The finding may be given a
// hint, a fix and related places until the rule returns.
func (p *filePass) Report(at Range, format string, args ...any) *Finding {
	f := &Finding{Rule: p.rule.ID, Severity: p.rule.Severity, Message: fmt.Sprintf(format, args...), Path: p.Source.Path, Range: at, Entity: p.entity}
	*p.findings = append(*p.findings, f)
	return f
}

// Replace is the edit that puts a text in place of a range of the file.
func (p *filePass) Replace(at Range, text string) Edit {
	start, end := p.Source.Offsets(at)
	return Edit{Path: p.Source.Path, Start: start, End: end, New: text}
}

// Strings returns an option that is a list of strings.
func (p *filePass) Strings(option string) []string {
	return optionOf[[]string](p.rule, p.options, option)
}

// String returns an option that is a string.
func (p *filePass) String(option string) string { return optionOf[string](p.rule, p.options, option) }

// Int returns an option that is an integer.
func (p *filePass) Int(option string) int { return optionOf[int](p.rule, p.options, option) }

// Bool returns an option that is true or false.
func (p *filePass) Bool(option string) bool { return optionOf[bool](p.rule, p.options, option) }

// sqlTables are the table names that pdac.yaml allows in addition to the usual ones.
func (p *filePass) sqlTables() []string { return p.settings.sqlTables }

// memoPass is a pass that rules share work on.
type memoPass interface{ shared() map[string]any }

func (p *filePass) shared() map[string]any { return p.memo }

// Once computes something that several rules need of the same file: the first call
// computes it, and all calls return the same value, which no rule may change.
func Once[P memoPass, T any](p P, key string, compute func(P) T) T {
	m := p.shared()
	if v, ok := m[key].(T); ok {
		return v
	}
	v := compute(p)
	m[key] = v
	return v
}

// SpecPass is one spec for a rule to check. The spec is valid YAML without duplicate
// keys; nothing else is guaranteed.
type SpecPass struct {
	filePass
	// Item is the spec. Its Type may be unknown and its ID empty;
	// Body and BodyPath are not set, see Body.
	Item *repo.Item
	// Root is the top mapping.
	Root *yaml.Node
	// Facts are those of the spec.
	Facts *SpecFacts

	body func() *PythonFile
}

// Value returns the value of a key, or nil; keys lead inwards.
func (p *SpecPass) Value(keys ...string) *yaml.Node {
	n := p.Root
	for _, k := range keys {
		if n = yamlcore.Lookup(n, k); n == nil {
			return nil
		}
	}
	return n
}

// Key returns the node of a key itself, or nil; keys lead inwards.
func (p *SpecPass) Key(keys ...string) *yaml.Node {
	n, key := p.Root, (*yaml.Node)(nil)
	for _, k := range keys {
		found, ok := pair(n, k)
		if !ok {
			return nil
		}
		n, key = found.Value, found.Key
	}
	return key
}

// ReportNode adds a finding at a YAML node.
func (p *SpecPass) ReportNode(n *yaml.Node, format string, args ...any) *Finding {
	return p.Report(p.Source.Node(n), format, args...)
}

// ReportTop adds a finding about the spec as a whole, at its first key.
func (p *SpecPass) ReportTop(format string, args ...any) *Finding {
	return p.Report(p.Facts.Top, format, args...)
}

// Body returns the Python file that Filename names, or nil. It may have a syntax
// error.
func (p *SpecPass) Body() *PythonFile { return p.body() }

// ReportBody adds a finding in the Python file that Filename names.
func (p *SpecPass) ReportBody(at Range, format string, args ...any) *Finding {
	f := p.Report(at, format, args...)
	f.Path = p.Facts.BodyPath
	f.Related = []Location{{Path: p.Path(), Range: p.Facts.Filename.Range, Message: "named here"}}
	return f
}

// PythonPass is one Python file for a rule to check.
type PythonPass struct {
	filePass
	File *PythonFile
}
