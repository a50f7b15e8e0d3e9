package panther_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"pgregory.net/rapid"
)

func value(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func field(t *testing.T, k panther.Kind, name string) panther.Field {
	t.Helper()
	f, ok := k.Field(name)
	if !ok {
		t.Fatalf("%s has no field %s", k, name)
	}
	return f
}

func TestEqualByTheFieldTable(t *testing.T) {
	for _, tc := range []struct {
		kind panther.Kind
		name string
		a, b string
		want bool
	}{
		{panther.Rule, "enabled", `true`, `true`, true},
		{panther.Rule, "enabled", `false`, `true`, false},
		{panther.Rule, "enabled", `null`, `false`, false},
		{panther.Rule, "createAlert", `null`, `true`, true},
		{panther.Rule, "createAlert", `null`, `false`, false},
		{panther.Rule, "displayName", `""`, `null`, true},
		{panther.Rule, "displayName", `"a"`, `"A"`, false},
		{panther.Rule, "description", `"a\r\nb\n"`, `"a\nb"`, true},
		{panther.Rule, "description", `"a b"`, `"a  b"`, false},
		{panther.Rule, "description", `"a "`, `"a"`, false},
		{panther.Rule, "severity", `"HIGH"`, `"high"`, true},
		{panther.Rule, "severity", `"HIGH"`, `"LOW"`, false},
		{panther.Rule, "tags", `["a","b"]`, `["b","a","a"]`, true},
		{panther.Rule, "tags", `["a"]`, `["A"]`, false},
		{panther.Rule, "tags", `[]`, `null`, true},
		{panther.Rule, "reports", `{"CIS":["1","2"],"X":[]}`, `{"CIS":["2","1"]}`, true},
		{panther.Rule, "reports", `{"CIS":["1"]}`, `{"CIS":["1.0"]}`, false},
		{panther.Rule, "reports", `{}`, `null`, true},
		{panther.Rule, "dedupPeriodMinutes", `null`, `60`, true},
		{panther.Rule, "dedupPeriodMinutes", `0`, `60`, true},
		{panther.Rule, "dedupPeriodMinutes", `60.0`, `60`, true},
		{panther.Rule, "dedupPeriodMinutes", `15`, `60`, false},
		{panther.Rule, "threshold", `null`, `1`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1.0,\"y\":2}"}]`, `[{"resource":"{ \"y\":2,\"x\":1 }","expectedResult":true,"name":"a","mocks":[]}]`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{}"}]`, `[{"name":"a","expectedResult":false,"resource":"{}"}]`, false},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{}"},{"name":"b","expectedResult":true,"resource":"{}"}]`, `[{"name":"b","expectedResult":true,"resource":"{}"},{"name":"a","expectedResult":true,"resource":"{}"}]`, false},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"resource":"{\"x\":\"1\"}"}]`, false},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"log":{"x":1.0}}]`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"log":{"x":1},"resource":""}]`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"log":{},"resource":"{\"x\":1}"}]`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"log":null,"resource":"{\"x\":1}"}]`, true},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{\"x\":1}"}]`, `[{"name":"a","expectedResult":true,"log":{"x":2},"resource":"{\"x\":1}"}]`, false},
		{panther.Rule, "tests", `[{"name":"a","expectedResult":true,"resource":"{}"}]`, `[{"name":"a","expectedResult":true,"log":{}}]`, true},
		{panther.Policy, "tests", `[{"name":"a","expectedResult":true,"resource":"[1,\"é\"]"}]`, `[{"name":"a","expectedResult":true,"log":[1,"\u00e9"]}]`, true},
		{panther.CorrelationRule, "tests", `[{"name":"a","expectedResult":true,"ruleOutputs":[{"id":"x","matches":{"u":{"ada":[1,2]}}}]}]`, `[{"name":"a","expectedResult":true,"ruleOutputs":[{"matches":{"u":{"ada":[1.0,2]}},"id":"x"}]}]`, true},
		{panther.CorrelationRule, "tests", `[{"name":"a","expectedResult":true,"ruleOutputs":[{"id":"x","matches":{}}]}]`, `[{"name":"a","expectedResult":true,"ruleOutputs":[{"id":"x","matches":null}]}]`, true},
		{panther.CorrelationRule, "tests", `[{"name":"a","expectedResult":true,"ruleOutputs":[{"id":"x"},{"id":"y"}]}]`, `[{"name":"a","expectedResult":true,"ruleOutputs":[{"id":"y"},{"id":"x"}]}]`, false},
		{panther.CorrelationRule, "detection", `"- Group: []\n"`, `"Detection:\n  - Group: []\n"`, true},
		{panther.CorrelationRule, "detection", `"- Group: []\n"`, `"Detection:\n  - Sequence: []\n"`, false},
		{panther.SimpleRule, "detection", `"- Key: a\n"`, `"Detection: [{Key: a}]"`, true},
		{panther.Query, "emailConfig.sendEmpty", `null`, `false`, true},
		{panther.Query, "emailConfig.recipients", `["b","a"]`, `["a","b"]`, true},
		{panther.Rule, "inlineFilters", `"- All: []\n"`, `"- {All: []}"`, true},
		{panther.SimpleRule, "detection", `"- Key: a\n  Value: yes\n"`, `"[{Value: \"yes\", Key: a}]"`, true},
		{panther.SimpleRule, "detection", `"- Value: true\n"`, `"- Value: \"true\"\n"`, false},
		{panther.SimpleRule, "detection", `"- a\n- b\n"`, `"- b\n- a\n"`, false},
		{panther.SimpleRule, "alertTitle", `"{user} logged in"`, `"'{user} logged in'\n"`, true},
		{panther.SimpleRule, "alertTitle", `"{user} logged in"`, `"{user} logged out"`, false},
		{panther.SimpleRule, "groupBy", `"[]"`, `null`, true},
		{panther.DataModel, "mappings", `[{"name":"a","path":"x"},{"name":"b","method":"m"}]`, `[{"name":"b","method":"m","path":""},{"name":"a","path":"x"}]`, true},
		{panther.DataModel, "mappings", `[{"name":"a","path":"x"}]`, `[{"name":"a","path":"y"}]`, false},
		{panther.Query, "schedule.rateMinutes", `null`, `0`, true},
		{panther.Query, "schedule.disabled", `null`, `false`, true},
		{panther.Query, "sql", `"SELECT 1\r\n"`, `"SELECT 1"`, true},
	} {
		f := field(t, tc.kind, tc.name)
		a, b := value(t, tc.a), value(t, tc.b)
		if got := f.Equal(a, b); got != tc.want {
			t.Errorf("%s %s: Equal(%s, %s) = %v, want %v", tc.kind, tc.name, tc.a, tc.b, got, tc.want)
		}
		if got := f.Equal(b, a); got != tc.want {
			t.Errorf("%s %s: Equal(%s, %s) = %v, want %v", tc.kind, tc.name, tc.b, tc.a, got, tc.want)
		}
	}
}

