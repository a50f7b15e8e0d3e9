package report

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// unmanaged lists the first few unmanaged entities, and counts those of Panther's
// own packs.
func unmanaged(list []sync.Unmanaged, most int) string {
	var names []string
	packs := 0
	for _, u := range list {
		if u.Managed {
			packs++
			continue
		}
		names = append(names, Clean(string(u.Kind))+" "+element(u.ID))
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], number(more)+" more")
	}
	if packs > 0 {
		names = append(names, number(packs)+" of Panther's packs")
	}
	return strings.Join(names, ", ")
}

// since describes the drift, the conflicts and the kept differences since the last
// deployment, or returns "".
func since(s sync.Summary) string {
	var out []string
	for _, o := range []struct {
		n         int
		one, many string
	}{
		{s.Drifted, "changed in Panther", "changed in Panther"},
		{s.Conflicts, "conflict", "conflicts"},
		{s.Converged, "changed to the same value on both sides", "changed to the same value on both sides"},
	} {
		if o.n > 0 {
			out = append(out, Count(o.n, o.one, o.many))
		}
	}
	text := ""
	if len(out) > 0 {
		text = "Since the last deployment: " + strings.Join(out, ", ") + "."
	}
	if s.Kept > 0 {
		text += " " + Count(s.Kept, "difference is left unchanged in Panther", "differences are left unchanged in Panther")
		if s.Accepted > 0 {
			text += ", of which pdac.yaml accepts " + number(s.Accepted)
		}
		text += "."
	}
	return strings.TrimSpace(text)
}

// heldBack explains how to allow the plan's deletes if they are held back.
func heldBack(p *sync.Plan, o PlanOptions, q quoter) string {
	deletes, replaces := p.Summary.Delete-p.MovedAway(), p.Summary.Replace
	what := Count(deletes, "delete is", "deletes are")
	switch {
	case !o.HoldDeletes || deletes+replaces == 0:
		return ""
	case deletes == 0:
		what = Count(replaces, "replace is", "replaces are")
	case replaces > 0:
		what = Count(deletes, "delete", "deletes") + " and " + Count(replaces, "replace", "replaces") + " are"
	}
	if replaces > 0 {
		return fmt.Sprintf("%s only applied with %s, or %s in pdac.yaml, because replacing starts with a delete.", what, q("--allow-delete", 40), q("deletes: allow", 40))
	}
	return fmt.Sprintf("%s only applied with %s, or %s in pdac.yaml.",
		what, q("--allow-delete", 40), q("deletes: allow", 40))
}
