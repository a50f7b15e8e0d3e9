package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// settings says which rules run, with which options and severities. They aren't
// changed once made.
type settings struct {
	rules *ruleSet
	// sqlTables are table names that queries may use beside the usual ones.
	sqlTables []string
	// dialect is the database whose SQL is deployed, or "" if any may be.
	dialect string

	// severity holds the rules that run for files that no path entry matches.
	severity map[string]Severity
	// from says what set each of them.
	from map[string]Origin
	// chosen are the rules whose severity pdac.yaml sets.
	chosen map[string]bool
	// newer are the rules that appeared after the version of lint.since.
	newer   map[string]bool
	options map[string]ruleOptions
	paths   []pathSettings
	// running are the rules that run for at least some files, sorted by id.
	running []Rule
}

type ruleOptions map[string]any

type pathSettings struct {
	glob     string
	severity map[string]Severity // "" is off
	from     map[string]Origin
}

const off Severity = ""

// newSettings checks the rules and the configuration of a run. Errors in pdac.yaml
// say where they are.
func newSettings(o Options) (*settings, error) {
	house, err := houseRules(o.Config.House)
	if err != nil {
		return nil, inFile(err)
	}
	s := &settings{rules: builtIn(), sqlTables: o.Config.SQLTables, dialect: o.SQL, severity: map[string]Severity{}, from: map[string]Origin{}, chosen: map[string]bool{}, options: map[string]ruleOptions{}}
	if o.Rules != nil || len(house) > 0 {
		rules := o.Rules
		if rules == nil {
			rules = Rules()
		}
		if s.rules, err = newRuleSet(slices.Concat(rules, house)); err != nil {
			return nil, err
		}
	}
	s.newer = newerRules(s.rules.list, o.Config.Since.Text)
	selected := flagWords(o.Select)
	if err := s.choose(o, selected); err != nil {
		return nil, err
	}
	for _, p := range o.Config.Paths {
		if err := s.addPath(p, len(selected) > 0); err != nil {
			return nil, err
		}
	}
	if err := s.readOptions(o.Config.Options); err != nil {
		return nil, inFile(err)
	}
	for _, r := range s.rules.list {
		on := s.severity[r.ID] != off
		for _, p := range s.paths {
			on = on || p.severity[r.ID] != off
		}
		if on {
			s.running = append(s.running, r)
		}
	}
	return s, nil
}

// inFile says that an error is in pdac.yaml.
func inFile(err error) error { return fmt.Errorf("%s: %w", config.FileName, err) }

// choose sets the severities of the rules that run for files in general.
func (s *settings) choose(o Options, selected []config.Word) error {
	chosen := o.Config.Select
	if len(selected) > 0 {
		chosen = selected
	}
	if len(chosen) == 0 {
		chosen = []config.Word{{Text: "default"}}
	}
	err := s.each(chosen, "--select", func(r Rule, by Origin) { s.severity[r.ID], s.from[r.ID] = r.Severity, by })
	if err != nil {
		return err
	}
	// A severity of its own turns a rule on, unless the command line has chosen.
	for _, rs := range o.Config.Severity {
		err := s.each([]config.Word{rs.Rule}, "lint.severity", func(r Rule, by Origin) {
			if _, on := s.severity[r.ID]; on || len(selected) == 0 {
				s.severity[r.ID], s.from[r.ID], s.chosen[r.ID] = severityNamed(rs.Severity.Text), by, true
			}
		})
		if err != nil {
			return err
		}
	}
	ignored := slices.Concat(o.Config.Ignore, flagWords(o.Ignore))
	return s.each(ignored, "--ignore", func(r Rule, by Origin) { s.severity[r.ID], s.from[r.ID] = off, by })
}

// addPath adds an entry of lint.paths.
func (s *settings) addPath(p config.LintPath, selected bool) error {
	ps := pathSettings{glob: strings.TrimSuffix(strings.TrimPrefix(p.Glob.Text, "./"), "/"), severity: map[string]Severity{}, from: map[string]Origin{}}
	for _, rs := range p.Severity {
		err := s.each([]config.Word{rs.Rule}, "lint.paths", func(r Rule, by Origin) {
			if _, on := s.severity[r.ID]; on || !selected {
				ps.severity[r.ID], ps.from[r.ID] = severityNamed(rs.Severity.Text), by
				s.chosen[r.ID] = true
			}
		})
		if err != nil {
			return err
		}
	}
	if err := s.each(p.Ignore, "lint.paths", func(r Rule, by Origin) { ps.severity[r.ID], ps.from[r.ID] = off, by }); err != nil {
		return err
	}
	s.paths = append(s.paths, ps)
	return nil
}

// each calls a function for every rule that words choose. A word without a place
// in pdac.yaml comes from a flag or from a program.
func (s *settings) each(words []config.Word, from string, use func(Rule, Origin)) error {
	for _, w := range words {
		matched := s.rules.match(w.Text)
		if len(matched) == 0 && !strings.EqualFold(w.Text, "default") && !strings.EqualFold(w.Text, "all") {
			if w.Line == 0 {
				return fmt.Errorf("%s: %s", from, s.rules.unknown(w.Text))
			}
			return inFile(w.Fault("%s", s.rules.unknown(w.Text)))
		}
		for _, r := range matched {
			use(r, originOf(w, from))
		}
	}
	return nil
}

