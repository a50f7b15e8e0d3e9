package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/lint"
)

// SettingsOptions are the options of Settings.
type SettingsOptions struct {
	Format Format
	// Color enables colors in text.
	Color bool
	// Verbose also lists in text the rules that are set by default, and every option.
	Verbose bool
	// Baseline, SQL and Since are those of pdac.yaml; may be empty.
	Baseline, SQL, Since string
}

type jsonSettings struct {
	FormatVersion string             `json:"format_version"`
	Path          string             `json:"path"`
	Exists        bool               `json:"exists"`
	Content       bool               `json:"content"`
	Skipped       string             `json:"skipped,omitempty"`
	Baseline      string             `json:"baseline,omitempty"`
	SQL           string             `json:"sql,omitempty"`
	Since         string             `json:"since,omitempty"`
	Paths         []jsonSettingsGlob `json:"paths"`
	Rules         []jsonRuleSetting  `json:"rules"`
}

type jsonSettingsGlob struct {
	Glob   string      `json:"glob"`
	Origin lint.Origin `json:"from"`
}

type jsonRuleSetting struct {
	Rule     string               `json:"rule"`
	Name     string               `json:"name"`
	Severity string               `json:"severity"`
	Origin   lint.Origin          `json:"from"`
	Options  []lint.OptionSetting `json:"options,omitempty"`
}

// Settings shows what applies to one file in lint, and what sets it.
func Settings(w io.Writer, s *lint.FileSettings, o SettingsOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, settingsJSON(s, o))
	case Text, "":
		return settingsText(w, s, o)
	}
	return badFormat(o.Format, SettingsView)
}

func severityWord(s lint.Severity) string {
	if s == "" {
		return "off"
	}
	return string(s)
}

func settingsJSON(s *lint.FileSettings, o SettingsOptions) jsonSettings {
	out := jsonSettings{FormatVersion: "1.0", Path: s.Path, Exists: s.Exists, Content: s.Content, Baseline: o.Baseline, SQL: o.SQL, Since: o.Since,
		Paths: []jsonSettingsGlob{}, Rules: []jsonRuleSetting{}}
	if s.Skipped != nil {
		out.Skipped = string(s.Skipped.Reason)
	}
	for _, g := range s.Globs {
		out.Paths = append(out.Paths, jsonSettingsGlob{g.Glob, g.Origin})
	}
	for _, r := range s.Rules {
		out.Rules = append(out.Rules, jsonRuleSetting{r.Rule.ID, r.Rule.Name, severityWord(r.Severity), r.Origin, r.Options})
	}
	return out
}

func settingsText(w io.Writer, s *lint.FileSettings, o SettingsOptions) error {
	p := newPrinter(w, o.Color)
	p.line(p.bold.Sprint(Clean(s.Path)))
	state := "no content: lint doesn't check it in a run without paths"
	switch {
	case !s.Exists:
		state = "not among the files of the repository, such as because git ignores it"
	case s.Content:
		state = "lint checks it"
	case s.Skipped != nil:
		state = "a spec that is not content (" + string(s.Skipped.Reason) + "): " + s.Skipped.Advice()
	}
	p.line("  content:  ", Clean(state))
	for _, line := range [][2]string{{"baseline", o.Baseline}, {"sql", o.SQL}, {"since", o.Since}} {
		if line[1] != "" {
			p.line(fmt.Sprintf("  %-9s ", line[0]+":"), Clean(line[1]))
		}
	}
	for _, g := range s.Globs {
		p.line("  path:     ", Clean(g.Glob), p.faint.Sprint("  "+g.Origin.String()))
	}
	rows := [][]string{{"severity", "rule", "name", "from"}}
	on, byDefault := 0, 0
	var options []string
	for _, r := range s.Rules {
		if r.Severity != "" {
			on++
		}
		changed := r.Origin.Setting != "default"
		for _, v := range r.Options {
			if v.Origin.Setting != "default" || o.Verbose {
				options = append(options, fmt.Sprintf("  %s %s: %s  %s", r.Rule.ID, v.Name, Clean(fmt.Sprint(v.Value)), p.faint.Sprint(v.Origin.String())))
			}
		}
		if !changed && !o.Verbose {
			byDefault++
			continue
		}
		rows = append(rows, []string{severityWord(r.Severity), r.Rule.ID, r.Rule.Name, r.Origin.String()})
	}
	if len(rows) > 1 {
		p.gap()
		p.grid(rows, "llll")
	}
	if len(options) > 0 {
		p.gap()
		p.line(p.bold.Sprint("Options:"))
		p.line(strings.Join(options, "\n"))
	}
	p.gap()
	text := fmt.Sprintf("%d of %d rules run for this file", on, len(s.Rules))
	if byDefault > 0 {
		text += fmt.Sprintf("; %d are set by default (-v lists them)", byDefault)
	}
	p.line(p.bold.Sprint(text + "."))
	return p.end("settings")
}

// Files lists paths of the repository, one a line, as they are opened from here.
func Files(w io.Writer, paths []string, o FindingsOptions) error {
	p := newPrinter(w, false)
	for _, path := range paths {
		p.line(Clean(o.textPath(path)))
	}
	return p.end("files")
}
