package report

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
)

// openEntries is how many entries of a comparison are shown without a click.
const openEntries = 10

// behaviourMarkdown writes a comparison for a pull request, with a limited size. It has
// lists and no tables, since a comment is narrow.
func behaviourMarkdown(r *behaviour.Report, most int) string {
	const room = 600 // for what comes after the list
	var b strings.Builder
	fmt.Fprintf(&b, "**Behaviour compared with %s:** %s.\n", code(r.Before, 100), behaviourHead(r))
	if r.Missing != "" {
		fmt.Fprintf(&b, "\nPython was not run: %s.\n", code(r.Missing, 300))
	}
	var tail strings.Builder
	for _, text := range behaviourTail(r, code) {
		tail.WriteString("\n" + text + "\n")
	}
	var items []string
	for _, s := range r.Sources {
		items = append(items, "- "+sourceText(s, code)+"\n")
	}
	changed, others := different(r)
	for _, g := range grouped(changed, false) {
		items = append(items, behaviourItem(g))
	}
	for _, d := range others {
		text := strings.Join(notRunText(d, code), "; ")
		if text == "" {
			text = "no event of its log types is at hand"
		}
		items = append(items, fmt.Sprintf("- not known in full: %s: %s\n", code(d.Kind+" "+d.ID, 120), text))
	}
	omitted := 0
	for i, item := range items {
		if i == 0 {
			b.WriteString("\n")
		}
		if b.Len()+len(item)+tail.Len()+room > most {
			omitted = len(items) - i
			break
		}
		if i == openEntries {
			fmt.Fprintf(&b, "\n<details><summary>%s more</summary>\n\n", number(len(items)-i))
		}
		b.WriteString(item)
	}
	if len(items)-omitted > openEntries {
		b.WriteString("\n</details>\n")
	}
	if omitted > 0 {
		fmt.Fprintf(&b, "\n%s omitted to limit the size.\n", Count(omitted, "entry is", "entries are"))
	}
	b.WriteString(tail.String())
	return b.String()
}

// behaviourItem writes what a detection does differently.
func behaviourItem(g behaviourGroup) string {
	d := g.Detection
	var b strings.Builder
	fmt.Fprintf(&b, "- %s (%s)\n", g.title(code), causesText(d, code))
	if names := g.names(code); names != "" {
		fmt.Fprintf(&b, "  - %s\n", names)
	}
	for _, c := range merged(d.Changes) {
		text := changeText(d, c, plainMarkdown)
		if c.What == behaviour.Verdict {
			text = "**" + text + "**"
		}
		fmt.Fprintf(&b, "  - %s\n", text)
		for _, e := range c.Examples {
			value := ""
			if c.What != behaviour.Verdict {
				before, after := fromDifference(e.Before, e.After)
				value = ": " + codeOr(before, "none") + " → " + codeOr(after, "none")
			}
			fmt.Fprintf(&b, "    - %s%s\n", originText(d, e, code), value)
		}
		if more := c.Events - len(c.Examples); more > 0 {
			fmt.Fprintf(&b, "    - and %s more\n", number(more))
		}
	}
	for _, text := range notRunText(d, code) {
		fmt.Fprintf(&b, "  - %s\n", text)
	}
	return b.String()
}

// plainMarkdown quotes words of our own only as far as they hold others'.
func plainMarkdown(s string, most int) string {
	if s == behaviour.Alert || s == behaviour.NoAlert || s == "complies" || s == "does not comply" {
		return s
	}
	return code(s, most)
}

func codeOr(s, none string) string {
	if s == "" {
		return none
	}
	return code(s, outputWidth)
}
