package deploy

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// States are what is live and what will be live after a plan, as trees of specs, to compare
// what they do. Their files are nowhere else; an entity of the repository has the same path
// there as its spec.
type States struct {
	Before, After repo.Tree
	// Content says which of the files count: all.
	Content repo.Options
	// Left lists the live entities that no spec can express, and why.
	Left []string
}

// States returns both states of the last plan.
func (s *Session) States(p *sync.Plan) States {
	out := States{Content: RecordContent(s.o.Content)}
	// What is the same on both sides is written once.
	known := map[panther.Key]drafted{}
	paths := s.paths()
	after := p.Outcome(s.live)
	changed := map[panther.Key]bool{}
	for _, c := range p.Changes {
		changed[c.Key()] = true
	}
	left := map[string]bool{}
	draft := func(live sync.Live) repo.Tree {
		files, used := map[string][]byte{}, map[string]bool{}
		for i, key := range slices.SortedFunc(maps.Keys(live), panther.Key.Compare) {
			if !Runs(key.Kind) {
				continue
			}
			d, again := known[key]
			if !again || changed[key] {
				name := paths[key]
				if name == "" || used[stem(name)] {
					name = fmt.Sprintf("live/%d.yml", i)
				}
				d = drafted{stem: stem(name)}
				f, err := repo.DraftSpec(live[key], repo.NewSpecOptions{Path: name})
				if err != nil {
					left[key.String()+": "+err.Error()] = true
					continue
				}
				d.files = f.Files()
				known[key] = d
			}
			used[d.stem] = true
			maps.Copy(files, d.files)
		}
		return repo.Overlay{Files: files}
	}
	out.Before, out.After = draft(s.live), draft(after)
	out.Left = slices.Sorted(maps.Keys(left))
	return out
}

type drafted struct {
	stem  string
	files map[string][]byte
}

// stem is what the names of a spec and of its Python have in common.
func stem(name string) string { return name[:len(name)-len(path.Ext(name))] }

// paths are those of the repository's specs.
func (s *Session) paths() map[panther.Key]string {
	out := map[panther.Key]string{}
	for _, it := range s.repo.Items {
		if out[it.Key()] == "" {
			out[it.Key()] = it.Path
		}
	}
	return out
}

// Runs reports whether entities of a kind decide about events, or are used by what does.
func Runs(k panther.Kind) bool {
	return k.RunsTests() || k == panther.CorrelationRule || k == panther.Global || k == panther.DataModel
}
