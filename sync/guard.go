package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// What a guard does about a change: the apply leaves it out, or the plan has an error.
const (
	GuardHold = "hold"
	GuardFail = "fail"
)

// Guard is a rule about changes that somebody has to let through.
type Guard struct {
	ID string
	// Severities, Only and Tags select entities; an empty list selects all. A change
	// of the severity or the tags counts with both values.
	Severities []string
	Only       Filter
	Tags       []string
	// When lists directions and actions: any of them is enough.
	When []string
	// Do is GuardHold or GuardFail.
	Do      string
	Message string
	// Path and Line are where the guard is defined. Deployed says that it is in the
	// file of the last deployment, and the planned one no longer has it like this.
	Path     string
	Line     int
	Deployed bool
}

// GuardWhen lists what a guard can be about.
func GuardWhen() []string {
	out := []string{string(Create), string(Update), string(Delete), string(Replace)}
	for _, d := range diff.Directions() {
		out = append(out, string(d))
	}
	return out
}

// GuardHit is a guard that applies to changes of a plan.
type GuardHit struct {
	ID      string `json:"id"`
	Do      string `json:"do"`
	Message string `json:"message,omitempty"`
	Path    string `json:"path"`
	Line    int    `json:"line"`
	// Deployed says that the guard is from the last deployment, and that the plan
	// changes or removes it.
	Deployed bool `json:"deployed,omitempty"`
	// Changes lists the changes ("kind/id") that it is about.
	Changes []string `json:"changes"`
	// Allowed is who lets them through; nil for nobody.
	Allowed *Allowance `json:"allowed,omitempty"`
}

// Allowance lets the changes of a guard through, once.
type Allowance struct {
	// By is "flag" or "commit".
	By string `json:"by"`
	// Commit and Author are those of the commit with the trailer.
	Commit string `json:"commit,omitempty"`
	Author string `json:"author,omitempty"`
}

// guard applies the guards to the changes of a plan, whose directions are known.
func (p *Plan) guard(guards []Guard, allowed func(guard string, live panther.Key) *Allowance, live Live) {
	for _, g := range guards {
		var hits []GuardHit
		for i := range p.Changes {
			c := &p.Changes[i]
			if !g.about(*c, live) {
				continue
			}
			var by *Allowance
			if allowed != nil {
				by = allowed(g.ID, c.old())
			}
			at := slices.IndexFunc(hits, func(h GuardHit) bool {
				return h.Allowed == by || h.Allowed != nil && by != nil && *h.Allowed == *by
			})
			if at < 0 {
				at = len(hits)
				hits = append(hits, GuardHit{ID: g.ID, Do: g.Do, Message: g.Message, Path: g.Path, Line: g.Line, Deployed: g.Deployed, Allowed: by})
			}
			hits[at].Changes = append(hits[at].Changes, c.Key().String())
			if g.Do == GuardHold && by == nil && !slices.Contains(c.Guards, g.ID) {
				c.Guards = append(c.Guards, g.ID)
			}
		}
		for _, hit := range hits {
			p.Guards = append(p.Guards, hit)
			if g.Do == GuardFail && hit.Allowed == nil {
				p.Diagnostics = append(p.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Path: g.Path, Line: g.Line, Message: hit.stops()})
			}
		}
	}
}

// old returns the live entity that a change is about.
func (c Change) old() panther.Key {
	if old, ok := c.Replaced(); ok {
		return old
	}
	return panther.Key{Kind: c.Kind, ID: cmp.Or(c.MovedFrom, c.ID)}
}

// stops says why a guard stops a plan, and what to do.
func (h GuardHit) stops() string {
	text := fmt.Sprintf("guard %q stops this plan because of %s", h.ID, some(h.Changes))
	if h.Message != "" {
		text += ": " + h.Message
	}
	if h.Deployed {
		text += " (the guard is from the last deployment, and stays in effect until one without it is deployed)"
	}
	return text + fmt.Sprintf("; let it through once with --allow %s, or with the line \"Pdac-Allow: %s\" at the end of a commit message", h.ID, h.ID)
}

// about reports whether a guard is about a change.
func (g Guard) about(c Change, live Live) bool {
	if !slices.Contains(g.When, string(c.Action)) && !slices.Contains(g.When, string(c.Direction)) {
		return false
	}
	key := c.Key()
	if len(g.Only) > 0 && !g.Only.MatchKey(key) && (c.MovedFrom == "" || !g.Only.MatchKey(panther.Key{Kind: c.Kind, ID: c.MovedFrom})) {
		return false
	}
	old := c.old()
	values := func(name string) []any {
		out := []any{live[old].Fields[name]}
		for _, f := range c.Fields {
			if f.Name == name {
				out = append(out, f.After)
			}
		}
		return out
	}
	has := func(name string, words []string) bool {
		f, ok := c.Kind.Field(name)
		return len(words) == 0 || ok && slices.ContainsFunc(values(name), func(v any) bool {
			switch v := f.Canonical(v).(type) {
			case string:
				return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, v) })
			case []any:
				return slices.ContainsFunc(v, func(e any) bool { s, _ := e.(string); return slices.Contains(words, s) })
			}
			return false
		})
	}
	return has(panther.FieldSeverity, g.Severities) && has("tags", g.Tags)
}

// held returns why an apply leaves a change out because of guards; "" if it does not.
func (c Change) held(allow map[string]bool) string {
	var names []string
	for _, id := range c.Guards {
		if !allow[id] {
			names = append(names, id)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("held by the guard %s; let it through once with --allow %s", strings.Join(names, ", "), names[0])
}
