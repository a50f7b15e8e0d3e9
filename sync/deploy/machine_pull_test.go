package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// hasBody reports whether a kind's specs name a Python file.
func hasBody(k panther.Kind) bool {
	_, ok := k.Field("body")
	return ok && k != panther.SimpleRule
}

// body returns the path of a spec's Python file, "" where it has none.
func (s spec) body(at string) string {
	if !hasBody(s.kind) || s.file == "" {
		return ""
	}
	return path.Join(path.Dir(at), s.file)
}

// parseSpec reads what pdac wrote back into the few fields that the machine
// turns. The text itself stays what pdac made of it until somebody edits it.
func parseSpec(t fatal, text string) spec {
	var in map[string]any
	check(t, yaml.Unmarshal([]byte(text), &in))
	get := func(key string) string {
		switch v := in[key].(type) {
		case nil:
			return ""
		case string:
			return v
		case bool:
			return strconv.FormatBool(v)
		default:
			b, err := json.Marshal(v) // which is YAML, too
			check(t, err)
			return string(b)
		}
	}
	kinds := map[string]panther.Kind{"rule": panther.Rule, "scheduled_query": panther.Query, "saved_query": panther.Query}
	kind := panther.Kind(get("AnalysisType"))
	if k, ok := kinds[string(kind)]; ok {
		kind = k
	}
	if in["Detection"] != nil {
		kind = panther.SimpleRule
	}
	return spec{
		kind: kind, id: get(kind.SpecIDKey()), file: or(get("Filename"), bodyNames[0]), severity: get("Severity"), description: get("Description"), tags: get("Tags"),
		enabled: get("Enabled"), filters: get("InlineFilters"), alert: get("CreateAlert"), status: get("Status"), raw: text,
	}
}

// disk reads the working tree, to the byte. A journal leaves the .gitignore of pdac's
// own folder, and nothing else.
func (m *machine) disk(t fatal) synth.Files {
	out := synth.Files{}
	check(t, filepath.WalkDir(m.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(m.dir, p)
		if err != nil || rel == filepath.Join(".pdac", ".gitignore") {
			return err
		}
		text, err := os.ReadFile(p)
		out[filepath.ToSlash(rel)] = string(text)
		return err
	}))
	return out
}

// takeOver makes the machine's own picture that of the working tree.
func (m *machine) takeOver(t fatal, files synth.Files) {
	for p, text := range files {
		switch {
		case m.files[p] == text:
		case path.Ext(p) == ".py":
			m.bodies[p] = text
		default:
			m.specs[p] = parseSpec(t, text)
		}
	}
	for p := range m.files {
		if _, stays := files[p]; !stays {
			delete(m.specs, p)
			delete(m.bodies, p)
		}
	}
	m.files = files
}

// pull pulls, and asks whether the files say what is live, and nothing else has
// changed.
func (m *machine) pull(rt *rapid.T) {
	for range rapid.IntRange(0, 2).Draw(rt, "edits before") {
		if len(m.liveSpecs(rt)) > 0 && rapid.Bool().Draw(rt, "here too") {
			m.editBoth(rt)
		} else if len(m.live(rt)) > 0 {
			m.consoleEdit(rt)
		}
	}
	names := m.drawOnly(rt)
	only, err := sync.ParseFilter(names)
	check(rt, err)
	o := deploy.PullOptions{
		Only: only, Policies: sync.Policies{UnmanagedFields: m.unmanaged},
		Adopt: rapid.Bool().Draw(rt, "adopt"), TakeConflicts: rapid.Bool().Draw(rt, "take conflicts"),
	}
	force := false
	switch pick(rt, "uncommitted work", []string{"commit", "leave", "force"}) {
	case "commit":
		m.commit(rt)
	case "force":
		force = true
	}
	live, was, want := m.live(rt), m.record(rt), m.wants(rt, m.files, m.content())
	keep := deploy.PlanOptions{Only: only, Policies: sync.Policies{OnDrift: sync.Keep, OnConflict: sync.Keep, UnmanagedFields: m.unmanaged}}
	p, err := m.session(rt, nil).Plan(context.Background(), m.client, keep)
	check(rt, err)
	m.planIsRight(rt, p, only, want, live, was)

	s := m.session(rt, nil)
	if rapid.IntRange(0, 9).Draw(rt, "Panther fails") == 9 {
		_, err := m.server.Faults().Add(sandbox.Fault{Match: "GET *", Skip: rapid.IntRange(0, 4).Draw(rt, "skip"), Status: http.StatusUnauthorized, Times: 1})
		check(rt, err)
		got, err := s.Pull(context.Background(), m.client, o)
		m.server.Faults().Clear()
		if err == nil && names == nil { // else that kind may not have been asked for
			rt.Fatalf("Panther failed, and the pull gave %+v", got.Entities)
		}
		if diff := cmp.Diff(m.files, m.disk(rt)); diff != "" {
			rt.Fatalf("the pull failed, and files changed:\n%s", diff)
		}
		return
	}
	got, err := s.Pull(context.Background(), m.client, o)
	check(rt, err)
	m.pulledAsPlanned(rt, p, got, o, want, live)
	if diff := cmp.Diff(m.files, m.disk(rt)); diff != "" {
		rt.Fatalf("files changed before the pull was written:\n%s", diff)
	}
	if !m.written(rt, s, got, force) {
		return
	}
	after := m.wants(rt, m.files, m.content())
	m.filesSayWhatIsLive(rt, got, want, after, live)

	p, err = m.session(rt, nil).Plan(context.Background(), m.client, keep)
	check(rt, err)
	m.planIsRight(rt, p, only, after, live, was)
	clean := got.Count(deploy.PullConflict)+got.Count(deploy.PullFailed) == 0
	if want.empty && !after.empty {
		// Of a repository without specs nothing counts as removed, until it has one.
		clean = false
	}
	m.nothingOfIt(rt, p, got, clean, o, live)
	if clean && names == nil && rapid.Bool().Draw(rt, "apply then") {
		// Nothing is drift any more, so nothing stops the apply, which ends with
		// nothing left.
		m.deploy(rt, run{policies: sync.Policies{OnDrift: sync.Fail, OnConflict: sync.Fail, UnmanagedFields: m.unmanaged}, deletes: true})
	}
}

