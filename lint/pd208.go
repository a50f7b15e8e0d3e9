package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/python"
	"github.com/pdac-dev/pdac/repo"
)

// PD208 finds packs that lack a data model.
func (catalogue) PD208() Rule {
	return Rule{
		Name: "pack-data-model", Severity: Warning,
		Doc: Doc{
			What: "A pack lists a rule that asks for `event.udm(...)`, but not the repository's data model of the rule's log type.",
			Why:  "Without a data model the call gives nothing, and the rule is silent for who enables this pack alone.",
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

// pd208Collect says whether a file calls the method udm of anything.
func pd208Collect(p *PythonPass) (out []Fact) {
	if p.Module() == nil || !strings.Contains(p.Source.Text, "udm") {
		return nil
	}
	python.Inspect(p.Module(), func(n python.Node) bool {
		if c, ok := n.(*python.Call); ok && out == nil {
			if a, ok := c.Func.(*python.Attribute); ok && a.Attr == "udm" {
				out = append(out, Fact{Name: "udm", Range: p.File.Range(a)})
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
		told := map[string]bool{}
		for _, id := range f.Spec.PackIDs {
			for _, member := range all[id.Value] {
				body := p.File(member.Spec.BodyPath)
				if body == nil || len(p.Collected(body)) == 0 {
					continue
				}
				for _, l := range member.Spec.LogTypes {
					of := models[l.Value]
					if len(of) == 0 || told[l.Value] || slices.ContainsFunc(of, func(m *Facts) bool { return slices.Contains(listed, m.Spec.ID.Value) }) {
						continue
					}
					told[l.Value] = true
					out := p.Report(f, id.Range, "the pack lacks the data model of %q, which %q asks", l.Value, id.Value)
					out.Key = id.Value + " " + l.Value
					out.Hint = fmt.Sprintf("add %s to the pack", of[0].Spec.ID.Value)
					out.Related = []Location{{Path: of[0].Path, Range: of[0].Spec.ID.Range, Message: "the data model"}, {Path: body.Path, Range: p.Collected(body)[0].Range, Message: "asked here"}}
				}
			}
		}
	}
}
