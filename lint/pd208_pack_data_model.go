package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD208 finds packs that lack a data model.
func rulePD208() Rule {
	return Rule{
		ID: "PD208", Name: "pack-data-model", Severity: Warning,
		Doc: Doc{
			What: "A pack lists a rule that calls `event.udm()`, but no data model for any of the rule's log types, although the repository has one.",
			Why:  "Without the data model `event.udm()` returns nothing, so the rule never matches for anyone who enables only this pack.",
			Bad: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
LogTypes: [Okta.SystemLog]
-- rules/login.py --
def rule(event):
    return event.udm("event_type") == "failed_login"
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
`,
			Good: `
-- packs/acme.yml --
AnalysisType: pack
PackID: Acme
PackDefinition:
  IDs: [Acme.Login, Acme.Okta]
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
LogTypes: [Okta.SystemLog]
-- rules/login.py --
def rule(event):
    return event.udm("event_type") == "failed_login"
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
`,
		},
		CollectPython: pd208Collect,
		Repo:          pd208,
	}
}

// pd208Collect records whether a file calls a method named udm.
func pd208Collect(p *PythonPass) (out []Fact) {
	if p.module() == nil || !strings.Contains(p.Source.Text, "udm") {
		return nil
	}
	python.Inspect(p.module(), func(n python.Node) bool {
		if c, ok := n.(*python.Call); ok && out == nil {
			if a, ok := c.Func.(*python.Attribute); ok && a.Attr == "udm" {
				out = append(out, Fact{Name: "udm", Range: p.File.rangeOf(a)})
			}
		}
		return out == nil
	})
	return out
}

func pd208(p *RepoPass) {
	models := map[string][]*Facts{}
	for f := range p.Specs(repo.TypeDataModel) {
		for _, l := range f.Spec.LogTypes {
			if !f.Spec.Disabled() {
				models[l.Value] = append(models[l.Value], f)
			}
		}
	}
	all := p.anyID()
	for f := range p.Specs(repo.TypePack) {
		var listed []string
		for _, id := range f.Spec.PackIDs {
			listed = append(listed, id.Value)
		}
		for _, id := range f.Spec.PackIDs {
			for _, member := range all[id.Value] {
				body := p.File(member.Spec.BodyPath)
				if body == nil || len(p.Collected(body)) == 0 {
					continue
				}
				// A pack for one product can have a rule over the logs of many products,
				// so a data model for one of the log types is enough.
				var first *Facts
				has := false
				for _, l := range member.Spec.LogTypes {
					for _, m := range models[l.Value] {
						if first == nil {
							first = m
						}
						has = has || slices.Contains(listed, m.Spec.ID.Value)
					}
				}
				if first == nil || has {
					continue
				}
				out := p.Report(f, id.Range, "%q calls udm, but the pack lists no data model for its log types", id.Value)
				out.Key = id.Value
				out.Hint = fmt.Sprintf("add a data model to the pack, such as %s", first.Spec.ID.Value)
				out.Related = []Location{{Path: first.Path, Range: first.Spec.ID.Range, Message: "data model"}, {Path: body.Path, Range: p.Collected(body)[0].Range, Message: "called here"}}
			}
		}
	}
}
