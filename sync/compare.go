package sync

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/lookalike"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// differences returns a warning for each value that Panther stored differently
// from what was sent.
func (c Change) differences(got panther.Entity) []string {
	var out []string
	for _, fc := range c.Fields {
		f, ok := c.Kind.Field(fc.Name)
		have := got.Fields[fc.Name]
		if !ok || !got.Shows(f) || f.Equal(fc.After, have) {
			continue
		}
		is, sent := lookalike.Reveal(show(have), show(fc.After))
		out = append(out, fmt.Sprintf("Panther stored %s as %s, not as %s; with a deployment record, later plans don't count that as a difference", fc.Name, is, sent))
	}
	return out
}

// holds reports whether a live entity is already the result of the change: it
// has the wanted values, and the rest is as it was when the plan was made.
func (c Change) holds(live panther.Entity) bool { return len(c.unlike(live)) == 0 }

// unlike returns the fields in which a live entity differs from the result of
// the change.
func (c Change) unlike(live panther.Entity) []string {
	var out []string
	wanted := c.values()
	digests := live.Digests()
	for _, f := range c.Kind.Fields() {
		have := live.Fields[f.Name]
		want, planned := wanted[f.Name]
		same := true
		switch {
		case !live.Shows(f):
		case planned:
			same = f.Equal(want.After, have)
		case c.Action == Create || c.Action == Replace:
			same = f.Equal(nil, have) || f.KeepsLive
		default:
			same = digests[f.Name] == c.LiveDigests[f.Name]
		}
		if !same {
			out = append(out, f.Name)
		}
	}
	return out
}

// since returns how a live entity has changed since the plan was made.
func (c Change) since(live panther.Entity) []string {
	var out []string
	wanted := c.values()
	digests := live.Digests()
	for _, f := range live.Kind.Fields() {
		if digests[f.Name] == c.LiveDigests[f.Name] {
			continue
		}
		now := show(live.Fields[f.Name])
		if fc, ok := wanted[f.Name]; ok {
			was, now := lookalike.Reveal(show(fc.Before), now)
			out = append(out, fmt.Sprintf("%s was %s and is now %s", f.Name, was, now))
		} else {
			out = append(out, fmt.Sprintf("%s is now %s", f.Name, now))
		}
	}
	if len(out) == 0 {
		// The plan's digests contradict its fingerprint.
		return []string{"its fingerprint differs"}
	}
	return out
}

func (c Change) values() map[string]FieldChange {
	out := make(map[string]FieldChange, len(c.Fields))
	for _, f := range c.Fields {
		out[f.Name] = f
	}
	return out
}

// show returns a value for a sentence: short and on one line.
func show(v any) string {
	if v == nil {
		return "empty"
	}
	text := yamlcore.CanonicalJSON(v)
	if s, ok := v.(string); ok {
		if first, rest, more := strings.Cut(s, "\n"); more && rest != "" {
			return fmt.Sprintf("%d lines of text", strings.Count(s, "\n")+1)
		} else {
			text = yamlcore.CanonicalJSON(first)
		}
	}
	if r := []rune(text); len(r) > 80 {
		text = string(r[:80]) + "…"
	}
	return text
}
