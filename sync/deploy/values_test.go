package deploy_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// otherValue returns a value near another one, as somebody would edit it in the
// console; false where the field can't be edited there.
func otherValue(f panther.Field, v any) (any, bool) {
	text, _ := v.(string)
	list, _ := v.([]any)
	switch f.Type {
	case panther.Bool:
		b, ok := v.(bool)
		return !b, ok
	case panther.Integer:
		if strings.HasPrefix(f.Name, "schedule.") && v == nil {
			return nil, false
		}
		return json.Number("75"), v != json.Number("75")
	case panther.Enum:
		all := panther.Severities()
		return all[(slices.Index(all, text)+1)%len(all)], true
	case panther.Text:
		if f.Name == "schedule.cron" && v == nil {
			return nil, false
		}
		if f.Name == "schedule.cron" {
			return "5 4 * * *", text != "5 4 * * *"
		}
		return strings.TrimRight(text, "\n") + " Edited: see #42.", true
	case panther.Lines:
		if text == "" {
			return nil, false
		}
		comment := "# edited in the console\n"
		if f.Name == "sql" {
			comment = "-- edited in the console\n"
		}
		return comment + text, true
	case panther.Set:
		if f.Name == "logTypes" || f.Name == "scheduledQueries" || f.Name == "resourceTypes" {
			if len(list) == 0 {
				return nil, false
			}
			return append(slices.Clone(list), "Console.Added"), true
		}
		return append(slices.Clone(list), "console"), true
	case panther.SetMap:
		m, _ := v.(map[string]any)
		out := map[string]any{"Console": []any{"1.1"}}
		for k, l := range m {
			out[k] = l
		}
		return out, true
	case panther.YAML:
		if text == "" {
			return nil, false
		}
		return text + "\n- Key: console\n  Condition: Exists\n", strings.HasPrefix(strings.TrimSpace(text), "-")
	case panther.Tests:
		if len(list) == 0 {
			return nil, false
		}
		first, _ := list[0].(map[string]any)
		edited := map[string]any{}
		for k, x := range first {
			edited[k] = x
		}
		edited["expectedResult"] = first["expectedResult"] != true
		return append([]any{edited}, list[1:]...), true
	case panther.Mappings:
		return append(slices.Clone(list), map[string]any{"name": "console", "path": "console.path"}), len(list) > 0
	}
	return nil, false
}
