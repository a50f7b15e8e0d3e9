package sync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// words are texts that YAML, JSON or a careless comparison could take for
// something else.
var words = rapid.OneOf(
	rapid.SampledFrom([]string{"yes", "No", "on", "~", "null", "true", "0644", "1.10", "1e3", "1:30:00", "2026-11-24", "a: b", "- c", "# d", "{e}", "[f]", "&g", "*h", "!i", "%j", "@k", "`l", "'", "\"", " m", "n ", "o\np", "q\n", "\tr", "é", "日本", "\u200b", "s\\t", "<<", "|", ">", "u\r\nv", "${w}", "{x} did y"}),
	rapid.StringMatching(`[A-Za-z][A-Za-z0-9_. ]{0,12}`),
)

func jsonValue(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(words.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
		rapid.SampledFrom([]json.Number{"0", "1", "-7", "2.50", "1e21", "12345678901234567890", "0.1"}).AsAny())
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf, rapid.SliceOfN(jsonValue(depth-1), 0, 3).AsAny(), rapid.MapOfN(words, jsonValue(depth-1), 0, 3).AsAny())
}

// specValue draws a value for a field of a spec.
func specValue(t *rapid.T, f panther.Field) any {
	set := rapid.SliceOfNDistinct(words, 0, 4, rapid.ID)
	switch f.Type {
	case panther.Bool:
		return rapid.Bool().Draw(t, f.Name)
	case panther.Integer:
		return rapid.IntRange(1, 500).Draw(t, f.Name)
	case panther.Enum:
		return rapid.SampledFrom([]string{"Info", "Low", "Medium", "High", "Critical"}).Draw(t, f.Name)
	case panther.Set:
		return set.Draw(t, f.Name)
	case panther.SetMap:
		return rapid.MapOfN(words, set, 0, 3).Draw(t, f.Name)
	case panther.YAML:
		return rapid.SliceOfN(jsonValue(2), 1, 3).Draw(t, f.Name)
	case panther.Tests:
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][a-z ]{0,8}[a-z]`), 0, 3, rapid.ID).Draw(t, "test names")
		tests := make([]any, len(names))
		for i, n := range names {
			test := map[string]any{"Name": n, "ExpectedResult": rapid.Bool().Draw(t, "expected"), "Log": rapid.MapOfN(words, jsonValue(2), 0, 3).Draw(t, "log")}
			if rapid.Bool().Draw(t, "mocked") {
				test["Mocks"] = []any{map[string]any{"objectName": "f", "returnValue": words.Draw(t, "mock")}}
			}
			tests[i] = test
		}
		return tests
	case panther.RuleOutputTests:
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z][a-z ]{0,8}[a-z]`), 0, 3, rapid.ID).Draw(t, "test names")
		tests := make([]any, len(names))
		for i, n := range names {
			matches := rapid.MapOfN(words, rapid.MapOfN(words, rapid.SliceOfN(rapid.OneOf(words.AsAny(), rapid.IntRange(0, 999).AsAny()), 0, 3), 0, 2), 0, 2)
			outputs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string]any {
				return map[string]any{"ID": words.Draw(t, "part"), "Matches": matches.Draw(t, "matches")}
			}), 0, 3).Draw(t, "outputs")
			tests[i] = map[string]any{"Name": n, "ExpectedResult": rapid.Bool().Draw(t, "expected"), "RuleOutputs": outputs}
		}
		return tests
	case panther.Mappings:
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,6}`), 0, 3, rapid.ID).Draw(t, "mapping names")
		out := make([]any, len(names))
		for i, n := range names {
			out[i] = map[string]any{"Name": n, "Path": rapid.StringMatching(`[a-z]{1,4}`).Draw(t, "path")}
		}
		return out
	}
	return words.Draw(t, f.Name)
}

// drawSpec draws a spec of a kind, as JSON, which is YAML too. The fields that
// Panther requires are always there.
func drawSpec(t *rapid.T, kind panther.Kind, id string) map[string]any {
	types := map[panther.Kind]string{panther.Rule: "rule", panther.SimpleRule: "rule", panther.DataModel: "datamodel", panther.Query: "saved_query"}
	spec := map[string]any{"AnalysisType": types[kind], kind.SpecIDKey(): id}
	if types[kind] == "" {
		spec["AnalysisType"] = string(kind)
	}
	for _, f := range kind.Fields() {
		required := f.Name == "severity" || f.Name == "detection" || f.Name == "enabled"
		if f.SpecKey == "" || strings.HasPrefix(f.Name, "schedule.") || f.Name == "sql" || strings.Contains(f.Name, ".") || !required && rapid.IntRange(0, 2).Draw(t, "has "+f.Name) == 0 {
			continue
		}
		spec[f.SpecKey] = specValue(t, f)
	}
	switch kind {
	case panther.Query:
		if rapid.Bool().Draw(t, "mail") {
			spec["EmailConfig"] = map[string]any{"Recipients": rapid.SliceOfN(words, 0, 3).Draw(t, "recipients"), "SendEmpty": rapid.Bool().Draw(t, "empty")}
		}
		spec["Query"] = "SELECT " + words.Draw(t, "sql") + "."
		if rapid.Bool().Draw(t, "scheduled") {
			spec["AnalysisType"], spec["Enabled"] = "scheduled_query", rapid.Bool().Draw(t, "enabled")
			spec["Schedule"] = map[string]any{"RateMinutes": rapid.IntRange(2, 99).Draw(t, "rate"), "TimeoutMinutes": 1}
		}
	case panther.DataModel:
		spec["LogTypes"] = []string{"Log." + id} // one enabled data model for each
	case panther.SimpleRule, panther.CorrelationRule:
	default:
		spec["Filename"] = id + ".py"
	}
	return spec
}

// TestPropertyNoFieldFlaps: whatever legal content is applied to a Panther that
// normalises all it may, the next plan is empty; and after any change of the
// content, an update names exactly the fields whose meaning changed.
func TestPropertyNoFieldFlaps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := sandbox.Open(context.Background(), sandbox.Options{Token: "secret"})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		w := &world{t: t, server: s, files: synth.Files{}}
		w.client = w.newClient(sandbox.Contract(s.Transport(), sandbox.ContractOptions{Unknown: true}, func(err error) { rt.Error(err) }))
		specs := map[string]map[string]any{}
		for i, kind := range panther.Kinds() {
			specs[fmt.Sprintf("x%d", i)] = nil
			draw(rt, w.files, specs, kind, fmt.Sprintf("x%d", i))
		}
		applied(rt, w)
		before := entities(rt, w)
		i := rapid.IntRange(0, len(panther.Kinds())-1).Draw(rt, "changed")
		draw(rt, w.files, specs, panther.Kinds()[i], fmt.Sprintf("x%d", i))
		after := entities(rt, w)

		p := w.plan(sync.PlanOptions{})
		var planned []string
		for _, c := range p.Changes {
			for _, f := range c.Fields {
				planned = append(planned, c.Key().String()+" "+f.Name)
			}
		}
		var want []string
		for key, e := range after {
			for _, f := range key.Kind.Fields() {
				v, owned := e.Fields[f.Name]
				if (owned || !f.KeepsLive) && !f.Equal(before[key].Fields[f.Name], v) {
					want = append(want, key.String()+" "+f.Name)
				}
			}
		}
		slices.Sort(planned)
		slices.Sort(want)
		if diff := cmp.Diff(want, planned); diff != "" {
			rt.Fatalf("the plan and the change of the content disagree (-content +plan):\n%s", diff)
		}
		applied(rt, w)
	})
}

func draw(rt *rapid.T, files synth.Files, specs map[string]map[string]any, kind panther.Kind, id string) {
	spec := drawSpec(rt, kind, id)
	// What is Panther's to keep stays owned once it was, or the old value stays.
	for _, key := range []string{"InlineFilters"} {
		if old, ok := specs[id][key]; ok && spec[key] == nil {
			spec[key] = old
		}
	}
	specs[id] = maps.Clone(spec)
	text, err := json.Marshal(spec)
	if err != nil {
		rt.Fatal(err)
	}
	files["rules/"+id+".yml"] = string(text)
	files["rules/"+id+".py"] = "# " + strings.NewReplacer("\n", " ", "\r", " ").Replace(words.Draw(rt, "comment")) + "\nx = 1\n"
}

// applied plans and applies, and wants every write to succeed without a word
// and nothing to be left.
func applied(rt *rapid.T, w *world) {
	for _, c := range w.apply(w.plan(sync.PlanOptions{})).Changes {
		if c.Outcome != sync.Done || len(c.Warnings) > 0 {
			rt.Fatalf("%s/%s: %s %s %v\n%s", c.Kind, c.ID, c.Outcome, c.Reason, c.Warnings, w.files[c.Path])
		}
	}
	if p := w.plan(sync.PlanOptions{}); !p.Empty() {
		rt.Fatalf("a field flaps: %s%v", lines(p), p.Changes[0].Fields)
	}
}

func entities(rt *rapid.T, w *world) map[panther.Key]panther.Entity {
	out := map[panther.Key]panther.Entity{}
	for _, it := range w.repo().Items {
		d := it.Entity()
		if !d.OK() || !it.Deployable() {
			rt.Fatalf("%v\n%s", slices.Concat(d.Diagnostics, w.repo().Diagnostics), w.files[it.Path])
		}
		out[it.Key()] = d.Entity
	}
	return out
}
