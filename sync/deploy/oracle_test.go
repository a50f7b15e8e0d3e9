package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"pgregory.net/rapid"
)

// expected writes down, from what the three sides hold and by the rules of the
// contract alone, what a plan has to say: a line for each thing it does, keeps
// or finds gone.
func expected(only sync.Filter, policies sync.Policies, want wanted, live sync.Live, was recordedState) []string {
	var out []string
	keys := map[panther.Key]bool{}
	for k := range want.entities {
		keys[k] = true
	}
	for k := range live {
		keys[k] = true
	}
	for k := range was.entities {
		keys[k] = true
	}
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	verb := func(cause sync.Cause, do string) string {
		switch {
		case (cause == sync.CauseDrift || cause == sync.CauseAdopt) && policies.OnDrift == sync.Keep, cause == sync.CauseConflict && policies.OnConflict == sync.Keep:
			return "keep " + do
		}
		return do
	}
	// A detection and one of another type with its id are one: naming either takes
	// both, and what is in the way of a wanted one is replaced by it.
	here := func(k panther.Key) bool { return keys[k] || want.meant[k] }
	inWay := map[panther.Key]panther.Key{}
	for key := range want.entities {
		if _, isLive := live[key]; isLive || !matches(only, here, key) {
			continue
		}
		for _, other := range key.Siblings() {
			if _, isLive := live[other]; isLive && !want.meant[other] {
				inWay[key] = other
			}
		}
	}
	replaced := map[panther.Key]bool{}
	for _, other := range inWay {
		replaced[other] = true
	}
	for key := range keys {
		if !matches(only, here, key) || replaced[key] {
			continue
		}
		w, isWanted := want.entities[key]
		l, isLive := live[key]
		b, deployed := was.entities[key]
		// left reports whether a field is Panther's own affair.
		left := func(f panther.Field, e panther.Entity) bool {
			_, owned := e.Fields[f.Name]
			return f.KeepsLive && !owned || isLive && !l.Shows(f) || policies.UnmanagedFields.Match(key, f.Name)
		}
		other, blocked := inWay[key]
		switch {
		case isWanted && blocked:
			cause := sync.CauseAdopt
			o, had := was.entities[other]
			switch {
			case was.Deployment == nil:
				cause = ""
			case deployed:
				cause = sync.CauseDrift
				for _, f := range key.Kind.Fields() {
					if _, owned := w.Fields[f.Name]; (owned || !f.KeepsLive) && !policies.UnmanagedFields.Match(key, f.Name) && !f.Equal(w.Fields[f.Name], b.Fields[f.Name]) {
						cause = sync.CauseConflict
					}
				}
			case had:
				cause = sync.CauseCommit
				for _, f := range other.Kind.Fields() {
					_, owned := o.Fields[f.Name]
					if (owned || !f.KeepsLive) && live[other].Shows(f) && !policies.UnmanagedFields.Match(other, f.Name) && !f.Equal(o.Fields[f.Name], live[other].Fields[f.Name]) {
						cause = sync.CauseConflict
					}
				}
			}
			if live[other].Managed || cause == sync.CauseAdopt || cause == "" {
				say("keep replace %s %s", key, cause) // nothing proves that it may go
			} else {
				say("%s %s %s", verb(cause, "replace"), key, cause)
			}
		case isWanted && !isLive:
			cause := sync.Cause("")
			switch {
			case was.Deployment == nil:
			case !deployed:
				cause = sync.CauseCommit
			default:
				cause = sync.CauseDrift
				for _, f := range key.Kind.Fields() {
					if !left(f, w) && !f.Equal(w.Fields[f.Name], b.Fields[f.Name]) {
						cause = sync.CauseConflict
					}
				}
			}
			say("%s %s %s", verb(cause, "create"), key, cause)
		case isWanted:
			for _, f := range key.Kind.Fields() {
				if left(f, w) || f.Equal(w.Fields[f.Name], l.Fields[f.Name]) {
					continue
				}
				cause := sync.CauseConflict
				_, owned := b.Fields[f.Name]
				switch {
				case was.Deployment == nil:
					cause = ""
				case !deployed:
					cause = sync.CauseAdopt
				case f.KeepsLive && !owned, f.Equal(b.Fields[f.Name], l.Fields[f.Name]):
					cause = sync.CauseCommit
				case f.Equal(b.Fields[f.Name], w.Fields[f.Name]):
					cause = sync.CauseDrift
				}
				say("%s %s %s %s", verb(cause, "update"), key, f.Name, cause)
			}
		case want.named[key] || !deployed || want.blind || want.empty:
		case !isLive:
			say("gone %s", key)
		case want.skipped[key]: // it is still in the repository, so the plan stops
		default:
			cause := sync.CauseCommit
			for _, f := range key.Kind.Fields() {
				if !left(f, b) && !f.Equal(b.Fields[f.Name], l.Fields[f.Name]) {
					cause = sync.CauseConflict
				}
			}
			if l.Managed {
				say("keep delete %s %s", key, cause)
			} else {
				say("%s %s %s", verb(cause, "delete"), key, cause)
			}
		}
	}
	slices.Sort(out)
	return out
}

