// Package yamlgen generates random YAML for property tests: any value, in any
// common style, with comments.
package yamlgen

import (
	"fmt"
	"strings"

	"encoding/json"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"pgregory.net/rapid"
)

// Words are strings that YAML, or a careless editor, could mistake for
// something else.
var Words = rapid.OneOf(
	rapid.SampledFrom([]string{"yes", "No", "on", "~", "null", "true", "0644", "1.10", "1e3", "1:30:00", "2026-11-24", "a: b", "- c", "# d", "x # y", "{e}", "[f]", "&g", "*h", "!i", "%j", "@k", "`l", "'", "\"", "''", " m", "n ", "o\np", "q\n", "q\n\n", "\n\nz", "\tr", "  s\nt", "t\n  u\nv", "é", "日本", "\u200b", "\u2028", "\u0085", "s\\t", "<<", "|", ">", "u\r\nv", "${w}", "{x} did y", "", "---", "...", "?", "a, b", "a]", "k:", "TA0001:T1078"}),
	rapid.StringMatching(`[A-Za-z][A-Za-z0-9_. ]{0,12}`),
	rapid.StringMatching(`([a-z]{1,8} ){20,40}[a-z]{1,5}`),
	rapid.StringMatching(`([a-z ]{0,30}\n){1,5}`),
)

// Keys are names of keys, including unusual ones.
var Keys = rapid.OneOf(rapid.StringMatching(`[A-Za-z][A-Za-z0-9_]{0,6}`), rapid.SampledFrom([]string{"a b", "yes", "12", "é", "k-1", "x:y", "'q'", "# c", "~", ""}))

// Value generates a value of the JSON model.
func Value(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(Words.AsAny(), Words.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.SampledFrom([]json.Number{"0", "1", "-7", "2.5", "1e21", "12345678901234567890", "0.1"}).AsAny())
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.SliceOfN(Value(depth-1), 0, 4).AsAny(), rapid.MapOfN(Keys, Value(depth-1), 0, 4).AsAny())
}

// Writer writes random values in random styles, with comments.
type Writer struct {
	t        *rapid.T
	nl       string
	Comments []string
	n        int
}

func (w *Writer) coin(label string) bool { return rapid.Bool().Draw(w.t, label) }
func (w *Writer) one(n int, label string) int {
	return rapid.IntRange(0, n-1).Draw(w.t, label)
}

func (w *Writer) comment() string {
	w.n++
	c := fmt.Sprintf("# note%d", w.n)
	w.Comments = append(w.Comments, c)
	return c
}

func (w *Writer) above(pad string) string {
	switch w.one(6, "above") {
	case 0:
		return pad + w.comment() + w.nl
	case 1:
		return w.nl
	case 2:
		return w.nl + pad + w.comment() + w.nl + w.nl
	}
	return ""
}

func (w *Writer) tail() string {
	if w.one(5, "tail") == 0 {
		return " " + w.comment()
	}
	return ""
}

func single(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func plainish(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_. ", c) {
			return false
		}
	}
	v, err := yamlcore.DecodeText("- " + s)
	l, ok := v.([]any)
	return err == nil && ok && len(l) == 1 && l[0] == s
}

// scalar writes a scalar; more is the part on further lines.
func (w *Writer) scalar(v any, pad string, flow bool) (s, more string) {
	text, ok := v.(string)
	if !ok {
		if v == nil && !flow && w.coin("empty") {
			return "", ""
		}
		return yamlcore.CanonicalJSON(v), ""
	}
	simple := !strings.ContainsAny(text, "\n\r\t\u0085\u2028\u200b")
	kind := w.one(7, "scalar")
	switch {
	case kind <= 1 && plainish(text) && simple:
		if words := strings.Split(text, " "); !flow && len(words) > 6 && !strings.Contains(text, "  ") && w.coin("fold") {
			return strings.Join(words[:3], " "), w.nl + pad + "  " + strings.Join(words[3:], " ")
		}
		return text, ""
	case kind == 2 && simple:
		return single(text), ""
	case kind >= 3 && kind <= 4 && !flow && strings.Trim(text, "\n") != "" && !strings.ContainsAny(text[:1], " \n\t") && !strings.ContainsAny(text, "\r\u0085\u2028\u200b"):
		head, body := "|", strings.TrimRight(text, "\n")
		if kind == 4 {
			head = ">"
			if !simple || strings.Contains(text, "  ") || strings.HasSuffix(text, " ") {
				head = "|"
			}
		}
		switch len(text) - len(body) {
		case 0:
			head += "-"
		case 1:
		default:
			head += "+"
			body = text[:len(text)-1]
		}
		lines := strings.Split(body, "\n")
		if head[0] == '>' && strings.Count(body, " ") > 6 {
			i := strings.Index(body[len(body)/2:], " ") + len(body)/2
			if i > len(body)/2 {
				lines = []string{body[:i], body[i+1:]}
			}
		}
		if w.one(4, "headnote") == 0 {
			head += " " + w.comment()
		}
		for _, l := range lines {
			more += w.nl
			if l != "" {
				more += pad + "  " + l
			}
		}
		return head, more
	}
	return quoteJSON(text), ""
}

