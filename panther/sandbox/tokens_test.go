package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestTokens(t *testing.T) {
	s := open(t, sandbox.Options{Token: token})
	for sent, want := range map[string]int{token: 200, "": 401, "wrong": 401, token + "x": 401} {
		api := connect(t, s)
		api.token = sent
		got := api.do(want, "GET", "/rules", nil)
		if want == 401 && strings.Contains(got.message(t), token) {
			t.Errorf("the message %q shows the token", got.message(t))
		}
	}
	anyone := connect(t, open(t, sandbox.Options{}))
	for sent, want := range map[string]int{"anything": 200, "": 401} {
		anyone.token = sent
		anyone.do(want, "GET", "/rules", nil)
	}
}

func TestPermissions(t *testing.T) {
	needs := map[string]sandbox.Permission{
		"GET /rules": sandbox.RuleRead, "GET /rules/x": sandbox.RuleRead, "POST /rules": sandbox.RuleModify,
		"PUT /rules/x": sandbox.RuleModify, "DELETE /rules/x": sandbox.RuleModify,
		"GET /simple-rules": sandbox.RuleRead, "DELETE /simple-rules/x": sandbox.RuleModify,
		"GET /scheduled-rules": sandbox.RuleRead, "DELETE /scheduled-rules/x": sandbox.RuleModify,
		"GET /correlation-rules": sandbox.RuleRead, "DELETE /correlation-rules/x": sandbox.RuleModify,
		"GET /data-models": sandbox.LogSourceRead, "DELETE /data-models/x": sandbox.LogSourceModify,
		"GET /policies": sandbox.PolicyRead, "DELETE /policies/x": sandbox.PolicyModify,
		"GET /queries": sandbox.DataAnalyticsRead, "POST /queries/x": sandbox.DataAnalyticsModify,
		"GET /alerts": sandbox.AlertRead, "GET /api-tokens": sandbox.OrganizationAPITokenRead,
		"GET /api-tokens/x": sandbox.OrganizationAPITokenRead, "POST /api-tokens/x/rotate": sandbox.OrganizationAPITokenModify,
		"GET /api-tokens/self": "",
	}
	s := open(t, sandbox.Options{Token: token})
	needs["GET /api-tokens/"+s.Token().ID] = ""
	api := connect(t, s)
	for request, need := range needs {
		method, path, _ := strings.Cut(request, " ")
		info := s.Token()
		info.Permissions = nil
		for _, p := range sandbox.AllPermissions() {
			if p != need && need != "" {
				info.Permissions = append(info.Permissions, p)
			}
		}
		if err := s.SetToken(t.Context(), info); err != nil {
			t.Fatal(err)
		}
		got := api.do(0, method, path, nil)
		switch {
		case need == "" && got.status != 200:
			t.Errorf("%s needs no permission, but gives %d %s", request, got.status, got.body)
		case need != "" && (got.status != 403 || !strings.Contains(got.body, string(need))):
			t.Errorf("%s without %s gives %d %s", request, need, got.status, got.body)
		}
		if need == "" {
			continue
		}
		info.Permissions = []sandbox.Permission{need}
		if err := s.SetToken(t.Context(), info); err != nil {
			t.Fatal(err)
		}
		if got := api.do(0, method, path, nil); got.status == 401 || got.status == 403 {
			t.Errorf("%s with just %s gives %d %s", request, need, got.status, got.body)
		}
	}
}