// pulledAsPlanned: what a pull takes over is what a plan that keeps it would
// keep, all of it, and of what is in conflict only what was asked for.
func (m *machine) pulledAsPlanned(rt *rapid.T, p *sync.Plan, got *deploy.Pull, o deploy.PullOptions, files wanted, live sync.Live) {
	var want, is []string
	say := func(list *[]string, what deploy.PullState, key panther.Key, fields ...string) {
		if len(fields) == 0 {
			*list = append(*list, fmt.Sprintf("%s %s", what, key))
		}
		for _, f := range fields {
			*list = append(*list, fmt.Sprintf("%s %s %s", what, key, f))
		}
	}
	changes := p.Kept
	if p.Base == nil {
		changes = slices.Clone(p.Changes)
		for _, c := range p.Kept {
			if c.Action == sync.Replace {
				changes = append(changes, c)
			}
		}
	}
	for _, c := range changes {
		old, replaces := c.Replaced()
		switch {
		case replaces && live[old].Managed:
		case replaces:
			say(&want, deploy.PullConflict, c.Key())
		case c.Action == sync.Delete && (c.Cause != sync.CauseConflict || live[c.Key()].Managed):
		case c.Action == sync.Create && p.Base == nil:
		case c.Action == sync.Delete, c.Action == sync.Create && c.Cause == sync.CauseConflict && !o.TakeConflicts:
			say(&want, deploy.PullConflict, c.Key())
		case c.Action == sync.Create:
			say(&want, deploy.PullDeleted, c.Key())
		default:
			for _, f := range c.Fields {
				what := deploy.PullEdited
				if f.Cause == sync.CauseConflict && !o.TakeConflicts {
					what = deploy.PullConflict
				}
				say(&want, what, c.Key(), f.Name)
			}
		}
	}
	for _, u := range p.Unmanaged {
		if key := (panther.Key{Kind: u.Kind, ID: u.ID}); o.Adopt && !u.Managed {
			say(&want, deploy.PullAdopted, key)
		}
	}
	for _, e := range got.Entities {
		what := e.What
		if what == deploy.PullFailed {
			switch {
			case strings.Contains(e.Reason, "fix it and pull again"):
				// Of what can't be read a plan says nothing, and a pull does.
				if !files.blind && !files.faulty[e.Key()] && !files.faulty[panther.Key{ID: e.ID}] {
					rt.Fatalf("%s can be read, and isn't pulled: %s", e.Key(), e.Reason)
				}
				continue
			case strings.Contains(e.Reason, "give one of them its own file"):
				what = deploy.PullEdited
			case strings.Contains(e.Reason, "no two specs may share an id"):
				what = deploy.PullAdopted
			default:
				rt.Fatalf("%s can't be pulled: %s", e.Key(), e.Reason)
			}
			if len(e.Files) > 0 {
				rt.Fatalf("%s failed, and is to write %v", e.Key(), e.Files)
			}
		}
		say(&is, what, e.Key(), e.Fields...)
	}
	slices.Sort(want)
	slices.Sort(is)
	if diff := cmp.Diff(want, is); diff != "" {
		rt.Fatalf("the pull isn't what a plan keeps (-plan +pull):\n%s", diff)
	}
}

