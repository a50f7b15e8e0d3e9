package yamledit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
)

// TestFlowCollectionsOfAnyLayout removes any entries of small flow collections, and
// adds others, whatever is on which line.
func TestFlowCollectionsOfAnyLayout(t *testing.T) {
	const nl = "\n      "
	separators := []string{", ", "," + nl, ", # about it" + nl, nl + ", ", "," + nl + "# about the next" + nl}
	if testing.Short() {
		separators = separators[:3]
	}
	entries := []string{`"a": 1`, `"b": {"x": [1, 2]}`, `"c": "z"`, `"d": [3]`}
	values := []any{int64(1), yamledit.Map{{Key: "x", Value: []any{int64(1), int64(2)}}}, "z", []any{int64(3)}}
	n := len(entries)
	for layout := range pow(len(separators), n-1) * 2 * 3 {
		rest := layout
		pick := func(options ...string) string {
			out := options[rest%len(options)]
			rest /= len(options)
			return out
		}
		text := "T:\n  - L:\n      " + pick("{ ", "{"+nl)
		end := pick(" }", nl+"}", ","+nl+"}")
		for i, e := range entries {
			if i > 0 {
				text += pick(separators...)
			}
			text += e
		}
		text += end + "\n    K: 1\n"
		for stay := range 1 << n {
			for _, more := range []int{0, 3} {
				var want yamledit.Map
				for i := range n {
					if stay>>i&1 == 1 {
						want = append(want, yamledit.KeyValue{Key: string("abcd"[i]), Value: values[i]})
					}
				}
				for i := range more {
					want = append(want, yamledit.KeyValue{Key: fmt.Sprint("n", i), Value: "new"})
				}
				d, err := yamledit.Parse([]byte(text))
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				if err := d.Set(yamledit.Path{"T", 0, "L"}, want); err != nil {
					t.Fatalf("%v\nfrom:\n%s\nwant %v", err, text, want)
				}
				got, err := yamlcore.DecodeText(string(d.Bytes()))
				if err != nil {
					t.Fatalf("%v\nfrom:\n%s\nto:\n%s", err, text, d.Bytes())
				}
				have := got.(map[string]any)["T"].([]any)[0].(map[string]any)["L"].(map[string]any)
				if len(have) != len(want) {
					t.Fatalf("from:\n%s\nto:\n%s\nwant %v", text, d.Bytes(), want)
				}
				for _, kv := range want {
					if _, ok := have[kv.Key]; !ok {
						t.Fatalf("from:\n%s\nto:\n%s\nwant %v", text, d.Bytes(), want)
					}
				}
				if strings.Count(string(d.Bytes()), "K: 1") != 1 {
					t.Fatalf("from:\n%s\nto:\n%s", text, d.Bytes())
				}
			}
		}
	}
}

func pow(base, exponent int) int {
	out := 1
	for range exponent {
		out *= base
	}
	return out
}
