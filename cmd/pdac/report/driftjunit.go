package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// driftJUnit creates a suite for each state and kind, and a case for each entity.
// The case fails, or passes with a message if its state is tolerated. Entities that
// could not be compared are errors. Without differences, a single case passes.
func driftJUnit(d *sync.Drift, o DriftOptions) junitSuites {
	out := junitSuites{Name: "pdac drift"}
	if d.Tenant != "" {
		out.Name += " of " + Clean(d.Tenant)
	}
	add := func(suite string, c junitCase) {
		i := slices.IndexFunc(out.Suites, func(s junitSuite) bool { return s.Name == suite })
		if i < 0 {
			i = len(out.Suites)
			out.Suites = append(out.Suites, junitSuite{Name: suite})
		}
		out.Suites[i].Cases = append(out.Suites[i].Cases, c)
	}
	for _, e := range d.Entities {
		c := junitCase{Class: "drift." + Clean(string(e.Kind)), Name: title(e.ID), File: Clean(e.Path)}
		message := driftMessage(e)
		if slices.Contains(o.Tolerated, e.State) {
			c.Output = &junitText{strings.TrimSuffix(message+"\n"+driftText(d, e, o.PlanOptions), "\n")}
		} else {
			c.Failure = &junitFailure{Type: Clean(string(e.State)), Message: message, Text: driftText(d, e, o.PlanOptions)}
		}
		add(Clean(string(e.State)+" "+string(e.Kind)), c)
	}
	for _, e := range d.Accepted {
		c := junitCase{Class: "drift." + Clean(string(e.Kind)), Name: title(e.ID), File: Clean(e.Path)}
		c.Output = &junitText{strings.TrimSuffix(driftMessage(e)+"\n"+driftText(d, e, o.PlanOptions), "\n")}
		add(Clean("accepted "+string(e.Kind)), c)
	}
	for _, g := range d.Errors() {
		name := place(g)
		if name == "" {
			name = "drift"
		}
		add("not compared", junitCase{
			Class: "drift", Name: Clean(name), File: Clean(g.Path), Line: g.Line,
			Error: &junitFailure{Type: string(repo.SeverityError), Message: Clean(g.Message)},
		})
	}
	if len(out.Suites) == 0 {
		w := driftWords(d)
		match := w.match
		if d.Summary.InStep == 0 {
			match = w.empty
		}
		add("in sync", junitCase{Class: "drift", Name: match + " (" + Count(d.Summary.InStep, "entity", "entities") + ")"})
	}
	return out
}

// driftMessage describes the drift of an entity on one line.
func driftMessage(e sync.DriftedEntity) string {
	out := Clean(string(e.State))
	switch e.State {
	case sync.DriftEdited:
		names := make([]string, len(e.Fields))
		for i, f := range e.Fields {
			names[i] = Clean(f.Name)
		}
		out = "edited " + e.Edited.Where(func(s string) string { return plain(s, longestName) }) + ": " + strings.Join(names, ", ")
		if e.LiveKind != "" {
			out = "became " + panther.Kind(Clean(string(e.LiveKind))).Article() + " in Panther: " + strings.Join(names, ", ")
		}
	case sync.DriftDeleted:
		out = "deleted in Panther after it was deployed"
	case sync.DriftUnmanaged:
		out = "live, but never deployed from this repository"
	}
	if last := inPanther(asChange(e), plain); last != "" {
		out += " (" + last + ")"
	}
	if len(e.Owners) > 0 {
		out += "; owned by " + ownersText(e.Owners, plain)
	}
	for _, note := range acceptanceNotes(asChange(e), plain) {
		out += "; " + note
	}
	return out
}

// driftText shows the deployed and the live values, field by field. For unmanaged
// and deleted entities the message is enough.
func driftText(d *sync.Drift, e sync.DriftedEntity, o PlanOptions) string {
	if e.State != sync.DriftEdited {
		return ""
	}
	lines := diffLines(&sync.Plan{}, asChange(e), false, o, defaultSize)
	return driftWords(d).legend + "\n" + strings.Join(lines, "\n") + "\n"
}
