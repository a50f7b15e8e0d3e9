package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/lint/coverage"
)

var (
	//go:embed coverage.html
	coveragePage string
	//go:embed coverage.css
	coverageStyle string
	//go:embed coverage.js
	coverageScript string
)

type htmlPage struct {
	*coverage.Report
	Style       template.CSS
	Script      template.JS
	ScriptHash  string
	Subtitle    string
	Covered     int // percent
	SubCovered  int
	MappedOn    int // enabled detections with a technique
	MappedOff   int
	ByLogType   []htmlLogType
	indexOfLog  map[string]int
	indexOfItem map[*coverage.Detection]int
}

type htmlLogType struct {
	coverage.LogType
	Index int
}

// coverageHTML writes a self-contained page. The page can only run its own script,
// whatever text the repository contains.
func coverageHTML(w io.Writer, c *coverage.Report) error {
	sum := sha256.Sum256([]byte(coverageScript))
	p := &htmlPage{
		Report: c, Style: template.CSS(coverageStyle), Script: template.JS(coverageScript),
		ScriptHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		Covered:    percent(c.Summary.TechniquesCovered, c.Summary.Techniques), SubCovered: percent(c.Summary.SubTechniquesCovered, c.Summary.SubTechniques),
		indexOfLog: map[string]int{}, indexOfItem: map[*coverage.Detection]int{},
	}
	_, p.Subtitle, _ = strings.Cut(coverageHeading(c), ", ")
	for i, l := range c.LogTypes {
		p.indexOfLog[l.Name] = i
		p.ByLogType = append(p.ByLogType, htmlLogType{l, i})
	}
	slices.SortStableFunc(p.ByLogType, func(a, b htmlLogType) int { return b.Techniques - a.Techniques })
	for i, d := range c.Detections {
		p.indexOfItem[d] = i
		switch {
		case len(d.Mappings) == 0:
		case d.Enabled:
			p.MappedOn++
		default:
			p.MappedOff++
		}
	}
	t, err := template.New("coverage").Funcs(template.FuncMap{
		"clean": Clean, "count": Count, "level": level, "note": noteText, "number": number,
		"logs": p.logs, "item": func(d *coverage.Detection) int { return p.indexOfItem[d] },
		"page": func(id string) string { return strings.ReplaceAll(id, ".", "/") },
		"join": func(l []string) string { return Clean(strings.Join(l, ", ")) },
		"kind": func(k string) string { return strings.ReplaceAll(k, "_", " ") },
		"mapped": func(x coverage.Technique) int {
			n := 0
			for _, s := range x.SubTechniques {
				if len(s.Detections) > 0 {
					n++
				}
			}
			return n
		},
	}).Parse(coveragePage)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("write the coverage: %w", err)
	}
	return nil
}

// logs returns a detection's log types as indexes into the page's list.
func (p *htmlPage) logs(d *coverage.Detection) string {
	var out []string
	for _, l := range d.LogTypes {
		if i, ok := p.indexOfLog[l]; ok {
			out = append(out, strconv.Itoa(i))
		}
	}
	return strings.Join(out, " ")
}

// level returns the level in the heat map for a number of enabled and disabled
// detections: 0 to 4, or "off" if all are disabled. The page's script has the same
// levels.
func level(enabled, disabled int) string {
	switch {
	case enabled >= 8:
		return "4"
	case enabled >= 4:
		return "3"
	case enabled >= 2:
		return "2"
	case enabled == 1:
		return "1"
	case disabled > 0:
		return "off"
	}
	return "0"
}
