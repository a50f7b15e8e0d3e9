package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/repo/config"
)

// Settings says which rules run, with which options and severities. They aren't
// changed once made.
type Settings struct {
	// SQLTables are table names that queries may use beside the usual ones.
	SQLTables []string

	// severity holds the rules that run, for files that no path entry is for.
	severity map[string]Severity
	options  map[string]ruleOptions
	paths    []pathSettings
	// running are the rules that run for some file at least, sorted by id.
	running []Rule
}

type ruleOptions map[string]any

type pathSettings struct {
	glob     string
	severity map[string]Severity // "" is off
}

const off Severity = ""

// Flags are the choices of rules that a command line makes.
type Flags struct {
	// Select takes the place of what the configuration selects.
	Select []string
	// Ignore adds to what it ignores.
	Ignore []string
}

// NewSettings checks a configuration against the rules that there are. Faults
// of the configuration have their place in it.
func NewSettings(c config.Lint, flags Flags) (*Settings, error) {
	s := &Settings{SQLTables: c.SQLTables, severity: map[string]Severity{}, options: map[string]ruleOptions{}}
	chosen, ignored := c.Select, c.Ignore
	if len(flags.Select) > 0 {
		chosen = flagWords(flags.Select)
	}
	if len(chosen) == 0 {
		chosen = []config.Word{{Text: "default"}}
	}
	for _, w := range chosen {
		matched, err := match(w, "--select")
		if err != nil {
			return nil, err
		}
		for _, r := range matched {
			s.severity[r.ID] = r.Severity
		}
	}
	// A severity of its own turns a rule on, unless the command line has chosen.
	for _, rs := range c.Severity {
		matched, err := match(rs.Rule, "")
		if err != nil {
			return nil, err
		}
		for _, r := range matched {
			if _, on := s.severity[r.ID]; on || len(flags.Select) == 0 {
				s.severity[r.ID] = severityOf(rs.Severity.Text)
			}
		}
	}
	for _, w := range slices.Concat(ignored, flagWords(flags.Ignore)) {
		matched, err := match(w, "--ignore")
		if err != nil {
			return nil, err
		}
		for _, r := range matched {
			s.severity[r.ID] = off
		}
	}
	for _, p := range c.Paths {
		ps := pathSettings{glob: strings.TrimSuffix(strings.TrimPrefix(p.Glob.Text, "./"), "/"), severity: map[string]Severity{}}
		for _, rs := range p.Severity {
			matched, err := match(rs.Rule, "")
			if err != nil {
				return nil, err
			}
			for _, r := range matched {
				if _, on := s.severity[r.ID]; on || len(flags.Select) == 0 {
					ps.severity[r.ID] = severityOf(rs.Severity.Text)
				}
			}
		}
		for _, w := range p.Ignore {
			matched, err := match(w, "")
			if err != nil {
				return nil, err
			}
			for _, r := range matched {
				ps.severity[r.ID] = off
			}
		}
		s.paths = append(s.paths, ps)
	}
	if err := s.readOptions(c.Options); err != nil {
		return nil, err
	}
	for _, r := range builtIn() {
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

func severityOf(word string) Severity {
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

// match finds the rules that a word chooses: an id, the start of one ("PD3"), a
// name, "all", or "default".
func match(w config.Word, flag string) ([]Rule, error) {
	word := strings.ToUpper(w.Text)
	var out []Rule
	for _, r := range builtIn() {
		switch {
		case word == "ALL", word == "DEFAULT" && r.Severity != Info, strings.EqualFold(r.Name, w.Text),
			strings.HasPrefix(r.ID, strings.TrimRight(word, "X")) && len(word) >= 3 && strings.HasPrefix(word, "PD"):
			out = append(out, r)
		}
	}
	if len(out) > 0 || word == "DEFAULT" {
		return out, nil
	}
	message := fmt.Sprintf(`unknown rule %q; "pdac rules" lists them%s`, w.Text, suggest.DidYouMean(w.Text, ruleWords()))
	if w.Line == 0 {
		return nil, fmt.Errorf("%s: %s", flag, message)
	}
	return nil, w.Fault("%s", message)
}

func ruleWords() []string {
	var ids, names []string
	for _, r := range builtIn() {
		ids, names = append(ids, r.ID), append(names, r.Name)
	}
	return slices.Concat(ids, names, []string{"all", "default"})
}

func (s *Settings) readOptions(all []config.RuleOptions) error {
	for _, ro := range all {
		r, ok := RuleByID(ro.Rule.Text)
		if !ok {
			return ro.Rule.Fault(`unknown rule %q; "pdac rules" lists them%s`, ro.Rule.Text, suggest.DidYouMean(ro.Rule.Text, ruleWords()))
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
				return v.Name.Fault("rule %s has no options; take %q out", r.ID, v.Name.Text)
			case i < 0:
				return v.Name.Fault("rule %s has no option %q; it has %s%s", r.ID, v.Name.Text, strings.Join(names, ", "), suggest.DidYouMean(v.Name.Text, names))
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
// lint.paths that is for the file and names the rule counts.
func (s *Settings) severityAt(rule, path string) Severity {
	v := s.severity[rule]
	for _, p := range s.paths {
		if w, named := p.severity[rule]; named && (doublestar.MatchUnvalidated(p.glob, path) || doublestar.MatchUnvalidated(p.glob+"/**", path)) {
			v = w
		}
	}
	return v
}

// Running lists the rules that run for some file at least.
func (s *Settings) Running() []Rule { return slices.Clone(s.running) }

// Selected tells whether a rule runs for some file at least.
func (s *Settings) Selected(id string) bool {
	return slices.ContainsFunc(s.running, func(r Rule) bool { return r.ID == id })
}

// signature names everything that what is found in a single file depends on.
func (s *Settings) signature(build string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s\n%q\n", cacheFormat, build, s.SQLTables)
	for _, r := range s.running {
		fmt.Fprintf(h, "%s %s\n", r.ID, r.Severity)
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
