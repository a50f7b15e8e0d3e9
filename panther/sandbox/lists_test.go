package sandbox_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

func fillSmall(tb testing.TB, s *sandbox.Server, n int) []string {
	tb.Helper()
	var ids []string
	for i := range n {
		id := fmt.Sprintf("Acme.%04d", i)
		if _, err := s.Put(tb.Context(), sandbox.Rules, rule(id)); err != nil {
			tb.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestPages(t *testing.T) {
	tests := map[string]struct {
		options sandbox.Options
		faults  int
		path    string
		pages   []int
	}{
		"default of a hundred":    {path: "/rules", pages: []int{100, 100, 50}},
		"limit":                   {path: "/rules?limit=120", pages: []int{120, 120, 10}},
		"limit that just fits":    {path: "/rules?limit=125", pages: []int{125, 125}},
		"limit of all":            {path: "/rules?limit=250", pages: []int{250}},
		"limit out of proportion": {path: "/rules?limit=9223372036854775807", pages: []int{250}},
		"server's cap":            {options: sandbox.Options{MaxPageSize: 90}, path: "/rules?limit=200", pages: []int{90, 90, 70}},
		"server's default":        {options: sandbox.Options{DefaultPageSize: 200}, path: "/rules", pages: []int{200, 50}},
		"empty values":            {path: "/rules?limit=", pages: []int{100, 100, 50}},
		"fault's cap":             {faults: 110, path: "/rules?limit=200", pages: []int{110, 110, 30}},
		"none":                    {path: "/policies", pages: []int{0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, test.options)
			want := fillSmall(t, s, 250)
			if test.faults > 0 {
				inject(t, s, sandbox.Fault{PageSize: test.faults})
			}
			pages := connect(t, s).all(test.path)
			var sizes []int
			for _, page := range pages {
				sizes = append(sizes, len(page))
			}
			if !slices.Equal(sizes, test.pages) {
				t.Errorf("pages of %v, want %v", sizes, test.pages)
			}
			if got := slices.Concat(pages...); name != "none" && !slices.Equal(got, want) {
				t.Errorf("ids %v", got)
			}
		})
	}
}

func TestLargeItemsEndAPageEarly(t *testing.T) {
	if testing.Short() {
		t.Skip("reads too much for the quick set")
	}
	s := open(t, sandbox.Options{})
	for i := range 4 {
		r := rule(fmt.Sprint("Acme.", i))
		r["body"] = strings.Repeat("x", 3<<20)
		if _, err := s.Put(t.Context(), sandbox.Rules, r); err != nil {
			t.Fatal(err)
		}
	}
	pages := connect(t, s).all("/rules")
	if len(pages) != 2 || len(pages[0]) != 2 || len(pages[1]) != 2 {
		t.Errorf("pages %v", pages)
	}
}

// Whatever happens between two pages, every item that is there all the time is listed exactly once.
func TestPagesAreStableUnderChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := sandbox.Open(t.Context(), sandbox.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		api := connect(t, s)
		id := rapid.StringMatching(`[a-e]{1,3}`)
		put := func(id string) {
			if _, err := s.Put(t.Context(), sandbox.Rules, rule(id)); err != nil {
				rt.Fatal(err)
			}
		}
		staying := map[string]bool{}
		for _, id := range rapid.SliceOfN(id, 1, 20).Draw(rt, "at first") {
			put(id)
			staying[id] = true
		}
		seen := map[string]int{}
		limit := rapid.IntRange(1, 5).Draw(rt, "limit")
		for cursor := ""; ; {
			page := api.page(fmt.Sprintf("/rules?limit=%d&cursor=%s", limit, url.QueryEscape(cursor)))
			for _, id := range idsOf(page) {
				seen[id]++
			}
			if page.Next == nil {
				break
			}
			cursor = *page.Next
			for _, change := range rapid.SliceOfN(id, 0, 4).Draw(rt, "changes") {
				if rapid.Bool().Draw(rt, "create") {
					put(change)
				} else if err := s.Delete(t.Context(), sandbox.Rules, change); err == nil {
					delete(staying, change)
				}
			}
		}
		for id := range staying {
			if seen[id] != 1 {
				rt.Errorf("%s was listed %d times", id, seen[id])
			}
		}
	})
}

func TestForeignCursors(t *testing.T) {
	s := open(t, sandbox.Options{})
	fillSmall(t, s, 3)
	api := connect(t, s)
	next := *api.page("/rules?limit=1").Next
	api.do(200, "GET", "/rules?limit=1&cursor="+next, nil)
	flipped := []byte(next)
	flipped[3] ^= 1
	for name, path := range map[string]string{
		"another list": "/policies?cursor=" + next,
		"alerts":       "/alerts?cursor=" + next,
		"changed":      "/rules?cursor=" + url.QueryEscape(string(flipped)),
		"cut":          "/rules?cursor=" + next[:len(next)-2],
		"an id":        "/rules?cursor=Acme.0001",
	} {
		if m := api.do(400, "GET", path, nil).message(t); !strings.Contains(m, "cursor") {
			t.Errorf("%s: message %q", name, m)
		}
	}
}

