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
	Style      template.CSS
	Script     template.JS
	ScriptHash string
	Subtitle   string
	Covered    int // percent
	SubCovered int
	MappedOn   int // enabled detections with a technique
	MappedOff  int
	ByLogType  []htmlLogType
	// Advice says what to do if nothing is covered, and Example how a mapping looks.
	Advice, Example string
	// Data has the detections, for the numbers of what the filter lets through.
	Data        []htmlDetection
	indexOfLog  map[string]int
	indexOfItem map[*coverage.Detection]int
}

// htmlDetection is what the page's script knows of a detection.
type htmlDetection struct {
	On     bool   `json:"e"`
	Mapped bool   `json:"m"`
	Logs   []int  `json:"l"`
	Text   string `json:"t"`
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
		Advice: noCoverage(c), Example: mappingExample,
		indexOfLog: map[string]int{}, indexOfItem: map[*coverage.Detection]int{},
	}
	_, p.Subtitle, _ = strings.Cut(coverageHeading(c), ", ")
	for i, l := range c.LogTypes {
		p.indexOfLog[l.Name] = i
		p.ByLogType = append(p.ByLogType, htmlLogType{l, i})
	}
	slices.SortStableFunc(p.ByLogType, func(a, b htmlLogType) int { return b.Techniques - a.Techniques })
	p.Data = make([]htmlDetection, 0, len(c.Detections))
	for i, d := range c.Detections {
		p.indexOfItem[d] = i
		data := htmlDetection{On: d.Enabled, Mapped: len(d.Mappings) > 0, Logs: []int{}, Text: strings.ToLower(Clean(d.ID + " " + d.Name))}
		for _, l := range d.LogTypes {
			if n, ok := p.indexOfLog[l]; ok {
				data.Logs = append(data.Logs, n)
			}
		}
		p.Data = append(p.Data, data)
		switch {
		case len(d.Mappings) == 0:
		case d.Enabled:
			p.MappedOn++
		default:
			p.MappedOff++
		}
	}
	step := map[string]string{}
	if c.Trend != nil {
		for word, list := range map[string][]coverage.Step{"gained": c.Trend.Gained, "lost": c.Trend.Lost} {
			for _, s := range list {
				for _, tactic := range s.Tactics {
					step[tactic+":"+s.ID] = word
				}
			}
		}
	}
	t, err := template.New("coverage").Funcs(template.FuncMap{
		"clean": Clean, "count": Count, "level": level, "step": func(tactic, id string) string { return step[tactic+":"+id] }, "since": trendSince, "trendSummary": trendSummary, "note": noteText, "number": number,
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
