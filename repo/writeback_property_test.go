package repo_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamlgen"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

// apiText draws a text that a live entity may hold.
var apiText = rapid.OneOf(
	rapid.SampledFrom([]string{"yes", "~", "null", "0644", "1.10", "a: b", "- c", "# d", "x # y", "{user} did it", "*h", "'", "\"", " m", "n ", "o\np", "q\n", "  s\nt", "t\n  u\n\nv", "é", "日本", "s\\t", "|", "u\r\nv", "TA0001:T1078", "a\tb", "\u2028"}),
	rapid.StringMatching(`[A-Za-z][A-Za-z0-9_. ]{0,12}`),
	rapid.StringMatching(`([a-z]{1,8} ){20,40}[a-z]{1,5}`),
	rapid.StringMatching(`([a-z ]{0,30}\n){1,5}[a-z]`),
)

// apiValue draws a value of a field as Panther gives it.
func apiValue(t *rapid.T, f panther.Field) any {
	set := func(label string) []any {
		var out []any
		for _, s := range rapid.SliceOfNDistinct(apiText, 0, 4, rapid.ID).Draw(t, label) {
			out = append(out, s)
		}
		return out
	}
	switch f.Type {
	case panther.Bool:
		return rapid.Bool().Draw(t, f.Name)
	case panther.Integer:
		return json.Number(fmt.Sprint(rapid.IntRange(0, 500).Draw(t, f.Name)))
	case panther.Enum:
		return rapid.SampledFrom(panther.Severities()).Draw(t, f.Name)
	case panther.Set:
		return set(f.Name)
	case panther.SetMap:
		out := map[string]any{}
		for _, k := range rapid.SliceOfNDistinct(apiText, 0, 3, rapid.ID).Draw(t, f.Name) {
			out[k] = set("of " + f.Name)
		}
		return out
	case panther.YAML:
		if rapid.IntRange(0, 3).Draw(t, "title") == 0 {
			return "{user} did " + rapid.StringMatching(`[a-z]{1,9}`).Draw(t, f.Name)
		}
		return yamlcore.CanonicalJSON(rapid.SliceOfN(yamlgen.Value(2), 1, 3).Draw(t, f.Name))
	case panther.Tests:
		var out []any
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][a-z ]{0,8}[a-z]`), 0, 3, rapid.ID).Draw(t, f.Name) {
			test := map[string]any{"name": name, "expectedResult": rapid.Bool().Draw(t, "expected"),
				"resource": yamlcore.CanonicalJSON(rapid.MapOfN(yamlgen.Keys, yamlgen.Value(2), 0, 3).Draw(t, "event"))}
			if rapid.Bool().Draw(t, "mocked") {
				test["mocks"] = []any{map[string]any{"objectName": "f", "returnValue": apiText.Draw(t, "mock")}}
			}
			out = append(out, test)
		}
		return out
	case panther.RuleOutputTests:
		var out []any
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][a-z ]{0,8}[a-z]`), 0, 3, rapid.ID).Draw(t, f.Name) {
			outputs := []any{}
			for range rapid.IntRange(0, 2).Draw(t, "outputs") {
				output := map[string]any{"id": rapid.StringMatching(`[A-Za-z][A-Za-z. ]{0,8}[a-z]`).Draw(t, "id")}
				for _, key := range rapid.SliceOfNDistinct(yamlgen.Keys, 0, 2, rapid.ID).Draw(t, "matches") {
					values := map[string]any{apiText.Draw(t, "value"): []any{json.Number("0"), json.Number("60")}}
					if output["matches"] == nil {
						output["matches"] = map[string]any{}
					}
					output["matches"].(map[string]any)[key] = values
				}
				outputs = append(outputs, output)
			}
			out = append(out, map[string]any{"name": name, "expectedResult": rapid.Bool().Draw(t, "expected"), "ruleOutputs": outputs})
		}
		return out
	case panther.Mappings:
		var out []any
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,6}`), 0, 3, rapid.ID).Draw(t, f.Name) {
			key := rapid.SampledFrom([]string{"path", "method"}).Draw(t, "by")
			out = append(out, map[string]any{"name": name, key: rapid.StringMatching(`[a-z.]{1,8}[a-z]`).Draw(t, key)})
		}
		return out
	}
	return apiText.Draw(t, f.Name)
}

// required are the fields that no entity can do without.
func required(name string) bool {
	return slices.Contains([]string{"severity", "detection", "sql", "body", "enabled"}, name)
}

func apiEntity(t *rapid.T, kind panther.Kind) panther.Entity {
	e := panther.Entity{Key: panther.Key{Kind: kind, ID: "Some.Id"}, Fields: map[string]any{}}
	for _, f := range kind.Fields() {
		if strings.HasPrefix(f.Name, "schedule.") {
			continue
		}
		if required(f.Name) || rapid.IntRange(0, 2).Draw(t, "has "+f.Name) > 0 {
			e.Fields[f.Name] = requiredValue(t, f)
		}
	}
	if kind == panther.Query && rapid.Bool().Draw(t, "scheduled") {
		e.Fields["schedule.rateMinutes"] = json.Number("30")
		e.Fields["schedule.timeoutMinutes"] = json.Number("5")
		e.Fields["schedule.disabled"] = rapid.Bool().Draw(t, "disabled")
	}
	return e
}

func requiredValue(t *rapid.T, f panther.Field) any {
	for {
		v := apiValue(t, f)
		if text, ok := v.(string); !required(f.Name) || !f.Empty(v) && (!ok || strings.TrimSpace(text) != "") {
			return v
		}
	}
}

// TestNewSpecHoldsTheEntity: every entity is written as a spec that is read as
// that entity; NewSpec proves it itself, and loading the files does here.
func TestNewSpecHoldsTheEntity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := apiEntity(t, rapid.SampledFrom(panther.Kinds()).Draw(t, "kind"))
		n, err := repo.NewSpec(e, repo.NewSpecOptions{Path: "rules/x.yml"})
		if err != nil {
			t.Fatalf("%v\n%s", err, n.Spec)
		}
		sameEntity(t, e, one(t, n.Files(), "rules/x.yml"), n.Spec)
	})
}

// one loads files and gives the entity of a spec.
func one(t *rapid.T, files map[string][]byte, path string) panther.Entity {
	f := synth.Files{}
	for p, b := range files {
		f[p] = string(b)
	}
	r, err := repo.Load(t.Context(), f, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range r.Items {
		if d := it.Entity(); it.Path == path && d.OK() {
			return d.Entity
		}
	}
	t.Fatalf("not loaded: %v\n%s", said(r), files[path])
	return panther.Entity{}
}

func sameEntity(t *rapid.T, want, got panther.Entity, spec []byte) {
	for _, f := range want.Kind.Fields() {
		if !f.Equal(want.Fields[f.Name], got.Fields[f.Name]) {
			t.Fatalf("%s: got %v, want %v\n%s", f.Name, got.Fields[f.Name], want.Fields[f.Name], spec)
		}
	}
}

// TestWriteBackOfAnything: whatever is edited live, in whatever style the spec
// is written, the files say what is live afterwards, and all else is as it was.
func TestWriteBackOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(panther.Kinds()).Draw(t, "kind")
		n, err := repo.NewSpec(apiEntity(t, kind), repo.NewSpecOptions{Path: "rules/x.yml"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := yamlcore.DecodeText(string(n.Spec))
		if err != nil {
			t.Fatal(err)
		}
		src, _ := yamlgen.Document(t, v.(map[string]any))
		files := n.Files()
		files["rules/x.yml"] = []byte(src)
		if doc, err := yamlcore.DecodeText(src); err != nil || doc == nil {
			t.Skip("no YAML")
		}
		f := synth.Files{}
		for p, b := range files {
			f[p] = string(b)
		}
		r, err := repo.Load(t.Context(), f, repo.Options{})
		if err != nil || len(r.Items) != 1 || !r.Items[0].Deployable() || !r.Items[0].Entity().OK() {
			t.Skip("the style changed the meaning: ", err)
		}
		it := r.Items[0]
		was := it.Entity().Entity
		live := was
		var fields []string
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(kind.Fields()), 1, 3, func(f panther.Field) string { return f.Name }).Draw(t, "fields") {
			if strings.HasPrefix(f.Name, "schedule.") && was.Fields["schedule.rateMinutes"] == nil && f.Name != "schedule.rateMinutes" {
				continue
			}
			v := requiredValue(t, f)
			if list, _ := was.Fields[f.Name].([]any); len(list) > 0 && rapid.Bool().Draw(t, "tweaked") {
				v = tweak(t, f, list)
			}
			if f.Name == "schedule.rateMinutes" {
				v = json.Number("45")
			}
			if !required(f.Name) && f.Name != "schedule.rateMinutes" && rapid.IntRange(0, 4).Draw(t, "cleared") == 0 {
				v = nil
			}
			live = live.With(map[string]any{f.Name: v})
			fields = append(fields, f.Name)
		}
		source := repo.Source{Spec: []byte(src), BodyPath: it.BodyPath, Body: files[it.BodyPath]}
		out, err := it.WriteBack(source, live, fields)
		if err != nil {
			t.Fatalf("%v\n%s\n%v", err, src, fields)
		}
		files["rules/x.yml"] = out.Spec
		if out.BodyPath != "" {
			files[out.BodyPath] = out.Body
		}
		got := one(t, files, "rules/x.yml")
		sameEntity(t, live, got, out.Spec)
		for _, name := range fields {
			field, _ := kind.Field(name)
			inline := field.Type == panther.Bool || field.Type == panther.Integer || field.Type == panther.Enum
			if add, del := changed(source.Spec, out.Spec); len(fields) == 1 && inline && !field.Empty(live.Fields[name]) && (was.Fields[name] != nil || !strings.Contains(name, ".")) && (add > 1 || del > 1) {
				t.Fatalf("%s changed %d and %d lines:\n%s\n%s", name, add, del, src, out.Spec)
			}
		}
		again, err := it.WriteBack(out, live, fields)
		if err != nil || string(again.Spec) != string(out.Spec) || string(again.Body) != string(out.Body) {
			t.Fatalf("a second time changes something: %v\n%s\n%s", err, out.Spec, again.Spec)
		}
	})
}

// tweak changes a list that is there as people do: another order, an element
// more or less, a part of one changed.
func tweak(t *rapid.T, f panther.Field, list []any) any {
	out := rapid.Permutation(list).Draw(t, "order")
	i := rapid.IntRange(0, len(out)-1).Draw(t, "element")
	switch rapid.IntRange(0, 2).Draw(t, "tweak") {
	case 0:
		return append(out[:i:i], out[i+1:]...)
	case 1:
		if more, _ := apiValue(t, f).([]any); f.Type == panther.Set {
			out = append(out, more...)
		}
	}
	if f.Type == panther.Tests {
		test := clone(out[i])
		event, _ := yamlcore.DecodeJSON([]byte(test["resource"].(string)))
		changed := clone(event)
		changed[yamlgen.Keys.Draw(t, "event key")] = yamlgen.Value(2).Draw(t, "event value")
		test["resource"], test["expectedResult"] = yamlcore.CanonicalJSON(changed), rapid.Bool().Draw(t, "expected")
		if rapid.Bool().Draw(t, "mocks") {
			test["mocks"] = []any{map[string]any{"objectName": "f", "returnValue": apiText.Draw(t, "mock")}, map[string]any{"objectName": "g", "returnValue": `{"a":1}`}}
		}
		out[i] = test
	}
	return out
}
