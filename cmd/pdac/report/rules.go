package report

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pdac-dev/pdac/lint"
)

// RulesOptions are the options of Rules and Rule.
type RulesOptions struct {
	// Format is Text, JSON or Markdown.
	Format Format
	// Color enables colors in text.
	Color bool
}

type jsonRule struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Family    string        `json:"family"`
	Severity  lint.Severity `json:"severity"`
	Broken    bool          `json:"broken"`
	Since     string        `json:"since,omitempty"`
	Default   bool          `json:"on_by_default"`
	Fixable   bool          `json:"fixable"`
	What      string        `json:"what"`
	Why       string        `json:"why"`
	Bad       string        `json:"bad"`
	Good      string        `json:"good"`
	Configure string        `json:"configure,omitempty"`
	Options   []jsonOption  `json:"options"`
}

type jsonOption struct {
	Name    string `json:"name"`
	Doc     string `json:"doc"`
	Default any    `json:"default"`
}

func ruleJSON(r lint.Rule) jsonRule {
	out := jsonRule{
		ID: r.ID, Name: r.Name, Family: r.Family(), Severity: r.Severity, Broken: r.Broken, Since: r.Since, Default: r.Severity != lint.Info, Fixable: r.Fixable,
		What: r.Doc.What, Why: r.Doc.Why, Bad: r.Doc.Bad, Good: r.Doc.Good, Configure: r.Doc.Configure, Options: []jsonOption{},
	}
	for _, o := range r.Options {
		out.Options = append(out.Options, jsonOption(o))
	}
	return out
}

// Rules lists rules, one per line; Markdown is a table, and JSON has all details.
func Rules(w io.Writer, rules []lint.Rule, o RulesOptions) error {
	switch o.Format {
	case JSON:
		out := struct {
			FormatVersion string     `json:"format_version"`
			Rules         []jsonRule `json:"rules"`
		}{findingsFormatVersion, []jsonRule{}}
		for _, r := range rules {
			out.Rules = append(out.Rules, ruleJSON(r))
		}
		return writeJSON(w, out)
	case Markdown:
		_, err := io.WriteString(w, rulesTable(rules, rulesURL))
		return err
	case Text, "":
		p := newPrinter(w, o.Color)
		tabs := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
		family := ""
		for _, r := range rules {
			if r.Family() != family {
				if family != "" {
					fmt.Fprintln(tabs)
				}
				family = r.Family()
				fmt.Fprintln(tabs, family)
			}
			var marks []string
			if r.Broken {
				marks = append(marks, "broken")
			}
			if r.Fixable {
				marks = append(marks, "fixable")
			}
			more := ""
			if len(marks) > 0 {
				more = "  (" + strings.Join(marks, ", ") + ")"
			}
			fmt.Fprintf(tabs, "  %s\t%s\t%s\t%s%s\n", r.ID, r.Severity, r.Name, plainCode(r.Doc.What), more)
		}
		if err := tabs.Flush(); err != nil {
			return fmt.Errorf("write the rules: %w", err)
		}
		p.line()
		p.line(`"pdac rules PD101" explains a rule. Rules of severity info are off by default. Findings of rules`)
		p.line(`marked broken stop a plan that would write what they are about.`)
		return p.end("rules")
	}
	return badFormat(o.Format, RulesView)
}

// plainCode removes Markdown's backquotes from a text.
func plainCode(s string) string { return strings.ReplaceAll(s, "`", "") }

