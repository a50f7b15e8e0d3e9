package panther

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Request returns the entity as the body of a create or update. Absent fields
// are omitted. Fields that were cleared (With a nil value) are sent empty,
// because a server may keep an omitted field.
func (e Entity) Request(update bool) ([]byte, error) {
	if why := e.GarbledReason(); why != "" {
		return nil, fmt.Errorf("%s can't be sent back as it is: %s", e.Key, why)
	}
	out := map[string]any{}
	for path, src := range e.Extra {
		if head, name, nested := strings.Cut(path, within); nested {
			object(out, head)[name] = src
		} else {
			out[path] = src
		}
	}
	for _, f := range e.Kind.Fields() {
		v, set := e.Fields[f.Name]
		if !set || v == nil && (!update || f.Unsent) {
			continue
		}
		if v == nil {
			v = f.Cleared()
		}
		if v != nil {
			put(out, f.Name, v)
		}
	}
	switch {
	case e.Kind.ServerID():
		out["name"] = e.ID
	case e.Kind != Global || !update:
		out["id"] = e.ID
	}
	if e.Managed && infos[e.Kind].managed {
		out["managed"] = true
	}
	if e.Kind == Query {
		dropIdleSchedule(out)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write %s as JSON: %w", e.Key, err)
	}
	return b, nil
}

// Cleared returns the value that clears the field in the API: the default if
// there is one, else an empty value of the field's type. It is nil if the field
// can't be cleared.
func (f Field) Cleared() any {
	switch f.Type {
	case Bool:
		return f.Default
	case Integer:
		if n, ok := f.Default.(int64); ok && n != 0 {
			return n
		}
		return nil
	case Text, Lines, YAML:
		return ""
	case Set, Tests, RuleOutputTests, Mappings:
		return []any{}
	case SetMap:
		return map[string]any{}
	}
	return nil
}

func put(out map[string]any, name string, v any) {
	head, tail, nested := strings.Cut(name, ".")
	if !nested {
		out[name] = v
		return
	}
	object(out, head)[tail] = v
}

// object returns the object under a name and creates it if it is missing.
func object(out map[string]any, name string) map[string]any {
	inner, ok := out[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		out[name] = inner
	}
	return inner
}

// dropIdleSchedule removes the schedule of a query without one: a timeout or an
// enabled flag alone is not a schedule.
func dropIdleSchedule(out map[string]any) {
	m, ok := out["schedule"].(map[string]any)
	if !ok {
		return
	}
	cron, _ := m["cron"].(string)
	rate, _ := m["rateMinutes"].(json.Number)
	if cron == "" && (rate == "" || rate == "0") {
		delete(out, "schedule")
	}
}
