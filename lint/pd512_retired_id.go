package lint

import (
	"strings"
)

// rulePD512 finds items that should be gone.
func rulePD512() Rule {
	return Rule{
		ID: "PD512", Name: "retired-id", Severity: Error,
		Doc: Doc{
			What: "An id stands in `deprecated.txt`, and its spec is still there.",
			Why:  "Who removes what the list names, as Panther's own tool does on request, removes from Panther what the repository still holds.",
			Bad: `
-- deprecated.txt --
Acme.Login
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
			Good: `
-- deprecated.txt --
Acme.Login.Old
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
`,
			Configure: "The option `file` names the list, one id a line.",
		},
		Options: []Option{{Name: "file", Doc: "The file that lists the retired ids.", Default: "deprecated.txt"}},
		Repo:    pd512,
	}
}

func pd512(p *RepoPass) {
	path := p.String("file")
	if path == "" || !p.Exists(path) {
		return
	}
	src, err := p.Read(path)
	if err != nil {
		return // the file may be anything; who maintains it will see
	}
	at := map[string]Range{}
	for n := 1; n <= src.Lines(); n++ {
		id, _, _ := strings.Cut(src.Line(n), " #")
		if id = strings.TrimSpace(id); id != "" && !strings.HasPrefix(id, "#") {
			at[id] = src.LineRange(n)
		}
	}
	for f := range p.Specs() {
		line, retired := at[f.Spec.ID.Value]
		if !retired || f.Spec.ID.Value == "" {
			continue
		}
		out := p.Report(f, f.Spec.ID.Range, "%q is retired in %s, and still here", f.Spec.ID.Value, path)
		out.Hint = "remove the spec, or take the id out of " + path
		out.Related = []Location{{Path: path, Range: line, Message: "retired here"}}
	}
}
