package yamledit

import (
	"encoding/json"
	"strings"

	"gopkg.in/yaml.v3"
)

// written is a value as text: the part after the key or dash, and the lines
// below it.
type written struct {
	inline string
	lines  []string
}

// renderer writes new values.
type renderer struct{ style style }

// under writes a value after a key or a dash in the given column.
func (r renderer) under(v any, column int, dash bool) written {
	switch v := unitem(v).(type) {
	case kept:
		return r.under(wanted(v.y), column, dash)
	case Map:
		if len(v) == 0 {
			return written{inline: "{}"}
		}
		inner := column + r.style.step
		if dash {
			inner = column + 2
		}
		var lines []string
		for _, kv := range v {
			lines = append(lines, r.pair(kv, inner)...)
		}
		return compact(lines, inner, dash)
	case []any:
		if len(v) == 0 {
			return written{inline: "[]"}
		}
		inner := column + r.style.dash
		if dash {
			inner = column + 2
		}
		var lines []string
		for _, e := range v {
			lines = append(lines, r.item(e, inner)...)
		}
		return compact(lines, inner, dash)
	case string:
		return r.text(v, column)
	case Text:
		return r.text(string(v), column)
	case Prose:
		if w, ok := r.prose(string(v), column); ok {
			return w
		}
		return r.text(string(v), column)
	default:
		return written{inline: r.scalar(v, false)}
	}
}

func compact(lines []string, inner int, dash bool) written {
	if !dash {
		return written{lines: lines}
	}
	return written{inline: lines[0][inner:], lines: lines[1:]}
}

func (r renderer) text(s string, column int) written {
	if strings.Contains(s, "\n") {
		if header, lines, ok := literalLines(s, column, column+max(r.style.step, 1), false); ok {
			return written{inline: header, lines: lines}
		}
	}
	return written{inline: r.scalar(s, false)}
}

// prose folds a long paragraph.
func (r renderer) prose(s string, column int) (written, bool) {
	body := strings.TrimSuffix(s, "\n")
	if len(body) <= 100 || strings.Contains(body, "\n") || deeper(body) || strings.ContainsFunc(body, func(c rune) bool { return !printable(c) }) {
		return written{}, false
	}
	w := written{inline: ">" + chomping(s), lines: wrap(nil, body)}
	for i, l := range w.lines {
		w.lines[i] = strings.Repeat(" ", column+max(r.style.step, 1)) + l
	}
	return w, reads(w, column, s)
}

// pair writes a key and its value as complete lines.
func (r renderer) pair(kv KeyValue, column int) []string {
	return join(strings.Repeat(" ", column)+r.key(kv.Key, false)+":", r.under(kv.Value, column, false))
}

// item writes an element of a block list as complete lines.
func (r renderer) item(v any, column int) []string {
	return join(strings.Repeat(" ", column)+"-", r.under(v, column, true))
}

func join(head string, w written) []string {
	if w.inline != "" {
		head += " " + w.inline
	}
	return append([]string{head}, w.lines...)
}

func (r renderer) key(s string, flow bool) string {
	if plainSafe(s, flow) && len(s) <= 128 {
		return s
	}
	return quoted(s, r.style.quote)
}

// scalar writes a scalar on one line.
func (r renderer) scalar(v any, flow bool) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	case Text:
		return r.scalar(string(v), flow)
	case Prose:
		return r.scalar(string(v), flow)
	case string:
		if plainSafe(v, flow) {
			return v
		}
		return quoted(v, r.style.quote)
	}
	return ""
}

// flow writes a value on one line; json puts keys and strings in double quotes.
func (r renderer) flow(v any, json bool) string {
	switch v := unitem(v).(type) {
	case kept:
		return r.flow(wanted(v.y), json)
	case Map:
		if len(v) == 0 {
			return "{}"
		}
		parts := make([]string, len(v))
		for i, kv := range v {
			parts[i] = r.flowPair(kv, json)
		}
		if r.style.padded {
			return "{ " + strings.Join(parts, ", ") + " }"
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = r.flow(e, json)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if json {
			return doubleQuoted(v)
		}
		return r.scalar(v, true)
	case Text:
		return r.flow(string(v), json)
	case Prose:
		return r.flow(string(v), json)
	default:
		return r.scalar(v, true)
	}
}

func (r renderer) flowPair(kv KeyValue, json bool) string {
	key := r.key(kv.Key, true)
	if json {
		key = doubleQuoted(kv.Key)
	}
	return key + ": " + r.flow(kv.Value, json)
}

// isJSON reports whether a flow collection is written like JSON, with its keys,
// or its strings if it has no keys, in double quotes.
func isJSON(n *node, otherwise bool) bool {
	for _, e := range n.entries {
		if e.key != nil {
			return e.key.form == double
		}
		if e.value.y.Kind == yaml.ScalarNode {
			if e.value.form == double {
				return true
			}
			if e.value.form == single || e.value.y.ShortTag() == "!!str" {
				return false
			}
		}
	}
	return otherwise
}
