package yamledit_test

import (
	"encoding/json"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/internal/yamlgen"
	"pgregory.net/rapid"
)

// document draws a document and what it holds.
func document(t *rapid.T) (src string, v map[string]any, comments []string) {
	v = rapid.MapOfN(yamlgen.Keys, yamlgen.Value(3), 1, 5).Draw(t, "document")
	src, comments = yamlgen.Document(t, v)
	got, err := yamlcore.DecodeText(src)
	if err != nil {
		t.Skip("the writer wrote no YAML: ", err)
	}
	v, _ = got.(map[string]any)
	if v == nil {
		t.Skip("no mapping")
	}
	return src, v, comments
}

// change makes a random change somewhere in a value.
func change(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && rapid.IntRange(0, 3).Draw(t, "deeper") > 0 {
			k := rapid.SampledFrom(yamlgen.SortedKeys(v)).Draw(t, "key")
			out := clone(v)
			if rapid.IntRange(0, 5).Draw(t, "delete") == 0 {
				delete(out, k)
			} else {
				out[k] = change(t, v[k])
			}
			return out
		}
		out := clone(v)
		out[yamlgen.Keys.Draw(t, "new key")] = yamlgen.Value(2).Draw(t, "new value")
		return out
	case []any:
		if len(v) > 0 && rapid.IntRange(0, 2).Draw(t, "deeper") > 0 {
			i := rapid.IntRange(0, len(v)-1).Draw(t, "index")
			out := append([]any{}, v...)
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				return append(out[:i], out[i+1:]...)
			case 1:
				return rapid.Permutation(out).Draw(t, "order")
			}
			out[i] = change(t, v[i])
			return out
		}
		i := rapid.IntRange(0, len(v)).Draw(t, "at")
		out := append([]any{}, v[:i]...)
		out = append(out, yamlgen.Value(2).Draw(t, "element"))
		return append(out, v[i:]...)
	}
	return yamlgen.Value(2).Draw(t, "value")
}

func clone(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// TestSetWritesWhatIsWanted: any change of any document gives a text that
// holds exactly the wanted value, and setting it once more changes nothing.
func TestSetWritesWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, v, _ := document(t)
		want := v
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			want = change(t, want).(map[string]any)
		}
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatalf("parse: %v\n%s", err, src)
		}
		if err := d.Set(nil, want); err != nil {
			t.Fatalf("%v\n%s\nwant %s", err, src, yamlcore.CanonicalJSON(want))
		}
		got, err := yamlcore.DecodeText(string(d.Bytes()))
		if err != nil || !yamlcore.Equal(got, canonical(want)) {
			t.Fatalf("%v\nfrom:\n%s\nto:\n%s\ngot  %s\nwant %s", err, src, d.Bytes(), yamlcore.CanonicalJSON(got), yamlcore.CanonicalJSON(want))
		}
		once := string(d.Bytes())
		if err := d.Set(nil, want); err != nil || string(d.Bytes()) != once {
			t.Fatalf("twice: %v\n%s\n%s", err, once, d.Bytes())
		}
	})
}

// canonical brings numbers to the form that reading gives them.
func canonical(v any) any {
	switch v := v.(type) {
	case json.Number:
		return yamlcore.Number(v.String())
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = canonical(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = canonical(e)
		}
		return out
	}
	return v
}

// TestNothingWantedNothingWritten: setting a document to what it holds gives
// the same bytes.
func TestNothingWantedNothingWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, v, _ := document(t)
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatalf("parse: %v\n%s", err, src)
		}
		if err := d.Set(nil, v); err != nil || string(d.Bytes()) != src {
			t.Fatalf("%v\n%q\n%q", err, src, d.Bytes())
		}
	})
}
