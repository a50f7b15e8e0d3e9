package sync_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// TestReleasesThatMatchNothingAreReported: a typo in deploy.released would go
// unseen.
func TestReleasesThatMatchNothingAreReported(t *testing.T) {
	files := synth.Files{
		"global_helpers/a.yml": "AnalysisType: global\nGlobalID: a\nFilename: a.py\n", "global_helpers/a.py": "x = 1\n",
		"elsewhere/b.yml": "AnalysisType: global\nGlobalID: b\nFilename: b.py\n", "elsewhere/b.py": "x = 1\n",
	}
	r, err := repo.Load(t.Context(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	live := panther.Key{Kind: panther.Global, ID: "c"}
	for _, tc := range []struct {
		o    sync.PlanOptions
		want string
	}{
		{sync.PlanOptions{Policies: sync.Policies{Released: patterns(t, "global/a", "global/b", "global/c", "global/*")}}, ""},
		{sync.PlanOptions{Policies: sync.Policies{Released: patterns(t, "global/a", "global/d")}},
			`deploy.released: "global/d" matches nothing in the repository, in the last deployment or in Panther; correct it in pdac.yaml, or remove it`},
		{sync.PlanOptions{Policies: sync.Policies{Released: patterns(t, "rule/a")}},
			`deploy.released: "rule/a" matches nothing in the repository, in the last deployment or in Panther; correct it in pdac.yaml, or remove it`},
		{sync.PlanOptions{Policies: sync.Policies{Released: patterns(t, "global/d")}, Only: patterns(t, "global/a")}, ""},
	} {
		p, err := sync.BuildPlan(t.Context(), r, sync.Live{live: panther.Entity{Key: live}}, tc.o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range p.Diagnostics {
			if d.Severity == repo.SeverityWarning && strings.HasPrefix(d.Message, "deploy.released") {
				got = append(got, d.Message)
			}
		}
		if strings.Join(got, "\n") != tc.want {
			t.Errorf("%v: %q, want %q", tc.o.Policies.Released, got, tc.want)
		}
	}
}
