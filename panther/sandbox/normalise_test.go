package sandbox_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// throughDetection sends a YAML text as a simple rule's detection and returns what the server makes of it.
func throughDetection(tb testing.TB, api *client, text string) string {
	tb.Helper()
	sent := sample(sandbox.SimpleRules, "Acme")
	sent["detection"] = text
	got, _ := api.do(0, "PUT", "/simple-rules/Acme", sent).entity(tb)["detection"].(string)
	return got
}

// throughResource sends a text as a unit test's resource and returns what the server makes of it.
func throughResource(tb testing.TB, api *client, text string) string {
	tb.Helper()
	sent := rule("Acme")
	sent["tests"] = []any{map[string]any{"name": "one", "expectedResult": true, "resource": text}}
	tests, _ := api.do(0, "PUT", "/rules/Acme", sent).entity(tb)["tests"].([]any)
	got, _ := tests[0].(map[string]any)["resource"].(string)
	return got
}

func TestYAMLTextsComeBackInAnotherLayout(t *testing.T) {
	api := connect(t, open(t, sandbox.Options{}))
	tests := map[string]struct{ sent, want string }{
		"layout":              {"# why\nB: [1, two, three3, letters]\nA:\n  - {x: 'q', a: \"r\"}\n", "B:\n    - 1\n    - two\n    - three3\n    - 'letters'\nA:\n    - x: 'q'\n      a: 'r'\n"},
		"core scalars":        {"[yes, No, 0644, 1:30, 1e3, 12345678901234567890, ~, null, 2020-01-01, 1_000, 0b1, 0o17, .5, y, 'yes', '0644']", "- yes\n- No\n- 0644\n- 1:30\n- 1e3\n- 12345678901234567890\n- ~\n- null\n- 2020-01-01\n- 1_000\n- 0b1\n- 0o17\n- .5\n- y\n- 'yes'\n- '0644'\n"},
		"one word":            {"severity", "'severity'\n"},
		"block text":          {"a: |\n  one\n  two\n", "a: \"one\\ntwo\\n\"\n"},
		"empty collections":   {"b: []\na: {}\n", "b: []\na: {}\n"},
		"nothing":             {"a:\nb: \n", "b:\na:\n"},
		"plain lines stay":    {"a: one\n\n  two\n", "a: one\n\n  two\n"},
		"anchors stay":        {"a: &x 1\nb: *x\n", "a: &x 1\nb: *x\n"},
		"tags stay":           {"a: !!str 1\n", "a: !!str 1\n"},
		"twice the same key":  {"a: 1\na: 2\n", "a: 1\na: 2\n"},
		"merges stay":         {"<<: {a: 1}\n", "<<: {a: 1}\n"},
		"two documents stay":  {"a: 1\n---\nb: 2\n", "a: 1\n---\nb: 2\n"},
		"no YAML stays":       {"a: [", "a: ["},
		"only a comment":      {"# nothing\n", "# nothing\n"},
		"a list as key stays": {"? [a]\n: 1\n", "? [a]\n: 1\n"},
		"too deep stays":      {strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat("[", 200) + strings.Repeat("]", 200)},
	}
	for name, test := range tests {
		if got := throughDetection(t, api, test.sent); got != test.want {
			t.Errorf("%s: %q became %q, want %q", name, test.sent, got, test.want)
		}
		if got := throughDetection(t, api, test.want); got != test.want {
			t.Errorf("%s: the second time %q became %q", name, test.want, got)
		}
	}
}

func TestJSONTextsComeBackInAnotherLayout(t *testing.T) {
	api := connect(t, open(t, sandbox.Options{Era: sandbox.Era2025}))
	tests := map[string]struct{ sent, want string }{
		"layout":               {`{"a":1,"b":[true,null,"<é>"]}`, "{\n    \"b\": [\n        true,\n        null,\n        \"\\u003cé\\u003e\"\n    ],\n    \"a\": 1\n}"},
		"numbers":              {`[1, 1.0, 1.50, 1e3, -0.0, 12345678901234567890, 0.1234567890123456789, 1e400]`, "[\n    1,\n    1.0,\n    1.5,\n    1000.0,\n    -0.0,\n    12345678901234567890,\n    0.1234567890123456789,\n    1e400\n]"},
		"empty":                {" {} ", "{}"},
		"twice the same key":   {`{"a":1, "a":2}`, `{"a":1, "a":2}`},
		"half a character":     {`["\ud800"]`, `["\ud800"]`},
		"no JSON":              {"{a: 1}", "{a: 1}"},
		"JSON and more":        {"{} x", "{} x"},
		"colons inside a text": {`{"a:b":"c\":d"}`, "{\n    \"a:b\": \"c\\\":d\"\n}"},
		"nothing":              {"", ""},
	}
	for name, test := range tests {
		if got := throughResource(t, api, test.sent); got != test.want {
			t.Errorf("%s: %q became %q, want %q", name, test.sent, got, test.want)
		}
		if got := throughResource(t, api, test.want); got != test.want {
			t.Errorf("%s: the second time %q became %q", name, test.want, got)
		}
	}
}

