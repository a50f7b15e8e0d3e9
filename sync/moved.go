package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Move says that an entity has got another id. An apply creates the one with the new
// id and then deletes the old one, which is never held back: there is no moment
// without either.
type Move struct {
	Kind panther.Kind `json:"kind"`
	From string       `json:"from"`
	To   string       `json:"to"`
}

func (m Move) keys() (from, to panther.Key) {
	return panther.Key{Kind: m.Kind, ID: m.From}, panther.Key{Kind: m.Kind, ID: m.To}
}

func (m Move) String() string { return fmt.Sprintf("%s/%s → %s", m.Kind, m.From, m.To) }

// moves returns the other id of what moved, both ways.
func (p Policies) moves() map[panther.Key]panther.Key {
	out := make(map[panther.Key]panther.Key, 2*len(p.Moved))
	for _, m := range p.Moved {
		from, to := m.keys()
		out[from], out[to] = to, from
	}
	return out
}

// oriented returns the moves in the direction of the plan. Older content may have the
// old ids again.
func (b *builder) oriented() []Move {
	var out []Move
	for _, m := range b.opts.Policies.Moved {
		from, to := m.keys()
		if b.opts.Older && b.wants[from] && !b.wants[to] {
			m.From, m.To = m.To, m.From
		}
		out = append(out, m)
	}
	return out
}

// pairMoves finds what is created under another id than it is live.
func (b *builder) pairMoves() {
	for _, m := range b.oriented() {
		from, to := m.keys()
		_, live := b.live[from]
		_, deployed := b.opts.Base.Entity(from)
		if live && deployed && b.wants[to] && !b.wants[from] {
			if b.movedFrom == nil {
				b.movedFrom = map[panther.Key]panther.Key{}
			}
			b.movedFrom[to] = from
		}
	}
}

// move marks the changes of what moved, and reports the entries that can't be carried
// out or are done.
func (b *builder) move() []repo.Diagnostic {
	if len(b.opts.Policies.Moved) == 0 {
		return nil
	}
	at, kept := index(b.plan.Changes), index(b.plan.Kept)
	var out []repo.Diagnostic
	var done, idle []string
	for _, m := range b.oriented() {
		from, to := m.keys()
		if !b.scope.match(from) || b.opts.Unreadable.Has(m.Kind) {
			continue
		}
		i, deletes := at[from.String()]
		_, keptTo := kept[to.String()]
		_, isLive := b.live[to]
		if problem, is := b.cantMove(from, to); problem != "" {
			if !b.opts.Older {
				out = append(out, repo.Diagnostic{Severity: is, Kind: string(m.Kind), ID: m.To, Path: b.pathOf(from, to), Message: "moved: " + problem})
			}
			continue
		}
		_, live := b.live[from]
		_, deployed := b.opts.Base.Entity(from)
		switch {
		case !live && !b.opts.Older && (!deployed || isLive || b.wants[to]):
			if isLive {
				done = append(done, m.String())
			} else if b.opts.Base != nil && !deployed {
				idle = append(idle, m.String())
			}
		case deletes && b.plan.Changes[i].Action == Delete && b.wants[to] && !keptTo:
			b.plan.Changes[i].MovedTo = m.To
			if j, ok := at[to.String()]; ok && b.plan.Changes[j].Action == Create {
				b.plan.Changes[j].MovedFrom = m.From
			}
		}
	}
	if len(done) > 0 {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf("moved: done in this Panther, so these entries may be removed from pdac.yaml: %s", some(done))})
	}
	if len(idle) > 0 {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf("moved: these entries do nothing, because neither id is live in this Panther; check the old ids: %s", some(idle))})
	}
	return out
}

