package coverage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/repo"
)

// Trend is how the coverage differs from that of an earlier state of the repository.
// Both are computed with the same version of ATT&CK and the same filter.
type Trend struct {
	// Since is the revision as it was given, and Revision its commit.
	Since    string `json:"since"`
	Revision string `json:"revision"`
	// Before has the totals of the earlier state.
	Before Summary `json:"before"`
	// Gained and Lost are the techniques and sub-techniques that are covered in one
	// state only, sorted by id.
	Gained []Step `json:"gained"`
	Lost   []Step `json:"lost"`
	// Tactics are the numbers of covered techniques in the earlier state, by tactic id.
	Tactics map[string]int `json:"tactics"`
	// Unread lists files of the earlier state that can't be read, and so count for
	// nothing.
	Unread []string `json:"unread"`
}

// Step is a technique or sub-technique that is covered in one of two states.
type Step struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Tactics are the ids of the tactics under which it is covered in that state, sorted.
	Tactics []string `json:"tactics"`
	// Detections are the ids of the enabled detections that cover it in that state.
	Detections []string `json:"detections"`
}

// Techniques returns how many of some steps are techniques, and how many are
// sub-techniques.
func Techniques(steps []Step) (techniques, subs int) {
	for _, s := range steps {
		if strings.Contains(s.ID, ".") {
			subs++
		} else {
			techniques++
		}
	}
	return techniques, subs
}

// Compared computes the coverage of a repository, and how it differs from that of an
// earlier state. since names that state. A log type of the filter may be in either.
func Compared(now, before *repo.Repo, since string, f Filter) (*Report, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	is, isNotes := detections(now)
	was, wasNotes := detections(before)
	if err := matched(slices.Concat(is, was), f.LogTypes); err != nil {
		return nil, err
	}
	out, old := of(now, f, is, isNotes), of(before, f, was, wasNotes)
	t := &Trend{Since: since, Revision: before.RevisionText(), Before: old.Summary, Tactics: map[string]int{}, Unread: []string{}}
	for _, tactic := range old.Tactics {
		t.Tactics[tactic.ID] = tactic.Covered
	}
	a, b := coveredBy(old.Detections), coveredBy(out.Detections)
	t.Gained, t.Lost = steps(b, a), steps(a, b)
	t.Unread = append(t.Unread, before.Unread...)
	slices.Sort(t.Unread)
	out.Trend = t
	return out, nil
}

// coveredBy returns what covers each technique, which has the detections of its
// sub-techniques too, and each sub-technique: a Step by id, with sorted lists.
func coveredBy(ds []*Detection) map[string]*Step {
	out := map[string]*Step{}
	add := func(id, tactic, detection string) {
		if out[id] == nil {
			x, _ := attack.TechniqueByID(id)
			out[id] = &Step{ID: id, Name: cmp.Or(x.Name, id)}
		}
		out[id].Tactics, out[id].Detections = append(out[id].Tactics, tactic), append(out[id].Detections, detection)
	}
	for _, d := range ds {
		if !d.Enabled {
			continue
		}
		for _, text := range d.Mappings {
			tactic, technique, _ := strings.Cut(text, ":")
			add(technique, tactic, d.ID)
			if parent, _, sub := strings.Cut(technique, "."); sub {
				add(parent, tactic, d.ID)
			}
		}
	}
	for _, s := range out {
		slices.Sort(s.Tactics)
		slices.Sort(s.Detections)
		s.Tactics, s.Detections = slices.Compact(s.Tactics), slices.Compact(s.Detections)
	}
	return out
}

// steps returns what is in one state and not in the other.
func steps(in, notIn map[string]*Step) []Step {
	out := []Step{}
	for id, s := range in {
		if notIn[id] == nil {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b Step) int { return strings.Compare(a.ID, b.ID) })
	return out
}
