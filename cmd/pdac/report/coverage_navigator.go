package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/lint/coverage"
)

// layer is a layer of the ATT&CK Navigator (source: MITRE's description of the
// layer format, version 4.5).
type layer struct {
	Name        string           `json:"name"`
	Versions    layerVersions    `json:"versions"`
	Domain      string           `json:"domain"`
	Description string           `json:"description"`
	Sorting     int              `json:"sorting"`
	Layout      layerLayout      `json:"layout"`
	Techniques  []layerTechnique `json:"techniques"`
	Gradient    layerGradient    `json:"gradient"`
	Legend      []layerLegend    `json:"legendItems"`
	Metadata    []layerMetadata  `json:"metadata"`
	// A technique under several tactics has a separate score for each.
	AcrossTactics bool `json:"selectTechniquesAcrossTactics"`
	WithParent    bool `json:"selectSubtechniquesWithParent"`
}

type layerVersions struct {
	Attack    string `json:"attack"`
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layerLayout struct {
	Layout   string `json:"layout"`
	ShowID   bool   `json:"showID"`
	ShowName bool   `json:"showName"`
	Expanded string `json:"expandedSubtechniques"`
}

type layerTechnique struct {
	ID       string          `json:"techniqueID"`
	Tactic   string          `json:"tactic"`
	Score    *int            `json:"score,omitempty"`
	Color    string          `json:"color,omitempty"`
	Comment  string          `json:"comment"`
	Enabled  bool            `json:"enabled"`
	Metadata []layerMetadata `json:"metadata"`
}

type layerGradient struct {
	Colors   []string `json:"colors"`
	MinValue int      `json:"minValue"`
	MaxValue int      `json:"maxValue"`
}

type layerLegend struct {
	Label string `json:"label"`
	Color string `json:"color"`
}

type layerMetadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// heat has the colors of the heat map in its light theme, from one detection to
// many; dormantColor is for techniques with only disabled detections.
var heat = []string{"#cfe5f5", "#8fc3e6", "#26709f", "#0f4672"}

const dormantColor = "#d9d3c4"

// navigatorLayer creates a layer. A technique's score is the number of its enabled
// detections, including those for its sub-techniques.
func navigatorLayer(c *coverage.Report) layer {
	major, _, _ := strings.Cut(c.ATTACKVersion, ".")
	l := layer{
		Name: "Panther detections", Domain: "enterprise-attack", Sorting: 3,
		Versions:    layerVersions{Attack: major, Navigator: "5.2.0", Layer: "4.5"},
		Description: Clean(coverageHeading(c) + ". " + coverageSummary(c) + " The score is the number of enabled detections."),
		Layout:      layerLayout{Layout: "side", ShowID: true, ShowName: true, Expanded: "none"},
		Techniques:  []layerTechnique{},
		Legend:      []layerLegend{{"one enabled detection", heat[0]}, {"many enabled detections", heat[3]}, {"only disabled detections", dormantColor}},
		Metadata:    []layerMetadata{{"ATT&CK notice", c.ATTACKNotice}},
	}
	most := 1
	for _, t := range c.Tactics {
		for _, x := range t.Techniques {
			most = max(most, x.Enabled)
			for _, y := range append([]coverage.Technique{x}, x.SubTechniques...) {
				if y.Enabled+y.Disabled > 0 {
					l.Techniques = append(l.Techniques, layerOf(t, y))
				}
			}
		}
	}
	// The ends of a gradient must differ.
	l.Gradient = layerGradient{Colors: heat, MinValue: 1, MaxValue: max(most, 2)}
	return l
}

func layerOf(t coverage.Tactic, x coverage.Technique) layerTechnique {
	out := layerTechnique{ID: x.ID, Tactic: t.Slug, Enabled: true, Metadata: []layerMetadata{
		{"enabled detections", strconv.Itoa(x.Enabled)}, {"disabled detections", strconv.Itoa(x.Disabled)},
	}}
	if x.Enabled > 0 {
		out.Score = &x.Enabled
	} else {
		out.Color = dormantColor
	}
	var on, off []string
	for _, d := range x.All() {
		if d.Enabled {
			on = append(on, Clean(d.ID))
		} else {
			off = append(off, Clean(d.ID))
		}
	}
	var lines []string
	for _, part := range []struct {
		word string
		ids  []string
	}{{"enabled", on}, {"disabled", off}} {
		if len(part.ids) > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s", part.word, strings.Join(part.ids, ", ")))
		}
	}
	out.Comment = strings.Join(lines, "\n")
	return out
}
