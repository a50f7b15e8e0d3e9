package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// Tunings are the tunings of a repository, and of a Panther.
type Tunings struct {
	List []lint.Tuning
	// Read is set if Panther was read, so that Console is complete.
	Read bool
	// Console are the entities whose tuning was changed in the console, with the fields
	// of the tuning only.
	Console []sync.DriftedEntity
}

// TuningOptions are the options of ShowTunings.
type TuningOptions struct {
	// Format is Text or JSON.
	Format Format
	// Color enables colors in text.
	Color bool
}

// The JSON types; schemas/tuning.schema.json explains the keys.
type (
	tuningsJSON struct {
		FormatVersion string              `json:"format_version"`
		Tunings       []tuningJSON        `json:"tunings"`
		ConsoleRead   bool                `json:"console_read"`
		Console       []consoleTuningJSON `json:"console"`
	}
	tuningJSON struct {
		Path      string `json:"path"`
		Line      int    `json:"line"`
		Entity    string `json:"entity,omitempty"`
		Reference string `json:"reference,omitempty"`
		Owner     string `json:"owner,omitempty"`
		Until     string `json:"until,omitempty"`
		Reason    string `json:"reason,omitempty"`
		Expired   bool   `json:"expired"`
		Code      string `json:"code,omitempty"`
	}
	consoleTuningJSON struct {
		Kind     panther.Kind `json:"kind"`
		ID       string       `json:"id"`
		Path     string       `json:"path,omitempty"`
		Field    string       `json:"field"`
		Deployed any          `json:"deployed"`
		Live     any          `json:"live"`
	}
)

// ShowTunings lists tunings.
func ShowTunings(w io.Writer, t Tunings, o TuningOptions) error {
	switch o.Format {
	case JSON:
		return writeJSON(w, t.json())
	case Text, "":
		return t.text(newPrinter(w, o.Color))
	}
	return badFormat(o.Format, TuningView)
}

func (t Tunings) json() tuningsJSON {
	out := tuningsJSON{FormatVersion: findingsFormatVersion, Tunings: []tuningJSON{}, ConsoleRead: t.Read, Console: []consoleTuningJSON{}}
	for _, u := range t.List {
		j := tuningJSON{Path: u.Path, Line: u.Range.Line, Entity: u.Entity, Reference: u.Reference, Owner: u.Owner, Reason: u.Reason, Expired: u.Expired, Code: u.Code}
		if !u.Until.IsZero() {
			j.Until = u.Until.Format(time.DateOnly)
		}
		out.Tunings = append(out.Tunings, j)
	}
	for _, e := range t.Console {
		for _, f := range e.Fields {
			out.Console = append(out.Console, consoleTuningJSON{e.Kind, e.ID, e.Path, f.Name, f.Deployed, f.Live})
		}
	}
	return out
}

func (t Tunings) text(p *printer) error {
	expired := 0
	for _, u := range t.List {
		var about []string
		for _, s := range []string{u.Reference, u.Owner} {
			if s != "" {
				about = append(about, Clean(s))
			}
		}
		if u.Owner == "" {
			about = append(about, "no owner")
		}
		if u.Expired {
			expired++
			about = append(about, "expired on "+u.Until.Format(time.DateOnly))
		} else if !u.Until.IsZero() {
			about = append(about, "until "+u.Until.Format(time.DateOnly))
		}
		p.line(Clean(fmt.Sprintf("%s:%d", u.Path, u.Range.Line)), ": ", strings.Join(about, ", "))
		for _, s := range []string{u.Entity, u.Code, u.Reason} {
			if s != "" {
				p.line("    ", Clean(s))
			}
		}
	}
	for _, e := range t.Console {
		for _, f := range e.Fields {
			p.line("changed in the console: ", Clean(string(e.Kind)+" "+e.ID), ": ", f.Name)
			p.line("    deployed: ", tunedValue(f.Deployed))
			p.line("    live:     ", tunedValue(f.Live))
		}
	}
	if len(t.List)+len(t.Console) > 0 {
		p.line()
	}
	p.line(tuningSummary(len(t.List), expired, len(t.Console), t.Read))
	return p.end("tunings")
}

func tuningSummary(explained, expired, console int, read bool) string {
	out := Count(explained, "tuning is", "tunings are") + " explained in the repository"
	if expired > 0 {
		out += fmt.Sprintf(", %d of them expired", expired)
	}
	if read {
		out += "; " + Count(console, "entity was", "entities were") + " tuned in the console"
	}
	return out + "."
}

// tunedValue writes a value on one line.
func tunedValue(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return Clean(clip(string(text), 100))
}
