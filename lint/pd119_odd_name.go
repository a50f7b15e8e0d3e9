package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD119 finds blanks and quotes that are part of a name by mistake.
func rulePD119() Rule {
	return Rule{
		ID: "PD119", Name: "odd-name", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "An id, a name or an entry of a list has a blank at its start or end, is in quotes that are part of the name, or has a lone quote at one end.",
			Why:  "The name doesn't match what it refers to, and alerts show it with the quotes. It comes from quotes around quotes.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
DisplayName: "'Acme login '"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
DisplayName: Acme login
`,
		},
		Spec: pd119,
	}
}

// nameLists are the keys whose entries are names.
var nameLists = []string{"LogTypes", "ResourceTypes", "ScheduledQueries", "Tags", "OutputIds", "SummaryAttributes", "Suppressions"}

func pd119(p *SpecPass) {
	id := p.Value(p.Item.Type.IDKey())
	check := func(n *yaml.Node) {
		if n == nil || plainText(n) == "" {
			return
		}
		word, what := bareName(n.Value)
		if what == "" || word == "" {
			return
		}
		f := p.ReportNode(n, "%q %s", n.Value, what)
		f.Hint = "write " + word
		if n != id { // another id is another entity
			f.Fix = fixScalar(p, n, word)
		}
	}
	check(id)
	check(p.Value("DisplayName"))
	for _, key := range nameLists {
		for _, n := range scalars(p.Value(key)) {
			check(n)
		}
	}
	for _, n := range scalars(p.Value("PackDefinition", "IDs")) {
		check(n)
	}
	for _, t := range unitTests(p) {
		if t.name != nil {
			check(yamlcore.Deref(t.name))
		}
	}
}

// bareName returns a name without the blanks and quotes that don't belong to it, and
// what is wrong with it; "" if nothing is.
func bareName(name string) (bare, what string) {
	bare = strings.TrimSpace(name)
	if bare != name {
		what = "has a blank at its start or end"
	}
	if n := len(bare); n > 2 {
		first, last := bare[0], bare[n-1]
		quote := func(c byte) bool { return c == '"' || c == '\'' }
		switch {
		case quote(first) && first == last && strings.Count(bare, string(first)) == 2:
			return strings.TrimSpace(bare[1 : n-1]), "has quotes that are part of it"
		case quote(first) && strings.Count(bare, string(first)) == 1:
			return strings.TrimSpace(bare[1:]), "has a lone quote at its start"
		case last == '"' && strings.Count(bare, string(last)) == 1:
			return strings.TrimSpace(bare[:n-1]), "has a lone quote at its end"
		}
	}
	return bare, what
}