const liveRule = `{"id":"A.B","body":"def rule(e):\n  return True\n","severity":"HIGH","enabled":true,"logTypes":["b","a"],
"reports":null,"createdAt":"2026-01-02T03:04:05Z","lastModified":"2026-02-03T04:05:06Z","createdBy":{"id":"u1","type":"User"},
"managed":false,"riskScore":7,"nested":{"k":[1,2.50]},"tests":[]}`

func TestUnmarshalKeepsWhatIsUnknown(t *testing.T) {
	e, err := panther.UnmarshalEntity(panther.Rule, []byte(liveRule))
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "A.B" || e.Made.CreatedBy != "u1" || e.Made.ChangedAt.Year() != 2026 || e.Made.ChangedAt.Month() != 2 {
		t.Errorf("identity: %+v", e)
	}
	body, err := e.With(map[string]any{"severity": "LOW", "logTypes": nil}).Request(true)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "A.B", "body": "def rule(e):\n  return True\n", "severity": "LOW", "enabled": true, "logTypes": []any{},
		"riskScore": json.Number("7"), "nested": map[string]any{"k": []any{json.Number("1"), json.Number("2.50")}}, "tests": []any{},
	}
	if diff := cmp.Diff(want, value(t, string(body))); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestRequestsByKind(t *testing.T) {
	for _, tc := range []struct {
		name, kind, live string
		set              map[string]any
		update           bool
		want             string
	}{
		{"global update has no id", "global", `{"id":"g","body":"x = 1"}`, map[string]any{"body": "x = 2"}, true, `{"body":"x = 2"}`},
		{"global create has one", "global", `{"id":"g","body":"x = 1"}`, nil, false, `{"id":"g","body":"x = 1"}`},
		{"query is named", "query", `{"id":"uuid","name":"Q","sql":"select 1","schedule":{"cron":"","rateMinutes":5,"timeoutMinutes":1,"disabled":true,"zone":"UTC"}}`,
			map[string]any{"schedule.rateMinutes": json.Number("10")}, true,
			`{"name":"Q","sql":"select 1","schedule":{"cron":"","rateMinutes":10,"timeoutMinutes":1,"disabled":true,"zone":"UTC"}}`},
		{"a query without a time has no schedule", "query", `{"id":"uuid","name":"Q","sql":"select 1","schedule":{"rateMinutes":5,"timeoutMinutes":1,"disabled":true}}`,
			map[string]any{"schedule.rateMinutes": nil, "schedule.timeoutMinutes": nil}, true, `{"name":"Q","sql":"select 1"}`},
		{"managed is kept", "policy", `{"id":"p","body":"b","severity":"LOW","managed":true}`, nil, true, `{"id":"p","body":"b","severity":"LOW","managed":true}`},
		{"createAlert is not sent where the spec is silent", "rule", `{"id":"r","body":"b","severity":"LOW","createAlert":false}`,
			map[string]any{"createAlert": nil}, true, `{"id":"r","body":"b","severity":"LOW"}`},
		{"a cleared number has its default", "rule", `{"id":"r","body":"b","severity":"LOW","threshold":5}`,
			map[string]any{"threshold": nil}, true, `{"id":"r","body":"b","severity":"LOW","threshold":1}`},
		{"nulls inside are not sent back", "rule", `{"id":"r","body":"b","severity":"LOW","reports":{"A":null,"B":["x"]},"tests":[{"name":"t","expectedResult":true,"resource":"{}","mocks":null}]}`,
			nil, true, `{"id":"r","body":"b","severity":"LOW","reports":{"B":["x"]},"tests":[{"name":"t","expectedResult":true,"resource":"{}"}]}`},
		{"unknown names may hold dots", "rule", `{"id":"r","body":"b","severity":"LOW","a.b":5,"schedule.x":1,"schedule":{"cron":"y"}}`,
			nil, true, `{"id":"r","body":"b","severity":"LOW","a.b":5,"schedule.x":1,"schedule":{"cron":"y"}}`},
		{"a query's unknown names too", "query", `{"id":"u","name":"Q","sql":"s","schedule.cron":"odd","schedule":{"rateMinutes":5,"x.y":[1]}}`,
			nil, true, `{"name":"Q","sql":"s","schedule.cron":"odd","schedule":{"rateMinutes":5,"x.y":[1]}}`},
		{"server-made fields are not sent", "simple_rule", `{"id":"r","detection":"[]","severity":"LOW","pythonBody":"x","createdByExternal":"me","updatedAt":"x"}`,
			nil, true, `{"id":"r","detection":"[]","severity":"LOW"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := panther.UnmarshalEntity(panther.Kind(tc.kind), []byte(tc.live))
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.With(tc.set).Request(tc.update)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value(t, tc.want), value(t, string(got))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmarshalRefusesWhatIsNoEntity(t *testing.T) {
	for src, want := range map[string]string{
		`{"body":"x"}`:                 "it has no id",
		`{"id":5}`:                     `"id" is 5, not a string`,
		`{"id":"a","enabled":"y"}`:     `field "enabled" is "y", but must be true or false`,
		`{"id":"a","tags":"y"}`:        `field "tags" is "y", but must be a list of strings`,
		`{"id":"a","tags":[1]}`:        `but must be a list of strings`,
		`{"id":"a","threshold":1.5}`:   `but must be a whole number`,
		`{"id":"a","threshold":1e300}`: `but must be a whole number`,
		`[]`:                           "read a rule from Panther's response",
	} {
		_, err := panther.UnmarshalEntity(panther.Rule, []byte(src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", src, err, want)
		}
	}
}

func TestFingerprintFollowsMeaning(t *testing.T) {
	read := func(s string) panther.Entity {
		e, err := panther.UnmarshalEntity(panther.Rule, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	a := read(liveRule)
	same := read(strings.NewReplacer(`["b","a"]`, `["a","b"]`, `"riskScore":7`, `"riskScore":9`, `"reports":null,`, ``, `2026-02-03`, `2026-03-03`, `True\n"`, `True"`).Replace(liveRule))
	if a.Fingerprint() != same.Fingerprint() {
		t.Error("the same meaning has another fingerprint")
	}
	other := read(strings.Replace(liveRule, "HIGH", "LOW", 1))
	if a.Fingerprint() == other.Fingerprint() {
		t.Error("another severity has the same fingerprint")
	}
	if d := a.Digests(); d["severity"] == other.Digests()["severity"] || d["logTypes"] != other.Digests()["logTypes"] {
		t.Error("the digests don't show which field differs")
	}
}

// TestSetsIgnoreOrder: shuffling and repeating never makes a difference, and a
// new element always does.
func TestSetsIgnoreOrder(t *testing.T) {
	f := field(t, panther.Rule, "tags")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 1, 8).Draw(t, "words")
		var a, b []any
		for _, w := range words {
			a = append(a, w)
			b = append(b, w)
		}
		b = append(b, words[rapid.IntRange(0, len(words)-1).Draw(t, "again")])
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		if !f.Equal(a, b) {
			t.Fatalf("%v and %v differ", a, b)
		}
		if f.Equal(a, append(b, "NEW")) {
			t.Fatalf("%v equals itself with one more", a)
		}
	})
}

func TestParseKey(t *testing.T) {
	if k, err := panther.ParseKey("rule/A/B c"); err != nil || k != (panther.Key{Kind: panther.Rule, ID: "A/B c"}) {
		t.Errorf("got %v, %v", k, err)
	}
	for in, want := range map[string]string{"rule": "not of the form kind/id", "rules/x": `unknown kind "rules"; use one of global, data_model, query, rule`} {
		if _, err := panther.ParseKey(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", in, err)
		}
	}
}

func FuzzUnmarshalEntity(f *testing.F) {
	f.Add(liveRule)
	f.Add(`{"id":"q","name":"n","schedule":{"cron":"x","rateMinutes":1e2}}`)
	f.Add(`{"id":"a","tests":[{}],"reports":{"a":null}}`)
	f.Add("{\"id\":\"a\",\"logTypes\":[\"b\",\"a\xff\"],\"tags\":[\"\\ud800\"]}")
	f.Fuzz(func(t *testing.T, src string) {
		for _, k := range panther.Kinds() {
			e, err := panther.UnmarshalEntity(k, []byte(src))
			if err != nil {
				continue
			}
			body, err := e.Request(true)
			if len(e.Garbled) > 0 && err != nil {
				continue // what is no text is not sent back
			}
			if err != nil || len(e.Garbled) > 0 {
				t.Fatalf("%s, of which %q is no text, is written again as %s (%v)", src, e.Garbled, body, err)
			}
			var m map[string]any
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.UseNumber() // a number may have any exponent
			if err := dec.Decode(&m); err != nil {
				t.Fatal(err)
			}
			// What is sent back reads as the same entity.
			m["id"], m["name"] = e.ID, e.ID
			again, _ := json.Marshal(m)
			e2, err := panther.UnmarshalEntity(k, again)
			if err == nil && k != panther.Query && e2.Fingerprint() != e.Fingerprint() {
				t.Fatalf("%s: sent back it means something else:\n%s", src, cmp.Diff(e.Canonical(), e2.Canonical()))
			}
		}
	})
}

func BenchmarkCanonical(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			entities := make([]panther.Entity, n)
			for i := range entities {
				src := fmt.Sprintf(`{"id":"R.%d","body":%q,"severity":"HIGH","tags":["b","a"],"tests":[{"name":"t","expectedResult":true,"resource":%q}]}`,
					i, strings.Repeat("def rule(event):\n    return True\n", 20), `{"a":[1,2,{"b":"`+strings.Repeat("x", 500)+`"}]}`)
				var err error
				if entities[i], err = panther.UnmarshalEntity(panther.Rule, []byte(src)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, e := range entities {
					e.Canonical()
				}
			}
		})
	}
}

// TestTheYearOfADeployment: one newer field shows that Panther has all fields of
// its year, with or without a value. What an older one drops is not shown.
func TestTheYearOfADeployment(t *testing.T) {
	reference, _ := panther.Rule.Field("reference")
	createAlert, _ := panther.Rule.Field("createAlert")
	severity, _ := panther.Rule.Field("severity")
	for src, want := range map[string]int{
		`{"id":"r"}`:                    0,
		`{"id":"r","createAlert":true}`: 2025,
		`{"id":"r","reference":"x"}`:    2026,
		`{"id":"r","reference":""}`:     2026,
		`{"id":"r","reference":null}`:   2026,
		`{"id":"r","tests":[{"name":"a","expectedResult":true,"log":{}}]}`:        2026,
		`{"id":"r","tests":[{"name":"a","expectedResult":true,"resource":"{}"}]}`: 0,
	} {
		e, err := panther.UnmarshalEntity(panther.Rule, []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if e.Year != want || e.Shows(reference) != (want >= 2026) || e.Shows(createAlert) != (want >= 2025) || !e.Shows(severity) {
			t.Errorf("%s: year %d, want %d", src, e.Year, want)
		}
	}
	for src, want := range map[string]int{`{"id":"q","name":"q","sql":"s"}`: 0, `{"id":"q","name":"q","emailConfig":{}}`: 2026, `{"id":"q","name":"q","emailConfig":null}`: 2026} {
		if e, err := panther.UnmarshalEntity(panther.Query, []byte(src)); err != nil || e.Year != want {
			t.Errorf("%s: year %d, want %d: %v", src, e.Year, want, err)
		}
	}
}

// TestEventsAreSentAsTexts: every deployment takes "resource", whatever it answers.
// The keys of the event keep their order, and numbers their digits.
func TestEventsAreSentAsTexts(t *testing.T) {
	e, err := panther.UnmarshalEntity(panther.Rule, []byte(`{"id":"r","tests":[{"name":"a","expectedResult":true,"log":{"z":1.50,"a":12345678901234567890}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Request(true)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"r","tests":[{"expectedResult":true,"name":"a","resource":"{\"z\":1.50,\"a\":12345678901234567890}"}]}`; string(got) != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}
