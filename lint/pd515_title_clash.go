package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD515 finds detections whose alerts have the same title.
func rulePD515() Rule {
	return Rule{
		ID: "PD515", Name: "title-clash", Severity: Info,
		Doc: Doc{
			What: "Two enabled detections of one log type write the same text in their alert titles.",
			Why:  "The alerts of the two look the same, and the title says what another rule found. It often comes from a copied file.",
			Bad: `
-- rules/saml.yml --
AnalysisType: rule
RuleID: Acme.SAML
Filename: saml.py
LogTypes: [Acme.Audit]
-- rules/saml.py --
def rule(event):
    return event.get("action") == "saml"


def title(event):
    return f"SAML settings were changed by {event.get('user')}"
-- rules/expiry.yml --
AnalysisType: rule
RuleID: Acme.Expiry
Filename: expiry.py
LogTypes: [Acme.Audit]
-- rules/expiry.py --
def rule(event):
    return event.get("action") == "expiry"


def title(event):
    return f"SAML settings were changed by {event.get('user')}"
`,
			Good: `
-- rules/saml.yml --
AnalysisType: rule
RuleID: Acme.SAML
Filename: saml.py
LogTypes: [Acme.Audit]
-- rules/saml.py --
def rule(event):
    return event.get("action") == "saml"


def title(event):
    return f"SAML settings were changed by {event.get('user')}"
-- rules/expiry.yml --
AnalysisType: rule
RuleID: Acme.Expiry
Filename: expiry.py
LogTypes: [Acme.Audit]
-- rules/expiry.py --
def rule(event):
    return event.get("action") == "expiry"


def title(event):
    return f"The expiry of passwords was changed by {event.get('user')}"
`,
			Configure: "Titles with fewer than three words of text of their own are not checked.",
		},
		CollectSpec: pd515Collect,
		Repo:        pd515,
	}
}

// pd515Collect collects the texts of titles. Name is the text, with {} for what differs
// from event to event, and Value is the Python file, or "".
func pd515Collect(p *SpecPass) (out []Fact) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return nil
	}
	f := b.plainFunction("title")
	if f == nil {
		return nil
	}
	list, _ := returns(f)
	for _, r := range list {
		if text := titleText(b, r.Value); len(strings.Fields(text)) >= 3 {
			out = append(out, Fact{Name: text, Value: p.Facts.BodyPath, Range: b.header(r.Value)})
		}
	}
	return out
}

// tellsApart matches the parts of a title that say what happened.
var tellsApart = lazyregexp.New(`(?i)action|method|operation|event_?name|activity|type\b|category|status|description|message|summary|rule|finding|change|\btitle|["']name["']|_name\b`)

// titleText returns the text of a string, with {} for each part that is not constant. It
// returns "" if a part may say what happened.
func titleText(b *body, e python.Expr) string {
	switch e := e.(type) {
	case *python.Constant:
		if e.Kind == python.Str {
			return strings.Clone(e.Value)
		}
	case *python.JoinedStr:
		var text strings.Builder
		for _, v := range e.Values {
			switch v := v.(type) {
			case *python.Constant:
				text.WriteString(v.Value)
			case *python.FormattedValue:
				if tellsApart.MatchString(b.text(v.Value)) || otherCall(v.Value) {
					return ""
				}
				text.WriteString("{}")
			}
		}
		return text.String()
	}
	return ""
}

// otherCall reports whether an expression calls something other than a getter of the event,
// whose result may say what happened.
func otherCall(e python.Node) (found bool) {
	python.Inspect(e, func(n python.Node) bool {
		if c, ok := n.(*python.Call); ok {
			a, method := c.Func.(*python.Attribute)
			if method {
				_, method = getters[a.Attr]
			}
			found = found || !method && getterName(c) != "deep_get"
		}
		return true
	})
	return found
}

func pd515(p *RepoPass) {
	type title struct {
		f  *Facts
		at Fact
	}
	by := map[string][]title{}
	for f := range p.Specs(repo.TypeRule, repo.TypePolicy, repo.TypeScheduledRule) {
		if f.Spec.Disabled() || len(p.NamedBy(f.Spec.BodyPath)) > 1 {
			continue
		}
		for _, fact := range p.Collected(f) {
			if strings.Count(fact.Name, " ")-strings.Count(fact.Name, "{} ") >= 2 {
				by[fact.Name] = append(by[fact.Name], title{f, fact})
			}
		}
	}
	for _, text := range sortedKeys(by) {
		for i, t := range by[text] {
			var out *Finding
			for j, o := range by[text][:min(len(by[text]), 10*maxRelated)] {
				if i == j || o.f == t.f || out != nil && len(out.Related) == maxRelated || !shareRef(t.f.Spec.LogTypes, o.f.Spec.LogTypes) {
					continue
				}
				if out == nil {
					out = p.ReportPath(t.at.Value, t.at.Range, "the alert title is also that of %s", o.f.Spec.ID.Value)
					out.Entity, out.Hint = t.f.Spec.ID.Value, "say in the title what this detection finds"
				}
				out.Related = append(out.Related, Location{Path: o.at.Value, Range: o.at.Range, Message: "the same title"})
			}
		}
	}
}

// shareRef reports whether two lists have an entry in common.
func shareRef(a, b []Ref) bool {
	return slices.ContainsFunc(a, func(x Ref) bool {
		return slices.ContainsFunc(b, func(y Ref) bool { return x.Value == y.Value })
	})
}
