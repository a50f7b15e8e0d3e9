package sync

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// AcceptanceState is what an acceptance means for a value.
type AcceptanceState string

// The states.
const (
	// Accepted: the live value may stay.
	Accepted AcceptanceState = "accepted"
	// AcceptanceEnded: its last day has passed.
	AcceptanceEnded AcceptanceState = "ended"
	// AcceptanceOfOther: it accepts another value.
	AcceptanceOfOther AcceptanceState = "other_value"
)

// Acceptance is an entry of drift.accept that is about a field of an entity.
type Acceptance struct {
	State AcceptanceState `json:"state"`
	// Path and Line are where it is defined.
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
	// Until is its last day; "" for no end.
	Until string `json:"until,omitempty"`
}

// accepts reports whether the live value may stay. a may be nil.
func (a *Acceptance) accepts() bool { return a != nil && a.State == Accepted }

// Place returns where it is defined.
func (a Acceptance) Place() string { return fmt.Sprintf("%s:%d", a.Path, a.Line) }

// AcceptOptions is an entry of drift.accept.
type AcceptOptions struct {
	// ID is an id or kind/id, or a glob of them. Fields are API fields or keys of a spec.
	ID     string
	Fields []string
	// Value is the only accepted value of the one field, as in a spec; nil for any.
	Value *yaml.Node
	// Reason, Until, Path and Line are those of Acceptance.
	Reason, Until, Path string
	Line                int
}

// acceptEntry is a parsed entry of drift.accept.
type acceptEntry struct {
	AcceptOptions
	only Filter
	// values has the accepted value for each kind, if there is only one. A kind whose
	// field can't have such a value is missing.
	values map[panther.Kind]any
}

// Acceptances are the edits in Panther that may stay. Nil accepts nothing.
type Acceptances struct {
	entries []acceptEntry
	// exact contains the entries about one id, and globs the others.
	exact map[string][]int
	globs []int
	// today is the day that decides what has ended.
	today string
	// moved contains the other id of what moved, both ways.
	moved map[panther.Key]panther.Key
}

// NewAcceptances checks the ids, the fields and the values of entries.
func NewAcceptances(entries []AcceptOptions) (*Acceptances, error) {
	out := &Acceptances{exact: map[string][]int{}}
	for _, o := range entries {
		e, err := newAcceptEntry(o)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", o.Path, o.Line, err)
		}
		n := len(out.entries)
		out.entries = append(out.entries, e)
		if p := e.only[0]; p.literal {
			out.exact[p.id] = append(out.exact[p.id], n)
		} else {
			out.globs = append(out.globs, n)
		}
	}
	return out, nil
}

func newAcceptEntry(o AcceptOptions) (acceptEntry, error) {
	pattern := IDPatterns([]string{o.ID})
	only, err := ParsePatterns("drift.accept: id", pattern)
	if err != nil {
		return acceptEntry{}, errors.New(strings.Replace(err.Error(), strconv.Quote(pattern[0]), strconv.Quote(o.ID), 1))
	}
	e := acceptEntry{AcceptOptions: o, only: only}
	kinds := only.kinds()
	e.Fields = nil
	for _, name := range o.Fields {
		known, err := fieldsNamed("drift.accept", kinds, name)
		if err != nil {
			return e, err
		}
		e.Fields = append(e.Fields, known...)
	}
	if o.Value == nil {
		return e, nil
	}
	e.values = map[panther.Kind]any{}
	for _, k := range kinds {
		f, ok := k.Field(o.Fields[0])
		if ok {
			f.Inverse = false // the value is that of the API
		} else if f, ok = k.FieldForSpecKey(o.Fields[0]); !ok {
			continue
		}
		f.SpecKey = o.Fields[0]
		v, wrong := repo.Value(f, o.Value)
		if text, _ := v.(string); text != "" && f.Type == panther.YAML && o.Value.Kind == yaml.ScalarNode {
			v = o.Value.Value // the text of the API, as in a report
		}
		if wrong != nil {
			err = wrong
			continue
		}
		e.values[k] = v
	}
	if len(e.values) == 0 {
		return e, fmt.Errorf("drift.accept: value: %w", err)
	}
	return e, nil
}

// On returns the policies as they are at a moment: acceptances end.
func (p Policies) On(now time.Time) Policies {
	if p.Accepted != nil {
		as := *p.Accepted
		as.today, as.moved = now.UTC().Format(time.DateOnly), p.moves()
		p.Accepted = &as
	}
	return p
}

