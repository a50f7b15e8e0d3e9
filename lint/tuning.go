package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/suggest"
)

// Tuning is an exception that a comment explains, such as a filter or a threshold:
//
//	# pdac:tuning INC-91 owner=ada until=2026-12-31 -- reason
//
// It is about the code on its line, or on the next one if it is alone on its line.
type Tuning struct {
	Path  string
	Range Range
	// Entity is the id of the spec; "" if none is known.
	Entity string
	// Reference is the ticket, Owner who answers for it, and Reason why it exists; each
	// may be empty.
	Reference, Owner, Reason string
	// Until is the last day on which it is needed; zero if it has none.
	Until   time.Time
	Expired bool
	// Code is the line that it is about, shortened.
	Code string
}

// tuningWords are what a comment says of a tuning.
type tuningWords struct {
	Reference, Owner, Code string
}

const tuningHelp = "write it like: # pdac:tuning INC-91 owner=ada until=2026-12-31 -- reason"

// parseTuning reads the words of a comment about a tuning; the first is "tuning".
func (p *parsedIgnore) parseTuning(fields []span) {
	fault := func(s span, hint, format string, args ...any) {
		p.faults = append(p.faults, spanFault{s, fmt.Sprintf(format, args...), hint})
	}
	p.tuning = &tuningWords{}
	var refs []string
	for _, f := range fields[1:] {
		if p.parseUntil(f) {
			continue
		}
		key, value, named := strings.Cut(f.text, "=")
		switch {
		case !named:
			refs = append(refs, strings.Clone(f.text))
		case key != "owner":
			fault(f, tuningHelp, "unknown word %q in the tuning comment%s", f.text, suggest.DidYouMean(key, []string{"owner", "until"}))
		case value == "" || p.tuning.Owner != "":
			fault(f, tuningHelp, "owner= must name one owner")
		default:
			p.tuning.Owner = strings.Clone(value)
		}
	}
	p.tuning.Reference = strings.Join(refs, " ")
	if p.tuning.Reference == "" && p.reason == "" {
		fault(fields[0], tuningHelp, "the tuning is not explained: the comment has no ticket and no reason")
	}
	if p.tuning.Owner == "" {
		fault(fields[0], tuningHelp, "the tuning has no owner")
	}
}

// codeOf returns a line without its comment, on at most 80 characters.
func codeOf(line string) string {
	line, _, _ = strings.Cut(line, "# pdac:")
	line = strings.TrimSpace(line)
	if r := []rune(line); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return line
}

// reportTuning reports what is wrong with a comment about a tuning.
func (g ignoreComment) reportTuning(o Options, report func(id string, at Range, hint, format string, args ...any)) {
	for _, fault := range g.Faults {
		report(idTuning, fault.Range, fault.Hint, "%s", fault.Message)
	}
	if g.expired(o.Now) {
		report(idExpiredTuning, g.UntilRange, "remove the tuning, or set a later date", "the tuning expired on %s", g.Until.Format(time.DateOnly))
	}
}

// tunings lists the tunings in some files and folders, or in all.
func (s *state) tunings(paths []string, now time.Time) (out []Tuning) {
	in := About(paths)
	entities := map[string]string{}
	for _, r := range s.records {
		if of := r.outlined(); of != nil && of.BodyPath != "" {
			entities[of.BodyPath] = of.Entity
		}
	}
	for _, r := range s.records {
		if len(paths) > 0 && !in(Finding{Path: r.Path}) {
			continue
		}
		entity := entities[r.Path]
		if of := r.outlined(); of != nil && of.Spec {
			entity = of.Entity
		}
		for _, g := range r.Ignores {
			if g.Tuning != nil {
				out = append(out, Tuning{
					Path: r.Path, Range: g.Range, Entity: entity, Reference: g.Tuning.Reference, Owner: g.Tuning.Owner,
					Reason: g.Reason, Until: g.Until, Expired: g.expired(now), Code: g.Tuning.Code,
				})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Tuning) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.Range.compare(b.Range)
	})
	return out
}
