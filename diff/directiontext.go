package diff

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// The limits of a reason: how many names it has, and how many characters of a text.
const (
	maxNamed = 3
	maxShown = 60
)

// words adds a reason that names some elements; none for an empty list.
func (j *judge) words(d Direction, field, one, many, what string, names []string) {
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	j.add(d, field, "%s %s: %s", pick(len(names) == 1, one, many), what, named(names))
}

// named lists the first few names, and counts the others.
func named(names []string) string {
	var out []string
	for _, n := range names[:min(len(names), maxNamed)] {
		out = append(out, shown(n))
	}
	text := strings.Join(out, ", ")
	if more := len(names) - len(out); more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

// shown cuts a text that is not ours, and quotes it unless it is a simple word.
func shown(s string) string {
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown]) + "…"
	}
	for i, r := range s {
		if (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune("0123456789._-/:*@…", r) && (r != ' ' || i == 0 || i == len(s)-1) {
			return strconv.Quote(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// plainText writes a canonical scalar.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return "(none)"
	case string:
		return shown(v)
	}
	return shown(yamlcore.CanonicalJSON(v))
}

func integer(f panther.Field, v any) (int64, bool) {
	n, ok := f.Canonical(v).(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func count(n int, one, many string) string { return strconv.Itoa(n) + " " + pick(n == 1, one, many) }

func pick[T any](b bool, yes, no T) T {
	if b {
		return yes
	}
	return no
}
