package panther_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

func pageSize(n int) func(*panther.Options) { return func(o *panther.Options) { o.PageSize = n } }

func TestListEveryKindInPages(t *testing.T) {
	const n = 7
	for _, kind := range panther.Kinds() {
		for _, tc := range []struct{ ask, most, want int }{
			{1, 0, 7}, {3, 0, 3}, {7, 0, 1}, {100, 0, 1},
			// The server gives fewer than were asked for, on pages that aren't the last.
			{3, 2, 4}, {100, 1, 7}, {100, 6, 2},
		} {
			t.Run(fmt.Sprintf("%s by %d of at most %d", kind, tc.ask, tc.most), func(t *testing.T) {
				r := connect(t, sandbox.Options{MaxPageSize: tc.most}, pageSize(tc.ask))
				r.seed(kind, numbered(n)...)
				r.server.Faults().OnRequest(func(_ int, q *http.Request) {
					if got := q.URL.Query().Get("limit"); got != fmt.Sprint(tc.ask) {
						t.Errorf("limit=%s was asked for", got)
					}
				})
				got := r.requests(func() {
					list, err := r.client.List(t.Context(), kind)
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(ids(list), numbered(n)) {
						t.Errorf("got %q", ids(list))
					}
					for _, e := range list {
						sameMeaning(t, "listed", sample(kind, e.ID), e)
					}
				})
				if got != tc.want {
					t.Errorf("%d requests, want %d", got, tc.want)
				}
			})
		}
	}
}

func TestListAsksForAHundredByDefault(t *testing.T) {
	r := connect(t, sandbox.Options{})
	r.seed(panther.Global, numbered(101)...)
	r.server.Faults().OnRequest(func(_ int, q *http.Request) {
		if got := q.URL.Query().Get("limit"); got != "100" {
			t.Errorf("limit=%s was asked for", got)
		}
	})
	list, err := r.client.List(t.Context(), panther.Global)
	if err != nil || len(list) != 101 {
		t.Errorf("%d globals, %v", len(list), err)
	}
}

// TestListWhileOthersWork: whatever is there from start to end is listed once,
// and nothing is listed twice.
func TestListWhileOthersWork(t *testing.T) {
	for _, kind := range panther.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			r := connect(t, sandbox.Options{}, pageSize(2))
			r.seed(kind, "B", "D", "F", "H", "J", "gone soon")
			page := 0
			r.fault(sandbox.Fault{Match: "GET " + kind.Collection(), Times: 4, Do: func(*http.Request) {
				page++
				seed(t, r.server, kind, fmt.Sprintf("A%d", page), fmt.Sprintf("E%d", page), fmt.Sprintf("Z%d", page))
				if page == 2 {
					if err := r.server.Delete(t.Context(), collection(kind), "gone soon"); err != nil {
						t.Error(err)
					}
				}
			}})
			list, err := r.client.List(t.Context(), kind)
			if err != nil {
				t.Fatal(err)
			}
			got := ids(list)
			if page < 3 {
				t.Fatalf("only %d pages were read", page)
			}
			if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("out of order or twice: %q", got)
			}
			for _, id := range []string{"B", "D", "F", "H", "J"} {
				if !slices.Contains(got, id) {
					t.Errorf("%s is missing in %q", id, got)
				}
			}
		})
	}
}

// TestListNeverShowsOneTwice: with a server that counts its way through pages,
// an insert moves what was seen to the next page.
func TestListNeverShowsOneTwice(t *testing.T) {
	c, _ := dial(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("cursor") == "" {
			return reply(200, `{"results":[{"id":"b","body":"x = 1"},{"id":"c","body":"x = 1"}],"next":"2"}`), nil
		}
		return reply(200, `{"results":[{"id":"c","body":"x = 1"},{"id":"a","body":"x = 1"}]}`), nil
	}))
	list, err := c.List(t.Context(), panther.Global)
	if err != nil || !slices.Equal(ids(list), []string{"a", "b", "c"}) {
		t.Errorf("got %q, %v", ids(list), err)
	}
}

