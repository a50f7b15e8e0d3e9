package sandbox

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainInteger writes an integer in its short form: 60.0 and 6e1 become 60. Other values are returned unchanged.
func plainInteger(value any) any {
	number, isNumber := value.(json.Number)
	if !isNumber || !strings.ContainsAny(string(number), ".eE") {
		return value
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return value
	}
	return json.Number(strconv.FormatInt(int64(f), 10))
}

// reformatJSON rewrites JSON text in a different layout: keys in reverse order, four spaces per level, other escapes,
// and fractions in their shortest form. Ambiguous text is returned unchanged: text that is not JSON, has a duplicate
// key, or contains a character that decoding would lose.
func reformatJSON(text string) string {
	_, layout, ok := readJSON(text)
	if !ok {
		return text
	}
	return layout
}

// parseJSON returns the value of a JSON text, if it is not ambiguous and any client can read it.
func parseJSON(text string) (any, bool) {
	value, _, ok := readJSON(text)
	var plain any
	return value, ok && json.Unmarshal([]byte(text), &plain) == nil // fails for a number like 1e400
}

func readJSON(text string) (value any, layout string, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if !json.Valid([]byte(text)) || !utf8.ValidString(text) || d.Decode(&value) != nil {
		return nil, "", false
	}
	w := jsonWriter{out: make([]byte, 0, len(text)*2)}
	w.write(value, 0)
	return value, string(w.out), !w.lost && w.keys == countColons(text)
}

// countColons counts the colons outside strings, which is the number of keys in the text.
func countColons(text string) int {
	n, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			n++
		}
	}
	return n
}

type jsonWriter struct {
	out  []byte
	keys int
	lost bool // a character was lost in decoding
}

func (w *jsonWriter) write(value any, depth int) {
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		w.keys += len(names)
		w.list('{', '}', len(names), depth, func(i int) {
			name := names[len(names)-1-i]
			w.text(name)
			w.out = append(w.out, ": "...)
			w.write(v[name], depth+1)
		})
	case []any:
		w.list('[', ']', len(v), depth, func(i int) { w.write(v[i], depth+1) })
	case string:
		w.text(v)
	case json.Number:
		w.out = append(w.out, shortNumber(string(v))...)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	default:
		w.out = append(w.out, "null"...)
	}
}

func (w *jsonWriter) list(open, end byte, n, depth int, item func(i int)) {
	// Deeper levels are not indented further; otherwise hostile text would grow with the square of its size.
	const deepest = 32
	w.out = append(w.out, open)
	for i := range n {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.newline(min(depth+1, deepest))
		item(i)
	}
	if n > 0 {
		w.newline(min(depth, deepest))
	}
	w.out = append(w.out, end)
}

func (w *jsonWriter) newline(depth int) {
	w.out = append(w.out, '\n')
	for range depth {
		w.out = append(w.out, "    "...)
	}
}

func (w *jsonWriter) text(s string) {
	if strings.ContainsRune(s, utf8.RuneError) {
		w.lost = true
	}
	quoted, _ := json.Marshal(s) // strings always encode
	w.out = append(w.out, quoted...)
}

// shortNumber writes a fraction in its shortest form if that is exactly the same decimal number. Integers stay
// unchanged and fractions stay fractions, because Python distinguishes 1 from 1.0.
func shortNumber(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	short := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(short, ".e") {
		short += ".0"
	}
	if decimal(short) != decimal(text) {
		return text
	}
	return short
}

// decimal writes a number in a unique form: sign, digits without zeros at either end, exponent of the last digit. It
// returns "" for an absurdly large exponent.
func decimal(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	sign := ""
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		mantissa, sign = rest, "-"
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	power := 0
	if exponent != "" {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil {
			return ""
		}
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return sign + "0"
	}
	return sign + trimmed + "e" + strconv.Itoa(power-len(fraction)+len(digits)-len(trimmed))
}
