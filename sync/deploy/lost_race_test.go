package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// race is one Panther to which two sessions deploy.
type race struct {
	*testing.T
	server *sandbox.Server
	client *panther.Client
	// remote shares the records, and base is a revision that plans are made
	// against; both may be empty.
	remote, base string
	now          time.Time
}

func newRace(t *testing.T) *race {
	t.Helper()
	return newRaceOn(t, sandbox.Options{})
}

// newRaceOn uses a Panther with the given options.
func newRaceOn(t *testing.T, o sandbox.Options) *race {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("this test makes repositories with the git program, which is not on PATH; install git")
	}
	s, c := connectTo(t, o)
	return &race{T: t, server: s, client: c, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
}

func connectTo(t *testing.T, o sandbox.Options) (*sandbox.Server, *panther.Client) {
	t.Helper()
	o.Token = "secret"
	s, err := sandbox.Open(t.Context(), o)
	check(t, err)
	t.Cleanup(func() { s.Close() })
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: s.Transport()})
	check(t, err)
	return s, c
}

// clone makes a git repository with rules of the given severities.
func (r *race) clone(rules map[string]string) string {
	r.Helper()
	dir, err := filepath.EvalSymlinks(r.TempDir())
	check(r, err)
	gittest.Run(r, dir, "init", "-q")
	for id, severity := range rules {
		r.set(dir, id, severity)
	}
	gittest.Run(r, dir, "add", "-A")
	gittest.Run(r, dir, "commit", "-q", "-m", "first")
	return dir
}

func (r *race) set(dir, id, severity string) {
	r.Helper()
	text := spec{kind: panther.SimpleRule, id: id, severity: severity, enabled: "true"}.text()
	check(r, synth.Files{"rules/" + id + ".yml": text}.Write(dir))
}

func (r *race) open(dir string) *deploy.Session {
	r.Helper()
	r.now = r.now.Add(time.Minute)
	now := r.now
	s, err := deploy.Open(r.Context(), deploy.Options{
		Root: dir, Git: git.Options{Env: gittest.Env()}, Tenant: "test", Remote: r.remote, Base: r.base, Actor: "Ada <ada@example.com>", Now: func() time.Time { return now },
	})
	check(r, err)
	return s
}

func (r *race) plan(s *deploy.Session, only ...string) *sync.Plan {
	r.Helper()
	filter, err := sync.ParseFilter(only)
	check(r, err)
	p, err := s.Plan(r.Context(), r.client, deploy.PlanOptions{Only: filter, Strict: true})
	check(r, err)
	return p
}

func (r *race) apply(s *deploy.Session, p *sync.Plan) *sync.Result {
	r.Helper()
	res := s.Apply(r.Context(), r.client, p, deploy.ApplyOptions{})
	if !res.OK() || res.Record == nil || res.Record.Problem != "" {
		r.Fatalf("%+v %+v", res, res.Record)
	}
	return res
}

// recorded gives the severities in the last record.
func (r *race) recorded(dir string) map[string]any {
	r.Helper()
	store := r.open(dir).Store()
	last, err := store.Latest(r.Context(), "test")
	check(r, err)
	tree, err := store.Tree(context.Background(), *last)
	check(r, err)
	defer tree.Close()
	loaded, err := repo.Load(r.Context(), tree, deploy.RecordContent(repo.Options{}))
	check(r, err)
	out := map[string]any{}
	for _, it := range loaded.Items {
		out[it.ID] = it.Entity().Entity.Fields["severity"]
	}
	return out
}

