package lint

import (
	"fmt"

	"github.com/pdac-dev/pdac/repo"
)

// rulePD209 finds methods that a data model's Python file doesn't define.
func rulePD209() Rule {
	return Rule{
		ID: "PD209", Name: "unknown-method", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A mapping of a data model names a `Method` that the model's Python file doesn't define.",
			Why:  "Every detection that reads the field fails.",
			Bad: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
Filename: okta.py
Mappings:
  - Name: event_type
    Method: get_event_typ
-- data_models/okta.py --
def get_event_type(event):
    return event.get("eventType")
`,
			Good: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
Enabled: true
LogTypes: [Okta.SystemLog]
Filename: okta.py
Mappings:
  - Name: event_type
    Method: get_event_type
-- data_models/okta.py --
def get_event_type(event):
    return event.get("eventType")
`,
		},
		Spec: pd209,
	}
}

func pd209(p *SpecPass) {
	if p.Item.Type != repo.TypeDataModel {
		return
	}
	b := bodyOf(p)
	if b == nil || b.symbols().StarImport {
		return
	}
	var names []string
	for _, f := range b.symbols().Functions {
		names = append(names, f.Name)
	}
	for _, m := range p.Facts.Methods {
		if _, there := b.symbols().Defined[m.Value]; there || m.Value == "" {
			continue
		}
		f := p.Report(m.Range, "%s doesn't define %q", p.Facts.Filename.Value, m.Value)
		f.Related = []Location{{Path: p.Facts.BodyPath, Message: "the model's Python file"}}
		f.Hint = "define it, or correct the name"
		if near, ok := p.nearest(m.Value, names); ok {
			f.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
}
