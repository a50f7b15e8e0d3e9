package record_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
	"pgregory.net/rapid"
)

// chain is a history, the oldest first.
type chain []string

func (c chain) startsWith(d chain) bool { return len(c) >= len(d) && slices.Equal(c[:len(d)], d) }
func (c chain) last() string {
	if len(c) == 0 {
		return ""
	}
	return c[len(c)-1]
}

// side is one store, and what its repository must hold.
type side struct {
	*record.Store
	dir string
	// repo is shared by the stores of one repository.
	repo *model
}

type model struct{ chain chain }

// Whatever is written, pushed and fetched by whom: histories stay linear, every
// record keeps its files, nothing is overwritten, and the loser is reported.
func TestHistoriesStayLinear(t *testing.T) {
	gittest.Slow(t)
	gittest.Need(t)
	gittest.SetChecks(t, 2, 1)
	source := newRepo(t, content())
	paths := []string{"rules/a.yml", "rules/a.py", "rules/deep/er/b.yml", "new/é.yml", "q 'x'.yml", "top.yml"}
	some := rapid.MapOf(rapid.SampledFrom(paths), rapid.SampledFrom([]string{"", "a\n", "b\n", "\x00\xff", "long long long\n"}))
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		base := filepath.Join(gittest.Dir(t), fmt.Sprint(run))
		origin, one, two, linked := base+"-origin", base+"-one", base+"-two", base+"-linked"
		gittest.Run(rt, source, "clone", "--quiet", "--bare", source, origin)
		var shallow []string
		if rapid.Bool().Draw(rt, "shallow") {
			shallow = []string{"--depth=1"}
		}
		for _, dir := range []string{one, two} {
			gittest.Run(rt, source, append(append([]string{"clone", "--quiet"}, shallow...), gittest.URL(origin), dir)...)
		}
		gittest.Run(rt, one, "worktree", "add", "--quiet", "--detach", linked)
		first, second := &model{}, &model{}
		var sides []*side
		for _, s := range []struct {
			dir  string
			e    git.Engine
			repo *model
		}{{one, git.EngineAuto, first}, {linked, git.EngineProgram, first}, {two, git.EngineAuto, second}} {
			store, err := record.Open(t.Context(), s.dir, options(s.e))
			check(rt, err)
			sides = append(sides, &side{store, s.dir, s.repo})
		}
		var remote chain
		contents := map[string]files{}
		steps := 0
		write := func(rt *rapid.T, s *side, parent string) {
			steps++
			n := next(steps, parent, some.Draw(rt, "files"))
			d, err := s.Write(t.Context(), n)
			if parent != s.repo.chain.last() {
				var race *record.RaceError
				if !errors.As(err, &race) || race.Expected != parent || race.Found != s.repo.chain.last() {
					rt.Fatalf("a record after %q, where %q is the last one: %v", parent, s.repo.chain.last(), err)
				}
				return
			}
			check(rt, err)
			contents[d.Hash] = files{}
			for p, c := range n.Files {
				contents[d.Hash][p] = string(c)
			}
			s.repo.chain = append(slices.Clone(s.repo.chain), d.Hash)
		}
		draw := func(rt *rapid.T) *side { return sides[rapid.IntRange(0, len(sides)-1).Draw(rt, "side")] }
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) { s := draw(rt); write(rt, s, s.repo.chain.last()) },
			"write after an old one": func(rt *rapid.T) {
				s := draw(rt)
				write(rt, s, rapid.SampledFrom(append(chain{""}, s.repo.chain...)).Draw(rt, "parent"))
			},
			"push": func(rt *rapid.T) {
				s := draw(rt)
				err := s.Push(t.Context(), "origin", tenant)
				var race *record.RaceError
				var nothing *record.RemoteError
				switch {
				case len(s.repo.chain) == 0:
					if !errors.As(err, &nothing) {
						rt.Fatalf("nothing to push: %v", err)
					}
				case s.repo.chain.startsWith(remote):
					check(rt, err)
					remote = s.repo.chain
				case !errors.As(err, &race) || race.Found != remote.last() || race.Theirs == nil:
					rt.Fatalf("push of %v onto %v: %v", s.repo.chain, remote, err)
				}
			},
			"fetch": func(rt *rapid.T) {
				s := draw(rt)
				err := s.Fetch(t.Context(), "origin", tenant)
				var parted *record.DivergedError
				switch {
				case s.repo.chain.startsWith(remote):
					check(rt, err)
				case remote.startsWith(s.repo.chain):
					check(rt, err)
					s.repo.chain = remote
				case !errors.As(err, &parted) || parted.Ours.Hash != s.repo.chain.last() || parted.TheirHash != remote.last():
					rt.Fatalf("fetch of %v into %v: %v", remote, s.repo.chain, err)
				default:
					// As the error says.
					gittest.Run(rt, s.dir, "update-ref", "-d", ref)
					s.repo.chain = nil
				}
			},
			"clean": func(rt *rapid.T) {
				s := draw(rt)
				gittest.Run(rt, s.dir, "gc", "--quiet", "--prune=now")
			},
			"": func(rt *rapid.T) {
				for _, s := range sides {
					ds, err := s.History(t.Context(), tenant, 0)
					check(rt, err)
					want := slices.Clone(s.repo.chain)
					slices.Reverse(want)
					if len(ds) > 0 && ds[len(ds)-1].Cut && len(shallow) > 0 {
						want = want[:len(ds)]
					}
					var got chain
					for i, d := range ds {
						got = append(got, d.Hash)
						if d.Merge != "" || i+1 < len(ds) && d.Parent != ds[i+1].Hash {
							rt.Fatalf("the history isn't linear: %+v", ds)
						}
					}
					same(rt, "history", got, want)
					if len(ds) > 0 {
						d := ds[rapid.IntRange(0, len(ds)-1).Draw(rt, "which")]
						got, err := s.Files(t.Context(), d)
						check(rt, err)
						if !maps.EqualFunc(got, contents[d.Hash], func(a []byte, b string) bool { return string(a) == b }) {
							rt.Fatalf("%s has the files %q, want %q", d.Hash, got, contents[d.Hash])
						}
					}
				}
			},
		})
		for _, dir := range []string{origin, one, two} {
			gittest.Fsck(t, dir)
		}
	})
}
