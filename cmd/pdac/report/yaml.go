package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// yamlLines formats a value as lines of YAML, without cutting or escaping them.
func yamlLines(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return []string{"{}"}
		}
		var out []string
		for _, key := range keysOf(v) {
			out = append(out, under(yamlWord(key)+":", v[key], false)...)
		}
		return out
	case []any:
		if len(v) == 0 {
			return []string{"[]"}
		}
		var out []string
		for _, e := range v {
			out = append(out, under("-", e, true)...)
		}
		return out
	case string:
		return []string{yamlWord(v)}
	}
	return []string{yamlcore.CanonicalJSON(v)}
}

// under puts a value after a key or a dash: a scalar on the same line, and others
// indented.
func under(head string, v any, dash bool) []string {
	lines := yamlLines(v)
	if !full(v) {
		return []string{head + " " + lines[0]}
	}
	if dash {
		for i, l := range lines {
			lines[i] = "  " + l
		}
		lines[0] = "- " + lines[0][2:]
		return lines
	}
	out := []string{head}
	for _, l := range lines {
		out = append(out, "  "+l)
	}
	return out
}

// full reports whether a value is a list or an object with elements.
func full(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// keysOf returns the keys of an object in order; the name of a unit test or of what a
// mock replaces comes first.
func keysOf(m map[string]any) []string {
	keys := slices.Sorted(maps.Keys(m))
	for first, beside := range map[string]string{"name": "expectedResult", "objectName": "returnValue"} {
		if i := slices.Index(keys, first); i > 0 && slices.Contains(keys, beside) {
			keys = slices.Insert(slices.Delete(keys, i, i+1), 0, first)
		}
	}
	return keys
}

// plainWord is what YAML reads as a string without quotes.
var plainWord = lazyregexp.New(`^[A-Za-z_/][A-Za-z0-9_./@+*() -]*(?::[A-Za-z0-9_./@+*()-]+)*$`)

// yamlWord formats a string, in quotes if YAML would read it as something else.
func yamlWord(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return yamlcore.CanonicalJSON(s)
	}
	if plainWord.MatchString(s) && !strings.HasSuffix(s, " ") && !strings.Contains(s, " - ") {
		return s
	}
	return yamlcore.CanonicalJSON(s)
}

// leafLine is a line of a value that comes or goes.
type leafLine struct {
	op   diff.Op
	text string
}

// leafLines shows a difference of lists or objects as lines of YAML below its path.
func leafLines(l diff.Leaf) []leafLine {
	var out []leafLine
	add := func(op diff.Op, v any) {
		if !full(v) {
			out = append(out, leafLine{op, Clean(l.Path) + ": " + compact(v)})
			return
		}
		out = append(out, leafLine{op, Clean(l.Path) + ":"})
		for _, line := range yamlLines(v) {
			out = append(out, leafLine{op, "  " + Clean(line)})
		}
	}
	if l.Op != diff.Insert {
		add(diff.Delete, l.Before)
	}
	if l.Op != diff.Delete {
		add(diff.Insert, l.After)
	}
	return out
}

// leafSize returns how many lines a difference takes.
func leafSize(l diff.Leaf) int {
	if full(l.Before) || full(l.After) {
		return len(leafLines(l))
	}
	return 1
}