func TestFilters(t *testing.T) {
	s := open(t, sandbox.Options{NewID: sequence("query-")})
	seed := func(c sandbox.Collection, id string, fields map[string]any) {
		entity := sample(c, id)
		entity["id"] = id
		for name, value := range fields {
			entity[name] = value
		}
		if _, err := s.Put(t.Context(), c, entity); err != nil {
			t.Fatal(err)
		}
	}
	seed(sandbox.Rules, "A", map[string]any{"displayName": "Root login", "enabled": true, "severity": "HIGH", "tags": []string{"AWS", "x"}, "logTypes": []string{"T.One"}})
	seed(sandbox.Rules, "B.Root", map[string]any{"severity": "LOW", "tags": []string{"aws"}, "logTypes": []string{"T.Two", "T.One"}})
	seed(sandbox.Rules, "C", map[string]any{"severity": "INFO", "logTypes": []string{"T.Three"}})
	seed(sandbox.Policies, "P", map[string]any{"resourceTypes": []string{"R.One"}})
	seed(sandbox.Policies, "Q", map[string]any{"resourceTypes": []string{"R.Two"}})
	seed(sandbox.ScheduledRules, "S", map[string]any{"scheduledQueries": []string{"Every day"}})
	seed(sandbox.ScheduledRules, "T", nil)
	seed(sandbox.Globals, "acme_helpers", nil)
	seed(sandbox.Globals, "other", nil)
	api := connect(t, s)
	api.do(201, "PUT", "/rules/D", rule("D"))
	for path, want := range map[string]string{
		"/rules":                                     "A B.Root C D",
		"/rules?name-contains=ROOT":                  "A B.Root",
		"/rules?state=enabled":                       "A",
		"/rules?state=disabled":                      "B.Root C D",
		"/rules?severity=LOW&severity=INFO":          "B.Root C",
		"/rules?tag=Aws":                             "A B.Root",
		"/rules?log-type=T.Two&log-type=T.Three":     "B.Root C",
		"/rules?log-type=T.One&severity=HIGH":        "A",
		"/rules?created-by=console":                  "A B.Root C",
		"/rules?created-by=" + s.Token().ID:          "D",
		"/rules?name-contains=nothing":               "",
		"/policies?resource-type=R.Two":              "Q",
		"/scheduled-rules?scheduled-query=Every+day": "S",
		"/globals?name-contains=HELP":                "acme_helpers",
		"/data-models?name-contains=ignored":         "",
	} {
		got := strings.Join(slices.Concat(api.all(path)...), " ")
		if got != want {
			t.Errorf("%s gives %q, want %q", path, got, want)
		}
	}
	if got := slices.Concat(api.all("/rules?severity=LOW&severity=INFO&limit=1")...); !slices.Equal(got, []string{"B.Root", "C"}) {
		t.Errorf("page by page: %v", got)
	}
}

func TestAlerts(t *testing.T) {
	s := open(t, sandbox.Options{})
	day := 24 * time.Hour
	alert := func(id string, age time.Duration, change func(*sandbox.Alert)) sandbox.Alert {
		a := sandbox.Alert{ID: id, Title: "Alert " + id, Severity: "LOW", CreatedAt: start.Add(-age), Detection: &sandbox.Detection{ID: "Rule.A", Type: "RULE"}}
		if change != nil {
			change(&a)
		}
		return a
	}
	err := s.SeedAlerts(t.Context(),
		alert("1", day, nil),
		alert("2", 2*day, func(a *sandbox.Alert) { a.Severity, a.Status = "HIGH", "CLOSED" }),
		alert("3", 3*day, func(a *sandbox.Alert) { a.Detection.ID = "Rule.B" }),
		alert("4", 40*day, nil),
		alert("5", 4*day, func(a *sandbox.Alert) { a.Type = "SYSTEM_ERROR"; a.Detection = nil }),
		alert("6", day, nil),
	)
	if err != nil {
		t.Fatal(err)
	}
	api := strict(t, s)
	at := func(age time.Duration) string { return url.QueryEscape(start.Add(-age).Format(time.RFC3339)) }
	for path, want := range map[string]string{
		"/alerts":                                 "6 1 2 3",
		"/alerts?sort-dir=asc":                    "3 2 1 6",
		"/alerts?detection-id=Rule.B":             "3",
		"/alerts?detection-id=Rule.A&limit=1":     "6 1 2",
		"/alerts?sort-dir=asc&limit=2":            "3 2 1 6",
		"/alerts?created-after=" + at(50*day):     "6 1 2 3 4",
		"/alerts?created-after=" + at(2*day):      "6 1",
		"/alerts?created-before=" + at(2*day):     "3",
		"/alerts?type=SYSTEM_ERROR":               "5",
		"/alerts?status=CLOSED":                   "2",
		"/alerts?severity=HIGH&severity=CRITICAL": "2",
		"/alerts?name-contains=ALERT+3":           "3",
		"/alerts?detection-id=Rule.None":          "",
		"/alerts?limit=4":                         "6 1 2 3",
	} {
		if got := strings.Join(slices.Concat(api.all(path)...), " "); got != want {
			t.Errorf("%s gives %q, want %q", path, got, want)
		}
	}
	if pages := api.all("/alerts?limit=4"); len(pages) != 1 {
		t.Errorf("the last page has a next: %v", pages)
	}
	if m := connect(t, s).do(400, "GET", "/alerts?cursor="+*api.page("/alerts?limit=1").Next+"&sort-dir=asc", nil).message(t); !strings.Contains(m, "cursor") {
		t.Errorf("message %q", m)
	}
	// A cursor from beyond the newest alert goes on with the newest.
	later := open(t, sandbox.Options{Now: func() time.Time { return start.Add(day) }})
	if err := later.SeedAlerts(t.Context(), alert("8", 0, nil), alert("7", 0, nil)); err != nil {
		t.Fatal(err)
	}
	next := *strict(t, later).page("/alerts?limit=1").Next
	if got := idsOf(api.page("/alerts?cursor=" + next)); !slices.Equal(got, []string{"6", "1", "2", "3"}) {
		t.Errorf("after the later sandbox's cursor: %v", got)
	}
}
