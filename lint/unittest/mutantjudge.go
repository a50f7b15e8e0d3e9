package unittest

import (
	"time"

	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/pyrun"
)

// judge decides about the changes of a detection. Of those that no test notices, only the
// ones are reported that no other one explains, and one of each place.
func (m *mutated) judge() {
	all := m.file.Mutants
	survived := make([]bool, len(all))
	for i, o := range m.outcomes {
		survived[i] = o.By == "" && !o.Invalid
	}
	hidden := pymutate.Hidden(m.file.Groups, func(n int) bool { return survived[n] })
	first := map[int]*Mutant{} // of a site, what was reported
	var out []*Mutant
	for i := range all {
		o := m.outcomes[i]
		if o.Invalid || survived[i] && all[i].Group >= 0 && hidden[all[i].Group] {
			continue
		}
		k := &Mutant{Mutant: all[i], Status: Noticed, By: o.By}
		if (o.By == pyrun.ByValue || o.By == pyrun.ByError) && o.Test < len(m.results) {
			k.Test = m.results[o.Test].Name
		}
		if survived[i] {
			k.Status = Undecided
			if c := o.Catch; c != nil && c.Test < len(m.results) {
				t := &m.results[c.Test]
				k.Status, k.Catch = Survived, &CatchingTest{Base: t.Name, Line: t.Line, Expected: c.Returns, Set: c.Set}
			}
		}
		if k.Kind == pymutate.Value && survived[i] {
			k.Values = []string{k.Code}
		}
		was := first[k.Site]
		if was == nil || !survived[i] || was.Status == Noticed {
			if survived[i] && (was == nil || was.Status == Noticed) {
				first[k.Site] = k
			}
			out = append(out, k)
			continue
		}
		// Another one of this place.
		if k.Kind == pymutate.Value {
			was.Values = append(was.Values, k.Code)
		} else {
			was.Both = true
		}
		if was.Status == Undecided && k.Status == Survived {
			was.Status, was.Catch = Survived, k.Catch
		}
	}
	for _, k := range out {
		m.out.Mutants = append(m.out.Mutants, *k)
	}
}

// accept applies the comments that accept changes.
func (m *mutated) accept(now time.Time, out *MutationResult) {
	if len(m.file.Accepts) == 0 {
		return
	}
	at := map[int][]*Mutant{} // by the lines that they listen to, and all by 0
	for i := range m.out.Mutants {
		if k := &m.out.Mutants[i]; k.Status != Noticed {
			for _, n := range append([]int{0}, k.Listens...) {
				at[n] = append(at[n], k)
			}
		}
	}
	for _, a := range m.file.Accepts {
		message := ""
		switch list := at[a.Line]; {
		case a.Expired(now):
			message = "the comment accepted changes only until " + a.Until.Format(time.DateOnly)
		case len(list) == 0:
			message = "the comment accepts no change: tests notice all changes of that line; remove it"
		default:
			for _, k := range list {
				k.Status, k.Reason = Accepted, a.Reason
			}
			if a.Line == 0 {
				at[0] = at[0][:1] // another comment for the file changes nothing more
			}
		}
		if message != "" {
			out.Unused = append(out.Unused, UnusedAccept{m.out.Path, a.Written, message})
		}
	}
}
