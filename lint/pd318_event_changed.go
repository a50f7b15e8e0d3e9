package lint

// rulePD318 finds changes of the event.
func rulePD318() Rule {
	return Rule{
		ID: "PD318", Name: "event-changed", Severity: Error,
		Doc: Doc{
			What: "A function changes the event or a part of it: it assigns to or deletes a key, or calls a method such as `update`, `append` or `sort`.",
			Why:  "Panther's events can't be changed, so the line fails with a TypeError or an AttributeError. A rule that fails creates no alert.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def alert_context(event):
    event["seen"] = True
    return event
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def alert_context(event):
    context = event.to_dict()
    context["seen"] = True
    return context
`,
			Configure: "The resource of a policy is an ordinary dict, so policies are not checked.",
		},
		Spec: pd318,
	}
}

func pd318(p *SpecPass) {
	f := flowOf(p)
	if f == nil {
		return
	}
	for _, c := range f.changes {
		out := p.ReportBody(f.b.header(c.at), "%s is a part of the event, which can't be changed, but the code %s", c.what, c.how)
		if c.what == "event" {
			out.Message = "the event can't be changed, but the code " + c.how
		}
		out.Hint = "change a copy, such as event.to_dict() or list(…)"
	}
}
