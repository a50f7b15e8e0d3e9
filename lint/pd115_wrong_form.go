package lint

import (
	"github.com/pdac-dev/pdac/internal/schemacheck"
)

// rulePD115 finds texts that can't be what they are meant for.
func rulePD115() Rule {
	return Rule{
		ID: "PD115", Name: "wrong-form", Severity: Error,
		Doc: Doc{
			What: "A text can't be what its key needs: a `Filename` that is no Python file, a `GlobalID` that Python can't import.",
			Why:  "Panther refuses the spec, or nobody can import the global.",
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
