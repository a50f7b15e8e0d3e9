package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/lookalike"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// around is how many equal lines are shown around a difference.
const around = 3

// shortText is the maximum total length of two one-line texts that are shown side by
// side.
const shortText = 100

// view is the change of a field, in the form that suits it best. Only the fields of
// that form are set.
type view struct {
	name string
	// before and after are scalars ready to be printed.
	scalar        bool
	before, after string
	// added and removed are the elements of a set, ready to be printed, as are those
	// of sets.
	added, removed []string
	sets           []diff.SetChange
	hunks          []textdiff.Hunk
	leaves         []diff.Leaf
}

// look selects the form for a field's change.
func look(of sync.Change, c sync.FieldChange) view {
	v := view{name: c.Name}
	f, known := fieldOf(of, c.Name)
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
		v.removed, v.added = revealPairs(shownElements(v.removed), shownElements(v.added))
	case known && f.Type == panther.SetMap:
		v.sets = shownSets(diff.SetMaps(before, after))
	case texts && (known && f.Type == panther.Lines || long(b, a)):
		v.hunks = textdiff.Lines(ended(b), ended(a), around)
	case texts || !nested(before) && !nested(after):
		v.scalar = !same(before, after)
		v.before, v.after = scalar(f, before), scalar(f, after)
		if x, y := compactPair(before, after); beforeText && afterText && lookalike.Same(b, a) {
			v.before, v.after = x, y
		}
	case known && (f.Type == panther.Tests || f.Type == panther.RuleOutputTests || f.Type == panther.Mappings || f.Type == panther.YAML):
		v.leaves = revealPaths(diff.Values(f, c.Before, c.After))
	default:
		v.leaves = revealPaths(diff.JSON(c.Name, before, after))
	}
	return v
}

// empty reports whether the two values have the same meaning.
func (v view) empty() bool {
	return !v.scalar && len(v.added)+len(v.removed)+len(v.sets)+len(v.hunks)+len(v.leaves) == 0
}

// meaning returns the canonical value, without replacing a missing value by its
// default.
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

// ended adds a final line feed, which has no meaning in Panther and should not show
// up in a diff.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// scalar formats a value that isn't a list or an object. For a missing value it
// shows the default.
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

// compact formats any value on one line, as JSON.
func compact(v any) string { return Clean(yamlcore.CanonicalJSON(v)) }

// element formats an element of a set, quoted if it is ambiguous.
func element(s string) string {
	if s == "" || strings.ContainsAny(s, `",;`) || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || padded(s) {
		return compact(s)
	}
	return Clean(s)
}

// title formats an id, quoted if it could be mistaken for an id with a file name.
func title(id string) string {
	if id == "" || strings.ContainsAny(id, `"()`) || padded(id) {
		return compact(id)
	}
	return Clean(id)
}

func padded(s string) bool { return strings.TrimSpace(s) != s || strings.Contains(s, "  ") }

// shownElements formats the elements of a set.
func shownElements(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = element(s)
	}
	return out
}

// shownSets formats the names and elements of sets.
func shownSets(sets []diff.SetChange) []diff.SetChange {
	names := make([]string, len(sets))
	seen := map[string]int{}
	for i, s := range sets {
		s.Removed, s.Added = revealPairs(shownElements(s.Removed), shownElements(s.Added))
		sets[i], names[i] = s, element(s.Name)
		if j, has := seen[lookalike.Skeleton(names[i])]; has {
			names[j], names[i] = lookalike.Reveal(names[j], names[i])
		}
		seen[lookalike.Skeleton(names[i])] = i
	}
	for i := range sets {
		sets[i].Name = names[i]
	}
	return sets
}

// elements formats the first elements of a set, and the number of others.
func elements(list []string, most int) string { return joinShown(shownElements(list), most) }

// joinShown is elements for those that are formatted already.
func joinShown(list []string, most int) string {
	var b strings.Builder
	for i, s := range list {
		if i == most {
			fmt.Fprintf(&b, " … %s more", number(len(list)-most))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s)
	}
	return b.String()
}

// hint summarizes a new entity: its severity, and whether it is disabled.
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

// lastDeployed returns the last deployed value if it differs from both sides of a
// change and fits on their line, or else "".
func lastDeployed(c sync.Change, f sync.FieldChange) string {
	if f.Cause != sync.CauseConflict {
		return ""
	}
	v := look(c, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Before})
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

// consoleSays is the heading of console edits to a field that the repository also
// changed.
const consoleSays = "changes in Panther since the deployment:"

// consoleEdit returns the console edits to a field that was changed on both sides, if
// they need several lines.
func consoleEdit(c sync.Change, f sync.FieldChange) (view, bool) {
	if f.Cause != sync.CauseConflict || c.Action != sync.Update {
		return view{}, false
	}
	v := look(c, sync.FieldChange{Name: f.Name, Before: f.Deployed, After: f.Before})
	return v, v.sets != nil || v.hunks != nil || v.leaves != nil
}
