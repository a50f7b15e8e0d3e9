package lint

// rulePD308 finds calls of print.
func rulePD308() Rule {
	return Rule{
		ID: "PD308", Name: "print-call", Severity: Warning,
		Doc: Doc{
			What: "The Python of a spec calls `print`.",
			Why:  "Nobody reads the output in Panther, and every event pays for it. It is mostly left over from a search for a mistake.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    print(event)
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
		},
		Spec: pd308,
	}
}

func pd308(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	for _, c := range b.calls {
		if b.name(c.Func) == "print" {
			p.ReportBody(b.header(c), "print is left in").Hint = "take it out"
		}
	}
}