// matches reports whether a plan that is limited includes a key.
func matches(only sync.Filter, here func(panther.Key) bool, k panther.Key) bool {
	return only.MatchKey(k) || slices.ContainsFunc(k.Siblings(), func(o panther.Key) bool { return only.MatchKey(o) && here(o) })
}

// shown writes a plan in the same lines.
func shown(p *sync.Plan) []string {
	var out []string
	for prefix, list := range map[string][]sync.Change{"": p.Changes, "keep ": p.Kept} {
		for _, c := range list {
			if c.Action != sync.Update {
				out = append(out, fmt.Sprintf("%s%s %s %s", prefix, c.Action, c.Key(), c.Cause))
				continue
			}
			for _, f := range c.Fields {
				out = append(out, fmt.Sprintf("%s%s %s %s %s", prefix, c.Action, c.Key(), f.Name, f.Cause))
			}
		}
	}
	for _, key := range p.Gone {
		out = append(out, "gone "+key)
	}
	slices.Sort(out)
	return out
}

// planIsRight compares a plan with the oracle, and its values against what is
// live and wanted.
func (m *machine) planIsRight(rt *rapid.T, p *sync.Plan, only sync.Filter, want wanted, live sync.Live, was recordedState) {
	// The oracle knows only the record.
	late := lateValues(p)
	others := func(lines []string) []string {
		return slices.DeleteFunc(lines, func(l string) bool {
			return slices.ContainsFunc(strings.Fields(l), func(word string) bool { return late[word] })
		})
	}
	if diff := cmp.Diff(others(expected(only, p.Policies, want, live, was)), others(shown(p))); diff != "" {
		rt.Fatalf("the plan isn't what the three sides say (-expected +plan):\n%s", diff)
	}
	stops := false
	for _, c := range p.Changes {
		before, deployed := c.Key(), c.Key()
		if old, ok := c.Replaced(); ok {
			before = old
			if _, had := was.entities[deployed]; !had {
				deployed = old
			}
		}
		for _, f := range c.Fields {
			field, known := c.Kind.Field(f.Name)
			if !known {
				field, _ = before.Kind.Field(f.Name)
			}
			if c.Action != sync.Create && !field.Equal(f.Before, live[before].Fields[f.Name]) {
				rt.Fatalf("the plan says that %s of %s is %v, and it is %v", f.Name, c.Key(), f.Before, live[before].Fields[f.Name])
			}
			if f.Carried && !field.Equal(f.After, f.Before) {
				rt.Fatalf("the plan carries over %s of %s as %v, and it is %v", f.Name, c.Key(), f.After, f.Before)
			}
			if c.Action != sync.Delete && !f.Carried && !field.Equal(f.After, want.entities[c.Key()].Fields[f.Name]) {
				rt.Fatalf("the plan says that %s of %s will be %v, and wanted is %v", f.Name, c.Key(), f.After, want.entities[c.Key()].Fields[f.Name])
			}
			if p.Base != nil && !late[c.Key().String()] && !field.Equal(f.Deployed, was.entities[deployed].Fields[f.Name]) {
				rt.Fatalf("the plan says that %s of %s was deployed as %v, and it was %v", f.Name, c.Key(), f.Deployed, was.entities[deployed].Fields[f.Name])
			}
			stops = stops || fails(f.Cause, p.Policies)
		}
		stops = stops || fails(c.Cause, p.Policies)
	}
	here := func(k panther.Key) bool {
		_, isLive := live[k]
		_, had := was.entities[k]
		return isLive || had || want.meant[k]
	}
	for key := range want.faulty {
		stops = stops || matches(only, here, key)
	}
	for key := range was.entities {
		_, isLive := live[key]
		// Content with its id and another type replaces it.
		taken := slices.ContainsFunc(key.Siblings(), func(o panther.Key) bool { _, is := want.entities[o]; return is })
		stops = stops || want.skipped[key] && isLive && !taken && matches(only, here, key)
	}
	stops = stops || want.blind && len(only) == 0
	if stops != (len(p.Errors()) > 0) {
		rt.Fatalf("the plan stops: %v, and it has to: %v\n%v\n%v", len(p.Errors()) > 0, stops, shown(p), p.Diagnostics)
	}
}

