package detection_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"pgregory.net/rapid"
)

// drawn draws an expression as JSON.
func drawn(t *rapid.T, depth int) map[string]any {
	if depth > 0 && rapid.IntRange(0, 3).Draw(t, "group") == 0 {
		inner := []any{}
		for range rapid.IntRange(1, 3).Draw(t, "members") {
			inner = append(inner, drawn(t, depth-1))
		}
		return map[string]any{rapid.SampledFrom([]string{"All", "Any", "OnlyOne", "None"}).Draw(t, "combinator"): inner}
	}
	c := rapid.SampledFrom(detection.Conditions).Draw(t, "condition")
	e := map[string]any{"Condition": c.Name}
	if !c.Absolute {
		e["KeyPath"] = rapid.SampledFrom([]string{"status", "n", "one", "yes", "nothing", "missing", "tags", "none", "entity", "entity.moons", "entity.moons[*].name",
			"entity.moons[0].year", "ip", "home", "doc", "cidr", "blank", "zero", "NAME", "digits"}).Draw(t, "key")
	}
	value := func() any {
		if c.Of == detection.OfNetworks {
			return rapid.SampledFrom([]any{"10.0.0.0/8", "54.8.222.250", "10.0.0.1/8"}).Draw(t, "network")
		}
		return rapid.SampledFrom([]any{"success", "5", 5, 1, "a", "", true, 2.5, "10.1.1.1", "Nix"}).Draw(t, "value")
	}
	switch c.Takes {
	case detection.TakesValue:
		e["Value"] = value()
	case detection.TakesValues, detection.TakesEither:
		e["Values"] = []any{value(), value()}
	case detection.TakesExpressions:
		e["Expressions"] = []any{drawn(t, 0)}
	}
	return e
}

func evaluated(t testing.TB, e map[string]any, at any) detection.Verdict {
	t.Helper()
	text, err := json.Marshal([]any{e})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := detection.Parse(parse(t, string(text)), detection.InDetection)
	return detection.Eval(list[0], at).Verdict
}

// negatives has the negative of each condition that has one.
var negatives = map[string]string{
	"Equals": "DoesNotEqual", "IEquals": "IDoesNotEqual", "Contains": "DoesNotContain", "IContains": "IDoesNotContain",
	"StartsWith": "DoesNotStartWith", "IStartsWith": "IDoesNotStartWith", "EndsWith": "DoesNotEndWith", "IEndsWith": "IDoesNotEndWith",
	"IsIn": "IsNotIn", "Exists": "DoesNotExist", "IsNull": "IsNotNull", "IsNullOrEmpty": "IsNotNullOrEmpty",
	"IsIPAddressInCIDR": "IsIPAddressNotInCIDR", "CIDRContainsIPAddresses": "CIDRDoesNotContainIPAddresses", "AnyElement": "NoElement",
}

// TestLawsOfEval: combinators keep the laws of three-valued logic, and a negative condition
// never says the same as its positive one.
func TestLawsOfEval(t *testing.T) {
	at := event(t, pluto)
	not := map[detection.Verdict]detection.Verdict{detection.True: detection.False, detection.False: detection.True, detection.Unsure: detection.Unsure}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawn(rt, 2), drawn(rt, 2)
		va, vb := evaluated(t, a, at), evaluated(t, b, at)
		group := func(combinator string, list ...any) detection.Verdict {
			return evaluated(t, map[string]any{combinator: list}, at)
		}
		none := func(e any) any { return map[string]any{"None": []any{e}} }
		same := func(law string, got, want detection.Verdict) {
			if got != want {
				rt.Fatalf("%s: %s, want %s (a is %s, b is %s)\na: %v\nb: %v", law, got, want, va, vb, a, b)
			}
		}
		same("all of one", group("All", a), va)
		same("any of one", group("Any", a), va)
		same("one of one", group("OnlyOne", a), va)
		same("none of one", group("None", a), not[va])
		same("not not", group("None", none(a)), va)
		same("order of all", group("All", a, b), group("All", b, a))
		same("order of any", group("Any", a, b), group("Any", b, a))
		same("order of one", group("OnlyOne", a, b), group("OnlyOne", b, a))
		same("none is not any", group("None", a, b), not[group("Any", a, b)])
		same("de Morgan", group("Any", none(a), none(b)), not[group("All", a, b)])
		condition, _ := a["Condition"].(string)
		if negative := negatives[condition]; negative != "" {
			a["Condition"] = negative
			if vn := evaluated(t, a, at); vn != detection.Unsure && va != detection.Unsure && vn == va {
				rt.Fatalf("%s and %s are both %s: %v", condition, negative, va, a)
			}
		}
	})
}

