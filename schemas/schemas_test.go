package schemas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
)

func compile(t *testing.T, text string) *gojsonschema.Schema {
	t.Helper()
	l := gojsonschema.NewSchemaLoader()
	// Validate compares the schema itself with draft-07's own schema.
	l.Validate, l.Draft, l.AutoDetect = true, gojsonschema.Draft7, false
	s, err := l.Compile(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSchemasAreDraft07(t *testing.T) {
	for _, f := range schemas.Files() {
		t.Run(f.Name, func(t *testing.T) { compile(t, f.Text) })
	}
}

// TestNoKeywordIsNewerThanDraft07: newer ones, and misspelt ones, would be
// ignored without a word.
func TestNoKeywordIsNewerThanDraft07(t *testing.T) {
	known := map[string]bool{}
	for _, k := range strings.Fields(`$schema $id $ref $comment title description default examples type enum const
		multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern items additionalItems
		maxItems minItems uniqueItems contains maxProperties minProperties required additionalProperties definitions
		properties patternProperties dependencies propertyNames if then else allOf anyOf oneOf not format`) {
		known[k] = true
	}
	for _, f := range schemas.Files() {
		var v any
		if err := json.Unmarshal([]byte(f.Text), &v); err != nil {
			t.Fatal(err)
		}
		walkSchema(v, "", func(at string, s map[string]any) {
			for k := range s {
				if !known[k] {
					t.Errorf("%s%s: %q is no keyword of draft-07", f.Name, at, k)
				}
			}
			if s["$ref"] != nil && len(s) > 1 {
				t.Errorf("%s%s: keys next to $ref are ignored", f.Name, at)
			}
		})
	}
}

// walkSchema visits a schema and all schemas in it.
func walkSchema(v any, at string, visit func(at string, s map[string]any)) {
	s, ok := v.(map[string]any)
	if !ok {
		return
	}
	visit(at, s)
	for k, c := range s {
		switch k {
		case "properties", "patternProperties", "definitions", "dependencies":
			for name, inner := range c.(map[string]any) {
				walkSchema(inner, at+"/"+k+"/"+name, visit)
			}
		case "allOf", "anyOf", "oneOf":
			for i, inner := range c.([]any) {
				walkSchema(inner, fmt.Sprintf("%s/%s/%d", at, k, i), visit)
			}
		case "items", "additionalItems", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else":
			walkSchema(c, at+"/"+k, visit)
		}
	}
}

// TestEveryKeyIsExplained: editors show title or description of each key.
func TestEveryKeyIsExplained(t *testing.T) {
	for _, f := range schemas.Files() {
		var top map[string]any
		if err := json.Unmarshal([]byte(f.Text), &top); err != nil {
			t.Fatal(err)
		}
		if top["title"] == nil || top["description"] == nil || top["$comment"] != schemas.Comment {
			t.Errorf("%s lacks a title, a description or the comment that says whose it is", f.Name)
		}
	}
	for _, kind := range schemas.SpecKinds() {
		for key, p := range properties(t, kind) {
			if p.never {
				continue
			}
			if p.title == "" {
				t.Errorf("%s: %s has no title", kind, key)
			}
		}
	}
}

type property struct {
	types       []string
	title       string
	unique      bool
	never       bool
	fallback    any
	inner, item map[string]property
}

// properties reads the keys of a kind of spec, references followed.
func properties(t *testing.T, kind string) map[string]property {
	t.Helper()
	text, ok := schemas.Spec(kind)
	if !ok {
		t.Fatalf("no schema of %s", kind)
	}
	var top map[string]any
	if err := json.Unmarshal([]byte(text), &top); err != nil {
		t.Fatal(err)
	}
	defs, _ := top["definitions"].(map[string]any)
	return inside(top, defs)
}

func inside(s, defs map[string]any) map[string]property {
	out := map[string]property{}
	ps, _ := s["properties"].(map[string]any)
	for k, v := range ps {
		m, ok := v.(map[string]any)
		if !ok {
			out[k] = property{never: v == false}
			continue
		}
		if ref, ok := m["$ref"].(string); ok {
			m = defs[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
		}
		p := property{fallback: m["default"], inner: inside(m, defs)}
		p.title, _ = m["title"].(string)
		p.unique, _ = m["uniqueItems"].(bool)
		switch x := m["type"].(type) {
		case string:
			p.types = []string{x}
		case []any:
			for _, y := range x {
				p.types = append(p.types, y.(string))
			}
		}
		if items, ok := m["items"].(map[string]any); ok {
			p.item = inside(items, defs)
		}
		out[k] = p
	}
	return out
}

// TestFieldTableAndSchemasAgree: what pdac reads from a spec the schema has,
// with the type that it is read with.
func TestFieldTableAndSchemasAgree(t *testing.T) {
	text := []string{"string", "number", "boolean"}
	kinds := map[panther.Kind][]string{
		panther.Rule: {schemas.Rule}, panther.SimpleRule: {schemas.SimpleRule}, panther.ScheduledRule: {schemas.ScheduledRule},
		panther.Policy: {schemas.Policy}, panther.Global: {schemas.Global}, panther.DataModel: {schemas.DataModel},
		panther.Query: {schemas.SavedQuery, schemas.ScheduledQuery}, panther.CorrelationRule: {schemas.CorrelationRule},
	}
	for _, kind := range panther.Kinds() {
		if len(kinds[kind]) == 0 {
			t.Errorf("%s has no schema", kind)
		}
		for _, name := range kinds[kind] {
			props := properties(t, name)
			if _, ok := props[kind.SpecIDKey()]; !ok {
				t.Errorf("%s has no %s", name, kind.SpecIDKey())
			}
			for _, f := range kind.Fields() {
				if f.SpecKey == "" {
					if props["Filename"].types == nil {
						t.Errorf("%s has no Filename for the body", name)
					}
					continue
				}
				p, ok := props[f.SpecKey]
				if outer, inner, nested := strings.Cut(f.SpecKey, "."); nested {
					p, ok = props[outer].inner[inner]
				}
				if !ok || p.never {
					t.Errorf("%s has no %s", name, f.SpecKey)
					continue
				}
				want := map[panther.Type][]string{
					panther.Bool: {"boolean"}, panther.Integer: {"integer"}, panther.Text: text, panther.Lines: {"string"}, panther.Enum: {"string"},
					panther.Set: {"array"}, panther.SetMap: {"object"}, panther.YAML: {"array"}, panther.Tests: {"array"}, panther.RuleOutputTests: {"array"}, panther.Mappings: {"array"},
				}[f.Type]
				switch f.SpecKey {
				case "Schedule.CronExpression":
					want = []string{"string"}
				case "AlertTitle":
					want = text
				}
				if !slices.Equal(p.types, want) {
					t.Errorf("%s: %s is %v, and %v in the field table", name, f.SpecKey, p.types, want)
				}
				if f.Type == panther.Set && !p.unique {
					t.Errorf("%s: %s is a set, and may hold an entry twice", name, f.SpecKey)
				}
				if d, ok := f.Default.(int64); ok && d != 0 && p.fallback != float64(d) {
					t.Errorf("%s: the default of %s is %v, and %d in the field table", name, f.SpecKey, p.fallback, d)
				}
			}
		}
	}
}

// TestEveryTypeHasASchema: what can be loaded can be checked.
func TestEveryTypeHasASchema(t *testing.T) {
	for _, typ := range repo.Types() {
		props := properties(t, typ)
		if p, ok := props[repo.Type(typ).IDKey()]; !ok || p.never {
			t.Errorf("%s has no %s", typ, repo.Type(typ).IDKey())
		}
	}
	if _, ok := schemas.Spec("plan"); ok {
		t.Error("a plan is no spec")
	}
}

// TestSeveritiesAgree with those of the API.
func TestSeveritiesAgree(t *testing.T) {
	var top struct {
		Definitions struct {
			Severity struct{ Enum []string } `json:"severity"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal([]byte(schemas.AnySpec()), &top); err != nil {
		t.Fatal(err)
	}
	var up []string
	for _, s := range top.Definitions.Severity.Enum {
		up = append(up, strings.ToUpper(s))
	}
	if diff := cmp.Diff(panther.Severities(), up); diff != "" {
		t.Error(diff)
	}
}

// TestAnySpecAgreesWithTheKinds: one schema for all files says what the schema
// of the kind says, and nothing about files that are no specs.
func TestAnySpecAgreesWithTheKinds(t *testing.T) {
	anySpec := compile(t, schemas.AnySpec())
	for src, kind := range map[string]string{
		"a: 1\n":                   "",
		"[]\n":                     "",
		"RuleID: A\nSeverity: 1\n": "",
		"AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [X]\nSeverity: Low\n": schemas.Rule,
		"AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [X]\nSeverity: LOW\n": schemas.Rule,
		"AnalysisType: rule\nRuleID: A\n": schemas.Rule,
		"AnalysisType: rule\nRuleID: A\nEnabled: true\nDetection: [{Key: a}]\nLogTypes: [X]\nSeverity: Low\n":                   schemas.SimpleRule,
		"AnalysisType: rule\nRuleID: A\nEnabled: true\nDetection: [{Key: a}]\nLogTypes: [X]\nSeverity: Low\nFilename: a.py\n":   schemas.SimpleRule,
		"AnalysisType: rule\nRuleID: A\nBaseDetection: B\n":                                                                     schemas.DerivedRule,
		"AnalysisType: rule\nRuleID: A\nBaseDetection: B\nDetection: []\n":                                                      schemas.DerivedRule,
		"AnalysisType: scheduled_rule\nRuleID: A\nEnabled: true\nFilename: a.py\nScheduledQueries: [X]\nSeverity: Low\n":        schemas.ScheduledRule,
		"AnalysisType: policy\nPolicyID: A\nEnabled: true\nFilename: a.py\nResourceTypes: [X]\nSeverity: Low\n":                 schemas.Policy,
		"AnalysisType: global\nGlobalID: a\nFilename: a.py\n":                                                                   schemas.Global,
		"AnalysisType: datamodel\nDataModelID: A\nEnabled: true\nLogTypes: [X]\nMappings: [{Name: a, Method: b}]\n":             schemas.DataModel,
		"AnalysisType: datamodel\nDataModelID: A\nEnabled: true\nLogTypes: [X]\nMappings: [{Name: a, Path: b}]\n":               schemas.DataModel,
		"AnalysisType: saved_query\nQueryName: A\nQuery: q\n":                                                                   schemas.SavedQuery,
		"AnalysisType: scheduled_query\nQueryName: A\nEnabled: true\nQuery: q\nSchedule: {RateMinutes: 5, TimeoutMinutes: 1}\n": schemas.ScheduledQuery,
		"AnalysisType: scheduled_query\nQueryName: A\nEnabled: true\nQuery: q\nSchedule: {TimeoutMinutes: 1}\n":                 schemas.ScheduledQuery,
		"AnalysisType: correlation_rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: []\n":                              schemas.CorrelationRule,
		"AnalysisType: lookup_table\nLookupName: A\nEnabled: true\nLogTypeMap: {PrimaryKey: a}\n":                               schemas.LookupTable,
		"AnalysisType: pack\nPackID: A\nPackDefinition: {IDs: [a, a]}\n":                                                        schemas.Pack,
		"AnalysisType: scheduled_prompt\nPromptName: A\nPrompt: q\nSchedule: {CronExpression: 0 0 * * *}\n":                     schemas.ScheduledPrompt,
	} {
		v, err := yamlcore.DecodeText(src)
		if err != nil {
			t.Fatal(err)
		}
		valid := func(s *gojsonschema.Schema) bool {
			got, err := s.Validate(gojsonschema.NewStringLoader(yamlcore.CanonicalJSON(v)))
			if err != nil {
				t.Fatal(err)
			}
			return got.Valid()
		}
		want := true
		if kind != "" {
			text, _ := schemas.Spec(kind)
			want = valid(compile(t, text))
		}
		if got := valid(anySpec); got != want {
			t.Errorf("%s: %v, and the schema of %q says %v", src, got, kind, want)
		}
	}
}

// TestConfigAndItsSchemaAgree: what pdac takes the schema takes, and what the
// schema refuses pdac refuses. (Some faults no schema can say.)
func TestConfigAndItsSchemaAgree(t *testing.T) {
	s := compile(t, schemas.Config())
	for src, want := range map[string]bool{
		"version: 1\n": true,
		"version: 1\napi: {host: h, token_env: PANTHER_T, requests_per_second: 2.5, timeout: 5s, tries: 2, page_size: 10}\n":                                                                                      true,
		"version: 1\ncontent: {include: [a], exclude: [b]}\ndeploy: {exclude_status: []}\nlimits: {max_file_bytes: 1, max_files: 1}\napi:\n":                                                                      true,
		"version: 1\nlint: {select: [PD203], ignore: [], severity: {PD104: off}, paths: [{glob: a/**, ignore: [PD1], severity: {PD2: info}}], options: {PD113: {types: [x]}}, baseline: b, sql: {tables: [t]}}\n": true,
		"version: 1\nlint:\n":                            true,
		"version: 1\nlint: {selct: []}\n":                false,
		"version: 1\nlint: {select: PD203}\n":            false,
		"version: 1\nlint: {severity: {PD203: fatal}}\n": false,
		"version: 1\nlint: {paths: [{ignore: [PD1]}]}\n": false,
		"version: 1\nlint: {paths: [{glob: a, x: 1}]}\n": false,
		"version: 1\nlint: {options: [PD203]}\n":         false,
		"version: 1\nlint: {sql: {table: [t]}}\n":        false,
		"version: 1\nlint: {baseline: []}\n":             false,
		"api: {}\n":                                      false,
		"version: 2\n":                                   false,
		"version: 1\nextra: 1\n":                         false,
		"version: 1\napi: {token: x}\n":                  false,
		"version: 1\napi: {tries: -1}\n":                 false,
		"version: 1\napi: {tries: 0}\n":                  false,
		"version: 1\napi: {tries: 1.5}\n":                false,
		"version: 1\napi: {requests_per_second: 0}\n":    false,
		"version: 1\napi: {token_env: a b}\n":            false,
		"version: 1\napi: {token_env: AWS_SECRET}\n":     false,
		"version: 1\napi: []\n":                          false,
		"version: 1\ncontent: {include: x}\n":            false,
		"version: 1\nlimits: {max_files: many}\n":        false,
		"version: 1\ndeploy: {exclude: [Deprecated]}\n":  false,
	} {
		_, err := config.Parse([]byte(src))
		if (err == nil) != want {
			t.Errorf("%q: pdac says %v", src, err)
		}
		v, err := yamlcore.DecodeText(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Validate(gojsonschema.NewStringLoader(yamlcore.CanonicalJSON(v)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Valid() != want {
			t.Errorf("%q: the schema says %v", src, got.Errors())
		}
	}
}
