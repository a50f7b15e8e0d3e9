package report

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
)

// testsFormatVersion is the version of results of tests as JSON. Keys may be added
// within a major version.
const testsFormatVersion = "1.0"

type (
	jsonTests struct {
		FormatVersion string            `json:"format_version"`
		Python        *jsonPython       `json:"python"`
		Summary       jsonTestsSummary  `json:"summary"`
		Tests         []jsonTest        `json:"tests"`
		TooFew        []jsonFew         `json:"too_few"`
		Skipped       []repo.Skipped    `json:"skipped"`
		Diagnostics   []repo.Diagnostic `json:"diagnostics"`
	}
	jsonPython struct {
		Version string `json:"version"`
		Path    string `json:"path"`
	}
	jsonTestsSummary struct {
		Passed     int `json:"passed"`
		Failed     int `json:"failed"`
		Errored    int `json:"errored"`
		TimedOut   int `json:"timed_out"`
		Crashed    int `json:"crashed"`
		NotRun     int `json:"not_run"`
		Cached     int `json:"cached"`
		Detections int `json:"detections"`
		Untested   int `json:"untested"`
	}
	jsonTest struct {
		ID         string                     `json:"id"`
		Kind       string                     `json:"kind"`
		Path       string                     `json:"path"`
		Line       int                        `json:"line"`
		Test       string                     `json:"test"`
		Status     unittest.Status            `json:"status"`
		Fails      bool                       `json:"fails"`
		Expected   bool                       `json:"expected"`
		Returned   *bool                      `json:"returned"`
		Outputs    map[string]json.RawMessage `json:"outputs"`
		Unexpected []jsonUnexpected           `json:"unexpected,omitempty"`
		Error      *jsonTestError             `json:"error,omitempty"`
		Others     []jsonTestError            `json:"other_errors,omitempty"`
		Reason     string                     `json:"reason,omitempty"`
		Unsure     bool                       `json:"unsure,omitempty"`
		Printed    string                     `json:"printed,omitempty"`
		Read       []jsonRead                 `json:"read,omitempty"`
		Cached     bool                       `json:"cached"`
	}
	jsonUnexpected struct {
		Output   string `json:"output"`
		Expected string `json:"expected"`
		Actual   string `json:"actual"`
		Path     string `json:"path"`
		Line     int    `json:"line"`
	}
	jsonTestError struct {
		Function string      `json:"function,omitempty"`
		Type     string      `json:"type"`
		Message  string      `json:"message"`
		Trace    []jsonFrame `json:"trace"`
	}
	jsonFrame struct {
		Path     string `json:"path"`
		Line     int    `json:"line"`
		Function string `json:"function"`
		Source   string `json:"source,omitempty"`
	}
	jsonRead struct {
		Path    string `json:"path"`
		Value   string `json:"value,omitempty"`
		Missing bool   `json:"missing,omitempty"`
	}
	jsonFew struct {
		ID     string `json:"id"`
		Path   string `json:"path"`
		Line   int    `json:"line"`
		Reason string `json:"reason"`
	}
)

func testsJSON(r *unittest.Result) jsonTests {
	out := jsonTests{
		FormatVersion: testsFormatVersion, Tests: []jsonTest{}, TooFew: []jsonFew{}, Skipped: append([]repo.Skipped{}, r.Skipped...),
		Diagnostics: append(append([]repo.Diagnostic{}, r.Faults...), r.Notes...),
		Summary: jsonTestsSummary{
			Passed: r.Count(unittest.Passed), Failed: r.Count(unittest.Failed), Errored: r.Count(unittest.Errored), TimedOut: r.Count(unittest.TimedOut),
			Crashed: r.Count(unittest.Crashed), NotRun: r.Count(unittest.NotRun), Cached: r.Cached(), Detections: r.Detections, Untested: r.Untested,
		},
	}
	if r.Python != nil {
		out.Python = &jsonPython{r.Python.Version.String(), r.Python.Path}
	}
	for _, f := range r.Few {
		out.TooFew = append(out.TooFew, jsonFew(f))
	}
	for i := range r.Tests {
		t := &r.Tests[i]
		j := jsonTest{
			ID: t.ID, Kind: t.Kind, Path: t.Path, Line: t.Line, Test: t.Name, Status: t.Status, Fails: r.Fails(t), Expected: t.Expected,
			Returned: t.Returned, Outputs: t.Outputs, Reason: t.Reason, Unsure: t.Unsure, Printed: t.Printed, Cached: t.Cached,
		}
		if j.Outputs == nil {
			j.Outputs = map[string]json.RawMessage{}
		}
		for _, u := range t.Unexpected {
			j.Unexpected = append(j.Unexpected, jsonUnexpected(u))
		}
		for k, e := range t.Errors {
			if one := errorJSON(e); k == 0 {
				j.Error = &one
			} else {
				j.Others = append(j.Others, one)
			}
		}
		for _, x := range t.Reads {
			j.Read = append(j.Read, jsonRead(x))
		}
		out.Tests = append(out.Tests, j)
	}
	return out
}

func errorJSON(e unittest.Error) jsonTestError {
	out := jsonTestError{Function: e.Function, Type: e.Type, Message: e.Message, Trace: []jsonFrame{}}
	for _, f := range e.Trace {
		out.Trace = append(out.Trace, jsonFrame(f))
	}
	return out
}
