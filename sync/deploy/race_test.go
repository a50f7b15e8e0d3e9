package deploy_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"pgregory.net/rapid"
)

// pair is two clones of one bare repository that deploy to one Panther.
type pair struct {
	*machine
	origin string
	clones []*clone
}

type clone struct {
	dir   string
	rules map[string]string // severities by id
	// session and plan are those of an apply that has planned and not begun.
	session *deploy.Session
	plan    *sync.Plan
}

func newPair(rt *rapid.T) *pair {
	top, err := os.MkdirTemp("", "pdac-pair-")
	check(rt, err)
	if top, err = filepath.EvalSymlinks(top); err != nil {
		rt.Fatal(err)
	}
	s, err := sandbox.Open(context.Background(), sandbox.Options{Token: "secret"})
	check(rt, err)
	rt.Cleanup(func() {
		s.Close()
		os.RemoveAll(top)
	})
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", FirstWait: time.Microsecond, LongestWait: time.Millisecond, Tries: 3, Transport: s.Transport()})
	check(rt, err)
	p := &pair{machine: &machine{server: s, client: c, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}, origin: filepath.Join(top, "origin.git")}
	gittest.Run(rt, top, "init", "-q", "--bare", p.origin)
	for _, name := range []string{"a", "b"} {
		dir := filepath.Join(top, name)
		gittest.Run(rt, top, "init", "-q", "-b", "main", dir)
		gittest.Run(rt, dir, "remote", "add", "origin", p.origin)
		gittest.Run(rt, dir, "commit", "-q", "--allow-empty", "-m", "first")
		check(rt, os.MkdirAll(filepath.Join(dir, "rules"), 0o755))
		p.clones = append(p.clones, &clone{dir: dir, rules: map[string]string{}})
	}
	for _, c := range p.clones {
		p.set(rt, c, "A", "High")
		p.set(rt, c, "Stays", "High")
	}
	p.begin(rt, p.clones[0])
	p.finish(rt, p.clones[0], 0, nil)
	return p
}

// set writes a rule, or removes it.
func (p *pair) set(rt *rapid.T, c *clone, id, severity string) {
	path := filepath.Join(c.dir, "rules", id+".yml")
	if severity == "" {
		delete(c.rules, id)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			rt.Fatal(err)
		}
		return
	}
	c.rules[id] = severity
	check(rt, os.WriteFile(path, []byte(spec{kind: panther.SimpleRule, id: id, severity: severity, enabled: "true"}.text()), 0o644))
}

func (p *pair) open(rt *rapid.T, c *clone) *deploy.Session {
	p.now = p.now.Add(time.Minute)
	now := p.now
	s, err := deploy.Open(context.Background(), deploy.Options{
		Root: c.dir, Git: git.Options{Env: gittest.Env()}, Tenant: "test", Remote: "origin", Actor: "Ada <ada@example.com>", Now: func() time.Time { return now },
	})
	check(rt, err)
	return s
}

// begin plans in a clone.
func (p *pair) begin(rt *rapid.T, c *clone) {
	c.session = p.open(rt, c)
	plan, err := c.session.Plan(context.Background(), p.client, deploy.PlanOptions{
		Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}, Strict: true,
	})
	check(rt, err)
	c.plan = plan
}

// finish applies what a clone has planned. Before that write the other clone does
// all of an apply of its own.
func (p *pair) finish(rt *rapid.T, c *clone, at int, other *clone) {
	writes, busy := 0, false
	p.server.Faults().OnRequest(func(_ int, r *http.Request) {
		if r.Method == http.MethodGet || busy {
			return
		}
		if writes++; writes == at && other != nil {
			busy = true
			p.begin(rt, other)
			p.carry(rt, other)
		}
	})
	p.carry(rt, c)
	p.server.Faults().Clear()
	p.holds(rt, c)
}

func (p *pair) carry(rt *rapid.T, c *clone) {
	r := c.session.Apply(context.Background(), p.client, c.plan, deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{Parallelism: 1}})
	if r.Record == nil || r.Record.Problem != "" || !r.Record.Pushed {
		rt.Fatalf("the deployment isn't shared: %+v", r.Record)
	}
	for _, ch := range r.Changes {
		if ch.Outcome == sync.Failed {
			rt.Fatalf("%s: %s", ch.Key(), ch.Reason)
		}
	}
	c.session, c.plan = nil, nil
}

// holds: origin has the record that was written last, all of it is live, and all
// that is live is in it.
func (p *pair) holds(rt *rapid.T, c *clone) {
	store := p.open(rt, c).Store()
	last, err := store.Latest(context.Background(), "test")
	check(rt, err)
	if there := gittest.Run(rt, p.origin, "rev-parse", last.Ref); there != last.Hash {
		rt.Fatalf("the record is %s here and %s at origin", last.Hash, there)
	}
	is, live := p.read(rt, store, last), p.live(rt)
	for key := range both(is.entities, live) {
		e, recorded := is.entities[key]
		l, there := live[key]
		if !recorded || !there || !diff.Same(e, l) {
			rt.Fatalf("%s is recorded (%v) as %v, and live (%v) as %v", key, recorded, e.Fields["severity"], there, l.Fields["severity"])
		}
	}
	gittest.Run(rt, p.origin, "fsck", "--strict", "--no-dangling")
}

// TestPropertyRaces lets two clones plan and apply in any order, one of them also
// while the other is at it, and asks after each apply whether the one record that
// both share is what is live.
func TestPropertyRaces(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(rt)
		for range rapid.IntRange(1, 3).Draw(rt, "rounds") {
			i := rapid.IntRange(0, 1).Draw(rt, "clone")
			mine, other := p.clones[i], p.clones[1-i]
			for _, c := range p.clones {
				for _, id := range slices.Sorted(maps.Keys(rapid.MapOfN(rapid.SampledFrom(ids), rapid.Bool(), 0, 2).Draw(rt, "edited in "+fmt.Sprint(c == mine)))) {
					p.set(rt, c, id, pick(rt, "severity", []string{"High", "Low", "Info", ""}))
				}
			}
			switch pick(rt, "order", []string{"one", "two plans, two applies", "one within the other"}) {
			case "one":
				p.begin(rt, mine)
				p.finish(rt, mine, 0, nil)
			case "two plans, two applies":
				p.begin(rt, mine)
				p.begin(rt, other)
				p.finish(rt, mine, 0, nil)
				p.finish(rt, other, 0, nil)
			default:
				p.begin(rt, mine)
				p.finish(rt, mine, rapid.IntRange(1, 3).Draw(rt, "at write"), other)
			}
		}
	})
}
