package lint

import (
	"strings"
)

// rulePD512 finds specs of retired ids.
func rulePD512() Rule {
	return Rule{
		ID: "PD512", Name: "retired-id", Severity: Error,
		Doc: Doc{
			What: "An id is listed in `deprecated.txt`, but its spec still exists, without `Status: Deprecated`.",
			Why:  "Deleting the listed ids, as Panther's own tool can do, removes content from Panther that is still in the repository.",
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
			Configure: "The option `file` sets the path of the list, which has one id per line.",
		},
		Options: []Option{{Name: "file", Doc: "The file with the retired ids.", Default: "deprecated.txt"}},
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
		return // an unreadable list is not a fault of any spec
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
		if !retired || f.Spec.ID.Value == "" || strings.EqualFold(f.Spec.Status.Value, "Deprecated") {
			continue // a spec that says it is retired may stay until it is removed
		}
		out := p.Report(f, f.Spec.ID.Range, "%q is retired in %s, but its spec still exists", f.Spec.ID.Value, path)
		out.Hint = "remove the spec, set its Status to Deprecated, or remove the id from " + path
		out.Related = []Location{{Path: path, Range: line, Message: "retired here"}}
	}
}
