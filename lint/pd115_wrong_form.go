package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD115 finds strings in the wrong format.
func rulePD115() Rule {
	return Rule{
		ID: "PD115", Name: "wrong-form", Severity: Error,
		Doc: Doc{
			What: "A string has the wrong format for its key: a `Filename` that is not a Python file, or a `GlobalID` that is not a valid Python module name.",
			Why:  "Panther rejects the spec, or no detection can import the global.",
			Bad: `
-- global_helpers/helpers.yml --
AnalysisType: global
GlobalID: acme-helpers
Filename: acme_helpers.py
`,
			Good: `
-- global_helpers/helpers.yml --
AnalysisType: global
GlobalID: acme_helpers
Filename: acme_helpers.py
`,
		},
		Spec: pd115,
	}
}

func pd115(p *SpecPass) { reportSchema(p, schemacheck.WrongForm, nil) }