var nastyScalars = []string{
	"yes", "No", "on", "OFF", "y", "true", "TRUE", "False", "null", "Null", "~", "0644", "08", "0o17", "0x1F", "0b11", "1:30", "1:30:00", "1e3", "1E-2", ".5",
	"5.", ".inf", "-.INF", ".NaN", "12345678901234567890", "-0", "+1", "1_000", "2020-01-01", "2020-01-01T00:00:00Z", "=", "letters", "letters_and", "camelCase",
	"a-b", "a.b", "AWS.CloudTrail", "with space", "é", "日本語",
}

var nastyTexts = append(slices.Clone(nastyScalars), "", " lead", "trail ", "- a", "a: b", "# c", "a #b", "multi\nline\n", "\n", "\n\nx", "tab\t", "'", "\"", "\\", "!x", "&a", "*a",
	"%x", "@x", "`x", "|", ">", "{", "[", "]", ",", "?", ":", "-", "---", "...", "\u0085", "\u2028", "\ufeff", "\x01", "<<", strings.Repeat("long ", 60))

// drawYAML writes a random value as flow YAML on one line, with each scalar in a random style.
func drawYAML(rt *rapid.T, depth int) string {
	switch kind := rapid.IntRange(0, 9).Draw(rt, "kind"); {
	case depth > 0 && kind < 2:
		var items []string
		for range rapid.IntRange(0, 3).Draw(rt, "items") {
			items = append(items, drawYAML(rt, depth-1))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case depth > 0 && kind < 5:
		var pairs []string
		for i := range rapid.IntRange(0, 3).Draw(rt, "pairs") {
			key := fmt.Sprintf("%q", fmt.Sprint("k", i, rapid.SampledFrom(nastyScalars).Draw(rt, "key")))
			pairs = append(pairs, key+": "+drawYAML(rt, depth-1))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case kind < 7:
		return rapid.SampledFrom(nastyScalars).Draw(rt, "plain")
	case kind < 8:
		return "'" + strings.ReplaceAll(rapid.SampledFrom(nastyScalars).Draw(rt, "single"), "'", "''") + "'"
	default:
		quoted, _ := json.Marshal(rapid.SampledFrom(nastyTexts).Draw(rt, "double"))
		return string(quoted)
	}
}

func TestYAMLKeepsItsMeaning(t *testing.T) {
	api := connect(t, open(t, sandbox.Options{}))
	changed := 0
	rapid.Check(t, func(rt *rapid.T) {
		text := drawYAML(rt, 4)
		if rapid.Bool().Draw(rt, "block") {
			text = "root: " + text + "\nother:\n  - " + drawYAML(rt, 2) + "\n"
		}
		checkYAML(rt, t, api, text, &changed)
	})
	if changed == 0 {
		t.Error("no text was reformatted")
	}
}

func checkYAML(f interface{ Errorf(string, ...any) }, tb testing.TB, api *client, text string, changed *int) {
	want, err := yamlMeaning(text)
	got := throughDetection(tb, api, text)
	if got != text {
		*changed++
	}
	if err != nil {
		return // beyond the second opinion; the server's own check has to do
	}
	after, err := yamlMeaning(got)
	if err != nil || !reflect.DeepEqual(want, after) {
		f.Errorf("%q became %q, which means %#v and not %#v (%v)", text, got, after, want, err)
	}
	if again := throughDetection(tb, api, got); again != got {
		f.Errorf("%q became %q at first, then %q", text, got, again)
	}
}

func TestJSONKeepsItsMeaning(t *testing.T) {
	api := connect(t, open(t, sandbox.Options{Era: sandbox.Era2025}))
	numbers := []string{"0", "-0", "1", "1.0", "1.50", "1e3", "1E+2", "100e-2", "-0.0", "12345678901234567890", "0.1234567890123456789", "1e400", "1e-400", "0.1e1", "5e-324", "0e999", "0.00000000000000000000000000000000", "1e-999", "123456789.125e5"}
	var draw func(rt *rapid.T, depth int) string
	draw = func(rt *rapid.T, depth int) string {
		space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(rt, "space")
		switch kind := rapid.IntRange(0, 9).Draw(rt, "kind"); {
		case depth > 0 && kind < 2:
			var items []string
			for range rapid.IntRange(0, 3).Draw(rt, "items") {
				items = append(items, draw(rt, depth-1))
			}
			return "[" + space + strings.Join(items, ","+space) + "]"
		case depth > 0 && kind < 6:
			var pairs []string
			for i := range rapid.IntRange(0, 4).Draw(rt, "pairs") {
				key, _ := json.Marshal(fmt.Sprint(rapid.SampledFrom(nastyTexts).Draw(rt, "key"), i))
				pairs = append(pairs, string(key)+space+":"+draw(rt, depth-1))
			}
			return "{" + strings.Join(pairs, ","+space) + space + "}"
		case kind < 8:
			return rapid.SampledFrom(numbers).Draw(rt, "number")
		default:
			quoted, _ := json.Marshal(rapid.SampledFrom(nastyTexts).Draw(rt, "text"))
			return string(quoted)
		}
	}
	changed := 0
	rapid.Check(t, func(rt *rapid.T) { checkJSON(rt, t, api, draw(rt, 4), &changed) })
	if changed == 0 {
		t.Error("no text was reformatted")
	}
}

func checkJSON(f interface{ Errorf(string, ...any) }, tb testing.TB, api *client, text string, changed *int) {
	want, err := jsonMeaning(text)
	got := throughResource(tb, api, text)
	if got != text {
		*changed++
	}
	if err != nil {
		if got != text {
			f.Errorf("%q (%v) became %q", text, err, got)
		}
		return
	}
	after, err := jsonMeaning(got)
	if err != nil || !reflect.DeepEqual(want, after) {
		f.Errorf("%q became %q, which means %v and not %v (%v)", text, got, after, want, err)
	}
	if again := throughResource(tb, api, got); again != got {
		f.Errorf("%q became %q at first, then %q", text, got, again)
	}
}

func TestSetsComeBackInAnotherOrder(t *testing.T) {
	api := strict(t, open(t, sandbox.Options{}))
	sent := rule("Acme")
	sent["tags"] = []string{"a", "c", "b", "a"}
	sent["reports"] = map[string]any{"CIS": []string{"1.1", "1.10"}}
	api.do(201, "PUT", "/rules/Acme", sent)
	got := api.do(200, "GET", "/rules/Acme", nil).entity(t)
	if diff := cmp.Diff([]any{"c", "b", "a"}, got["tags"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"CIS": []any{"1.10", "1.1"}}, got["reports"]); diff != "" {
		t.Error(diff)
	}
	model := sample(sandbox.DataModels, "Acme")
	model["mappings"] = []any{map[string]any{"name": "a", "path": "x"}, map[string]any{"name": "b", "method": "f"}}
	api.do(201, "PUT", "/data-models/Acme", model)
	mappings := api.do(200, "GET", "/data-models/Acme", nil).entity(t)["mappings"].([]any)
	if first := mappings[0].(map[string]any); len(mappings) != 2 || first["name"] != "b" || first["method"] != "f" {
		t.Errorf("mappings %v", mappings)
	}
}

// What is empty takes every form there is, and an item keeps its forms.
func TestFormsOfNothing(t *testing.T) {
	for name, want := range map[bool]map[string]int{
		false: {"tags": 2, "description": 2, "reports": 2, "groupBy": 2, "mocks": 2},
		true:  {"tags": 3, "description": 3, "reports": 3, "groupBy": 2, "mocks": 3},
	} {
		t.Run(fmt.Sprint("nulls ", name), func(t *testing.T) { testForms(t, name, want) })
	}
}

func testForms(t *testing.T, nulls bool, want map[string]int) {
	t.Helper()
	api := allowing(t, open(t, sandbox.Options{Nulls: nulls}), sandbox.ContractOptions{Nulls: nulls})
	forms := map[string]map[string]bool{}
	note := func(field string, value any, there bool) {
		if forms[field] == nil {
			forms[field] = map[string]bool{}
		}
		form := "missing"
		if there {
			form = fmt.Sprintf("%#v", value)
		}
		forms[field][form] = true
	}
	for i := range 60 {
		id := fmt.Sprint("Acme.", i)
		sent := sample(sandbox.SimpleRules, id)
		sent["tests"] = []any{map[string]any{"name": "t", "resource": "{}", "expectedResult": true, "mocks": []any{}}}
		first := api.do(201, "PUT", "/simple-rules/"+id, sent).entity(t)
		sent["tags"], sent["description"], sent["reports"], sent["groupBy"] = []string{}, "", map[string]any{}, ""
		second := api.do(200, "PUT", "/simple-rules/"+id, sent).entity(t)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("empty and missing came back differently:\n%s", diff)
		}
		for _, field := range []string{"tags", "description", "reports", "groupBy"} {
			v, there := first[field]
			note(field, v, there)
		}
		v, there := first["tests"].([]any)[0].(map[string]any)["mocks"]
		note("mocks", v, there)
		for _, field := range []string{"enabled", "severity", "detection", "threshold", "dedupPeriodMinutes", "createAlert"} {
			if first[field] == nil {
				t.Errorf("%s is missing or null", field)
			}
		}
	}
	for field, want := range want {
		if len(forms[field]) != want {
			t.Errorf("%s has the forms %v, want %d", field, forms[field], want)
		}
	}
}

func TestVerbatim(t *testing.T) {
	api := strict(t, open(t, sandbox.Options{Verbatim: true}))
	sent := sample(sandbox.SimpleRules, "Acme")
	sent["detection"], sent["tags"], sent["description"] = "[ b,   a ]", []any{"a", "b", "a"}, ""
	api.do(201, "PUT", "/simple-rules/Acme", sent)
	got := api.do(200, "GET", "/simple-rules/Acme", nil).entity(t)
	for _, field := range []string{"detection", "tags", "description"} {
		if diff := cmp.Diff(sent[field], got[field]); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
	if _, there := got["runbook"]; there {
		t.Error("a field that was not sent came back")
	}
}
