package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
)

// Severity is how much a finding weighs.
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
	// ID is "PD" and three digits. The first digit names the family.
	ID string
	// Name is a few words with hyphens, such as "duplicate-id".
	Name string
	// Severity is the rule's own; configuration may change it.
	Severity Severity
	// Fixable says that some findings come with a fix.
	Fixable bool
	Doc     Doc
	// Options are what pdac.yaml may say under lint.options of the rule.
	Options []Option

	// Spec looks at one spec, with the Python file that it names. What it finds may
	// depend on these two files and the rule's options alone: results are kept
	// and used again as long as those are the same.
	Spec func(*SpecPass)
	// Python looks at one Python file, and nothing else.
	Python func(*PythonPass)
	// Repo looks at the whole repository, over the facts of its files.
	Repo func(*RepoPass)
	// CollectSpec and CollectPython gather facts of one file for Repo, where those
	// of Facts don't do. The same holds for them as for Spec and Python.
	CollectSpec   func(*SpecPass) []Fact
	CollectPython func(*PythonPass) []Fact
	// ByLoader says that lint itself makes the findings, while it reads files and
	// their comments.
	ByLoader bool
}

// Doc explains a rule. The texts are Markdown in plain words, without headings.
type Doc struct {
	// What says what is found, in one sentence.
	What string
	// Why says what comes of it.
	Why string
	// Bad and Good are examples: small repositories in the txtar format, each file
	// after a line "-- path --". Lint finds the rule in Bad, and not in Good; the
	// outputs in docs/rules.md are made that way.
	Bad, Good string
	// Configure says more about the options, or when to turn the rule off. May be
	// empty.
	Configure string
}

// Option is a setting of one rule.
type Option struct {
	Name string
	// Doc says what it does, in one sentence.
	Doc string
	// Default has the option's type: []string, string, int or bool.
	Default any
}

// Family is the rule's family: the first digit of its number.
func (r Rule) Family() byte { return r.ID[2] }

// families are the names of the rule families by their digit.
var families = map[byte]string{
	'0': "Lint's own comments", '1': "Schema", '2': "References", '3': "Python and simple detections",
	'4': "Tests", '5': "Metadata", '6': "Security",
}

// FamilyName names a family, such as "References" for '2'.
func FamilyName(digit byte) string { return families[digit] }

// Rules gives every rule, sorted by id.
func Rules() []Rule { return slices.Clone(builtIn()) }

// RuleByID finds a rule by its id or its name, case aside.
func RuleByID(id string) (Rule, bool) {
	for _, r := range builtIn() {
		if strings.EqualFold(r.ID, id) || strings.EqualFold(r.Name, id) {
			return r, true
		}
	}
	return Rule{}, false
}