// Rule explains one rule, with the output of lint for its bad example.
func Rule(ctx context.Context, w io.Writer, r lint.Rule, o RulesOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, ruleJSON(r))
	case Markdown:
		text, err := ruleSection(ctx, r)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, text)
		return err
	case Text, "":
	default:
		return badFormat(o.Format, RulesView)
	}
	p := newPrinter(w, o.Color)
	p.line(p.bold.Sprint(r.ID+" "+r.Name), "  ", p.severity(r.Severity), ruleMarks(r))
	paragraph := func(s string) {
		p.gap()
		for _, l := range wrap(plainCode(s), 100) {
			p.line(l)
		}
	}
	paragraph(r.Doc.What)
	paragraph(r.Doc.Why)
	example := func(title, text string) {
		p.gap()
		p.line(p.bold.Sprint(title))
		for _, f := range lint.Example(text) {
			p.gap()
			p.line("  ", p.faint.Sprint("# "+Clean(f.Path)))
			for l := range strings.Lines(f.Text) {
				p.line(strings.TrimRight("  "+cleanLine(strings.TrimRight(l, "\r\n")), " "))
			}
		}
	}
	if r.Doc.Bad != "" {
		example("Bad", r.Doc.Bad)
		found, err := exampleOutput(ctx, r, o.Color)
		if err != nil {
			return err
		}
		p.gap()
		for l := range strings.Lines(found) {
			if l = strings.TrimRight(l, "\n"); l == "" {
				p.gap()
				continue
			}
			p.line("  ", l)
		}
	}
	if r.Doc.Good != "" {
		example("Good", r.Doc.Good)
	}
	if r.Doc.Configure != "" {
		paragraph(r.Doc.Configure)
	}
	if len(r.Options) > 0 {
		p.gap()
		p.line(p.bold.Sprint("Options"), ", under lint.options."+r.ID+" in pdac.yaml")
		for _, op := range r.Options {
			p.line("  ", op.Name, ": ", plainCode(op.Doc), " Default: ", optionDefault(op), ".")
		}
	}
	p.gap()
	for _, l := range ignoreWords(r) {
		p.line(l)
	}
	return p.end("rule")
}

func ruleMarks(r lint.Rule) string {
	out := ""
	if r.Broken {
		out += ", broken: a finding stops plan and apply"
	}
	if r.Fixable {
		out += ", fixable with --fix"
	}
	if r.Severity == lint.Info {
		out += ", off by default"
	}
	if r.Since != "" {
		out += ", since " + r.Since
	}
	return out
}

// ignoreWords explains how to turn off a rule.
func ignoreWords(r lint.Rule) []string {
	if r.AboutComments() {
		return []string{"To turn it off everywhere, in pdac.yaml:  lint: {ignore: [" + r.ID + "]}"}
	}
	return []string{
		"To ignore it in one place, at the end of the line or above it:  # pdac:ignore " + r.ID + " -- reason",
		"To turn it off everywhere, in pdac.yaml:  lint: {ignore: [" + r.ID + "]}",
	}
}

func optionDefault(o lint.Option) string {
	switch v := o.Default.(type) {
	case []string:
		if len(v) == 0 {
			return "none"
		}
		return strings.Join(v, ", ")
	case string:
		if v == "" {
			return "none"
		}
		return v
	}
	return fmt.Sprint(o.Default)
}

