package sandbox_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// life runs a collection's whole contract, with requests that are checked too.
func TestLifeOfAnItem(t *testing.T) {
	for _, c := range sandbox.Collections() {
		if c == sandbox.Queries {
			continue
		}
		t.Run(string(c), func(t *testing.T) {
			s := open(t, sandbox.Options{})
			api := strict(t, s)
			at, list := "/"+string(c)+"/Acme.One", "/"+string(c)
			api.do(404, "GET", at, nil)
			api.do(404, "DELETE", at, nil)
			api.do(201, "PUT", at, sample(c, "Acme.One"))
			api.do(200, "PUT", at, sample(c, "Acme.One"))
			if got := api.do(200, "GET", at, nil).entity(t)["id"]; got != "Acme.One" {
				t.Errorf("id %v", got)
			}
			body := sample(c, "Acme.Two")
			body["id"] = "Acme.Two"
			api.do(200, "POST", list, body)
			if m := api.do(409, "POST", list, body).message(t); !strings.Contains(m, `"Acme.Two"`) {
				t.Errorf("message %q does not name the id", m)
			}
			if got := api.all(list); len(got) != 1 || strings.Join(got[0], " ") != "Acme.One Acme.Two" {
				t.Errorf("list %v", got)
			}
			api.do(204, "DELETE", at, nil)
			if m := api.do(404, "DELETE", at, nil).message(t); !strings.Contains(m, `"Acme.One"`) {
				t.Errorf("message %q does not name the id", m)
			}
			if n, err := s.Count(c); n != 1 || err != nil {
				t.Errorf("count %d, %v", n, err)
			}
		})
	}
}

func TestLifeOfAQuery(t *testing.T) {
	s := open(t, sandbox.Options{NewID: sequence("id-")})
	api := strict(t, s)
	made := api.do(200, "POST", "/queries", sample(sandbox.Queries, "Failed logins")).entity(t)
	if made["id"] != "id-1" || made["name"] != "Failed logins" || made["managed"] != false || made["createdAt"] == nil || made["updatedAt"] == nil {
		t.Errorf("created %v", made)
	}
	if m := api.do(409, "POST", "/queries", sample(sandbox.Queries, "Failed logins")).message(t); !strings.Contains(m, "Failed logins") || !strings.Contains(m, "id-1") {
		t.Errorf("message %q", m)
	}
	api.do(200, "POST", "/queries", sample(sandbox.Queries, "Other"))
	api.do(200, "POST", "/queries/id-1", map[string]any{"name": "Renamed", "sql": "select 2", "schedule": map[string]any{"rateMinutes": 60, "disabled": true}})
	api.do(409, "POST", "/queries/id-1", sample(sandbox.Queries, "Other"))
	api.do(200, "POST", "/queries", sample(sandbox.Queries, "Failed logins")) // the old name is free again
	api.do(404, "POST", "/queries/id-99", sample(sandbox.Queries, "New"))
	if got := api.do(200, "GET", "/queries/id-1", nil).entity(t); got["sql"] != "select 2" || got["name"] != "Renamed" {
		t.Errorf("after the update %v", got)
	}
	connect(t, s).do(405, "PUT", "/queries/id-1", sample(sandbox.Queries, "x"))
	api.do(204, "DELETE", "/queries/id-1", nil)
	api.do(404, "GET", "/queries/id-1", nil)
	api.do(200, "POST", "/queries", sample(sandbox.Queries, "Renamed"))
}

func TestIDsOfAllKinds(t *testing.T) {
	ids := []string{"a.b", "with space", "with/slash", "..", "../up", "%2F", "ünïcode/☃", "a?b#c&d=e", `"quoted"`, "semi;colon", strings.Repeat("long", 500)}
	s := open(t, sandbox.Options{})
	api := strict(t, s)
	for _, id := range ids {
		at := "/rules/" + url.PathEscape(id)
		api.do(201, "PUT", at, rule(id))
		if got := api.do(200, "GET", at, nil).entity(t)["id"]; got != id {
			t.Errorf("id %q came back as %q", id, got)
		}
	}
	if n, err := s.Count(sandbox.Rules); n != len(ids) || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	for _, id := range ids {
		api.do(204, "DELETE", "/rules/"+url.PathEscape(id), nil)
	}
}

