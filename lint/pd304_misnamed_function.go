package lint

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// rulePD304 finds optional functions with a misspelled name.
func rulePD304() Rule {
	return Rule{
		ID: "PD304", Name: "misnamed-function", Severity: Warning,
		Doc: Doc{
			What: "A detection defines an unused function whose name differs by one letter or by case from a function that Panther calls.",
			Why:  "Panther calls `title`, `dedup`, `severity`, `description`, `reference`, `runbook`, `destinations`, `alert_context` and `unique` by name. A function with a misspelled name never runs, and Panther doesn't report it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def titel(event):
    return "root logged in"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    return "root logged in"
`,
		},
		Spec: pd304,
	}
}

func pd304(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return
	}
	s := b.symbols()
	for _, f := range s.Functions {
		if slices.Contains(optionalFunctions, f.Name) || b.used[f.Name] || len(f.DecoratorList) > 0 {
			continue
		}
		for _, want := range optionalFunctions {
			if _, there := s.Defined[want]; !there && misspelt(f.Name, want) {
				p.ReportBody(b.header(f), "function %q is never called; Panther calls %q", f.Name, want).Hint = "rename it to " + want
				break
			}
		}
	}
}

// misspelt reports whether a name differs from the right one by one letter, by two
// swapped letters, or only by case and underscores.
func misspelt(name, right string) bool {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "") }
	return name != right && (plain(name) == plain(right) || levenshtein.ComputeDistance(name, right) == 1 || swapped(name, right))
}

func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i+1 < len(a); i++ {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