// lateValues returns the entities with values that count as deployed though the record
// has others: a commit since the last deployment wanted them, or an apply that could not
// say what it did.
func lateValues(p *sync.Plan) map[string]bool {
	out := map[string]bool{}
	for _, d := range p.Diagnostics {
		if strings.Contains(d.Message, "counts as deployed and not as console edits") || strings.Contains(d.Message, "count as deployed and not as console edits") {
			for word := range strings.FieldsFuncSeq(d.Message, func(r rune) bool { return r == ' ' || r == ',' }) {
				if strings.Contains(word, "/") {
					out[word] = true
				}
			}
		}
	}
	for _, c := range p.Changes {
		if old, ok := c.Replaced(); ok && out[old.String()] {
			out[c.Key().String()] = true
		}
	}
	return out
}

func fails(c sync.Cause, p sync.Policies) bool {
	return (c == sync.CauseDrift || c == sync.CauseAdopt) && p.OnDrift == sync.Fail || c == sync.CauseConflict && p.OnConflict == sync.Fail
}

// carryOut applies a plan and asks whether what happened is what it said. Of
// a saved plan it gets what was live when it was made, else nil.
func (m *machine) carryOut(rt *rapid.T, s *deploy.Session, p *sync.Plan, o run, then sync.Live) (sync.Live, *sync.Result) {
	live, was := m.live(rt), m.record(rt)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	m.begin(rt, &o.trouble, p, live, stop)
	opts := sync.ApplyOptions{Parallelism: 1, HoldDeletes: !o.deletes, FirstWait: time.Microsecond}
	var r *sync.Result
	if o.crash {
		m.forgetIntents(rt, s)
		r = sync.Apply(ctx, m.client, p, opts)
	} else {
		r = s.Apply(ctx, m.client, p, deploy.ApplyOptions{ApplyOptions: opts, UndoOnFailure: o.undo})
		if r.Record == nil || r.Record.Problem != "" {
			rt.Fatalf("the deployment isn't recorded: %+v", r.Record)
		}
	}
	after, is := m.live(rt), m.record(rt)
	m.onlyWhatWasPlanned(rt, p, o, live, after)
	m.oneOfTheTwo(rt, p, r, o, live, after)
	if o.meddled {
		if f, _ := o.edited.Kind.Field(o.field); !f.Equal(after[o.edited].Fields[o.field], o.value) {
			rt.Fatalf("an edit of %s of %s in the console while the apply ran is lost: it was %v and is %v", o.field, o.edited, o.value, after[o.edited].Fields[o.field])
		}
	}
	m.recordIsRight(rt, p, r, o, then, after, was, is)
	m.loosen(live, after)
	if o.meddled {
		// After its write, the edit may have put back what was live before.
		m.loose[o.edited.String()+" "+o.field] = true
	}
	m.tighten(is, after)
	return after, r
}

