package panther

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// compareReads compares readTests with reading everything.
func compareReads(t interface{ Fatalf(string, ...any) }, src []byte) {
	f, _ := Rule.Field("tests")
	want, wantLogs, err := f.readAll(src)
	got, logs, ok := readTests(src)
	if !ok {
		return // readAll is asked then
	}
	if err != nil {
		t.Fatalf("%s: %v, but it was read as %v", src, err, got)
	}
	if got = f.withoutNulls(got); logs != wantLogs || !cmp.Equal(got, want) {
		t.Fatalf("%s: logs %v, want %v\n%s", src, logs, wantLogs, cmp.Diff(want, got))
	}
}

func TestReadTestsIsReadAll(t *testing.T) {
	f, _ := Rule.Field("tests")
	for src, fast := range map[string]bool{
		`null`: false, `[null]`: false, `{}`: false, `[1]`: false, `"x"`: false,
		`[]`:   true,
		`[{}]`: true,
		`[{"name":"a","expectedResult":true,"log":{"b":1.50,"a":[1e3, null]},"resource":"","mocks":[{"objectName":"f","returnValue":null}]}]`: true,
		`[{"log":null,"resource":"{}"},{"log":{},"resource":"{}"},{"log":{}},{"log":"","resource":null},{"log":"x","resource":"y"}]`:          true,
		`[{"log":{"a":1},"log":{"b":2},"name":"\ud800é","expectedResult":null,"n":12345678901234567890}]`:                                     true,
	} {
		if _, _, ok := readTests([]byte(src)); ok != fast {
			t.Errorf("%s: %v", src, ok)
		}
		compareReads(t, []byte(src))
		if _, _, err := f.read([]byte(src)); (err == nil) != (fast || src == "null") {
			t.Errorf("%s: %v", src, err)
		}
	}
	value := rapid.OneOf(rapid.SampledFrom([]any{nil, "", map[string]any{}, []any{}, true, false, json.Number("1.50"), map[string]any{"a": []any{nil, json.Number("1e3")}}, "text", "{}"}))
	rapid.Check(t, func(t *rapid.T) {
		var list []any
		for range rapid.IntRange(0, 3).Draw(t, "tests") {
			list = append(list, rapid.MapOf(rapid.SampledFrom([]string{"name", "log", "resource", "mocks", "expectedResult", "other"}), value).Draw(t, "test"))
		}
		src, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		compareReads(t, src)
	})
}
