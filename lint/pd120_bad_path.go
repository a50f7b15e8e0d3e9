package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD120 finds paths that can't be read.
func rulePD120() Rule {
	return Rule{
		ID: "PD120", Name: "bad-path", Severity: Warning,
		Doc: Doc{
			What: "A `Path` of a data model, or a selector of a lookup table, is not a JSONPath: a bracket or a quote is not closed, or a key is empty.",
			Why:  "The path finds nothing, so the name has no value, or the events are not enriched.",
			Bad: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
LogTypes: [Okta.SystemLog]
Mappings:
  - {Name: actor, Path: "$.actor..['email'"}
`,
			Good: `
-- data_models/okta.yml --
AnalysisType: datamodel
DataModelID: Acme.Okta
LogTypes: [Okta.SystemLog]
Mappings:
  - {Name: actor, Path: "$.actor['email']"}
`,
		},
		Spec: pd120,
	}
}

func pd120(p *SpecPass) {
	if p.Item.Type == repo.TypeDataModel {
		for _, m := range mappings(p) {
			n := yamlcore.Lookup(m, "Path")
			if fault := pathFault(plainText(n)); fault != "" {
				p.ReportNode(n, "the path %q can't be read: %s", n.Value, fault).Hint = "write it like $.actor.email or $.items[*].name"
			}
		}
	}
	for _, m := range associatedLogTypes(p) {
		for _, n := range scalars(yamlcore.Lookup(m, "Selectors")) {
			if fault := pathFault(n.Value); fault != "" {
				p.ReportNode(n, "the selector %q can't be read: %s", n.Value, fault).Hint = "write it like ip or $.client.ip"
			}
		}
	}
}

// pathFault says why a text is not a JSONPath; "" if it may be one.
func pathFault(path string) string {
	if path == "" {
		return ""
	}
	open := 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '"', '\'':
			end := strings.IndexByte(path[i+1:], c)
			if end < 0 {
				return "a quote is not closed"
			}
			i += end + 1
		case '[', '(':
			open++
		case ']', ')':
			if open--; open < 0 {
				return "a bracket is closed that was not opened"
			}
		case '.':
			if rest := path[i+1:]; open == 0 && (rest == "" || strings.HasPrefix(rest, "..") || strings.HasPrefix(rest, ".[") || rest[0] == ' ') {
				return "a key is missing after a dot"
			}
		case '$':
			if i > 0 && open == 0 && path[i-1] == '.' {
				return "$ stands only for the start of the event"
			}
		}
	}
	switch {
	case open > 0:
		return "a bracket is not closed"
	case path == "$", path == ".":
		return "it names no key"
	case strings.TrimSpace(path) != path:
		return "it has a blank at its start or end"
	}
	return ""
}