// cantMove returns why an entity can't be moved; "" if it can, or need not.
func (b *builder) cantMove(from, to panther.Key) (string, repo.Severity) {
	_, live := b.live[from]
	_, deployed := b.opts.Base.Entity(from)
	other := func(k panther.Key, has func(panther.Key) bool) (panther.Key, bool) {
		for _, kind := range panther.Kinds() {
			if o := (panther.Key{Kind: kind, ID: k.ID}); kind != k.Kind && has(o) {
				return o, true
			}
		}
		return panther.Key{}, false
	}
	wants := func(k panther.Key) bool { return b.wants[k] }
	if b.wants[from] {
		return fmt.Sprintf("%s is still in the repository; remove its spec, or the entry that moves it to %q from pdac.yaml", from, to.ID), repo.SeverityError
	}
	if is, ok := other(from, func(k panther.Key) bool { return b.exists(k) && !b.wants[k] }); ok && !live && !deployed {
		return fmt.Sprintf("%q is %s, not %s; correct the kind of the entry in pdac.yaml", from.ID, is.Kind.Article(), from.Kind.Article()), repo.SeverityError
	}
	if !live {
		return "", ""
	}
	if is, ok := other(to, wants); ok && !b.wants[to] {
		return fmt.Sprintf("%q is %s in the repository, and a move keeps the kind, which is %s; remove the entry from pdac.yaml, and apply with --allow-delete", to.ID, is.Kind.Article(), from.Kind), repo.SeverityError
	}
	switch {
	case !b.wants[to] && b.held[to]:
		return fmt.Sprintf("the spec of %s is not deployed, because it has errors or is excluded, so %s stays; fix it, or remove the entry from pdac.yaml", to, from), repo.SeverityError
	case !b.wants[to]:
		return fmt.Sprintf("%s is not in the repository, so %s has not become it; correct the new id in pdac.yaml, or remove the entry", to, from), repo.SeverityError
	case b.opts.Base == nil && !b.mayDelete(from):
		return fmt.Sprintf("%s is live, but no deployment is recorded, so pdac does not delete it after it has created %s; delete it in the console", from, to), repo.SeverityWarning
	case b.opts.Base != nil && !deployed:
		return fmt.Sprintf("%s is live, but was not deployed from this repository, so pdac does not delete it after it has created %s; delete it in the console", from, to), repo.SeverityWarning
	}
	return "", ""
}

// pathOf returns the spec that a problem of a move is about; "" for none.
func (b *builder) pathOf(keys ...panther.Key) string {
	for _, it := range b.repo.Items {
		if slices.Contains(keys, it.Key()) {
			return it.Path
		}
	}
	return ""
}

// afterMove makes the delete of what moved wait for the entity with the new id, except
// for a data model that must release its log types first.
func (b *builder) afterMove(c *Change, planned map[panther.Key]int, wanted map[panther.Key]panther.Entity) {
	to := panther.Key{Kind: c.Kind, ID: c.MovedTo}
	if _, changes := planned[to]; c.MovedTo == "" || !changes {
		return
	}
	if c.Kind == panther.DataModel {
		takes := claims(wanted[to])
		if slices.ContainsFunc(claims(b.live[c.Key()]), func(t string) bool { return slices.Contains(takes, t) }) {
			return
		}
	}
	if !slices.Contains(c.DependsOn, to.String()) {
		c.DependsOn = append(c.DependsOn, to.String())
		slices.Sort(c.DependsOn)
	}
}

// MovedAway returns the number of deletes of what has another id now.
func (p *Plan) MovedAway() int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == Delete && c.MovedTo != "" {
			n++
		}
	}
	return n
}

// succeeded reports whether the entity that took the place of a deleted one is live. A
// data model may be created only afterwards.
func (a *applier) succeeded(ctx context.Context, c Change, r *ChangeResult) (bool, error) {
	to := panther.Key{Kind: c.Kind, ID: c.MovedTo}
	if i, planned := a.at[to.String()]; planned && slices.Contains(a.plan.Changes[i].DependsOn, c.Key().String()) {
		return true, nil
	}
	_, err := a.api.Get(ctx, to, "")
	switch {
	case panther.IsNotFound(err):
		r.Outcome, r.Reason = Refused, fmt.Sprintf("%s, which it has become, is not live; plan again", to)
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s, which it has become: %w", to, err)
	}
	return true, nil
}

// putBack creates a moved entity again that had to be deleted before the new one, if
// that could not be created.
func (a *applier) putBack(ctx context.Context, c Change, r *ChangeResult) {
	from := panther.Key{Kind: c.Kind, ID: c.MovedFrom}
	i, planned := a.at[from.String()]
	if !planned || r.Outcome == Done || r.Outcome == Already || a.results[i].Outcome != Done || !slices.Contains(c.DependsOn, from.String()) {
		return
	}
	old := &a.results[i]
	if _, _, err := a.post(context.WithoutCancel(ctx), recreation(old.Was), panther.WriteOptions{SkipTests: true}, a.patient()); err != nil {
		r.Reason += fmt.Sprintf("; %s was deleted, and restoring it failed too: %v", from, err)
		body, _ := recreation(old.Was).wanted().Request(false)
		r.Lost = &Lost{Kind: from.Kind, ID: from.ID, Path: from.Kind.Collection(), Body: body}
		return
	}
	r.Reason += fmt.Sprintf("; %s was restored as it was", from)
	a.mu.Lock() // changes of this layer look at it
	defer a.mu.Unlock()
	old.Outcome, old.Reason = Failed, fmt.Sprintf("it was restored as it was, because %s could not be created", c.Key())
}
