package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
)

// Where are conditions on listed entities that must all be true, such as severity=HIGH.
type Where []condition

type condition struct {
	field  string
	values []string
	not    bool
}

// drifted stands for all states that only a change in the console causes.
const drifted = "drifted"

// WhereFields returns what conditions can be about: kind, id, state, path, and the
// fields by their names in Panther's API.
func WhereFields() []string {
	out := []string{"kind", "id", "state", "path", "owner"}
	for _, k := range panther.Kinds() {
		for _, f := range k.Fields() {
			if !slices.Contains(out, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// ParseWhere parses conditions of the form FIELD=VALUE or FIELD!=VALUE, joined by
// commas. A part without "=" is another value of the field before it. A value in double
// quotes can have commas, and "" in it is a quote.
func ParseWhere(name string, texts []string) (Where, error) {
	fields := WhereFields()
	var out Where
	for _, text := range texts {
		first := len(out)
		for _, part := range whereParts(text) {
			field, value, ok := strings.Cut(part, "=")
			if strings.HasPrefix(part, `"`) {
				ok = false
			}
			more := !ok && len(out) > first && part != ""
			if more {
				value = part
			}
			field, not := strings.CutSuffix(field, "!")
			field, value = strings.TrimSpace(field), strings.TrimSpace(value)
			switch {
			case !more && (!ok || field == "" || value == ""):
				return nil, fmt.Errorf(`%s %q must have the form FIELD=VALUE, such as severity=HIGH,enabled=false; write reference="" for entities without a value`, name, text)
			case !more && !slices.Contains(fields, field):
				return nil, fmt.Errorf("%s %q: there is no field %q%s", name, text, field, fieldAdvice(field, fields))
			}
			value, ok = unquoted(value)
			if !ok {
				return nil, fmt.Errorf(`%s %q: a value that begins with " must end with ", and a " in it is written as ""`, name, text)
			}
			if more {
				last := &out[len(out)-1]
				last.values = append(last.values, value)
				continue
			}
			out = append(out, condition{field: field, not: not, values: []string{value}})
		}
		for i := first; i < len(out); i++ {
			if err := out[i].check(); err != nil {
				return nil, fmt.Errorf("%s %q: %w", name, text, err)
			}
		}
	}
	return out, nil
}

// whereParts splits conditions at the commas that are not in a quoted value.
func whereParts(text string) []string {
	var out []string
	start, value, quoted := 0, true, false
	for i, r := range text {
		switch {
		case r == '"' && (quoted || value):
			quoted, value = !quoted, quoted // so that "" stays in the value
		case quoted || r == ' ':
		case r == ',':
			out = append(out, strings.TrimSpace(text[start:i]))
			start, value = i+1, true
		default:
			value = r == '='
		}
	}
	return append(out, strings.TrimSpace(text[start:]))
}

// unquoted returns a value without its quotes, and false if they are not in pairs.
func unquoted(value string) (string, bool) {
	inner, ok := strings.CutPrefix(value, `"`)
	if !ok || value == noValue {
		return value, true
	}
	inner, ok = strings.CutSuffix(inner, `"`)
	text := strings.ReplaceAll(inner, `""`, "")
	return strings.ReplaceAll(inner, `""`, `"`), ok && !strings.Contains(text, `"`)
}

// fieldAdvice suggests a field, or says which there are.
func fieldAdvice(field string, fields []string) string {
	if meant := suggest.DidYouMean(field, fields); meant != "" {
		return meant
	}
	return "; use kind, id, state, path, owner, or a field of Panther's API such as severity, enabled, logTypes, tags, displayName"
}

// check refuses values that the field can't have.
func (c *condition) check() error {
	legal := WhereValues(c.field)
	for _, v := range c.values {
		if len(legal) > 0 && v != noValue && !slices.ContainsFunc(legal, func(l string) bool { return strings.EqualFold(l, v) }) {
			return fmt.Errorf("%s can't be %q; use one of %s%s", c.field, v, strings.Join(legal, ", "), suggest.DidYouMean(v, legal))
		}
	}
	return nil
}

// WhereValues returns the values that a field can have; nil for any.
func WhereValues(field string) []string {
	var out []string
	switch field {
	case "state":
		for _, s := range EntityStates() {
			out = append(out, string(s))
		}
		out = append(out, drifted)
	case "kind":
		for _, k := range panther.Kinds() {
			out = append(out, string(k))
		}
	case panther.FieldSeverity:
		out = panther.Severities()
	case panther.FieldEnabled:
		out = []string{"true", "false"}
	}
	return out
}

// noValue is how a condition names a field without a value.
const noValue = `""`

// Texts returns the conditions as texts.
func (w Where) Texts() []string {
	var out []string
	for _, c := range w {
		op := "="
		if c.not {
			op = "!="
		}
		values := slices.Clone(c.values)
		for i, v := range values {
			if v != noValue && (strings.ContainsAny(v, `,"`) || i > 0 && strings.Contains(v, "=") || strings.TrimSpace(v) != v) {
				values[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
		}
		out = append(out, c.field+op+strings.Join(values, ","))
	}
	return out
}

// Match reports whether an entity fulfils all conditions. Case does not count.
func (w Where) Match(e Listed) bool {
	return !slices.ContainsFunc(w, func(c condition) bool {
		return slices.ContainsFunc(c.values, func(v string) bool { return has(e, c.field, v) }) == c.not
	})
}

func has(e Listed, field, value string) bool {
	var have []string
	switch field {
	case "kind":
		have = []string{string(e.Kind)}
	case "id":
		have = []string{e.ID}
	case "path":
		have = []string{e.Path}
	case "owner":
		have = e.Owners
	case "state":
		if value == drifted {
			return slices.Contains([]EntityState{StateEdited, StateDeleted, StateMixed, StateConflict}, e.State)
		}
		have = []string{string(e.State)}
	default:
		have = fieldTexts(e.entity, field)
	}
	if value == noValue {
		return strings.Join(have, "") == ""
	}
	return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, value) })
}
