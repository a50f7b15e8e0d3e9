package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// driftJUnit writes a drift as test results: a suite for each state and kind, in
// which each entity is a case that fails, or is skipped where its state is
// tolerated. What couldn't be compared is an error, and where nothing differs
// one case passes.
func driftJUnit(w io.Writer, d *sync.Drift, tolerated []sync.DriftState) error {
	tenant := d.Tenant
	if tenant == "" {
		tenant = "Panther"
	}
	all := junitSuites{Name: Clean("pdac drift of " + tenant)}
	suite := func(name string) *junitSuite {
		for i := range all.Suites {
			if all.Suites[i].Name == name {
				return &all.Suites[i]
			}
		}
		all.Suites = append(all.Suites, junitSuite{Name: name})
		return &all.Suites[len(all.Suites)-1]
	}
	for _, e := range d.Entities {
		s := suite(Clean(string(e.State) + " " + string(e.Kind)))
		c := junitCase{Name: title(e.ID), Class: Clean("drift." + string(e.Kind)), File: Clean(e.Path)}
		if slices.Contains(tolerated, e.State) {
			c.Skipped = &junitFailure{Message: driftMessage(e)}
		} else {
			c.Failure = &junitFailure{Message: driftMessage(e), Type: Clean(string(e.State)), Text: driftText(d, e)}
		}
		s.Cases = append(s.Cases, c)
	}
	for _, e := range d.Errors() {
		name := place(e)
		if name == "" {
			name = "drift"
		}
		s := suite("not compared")
		s.Cases = append(s.Cases, junitCase{Name: Clean(name), Class: "drift", File: Clean(e.Path),
			Error: &junitFailure{Message: Clean(e.Message), Type: string(repo.SeverityError)}})
	}
	if len(all.Suites) == 0 {
		all.Suites = []junitSuite{{Name: "in step", Cases: []junitCase{{
			Name: fmt.Sprintf("Panther holds what was deployed (%s)", Count(d.Summary.InStep, "entity", "entities")), Class: "drift",
		}}}}
	}
	return writeJUnit(w, all)
}

// driftMessage says on one line what became of an entity.
func driftMessage(e sync.DriftedEntity) string {
	out := ""
	switch e.State {
	case sync.Edited:
		var names []string
		for _, f := range e.Fields {
			names = append(names, Clean(f.Name))
		}
		out = "edited in the console: " + strings.Join(names, ", ")
	case sync.Deleted:
		out = "deleted in the console since it was deployed"
	case sync.NotOurs:
		out = "live, and never deployed from here"
	default:
		out = Clean(string(e.State))
	}
	if last := inPanther(asChange(e), plain); last != "" {
		out += " (" + last + ")"
	}
	return out
}

// driftText shows what was deployed and what is live, field by field. Of what is
// live alone, or not at all, the message says enough.
func driftText(d *sync.Drift, e sync.DriftedEntity) string {
	if e.State != sync.Edited {
		return ""
	}
	lines := diffLines(&sync.Plan{}, asChange(e), false, PlanOptions{}, defaultSize)
	return "\n" + driftWords(d).legend + "\n" + strings.Join(lines, "\n") + "\n"
}