// forgetIntents deletes what earlier applies were about to write. An apply that stores
// no intent is that of a clone which has none of the others either. With them, what it
// creates would count as what an earlier one was about to create.
func (m *machine) forgetIntents(rt *rapid.T, s *deploy.Session) {
	stored, err := s.Store().Intents(context.Background(), "test")
	check(rt, err)
	for _, one := range stored {
		check(rt, s.Store().DropIntents(context.Background(), "", "test", one.Hash))
	}
}

// oneOfTheTwo: of a replaced entity and of what replaces it one is live, unless the
// result hands over a copy of the old one.
func (m *machine) oneOfTheTwo(rt *rapid.T, p *sync.Plan, r *sync.Result, o run, before, after sync.Live) {
	lost := map[panther.Key]bool{}
	for _, result := range []*sync.Result{r, r.Undo} {
		if result == nil {
			continue
		}
		for _, c := range result.Changes {
			if c.Lost != nil {
				lost[panther.Key{Kind: c.Lost.Kind, ID: c.Lost.ID}] = true
			}
		}
	}
	for _, c := range p.Changes {
		old, ok := c.Replaced()
		if !ok {
			continue
		}
		_, was := before[old]
		_, stays := after[old]
		_, is := after[c.Key()]
		if was && !stays && !is && !lost[old] && !lost[c.Key()] && !(o.meddled && o.edited == old) {
			rt.Fatalf("%s was to replace %s, and neither is live: %+v", c.Key(), old, r.Changes)
		}
		if stays && is {
			rt.Fatalf("%s and %s are live", c.Key(), old)
		}
	}
}

// onlyWhatWasPlanned: each difference that an apply made is in its plan, and
// what it wrote over was what the plan said.
func (m *machine) onlyWhatWasPlanned(rt *rapid.T, p *sync.Plan, o run, before, after sync.Live) {
	changes := map[panther.Key]sync.Change{}
	for _, c := range p.Changes {
		if old, ok := c.Replaced(); ok {
			gone := c
			gone.Kind, gone.Action = old.Kind, sync.Delete
			changes[old] = gone
			if c.Action = sync.Create; !o.deletes {
				continue // it must not happen
			}
		}
		changes[c.Key()] = c
	}
	for key := range both(before, after) {
		b, was := before[key]
		a, is := after[key]
		c, planned := changes[key]
		if o.meddled && key == o.edited {
			continue
		}
		switch {
		case was && is && b.Fingerprint() == a.Fingerprint():
			if !maps.EqualFunc(b.Extra, a.Extra, func(x, y json.RawMessage) bool { return string(x) == string(y) }) {
				rt.Fatalf("unknown fields of %s went from %s to %s", key, b.Extra, a.Extra)
			}
			continue
		case !planned:
			rt.Fatalf("%s changed, and no plan says so", key)
		case c.Action != sync.Create && b.Fingerprint() != c.LiveFingerprint:
			rt.Fatalf("%s differed from the plan but was changed anyway", key)
		case c.Action == sync.Create && was, c.Action != sync.Create && !was, c.Action == sync.Delete && is, c.Action == sync.Delete && !o.deletes:
			rt.Fatalf("%s was to be %sd, and was there before: %v, and after: %v", key, c.Action, was, is)
		}
		if c.Action != sync.Update {
			continue
		}
		if _, kept := b.Extra["fromTheFuture"]; kept && string(a.Extra["fromTheFuture"]) != string(b.Extra["fromTheFuture"]) {
			rt.Fatalf("an unknown field of %s is lost", key)
		}
		planned1 := map[string]sync.FieldChange{}
		for _, f := range c.Fields {
			planned1[f.Name] = f
		}
		for _, f := range key.Kind.Fields() {
			fc, ok := planned1[f.Name]
			switch v := a.Fields[f.Name]; {
			case f.Equal(b.Fields[f.Name], v):
			case !ok:
				rt.Fatalf("%s of %s went from %v to %v, and the plan doesn't say so", f.Name, key, b.Fields[f.Name], v)
			case !f.Equal(fc.After, v):
				rt.Fatalf("%s of %s became %v, and the plan said %v", f.Name, key, v, fc.After)
			}
		}
	}
}

