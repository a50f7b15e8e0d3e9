package schemas_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/schemas"
)

var update = flag.Bool("update", false, "rebuild the schemas from source/")

var reference = regexp.MustCompile(`"#/definitions/([^"]+)"`)

// TestTheSchemasAreBundled compares the published files with what source/ says.
func TestTheSchemasAreBundled(t *testing.T) {
	shared := map[string]json.RawMessage{}
	if err := json.Unmarshal(source(t, "definitions"), &shared); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	all := maps.Clone(shared)
	for _, kind := range schemas.SpecKinds() {
		text := source(t, kind)
		defs := map[string]json.RawMessage{}
		gather(t, text, shared, defs)
		for name := range defs {
			used[name] = true
		}
		if shared[kind] != nil {
			t.Fatalf("definitions.json has a %q, which is the name of a kind", kind)
		}
		all[kind] = text
		publish(t, kind, withDefinitions(t, text, defs))
	}
	for name := range shared {
		if !used[name] {
			t.Errorf("nobody uses the definition %q", name)
		}
	}
	publish(t, "spec", withDefinitions(t, anySpec(), all))
}

func source(t *testing.T, name string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("source", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gather collects the definitions that a schema needs, and those that these need.
func gather(t *testing.T, text []byte, shared, into map[string]json.RawMessage) {
	t.Helper()
	for _, m := range reference.FindAllSubmatch(text, -1) {
		name := string(m[1])
		if into[name] != nil {
			continue
		}
		if shared[name] == nil {
			t.Fatalf("there is no definition %q", name)
		}
		into[name] = shared[name]
		gather(t, shared[name], shared, into)
	}
}

// anySpec chooses by AnalysisType, and among rules by what holds the logic.
func anySpec() json.RawMessage {
	then := func(cond, kind string) string {
		return fmt.Sprintf(`{"if": %s, "then": {"$ref": "#/definitions/%s"}}`, cond, kind)
	}
	var types, cases []string
	for _, kind := range schemas.SpecKinds() {
		switch kind {
		case schemas.SimpleRule, schemas.DerivedRule:
			continue
		case schemas.Rule:
			is := `"properties": {"AnalysisType": {"const": "rule"}}`
			cases = append(cases,
				then(`{`+is+`, "required": ["BaseDetection"]}`, schemas.DerivedRule),
				then(`{`+is+`, "required": ["Detection"], "not": {"required": ["BaseDetection"]}}`, schemas.SimpleRule),
				then(`{`+is+`, "not": {"anyOf": [{"required": ["Detection"]}, {"required": ["BaseDetection"]}]}}`, schemas.Rule))
		default:
			cases = append(cases, then(fmt.Sprintf(`{"properties": {"AnalysisType": {"const": %q}}}`, kind), kind))
		}
		types = append(types, fmt.Sprintf("%q", kind))
	}
	return json.RawMessage(fmt.Sprintf(`{
		"title": "A spec of a Panther detections repository",
		"description": "Any spec, selected by its AnalysisType. Files without AnalysisType are not specs and may contain anything.",
		"if": {"type": "object", "required": ["AnalysisType"]},
		"then": {
			"properties": {"AnalysisType": {"title": "Kind of spec", "description": "The kind of spec.", "enum": [%s]}},
			"allOf": [%s]
		}}`, strings.Join(types, ","), strings.Join(cases, ",")))
}

// withDefinitions puts the head before a schema and the definitions after it.
func withDefinitions(t *testing.T, text json.RawMessage, defs map[string]json.RawMessage) []byte {
	t.Helper()
	var b bytes.Buffer
	comment, _ := json.Marshal(schemas.Comment)
	body := bytes.TrimSpace(text)
	fmt.Fprintf(&b, `{"$schema": "http://json-schema.org/draft-07/schema#", "$comment": %s, %s`, comment, body[1:len(body)-1])
	if len(defs) > 0 {
		b.WriteString(`, "definitions": {`)
		for i, name := range slices.Sorted(maps.Keys(defs)) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q: %s", name, defs[name])
		}
		b.WriteByte('}')
	}
	b.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func publish(t *testing.T, name string, want []byte) {
	t.Helper()
	file := name + ".schema.json"
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale; run go test ./schemas -update (-want +got):\n%s", file, diff)
	}
}
