package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// TestPropertyAnUnreadableKindStopsOnlyItself: whatever was deployed, is wanted and is
// live, a plan without the lists of some kinds has no word of them but one
// diagnostic each, and of the others what it would have anyway. The record keeps
// what was deployed of them.
func TestPropertyAnUnreadableKindStopsOnlyItself(t *testing.T) {
	all := small()
	paths := slices.Sorted(maps.Keys(all))
	side := func(t *rapid.T, name string) synth.Files {
		out := synth.Files{}
		for _, p := range paths {
			if strings.HasSuffix(p, ".py") || rapid.IntRange(0, 3).Draw(t, p+" is "+name) > 0 {
				out[p] = all[p]
			}
			if strings.HasSuffix(p, ".yml") && out[p] != "" {
				out[p] += rapid.SampledFrom([]string{"", "Description: " + name + "\n"}).Draw(t, p+" differs")
			}
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		deployed, wanted := side(t, "deployed"), side(t, "wanted")
		base, err := sync.NewBase(context.Background(), loaded(t, deployed), sync.BaseInfo{Record: "0123"})
		if err != nil {
			t.Fatal(err)
		}
		m := &memory{entities: liveOf(t, deployed)}
		// Somebody may have made the same change in the console.
		by := liveOf(t, wanted)
		for _, k := range slices.SortedFunc(maps.Keys(by), panther.Key.Compare) {
			if rapid.IntRange(0, 3).Draw(t, k.String()+" is done by hand") == 0 {
				m.entities[k] = by[k]
			}
		}
		for _, k := range slices.SortedFunc(maps.Keys(m.entities), panther.Key.Compare) {
			switch rapid.IntRange(0, 5).Draw(t, k.String()+" in the console") {
			case 0:
				delete(m.entities, k)
			case 1:
				m.set(k.String(), "description", "by hand")
			}
		}
		var unreadable sync.Unreadable
		for _, k := range panther.Kinds() {
			if rapid.IntRange(0, 3).Draw(t, string(k)+" is refused") == 0 {
				unreadable = append(unreadable, sync.UnreadableKind{Kind: k, Status: http.StatusForbidden, Reason: "refused"})
			}
		}
		readable := sync.Live{}
		for k, e := range m.entities {
			if !unreadable.Has(k.Kind) {
				readable[k] = e
			}
		}
		o := sync.PlanOptions{Base: base, Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}}
		whole := planned(t, wanted, m.entities, o)
		o.Unreadable = unreadable
		part := planned(t, wanted, readable, o)

		short := func(p *sync.Plan) []string {
			out := []string{}
			for _, list := range [][]sync.Change{p.Changes, p.Kept} {
				for _, c := range list {
					out = append(out, fmt.Sprintf("%s %s %v", c.Action, c.Key(), c.Fields))
				}
			}
			for _, g := range p.Gone {
				out = append(out, "gone "+g)
			}
			for _, u := range p.Unmanaged {
				out = append(out, "unmanaged "+string(u.Kind)+"/"+u.ID)
			}
			slices.Sort(out)
			return out
		}
		about := func(line string) bool {
			return slices.ContainsFunc(unreadable, func(u sync.UnreadableKind) bool { return strings.Contains(line, " "+string(u.Kind)+"/") })
		}
		if diff := cmp.Diff(slices.DeleteFunc(short(whole), about), short(part)); diff != "" {
			t.Fatalf("the plan without %v (-whole +part):\n%s", unreadable, diff)
		}
		n := map[string]int{}
		for _, d := range part.Diagnostics {
			if d.Path == "" && d.ID == "" && d.Kind != "" {
				n[d.Kind]++
			}
		}
		for _, u := range unreadable {
			if n[string(u.Kind)] != 1 {
				t.Fatalf("%d diagnostics about %s: %v", n[string(u.Kind)], u.Kind, part.Diagnostics)
			}
		}

		r := sync.Apply(context.Background(), m, part, sync.ApplyOptions{})
		if !r.OK() {
			t.Fatalf("the apply: %+v", r.Changes)
		}
		files, _, err := sync.Applied{Plan: part, Result: r, Repo: loaded(t, wanted), Base: base}.Recorded(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		recorded := synth.Files{}
		for p, text := range files {
			recorded[p] = string(text)
		}
		now, err := sync.NewBase(context.Background(), loaded(t, recorded), sync.BaseInfo{Record: "4567"})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range append(loaded(t, deployed).Items, loaded(t, wanted).Items...) {
			if !unreadable.Has(it.Kind) {
				continue
			}
			was, had := base.Entity(it.Key())
			is, has := now.Entity(it.Key())
			if had != has || had && was.Fingerprint() != is.Fingerprint() {
				t.Fatalf("the record has %s: %v, before: %v\n%v", it.Key(), is, was, slices.Sorted(maps.Keys(files)))
			}
		}
		for k, e := range liveOf(t, wanted) {
			if is, _ := now.Entity(k); !unreadable.Has(k.Kind) && is.Fingerprint() != e.Fingerprint() {
				t.Fatalf("the record has %v of %s, which was applied as %v", is, k, e)
			}
		}
		drift := sync.FindDrift(context.Background(), now, readable, sync.DriftOptions{Unreadable: unreadable})
		for _, e := range drift.Entities {
			if unreadable.Has(e.Kind) {
				t.Fatalf("drift of %s: %+v", e.Key(), e)
			}
		}
	})
}

