package sandbox_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestServerMadeFieldsAndDefaults(t *testing.T) {
	clock := newClock()
	s := open(t, sandbox.Options{Now: clock.Now, Verbatim: true})
	api := allowing(t, s, sandbox.ContractOptions{Unknown: true})
	sent := rule("Acme")
	sent["createdAt"], sent["createdBy"], sent["lastModified"], sent["createdByExternal"] = "2001-01-01T00:00:00Z", "me", "never", "x"
	api.do(201, "PUT", "/rules/Acme", sent)
	first := start.Format(time.RFC3339)
	want := map[string]any{
		"id": "Acme", "body": sent["body"], "severity": "HIGH", "enabled": false, "managed": false,
		"createAlert": true, "dedupPeriodMinutes": 60.0, "threshold": 1.0, "createdAt": first, "lastModified": first,
		"createdBy": map[string]any{"id": s.Token().ID, "type": "api-token"},
	}
	if diff := cmp.Diff(want, api.do(200, "GET", "/rules/Acme", nil).entity(t)); diff != "" {
		t.Errorf("after creating (-want +got):\n%s", diff)
	}
	clock.advance(time.Hour)
	sent["threshold"], sent["createAlert"], sent["managed"], sent["enabled"] = 7, false, true, true
	sent["fromTheFuture"] = map[string]any{"deep": []any{1, nil, "x"}}
	changed := api.do(200, "PUT", "/rules/Acme", sent)
	want["threshold"], want["createAlert"], want["managed"], want["enabled"] = 7.0, false, true, true
	want["fromTheFuture"] = map[string]any{"deep": []any{1.0, nil, "x"}}
	want["lastModified"] = start.Add(time.Hour).Format(time.RFC3339)
	if diff := cmp.Diff(want, changed.entity(t)); diff != "" {
		t.Errorf("after replacing (-want +got):\n%s", diff)
	}
	clock.advance(time.Hour)
	replaced := api.do(200, "PUT", "/rules/Acme", rule("Acme")).entity(t)
	for _, name := range []string{"fromTheFuture"} {
		if _, there := replaced[name]; there {
			t.Errorf("%s outlived a PUT without it", name)
		}
	}
	if replaced["threshold"] != 1.0 || replaced["managed"] != false || replaced["createAlert"] != true || replaced["createdAt"] != first {
		t.Errorf("defaults did not come back: %v", replaced)
	}
}

