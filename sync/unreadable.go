package sync

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Unreadable lists the kinds that Panther refuses to list. Their live entities
// are unknown. So a plan has no change of them, and the record keeps what it
// has.
type Unreadable []UnreadableKind

// UnreadableKind is a kind that Panther refuses to list.
type UnreadableKind struct {
	Kind panther.Kind `json:"kind"`
	// Status is the status of Panther's answer, and Reason the whole error.
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

// Has reports whether a kind can't be read.
func (u Unreadable) Has(k panther.Kind) bool {
	return slices.ContainsFunc(u, func(x UnreadableKind) bool { return x.Kind == k })
}

// Errors returns those of some diagnostics that report as an error that a kind
// can't be read.
func (u Unreadable) Errors(ds []repo.Diagnostic) []repo.Diagnostic {
	return slices.DeleteFunc(errorsOf(ds), func(d repo.Diagnostic) bool { return !u.about(d) })
}

// about reports whether a diagnostic is about a kind that can't be read, and not
// about a file or an entity.
func (u Unreadable) about(d repo.Diagnostic) bool {
	return d.Path == "" && d.ID == "" && d.Kind != "" && u.Has(panther.Kind(d.Kind))
}

// Diagnostics reports each kind that can't be read: as an error if count returns
// that something of the kind is affected, and otherwise as a note. affected says
// what happens to it, such as "not compared".
// Kinds that are not asked for, and were read only because they share their ids
// with others, are not worth a note.
func (u Unreadable) Diagnostics(only Filter, count func(panther.Kind) int, affected string) []repo.Diagnostic {
	var out []repo.Diagnostic
	asked := only.kinds()
	for _, k := range u {
		d := repo.Diagnostic{Severity: repo.SeverityError, Kind: string(k.Kind)}
		n := count(k.Kind)
		them := fmt.Sprintf("%d of them are %s", n, affected)
		if n == 1 {
			them = "one of them is " + affected
		}
		// A token that must not list rules either lacks their permission.
		without := optional(k.Kind) && (k.Status != http.StatusForbidden || !u.Has(panther.Rule))
		switch {
		case n == 0 && !slices.Contains(asked, k.Kind):
			continue
		case n == 0 && without:
			d.Severity, d.Message = repo.SeverityInfo, "this Panther has no collection of them: "+k.Reason
			d.Topic = "kinds that this Panther does not have"
		case n == 0:
			d.Severity, d.Message = repo.SeverityInfo, "Panther refuses to list them, and nothing of this kind is affected: "+k.Reason
		case without:
			d.Severity, d.Message = repo.SeverityWarning, fmt.Sprintf("this Panther has no collection of them, so %s: %s", them, k.Reason)
		default:
			d.Message = fmt.Sprintf("Panther refuses to list them, so %s: %s", them, k.Reason)
		}
		out = append(out, d)
	}
	return out
}

// unreadable reports the kinds of the plan that can't be read, with the number
// of entities that the repository or the record has of each.
func (b *builder) unreadable() []repo.Diagnostic {
	return b.opts.Unreadable.Diagnostics(b.opts.Only, func(k panther.Kind) int {
		keys := map[panther.Key]bool{}
		for _, it := range b.repo.Items {
			if it.Kind == k && it.Deployable() && b.scope.matchItem(it) {
				keys[it.Key()] = true
			}
		}
		for _, key := range b.opts.Base.keys() {
			if key.Kind == k && b.scope.match(key) {
				keys[key] = true
			}
		}
		return len(keys)
	}, "not compared or deployed")
}