// TestQueriesOfOneNameAreBothListed: two queries of one name are two queries,
// which a plan has to be able to see.
func TestQueriesOfOneNameAreBothListed(t *testing.T) {
	var n atomic.Int64
	c, _ := dial(t, always(&n, 200, `{"results":[{"id":"1","name":"Q","sql":"select 1"},{"id":"2","name":"Q","sql":"select 2"}]}`))
	list, err := c.List(t.Context(), panther.Query)
	if err != nil || len(list) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestListRefusesACursorThatComesTwice(t *testing.T) {
	for name, next := range map[string][]string{"at once": {"x"}, "in a round": {"x", "y", "z"}} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c, _ := dial(t, roundTrip(func(*http.Request) (*http.Response, error) {
				n++
				return reply(200, fmt.Sprintf(`{"results":[],"next":%q}`, next[n%len(next)])), nil
			}))
			list, err := c.List(t.Context(), panther.Rule)
			if list != nil || err == nil || !strings.Contains(err.Error(), "list /rules: the cursor ") || !strings.Contains(err.Error(), " returned twice, ") {
				t.Errorf("got %v, %v", list, err)
			}
			if n != len(next)+1 {
				t.Errorf("%d pages were read", n)
			}
		})
	}
}

func TestListOfNothing(t *testing.T) {
	r := connect(t, sandbox.Options{})
	if list, err := r.client.List(t.Context(), panther.Rule); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
	// Panther's description doesn't promise results on a page without any.
	for _, body := range []string{`{"results":[]}`, `{"results":null}`, `{}`, `{"next":""}`, `{"next":null}`} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, body))
		if list, err := c.List(t.Context(), panther.Rule); err != nil || len(list) != 0 {
			t.Errorf("%s: got %v, %v", body, list, err)
		}
	}
}

// TestListRefusesWhatIsNoList: a page that is mistaken for an empty list would
// make all that is live look deleted.
func TestListRefusesWhatIsNoList(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{`{"message":"hello"}`, "the response is not a list: it has no results; check that the host is a Panther API"},
		{`{"data":{"rules":[]}}`, "it has no results"},
		{`null`, "it has no results"},
		{`[]`, "the response is not a list"},
		{`"rules"`, "the response is not a list"},
		{``, "the response is not a list: unexpected end of JSON input; check that the host is a Panther API"},
		{`{"results":[`, "the response is not a list"},
		{`{"results":[]} {"results":[]}`, "the response is not a list"},
		{`{"results":{}}`, "the response is not a list"},
		{`{"results":[],"next":5}`, "the response is not a list"},
		{"<!DOCTYPE html><html>sign in</html>", "the response to GET /rules is a web page and not JSON; a proxy or a login page may have answered in place of Panther, so check the host"},
		{`{"results":[{"id":"a","body":"b","severity":"LOW"},{"body":"b"}]}`, "it has no id"},
		{`{"results":[null]}`, "it has no id"},
		{`{"results":[{"id":"a","tags":"b"}]}`, `read rule/a from Panther's response: field "tags" is "b", but must be a list of strings`},
	} {
		var n atomic.Int64
		c, _ := dialOdd(t, always(&n, 200, tc.body))
		list, err := c.List(t.Context(), panther.Rule)
		if list != nil || err == nil || !strings.HasPrefix(err.Error(), "list /rules: ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, %v, want it to say %q", tc.body, list, err, tc.want)
		}
		if n.Load() != 1 || panther.Uncertain(err) {
			t.Errorf("%s: %d requests, uncertain %v", tc.body, n.Load(), panther.Uncertain(err))
		}
	}
}

// TestHalfAListIsNone: a list that fails on a later page gives nothing.
func TestHalfAListIsNone(t *testing.T) {
	r := connect(t, sandbox.Options{}, pageSize(1))
	r.seed(panther.Policy, "A", "B", "C")
	r.fault(sandbox.Fault{Match: "GET /policies", Skip: 2, Status: 500, Message: "out of order"})
	list, err := r.client.List(t.Context(), panther.Policy)
	var api *panther.APIError
	if list != nil || !errors.As(err, &api) || api.Status != 500 || api.Message != "out of order" {
		t.Errorf("got %v, %v", list, err)
	}
}

// TestManyAtOnce uses one client from many goroutines, for the race detector.
func TestManyAtOnce(t *testing.T) {
	r := connect(t, sandbox.Options{}, pageSize(3))
	var wg sync.WaitGroup
	for i, id := range numbered(32) {
		wg.Go(func() {
			kind := panther.Kinds()[i%len(panther.Kinds())]
			e, err := r.client.Create(t.Context(), sample(kind, id), panther.WriteOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := r.client.List(t.Context(), kind); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				if err := r.client.Delete(t.Context(), e.Key, e.ServerID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	left := 0
	for _, kind := range panther.Kinds() {
		list, err := r.client.List(t.Context(), kind)
		if err != nil {
			t.Error(err)
		}
		left += len(list)
	}
	if left != 16 {
		t.Errorf("%d are left, want 12", left)
	}
}
