package deploy_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/pdac-dev/pdac/sync/record"
	"pgregory.net/rapid"
)

// crash is an observer that ends an apply as SIGKILL would, after its last write and
// before the record.
type crash struct{}

func (crash) Start(int)              {}
func (crash) Step(sync.ChangeResult) {}
func (crash) Finish()                { panic(crash{}) }

// crashes is a machine whose applies are interrupted: killed after some writes, or
// unable to record what they did.
type crashes struct {
	*machine
	// edited are the entities that somebody edited in the console since an apply of
	// everything.
	edited map[panther.Key]bool
}

// TestPropertyCrashThenNewerCommit interrupts applies at any write and goes on with
// newer content, as CI does. There is no conflict, drift or foreign entity unless
// somebody used the console, and an apply of everything converges.
func TestPropertyCrashThenNewerCommit(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := crashes{newMachine(rt), map[panther.Key]bool{}}
		c.unmanaged = nil
		for range rapid.IntRange(1, 4).Draw(rt, "specs") {
			c.add(rt)
		}
		c.onlyContent(rt)
		c.commit(rt)
		if rapid.Bool().Draw(rt, "begin with a record") {
			c.applyAll(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":              c.onlyContent,
			"add a spec":    c.add,
			"edit a spec":   c.edit,
			"edit it again": c.edit,
			"remove a spec": c.remove,
			"rename a spec": c.rename,
			"change a kind": c.convert,
			"edit a body":   c.editBody,
			"commit":        func(rt *rapid.T) { c.commit(rt) },
			"crash":         func(rt *rapid.T) { c.interrupt(rt, false) },
			"fail to record": func(rt *rapid.T) {
				c.interrupt(rt, true)
			},
			"console edit": c.console,
			"apply":        c.converge,
		})
		c.commit(rt)
		c.converge(rt)
	})
}

// onlyContent removes what is outside of the content, which a plan may stop at.
func (c crashes) onlyContent(rt *rapid.T) {
	maps.DeleteFunc(c.specs, func(p string, _ spec) bool { return strings.HasPrefix(p, "elsewhere/") })
	c.write(rt)
}

func (c crashes) console(rt *rapid.T) {
	key, e := c.someLive(rt)
	name, value := consoleField(rt, key.Kind)
	c.inConsole(rt, func() { c.set(rt, key, e.ServerID, name, value) })
	for _, k := range append(key.Siblings(), key) {
		c.edited[k] = true
	}
}

// plan makes a plan and checks that it blames nobody but those who used the console.
func (c crashes) plan(rt *rapid.T, s *deploy.Session, o deploy.PlanOptions) *sync.Plan {
	o.Policies = sync.Policies{OnConflict: sync.Revert}
	o.AllowEmpty = true
	p, err := s.Plan(context.Background(), c.client, o)
	check(rt, err)
	for _, list := range [][]sync.Change{p.Changes, p.Kept} {
		for _, ch := range list {
			if c.edited[ch.Key()] {
				continue
			}
			causes := []sync.Cause{ch.Cause}
			for _, f := range ch.Fields {
				causes = append(causes, f.Cause)
			}
			for _, cause := range causes {
				if cause != "" && cause != sync.CauseCommit {
					rt.Fatalf("%s of %s is %s, and nobody used the console:\n%s\n%+v", ch.Action, ch.Key(), cause, strings.Join(shown(p), "\n"), ch)
				}
			}
		}
	}
	for _, u := range p.Unmanaged {
		if k := (panther.Key{Kind: u.Kind, ID: u.ID}); !c.edited[k] {
			rt.Fatalf("%s is unmanaged, and nobody used the console", k)
		}
	}
	if len(p.Errors()) > 0 {
		rt.Fatalf("the plan stops: %v", p.Errors())
	}
	return p
}