func both[V, W any](a map[panther.Key]V, b map[panther.Key]W) map[panther.Key]bool {
	out := map[panther.Key]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// recordIsRight: what a record adds is live, what it drops is no longer live,
// and what the apply did is in it.
func (m *machine) recordIsRight(rt *rapid.T, p *sync.Plan, r *sync.Result, o run, then, after sync.Live, was, is recordedState) {
	if o.crash {
		if was.Deployment != nil && (is.Deployment == nil || is.Hash != was.Hash) {
			rt.Fatalf("a record was written by nobody")
		}
		return
	}
	if is.Deployment != nil && (was.Deployment == nil || was.Hash != is.Hash) {
		parent := ""
		if was.Deployment != nil {
			parent = was.Hash
		}
		if is.Parent != parent || is.Merge != "" {
			rt.Fatalf("record %s follows %q and not %q", is.Hash, is.Parent, parent)
		}
	}
	for key := range both(was.entities, is.entities) {
		old, had := was.entities[key]
		e, has := is.entities[key]
		a, live := after[key]
		if o.meddled && key == o.edited {
			continue
		}
		if !has {
			// What a plan found gone and somebody recreated since is theirs.
			if live && !(then != nil && slices.Contains(p.Gone, key.String())) {
				rt.Fatalf("the record forgot %s, which is live", key)
			}
			continue
		}
		for _, f := range key.Kind.Fields() {
			v, owned := e.Fields[f.Name]
			before, ownedBefore := old.Fields[f.Name]
			if f.KeepsLive && !owned || m.unmanaged.Match(key, f.Name) || had && (ownedBefore || !f.KeepsLive) && f.Equal(v, before) {
				continue
			}
			// What a plan found to be as it is wanted was so then.
			if t, ok := then[key]; ok && f.Equal(v, t.Fields[f.Name]) {
				continue
			}
			if !live || !f.Equal(v, a.Fields[f.Name]) {
				rt.Fatalf("the record runs ahead: it says that %s of %s is %v, and it is %v (before it said %v)", f.Name, key, v, a.Fields[f.Name], before)
			}
		}
	}
	if then != nil {
		return // its files may be others by now
	}
	kept := map[string]bool{}
	for _, c := range p.Kept {
		for _, f := range c.Fields {
			kept[c.Key().String()+" "+f.Name] = true
		}
	}
	for _, c := range r.Changes {
		key := c.Key()
		e, has := is.entities[key]
		if old, ok := c.Replaced(); ok && c.Outcome == sync.Done && !r.Undone(key) && !lost(r, key) && !(o.meddled && old == o.edited) {
			if _, has := is.entities[old]; has {
				rt.Fatalf("%s was replaced, and the record holds it", old)
			}
		}
		switch {
		case c.Outcome != sync.Done && c.Outcome != sync.Already || r.Undone(key) || lost(r, key) || o.meddled && key == o.edited:
		case c.Action == sync.Delete && has:
			rt.Fatalf("%s was deleted, and the record holds it", key)
		case c.Action == sync.Delete:
		case !has:
			rt.Fatalf("%s was deployed (%s), and the record doesn't hold it", key, c.Outcome)
		default:
			for _, f := range key.Kind.Fields() {
				v, owned := e.Fields[f.Name]
				if f.KeepsLive && !owned || m.unmanaged.Match(key, f.Name) || kept[key.String()+" "+f.Name] {
					continue
				}
				if !f.Equal(v, after[key].Fields[f.Name]) {
					rt.Fatalf("%s of %s was deployed as %v, and the record says %v", f.Name, key, after[key].Fields[f.Name], v)
				}
			}
		}
	}
}

// lost reports whether an undo deleted an entity and could create neither it nor
// what it had replaced. The record keeps the old one, so that drift shows it.
func lost(r *sync.Result, k panther.Key) bool {
	return r.Undo != nil && slices.ContainsFunc(r.Undo.Changes, func(c sync.ChangeResult) bool {
		return c.Lost != nil && c.Lost.Kind == k.Kind && c.Lost.ID == k.ID
	})
}

// nothingIsLeft: after an apply of everything that went well, there is nothing to
// plan, nothing has drifted, and the record holds just what the source does.
func (m *machine) nothingIsLeft(rt *rapid.T, src deploy.Source, want wanted, live sync.Live, o run) {
	p, err := m.session(rt, nil).Plan(context.Background(), m.client, deploy.PlanOptions{Source: src, Policies: o.policies})
	check(rt, err)
	unproven := map[panther.Key]bool{}
	for _, c := range p.Kept {
		if old, ok := c.Replaced(); ok {
			// Others made it, or packs maintain it, so it stays.
			_, had := m.record(rt).entities[old]
			_, ours := m.record(rt).entities[c.Key()]
			if unproven[c.Key()] = true; (had || ours) && !live[old].Managed {
				rt.Fatalf("%s is not replaced by %s after an apply of everything", old, c.Key())
			}
			continue
		}
		if !live[c.Key()].Managed {
			rt.Fatalf("%s is kept after an apply of everything", c.Key())
		}
	}
	if !p.Empty() || len(p.Gone) > 0 {
		rt.Fatalf("after an apply of everything the plan holds %v", shown(p))
	}
	is := m.record(rt)
	d, err := m.session(rt, nil).Drift(context.Background(), m.client, deploy.DriftOptions{Policies: sync.Policies{UnmanagedFields: m.unmanaged}})
	check(rt, err)
	for _, e := range d.Entities {
		_, ours := want.entities[e.Key()]
		if e.State == sync.DriftUnmanaged && !ours {
			continue
		}
		if is.Deployment == nil && !ours {
			continue // without a record the working tree counts, not the source
		}
		if unproven[e.Key()] || live[e.Key()].Managed && !want.named[e.Key()] || live[panther.Key{Kind: e.LiveKind, ID: e.ID}].Managed {
			continue // what a pack took over is never deleted
		}
		if _, held := is.entities[e.Key()]; held && want.named[e.Key()] && !ours {
			continue // its Status keeps it from being deployed
		}
		rt.Fatalf("after an apply of everything %s is drift (%s): %+v", e.Key(), e.State, e.Fields)
	}
	for key := range both(want.entities, is.entities) {
		_, ours := want.entities[key]
		_, has := is.entities[key]
		if ours && !has && !unproven[key] {
			rt.Fatalf("the record lacks %s", key)
		}
		if has && !ours && !want.named[key] && !live[key].Managed {
			rt.Fatalf("the record still holds %s", key)
		}
	}
}

// loosen notes which fields changed in Panther.
func (m *machine) loosen(before, after sync.Live) {
	for key := range both(before, after) {
		b, was := before[key]
		a, is := after[key]
		for _, f := range key.Kind.Fields() {
			if was != is || !f.Equal(b.Fields[f.Name], a.Fields[f.Name]) {
				m.loose[key.String()+" "+f.Name] = true
			}
		}
	}
}

// tighten takes off the fields that the record holds as they are.
func (m *machine) tighten(is recordedState, live sync.Live) {
	for key, e := range is.entities {
		l, there := live[key]
		for _, f := range key.Kind.Fields() {
			if there && f.Equal(e.Fields[f.Name], l.Fields[f.Name]) {
				delete(m.loose, key.String()+" "+f.Name)
			}
		}
	}
}

// holds is asked after each step: the record can be read, all of it, and Panther
// holds what it says, but where it changed since.
func (m *machine) holds(rt *rapid.T) {
	is := m.record(rt)
	if is.Deployment == nil {
		return
	}
	live := m.live(rt)
	var wrong []string
	for key, e := range is.entities {
		for _, f := range key.Kind.Fields() {
			v, owned := e.Fields[f.Name]
			name := key.String() + " " + f.Name
			if f.KeepsLive && !owned || m.unmanaged.Match(key, f.Name) || m.loose[name] || f.Equal(v, live[key].Fields[f.Name]) {
				continue
			}
			wrong = append(wrong, fmt.Sprintf("%s is recorded as %v and is %v", name, v, live[key].Fields[f.Name]))
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		rt.Fatalf("the record isn't what is live, and nobody changed it:\n%s", strings.Join(wrong, "\n"))
	}
}