// TestEitherPermissionIsEnoughForGlobals: those for rules or those for policies.
func TestEitherPermissionIsEnoughForGlobals(t *testing.T) {
	s := open(t, sandbox.Options{Token: token})
	api := connect(t, s)
	for request, enough := range map[string][]sandbox.Permission{
		"GET /globals": {sandbox.RuleRead, sandbox.PolicyRead}, "DELETE /globals/x": {sandbox.RuleModify, sandbox.PolicyModify},
	} {
		method, path, _ := strings.Cut(request, " ")
		for _, p := range sandbox.AllPermissions() {
			info := s.Token()
			info.Permissions = []sandbox.Permission{p}
			if err := s.SetToken(t.Context(), info); err != nil {
				t.Fatal(err)
			}
			if got := api.do(0, method, path, nil); (got.status == 403) == slices.Contains(enough, p) {
				t.Errorf("%s with just %s gives %d %s", request, p, got.status, got.body)
			}
		}
	}
}

// TestDeniedPermissions: they are missing while the option is set, and not in the file.
func TestDeniedPermissions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "panther.db")
	for _, deny := range [][]sandbox.Permission{{sandbox.PolicyRead}, nil} {
		s, err := sandbox.Open(t.Context(), sandbox.Options{Path: file, Token: token, Deny: deny})
		if err != nil {
			t.Fatal(err)
		}
		api := connect(t, s)
		want := 200
		if deny != nil {
			want = 403
		}
		api.do(want, "GET", "/policies", nil)
		api.do(200, "GET", "/rules", nil)
		if got := api.do(200, "GET", "/api-tokens/self", nil); strings.Contains(got.body, "PolicyRead") == (deny != nil) {
			t.Errorf("without %v its record is %s", deny, got.body)
		}
		if got := api.do(200, "POST", "/api-tokens/self/rotate", nil); strings.Contains(got.body, "PolicyRead") == (deny != nil) {
			t.Errorf("without %v its record after a rotation is %s", deny, got.body)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheTokenOfAnOlderFile has what its requests need today, unless somebody took
// something away.
func TestTheTokenOfAnOlderFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "panther.db")
	without := func(not ...sandbox.Permission) []sandbox.Permission {
		return slices.DeleteFunc(sandbox.AllPermissions(), func(p sandbox.Permission) bool { return slices.Contains(not, p) })
	}
	former := without(sandbox.LogSourceRead, sandbox.LogSourceModify, sandbox.UserRead, sandbox.SummaryRead)
	for _, tc := range []struct {
		had  []sandbox.Permission
		want int
	}{{former, 200}, {former[1:], 403}} {
		for _, want := range []int{403, tc.want} {
			s, err := sandbox.Open(t.Context(), sandbox.Options{Path: file, Token: token})
			if err != nil {
				t.Fatal(err)
			}
			if want == 403 {
				info := s.Token()
				info.Permissions = tc.had
				if err := s.SetToken(t.Context(), info); err != nil {
					t.Fatal(err)
				}
			}
			connect(t, s).do(want, "GET", "/data-models", nil)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestExpiryAndNetworks(t *testing.T) {
	clock := newClock()
	s := open(t, sandbox.Options{Token: token, Now: clock.Now})
	api := connect(t, s)
	set := func(change func(*sandbox.TokenInfo)) {
		t.Helper()
		info := s.Token()
		change(&info)
		if err := s.SetToken(t.Context(), info); err != nil {
			t.Fatal(err)
		}
	}
	set(func(i *sandbox.TokenInfo) { i.ExpiresAt = start.Add(time.Hour) })
	api.do(200, "GET", "/rules", nil)
	clock.advance(time.Hour)
	if m := api.do(401, "GET", "/rules", nil).message(t); !strings.Contains(m, "expired at 2026-11-02T10:30:00Z") {
		t.Errorf("message %q", m)
	}
	set(func(i *sandbox.TokenInfo) { i.ExpiresAt = time.Time{} })
	for block, want := range map[string]int{"127.0.0.0/8": 200, "10.0.0.0/8": 403, "::1/128": 403, "no block": 403} {
		set(func(i *sandbox.TokenInfo) { i.AllowedCIDRBlocks = []string{block} })
		api.do(want, "GET", "/rules", nil)
	}
	set(func(i *sandbox.TokenInfo) { i.AllowedCIDRBlocks = []string{"10.0.0.0/8", "192.0.2.7/32"} })
	for from, want := range map[string]int{"192.0.2.7:9": 200, "[::ffff:192.0.2.7]:9": 200, "192.0.2.8:9": 403, "nonsense": 403} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/rules", nil)
		r.Header.Set("X-API-Key", token)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != want {
			t.Errorf("from %s: %d, want %d", from, w.Code, want)
		}
	}
}

func TestRotation(t *testing.T) {
	clock := newClock()
	path := t.TempDir() + "/sandbox.db"
	s, err := sandbox.Open(t.Context(), sandbox.Options{Path: path, Token: token, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api := strict(t, s)
	before := api.do(200, "GET", "/api-tokens/self", nil).entity(t)
	if before["name"] != "sandbox" || before["rotatedAt"] != nil || before["value"] != nil || len(before["permissions"].([]any)) != len(sandbox.AllPermissions()) {
		t.Errorf("before: %v", before)
	}
	clock.advance(time.Hour)
	rotated := api.do(200, "POST", "/api-tokens/self/rotate", nil).entity(t)
	value, _ := rotated["value"].(string)
	if value == "" || value == token || rotated["rotatedAt"] != start.Add(time.Hour).Format(time.RFC3339) {
		t.Fatalf("rotated: %v", rotated)
	}
	connect(t, s).do(401, "GET", "/rules", nil)
	api.token = value
	if after := api.do(200, "GET", "/api-tokens/"+rotated["id"].(string), nil).entity(t); after["value"] != nil || after["rotatedAt"] != rotated["rotatedAt"] {
		t.Errorf("after: %v", after)
	}
	if list := api.page("/api-tokens"); len(list.Results) != 1 || list.Results[0]["value"] != nil {
		t.Errorf("list: %v", list)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, err = sandbox.Open(t.Context(), sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	connect(t, s).do(401, "GET", "/rules", nil)
	api = strict(t, s)
	api.token = value
	api.do(200, "GET", "/rules", nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Whoever opens the file with a token can use that one.
	s = open(t, sandbox.Options{Path: path, Token: token})
	strict(t, s).do(200, "GET", "/rules", nil)
	if s.Token().RotatedAt.IsZero() {
		t.Error("the time of the rotation was lost")
	}
}

// A request that was let in with the old value is refused if that died before its turn came.
func TestRotationAtTheSameTime(t *testing.T) {
	s := open(t, sandbox.Options{Token: token})
	api := connect(t, s)
	slow := readFunc(func([]byte) (int, error) {
		api.do(200, "POST", "/api-tokens/self/rotate", nil)
		return 0, io.EOF
	})
	r, err := http.NewRequestWithContext(t.Context(), "POST", "https://panther.test/api-tokens/self/rotate", slow)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", token)
	response, err := s.Transport().RoundTrip(r)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("%v %v", response, err)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestFreshTokens(t *testing.T) {
	clock := newClock()
	s := open(t, sandbox.Options{Token: token, Now: clock.Now, RotateDelay: sandbox.TokenDelay{Requests: 2, For: time.Minute}})
	api := connect(t, s)
	api.do(200, "GET", "/rules", nil)
	api.token, _ = api.do(200, "POST", "/api-tokens/self/rotate", nil).entity(t)["value"].(string)
	api.do(401, "GET", "/rules", nil)
	api.do(401, "GET", "/rules", nil)
	api.do(401, "GET", "/rules", nil) // the minute is not over
	clock.advance(time.Minute)
	api.do(200, "GET", "/rules", nil)

	s.DelayToken(sandbox.TokenDelay{Requests: 1})
	wrong := connect(t, s)
	wrong.token = "wrong"
	wrong.do(401, "GET", "/rules", nil) // does not count
	api.do(401, "GET", "/rules", nil)
	api.do(200, "GET", "/rules", nil)
}