// interrupt applies something and ends before the record: killed after some writes, or
// because the record's ref is locked.
func (c crashes) interrupt(rt *rapid.T, locked bool) {
	s := c.session(rt, nil)
	o := deploy.PlanOptions{Strict: true}
	only, err := sync.ParseFilter(c.drawOnly(rt))
	check(rt, err)
	o.Only = only
	if rapid.IntRange(0, 4).Draw(rt, "roll back") == 0 {
		history, err := s.Store().History(context.Background(), "test", 0)
		check(rt, err)
		if len(history) == 0 {
			rt.Skip("nothing is recorded")
		}
		o.Source.Record = &history[rapid.IntRange(0, len(history)-1).Draw(rt, "to")]
	}
	p := c.plan(rt, s, o)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	opts := deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{Parallelism: 1}}
	writes, stopAt := 0, rapid.IntRange(0, 4).Draw(rt, "killed at write")
	c.server.Faults().OnRequest(func(_ int, r *http.Request) {
		if r.Method != http.MethodGet {
			if writes++; writes == stopAt {
				stop()
			}
		}
	})
	defer c.server.Faults().OnRequest(nil)
	if locked {
		name, err := record.RefName("test")
		check(rt, err)
		lock := filepath.Join(c.dir, ".git", filepath.FromSlash(name)+".lock")
		check(rt, os.MkdirAll(filepath.Dir(lock), 0o755))
		check(rt, os.WriteFile(lock, nil, 0o644))
		defer os.Remove(lock)
		s.Apply(ctx, c.client, p, opts)
		return
	}
	opts.Observer = crash{}
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(crash); !ours {
				panic(r)
			}
		}
	}()
	s.Apply(ctx, c.client, p, opts)
}

// converge applies everything. After it nothing is left to do, and nothing of the
// interrupted runs is kept.
func (c crashes) converge(rt *rapid.T) {
	s := c.session(rt, nil)
	p := c.plan(rt, s, deploy.PlanOptions{Strict: true})
	r := s.Apply(context.Background(), c.client, p, deploy.ApplyOptions{ApplyOptions: sync.ApplyOptions{Parallelism: 1}})
	if !r.OK() || r.Record == nil || r.Record.Problem != "" {
		rt.Fatalf("the apply failed: %+v %+v", r, r.Record)
	}
	// What is excluded stays as it was edited, and so does what an interrupted run
	// created if most of it was edited after that.
	mine := c.wants(rt, c.files, c.content())
	foreign := map[panther.Key]bool{}
	for _, ch := range p.Kept {
		if old, ok := ch.Replaced(); ok && c.edited[old] {
			foreign[ch.Key()], foreign[old] = true, true
		}
	}
	for _, u := range p.Unmanaged {
		foreign[panther.Key{Kind: u.Kind, ID: u.ID}] = true
	}
	maps.DeleteFunc(c.edited, func(k panther.Key, _ bool) bool {
		_, wanted := mine.entities[k]
		return !foreign[k] && (wanted || !mine.named[k])
	})
	again := c.plan(rt, c.session(rt, nil), deploy.PlanOptions{Strict: true})
	if !again.Empty() || len(again.Gone) > 0 {
		rt.Fatalf("after an apply of everything the plan holds %v: the apply was of %v (kept %+v) with the result %+v", shown(again), shown(p), p.Kept, r.Changes)
	}
	is, live, want := c.record(rt), c.live(rt), c.wants(rt, c.files, c.content())
	asleep := 0
	for key := range both(is.entities, live) {
		_, recorded := is.entities[key]
		_, there := live[key]
		switch _, wanted := want.entities[key]; {
		case recorded && there && wanted:
		case foreign[key], want.named[key]: // its spec is there, and not deployed
			asleep++
		default:
			rt.Fatalf("%s is recorded: %v, live: %v, wanted: %v", key, recorded, there, wanted)
		}
	}
	left, err := c.session(rt, nil).Store().Intents(context.Background(), "test")
	check(rt, err)
	if len(left) > 0 && asleep == 0 {
		rt.Fatalf("%d intents are left, the last %s, after %v", len(left), left[len(left)-1].Content, shown(p))
	}
}