func TestOlderDeployment(t *testing.T) {
	path := t.TempDir() + "/sandbox.db"
	newer, err := sandbox.Open(t.Context(), sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	strict(t, newer).do(201, "PUT", "/rules/Before", rule("Before"))
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	api := strict(t, open(t, sandbox.Options{Path: path, Era: sandbox.Era2024}))
	sent := rule("After")
	sent["createAlert"] = false
	api.do(201, "PUT", "/rules/After", sent)
	for _, id := range []string{"Before", "After"} {
		if v, there := api.do(200, "GET", "/rules/"+id, nil).entity(t)["createAlert"]; there {
			t.Errorf("%s has createAlert %v", id, v)
		}
	}
	for _, entity := range api.page("/rules").Results {
		if _, there := entity["createAlert"]; there {
			t.Errorf("in the list %v has createAlert", entity["id"])
		}
	}
}

func TestGlobalsAnswerInsideData(t *testing.T) {
	api := strict(t, open(t, sandbox.Options{}))
	for _, status := range []int{201, 200} {
		data, _ := api.do(status, "PUT", "/globals/acme", sample(sandbox.Globals, "")).entity(t)["data"].(map[string]any)
		if data["id"] != "acme" || data["body"] != "import re\n" {
			t.Errorf("%d: data %v", status, data)
		}
	}
	if got := api.do(200, "GET", "/globals/acme", nil).entity(t); got["id"] != "acme" {
		t.Errorf("GET gives %v", got)
	}
}

func TestPythonOfSimpleRules(t *testing.T) {
	api := strict(t, open(t, sandbox.Options{}))
	sent := sample(sandbox.SimpleRules, "Acme")
	sent["pythonBody"] = "of the client"
	api.do(201, "PUT", "/simple-rules/Acme", sent)
	for path, want := range map[string]bool{
		"/simple-rules/Acme":                      false,
		"/simple-rules/Acme?include-python=false": false,
		"/simple-rules/Acme?include-python=true":  true,
	} {
		body, there := api.do(200, "GET", path, nil).entity(t)["pythonBody"]
		if there != want || body == "of the client" {
			t.Errorf("%s: pythonBody %v", path, body)
		}
	}
	if _, there := api.page("/simple-rules?include-python=true").Results[0]["pythonBody"]; !there {
		t.Error("the list has no pythonBody")
	}
	if _, there := api.page("/simple-rules").Results[0]["pythonBody"]; there {
		t.Error("the list has a pythonBody that nobody asked for")
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	api := allowing(t, open(t, sandbox.Options{}), sandbox.ContractOptions{Unknown: true})
	api.do(201, "PUT", "/rules/Acme", `{"id":"Acme","body":"","severity":"LOW","threshold":6e1,"dedupPeriodMinutes":90.0,"huge":12345678901234567890123,"fine":0.10}`)
	got := api.do(200, "GET", "/rules/Acme", nil).body
	for _, want := range []string{`"threshold":60}`, `"dedupPeriodMinutes":90,`, `"huge":12345678901234567890123`, `"fine":0.10`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

func TestConsoleHelpers(t *testing.T) {
	clock := newClock()
	s := open(t, sandbox.Options{Now: clock.Now, NewID: sequence("q-")})
	api := strict(t, s)
	api.do(201, "PUT", "/rules/Acme", rule("Acme"))
	clock.advance(time.Minute)
	err := s.Edit(t.Context(), sandbox.Rules, "Acme", func(e map[string]any) {
		e["severity"], e["inlineFilters"], e["tags"] = "LOW", "All: []\n", []string{"console"}
		e["createdAt"] = "forged"
	})
	if err != nil {
		t.Fatal(err)
	}
	got := api.do(200, "GET", "/rules/Acme", nil).entity(t)
	if got["severity"] != "LOW" || got["inlineFilters"] != "All: []\n" || got["createdAt"] == "forged" || got["lastModified"] == got["createdAt"] {
		t.Errorf("after the edit %v", got)
	}
	if by := got["createdBy"].(map[string]any); by["type"] != "api-token" {
		t.Errorf("created by %v", by)
	}

	id, err := s.Put(t.Context(), sandbox.Queries, map[string]any{"name": "Q", "sql": "select 1"})
	if err != nil || id != "q-1" {
		t.Fatal(id, err)
	}
	if err := s.Edit(t.Context(), sandbox.Queries, "Q", func(e map[string]any) { e["name"] = "R" }); err != nil {
		t.Fatal(err)
	}
	if q, err := s.Get(sandbox.Queries, "R"); err != nil || q["id"] != "q-1" {
		t.Errorf("by name: %v, %v", q, err)
	}
	if _, err := s.Put(t.Context(), sandbox.Queries, map[string]any{"name": "R", "sql": ""}); err == nil || !strings.Contains(err.Error(), "already used") {
		t.Errorf("a second query R: %v", err)
	}
	if err := s.Delete(t.Context(), sandbox.Queries, "R"); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"edit":       s.Edit(t.Context(), sandbox.Rules, "None", func(map[string]any) {}),
		"delete":     s.Delete(t.Context(), sandbox.Rules, "None"),
		"collection": s.Delete(t.Context(), "lookups", "None"),
		"no id":      second(s.Put(t.Context(), sandbox.Rules, map[string]any{})),
		"no JSON":    second(s.Put(t.Context(), sandbox.Rules, map[string]any{"id": "a", "x": make(chan int)})),
		"edited out": s.Edit(t.Context(), sandbox.Rules, "Acme", func(e map[string]any) { e["x"] = make(chan int) }),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if ids, err := s.IDs(sandbox.Rules); err != nil || len(ids) != 1 || ids[0] != "Acme" {
		t.Errorf("ids %v, %v", ids, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestUnitTests(t *testing.T) {
	test := func(name, resource string, want bool) map[string]any {
		return map[string]any{"name": name, "resource": resource, "expectedResult": want}
	}
	with := func(tests ...any) map[string]any {
		r := rule("Acme")
		r["tests"] = tests
		return r
	}
	fine := with(test("one", `{"a":1}`, true), test("two", ` {} `, false))
	notJSON := with(test("one", `{"a":1}`, true), test("two", "a: 1", false))
	var asked []sandbox.UnitTest
	options := sandbox.Options{CheckTests: true, CheckTest: func(u sandbox.UnitTest) (bool, string) {
		asked = append(asked, u)
		return u.Name != "fails", "boom at line 3"
	}}
	tests := map[string]struct {
		options sandbox.Options
		query   url.Values
		body    map[string]any
		status  int
		failed  []string // names in the results that did not pass
		stored  bool
	}{
		"good":                  {options, nil, fine, 201, nil, true},
		"good, tests only":      {options, url.Values{"run-tests-only": {"true"}}, fine, 204, nil, false},
		"not JSON":              {options, nil, notJSON, 400, []string{"two"}, false},
		"not JSON, tests only":  {options, url.Values{"run-tests-only": {"true"}}, notJSON, 400, []string{"two"}, false},
		"only wins over first":  {options, url.Values{"run-tests-only": {"true"}, "run-tests-first": {"false"}}, notJSON, 400, []string{"two"}, false},
		"not first":             {options, url.Values{"run-tests-first": {"false"}}, notJSON, 201, nil, true},
		"not checked":           {sandbox.Options{}, nil, notJSON, 201, nil, true},
		"not checked, only":     {sandbox.Options{}, url.Values{"run-tests-only": {"true"}}, notJSON, 204, nil, false},
		"a list is no resource": {options, nil, with(test("one", "[1]", true)), 400, []string{"one"}, false},
		"same name":             {options, nil, with(test("one", "{}", true), test("one", "{}", true)), 400, []string{"one"}, false},
		"fails":                 {options, nil, with(test("fails", "{}", true), test("one", "{}", true)), 400, []string{"fails"}, false},
		"no tests":              {options, nil, rule("Acme"), 201, nil, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, test.options)
			got := strict(t, s).do(test.status, "PUT", "/rules/Acme?"+test.query.Encode(), test.body)
			if n, err := s.Count(sandbox.Rules); err != nil || (n == 1) != test.stored {
				t.Errorf("%d rules are stored, %v", n, err)
			}
			if test.failed == nil {
				return
			}
			var answer struct {
				Message     string
				TestResults []struct {
					Name            string
					Passed, Errored bool
					Error           *struct{ Code, Message string }
					Functions       map[string]struct {
						Output string
						Error  *struct{ Message string }
					}
				}
			}
			if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
				t.Fatal(err)
			}
			var failed []string
			for _, r := range answer.TestResults {
				if !r.Passed {
					failed = append(failed, r.Name)
				}
				if !r.Passed && r.Error == nil && (r.Functions["detection"].Error == nil || r.Functions["detection"].Error.Message != "boom at line 3") {
					t.Errorf("%s failed without a reason: %+v", r.Name, r)
				}
				if r.Errored != (r.Error != nil) {
					t.Errorf("%s: errored %v, error %v", r.Name, r.Errored, r.Error)
				}
			}
			if !cmp.Equal(failed, test.failed) || !strings.Contains(answer.Message, test.failed[0]) {
				t.Errorf("failed %v, want %v; message %q", failed, test.failed, answer.Message)
			}
			if all, _ := test.body["tests"].([]any); len(answer.TestResults) != len(all) {
				t.Errorf("%d results of %d tests", len(answer.TestResults), len(all))
			}
		})
	}
	for _, u := range asked {
		if u.Collection != sandbox.Rules || u.EntityID != "Acme" || u.Resource == "" || u.Entity["severity"] != "HIGH" {
			t.Errorf("the check got %+v", u)
		}
	}
}