// of returns what the entries say about a live value that differs; nil for nothing. It
// adds the numbers of those that are about the field to used, which may be nil.
func (as *Acceptances) of(k panther.Key, f panther.Field, live any, used map[int]bool) *Acceptance {
	if as == nil {
		return nil
	}
	var out *Acceptance
	keys := []panther.Key{k}
	if other, moved := as.moved[k]; moved {
		keys = append(keys, other)
	}
	for _, key := range keys {
		for _, list := range [][]int{as.exact[flat(key.ID)], as.globs} {
			for _, i := range list {
				e := as.entries[i]
				if !slices.Contains(e.Fields, f.Name) || !e.only.MatchKey(key) {
					continue
				}
				if used != nil {
					used[i] = true
				}
				a := &Acceptance{State: e.state(key.Kind, f, live, as.today), Path: e.Path, Line: e.Line, Reason: e.Reason, Until: e.Until}
				if !out.accepts() && (out == nil || a.accepts()) {
					out = a
				}
			}
		}
	}
	return out
}

func (e acceptEntry) state(k panther.Kind, f panther.Field, live any, today string) AcceptanceState {
	if e.Value != nil {
		if v, ok := e.values[k]; !ok || !f.Equal(v, live) {
			return AcceptanceOfOther
		}
	}
	if e.Until != "" && e.Until < today {
		return AcceptanceEnded
	}
	return Accepted
}

// idle returns notes about entries that match nothing: no entity, which is probably a
// typo, or, if used is not nil, no difference. matches reports whether a filter matches
// an entity.
func (as *Acceptances) idle(u Unreadable, matches func(Filter) bool, used map[int]bool) []repo.Diagnostic {
	if as == nil {
		return nil
	}
	var out []repo.Diagnostic
	say := func(e acceptEntry, s repo.Severity, format string, args ...any) {
		out = append(out, repo.Diagnostic{Severity: s, Path: e.Path, Line: e.Line, Message: "drift.accept: " + fmt.Sprintf(format, args...)})
	}
	for i, e := range as.entries {
		switch {
		case used[i] || slices.ContainsFunc(e.only.kinds(), u.Has):
		case !matches(e.only):
			say(e, repo.SeverityWarning, "%q matches nothing in the repository, in the last deployment or in Panther; correct the id, or remove the entry", e.ID)
		case used != nil:
			say(e, repo.SeverityInfo, "no edit of %s is left in %q, so the entry may be removed", strings.Join(e.Fields, ", "), e.ID)
		}
	}
	return out
}

// accepted returns the places of the acceptances by which fields of a change stay as
// they are live, each once.
func (c Change) accepted() []string {
	var out []string
	for _, f := range c.Fields {
		if f.Acceptance.accepts() && !slices.Contains(out, f.Acceptance.Place()) {
			out = append(out, f.Acceptance.Place())
		}
	}
	return out
}

// unaccepted returns a kept change without the fields that are accepted.
func (c Change) unaccepted() Change {
	if rest := slices.DeleteFunc(slices.Clone(c.Fields), func(f FieldChange) bool { return f.Acceptance.accepts() }); len(rest) < len(c.Fields) && c.Action == Update {
		c.Fields, c.Cause = rest, together(rest)
	}
	return c
}

// AcceptedFields returns the fields of a change whose live value may stay, with the first
// acceptance; nil for none.
func (c Change) AcceptedFields() (fields []string, by *Acceptance) {
	for _, f := range c.Fields {
		if f.Acceptance.accepts() {
			fields = append(fields, f.Name)
			if by == nil {
				by = f.Acceptance
			}
		}
	}
	return fields, by
}

// outweighed warns of committed values that are not deployed, because the value in
// Panther is accepted.
func (b *builder) outweighed() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, c := range b.plan.Kept {
		for _, f := range c.Fields {
			if f.Cause == CauseConflict && f.Acceptance.accepts() {
				out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: c.Path, Kind: string(c.Kind), ID: c.ID, Message: fmt.Sprintf(
					"%s of %s was changed in the repository, but is not deployed, because %s accepts the value in Panther; remove that entry to deploy it", f.Name, c.Key(), f.Acceptance.Place())})
			}
		}
	}
	return out
}
