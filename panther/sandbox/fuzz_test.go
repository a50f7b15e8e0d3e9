package sandbox_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// Whatever is sent, the server answers as described: never a panic, never a 500.
func FuzzRequests(f *testing.F) {
	seeds := []struct{ method, path, contentType, body string }{
		{"GET", "/rules?limit=5&cursor=abc", "", ""},
		{"PUT", "/rules/a%2Fb?run-tests-first=false", "application/json", `{"id":"a/b","body":"","severity":"LOW"}`},
		{"POST", "/simple-rules?run-tests-only=true", "application/json", `{"id":"a","detection":"[","severity":"LOW","tests":[{"name":"x","resource":"{}","expectedResult":true}]}`},
		{"PUT", "/policies/x", "application/json; charset=utf-8", `{"id":"x","body":"","severity":"INFO","reports":{"a":["b"]},"x":1e999}`},
		{"PUT", "/globals/g", "application/json", `{"body":"x","tags":["a"]}`},
		{"POST", "/data-models", "application/json", `{"id":"m","enabled":true,"logTypes":["","a"],"mappings":[{"name":"n"}]}`},
		{"POST", "/queries", "application/json", `{"name":"q","sql":"","schedule":{"cron":"","rateMinutes":1.5e1}}`},
		{"POST", "/queries/x", "text/plain", `{}`},
		{"PUT", "/rules/a", "application/json", `{"id":"a","body":"","severity":"LOW","threshold":99999999999999999999,"dedupPeriodMinutes":1e400}`},
		{"GET", "/alerts?created-after=2020-01-01T00:00:00Z&status=OPEN&severity=LOW", "", ""},
		{"POST", "/api-tokens/self/rotate", "", ""},
		{"POST", "/public/graphql", "application/json", `{"query":"{ metrics(input: {fromDate: \"2020-01-01T00:00:00Z\", toDate: \"2030-01-01T00:00:00Z\"}) { alertsPerRule { entityId ...x } } } fragment x on SeriesWithEntityID { value }"}`},
		{"POST", "/public/graphql", "application/json", `{"query":"query A($i: MetricsInput!) { m: metrics(input: $i) { totalAlerts __typename } __schema { types { name } } }","variables":{"i":{"fromDate":1}}}`},
		{"DELETE", "/rules/%00", "", ""},
		{"PATCH", "//rules", "", ""},
		{"GET", "/rules?tag=a&tag=%ff&log-type=&name-contains=%F0", "", ""},
	}
	for _, s := range seeds {
		f.Add(s.method, s.path, s.contentType, s.body, true)
	}
	f.Add("GET", "/rules", "", "", false)
	options := sandbox.Options{CheckTests: true, MaxBodyBytes: 1 << 16}
	// After a rotation nobody gets in any more, so those have a server of their own.
	s, rotated := open(f, options), open(f, options)
	f.Fuzz(func(t *testing.T, method, path, contentType, body string, withToken bool) {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://panther.test"+path, strings.NewReader(body))
		if err != nil || r.URL.Host != "panther.test" {
			t.Skip()
		}
		r.Header["Content-Type"] = []string{contentType}
		if withToken {
			r.Header.Set("X-API-Key", token)
		}
		to := s
		if strings.HasSuffix(r.URL.Path, "/rotate") {
			to = rotated
		}
		c := &client{tb: t, via: sandbox.Contract(to.Transport(), sandbox.ContractOptions{}, func(err error) {
			if strings.HasPrefix(err.Error(), "answer ") {
				t.Error(err)
			}
		})}
		response, err := c.via.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode >= 500 {
			t.Errorf("status %d", response.StatusCode)
		}
		if !withToken && response.StatusCode != http.StatusUnauthorized {
			t.Errorf("status %d without a token", response.StatusCode)
		}
	})
}

func FuzzYAMLTexts(f *testing.F) {
	for _, seed := range []string{"- Key: a\n  Values: [yes, 0644]\n", "a: &x 1\nb: *x", "? a\n: b", "|\n  x\n", "'it''s'", "\"\\x41\"", "a:\n\t- b", "%YAML 1.2\n---\na", "{a: 1, a: 2}", "<<: {}", "- - - a", "a: >-\n  b\n\n  c", "[1:30, 1e3, ~, =]", "\ufeffa: 1"} {
		f.Add(seed)
	}
	api := connect(f, open(f, sandbox.Options{}))
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || text == "" {
			t.Skip()
		}
		api := &client{tb: t, via: api.via, token: token}
		n := 0
		checkYAML(t, t, api, text, &n)
	})
}

func FuzzJSONTexts(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,-0,1e5],"b":{"c":"\ud83d\ude00"}}`, `["\ud800"]`, `{"a":1,"a":2}`, `{"a:":":"}`, "null", "1e999999999", "0e999", "0.00000000000000000000000000000000", "0.00000000000000000001", `"` + "\u2028" + `"`, "\"\x7f\"", "[[[]]]"} {
		f.Add(seed)
	}
	api := connect(f, open(f, sandbox.Options{Era: sandbox.Era2025}))
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || bytes.ContainsRune([]byte(text), utf8.RuneError) {
			t.Skip()
		}
		if strings.Contains(strings.ToLower(text), `\ud`) {
			t.Skip() // halves of characters, where the second opinion sees no difference
		}
		api := &client{tb: t, via: api.via, token: token}
		n := 0
		checkJSON(t, t, api, text, &n)
	})
}