// TestEveryConditionIsEvaluated: each condition of the table says true or false somewhere.
func TestEveryConditionIsEvaluated(t *testing.T) {
	at := event(t, `{"a": "10.0.0.1", "n": 3, "net": "10.0.0.0/8", "list": ["10.0.0.1"]}`)
	rest := map[detection.Takes]string{
		detection.TakesValue: ", Value: 10.0.0.1", detection.TakesValues: ", Values: [10.0.0.1]", detection.TakesEither: ", Value: 10.0.0.1",
		detection.TakesExpressions: ", Expressions: [{Condition: Exists}]",
	}
	for _, c := range detection.Conditions {
		key, with := "KeyPath: a, ", rest[c.Takes]
		switch {
		case c.Absolute:
			key = ""
		case c.Of == detection.OfOrdered:
			key, with = "KeyPath: n, ", ", Value: 2"
		case c.Of == detection.OfAddresses:
			key = "KeyPath: net, "
		case c.Takes == detection.TakesExpressions:
			key = "KeyPath: list, "
		}
		list, problems := detection.Parse(parse(t, "[{"+key+"Condition: "+c.Name+with+"}]"), detection.InDetection)
		if a := detection.Eval(list[0], at); len(problems) > 0 || a.Verdict == detection.Unsure {
			t.Errorf("%s: %+v %+v", c.Name, a, problems)
		}
	}
}

// TestEvalIsBounded: deep events are read, and a product of large lists is refused.
func TestEvalIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 3000) + strings.Repeat("]", 3000)
	list := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"10.0.0.1",`, n), ",") + "]" }
	at := event(t, `{"deep": `+deep+`, "wide": `+list(2000)+`}`)
	eval := func(expression string) detection.Answer {
		list, _ := detection.Parse(parse(t, "["+expression+"]"), detection.InDetection)
		return detection.Eval(list[0], at)
	}
	for _, key := range []string{"deep", "deep" + strings.Repeat("[0]", 500), "deep" + strings.Repeat("[*]", 100)} {
		for _, condition := range []string{"Equals", "Contains", "IContains", "IEquals", "IsIPAddressInCIDR"} {
			if a := eval(fmt.Sprintf(`{KeyPath: '%s', Condition: %s, Value: 10.0.0.1}`, key, condition)); a.Verdict == detection.True {
				t.Errorf("%.20s %s: %+v", key, condition, a)
			}
		}
	}
	const large = "the event is too large for these match expressions"
	if a := eval(`{KeyPath: wide, Condition: NoElement, Expressions: [{Condition: IsIn, Values: ` + strings.ReplaceAll(list(2000), "1\"", "2\"") + `}]}`); !strings.Contains(a.Reason, large) {
		t.Errorf("%+v", a)
	}
	if a := eval(`{KeyPath: wide, Condition: IsIn, Values: ` + list(2000) + `}`); !strings.Contains(a.Reason, large) {
		t.Errorf("%+v", a)
	}
}

// FuzzEval: no event and no spec breaks the evaluator, and what it says is consistent.
func FuzzEval(f *testing.F) {
	f.Add(`Detection: [{KeyPath: "a[*].b", Condition: Contains, Value: x}]`, `{"a": [{"b": "x"}, 1, null]}`)
	f.Add(`Detection: [{Condition: Equals, Values: [{Key: a}, {Key: b}]}, {OnlyOne: [{Condition: AlwaysTrue}]}]`, `{"a": [1], "b": {"c": 1e400}}`)
	f.Add(`{InlineFilters: [{KeyPath: a, Condition: IsIPAddressInCIDR, Value: "::/0"}], AlertTitle: "{a[0]} {b"}`, `{"a": "fe80::1%eth0"}`)
	f.Add(`{DynamicSeverities: [{ChangeTo: Low, Conditions: [{KeyPath: a, Condition: IsGreaterThan, Value: 1e999999999}]}], AlertContext: [{KeyName: x, KeyValue: {Key: a}}]}`, `{"a": -1e-999999999}`)
	f.Fuzz(func(t *testing.T, spec, text string) {
		doc, err := yamlcore.Parse([]byte(spec), yamlcore.Limits{})
		if err != nil {
			return
		}
		at, err := detection.DecodeEvent([]byte(text))
		if err != nil {
			return
		}
		s, _ := detection.Read(doc.Root)
		for _, a := range []detection.Answer{s.Match(at), s.Filter(at)} {
			if (a.Verdict == detection.True) != (a.Reason == "") {
				t.Errorf("%s of %s: %s, reason %q", spec, text, a.Verdict, a.Reason)
			}
		}
		for _, e := range append(s.Detection, s.Filters...) {
			detection.Eval(e, at)
		}
		s.SeverityFor(at, "High")
		s.TitleFor(at)
		s.ContextFor(at)
	})
}
