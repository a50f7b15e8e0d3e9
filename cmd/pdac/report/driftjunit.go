package report

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// driftJUnit makes a suite of each state and kind, and a case of each entity. It
// fails, or where its state is tolerated passes and says what it is. What could
// not be compared is an error, and where nothing differs one case passes.
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
		add("in step", junitCase{Class: "drift", Name: "Panther holds what was deployed (" + Count(d.Summary.InStep, "entity", "entities") + ")"})
	}
	return out
}

// driftMessage says on one line what became of an entity.
func driftMessage(e sync.DriftedEntity) string {
	out := Clean(string(e.State))
	switch e.State {
	case sync.DriftEdited:
		names := make([]string, len(e.Fields))
		for i, f := range e.Fields {
			names[i] = Clean(f.Name)
		}
		out = "edited in the console: " + strings.Join(names, ", ")
	case sync.DriftDeleted:
		out = "deleted in the console since it was deployed"
	case sync.DriftUnmanaged:
		out = "live, and never deployed from here"
	}
	if last := inPanther(asChange(e), plain); last != "" {
		out += " (" + last + ")"
	}
	return out
}

// driftText shows what was deployed and what is live, field by field. Of what is
// live alone, or not at all, the message says enough.
func driftText(d *sync.Drift, e sync.DriftedEntity, o PlanOptions) string {
	if e.State != sync.DriftEdited {
		return ""
	}
	lines := diffLines(&sync.Plan{}, asChange(e), false, o, defaultSize)
	return driftWords(d).legend + "\n" + strings.Join(lines, "\n") + "\n"
}