// written writes a pull, and reports whether it was. It must be refused just where
// work would be lost, and touch no file but its own.
func (m *machine) written(rt *rapid.T, s *deploy.Session, got *deploy.Pull, force bool) bool {
	before := m.files
	var lost []string
	restored := false
	for p := range got.Files {
		text, here := before[p]
		old, committed := m.head[p]
		if here && text != old {
			lost = append(lost, p)
		}
		restored = restored || !here && committed
	}
	uncommitted := !m.committed && len(got.Files) > 0
	err := s.Write(got, force)
	disk := m.disk(rt)
	if err != nil {
		if diff := cmp.Diff(before, disk); diff != "" {
			rt.Fatalf("the pull was refused (%v), and files changed:\n%s", err, diff)
		}
		if force || len(lost) == 0 && !uncommitted && !restored {
			rt.Fatalf("the pull was refused, and nothing would be lost: %v", err)
		}
		return false
	}
	if !force && (len(lost) > 0 || uncommitted) {
		rt.Fatalf("uncommitted work was overwritten: %v", lost)
	}
	expect := before.Clone()
	for p, text := range got.Files {
		if text == nil {
			delete(expect, p)
		} else {
			expect[p] = string(text)
		}
	}
	if diff := cmp.Diff(expect, disk); diff != "" {
		rt.Fatalf("the files aren't what the pull said (-said +are):\n%s", diff)
	}
	named := map[string]bool{}
	for _, e := range got.Entities {
		for _, f := range e.Files {
			named[f] = true
		}
	}
	for p := range got.Files {
		if !named[p] {
			rt.Fatalf("%s changed, and no entity says so", p)
		}
	}
	m.takeOver(rt, disk)
	for p, s := range m.specs {
		if b := s.body(p); b != "" {
			_, was := before[b]
			if _, is := disk[b]; was && !is {
				rt.Fatalf("the pull took away %s, which %s names", b, p)
			}
		}
	}
	return true
}

// filesSayWhatIsLive: what was pulled is now wanted as it is live, and everything
// else is wanted as it was before.
func (m *machine) filesSayWhatIsLive(rt *rapid.T, got *deploy.Pull, want, after wanted, live sync.Live) {
	pulled := map[panther.Key]deploy.PullEntity{}
	for _, e := range got.Entities {
		if e.What != deploy.PullConflict && e.What != deploy.PullFailed {
			pulled[e.Key()] = e
		}
	}
	if after.blind != want.blind {
		rt.Fatalf("after the pull some file can't be read: %v; before: %v", after.blind, want.blind)
	}
	for key := range both(want.named, after.named) {
		if e := pulled[key]; want.named[key] != after.named[key] && e.What != deploy.PullDeleted && e.What != deploy.PullAdopted {
			rt.Fatalf("the files name %s: %v; after the pull: %v", key, want.named[key], after.named[key])
		}
		if after.faulty[key] && !want.faulty[key] {
			rt.Fatalf("after the pull %s is broken", key)
		}
	}
	for key := range both(want.entities, after.entities) {
		w, was := want.entities[key]
		a, is := after.entities[key]
		e := pulled[key]
		switch {
		case e.What == deploy.PullDeleted:
			if is {
				rt.Fatalf("%s was deleted in Panther, and is still in the files", key)
			}
			continue
		case e.What == deploy.PullAdopted:
			if was || !is {
				rt.Fatalf("%s was adopted: there before: %v, and after: %v", key, was, is)
			}
		case was != is:
			rt.Fatalf("%s was in the files: %v; after the pull: %v", key, was, is)
		}
		for _, f := range key.Kind.Fields() {
			l := live[key].Fields[f.Name]
			before, ownedBefore := w.Fields[f.Name]
			now, owned := a.Fields[f.Name]
			switch {
			case e.What == deploy.PullAdopted && strings.HasPrefix(f.Name, "schedule."):
			case f.InSchedule() && len(e.Fields) > 0 && !live[key].Scheduled(): // without a time there is no schedule
			case e.What == deploy.PullAdopted || slices.Contains(e.Fields, f.Name):
				if !f.Equal(now, l) {
					rt.Fatalf("%s of %s was pulled as %v, and the files say %v", f.Name, key, l, now)
				}
			case f.Name == "body" && f.Equal(now, l): // another spec of the same file was pulled
			case owned != ownedBefore || !f.Equal(now, before):
				rt.Fatalf("%s of %s was not pulled, and went from %v to %v", f.Name, key, before, now)
			}
		}
	}
}