func TestRefusedRequests(t *testing.T) {
	big := rule("Acme")
	big["body"] = strings.Repeat("x", 5000)
	with := func(name string, value any) map[string]any {
		r := rule("Acme")
		r[name] = value
		return r
	}
	tests := map[string]struct {
		status       int
		method, path string
		body         any
		says         string
	}{
		"no such path":         {404, "GET", "/lookups", nil, "/lookups"},
		"root":                 {404, "GET", "/", nil, "nothing"},
		"unescaped slash":      {404, "GET", "/rules/a/b", nil, "%2F"},
		"no id":                {404, "GET", "/rules/", nil, "nothing"},
		"no such method":       {405, "PATCH", "/rules/a", "{}", "DELETE, GET, PUT"},
		"other id":             {400, "PUT", "/rules/Acme.Other", rule("Acme"), `"Acme.Other", but the id in the body is "Acme"`},
		"no body":              {400, "PUT", "/rules/Acme", nil, "missing"},
		"no JSON":              {400, "PUT", "/rules/Acme", "{", "not JSON"},
		"two JSON texts":       {400, "PUT", "/rules/Acme", `{"id":"Acme"} {}`, "more text after"},
		"not an object":        {400, "PUT", "/rules/Acme", `[1]`, "[1], which is not an object"},
		"missing field":        {400, "POST", "/rules", map[string]any{"id": "Acme", "severity": "LOW"}, `"body" is missing`},
		"empty id":             {400, "POST", "/rules", rule(""), `"id" is empty`},
		"wrong severity":       {400, "PUT", "/rules/Acme", with("severity", "High"), `"severity" is "High", but must be one of INFO, LOW`},
		"wrong type":           {400, "PUT", "/rules/Acme", with("tags", "one"), `"tags" is "one", which is not a list`},
		"wrong type inside":    {400, "PUT", "/rules/Acme", with("tests", []any{map[string]any{"name": "t", "resource": map[string]any{}, "expectedResult": true}}), `"tests[0].resource" is {}, which is not a string`},
		"null":                 {400, "PUT", "/rules/Acme", with("tags", nil), `"tags" is null; omit it instead`},
		"zero threshold":       {400, "PUT", "/rules/Acme", with("threshold", 0), `"threshold" is 0; the minimum is 1`},
		"half a minute":        {400, "PUT", "/rules/Acme", with("dedupPeriodMinutes", 0.5), `"dedupPeriodMinutes" is 0.5, which is not a whole number`},
		"nameless test":        {400, "PUT", "/rules/Acme", with("tests", []any{map[string]any{"name": "", "resource": "{}", "expectedResult": true}}), `"tests[0].name" is empty`},
		"global with other id": {400, "PUT", "/globals/acme", map[string]any{"id": "other", "body": ""}, "the path names"},
		"large body":           {400, "PUT", "/rules/Acme", big, "larger than 4096 bytes"},
		"long id":              {400, "POST", "/rules", with("id", strings.Repeat("x", 4090)), "larger than"},
		"limit of nothing":     {400, "GET", "/rules?limit=0", nil, `"limit" is 0; the minimum is 1`},
		"limit as a text":      {400, "GET", "/rules?limit=all", nil, `"limit" is "all", which is not a whole number`},
		"flag as a text":       {400, "PUT", "/rules/Acme?run-tests-first=maybe", rule("Acme"), `"run-tests-first" is "maybe", which is not true or false`},
		"bad cursor":           {400, "GET", "/rules?cursor=xyz", nil, "cursor"},
		"bad query":            {400, "GET", "/rules?limit=%zz", nil, "query"},
		"bad state":            {400, "GET", "/rules?state=on", nil, `"on", but must be one of enabled, disabled`},
		"alerts of no time":    {400, "GET", "/alerts?created-after=today", nil, `"created-after" is "today", which is not a time`},
		"too many alerts":      {400, "GET", "/alerts?limit=51", nil, "the maximum is 50"},
		"token of no one":      {404, "GET", "/api-tokens/nobody", nil, "nobody"},
		"broken schedule":      {400, "POST", "/queries", map[string]any{"name": "q", "sql": "", "schedule": map[string]any{"rateMinutes": "1"}}, `"schedule.rateMinutes" is "1"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, sandbox.Options{MaxBodyBytes: 4096})
			got := connect(t, s).do(test.status, test.method, test.path, test.body)
			if m := got.message(t); !strings.Contains(m, test.says) {
				t.Errorf("message %q does not say %q", m, test.says)
			}
			for _, c := range sandbox.Collections() {
				if n, err := s.Count(c); n != 0 || err != nil {
					t.Errorf("%s has %d items after a refused request (%v)", c, n, err)
				}
			}
		})
	}
}

func TestIDThatIsTooLong(t *testing.T) {
	id := strings.Repeat("x", 5000)
	api := connect(t, open(t, sandbox.Options{}))
	if m := api.do(400, "PUT", "/rules/"+id, rule(id)).message(t); !strings.Contains(m, "5000 bytes") {
		t.Errorf("message %q", m)
	}
	if m := api.do(400, "PUT", "/globals/%ff", sample(sandbox.Globals, "")).message(t); !strings.Contains(m, "UTF-8") {
		t.Errorf("message %q", m)
	}
}

func TestBodyOfAnotherType(t *testing.T) {
	s := open(t, sandbox.Options{})
	r, err := http.NewRequestWithContext(t.Context(), "PUT", "https://panther.test/rules/a", strings.NewReader("id: a"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", token)
	r.Header.Set("Content-Type", "application/yaml")
	response, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 400 || !strings.Contains(string(raw), "application/yaml") {
		t.Errorf("%d %s %v", response.StatusCode, raw, err)
	}
}

func TestOneEnabledDataModelPerLogType(t *testing.T) {
	api := strict(t, open(t, sandbox.Options{}))
	model := func(id string, enabled bool, types ...string) map[string]any {
		return map[string]any{"id": id, "enabled": enabled, "logTypes": types, "mappings": []any{map[string]any{"name": "actor", "path": "who"}}}
	}
	api.do(201, "PUT", "/data-models/A", model("A", true, "Acme.Audit", "Acme.Login"))
	got := api.do(400, "PUT", "/data-models/B", model("B", true, "Acme.Login")).message(t)
	if !strings.Contains(got, `"A"`) || !strings.Contains(got, `"Acme.Login"`) {
		t.Errorf("message %q does not name the model and the log type", got)
	}
	api.do(404, "GET", "/data-models/B", nil)
	api.do(201, "PUT", "/data-models/B", model("B", false, "Acme.Login"))
	api.do(400, "PUT", "/data-models/B", model("B", true, "Acme.Login"))
	api.do(200, "PUT", "/data-models/A", model("A", true, "Acme.Audit")) // gives Acme.Login up
	api.do(200, "PUT", "/data-models/B", model("B", true, "Acme.Login"))
	api.do(204, "DELETE", "/data-models/A", nil)
	api.do(200, "POST", "/data-models", model("C", true, "Acme.Audit"))
	api.do(200, "PUT", "/data-models/C", model("C", false, "Acme.Audit"))
	api.do(201, "PUT", "/data-models/D", model("D", true, "Acme.Audit"))
}

// answer is a Panther that always gives the same response.
func answer(status int, body string) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

// What Panther may answer one day, and null, are reported unless a test allows them.
func TestContractAllows(t *testing.T) {
	for text, o := range map[string]sandbox.ContractOptions{
		`"more":{"x":1}`:           {Unknown: true},
		`"tags":null`:              {Nulls: true},
		`"more":{},"reports":null`: {Unknown: true, Nulls: true},
	} {
		for _, try := range []sandbox.ContractOptions{{}, {Nulls: true}, {Unknown: true}, {Nulls: true, Unknown: true}} {
			reports := 0
			via := answer(200, `{"id":"a","body":"","severity":"LOW",`+text+`}`)
			c := &client{tb: t, token: token, via: sandbox.Contract(via, try, func(error) { reports++ })}
			c.do(0, "GET", "/rules/a", nil)
			if allowed := (try.Nulls || !o.Nulls) && (try.Unknown || !o.Unknown); allowed != (reports == 0) {
				t.Errorf("%s with %+v: %d reports", text, try, reports)
			}
		}
	}
}

func TestContractReportsBreaches(t *testing.T) {
	one := `{"id":"a","body":"","severity":"LOW"}`
	tests := map[string]struct {
		via          http.RoundTripper
		method, path string
		body         any
		token        string
		says         string // empty: nothing to report
	}{
		"fine":                 {answer(200, one), "GET", "/rules/a", nil, token, ""},
		"fine with a body":     {answer(201, one), "PUT", "/rules/a", rule("a"), token, ""},
		"unknown fields":       {answer(200, `{"id":"a","body":"","severity":"LOW","more":{"x":1}}`), "GET", "/rules/a", nil, token, `"more" is unsupported`},
		"documented failure":   {answer(404, `{"message":"gone"}`), "GET", "/rules/a", nil, token, ""},
		"no token":             {answer(200, one), "GET", "/rules/a", nil, "", "X-API-Key"},
		"unknown path":         {answer(200, one), "GET", "/rule/a", nil, token, "no such path"},
		"unknown method":       {answer(200, one), "PATCH", "/rules/a", nil, token, "no such method"},
		"unknown parameter":    {answer(200, `{"results":[]}`), "GET", "/rules?page=2", nil, token, `"page"`},
		"body where none is":   {answer(204, ""), "DELETE", "/rules/a", "{}", token, "has a body"},
		"wrong request":        {answer(200, one), "PUT", "/rules/a", map[string]any{"id": "a"}, token, `"body" is missing`},
		"undocumented status":  {answer(418, "{}"), "GET", "/rules/a", nil, token, "status is not supported"},
		"failure without text": {answer(404, `{}`), "GET", "/rules/a", nil, token, "message"},
		"wrong answer":         {answer(200, `{"id":"a","body":"","severity":"high"}`), "GET", "/rules/a", nil, token, "severity"},
		"body with 204":        {answer(204, "{}"), "DELETE", "/rules/a", nil, token, "204"},
		"list of nothing":      {answer(200, `{}`), "GET", "/rules", nil, token, "results"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var reports []string
			c := &client{tb: t, token: test.token, via: sandbox.Contract(test.via, sandbox.ContractOptions{}, func(err error) { reports = append(reports, err.Error()) })}
			c.do(0, test.method, test.path, test.body)
			all := strings.Join(reports, "\n")
			if (test.says == "") != (len(reports) == 0) || !strings.Contains(all, test.says) {
				t.Errorf("reported %q, want %q", all, test.says)
			}
		})
	}
}

func TestContractPassesErrorsOn(t *testing.T) {
	boom := errors.New("boom")
	report := func(err error) { t.Error(err) }
	c := &client{tb: t, token: token, via: sandbox.Contract(roundTrip(func(*http.Request) (*http.Response, error) { return nil, boom }), sandbox.ContractOptions{}, report)}
	if _, err := c.try("GET", "/rules", nil); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	half := roundTrip(func(r *http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader(`{"resu`), failingReader{boom})
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body), Request: r}, nil
	})
	c.via = sandbox.Contract(half, sandbox.ContractOptions{}, report)
	got, err := c.try("GET", "/rules", nil)
	if !errors.Is(err, boom) || got.body != `{"resu` {
		t.Errorf("body %q, error %v", got.body, err)
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
