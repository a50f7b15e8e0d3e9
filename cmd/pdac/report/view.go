package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// around is how many equal lines stand around a difference.
const around = 3

// shortText is how many characters two one-line texts may have together to be
// shown side by side.
const shortText = 100

// view is one field's change in the form in which it reads best; only the
// parts of that form are filled.
type view struct {
	name string
	// before and after are scalars ready to be printed.
	scalar        bool
	before, after string
	// added and removed are the elements of a set.
	added, removed []string
	sets           []diff.SetChange
	hunks          []textdiff.Hunk
	leaves         []diff.Leaf
}

// look finds the form for a field's change.
func look(kind panther.Kind, c sync.FieldChange) view {
	v := view{name: c.Name}
	f, known := kind.Field(c.Name)
	before, after := c.Before, c.After
	if known {
		before, after = meaning(f, before), meaning(f, after)
	}
	b, beforeText := before.(string)
	a, afterText := after.(string)
	texts := (beforeText || before == nil) && (afterText || after == nil) && (beforeText || afterText)
	switch {
	case known && f.Type == panther.Set:
		v.added, v.removed = diff.Sets(before, after)
	case known && f.Type == panther.SetMap:
		v.sets = diff.SetMaps(before, after)
	case texts && (known && f.Type == panther.Lines || long(b, a)):
		v.hunks = textdiff.Lines(ended(b), ended(a), around)
	case texts || !nested(before) && !nested(after):
		v.scalar = !same(before, after)
		v.before, v.after = scalar(f, before), scalar(f, after)
	case known && (f.Type == panther.Tests || f.Type == panther.Mappings || f.Type == panther.YAML):
		v.leaves = diff.Values(f, c.Before, c.After)
	default:
		v.leaves = diff.JSON(c.Name, before, after)
	}
	return v
}

// empty tells that the two values mean the same.
func (v view) empty() bool {
	return !v.scalar && len(v.added)+len(v.removed)+len(v.sets)+len(v.hunks)+len(v.leaves) == 0
}

// meaning is the canonical value, without the default in an absent one's place.
func meaning(f panther.Field, v any) any {
	if n, ok := v.(int64); ok {
		v = json.Number(strconv.FormatInt(n, 10))
	}
	if v == nil {
		return nil
	}
	return f.Canonical(v)
}

func same(a, b any) bool { return yamlcore.Equal(a, b) }

func nested(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func long(a, b string) bool {
	return strings.Contains(a, "\n") || strings.Contains(b, "\n") ||
		utf8.RuneCountInString(a)+utf8.RuneCountInString(b) > shortText
}

// ended puts a line feed behind a text: at its end it means nothing to
// Panther, and a diff shouldn't speak of it.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// scalar prints a value that isn't a list or an object; for an absent one it
// says what takes its place.
func scalar(f panther.Field, v any) string {
	switch {
	case v == nil && f.Default != nil:
		return fmt.Sprintf("%v (default)", f.Default)
	case v == nil:
		return "(none)"
	}
	if s, ok := v.(string); ok && f.Type == panther.Enum && s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		return strings.ToUpper(s)
	}
	return compact(v)
}

// compact prints any value on one line, as JSON.
func compact(v any) string { return Clean(yamlcore.CanonicalJSON(v)) }

// element prints an element of a set, quoted where it could be misread.
func element(s string) string {
	if s == "" || strings.ContainsAny(s, `",;`) || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || padded(s) {
		return compact(s)
	}
	return Clean(s)
}

// title prints an id, quoted where it could pass for an id and a file's name.
func title(id string) string {
	if id == "" || strings.ContainsAny(id, `"()`) || padded(id) {
		return compact(id)
	}
	return Clean(id)
}

func padded(s string) bool { return strings.TrimSpace(s) != s || strings.Contains(s, "  ") }

// elements prints some elements of a set, and how many there are besides.
func elements(list []string, most int) string {
	var b strings.Builder
	for i, s := range list {
		if i == most {
			fmt.Fprintf(&b, " … %s more", number(len(list)-most))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(element(s))
	}
	return b.String()
}

// hint says in a few words what a new entity will be: its severity, and
// whether it is switched off.
func hint(c sync.Change) string {
	severity, state := "", ""
	for _, f := range c.Fields {
		field, _ := c.Kind.Field(f.Name)
		switch {
		case f.Name == panther.FieldSeverity && f.After != nil:
			severity = scalar(field, f.After)
		case field.Switch && f.After == field.Inverse:
			state = "disabled"
		}
	}
	if severity != "" && state != "" {
		return severity + ", " + state
	}
	return severity + state
}

// lastDeployed shows what was deployed last where it is neither of the two sides
// of a change and fits on their line; "" elsewhere.
func lastDeployed(kind panther.Kind, f sync.FieldChange) string {
	if f.Cause != sync.CauseConflict {
		return ""
	}
	v := look(kind, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Before})
	switch {
	case v.scalar:
		return v.before
	case len(v.added)+len(v.removed) > 0:
		list, _ := f.Deployed.([]any)
		names := make([]string, 0, len(list))
		for _, e := range list {
			if s, ok := e.(string); ok {
				names = append(names, s)
			}
		}
		if len(names) == 0 {
			return "(none)"
		}
		slices.Sort(names)
		return elements(names, maxElements)
	}
	return ""
}

// consoleSays stands above what the console changed where the repository changed
// it too.
const consoleSays = "what the console changed since the deployment:"

// consoleEdit gives what somebody changed in the console of a field that was
// changed on both sides, where it takes lines of its own.
func consoleEdit(c sync.Change, f sync.FieldChange) (view, bool) {
	if f.Cause != sync.CauseConflict || c.Action != sync.Update {
		return view{}, false
	}
	v := look(c.Kind, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Before})
	return v, v.sets != nil || v.hunks != nil || v.leaves != nil
}
