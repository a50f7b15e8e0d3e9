package lint

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD214 finds globals that no import reaches.
func rulePD214() Rule {
	return Rule{
		ID: "PD214", Name: "unreachable-global", Severity: Warning,
		Doc: Doc{
			What: "The `GlobalID` of a global is the name of a module of Python's standard library, or of one that Panther installs.",
			Why:  "Python looks for its own modules first, so `import` never reaches the global: a detection gets the other module, and fails or behaves differently.",
			Bad: `
-- global_helpers/json.yml --
AnalysisType: global
GlobalID: json
Filename: json_helpers.py
-- global_helpers/json_helpers.py --
def flat(value):
    return value
`,
			Good: `
-- global_helpers/json.yml --
AnalysisType: global
GlobalID: json_helpers
Filename: json_helpers.py
-- global_helpers/json_helpers.py --
def flat(value):
    return value
`,
			Configure: "`modules` lists the modules that are installed in Panther.",
		},
		Options: []Option{{Name: "modules", Doc: "Modules that are installed in Panther.", Default: runtimeModules}},
		Repo:    pd214,
	}
}

// maxImporters is how many files that import the name a finding lists.
const maxImporters = 3

func pd214(p *RepoPass) {
	installed := p.Strings("modules")
	var importers map[string][]Location
	for f := range p.Specs(repo.TypeGlobal) {
		id := f.Spec.ID
		whose := ""
		switch {
		case python.Stdlib(id.Value):
			whose = "Python's standard library has"
		case slices.Contains(installed, id.Value):
			whose = "Panther installs"
		default:
			continue
		}
		if importers == nil {
			importers = importsByModule(p.Repository)
		}
		out := p.Report(f, id.Range, "%s a module %q, so no import reaches this global", whose, id.Value)
		out.Key = id.Value
		out.Hint = fmt.Sprintf("rename it, such as to %q, and the imports with it", id.Value+"_helpers")
		out.Related = importers[id.Value]
	}
}

// importsByModule lists the first few files that import each module.
func importsByModule(r *Repository) map[string][]Location {
	out := map[string][]Location{}
	for f := range r.bodyFiles() {
		seen := map[string]bool{}
		for _, i := range f.Python.Imports {
			if top := i.Top(); i.Level == 0 && !seen[top] && len(out[top]) < maxImporters {
				seen[top] = true
				out[top] = append(out[top], Location{Path: f.Path, Range: i.Range, Message: "imported here"})
			}
		}
	}
	return out
}
