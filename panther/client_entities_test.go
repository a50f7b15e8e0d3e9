package panther_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"pgregory.net/rapid"
)

// sameMeaning fails unless two entities say the same.
func sameMeaning(t testing.TB, what string, want, got panther.Entity) {
	t.Helper()
	if want.Key != got.Key {
		t.Errorf("%s: got %s, want %s", what, got.Key, want.Key)
	}
	if diff := cmp.Diff(want.Canonical(), got.Canonical()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestEntityFromCreateToDelete(t *testing.T) {
	for _, kind := range panther.Kinds() {
		for _, verbatim := range []bool{false, true} {
			t.Run(string(kind)+map[bool]string{true: " verbatim"}[verbatim], func(t *testing.T) {
				r := connect(t, sandbox.Options{Verbatim: verbatim})
				want := sample(kind, "Acme.Login")
				created, err := r.client.Create(t.Context(), want, panther.WriteOptions{})
				if err != nil {
					t.Fatal(err)
				}
				sameMeaning(t, "created", want, created)
				if got := created.ServerID != ""; got != kind.ServerID() {
					t.Errorf("the server's id is %q", created.ServerID)
				}
				if created.Made.CreatedAt.IsZero() {
					t.Error("the answer's time of creation is lost")
				}
				got, err := r.client.Get(t.Context(), want.Key, created.ServerID)
				if err != nil {
					t.Fatal(err)
				}
				sameMeaning(t, "read", want, got)

				changed := got.With(map[string]any{"description": "Another one.", "tags": nil})
				updated, err := r.client.Update(t.Context(), changed, panther.WriteOptions{})
				if err != nil {
					t.Fatal(err)
				}
				sameMeaning(t, "updated", changed, updated)
				live, _ := r.live(want.Key)
				sameMeaning(t, "in Panther", changed, live)
				if live.Fingerprint() == want.Fingerprint() {
					t.Error("the update changed nothing")
				}

				if err := r.client.Delete(t.Context(), want.Key, created.ServerID); err != nil {
					t.Fatal(err)
				}
				if _, there := r.live(want.Key); there {
					t.Error("it is still there")
				}
				if _, err := r.client.Get(t.Context(), want.Key, created.ServerID); !panther.IsNotFound(err) {
					t.Errorf("reading it again gives %v", err)
				}
				if err := r.client.Delete(t.Context(), want.Key, created.ServerID); err != nil {
					t.Errorf("deleting it again: %v", err)
				}
			})
		}
	}
}

// TestUnknownFieldsSurvive: PUT replaces all of an entity, so what this version
// doesn't know has to be sent back as it came.
func TestUnknownFieldsSurvive(t *testing.T) {
	r := connectFuture(t, sandbox.Options{Verbatim: true})
	r.seed(panther.Rule, "R")
	err := r.server.Edit(t.Context(), sandbox.Rules, "R", func(m map[string]any) { m["riskScore"] = map[string]any{"base": 7} })
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.client.Get(t.Context(), panther.Key{Kind: panther.Rule, ID: "R"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Update(t.Context(), got.With(map[string]any{"severity": "LOW"}), panther.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	live, _ := r.live(got.Key)
	if string(live.Extra["riskScore"]) != `{"base":7}` || live.Fields["severity"] != "LOW" {
		t.Errorf("risk score %s, severity %v", live.Extra["riskScore"], live.Fields["severity"])
	}
}

func TestWhatExistsAndWhatIsMissing(t *testing.T) {
	for _, kind := range panther.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			r := connect(t, sandbox.Options{})
			r.seed(kind, "A")
			_, err := r.client.Create(t.Context(), sample(kind, "A"), panther.WriteOptions{})
			if !panther.IsExists(err) || panther.IsNotFound(err) || panther.Uncertain(err) {
				t.Errorf("creating it again: %v", err)
			}
			_, err = r.client.Get(t.Context(), panther.Key{Kind: kind, ID: "B"}, "")
			if !panther.IsNotFound(err) || panther.IsExists(err) || panther.Uncertain(err) {
				t.Errorf("reading another: %v", err)
			}
			if kind.ServerID() {
				if _, err := r.client.Get(t.Context(), panther.Key{Kind: kind, ID: "A"}, "no-such-id"); !panther.IsNotFound(err) {
					t.Errorf("reading another id: %v", err)
				}
				e := sample(kind, "A")
				e.ServerID = "no-such-id"
				if _, err := r.client.Update(t.Context(), e, panther.WriteOptions{}); !panther.IsNotFound(err) {
					t.Errorf("updating another id: %v", err)
				}
			}
		})
	}
	for _, err := range []error{nil, errors.New("x"), &panther.APIError{Status: 400}, &panther.SendError{}} {
		if panther.IsExists(err) || panther.IsNotFound(err) || panther.Uncertain(err) {
			t.Errorf("%v is taken for something else", err)
		}
	}
}

func TestQueriesByNameAndByServerID(t *testing.T) {
	r := connect(t, sandbox.Options{NewID: func() string { return "made/by the.server" }})
	created, err := r.client.Create(t.Context(), sample(panther.Query, "Odd % name/?"), panther.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]string{"by name": "", "by id": created.ServerID} {
		got, err := r.client.Get(t.Context(), created.Key, id)
		if err != nil {
			t.Fatal(err)
		}
		if sameMeaning(t, what, created, got); got.ServerID != "made/by the.server" {
			t.Errorf("%s: the server's id is %q", what, got.ServerID)
		}
	}
	// Without its id in Panther nothing can be sent.
	n := r.requests(func() {
		e := sample(panther.Query, "Odd % name/?")
		if _, err := r.client.Update(t.Context(), e, panther.WriteOptions{}); err == nil || !strings.Contains(err.Error(), "its id in Panther is unknown") {
			t.Errorf("update without the id: %v", err)
		}
		if err := r.client.Delete(t.Context(), e.Key, ""); err == nil || !strings.Contains(err.Error(), "its id in Panther is unknown") {
			t.Errorf("delete without the id: %v", err)
		}
	})
	if n != 0 {
		t.Errorf("%d requests were sent", n)
	}

	renamed := created
	renamed.ID = "New name"
	if _, err := r.client.Update(t.Context(), renamed, panther.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Get(t.Context(), created.Key, ""); !panther.IsNotFound(err) || !strings.Contains(err.Error(), `no query named "Odd % name/?" was found`) {
		t.Errorf("the old name: %v", err)
	}
	if got, err := r.client.Get(t.Context(), created.Key, created.ServerID); err != nil || got.ID != "New name" {
		t.Errorf("by the id after a new name: %v, %v", got.ID, err)
	}
}

// oddIDs are legal ids that break clients that put paths together carelessly.
var oddIDs = []string{
	"AWS.Root.Login", "with space", " lead", "a/b", "/a/", "a//b", "100%", "a%2Fb", "%", "%zz", "ü/ß", "日本", "🐍", "a?b=c&d", "a#b",
	"a+b", "a;b,c", "a:b@c", `a\b`, `"quoted"`, "<a>", ".", "..", "...", "./a", "a/..", "../../rules", "%2e%2e", "self", "tab\there", "line\nbreak", "\x00",
}

func TestOddIDs(t *testing.T) {
	for _, road := range []string{"in process", "over HTTP"} {
		for _, kind := range named() {
			t.Run(road+" "+string(kind), func(t *testing.T) {
				r := connect(t, sandbox.Options{})
				if road == "over HTTP" {
					r.client, _ = serve(t, r.server)
				}
				// What stands between client and Panther may clean such parts away.
				r.server.Faults().OnRequest(func(_ int, q *http.Request) {
					for part := range strings.SplitSeq(q.URL.EscapedPath(), "/") {
						if part == "." || part == ".." {
							t.Errorf("%s %s was sent", q.Method, q.URL.EscapedPath())
						}
					}
				})
				for _, id := range oddIDs {
					want := sample(kind, id)
					if _, err := r.client.Create(t.Context(), want, panther.WriteOptions{}); err != nil {
						t.Fatalf("create %q: %v", id, err)
					}
				}
				if got, _ := r.server.IDs(collection(kind)); !slices.Equal(got, slices.Sorted(slices.Values(oddIDs))) {
					t.Errorf("Panther has %q", got)
				}
				for _, id := range oddIDs {
					got, err := r.client.Get(t.Context(), panther.Key{Kind: kind, ID: id}, "")
					if err != nil {
						t.Fatalf("read %q: %v", id, err)
					}
					sameMeaning(t, id, sample(kind, id), got)
					if _, err := r.client.Update(t.Context(), got.With(map[string]any{"description": "new"}), panther.WriteOptions{}); err != nil {
						t.Fatalf("update %q: %v", id, err)
					}
					if live, _ := r.live(got.Key); live.Fields["description"] != "new" {
						t.Errorf("the update of %q went elsewhere", id)
					}
					if err := r.client.Delete(t.Context(), got.Key, ""); err != nil {
						t.Fatalf("delete %q: %v", id, err)
					}
					if _, there := r.live(got.Key); there {
						t.Errorf("the delete of %q went elsewhere", id)
					}
				}
			})
		}
	}
}

// TestAnyIDFindsItsWay: no id is mistaken for another, whatever is in it.
func TestAnyIDFindsItsWay(t *testing.T) {
	r := connect(t, sandbox.Options{})
	r.seed(panther.Global, "bystander")
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.StringN(1, 40, 120).Draw(rt, "id")
		if id == "bystander" {
			rt.Skip()
		}
		want := sample(panther.Global, id)
		if _, err := r.client.Update(t.Context(), want, panther.WriteOptions{}); err != nil {
			rt.Fatal(err)
		}
		got, err := r.client.Get(t.Context(), want.Key, "")
		if err != nil || got.ID != id {
			rt.Fatalf("read %q, %v", got.ID, err)
		}
		if err := r.client.Delete(t.Context(), want.Key, ""); err != nil {
			rt.Fatal(err)
		}
		if left, _ := r.server.IDs(sandbox.Globals); !slices.Equal(left, []string{"bystander"}) {
			rt.Fatalf("left are %q", left)
		}
	})
}

func TestUnitTestsAreRunOrSkipped(t *testing.T) {
	for _, kind := range panther.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			r := connect(t, sandbox.Options{CheckTests: true, CheckTest: func(u sandbox.UnitTest) (bool, string) {
				return false, "NameError: name 'x'\nis not defined"
			}})
			var asked []string
			r.server.Faults().OnRequest(func(_ int, q *http.Request) { asked = append(asked, q.URL.RawQuery) })
			e := sample(kind, "A")
			_, err := r.client.Create(t.Context(), e, panther.WriteOptions{})
			if !kind.RunsTests() {
				if err != nil {
					t.Fatal(err)
				}
				if _, err = r.client.Create(t.Context(), sample(kind, "B"), panther.WriteOptions{SkipTests: true}); err != nil || asked[1] != "" {
					t.Errorf("%s has no unit tests, yet %q was asked: %v", kind, asked[1], err)
				}
				return
			}
			var api *panther.APIError
			if !errors.As(err, &api) || api.Status != http.StatusBadRequest || panther.Uncertain(err) {
				t.Fatalf("got %v, want a 400", err)
			}
			reason := "detection: NameError: name 'x' is not defined"
			if kind == panther.CorrelationRule {
				reason = "NameError: name 'x' is not defined" // a text, without functions
			}
			want := []panther.TestResult{{Name: "one", Reason: reason}}
			if diff := cmp.Diff(want, api.Tests); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text := `unit test "one" failed (` + reason + `)`
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%v does not say %s", err, text)
			}
			if _, there := r.live(e.Key); there {
				t.Error("it was stored although its test failed")
			}
			if _, err := r.client.Create(t.Context(), e, panther.WriteOptions{SkipTests: true}); err != nil {
				t.Errorf("create without tests: %v", err)
			}
			if _, err := r.client.Update(t.Context(), e, panther.WriteOptions{}); !errors.As(err, &api) || len(api.Tests) != 1 {
				t.Errorf("update with tests: %v", err)
			}
			if _, err := r.client.Update(t.Context(), e, panther.WriteOptions{SkipTests: true}); err != nil {
				t.Errorf("update without tests: %v", err)
			}
			if diff := cmp.Diff([]string{"", "run-tests-first=false", "", "run-tests-first=false"}, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// serve puts the sandbox behind a real socket and connects a client to it.
func serve(t testing.TB, h http.Handler, change ...func(*panther.Options)) (*panther.Client, *httptest.Server) {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	road := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(road.CloseIdleConnections)
	c, _ := dial(t, road, append([]func(*panther.Options){func(o *panther.Options) { o.Host = web.URL }}, change...)...)
	return c, web
}
