package panther

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Values of fields are in the JSON model, as the API has them: nil, bool,
// json.Number, string, []any, map[string]any.

// Canonical returns the canonical form of a value, which is equal for all
// values with the same meaning. Absent, null, the empty string and the empty
// list become nil, or the default if the field has one. Line ends become LF and
// a final line end is dropped. Sets are sorted and deduplicated. JSON and YAML
// strings are replaced by their parsed content.
func (f Field) Canonical(v any) any {
	switch f.Type {
	case Bool:
		if b, ok := v.(bool); ok {
			return b
		}
		return f.Default
	case Integer:
		return f.integer(v)
	case Text, Lines:
		return text(v)
	case Enum:
		if s, ok := text(v).(string); ok {
			return strings.ToUpper(s)
		}
		return nil
	case Set:
		return set(v)
	case SetMap:
		return setMap(v)
	case YAML:
		return f.yamlText(v)
	case Tests:
		return testList(v)
	case RuleOutputTests:
		return ruleOutputTests(v)
	case Mappings:
		return mappingList(v)
	}
	return v
}

// Equal reports whether two values of the field mean the same.
func (f Field) Equal(a, b any) bool {
	if as, ok := a.(string); ok {
		if bs, ok := b.(string); ok && as == bs {
			return true
		}
	}
	if f.Type == Tests && sameTests(a, b) {
		return true
	}
	return yamlcore.Equal(f.Canonical(a), f.Canonical(b))
}

// Empty reports whether a value is empty.
func (f Field) Empty(v any) bool {
	switch f.Type {
	case Tests, RuleOutputTests, Mappings:
		// Canonicalizing them is expensive, and a list with elements is never
		// empty.
		list, _ := v.([]any)
		return len(list) == 0
	}
	f.Default = nil
	return f.Canonical(v) == nil
}

func (f Field) integer(v any) any {
	n, ok := v.(json.Number)
	if i, is := v.(int64); is {
		n, ok = json.Number(strconv.FormatInt(i, 10)), true
	}
	if !ok || n == "" || n == "0" {
		if f.Default == nil {
			return nil
		}
		return json.Number(strconv.FormatInt(f.Default.(int64), 10))
	}
	return yamlcore.Number(n.String())
}

// text drops what editors and YAML block styles freely add or remove.
func text(v any) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if strings.ContainsRune(s, '\r') {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	if s = strings.TrimRight(s, "\n"); s == "" {
		return nil
	}
	return s
}

func set(v any) any {
	list, _ := v.([]any)
	words := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			words = append(words, s)
		}
	}
	if len(words) == 0 {
		return nil
	}
	slices.Sort(words)
	words = slices.Compact(words)
	out := make([]any, len(words))
	for i, s := range words {
		out[i] = s
	}
	return out
}

func setMap(v any) any {
	m, _ := v.(map[string]any)
	out := make(map[string]any, len(m))
	for k, list := range m {
		if s := set(list); s != nil {
			out[k] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// yamlText returns the string itself if it is not YAML: a title such as "{user}
// logged in" is often stored that way. Panther does not say whether the text of a
// detection has the spec's key at its top, so one with only that key is unwrapped.
func (f Field) yamlText(v any) any {
	s, ok := v.(string)
	if !ok || strings.TrimSpace(s) == "" {
		return nil
	}
	got, err := yamlcore.DecodeText(s)
	if err != nil {
		return text(s)
	}
	if m, ok := got.(map[string]any); ok && len(m) == 1 && m[f.SpecKey] != nil {
		got = m[f.SpecKey]
	}
	switch got := got.(type) {
	case []any:
		if len(got) == 0 {
			return nil
		}
	case map[string]any:
		if len(got) == 0 {
			return nil
		}
	case string:
		return text(got)
	}
	return got
}

func testList(v any) any {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	out := make([]any, len(list))
	for i, e := range list {
		t, _ := e.(map[string]any)
		c := map[string]any{"name": text(t["name"]), "expectedResult": t["expectedResult"] == true, "resource": event(t)}
		if mocks, _ := t["mocks"].([]any); len(mocks) > 0 {
			c["mocks"] = mocks
		}
		out[i] = c
	}
	return out
}

// ruleOutputTests compares the outputs as JSON. Absent matches mean none.
func ruleOutputTests(v any) any {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	out := make([]any, len(list))
	for i, e := range list {
		t, _ := e.(map[string]any)
		outputs := []any{}
		given, _ := t["ruleOutputs"].([]any)
		for _, o := range given {
			o, _ := o.(map[string]any)
			one := map[string]any{"id": text(o["id"])}
			if m, _ := o["matches"].(map[string]any); len(m) > 0 {
				one["matches"] = normal(m)
			}
			outputs = append(outputs, one)
		}
		out[i] = map[string]any{"name": text(t["name"]), "expectedResult": t["expectedResult"] == true, "ruleOutputs": outputs}
	}
	return out
}

// event returns the event of a test, which is in "resource" or, before it was read
// from a response, in "log".
func event(t map[string]any) any {
	out := resource(t["resource"])
	if log := t["log"]; logCounts(log, t["resource"]) {
		return normal(log)
	}
	return out
}

// normal gives numbers of one value one form.
func normal(v any) any {
	if got, err := yamlcore.DecodeJSON([]byte(yamlcore.CanonicalJSON(v))); err == nil {
		return got
	}
	return v
}

func resource(v any) any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if got, err := yamlcore.DecodeJSON([]byte(s)); err == nil {
		return got
	}
	return s
}

func mappingList(v any) any {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		m, _ := e.(map[string]any)
		c := map[string]any{}
		for _, k := range []string{"name", "path", "method"} {
			if t := text(m[k]); t != nil {
				c[k] = t
			}
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b any) int {
		for _, k := range []string{"name", "path", "method"} {
			av, _ := a.(map[string]any)[k].(string)
			bv, _ := b.(map[string]any)[k].(string)
			if c := strings.Compare(av, bv); c != 0 {
				return c
			}
		}
		return 0
	})
	return out
}
