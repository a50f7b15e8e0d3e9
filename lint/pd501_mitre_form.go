package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// rulePD501 finds ATT&CK mappings in the wrong format.
func rulePD501() Rule {
	return Rule{
		ID: "PD501", Name: "mitre-form", Severity: Error, Fixable: true,
		Doc: Doc{
			What: "A mapping under `Reports`, `MITRE ATT&CK` doesn't have the format tactic:technique, such as `TA0001:T1078` or `TA0001:T1078.004`; or the key is spelled differently (a warning).",
			Why:  "Panther's ATT&CK matrix silently omits the detection.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA001:T1078
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Reports:
  MITRE ATT&CK:
    - TA0001:T1078
`,
		},
		Spec: pd501,
	}
}

var mitreLoose = lazyregexp.New(`(?i)^\s*TA?0*(\d{1,4})\s*[:./ -]\s*T(\d{4})(?:[./](\d{1,3}))?\s*$`)

// mitreIDKey is the id of a tactic or a technique.
var mitreIDKey = lazyregexp.New(`^TA?[0-9]{4}(?:[.:].*)?$`)

func pd501(p *SpecPass) {
	pairs, err := yamlcore.Pairs(p.Value("Reports"))
	if err != nil {
		return
	}
	// A second key of the name would be a duplicate.
	other := p.Value("Reports", mitreKey) != nil
	for _, q := range pairs {
		switch {
		case mitreLike(q.Key.Value):
			f := p.ReportNode(q.Key, "key %q is not read by the ATT&CK matrix", q.Key.Value)
			f.Severity = Warning
			f.Hint = "write `" + mitreKey + "`"
			if !other {
				other, f.Fix = true, fixScalar(p, q.Key, mitreKey)
			}
		case mitreIDKey.MatchString(q.Key.Value):
			f := p.ReportNode(q.Key, "%q is used as the name of a report, which the ATT&CK matrix doesn't read", q.Key.Value)
			f.Severity = Warning
			f.Hint = "write `" + mitreKey + "` with a list of tactic:technique, such as `TA0001:T1078`"
		}
	}
	for _, e := range mitreEntries(p) {
		if e.ok {
			continue
		}
		f := p.ReportNode(e.node, "%q doesn't have the format tactic:technique", e.node.Value)
		f.Hint = "write it like `TA0001:T1078` or `TA0001:T1078.004`"
		if m := mitreLoose.FindStringSubmatch(e.node.Value); m != nil {
			word := "TA" + strings.Repeat("0", 4-len(m[1])) + m[1] + ":T" + m[2]
			if m[3] != "" {
				word += "." + strings.Repeat("0", 3-len(m[3])) + m[3]
			}
			f.Hint = "did you mean `" + word + "`?"
			if knownMapping(word) {
				f.Fix = fixScalar(p, e.node, word)
			}
		}
	}
}

// knownMapping reports whether a text is a mapping of a known tactic and technique.
func knownMapping(text string) bool {
	m, err := attack.ParseMapping(text)
	if err != nil {
		return false
	}
	_, tactic := attack.TacticByID(m.Tactic)
	_, technique := attack.TechniqueByID(m.Technique)
	return tactic && technique
}
