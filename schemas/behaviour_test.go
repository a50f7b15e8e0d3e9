package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/schemas"
)

// TestPlansHaveTheSameBehaviour: what a plan has under "behaviour" is what pdac test --against
// prints, but for its format version and for keys of later versions.
func TestPlansHaveTheSameBehaviour(t *testing.T) {
	type schema = map[string]any
	read := func(text string) (out schema) {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	plan, own := read(schemas.Plan())["definitions"].(schema), read(schemas.Behaviour())
	want := own["definitions"].(schema)
	properties := own["properties"].(schema)
	delete(properties, "format_version")
	want["behaviour"] = schema{"properties": properties}
	for name, definition := range want {
		got := open(plan[name])
		if name == "behaviour" {
			got = schema{"properties": got.(schema)["properties"]}
		}
		if diff := cmp.Diff(open(definition), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// open returns a schema that allows more keys.
func open(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if k != "additionalProperties" || x != false {
				out[k] = open(x)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, open(x))
		}
		return out
	}
	return v
}