// refusing answers the lists of some kinds with an error.
type refusing map[panther.Kind]error

func (r refusing) List(_ context.Context, k panther.Kind) ([]panther.Entity, error) { return nil, r[k] }

func TestWhichListsMayFail(t *testing.T) {
	refused := func(status int) error {
		return fmt.Errorf("list: %w", &panther.APIError{Status: status, Method: http.MethodGet, Path: "/x"})
	}
	all := refusing{}
	for _, k := range panther.Kinds() {
		all[k] = refused(403)
	}
	for name, tc := range map[string]struct {
		api        refusing
		only       string
		unreadable int
		want       string
	}{
		"one":                              {api: refusing{panther.Policy: refused(403)}, unreadable: 1},
		"some":                             {api: refusing{panther.Policy: refused(403), panther.Query: refused(404)}, unreadable: 2},
		"a bad request":                    {api: refusing{panther.Policy: refused(400)}, want: "read what is live: list: Panther answered 400"},
		"correlation rules, bad request":   {api: refusing{panther.CorrelationRule: refused(400)}, unreadable: 1},
		"a server's failure":               {api: refusing{panther.CorrelationRule: refused(500)}, want: "read what is live: list: Panther answered 500"},
		"a wrong token":                    {api: refusing{panther.Policy: refused(401)}, want: "read what is live: list: Panther answered 401"},
		"no connection":                    {api: refusing{panther.Policy: refused(403), panther.Query: errors.New("no road")}, want: "read what is live: no road"},
		"all":                              {api: all, want: "read what is live: none of the collections can be read, so check the host (some need a path such as /v1) and the token: list: Panther answered 403"},
		"all that are asked":               {api: refusing{panther.Policy: refused(403)}, only: "policy/*", want: "read what is live: list: Panther answered 403"},
		"only correlation rules are asked": {api: refusing{panther.CorrelationRule: refused(404)}, only: "correlation_rule/*", unreadable: 1},
	} {
		var patterns []string
		if tc.only != "" {
			patterns = []string{tc.only}
		}
		only, err := sync.ParseFilter(patterns)
		if err != nil {
			t.Fatal(err)
		}
		got, err := sync.Fetch(t.Context(), tc.api, only)
		if tc.want == "" && (err != nil || len(got.Unreadable) != tc.unreadable) || tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestUnreadableCountsWhatIsAffected: what --only excludes, and what is not deployed,
// makes no error.
func TestUnreadableCountsWhatIsAffected(t *testing.T) {
	refused := sync.Unreadable{{Kind: panther.Policy, Status: 403, Reason: "refused"}}
	spec := func(id, more string) string {
		return "AnalysisType: policy\nPolicyID: " + id + "\nEnabled: true\nSeverity: Low\nFilename: p.py\nResourceTypes: [AWS.S3.Bucket]\n" + more
	}
	body := "def policy(resource):\n    return True\n"
	for name, tc := range map[string]struct {
		files synth.Files
		only  []string
		want  string
	}{
		"content":  {files: synth.Files{"policies/p.yml": spec("P", ""), "policies/p.py": body}, want: "error: Panther refuses to list them, so one of them is not compared or deployed: refused"},
		"excluded": {files: synth.Files{"policies/p.yml": spec("P", "Status: Experimental\n"), "policies/p.py": body}, want: "info: Panther refuses to list them, and nothing of this kind is affected: refused"},
		"filtered": {files: synth.Files{"policies/p.yml": spec("P", ""), "policies/p.py": body}, only: []string{"*/Q"}, want: "info: Panther refuses to list them, and nothing of this kind is affected: refused"},
	} {
		only, err := sync.ParseFilter(tc.only)
		if err != nil {
			t.Fatal(err)
		}
		r, err := repo.Load(t.Context(), tc.files, repo.Options{ExcludeStatus: []string{"Experimental"}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := sync.BuildPlan(t.Context(), r, sync.Live{}, sync.PlanOptions{Only: only, Unreadable: refused})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range p.Diagnostics {
			if d.Kind == "policy" {
				got += string(d.Severity) + ": " + d.Message
			}
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if err := p.CheckErrors(); err != nil {
			t.Errorf("%s: it stops the others: %v", name, err)
		}
	}
}