// nothingOfIt: nothing is planned for what was pulled, and after a pull of
// everything there is neither drift nor conflict.
func (m *machine) nothingOfIt(rt *rapid.T, p *sync.Plan, got *deploy.Pull, clean bool, o deploy.PullOptions, live sync.Live) {
	pulled := map[panther.Key]deploy.PullEntity{}
	for _, e := range got.Entities {
		if e.What != deploy.PullConflict && e.What != deploy.PullFailed {
			pulled[e.Key()] = e
		}
	}
	for _, c := range slices.Concat(p.Changes, p.Kept) {
		e, ours := pulled[c.Key()]
		if ours && e.What != deploy.PullEdited {
			rt.Fatalf("%s was pulled (%s), and the plan still holds %v", c.Key(), e.What, shown(p))
		}
		for _, f := range c.Fields {
			if slices.Contains(e.Fields, f.Name) {
				rt.Fatalf("%s of %s was pulled, and the plan still holds %v", f.Name, c.Key(), shown(p))
			}
			if clean && c.Action == sync.Update && f.Cause != sync.CauseCommit {
				rt.Fatalf("after the pull %s of %s is still %q", f.Name, c.Key(), f.Cause)
			}
		}
		if clean && c.Action != sync.Update && c.Cause != sync.CauseCommit && c.Cause != "" && !live[c.Key()].Managed && !live[panther.Key{Kind: c.Replaces, ID: c.ID}].Managed {
			rt.Fatalf("after the pull %s is still to be %sd: %s", c.Key(), c.Action, c.Cause)
		}
	}
	for _, u := range p.Unmanaged {
		if clean && o.Adopt && !u.Managed {
			rt.Fatalf("%s/%s was to be adopted, and is unmanaged", u.Kind, u.ID)
		}
	}
}

// imports makes a new repository of what is live: its plan is empty.
func (m *machine) imports(rt *rapid.T) {
	names := m.drawOnly(rt)
	only, err := sync.ParseFilter(names)
	check(rt, err)
	o := deploy.ImportOptions{Dir: m.dir + "-import", Only: only, SkipManaged: rapid.Bool().Draw(rt, "skip managed"), Config: []byte("version: 1\n"), Tenant: "test"}
	defer os.RemoveAll(o.Dir)
	live := m.live(rt)
	got, err := deploy.Import(context.Background(), m.client, o)
	if !slices.ContainsFunc(slices.Collect(maps.Keys(live)), only.MatchKey) {
		if err == nil || !strings.HasPrefix(err.Error(), "nothing was imported") {
			rt.Fatalf("nothing could be imported, and the import ended with %v", err)
		}
		return
	}
	check(rt, err)
	left := map[panther.Key]bool{}
	for key, e := range live {
		if !only.MatchKey(key) {
			continue
		}
		i := slices.IndexFunc(got.Entities, func(e deploy.PullEntity) bool { return e.Key() == key })
		skipped := e.Managed && o.SkipManaged
		if skipped != (i < 0) {
			rt.Fatalf("%s was imported: %v", key, i >= 0)
		}
		if i >= 0 && got.Entities[i].What == deploy.PullFailed && !strings.Contains(got.Entities[i].Reason, "no two specs may share an id") {
			rt.Fatalf("%s can't be imported: %s", key, got.Entities[i].Reason)
		}
		left[key] = skipped || got.Entities[i].What == deploy.PullFailed
	}
	if !slices.Contains(slices.Collect(maps.Values(left)), false) {
		return // all that is live was left out, and a repository without specs has no plan
	}
	s, err := deploy.Open(context.Background(), deploy.Options{Root: o.Dir, Content: repo.Options{}, Git: git.Options{Env: gittest.Env()}, Tenant: "test"})
	check(rt, err)
	p, err := s.Plan(context.Background(), m.client, deploy.PlanOptions{Only: only})
	check(rt, err)
	if !p.Empty() || len(p.Errors()) > 0 {
		rt.Fatalf("the plan of what was imported isn't empty: %v %v", shown(p), p.Errors())
	}
	for _, u := range p.Unmanaged {
		if !left[panther.Key{Kind: u.Kind, ID: u.ID}] {
			rt.Fatalf("%s/%s was imported, and is unmanaged", u.Kind, u.ID)
		}
	}
}
