package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// The rules whose findings come of reading files.
const (
	idUnusedIgnore    = "PD001"
	idMalformedIgnore = "PD002"
	idExpiredIgnore   = "PD003"
	idIgnoreReason    = "PD004"
	idTuning          = "PD005"
	idExpiredTuning   = "PD006"
	idMalformed       = "PD101"
)

// lookSpec reads one YAML file and runs the rules that look at single specs.
func lookSpec(src *Source, text []byte, s *settings, body func(path string) *PythonFile) *record {
	rec := &record{Path: src.Path}
	reading := repo.ReadSpec(src.Path, text)
	if reading.Item == nil && len(reading.Diagnostics) == 0 {
		return rec
	}
	rec.Facts = &Facts{Path: src.Path, Broken: reading.Root == nil}
	rec.Ignores = yamlIgnores(src, reading.Root, s.rules)
	var findings []*Finding
	for _, d := range reading.Diagnostics {
		if r, ok := s.rules.find(d.Rule); ok && r.byLoader {
			findings = append(findings, fromDiagnostic(src, r, d))
		}
	}
	if reading.Root != nil {
		it := reading.Item
		if it == nil {
			it = &repo.Item{Path: src.Path, Root: reading.Root}
			if t := yamlcore.Lookup(it.Root, "AnalysisType"); t != nil {
				it.Type = repo.Type(t.Value)
			}
		}
		p := &SpecPass{Item: it, Root: reading.Root, Facts: specFacts(src, it)}
		p.filePass = filePass{Source: src, memo: map[string]any{}, settings: s, entity: p.Facts.ID.Value, findings: &findings}
		p.body = func() *PythonFile {
			if p.Facts.BodyPath == "" {
				return nil
			}
			return body(p.Facts.BodyPath)
		}
		rec.Facts.Spec = p.Facts
		for _, r := range s.running {
			p.rule, p.options = r, s.options[r.ID]
			if r.Spec != nil {
				r.Spec(p)
			}
			if r.CollectSpec != nil {
				rec.Facts.collect(r.ID, r.CollectSpec(p))
			}
		}
	}
	if reading.Root == nil {
		rec.Facts.Spec = brokenFacts(src)
	}
	rec.keep(src, findings)
	return rec
}

// lookPython runs the rules that look at single Python files.
func lookPython(f *PythonFile, s *settings) *record {
	src := f.Source
	rec := &record{Path: src.Path, Ignores: pythonIgnores(f, s.rules), Facts: &Facts{Path: src.Path, Python: f.Facts(), Broken: f.module == nil}}
	var findings []*Finding
	p := &PythonPass{File: f}
	p.filePass = filePass{Source: src, memo: map[string]any{}, settings: s, findings: &findings}
	for _, r := range s.running {
		p.rule, p.options = r, s.options[r.ID]
		if r.Python != nil {
			r.Python(p)
		}
		if r.CollectPython != nil {
			rec.Facts.collect(r.ID, r.CollectPython(p))
		}
	}
	rec.keep(src, findings)
	return rec
}

func (f *Facts) collect(rule string, facts []Fact) {
	if len(facts) == 0 {
		return
	}
	if f.Collected == nil {
		f.Collected = map[string][]Fact{}
	}
	f.Collected[rule] = facts
}

// keep takes the findings over, with the line that each begins on.
func (r *record) keep(src *Source, findings []*Finding) {
	for _, f := range findings {
		if f.Path == src.Path {
			f.Snippet = strings.Clone(src.snippet(f.Range.Line))
		}
		r.Findings = append(r.Findings, *f)
	}
	slices.SortStableFunc(r.Findings, Finding.compare)
}

func fromDiagnostic(src *Source, r Rule, d repo.Diagnostic) *Finding {
	f := &Finding{Rule: r.ID, Severity: r.Severity, Message: d.Message, Path: src.Path}
	line, column := src.yamlPlace(d.Line, d.Column)
	switch {
	case line > src.Lines():
		// The reader missed something behind the end.
		end := src.LineRange(src.Lines())
		f.Range = Range{end.Line, end.EndColumn, end.Line, end.EndColumn + 1}
	case d.Line > 0 && d.Column > 0:
		f.Range = tokenAt(src, line, column)
	case d.Line > 0:
		f.Range = src.LineRange(line)
	}
	return f
}

// tokenAt returns the range of the word, or the quoted text, that begins at a place.
func tokenAt(src *Source, line, column int) Range {
	start := src.offset(line, column)
	text := src.Line(line)
	text = text[min(start-src.offset(line, 1), len(text)):]
	end, ok := quotedEnd(text)
	if !ok {
		end = len(text)
		for _, stop := range []string{": ", " #", ",", "]", "}"} {
			if i := strings.Index(text, stop); i > 0 {
				end = min(end, i)
			}
		}
		end = len(strings.TrimRight(strings.TrimSuffix(text[:end], ":"), " \t"))
	}
	if end == 0 && text != "" {
		_, end = utf8.DecodeRuneInString(text)
	}
	return src.Range(start, start+end)
}