// wrap breaks a text at spaces.
func wrap(s string, most int) (out []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > most:
			out = append(out, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}

// exampleOutput returns the output of lint for a rule's bad example.
func exampleOutput(ctx context.Context, r lint.Rule, color bool) (string, error) {
	res, err := lint.LintExample(ctx, r, r.Doc.Bad)
	if err != nil {
		return "", fmt.Errorf("lint the example of %s: %w", r.ID, err)
	}
	var b bytes.Buffer
	p := newPrinter(&b, color)
	p.findings(res, FindingsOptions{})
	err = p.end("example")
	return b.String(), err
}

// ruleMarkdown explains a rule without the output for its examples, as help for a
// finding.
func ruleMarkdown(r lint.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", r.Doc.What, r.Doc.Why)
	if r.Doc.Bad != "" {
		b.WriteString("Bad:\n\n" + exampleMarkdown(r.Doc.Bad) + "\nGood:\n\n" + exampleMarkdown(r.Doc.Good))
	}
	if r.Doc.Configure != "" {
		b.WriteString("\n" + r.Doc.Configure + "\n")
	}
	return b.String()
}

// exampleMarkdown shows each file of an example in a separate block.
func exampleMarkdown(text string) string {
	var b strings.Builder
	for i, f := range lint.Example(text) {
		if i > 0 {
			b.WriteString("\n")
		}
		language := "yaml"
		if strings.HasSuffix(f.Path, ".py") {
			language = "python"
		} else if !strings.HasSuffix(f.Path, ".yml") && !strings.HasSuffix(f.Path, ".yaml") {
			language = "text"
		}
		b.WriteString(fenced(language, "# "+f.Path+"\n"+f.Text))
	}
	return b.String()
}

// fenced puts a text in a code block, with a fence that the text doesn't contain.
func fenced(language, text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		lines = append(lines, cleanLine(strings.TrimRight(l, "\r\n")))
	}
	text = strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// ruleSection returns a rule's section of the page of all rules.
func ruleSection(ctx context.Context, r lint.Rule) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n**%s** · %s%s\n\n%s\n\n%s\n\n", r.ID, r.Name, r.Severity, ruleMarks(r), r.Doc.What, r.Doc.Why)
	if r.Doc.Bad != "" {
		found, err := exampleOutput(ctx, r, false)
		if err != nil {
			return "", err
		}
		b.WriteString("Bad:\n\n" + exampleMarkdown(r.Doc.Bad) + "\n" + fenced("text", found) + "\nGood:\n\n" + exampleMarkdown(r.Doc.Good))
	}
	if r.Doc.Configure != "" {
		b.WriteString("\n" + r.Doc.Configure + "\n")
	}
	if len(r.Options) > 0 {
		fmt.Fprintf(&b, "\nOptions, under `lint.options.%s` in `pdac.yaml`:\n\n| option | what it does | default |\n|---|---|---|\n", r.ID)
		for _, o := range r.Options {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Name, o.Doc, code(optionDefault(o), 400))
		}
	}
	return b.String(), nil
}

func rulesTable(rules []lint.Rule, page string) string {
	var b strings.Builder
	b.WriteString("| rule | name | severity | broken | fixable | what it finds |\n|---|---|---|---|---|---|\n")
	for _, r := range rules {
		fix, broken := "", ""
		if r.Fixable {
			fix = "yes"
		}
		if r.Broken {
			broken = "yes"
		}
		fmt.Fprintf(&b, "| [%s](%s#%s) | %s | %s | %s | %s | %s |\n", r.ID, page, strings.ToLower(r.ID), r.Name, r.Severity, broken, fix, strings.ReplaceAll(r.Doc.What, "|", `\|`))
	}
	return b.String()
}

const rulesHead = `<!-- Generated from the rules by "go test ./cmd/pdac/report -run RulesPage -update"; do not edit. -->

# The rules of pdac lint

Every finding names its rule. ` + "`pdac rules PD101`" + ` shows the section of a rule in the terminal. Rules of severity info are off by default. The output
for each bad example is real output of lint.

A finding of a rule marked *broken* means that Panther refuses the item, or that it fails on every event. ` + "`pdac plan`" + ` and ` + "`pdac apply`" + `
stop if what they would write has one.

In ` + "`pdac.yaml`" + `:

` + "```yaml" + `
lint:
  select: [default, PD004]      # ids, prefixes of ids (PD1), names, default or all
  ignore: [PD110]
  severity: {PD112: error}      # error, warning, info or off
  paths:
    - glob: rules/legacy/**
      ignore: [PD2]
` + "```" + `

In one place, at the end of the line or above it; or at the start of a file, for the whole file:

` + "```yaml" + `
Severity: Urgent # pdac:ignore PD107 until=2026-12-31 -- written by the importer
` + "```" + `
`

// RulesPage returns the page of all rules, in Markdown.
func RulesPage(ctx context.Context, rules []lint.Rule) (string, error) {
	var b strings.Builder
	b.WriteString(rulesHead + "\n" + rulesTable(rules, ""))
	for i, r := range rules {
		if i == 0 || rules[i-1].Family() != r.Family() {
			fmt.Fprintf(&b, "\n## %s\n", r.Family())
		}
		text, err := ruleSection(ctx, r)
		if err != nil {
			return "", err
		}
		b.WriteString("\n" + text)
	}
	return b.String(), nil
}
