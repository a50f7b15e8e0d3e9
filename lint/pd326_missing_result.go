package lint

// rulePD326 finds titles and the like that can be None.
func rulePD326() Rule {
	return Rule{
		ID: "PD326", Name: "missing-result", Severity: Info,
		Doc: Doc{
			What: "`title`, `dedup` or another function that a detection may have returns a value of the event without a default.",
			Why:  "For an event without that key the function returns `None`. Panther then uses the default: the alert has another title, or is grouped with others.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def dedup(event):
    return event.get("account")
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def dedup(event):
    return event.get("account", "unknown account")
`,
		},
		Spec: pd326,
	}
}

func pd326(p *SpecPass) {
	f := flowOf(p)
	if f == nil {
		return
	}
	for _, r := range f.results {
		if name := r.function.Name; r.value.null == nil || name == f.entry || name == "severity" || name == "destinations" || r.at == nil {
			continue
		}
		out := p.ReportBody(f.b.header(r.at), "%s returns None if %s is missing", r.function.Name, f.b.short(r.value.null.call))
		out.Hint = "give " + getterName(r.value.null.call) + " a default"
	}
}