func quoteJSON(s string) string {
	r := strings.NewReplacer("\u0085", `\u0085`, "\u200b", `\u200b`, "\u2028", `\u2028`)
	return r.Replace(yamlcore.CanonicalJSON(s))
}

func (w *Writer) key(k string) string {
	if plainish(k) && w.one(4, "key") > 0 {
		return k
	}
	if w.coin("single key") {
		return single(k)
	}
	return quoteJSON(k)
}

func (w *Writer) flow(v any, json bool) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range SortedKeys(v) {
			key := quoteJSON(k)
			if !json {
				key = w.key(k)
			}
			parts = append(parts, key+": "+w.flow(v[k], json))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, w.flow(e, json))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if json {
		return quoteOr(v)
	}
	s, _ := w.scalar(v, "", true)
	return s
}

func quoteOr(v any) string {
	if s, ok := v.(string); ok {
		return quoteJSON(s)
	}
	return yamlcore.CanonicalJSON(v)
}

// lines writes a flow collection on several lines.
func (w *Writer) lines(v any, pad string) string {
	inner := pad + "  "
	var parts []string
	open, end := "[", "]"
	switch v := v.(type) {
	case map[string]any:
		open, end = "{", "}"
		for _, k := range SortedKeys(v) {
			parts = append(parts, quoteJSON(k)+": "+w.flow(v[k], true))
		}
	case []any:
		for _, e := range v {
			parts = append(parts, w.flow(e, true))
		}
	}
	if len(parts) == 0 {
		return open + end
	}
	s := open
	for i, p := range parts {
		s += w.nl + inner + p
		if i < len(parts)-1 || w.one(5, "trailing comma") == 0 {
			s += ","
		}
		s += w.tail()
	}
	return s + w.nl + pad + end
}

// SortedKeys returns the sorted keys of a mapping.
func SortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// under writes a value after a key or a dash at an indentation.
func (w *Writer) under(v any, pad string, dash bool) string {
	deep := 0
	switch v := v.(type) {
	case map[string]any:
		deep = len(v)
	case []any:
		deep = len(v)
	}
	_, isMap := v.(map[string]any)
	_, isList := v.([]any)
	if !isMap && !isList {
		s, more := w.scalar(v, pad, false)
		if s != "" {
			s = " " + s
		}
		if more != "" && !strings.HasPrefix(s, " |") && !strings.HasPrefix(s, " >") {
			return s + more + w.tail() + w.nl
		}
		if more != "" {
			return s + more + w.nl
		}
		return s + w.tail() + w.nl
	}
	if deep == 0 {
		return " " + w.flow(v, false) + w.tail() + w.nl
	}
	switch w.one(5, "style") {
	case 0:
		return " " + w.flow(v, w.coin("json")) + w.tail() + w.nl
	case 1:
		if w.coin("below") {
			return w.nl + pad + "  " + w.lines(v, pad+"  ") + w.tail() + w.nl
		}
		return " " + w.lines(v, pad+"  ") + w.tail() + w.nl
	}
	inner := pad + "  "
	if isList && !dash && w.coin("indentless") {
		inner = pad
	}
	block := w.block(v, inner, dash)
	if dash {
		return " " + strings.TrimPrefix(block, inner)
	}
	return w.tail() + w.nl + block
}

func (w *Writer) block(v any, pad string, compact bool) string {
	var b strings.Builder
	switch v := v.(type) {
	case map[string]any:
		for i, k := range SortedKeys(v) {
			if !compact || i > 0 {
				b.WriteString(w.above(pad))
			}
			b.WriteString(pad + w.key(k) + ":" + w.under(v[k], pad, false))
		}
	case []any:
		for i, e := range v {
			if !compact || i > 0 {
				b.WriteString(w.above(pad))
			}
			b.WriteString(pad + "-" + w.under(e, pad, true))
		}
	}
	return b.String()
}

// Document writes a mapping as a document and returns the comments in it too.
// Draws are skipped if a YAML 1.2 parser would not read the same value.
func Document(t *rapid.T, v map[string]any) (src string, comments []string) {
	w := &Writer{t: t, nl: rapid.SampledFrom([]string{"\n", "\n", "\r\n"}).Draw(t, "newline")}
	src = w.block(v, "", false)
	if w.one(6, "cut") == 0 {
		src = strings.TrimSuffix(src, w.nl)
	}
	if w.one(6, "start") == 0 {
		src = "---" + w.nl + src
	}
	if w.one(6, "bom") == 0 {
		src = "\xef\xbb\xbf" + src
	}
	return src, w.Comments
}
