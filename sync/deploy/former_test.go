package deploy_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
)

// TestARecordGoesOnUnderItsNewName: a host that was taken literally gets "api." in
// front, and what was deployed to it is still known, in a fresh clone too.
func TestARecordGoesOnUnderItsNewName(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs git many times; run it without -short")
	}
	r := newRace(t)
	dir := r.clone(map[string]string{"A": "High", "B": "Low"})
	origin := filepath.Join(t.TempDir(), "origin.git")
	gittest.Run(t, dir, "init", "-q", "--bare", origin)
	gittest.Run(t, dir, "remote", "add", "origin", origin)
	gittest.Run(t, dir, "push", "-q", "origin", "HEAD:refs/heads/main")
	open := func(dir, tenant, former string) *deploy.Session {
		t.Helper()
		r.now = r.now.Add(time.Minute)
		now := r.now
		s, err := deploy.Open(t.Context(), deploy.Options{
			Root: dir, Git: git.Options{Env: gittest.Env()}, Tenant: tenant, Former: former, Remote: "origin", Actor: "Ada <ada@example.com>", Now: func() time.Time { return now },
		})
		check(t, err)
		return s
	}
	const old, now = "acme.example", "api.acme.example"
	s := open(dir, old, "")
	r.apply(s, r.plan(s))

	clone := filepath.Join(t.TempDir(), "clone")
	gittest.Run(t, dir, "clone", "-q", "-b", "main", origin, clone)
	s = open(clone, now, old)
	p := r.plan(s)
	if p.Base == nil || !p.Empty() || p.Summary.Unmanaged != 0 {
		t.Fatalf("the plan: %+v %+v", p.Base, p.Summary)
	}
	said := ""
	for _, d := range p.Diagnostics {
		said += d.Message + "\n"
	}
	if !strings.Contains(said, `the record of deployments to "acme.example" goes on under "api.acme.example", which the same setting means now`) || strings.Contains(said, "can't be trusted") {
		t.Errorf("it says:\n%s", said)
	}
	r.set(clone, "A", "Low")
	s = open(clone, now, old)
	p = r.plan(s)
	r.apply(s, p)

	// It is not adopted twice, and the old name stays as it was.
	store := s.Store()
	for tenant, want := range map[string]int{old: 1, now: 2} {
		all, err := store.History(t.Context(), tenant, 0)
		check(t, err)
		if len(all) != want {
			t.Errorf("%d deployments to %s, want %d", len(all), tenant, want)
		}
	}
	adopted, err := store.Adopt(t.Context(), now, store, old)
	if err != nil || adopted {
		t.Errorf("adopted again: %v %v", adopted, err)
	}
	// The first clone fetches the new name, and doesn't go back to the old record.
	s = open(dir, now, old)
	if p := r.plan(s); p.Base == nil || p.Base.Record != latest(t, store, now).Hash {
		t.Errorf("the other clone plans with %+v", p.Base)
	}
	if adopted, err := store.Adopt(t.Context(), "other.example", store, "none.example"); err != nil || adopted {
		t.Errorf("adopted nothing: %v %v", adopted, err)
	}
}

func latest(t *testing.T, s *record.Store, tenant string) *record.Deployment {
	t.Helper()
	d, err := s.Latest(t.Context(), tenant)
	check(t, err)
	if d == nil {
		t.Fatalf("no deployment to %s is recorded", tenant)
	}
	return d
}

// TestPathsOfOneHostShareNoRecord: a record of the host without the path is named,
// and not used.
func TestPathsOfOneHostShareNoRecord(t *testing.T) {
	r := newRace(t)
	dir := r.clone(map[string]string{"A": "High"})
	open := func(tenant string) *deploy.Session {
		t.Helper()
		s, err := deploy.Open(t.Context(), deploy.Options{Root: dir, Git: git.Options{Env: gittest.Env()}, Tenant: tenant, Actor: "Ada <ada@example.com>"})
		check(t, err)
		return s
	}
	s := open("panther.example")
	r.apply(s, r.plan(s))
	p := r.plan(open("panther.example/v1"))
	if p.Base != nil {
		t.Errorf("the plan has the base %+v", p.Base)
	}
	const want = `no deployment to "panther.example/v1" is recorded, but one to "panther.example" is; if that is the same Panther, continue its record with "git update-ref refs/pdac/deployments/panther.example%2Fv1 refs/pdac/deployments/panther.example"`
	for _, d := range p.Diagnostics {
		if d.Message == want {
			// It does what it says.
			gittest.Run(t, dir, "update-ref", "refs/pdac/deployments/panther.example%2Fv1", "refs/pdac/deployments/panther.example")
			if p := r.plan(open("panther.example/v1")); p.Base == nil || !p.Empty() {
				t.Errorf("afterwards the plan has the base %+v", p.Base)
			}
			return
		}
	}
	t.Errorf("it doesn't say %s: %v", want, p.Diagnostics)
}
