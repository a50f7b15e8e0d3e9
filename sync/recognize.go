package sync

import (
	"bytes"
	"encoding/json"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

const howToSave = "create one with pdac plan --out FILE, or --format json of plan, drift or apply"

// topKeys are the keys of the JSON texts that may be taken for a saved plan, drift
// report or result.
type topKeys struct {
	Version    json.RawMessage `json:"version"`
	Runs       json.RawMessage `json:"runs"`
	Findings   json.RawMessage `json:"findings"`
	Coverage   json.RawMessage `json:"attack_version"`
	Techniques json.RawMessage `json:"techniques"`
	Rules      json.RawMessage `json:"rules"`
	Layer      json.RawMessage `json:"domain"`
	History    json.RawMessage `json:"deployments"`
	Deployment json.RawMessage `json:"deployment"`
	Entities   json.RawMessage `json:"entities"`
	Drift      bool            `json:"drift"`
	Summary    json.RawMessage `json:"summary"`
	Schema     json.RawMessage `json:"$schema"`
	Properties json.RawMessage `json:"properties"`
}

var (
	specKey   = lazyregexp.New(`(?m)^"?AnalysisType"?[ \t]*:`)
	configKey = lazyregexp.New(`(?m)^(?:version|content|deploy|lint|api|deployments)[ \t]*:`)
)

// recognize says what a file is that is none that ReadSaved reads, as far as its
// first keys show it, or returns "".
func recognize(text []byte) string {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var k topKeys
	if err := json.Unmarshal(text, &k); err == nil {
		switch {
		case k.Runs != nil && k.Version != nil:
			return "a SARIF report"
		case k.Findings != nil && k.Summary == nil:
			return "a lint baseline"
		case k.Findings != nil:
			return "a lint report"
		case k.Drift:
			return ""
		case k.Layer != nil && k.Techniques != nil:
			return "an ATT&CK Navigator layer"
		case k.Coverage != nil:
			return "a coverage report"
		case k.History != nil:
			return "a history of deployments"
		case k.Deployment != nil:
			return "a deployment of the history"
		case k.Entities != nil:
			return "the result of a pull or an import"
		case k.Rules != nil:
			return "a list of lint rules"
		case k.Schema != nil && k.Properties != nil:
			return "a JSON Schema"
		}
		return ""
	}
	first := bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(first) == 0:
		return ""
	case specKey.Match(text):
		return "a spec"
	case bytes.HasPrefix(first, []byte("<!-- pdac:")):
		return "a report in Markdown, which can't be read back"
	case bytes.HasPrefix(first, []byte("<?xml")) || bytes.HasPrefix(first, []byte("<testsuite")):
		return "XML, such as a JUnit report"
	case bytes.HasPrefix(first, []byte("<")):
		return "HTML"
	case configKey.Match(text) && first[0] != '{':
		return "YAML, perhaps a pdac.yaml"
	}
	return ""
}
