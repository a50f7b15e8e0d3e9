package lint

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// rulePD304 finds optional functions whose name is almost right.
func rulePD304() Rule {
	return Rule{
		ID: "PD304", Name: "misnamed-function", Severity: Warning,
		Doc: Doc{
			What: "A function of a detection that nothing calls is named almost like one that Panther would call: one letter or the case differs.",
			Why:  "Panther knows the functions `title`, `dedup`, `severity`, `description`, `reference`, `runbook`, `destinations`, `alert_context` and `unique` by their name. Under another one it never runs, and nothing says so.",
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
				p.ReportBody(b.header(f), "nothing calls %q, and Panther would call %q", f.Name, want).Hint = "rename it to " + want
				break
			}
		}
	}
}

// misspelt tells whether a name differs from the right one by a letter, by two
// letters that changed places, or by case and underscores alone.
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
