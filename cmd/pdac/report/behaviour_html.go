package report

import (
	"github.com/pdac-dev/pdac/diff/behaviour"
)

// behaviourHTML is a comparison as a section of a page.
type behaviourHTML struct {
	Head  string
	Items []behaviourHTMLItem
	Tail  []string
}

// behaviourHTMLItem is a detection or a global, with what is known of it.
type behaviourHTMLItem struct {
	Text  string
	Lines []string
}

// newBehaviourHTML returns the section; nil for none.
func newBehaviourHTML(r *behaviour.Report) *behaviourHTML {
	if r == nil {
		return nil
	}
	out := &behaviourHTML{Head: "Compared with " + plain(r.Before, 100) + ": " + behaviourHead(r) + ".", Tail: behaviourTail(r, plain)}
	if r.Missing != "" {
		out.Tail = append(out.Tail, "Python was not run: "+plain(r.Missing, 300))
	}
	for _, s := range r.Sources {
		out.Items = append(out.Items, behaviourHTMLItem{Text: sourceText(s, plain)})
	}
	changed, others := different(r)
	for _, d := range changed {
		item := behaviourHTMLItem{Text: plain(d.Kind+" "+d.ID, 120) + " (" + causesText(d, plain) + ")"}
		for _, c := range merged(d.Changes) {
			item.Lines = append(item.Lines, changeText(d, c, plain))
			for _, e := range c.Examples {
				item.Lines = append(item.Lines, exampleText(d, c, e))
			}
		}
		item.Lines = append(item.Lines, notRunText(d, plain)...)
		out.Items = append(out.Items, item)
	}
	for _, d := range others {
		out.Items = append(out.Items, behaviourHTMLItem{Text: "not known in full: " + plain(d.Kind+" "+d.ID, 120), Lines: notRunText(d, plain)})
	}
	return out
}