// TestALostRaceRecordsWhatTheOtherApplyDeployed: another apply is recorded between
// the plan and the end of this one. What this plan found unchanged, or gone, is by
// then what the other one made of it, and the record says so.
func TestALostRaceRecordsWhatTheOtherApplyDeployed(t *testing.T) {
	first := map[string]string{"Mine": "High", "Theirs": "High", "Again": "High", "Same": "High"}
	for _, how := range []string{"in one clone", "by a remote, planned against a named revision"} {
		t.Run(how, func(t *testing.T) {
			r := newRace(t)
			mine := r.clone(first)
			theirs := mine
			if how != "in one clone" {
				if testing.Short() {
					t.Skip("it runs git many times; run it without -short")
				}
				r.remote = "origin"
				origin := filepath.Join(r.TempDir(), "origin.git")
				gittest.Run(r, mine, "init", "-q", "--bare", origin)
				theirs = r.clone(first)
				for _, dir := range []string{mine, theirs} {
					gittest.Run(r, dir, "remote", "add", "origin", origin)
				}
			}
			s := r.open(mine)
			r.apply(s, r.plan(s))
			if r.remote != "" {
				r.base = "HEAD"
			}

			// Again is gone on both sides when this apply plans.
			check(r, os.Remove(filepath.Join(mine, "rules", "Again.yml")))
			check(r, r.server.Delete(r.Context(), sandbox.SimpleRules, "Again"))
			r.set(mine, "Mine", "Low")
			r.set(mine, "Same", "Low")
			s = r.open(mine)
			p := r.plan(s)
			r.base = ""
			if len(p.Changes) != 2 || len(p.Gone) != 1 {
				t.Fatalf("planned %+v, gone %v", p.Changes, p.Gone)
			}

			// The other one changes a rule that this one leaves alone, makes Again, and
			// has done one of the changes before this one comes to it.
			r.set(theirs, "Theirs", "Info")
			r.set(theirs, "Again", "Medium")
			r.set(theirs, "Same", "Low")
			other := r.open(theirs)
			r.apply(other, r.plan(other, "*/Theirs", "*/Again", "*/Same"))

			res := r.apply(s, p)
			if !res.Record.Raced || len(res.Record.Both) > 0 {
				t.Errorf("the record's note: %+v", res.Record)
			}
			want := map[string]any{"Mine": "LOW", "Theirs": "INFO", "Again": "MEDIUM", "Same": "LOW"}
			got := r.recorded(mine)
			for id, severity := range want {
				if live, _ := r.server.Get(sandbox.SimpleRules, id); live["severity"] != severity {
					t.Errorf("%s is live as %v", id, live["severity"])
				}
				if got[id] != severity {
					t.Errorf("%s is recorded as %v, and live as %v", id, got[id], severity)
				}
			}
			if len(got) != len(want) {
				t.Errorf("recorded: %v", got)
			}
		})
	}
}

// TestALostRaceSaysWhatBothWrote: of two applies that wrote the same entity, the
// second to be recorded names it, and records what is live.
func TestALostRaceSaysWhatBothWrote(t *testing.T) {
	r := newRace(t)
	dir := r.clone(map[string]string{"One": "High", "Two": "High"})
	s := r.open(dir)
	r.apply(s, r.plan(s))
	r.set(dir, "One", "Low")
	r.set(dir, "Two", "Low")
	s = r.open(dir)
	p := r.plan(s)
	r.set(dir, "One", "Info")
	other := r.open(dir)
	op := r.plan(other, "*/One")

	// The other apply runs between this one's writes and its record.
	writes := 0
	res := s.Apply(r.Context(), afterWrites{r.client, func() {
		if writes++; writes == 2 {
			// What this one has written is what the other one planned for, to the letter.
			check(r, r.server.Edit(r.Context(), sandbox.SimpleRules, "One", func(m map[string]any) { m["severity"] = "HIGH" }))
			r.apply(other, op)
		}
	}}, p, deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{Parallelism: 1}})
	if !res.OK() || !res.Record.Raced || len(res.Record.Both) != 1 || res.Record.Both[0] != "simple_rule/One" {
		t.Errorf("%+v", res.Record)
	}
	if got := r.recorded(dir); got["One"] != "INFO" || got["Two"] != "LOW" {
		t.Errorf("recorded: %v", got)
	}
}

// afterWrites calls a function after each update.
type afterWrites struct {
	*panther.Client
	do func()
}

func (a afterWrites) Update(ctx context.Context, e panther.Entity, o panther.WriteOptions) (panther.Entity, error) {
	got, err := a.Client.Update(ctx, e, o)
	a.do()
	return got, err
}