func severityNamed(word string) Severity {
	if word == "off" {
		return off
	}
	return Severity(word)
}

func flagWords(list []string) []config.Word {
	var out []config.Word
	for _, l := range list {
		for part := range strings.SplitSeq(l, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, config.Word{Text: part})
			}
		}
	}
	return out
}

func (s *settings) readOptions(all []config.RuleOptions) error {
	for _, ro := range all {
		r, ok := s.rules.find(ro.Rule.Text)
		if !ok {
			return ro.Rule.Fault("%s", s.rules.unknown(ro.Rule.Text))
		}
		var names []string
		for _, o := range r.Options {
			names = append(names, o.Name)
		}
		values := ruleOptions{}
		for _, v := range ro.Values {
			i := slices.Index(names, v.Name.Text)
			switch {
			case len(names) == 0:
				return v.Name.Fault("rule %s has no options; remove %q", r.ID, v.Name.Text)
			case i < 0:
				return v.Name.Fault("rule %s has no option %q; its options are %s%s", r.ID, v.Name.Text, strings.Join(names, ", "), suggest.DidYouMean(v.Name.Text, names))
			}
			value, err := v.As(r.Options[i].Default)
			if err != nil {
				return err
			}
			values[v.Name.Text] = value
		}
		s.options[r.ID] = values
	}
	return nil
}

// optionOf panics for an option that the rule doesn't declare with that type: a
// mistake of the rule, which its tests find.
func optionOf[T any](r Rule, values ruleOptions, name string) T {
	for _, o := range r.Options {
		if o.Name != name {
			continue
		}
		if v, ok := values[name].(T); ok {
			return v
		}
		return o.Default.(T)
	}
	panic(fmt.Sprintf("lint: rule %s has no option %q", r.ID, name))
}

// severityAt is the severity of a rule for a file, or off. The last entry of
// lint.paths that matches the file and names the rule counts.
func (s *settings) severityAt(rule, path string) Severity {
	v := s.severity[rule]
	for _, p := range s.paths {
		if w, named := p.severity[rule]; named && p.matches(path) {
			v = w
		}
	}
	return v
}

// matches reports whether a file is one that the glob or the folder names.
func (p pathSettings) matches(path string) bool {
	return glob.Match(p.glob, path) || glob.Match(p.glob+"/**", path)
}

// idlePaths reports the globs of lint.paths that match no file.
func (s *settings) idlePaths(entries []repo.Entry) (out []repo.Diagnostic) {
	for _, p := range s.paths {
		if !slices.ContainsFunc(entries, func(e repo.Entry) bool { return p.matches(e.Path) }) {
			out = append(out, repo.Diagnostic{Severity: Warning, Message: fmt.Sprintf("lint.paths: %q matches no file; correct it in pdac.yaml, or remove it", p.glob)})
		}
	}
	return out
}

// severityOf is the severity of a finding: what the rule said of it, unless pdac.yaml
// sets one for the rule. A rule that is newer than lint.since has no errors.
func (s *settings) severityOf(f Finding) Severity {
	if s.chosen[f.Rule] {
		return s.severityAt(f.Rule, f.Path)
	}
	v := f.Severity
	if v == off {
		v = s.severityAt(f.Rule, f.Path)
	}
	if v == Error && s.newer[f.Rule] {
		return Warning
	}
	return v
}

// newerRules returns the rules that appeared after a version.
func newerRules(rules []Rule, since string) map[string]bool {
	if since == "" {
		return nil
	}
	out := map[string]bool{}
	for _, r := range rules {
		if r.Since != "" && slices.Compare(version(r.Since), version(since)) > 0 {
			out[r.ID] = true
		}
	}
	return out
}

// version returns the first two numbers of a version: rules only appear with those.
func version(text string) []int {
	out := make([]int, 2)
	for i, part := range strings.SplitN(strings.TrimPrefix(text, "v"), ".", 3) {
		if i < len(out) {
			out[i], _ = strconv.Atoi(part) // the form was checked
		}
	}
	return out
}

// signature names everything that the findings in a single file depend on.
func (s *settings) signature(build string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s\n%q %s\n", cacheFormat, build, s.sqlTables, s.dialect)
	for _, r := range s.rules.list {
		// Ignore comments may name any rule by its id or name, whether it runs or not.
		fmt.Fprintf(h, "%s=%s ", r.ID, r.Name)
	}
	for _, r := range s.running {
		fmt.Fprintf(h, "\n%s %s %q\n", r.ID, r.Severity, r.definition)
		for _, o := range r.Options {
			v, ok := s.options[r.ID][o.Name]
			if !ok {
				v = o.Default
			}
			fmt.Fprintf(h, "\t%s %#v\n", o.Name, v)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
