package lint

import (
	"errors"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// Severity is how serious a finding is.
type Severity = repo.Severity

// The severities. A rule whose own severity is Info is off unless it is
// selected, or given another severity.
const (
	Error   = repo.SeverityError
	Warning = repo.SeverityWarning
	Info    = repo.SeverityInfo
)

// Rule is one thing that lint looks for. It is a value without state: its
// functions may be called at the same time for different files.
type Rule struct {
	// ID is letters and digits, such as PD203 or, for a rule of your own, ACME01.
	// The ids of pdac's own rules are PD and three digits, of which the first names
	// the family.
	ID string
	// Name is a few words with hyphens, such as "duplicate-id".
	Name string
	// Severity is the rule's own; configuration may change it.
	Severity Severity
	// Broken says that what a finding is about can't work: Panther refuses it, or it
	// fails on every event. A plan that would write it stops.
	Broken bool
	// Fixable says that some findings come with a fix.
	Fixable bool
	// Since is the first version of pdac that has the rule, such as "1.3"; "" for a rule
	// of your own.
	Since string
	// Doc explains the rule. A rule needs Doc.What at least.
	Doc Doc
	// Options are the settings that pdac.yaml may have under lint.options of the rule.
	Options []Option

	// Spec checks one spec and the Python file that it names. The findings may
	// depend only on these two files and the rule's options: results are cached
	// and reused as long as those stay the same.
	Spec func(*SpecPass)
	// Python checks one Python file and nothing else.
	Python func(*PythonPass)
	// Repo checks the whole repository, through the facts of its files.
	Repo func(*RepoPass)
	// CollectSpec and CollectPython gather facts of one file for Repo, where those
	// in Facts aren't enough. They may depend on the same as Spec and Python.
	CollectSpec   func(*SpecPass) []Fact
	CollectPython func(*PythonPass) []Fact

	// definition is what the findings of a house rule depend on, besides files.
	definition string
	// byLoader says that lint itself reports the findings while it reads files and
	// their comments.
	byLoader bool
}

// Doc explains a rule. The texts are Markdown in plain words, without headings.
type Doc struct {
	// What says what the rule finds, in one sentence.
	What string
	// Why says what the consequences are.
	Why string
	// Bad and Good are examples: small repositories in the txtar format, each file
	// after a line "-- path --". The rule reports something in Bad and nothing in
	// Good; LintExample runs them.
	Bad, Good string
	// Configure says more about the options, or when to turn the rule off. May be
	// empty.
	Configure string
}

// Option is a setting of one rule. The rule reads it from its pass: with Strings,
// String, Int or Bool, by the type of Default.
type Option struct {
	Name string
	// Doc says what it does, in one sentence.
	Doc string
	// Default has the option's type: []string, string, int or bool.
	Default any
}

// families are the names of pdac's rule families by their digit.
var families = map[byte]string{
	'0': "Lint's own comments", '1': "Schema", '2': "References", '3': "Python and simple detections",
	'4': "Tests", '5': "Metadata", '6': "Security",
}

// Family is the name of the rule's family, such as "References"; "Custom rules"
// for a rule that isn't one of pdac's own.
func (r Rule) Family() string {
	if builtInID.MatchString(r.ID) {
		if name := families[r.ID[2]]; name != "" {
			return name
		}
	}
	return "Custom rules"
}

// AboutComments reports whether the rule is about ignore comments, so that no such
// comment can turn it off.
func (r Rule) AboutComments() bool { return r.byLoader && strings.HasPrefix(r.ID, "PD0") }

// Rules returns pdac's own rules, sorted by id.
func Rules() []Rule { return slices.Clone(builtIn().list) }

// FindRule finds one of pdac's own rules by its id or its name, ignoring case.
func FindRule(word string) (Rule, error) {
	r, ok := builtIn().find(word)
	if !ok {
		return Rule{}, errors.New(builtIn().unknown(word))
	}
	return r, nil
}
