package lint

// rulePD308 finds calls of print.
func rulePD308() Rule {
	return Rule{
		ID: "PD308", Name: "print-call", Severity: Warning,
		Doc: Doc{
			What: "The Python file of a spec calls `print`.",
			Why:  "The output is not shown in Panther, and the call runs for every event. It is usually left over from debugging.",
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
			p.ReportBody(b.header(c), "call to print").Hint = "remove it"
		}
	}
}
