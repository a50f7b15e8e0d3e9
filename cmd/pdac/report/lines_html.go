package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/lint/unittest"
)

var (
	//go:embed lines.html
	linesPage string
	//go:embed lines.css
	linesStyle string
	//go:embed lines.js
	linesScript string
)

type linesHTMLPage struct {
	Style      template.CSS
	Script     template.JS
	ScriptHash string
	Summary    string
	Failing    string
	Total      unittest.Score
	Files      []linesHTMLFile
}

type linesHTMLFile struct {
	ID, Path, Role, Fault string
	Score                 unittest.Score
	Missing               string
	Rows                  []linesHTMLRow
}

type linesHTMLRow struct {
	Line  int
	Class string
	Hits  string
	Text  string
}

// linesHTML writes a self-contained page, which can only run its own script.
func linesHTML(w io.Writer, r *unittest.CoverageResult, o LinesOptions) error {
	sum := sha256.Sum256([]byte(linesScript))
	p := &linesHTMLPage{
		Style: template.CSS(linesStyle), Script: template.JS(linesScript), ScriptHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		Summary: linesSummary(r, o), Failing: failingTests(r.Tests), Total: r.Count(),
	}
	for i := range r.Files {
		p.Files = append(p.Files, linesFileHTML(i, &r.Files[i], o))
	}
	t, err := template.New("lines").Funcs(template.FuncMap{"number": number}).Parse(linesPage)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("write the line coverage: %w", err)
	}
	return nil
}

func linesFileHTML(i int, f *unittest.CoveredFile, o LinesOptions) linesHTMLFile {
	h := linesHTMLFile{ID: fmt.Sprintf("f%d", i), Path: Clean(below(o.WorkRoot, f.Path)), Role: strings.ReplaceAll(f.Role, "_", " "), Fault: Clean(f.Fault), Score: f.Count(), Missing: ranges(f.Missing())}
	if h.Score.Noticed == h.Score.All {
		return h // there is nothing to see, and the page stays small
	}
	// A line belongs to the innermost statement that it is in.
	of := map[int]unittest.CoveredLine{}
	for _, l := range f.Lines {
		for n := l.Line; n <= l.EndLine; n++ {
			of[n] = l
		}
	}
	n := 0
	for text := range strings.Lines(f.Source) {
		n++
		row := linesHTMLRow{Line: n, Text: cleanLine(strings.TrimRight(text, "\r\n"))}
		if l, ok := of[n]; ok {
			row.Class = "miss"
			if l.Hits > 0 {
				row.Class = "hit"
			}
			if l.Line == n {
				row.Hits = number(l.Hits)
			}
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}
