package report

import (
	"encoding/json"

	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
)

// mutantsFormatVersion is the version of the results of changes as JSON.
const mutantsFormatVersion = "1.0"

type (
	jsonMutants struct {
		FormatVersion string             `json:"format_version"`
		Python        *jsonPython        `json:"python"`
		Summary       jsonMutantsSummary `json:"summary"`
		Detections    []jsonMutated      `json:"detections"`
		NotChanged    []jsonNotMutated   `json:"not_changed"`
		Unused        []jsonUnused       `json:"unused_comments"`
	}
	jsonMutantsSummary struct {
		jsonScore
		Survived  int `json:"survived"`
		Undecided int `json:"undecided"`
		Accepted  int `json:"accepted"`
	}
	jsonScore struct {
		Score   int `json:"score"`
		Noticed int `json:"noticed"`
		Counted int `json:"counted"`
	}
	jsonMutated struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
		Spec string `json:"spec"`
		Path string `json:"path"`
		jsonScore
		Cached  bool         `json:"cached"`
		Mutants []jsonMutant `json:"mutants"`
	}
	jsonMutant struct {
		Status  unittest.MutantStatus `json:"status"`
		Kind    pymutate.Kind         `json:"kind"`
		Line    int                   `json:"line"`
		Column  int                   `json:"column"`
		EndLine int                   `json:"end_line"`
		Code    string                `json:"code"`
		Values  []string              `json:"values,omitempty"`
		Message string                `json:"message,omitempty"`
		By      pyrun.Noticed         `json:"noticed_by,omitempty"`
		Test    string                `json:"test,omitempty"`
		Catch   *jsonCatch            `json:"missing_test,omitempty"`
		Reason  string                `json:"reason,omitempty"`
	}
	jsonCatch struct {
		Base     string    `json:"event_of"`
		Expected bool      `json:"expected"`
		Set      []jsonSet `json:"set"`
	}
	jsonSet struct {
		Path    []any           `json:"path"`
		Value   json.RawMessage `json:"value,omitempty"`
		Missing bool            `json:"missing,omitempty"`
	}
	jsonNotMutated struct {
		ID     string `json:"id"`
		Spec   string `json:"spec"`
		Reason string `json:"reason"`
	}
	jsonUnused struct {
		Path    string `json:"path"`
		Line    int    `json:"line"`
		Message string `json:"message"`
	}
)

func scoreJSON(s unittest.Score) jsonScore { return jsonScore{s.Percent(), s.Noticed, s.All} }

func mutantsJSON(r *unittest.MutationResult) jsonMutants {
	out := jsonMutants{
		FormatVersion: mutantsFormatVersion, Detections: []jsonMutated{}, NotChanged: []jsonNotMutated{}, Unused: []jsonUnused{},
		Summary: jsonMutantsSummary{jsonScore{r.Percent(), r.Score().Noticed, r.Score().All}, r.Count(unittest.Survived), r.Count(unittest.Undecided), r.Count(unittest.Accepted)},
	}
	if p := r.Tests.Python; p != nil {
		out.Python = &jsonPython{p.Version.String(), p.Path}
	}
	for i := range r.Detections {
		d := &r.Detections[i]
		j := jsonMutated{ID: d.ID, Kind: d.Kind, Spec: d.Spec, Path: d.Path, jsonScore: scoreJSON(d.Score()), Cached: d.Cached, Mutants: []jsonMutant{}}
		for k := range d.Mutants {
			m := &d.Mutants[k]
			x := jsonMutant{Status: m.Status, Kind: m.Kind, Line: m.Line, Column: m.Column, EndLine: m.EndLine, Code: m.Code, Values: m.Values, By: m.By, Test: m.Test, Reason: m.Reason}
			if m.Status != unittest.Noticed {
				x.Message = mutantText(m)
			}
			if c := m.Catch; c != nil {
				x.Catch = &jsonCatch{Base: c.Base, Expected: c.Expected, Set: []jsonSet{}}
				for _, s := range c.Set {
					x.Catch.Set = append(x.Catch.Set, jsonSet{s.Path, json.RawMessage(s.Value), s.Missing})
				}
			}
			j.Mutants = append(j.Mutants, x)
		}
		out.Detections = append(out.Detections, j)
	}
	for _, n := range r.NotMutated {
		out.NotChanged = append(out.NotChanged, jsonNotMutated(n))
	}
	for _, u := range r.Unused {
		out.Unused = append(out.Unused, jsonUnused(u))
	}
	return out
}
