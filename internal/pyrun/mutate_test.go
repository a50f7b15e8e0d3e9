package pyrun_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/pyrun"
)

// mutation is a rule with changes: pairs of what is replaced and by what.
func mutation(body string, tests []pyrun.MutationTest, pairs ...string) pyrun.MutationRequest {
	r := pyrun.MutationRequest{ID: "Acme.Rule", Kind: pyrun.Rule, Path: "rules/acme.py", Body: body, Tests: tests, Limit: 200 * time.Millisecond, Search: true}
	for i := 0; i < len(pairs); i += 2 {
		at := strings.Index(body, pairs[i])
		r.Changes = append(r.Changes, pyrun.Change{Number: i / 2, Site: i, Group: -1, Start: at, End: at + len(pairs[i]), Text: pairs[i+1]})
	}
	return r
}

func on(event string, returns bool, functions ...string) pyrun.MutationTest {
	return pyrun.MutationTest{Test: pyrun.Test{Event: event}, Returns: returns, Functions: functions}
}

func mutate(t *testing.T, p *pyrun.Pool, requests ...pyrun.MutationRequest) []pyrun.MutationAnswer {
	t.Helper()
	out := make([]pyrun.MutationAnswer, len(requests))
	if err := p.Mutate(t.Context(), requests, func(i int, a pyrun.MutationAnswer) bool { out[i] = a; return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// ways lists how changes were noticed.
func ways(a pyrun.MutationAnswer) (out []string) {
	for _, c := range a.Changes {
		switch {
		case c.Invalid:
			out = append(out, "invalid")
		case c.By != "":
			out = append(out, string(c.By))
		default:
			out = append(out, "survived")
		}
	}
	return out
}

const body = `import os, time
LIST = ["x", "y"]
def rule(event):
    if event.get("type") != "login":
        return False
    return event.get("user") in LIST
def title(event):
    return event["user"]
`

// TestMutate: each way to notice a change, and what shows one that no test notices.
func TestMutate(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	r := mutation(body, []pyrun.MutationTest{on(`{"type": "login", "user": "x"}`, true, "title"), on(`{"type": "login", "user": "z"}`, false)},
		`event.get("user") in LIST`, "True",
		`event.get("type") != "login"`, "False",
		`"y"`, `"other"`,
		`return False`, "return (",
		`event.get("type") != "login"`, `event["nothing"]`,
		`return event["user"]`, `return event["none"]`,
		`LIST = `, `LIST = 1 / 0`,
	)
	r.Changes[1].Hints, r.Changes[2].Hints = []any{"type", "login"}, []any{"y"}
	// The same, compiled alone.
	r.Changes[0].Of = strings.Index(body, "def rule")
	r.Changes[0].Until = strings.Index(body, "\ndef title")
	a := mutate(t, p, r)[0]
	if diff := cmp.Diff([]string{"value", "survived", "survived", "invalid", "error", "error", "error"}, ways(a)); diff != "" {
		t.Fatal(diff)
	}
	if got := a.Changes[0].Test; got != 1 {
		t.Errorf("test %d noticed it, not the second one", got)
	}
	want := &pyrun.Catch{Set: []pyrun.Set{{Path: []any{"type"}, Value: `"other"`}}}
	if diff := cmp.Diff(want, a.Changes[1].Catch); diff != "" {
		t.Error(diff)
	}
	want = &pyrun.Catch{Returns: true, Set: []pyrun.Set{{Path: []any{"user"}, Value: `"y"`}}}
	if diff := cmp.Diff(want, a.Changes[2].Catch); diff != "" {
		t.Error(diff)
	}
	r.Search = false
	if a := mutate(t, p, r)[0]; a.Changes[1].Catch != nil {
		t.Error("it searched all the same")
	}
	// What a change hides is not searched for, and of one place only one.
	r.Search = true
	r.Groups = []pyrun.Group{{Mutants: []int{1}, Up: -1}, {Mutants: nil, Up: 0}}
	r.Changes[2].Group = 1
	if a := mutate(t, p, r)[0]; a.Changes[2].Catch != nil || a.Changes[1].Catch == nil {
		t.Errorf("hidden: %+v", a.Changes[:3])
	}
	r.Changes[2].Group, r.Changes[2].Site = -1, r.Changes[1].Site
	if a := mutate(t, p, r)[0]; a.Changes[2].Catch != nil || a.Changes[1].Catch == nil {
		t.Errorf("of one place: %+v", a.Changes[:3])
	}
}

// TestMutateMocksAndPolicies: mocks are in place for each run, and a policy that changes its
// resource does not change that of the next run.
func TestMutateMocksAndPolicies(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	one := on(`{"n": 1}`, true)
	one.Mocks = []pyrun.Mock{{Name: "limit", Value: "1"}}
	r := mutation("def limit():\n    return '5'\ndef rule(event):\n    if len(limit.mock_calls) > 0:\n        return False\n    return event['n'] >= int(limit())\n", []pyrun.MutationTest{one, one},
		"event['n'] >= int(limit())", "event['n'] >= 1", "event['n'] >= int(limit())", "event['n'] > int(limit())")
	policy := mutation("def policy(resource):\n    v = resource['open']\n    resource['open'] = None\n    return v is False\n", []pyrun.MutationTest{on(`{"open": false}`, true), on(`{"open": true}`, false)},
		"is False", "is not True", "is False", "is not None")
	policy.Kind = pyrun.Policy
	a := mutate(t, p, r, policy)
	if diff := cmp.Diff([]string{"survived", "value"}, ways(a[0])); diff != "" {
		t.Errorf("mocks: %s", diff)
	}
	if diff := cmp.Diff([]string{"survived", "value"}, ways(a[1])); diff != "" {
		t.Errorf("a policy: %s", diff)
	}
	if c := a[1].Changes[0].Catch; c == nil || c.Returns || len(c.Set) != 1 {
		t.Errorf("a policy: %+v", c)
	}
}

// TestHostileChanges: a change that never ends or ends its process is blamed alone, and the
// others still run.
func TestHostileChanges(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	const spin = "(lambda: [None for _ in iter(int, 1)])()"
	body := body + "def endless():\n    while True:\n        try:\n            while True:\n                pass\n        except BaseException:\n            pass\n"
	stubborn := "endless()"
	if testing.Short() {
		stubborn = spin // pdac itself ends the other one, after 5 seconds
	}
	r := mutation(body, []pyrun.MutationTest{on(`{"type": "login", "user": "x"}`, true)},
		`event.get("type") != "login"`, "False",
		`event.get("type") != "login"`, spin,
		`event.get("type") != "login"`, "os._exit(3)",
		`event.get("type") != "login"`, stubborn,
		`event.get("user") in LIST`, "False",
		`event.get("type") != "login"`, `os.system("true")`,
		`event.get("type") != "login"`, `"x" * (1 << 40)`,
	)
	start := time.Now()
	a := mutate(t, p, r, mutation(body, r.Tests, `event.get("user") in LIST`, "False"))
	if diff := cmp.Diff([]string{"survived", "timeout", "crash", "timeout", "value", "error", "error"}, ways(a[0])); diff != "" {
		t.Errorf("%s after %s", diff, time.Since(start))
	}
	if diff := cmp.Diff([]string{"value"}, ways(a[1])); diff != "" {
		t.Errorf("after it: %s", diff)
	}
}

// TestManyCrashes: a module whose changes end too many processes is given up.
func TestManyCrashes(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	var pairs []string
	for range 10 {
		pairs = append(pairs, `event.get("type") != "login"`, "os._exit(3)")
	}
	tests := []pyrun.MutationTest{on(`{"type": "login", "user": "x"}`, true)}
	a := mutate(t, p, mutation(body, tests, pairs...), mutation(body, tests, pairs[2:]...))
	if a[0].Fault == nil || a[0].Fault.Type != pyrun.Crashed {
		t.Errorf("ten crashes: %+v", a[0])
	}
	if diff := cmp.Diff(slices.Repeat([]string{"crash"}, 9), ways(a[1])); diff != "" {
		t.Errorf("nine: %s", diff)
	}
}

// TestNotMutated: a module that no longer does what its tests expect is not changed.
func TestNotMutated(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1, TestTime: time.Second})
	a := mutate(t, p,
		mutation(body, []pyrun.MutationTest{on(`{"type": "login", "user": "x"}`, false)}, "LIST", "TSIL"),
		mutation("def rule(event):\n    return 1 / 0\n", []pyrun.MutationTest{on(`{}`, false)}, "0", "1"),
		mutation("import os\nos._exit(4)\n", []pyrun.MutationTest{on(`{}`, false)}, "4", "5"),
		mutation("def rule(event):\n    return event['a'] == 1\n", []pyrun.MutationTest{on(`{"a": 1}`, true)}, "1", "2"),
	)
	if !a[0].Unstable || a[1].Fault == nil || a[1].Fault.Type != "ZeroDivisionError" || a[2].Fault == nil || a[2].Fault.Type != pyrun.Crashed {
		t.Errorf("got %+v", a[:3])
	}
	if diff := cmp.Diff([]string{"value"}, ways(a[3])); diff != "" {
		t.Error(diff)
	}
}

// TestLines: the lines that tests reach, of the rule, a global and a data model. What runs
// while a module is loaded is seen by every request that imports it.
func TestLines(t *testing.T) {
	s := pyrun.Setup{
		Globals:    map[string]pyrun.Source{"acme": {Path: "global_helpers/acme.py", Text: "LIMIT = 3\ndef over(n):\n    if n > LIMIT:\n        return True\n    return False\n"}},
		DataModels: []pyrun.DataModel{{ID: "M", Path: "data_models/m.py", Body: "def who(event):\n    return event['u']\n", LogTypes: []string{"Acme.Log"}, Mappings: []pyrun.Mapping{{Name: "user", Method: "who"}}}},
	}
	p := pool(t, s, pyrun.Options{Workers: 1})
	one := rule("from acme import over\ndef rule(event):\n    if event.udm('user'):\n        return over(event['n'])\n    return False\n", `{"p_log_type": "Acme.Log", "u": "x", "n": 1}`)
	one.Lines = true
	two := one
	two.Tests = []pyrun.Test{{Event: `{"p_log_type": "Acme.Log", "u": "", "n": 1}`}}
	got := run(t, p, one, two)
	want := map[string][]int{"rules/acme.py": {1, 2, 3, 4}, "global_helpers/acme.py": {1, 2, 3, 5}, "data_models/m.py": {1, 2}}
	if diff := cmp.Diff(want, got[0].Lines); diff != "" {
		t.Error(diff)
	}
	want = map[string][]int{"rules/acme.py": {1, 2, 3, 5}, "data_models/m.py": {2}}
	if diff := cmp.Diff(want, got[1].Lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2}, got[1].Loads["global_helpers/acme.py"]); diff != "" {
		t.Error(diff)
	}
	// A module that another request loaded is not seen by one that does not use it, in whatever
	// order they run.
	alone := rule("def rule(event):\n    if event['n'] > 1:\n        from acme import over\n        return over(event['n'])\n    return False\n", `{"p_log_type": "Acme.Log", "u": "x", "n": 1}`)
	alone.Lines = true
	for i, a := range run(t, p, one, alone) {
		if got := len(a.Loads); got != []int{2, 0}[i] {
			t.Errorf("request %d: the loads of %d files: %v", i, got, a.Loads)
		}
	}
	one.Lines = false
	if got := run(t, p, one); got[0].Lines != nil {
		t.Errorf("nobody asked for %v", got[0].Lines)
	}
}

// TestMutateMissingMapping: a value is tried whose mapping the event lacks.
func TestMutateMissingMapping(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	r := mutation("def rule(event):\n    return not event.deep_get('a', 'b') and event.get('n') == 1\n", []pyrun.MutationTest{on(`{"n": 1}`, true), on(`{"n": 2}`, false)}, "not event.deep_get('a', 'b')", "True")
	want := &pyrun.Catch{Set: []pyrun.Set{{Path: []any{"a", "b"}, Value: `"other"`}}}
	if diff := cmp.Diff(want, mutate(t, p, r)[0].Changes[0].Catch); diff != "" {
		t.Error(diff)
	}
}
