package deploy_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	"github.com/pdac-dev/pdac/sync/record"
	"pgregory.net/rapid"
)

// machine is one team's year in short: a git repository, a Panther, and people
// who commit, click in the console and deploy, in any order and with everything
// going wrong. It knows nothing of how plans are made; what must hold is written
// down in oracle_test.go.
type machine struct {
	dir    string
	server *sandbox.Server
	client *panther.Client
	now    time.Time
	// specs are the working tree's, by path; bodies its Python files.
	specs  map[string]spec
	bodies map[string]string
	// files is the working tree as it is on disk, head what is committed.
	files, head synth.Files
	committed   bool
	// commits are the files of the commits, the oldest first.
	commits []synth.Files
	// unmanaged are fields that are Panther's, the same in the whole history.
	unmanaged sync.FieldRules
	// saved are plan files that nobody has applied yet.
	saved []savedPlan
	// loose are the fields that Panther may hold otherwise than the record: they
	// changed there since, by whatever hand.
	loose map[string]bool
}

// savedPlan is a plan's file, with what was live when it was made.
type savedPlan struct {
	file []byte
	live sync.Live
}

// spec is one spec of the repository, in the few fields that the machine turns.
type spec struct {
	kind                            panther.Kind
	id, file                        string
	severity, description, tags     string
	enabled, filters, alert, status string
	fault                           string
	// raw is the spec's text where a pull wrote it and nobody has edited it since.
	raw string
}

var (
	specPaths  = []string{"rules/p0.yml", "rules/p1.yml", "rules/p2.yml", "rules/deep/p3.yml", "elsewhere/p4.yml"}
	bodyNames  = []string{"b0.py", "b1.py"}
	bodyTexts  = []string{"def rule(e):\n    return True\n", "def rule(e):\n    return False\n", "import G\ndef rule(e):\n    return G\n"}
	ids        = []string{"A", "B", "C"}
	severities = []string{"High", "Low", "Info"}
	texts      = []string{"", "one", "two"}
	tagLists   = []string{"", "[a]", "[b, a]"}
	switches   = []string{"", "true", "false"}
	filterList = []string{"", "[{All: []}]", "[{Key: k, Condition: Exists}]"}
	// A machine's kinds: those with a body, without one, with an id that Panther
	// makes, and three that share their ids.
	machineKinds = []panther.Kind{panther.Rule, panther.SimpleRule, panther.ScheduledRule, panther.Global, panther.Query, panther.Policy}
)

func (s spec) text() string {
	if s.raw != "" {
		return s.raw
	}
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	severity := s.severity
	switch s.fault {
	case "syntax":
		return "AnalysisType: rule\nRuleID: [\n"
	case "value":
		severity = "Hihg"
	}
	types := map[panther.Kind]string{panther.SimpleRule: "rule", panther.Query: "scheduled_query"}
	line("AnalysisType", or(types[s.kind], string(s.kind)))
	line(s.kind.SpecIDKey(), s.id)
	line("Description", s.description)
	line("Status", s.status)
	switch s.kind {
	case panther.Query:
		line("Query", "SELECT "+or(s.description, "0"))
		line("Enabled", s.enabled)
		line("Schedule", "{RateMinutes: 60, TimeoutMinutes: 1}")
		if s.fault == "value" {
			line("Tests", "x")
			b.WriteString("Query: SELECT twice\n")
		}
		return b.String()
	case panther.Global:
		if s.fault == "value" {
			line("Tags", "7")
			break
		}
		line("Tags", s.tags)
	default:
		line("Severity", severity)
		line("Tags", s.tags)
		line("Enabled", s.enabled)
	}
	if s.kind == panther.Rule || s.kind == panther.SimpleRule {
		line("InlineFilters", s.filters)
		line("CreateAlert", s.alert)
	}
	if s.kind == panther.SimpleRule {
		line("Detection", "[{Key: "+or(s.description, "k")+", Condition: Exists}]")
	} else {
		line("Filename", s.file)
	}
	return b.String()
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// collections are the sandbox's names of the kinds.
var collections = map[panther.Kind]sandbox.Collection{
	panther.Rule: sandbox.Rules, panther.SimpleRule: sandbox.SimpleRules, panther.ScheduledRule: sandbox.ScheduledRules, panther.Global: sandbox.Globals,
	panther.Query: sandbox.Queries, panther.Policy: sandbox.Policies,
}

// fatal is what helpers need of a test or of rapid's check.
type fatal interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func check(t fatal, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// emptyMachine is a git repository without a commit, and a Panther without content.
func emptyMachine(rt *rapid.T, o sandbox.Options) *machine {
	dir, err := os.MkdirTemp("", "pdac-machine-")
	check(rt, err)
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		rt.Fatal(err)
	}
	o.Token = "secret"
	s, err := sandbox.Open(context.Background(), o)
	check(rt, err)
	rt.Cleanup(func() {
		s.Close()
		os.RemoveAll(dir)
	})
	c, err := panther.NewClient(panther.Options{
		Host: "localhost", Token: "secret", FirstWait: time.Microsecond, LongestWait: time.Millisecond, Tries: 3,
		Transport: sandbox.Contract(s.Transport(), sandbox.ContractOptions{Unknown: true}, func(err error) { rt.Error(err) }),
	})
	check(rt, err)
	gittest.Run(rt, dir, "init", "-q", "-b", "main")
	return &machine{
		dir: dir, server: s, client: c, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
		specs: map[string]spec{}, bodies: map[string]string{}, files: synth.Files{}, head: synth.Files{}, loose: map[string]bool{},
	}
}

func newMachine(rt *rapid.T) *machine {
	m := emptyMachine(rt, sandbox.Options{})
	for _, b := range bodyNames {
		m.bodies["rules/"+b], m.bodies["rules/deep/"+b] = bodyTexts[0], bodyTexts[0]
	}
	if rapid.Bool().Draw(rt, "severity of rules is Panther's") {
		r, err := sync.NewFieldRule([]string{"severity"}, []string{"rule/*"})
		check(rt, err)
		m.unmanaged = sync.FieldRules{r}
	}
	return m
}

// write lays the working tree out on disk.
func (m *machine) write(t fatal) {
	files := synth.Files{}
	for p, s := range m.specs {
		files[p] = s.text()
		if b := s.body(p); b != "" && m.bodies[b] == "" {
			m.bodies[b] = bodyTexts[0] // a pull took it away with its last spec
		}
	}
	maps.Copy(files, m.bodies)
	for p := range m.files {
		if _, stays := files[p]; !stays {
			check(t, os.Remove(filepath.Join(m.dir, p)))
		}
	}
	for p, text := range files {
		if m.files[p] != text {
			check(t, synth.Files{p: text}.Write(m.dir))
		}
	}
	m.files = files
}

func (m *machine) commit(t fatal) {
	gittest.Run(t, m.dir, "add", "-A")
	gittest.Run(t, m.dir, "commit", "-q", "--allow-empty", "-m", "work")
	m.head, m.committed = m.files.Clone(), true
	m.commits = append(m.commits, m.head)
}

func (m *machine) content() repo.Options {
	return repo.Options{ExcludeStatus: []string{"Experimental"}}
}

func (m *machine) session(t fatal, change func(*deploy.Options)) *deploy.Session {
	t.Helper()
	m.now = m.now.Add(time.Minute)
	now := m.now
	o := deploy.Options{
		Root: m.dir, Content: m.content(), Git: git.Options{Env: gittest.Env()}, Tenant: "test", Actor: "Ada <ada@example.com>",
		Now: func() time.Time { return now },
	}
	if change != nil {
		change(&o)
	}
	// Empty repositories and filters without matches are part of the histories.
	o.AcceptNothing = true
	s, err := deploy.Open(context.Background(), o)
	check(t, err)
	return s
}

// live reads what Panther holds, with nothing going wrong.
func (m *machine) live(t fatal) sync.Live {
	t.Helper()
	m.server.Faults().Clear()
	live, err := sync.Fetch(context.Background(), m.client, nil)
	check(t, err)
	if len(live.Diagnostics)+len(live.Unreadable) > 0 {
		t.Fatalf("%v %v", live.Diagnostics, live.Unreadable)
	}
	return live.Live
}

// recordedState is the record as the next plan reads it.
type recordedState struct {
	*record.Deployment
	entities map[panther.Key]panther.Entity
}

// record reads the last record, every file of which must be readable.
func (m *machine) record(t fatal) recordedState {
	t.Helper()
	store := m.session(t, nil).Store()
	last, err := store.Latest(context.Background(), "test")
	check(t, err)
	return m.read(t, store, last)
}

func (m *machine) read(t fatal, store *record.Store, d *record.Deployment) recordedState {
	t.Helper()
	if d == nil {
		return recordedState{}
	}
	files, err := store.Files(context.Background(), *d)
	check(t, err)
	tree, err := store.Tree(context.Background(), *d)
	check(t, err)
	defer tree.Close()
	r, err := repo.Load(context.Background(), tree, deploy.RecordContent(repo.Options{}))
	check(t, err)
	out := recordedState{d, map[panther.Key]panther.Entity{}}
	used := map[string]bool{}
	for _, it := range r.Items {
		dec := it.Entity()
		if !it.Deployable() || !dec.OK() {
			t.Fatalf("the record holds %s, which can't be read: %v %v", it.Path, r.Diagnostics, dec.Diagnostics)
		}
		if _, twice := out.entities[it.Key()]; twice {
			t.Fatalf("the record holds %s twice", it.Key())
		}
		out.entities[it.Key()] = dec.Entity
		used[it.Path], used[it.BodyPath] = true, true
	}
	for p := range files {
		if !used[p] {
			t.Fatalf("the record holds %s, which belongs to nothing", p)
		}
	}
	return out
}

// wanted is what some files want in Panther.
type wanted struct {
	entities map[panther.Key]panther.Entity
	// named are all keys that the files name, broken and excluded ones too.
	named map[panther.Key]bool
	// skipped are those that only a spec outside of the content names.
	skipped map[panther.Key]bool
	// faulty are the broken ones; blind says that some file can't be read at all.
	faulty map[panther.Key]bool
	// meant are those that are to be deployed, even if they can't be.
	meant map[panther.Key]bool
	blind bool
	empty bool
}

func (m *machine) wants(t fatal, src repo.Tree, o repo.Options) wanted {
	t.Helper()
	r, err := repo.Load(context.Background(), src, o)
	check(t, err)
	w := wanted{entities: map[panther.Key]panther.Entity{}, named: map[panther.Key]bool{}, skipped: map[panther.Key]bool{}, faulty: map[panther.Key]bool{}, meant: map[panther.Key]bool{}, blind: len(r.Unread) > 0, empty: len(r.Items) == 0}
	for _, it := range r.Items {
		w.named[it.Key()] = true
		if d := it.Deployable() && it.Entity().OK(); !d {
			// It is unknown what becomes of its id.
			for _, k := range it.Key().Siblings() {
				w.named[k] = true
			}
		}
		w.meant[it.Key()] = it.Deployable()
		if !it.Deployable() {
			if it.Broken {
				w.faulty[it.Key()] = true
			}
			continue
		}
		if d := it.Entity(); d.OK() {
			w.entities[it.Key()] = d.Entity
		} else {
			w.faulty[it.Key()] = true
		}
	}
	for _, sk := range r.Skipped {
		keys := []panther.Key{sk.Item().Key()}
		if sk.Kind == "" && sk.Type == repo.TypeRule {
			keys = []panther.Key{{Kind: panther.Rule, ID: sk.ID}, {Kind: panther.SimpleRule, ID: sk.ID}}
		}
		for _, key := range append(keys, keys[0].Siblings()...) {
			w.skipped[key] = !w.named[key]
		}
	}
	return w
}

// TestMain runs fewer histories than rapid's default unless a flag sets the
// number: each runs git and writes to disk. They are the same in each run, so that a
// change is judged by itself; a number of your own draws new ones.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		for name, value := range map[string]string{"rapid.checks": "6", "rapid.seed": "1"} {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}

// TestPropertyHistories plays random histories and asks after each step whether
// all that pdac promises still holds. Many more of them are played by
//
//	go test ./sync/deploy -run Property -rapid.checks 500 -rapid.steps 60
func TestPropertyHistories(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt)
		if rapid.Bool().Draw(rt, "some of it is deployed") {
			m.add(rt)
			m.add(rt)
			m.commit(rt)
			m.applyAll(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":                  m.holds,
			"add a spec":        m.add,
			"edit a spec":       m.edit,
			"remove a spec":     m.remove,
			"rename a spec":     m.rename,
			"change an id":      m.reassign,
			"change a kind":     m.convert,
			"edit a body":       m.editBody,
			"break a spec":      m.breakSpec,
			"commit":            func(rt *rapid.T) { m.commit(rt) },
			"console edit":      m.consoleEdit,
			"edit both sides":   m.editBoth,
			"console create":    m.consoleCreate,
			"console delete":    m.consoleDelete,
			"console retype":    m.consoleRetype,
			"retype and fail":   m.retypeAndFail,
			"apply":             m.apply,
			"apply all":         m.applyAll,
			"save a plan":       m.savePlan,
			"apply a saved one": m.applySaved,
			"roll back":         m.rollback,
			"pull":              m.pull,
		})
		if rapid.IntRange(0, 2).Draw(rt, "import at the end") == 0 {
			m.imports(rt)
		}
		gittest.Run(rt, m.dir, "fsck", "--strict", "--no-dangling")
	})
}

func pick[T any](rt *rapid.T, name string, from []T) T { return rapid.SampledFrom(from).Draw(rt, name) }

// somePath draws the path of a spec that is there.
func (m *machine) somePath(rt *rapid.T) string {
	if len(m.specs) == 0 {
		rt.Skip("no spec")
	}
	return pick(rt, "path", slices.Sorted(maps.Keys(m.specs)))
}

// free draws a path without a spec.
func (m *machine) free(rt *rapid.T) string {
	left := slices.DeleteFunc(slices.Clone(specPaths), func(p string) bool { _, taken := m.specs[p]; return taken })
	if len(left) == 0 {
		rt.Skip("no path is free")
	}
	return pick(rt, "path", left)
}

// unused draws an id that no other spec of the same space has.
func (m *machine) unused(rt *rapid.T, kind panther.Kind) string {
	left := slices.Clone(ids)
	if kind == panther.Global {
		left = append([]string{"G"}, left...)
	}
	for _, s := range m.specs {
		if s.kind.SpecIDKey() == kind.SpecIDKey() {
			left = slices.DeleteFunc(left, func(id string) bool { return id == s.id })
		}
	}
	if len(left) == 0 {
		rt.Skip("no id is free")
	}
	return pick(rt, "id", left)
}

func (m *machine) add(rt *rapid.T) {
	p := m.free(rt)
	s := spec{kind: pick(rt, "kind", machineKinds), file: pick(rt, "body", bodyNames), severity: "High"}
	s.id = m.unused(rt, s.kind)
	m.specs[p] = m.turn(rt, s)
	m.write(rt)
}

// turn draws another value for one thing of a spec.
func (m *machine) turn(rt *rapid.T, s spec) spec {
	switch pick(rt, "field", []string{"severity", "description", "tags", "enabled", "filters", "alert", "status", "body"}) {
	case "severity":
		s.severity = pick(rt, "severity", severities)
	case "description":
		s.description = pick(rt, "description", texts)
	case "tags":
		s.tags = pick(rt, "tags", tagLists)
	case "enabled":
		s.enabled = pick(rt, "enabled", switches)
	case "filters":
		s.filters = pick(rt, "filters", filterList)
	case "alert":
		s.alert = pick(rt, "alert", switches)
	case "status":
		s.status = pick(rt, "status", []string{"", "Experimental"})
	case "body":
		s.file = pick(rt, "body", bodyNames)
	}
	s.fault, s.raw = "", ""
	return s
}

func (m *machine) edit(rt *rapid.T) {
	p := m.somePath(rt)
	m.specs[p] = m.turn(rt, m.specs[p])
	m.write(rt)
}

func (m *machine) remove(rt *rapid.T) {
	delete(m.specs, m.somePath(rt))
	m.write(rt)
}

func (m *machine) rename(rt *rapid.T) {
	from, to := m.somePath(rt), m.free(rt)
	m.specs[to] = m.specs[from]
	delete(m.specs, from)
	m.write(rt)
}

func (m *machine) reassign(rt *rapid.T) {
	p := m.somePath(rt)
	s := m.specs[p]
	s.id, s.raw = m.unused(rt, s.kind), ""
	m.specs[p] = s
	m.write(rt)
}

func (m *machine) convert(rt *rapid.T) {
	p := m.somePath(rt)
	s := m.specs[p]
	s.kind = pick(rt, "kind", otherKinds(rt, s.kind))
	s.raw = ""
	m.specs[p] = s
	m.write(rt)
}

// retypeAndFail changes the type of what is live and applies it, while Panther fails
// one or more of the creates, as chance seldom would.
func (m *machine) retypeAndFail(rt *rapid.T) {
	var paths []string
	for _, p := range m.liveSpecs(rt) {
		if len(m.specs[p].kindsWithItsID()) > 0 {
			paths = append(paths, p)
		}
	}
	if len(paths) == 0 {
		rt.Skip("no rule is live")
	}
	p := pick(rt, "path", paths)
	s := m.specs[p]
	s.kind, s.raw, s.fault = pick(rt, "kind", s.kindsWithItsID()), "", ""
	m.specs[p] = s
	m.write(rt)
	f := sandbox.Fault{Match: "POST *", Skip: rapid.IntRange(0, 2).Draw(rt, "skip"), Times: rapid.IntRange(1, 12).Draw(rt, "times"), Status: pick(rt, "status", []int{503, 400, 409, 0})}
	f.Break = f.Status == 0
	f.After = f.Status != http.StatusBadRequest && f.Status != http.StatusConflict && rapid.Bool().Draw(rt, "after")
	o := run{policies: sync.Policies{OnConflict: sync.Revert, UnmanagedFields: m.unmanaged}, deletes: true, undo: rapid.Bool().Draw(rt, "undo"), trouble: trouble{fault: &f}}
	if rapid.Bool().Draw(rt, "stop") {
		o.stopAt = rapid.IntRange(1, 4).Draw(rt, "stop at")
	}
	m.deploy(rt, o)
}

// otherKinds lists the machine's kinds that share their ids with another one.
func otherKinds(rt *rapid.T, k panther.Kind) []panther.Kind {
	out := spec{kind: k}.kindsWithItsID()
	if len(out) == 0 {
		rt.Skip("it has no other kind")
	}
	return out
}

func (s spec) kindsWithItsID() []panther.Kind {
	return slices.DeleteFunc(slices.Clone(machineKinds), func(o panther.Kind) bool { return o == s.kind || o.SpecIDKey() != s.kind.SpecIDKey() })
}

func (m *machine) editBody(rt *rapid.T) {
	m.bodies[pick(rt, "body", slices.Sorted(maps.Keys(m.bodies)))] = pick(rt, "text", bodyTexts)
	m.write(rt)
}

func (m *machine) breakSpec(rt *rapid.T) {
	p := m.somePath(rt)
	s := m.specs[p]
	s.fault, s.raw = pick(rt, "fault", []string{"", "value", "syntax"}), ""
	m.specs[p] = s
	m.write(rt)
}

// someLive draws something that Panther holds.
func (m *machine) someLive(rt *rapid.T) (panther.Key, panther.Entity) {
	live := m.live(rt)
	if len(live) == 0 {
		rt.Skip("nothing is live")
	}
	key := pick(rt, "live", slices.SortedFunc(maps.Keys(live), panther.Key.Compare))
	return key, live[key]
}

// inConsole does something in the console and notes what may differ since.
func (m *machine) inConsole(rt *rapid.T, do func()) {
	before := m.live(rt)
	do()
	m.loosen(before, m.live(rt))
}

// consoleField draws a field of a kind and a value as the API has it.
func consoleField(rt *rapid.T, kind panther.Kind) (string, any) {
	fields := []string{"description", "tags", "body"}
	switch kind {
	case panther.Query:
		fields = []string{"description", "sql"}
	case panther.SimpleRule:
		fields = []string{"description", "tags", "severity", "enabled", "inlineFilters", "createAlert"}
	case panther.ScheduledRule:
		fields = append(fields, "severity", "enabled", "createAlert")
	case panther.Rule:
		fields = append(fields, "severity", "enabled", "inlineFilters", "createAlert")
	case panther.Policy:
		fields = append(fields, "severity", "enabled")
	}
	name := pick(rt, "field", fields)
	switch name {
	case "description":
		return name, pick(rt, "value", append(texts, "by hand"))
	case "sql":
		return name, "SELECT " + pick(rt, "value", []string{"0", "one", "9"})
	case "tags":
		return name, pick(rt, "value", [][]any{{}, {"a"}, {"a", "b"}, {"c"}})
	case "body":
		return name, pick(rt, "value", append(bodyTexts, "# by hand\n"))
	case "severity":
		return name, pick(rt, "value", []string{"HIGH", "LOW", "CRITICAL"})
	case "inlineFilters":
		return name, pick(rt, "value", []string{"", "- Key: k\n  Condition: Exists\n", "- All: []\n"})
	}
	return name, rapid.Bool().Draw(rt, "value")
}

func (m *machine) consoleEdit(rt *rapid.T) {
	key, e := m.someLive(rt)
	name, value := consoleField(rt, key.Kind)
	m.inConsole(rt, func() { m.set(rt, key, e.ServerID, name, value) })
}

// liveSpecs lists the paths of the specs of what is live.
func (m *machine) liveSpecs(t fatal) []string {
	live := m.live(t)
	var paths []string
	for p, s := range m.specs {
		if _, ok := live[panther.Key{Kind: s.kind, ID: s.id}]; ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

// editBoth edits a field here and in the console, as chance seldom would.
func (m *machine) editBoth(rt *rapid.T) {
	live, paths := m.live(rt), m.liveSpecs(rt)
	if len(paths) == 0 {
		rt.Skip("no spec is live")
	}
	p := pick(rt, "path", paths)
	s := m.specs[p]
	key := panther.Key{Kind: s.kind, ID: s.id}
	s.fault, s.raw = "", ""
	name, value := "description", any("by hand")
	switch f := pick(rt, "both", []string{"description", "tags", "severity", "delete"}); {
	case f == "delete":
		s.description = pick(rt, "description", texts)
		m.inConsole(rt, func() {
			check(rt, m.server.Delete(context.Background(), collections[key.Kind], or(live[key].ServerID, key.ID)))
		})
		name = ""
	case f == "tags" && s.kind != panther.Query:
		s.tags, name, value = pick(rt, "tags", tagLists), "tags", []any{"c"}
	case f == "severity" && s.kind != panther.Query && s.kind != panther.Global:
		s.severity, name, value = pick(rt, "severity", severities), "severity", "CRITICAL"
	default:
		s.description = pick(rt, "description", texts)
	}
	if name != "" {
		m.inConsole(rt, func() { m.set(rt, key, live[key].ServerID, name, value) })
	}
	m.specs[p] = s
	m.write(rt)
}

func (m *machine) set(t fatal, key panther.Key, serverID, name string, value any) {
	check(t, m.server.Edit(context.Background(), collections[key.Kind], or(serverID, key.ID), func(e map[string]any) {
		e[name] = value
		e["fromTheFuture"] = "kept"
	}))
}

func (m *machine) consoleCreate(rt *rapid.T) {
	kind := pick(rt, "kind", machineKinds)
	id := pick(rt, "id", append([]string{"G", "Console.Made"}, ids...))
	for _, key := range append(panther.Key{Kind: kind, ID: id}.Siblings(), panther.Key{Kind: kind, ID: id}) {
		if _, there := m.live(rt)[key]; there {
			rt.Skip("it is there already")
		}
	}
	e := byHand(kind, id)
	if kind != panther.Query && kind != panther.Global {
		e["managed"] = rapid.IntRange(0, 3).Draw(rt, "managed") == 3
	}
	m.inConsole(rt, func() {
		_, err := m.server.Put(context.Background(), collections[kind], e)
		check(rt, err)
	})
}

// byHand is an entity that somebody makes in the console.
func byHand(kind panther.Kind, id string) map[string]any {
	e := map[string]any{"id": id, "description": "by hand", "body": "# by hand\n", "severity": "LOW", "enabled": true}
	switch kind {
	case panther.Query:
		e = map[string]any{"name": id, "sql": "SELECT 9"}
	case panther.SimpleRule:
		delete(e, "body")
		e["detection"] = "- Key: k\n  Condition: Exists\n"
	}
	return e
}

// consoleRetype deletes a rule in the console and makes another type of rule with
// its id.
func (m *machine) consoleRetype(rt *rapid.T) {
	key, _ := m.someLive(rt)
	kind := pick(rt, "kind", otherKinds(rt, key.Kind))
	m.inConsole(rt, func() {
		check(rt, m.server.Delete(context.Background(), collections[key.Kind], key.ID))
		_, err := m.server.Put(context.Background(), collections[kind], byHand(kind, key.ID))
		check(rt, err)
	})
}

func (m *machine) consoleDelete(rt *rapid.T) {
	key, e := m.someLive(rt)
	m.inConsole(rt, func() {
		check(rt, m.server.Delete(context.Background(), collections[key.Kind], or(e.ServerID, key.ID)))
	})
}

// trouble is what goes wrong while an apply runs.
type trouble struct {
	fault *sandbox.Fault
	// stopAt ends the context at that write, edit has somebody change an entity
	// in the console at that one; 0 for never.
	stopAt, editAt int
	edited         panther.Key
	serverID       string
	field          string
	value          any
	meddled        bool
	// crash ends the process before the record is written.
	crash bool
}

func (m *machine) trouble(rt *rapid.T) trouble {
	var tr trouble
	kind := pick(rt, "trouble", []string{"none", "fault", "stop", "edit", "crash", "fault and crash", "stop and crash"})
	tr.crash = strings.HasSuffix(kind, "crash")
	switch kind {
	case "fault", "fault and crash":
		f := sandbox.Fault{
			Match: pick(rt, "match", []string{"POST *", "PUT *", "DELETE *", "GET *", "* *"}),
			Skip:  rapid.IntRange(0, 3).Draw(rt, "skip"), Times: rapid.IntRange(0, 3).Draw(rt, "times"),
			After: rapid.Bool().Draw(rt, "after"),
		}
		if f.Status = pick(rt, "status", []int{503, 400, 429, 0}); f.Status == 0 {
			f.Break = true
		}
		if f.Status == http.StatusBadRequest {
			f.After = false // a Panther that does what it says it refuses is past all help
		}
		tr.fault = &f
	case "stop", "stop and crash":
		tr.stopAt = rapid.IntRange(1, 4).Draw(rt, "stop at")
	case "edit":
		tr.editAt = rapid.IntRange(1, 3).Draw(rt, "edit at")
	}
	return tr
}

// begin lets the trouble begin. What is edited in the console is best something
// that the plan is about to write.
func (m *machine) begin(rt *rapid.T, tr *trouble, p *sync.Plan, live sync.Live, stop func()) {
	if tr.editAt > 0 {
		var keys []panther.Key
		for _, c := range p.Changes {
			if old, ok := c.Replaced(); ok {
				keys = append(keys, old)
			} else if c.Action != sync.Create {
				keys = append(keys, c.Key())
			}
		}
		if len(keys) == 0 {
			keys = slices.SortedFunc(maps.Keys(live), panther.Key.Compare)
		}
		if len(keys) == 0 {
			rt.Skip("nothing is live")
		}
		tr.edited = pick(rt, "edited", keys)
		tr.serverID = live[tr.edited].ServerID
		tr.field, tr.value = consoleField(rt, tr.edited.Kind)
	}
	if tr.fault != nil {
		_, err := m.server.Faults().Add(*tr.fault)
		check(rt, err)
	}
	if tr.stopAt == 0 && tr.editAt == 0 {
		return
	}
	writes, done := 0, false
	m.server.Faults().OnRequest(func(_ int, r *http.Request) {
		if r.Method == http.MethodGet {
			return
		}
		writes++
		if writes == tr.stopAt {
			stop()
		}
		path, _ := url.PathUnescape(r.URL.EscapedPath())
		if tr.editAt > 0 && writes >= tr.editAt && !done && !strings.HasSuffix(path, "/"+or(tr.serverID, tr.edited.ID)) {
			done = true
			m.meddle(tr)
		}
	})
}

// meddle is the edit in the console while an apply runs.
func (m *machine) meddle(tr *trouble) {
	f, _ := tr.edited.Kind.Field(tr.field)
	other := false
	err := m.server.Edit(context.Background(), collections[tr.edited.Kind], or(tr.serverID, tr.edited.ID), func(e map[string]any) {
		other = !f.Equal(e[tr.field], tr.value)
		e[tr.field] = tr.value
	})
	tr.meddled = err == nil && other // else the apply has deleted it before, or it says nothing new
}

// run is one apply: where from, by which rules, and what goes wrong.
type run struct {
	trouble
	only          []string
	policies      sync.Policies
	deletes, undo bool
	source        string // "", "HEAD" or "record"
	// back is the number of commits before HEAD.
	back int
	to   *record.Deployment
}

func (m *machine) drawPolicies(rt *rapid.T) sync.Policies {
	all := []sync.Policy{sync.Revert, sync.Keep, sync.Fail}
	return sync.Policies{OnDrift: pick(rt, "on drift", all), OnConflict: pick(rt, "on conflict", all), UnmanagedFields: m.unmanaged}
}

func (m *machine) drawOnly(rt *rapid.T) []string {
	return pick(rt, "only", [][]string{nil, nil, {"rule/*"}, {"*/A"}, {"simple_rule/*", "global/*"}, {"*/{B,C}"}})
}

func (m *machine) apply(rt *rapid.T) {
	o := run{
		only: m.drawOnly(rt), policies: m.drawPolicies(rt), deletes: rapid.Bool().Draw(rt, "deletes"), undo: rapid.Bool().Draw(rt, "undo"),
		trouble: m.trouble(rt),
	}
	if len(m.head) > 0 && rapid.IntRange(0, 3).Draw(rt, "of HEAD") == 3 {
		o.source, o.back = "HEAD", rapid.IntRange(0, len(m.commits)-1).Draw(rt, "commits back")
	}
	m.deploy(rt, o)
}

// applyAll is an apply in which nothing goes wrong and everything is allowed.
func (m *machine) applyAll(rt *rapid.T) {
	m.deploy(rt, run{policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert, UnmanagedFields: m.unmanaged}, deletes: true})
}

func (m *machine) savePlan(rt *rapid.T) {
	only, err := sync.ParseFilter(m.drawOnly(rt))
	check(rt, err)
	p, err := m.session(rt, nil).Plan(context.Background(), m.client, deploy.PlanOptions{Only: only, Policies: m.drawPolicies(rt)})
	check(rt, err)
	var b bytes.Buffer
	check(rt, sync.WritePlan(&b, p))
	m.saved = append(m.saved, savedPlan{b.Bytes(), m.live(rt)})
}

func (m *machine) applySaved(rt *rapid.T) {
	if len(m.saved) == 0 {
		rt.Skip("no plan is saved")
	}
	i := rapid.IntRange(0, len(m.saved)-1).Draw(rt, "which")
	old := m.saved[i]
	p, err := sync.ReadPlan(bytes.NewReader(old.file))
	check(rt, err)
	m.saved = slices.Delete(m.saved, i, i+1)
	if len(p.Errors()) > 0 {
		rt.Skip("it has errors")
	}
	o := run{deletes: rapid.Bool().Draw(rt, "deletes"), trouble: m.trouble(rt), policies: p.Policies}
	s := m.session(rt, nil)
	check(rt, s.Reload(context.Background(), p))
	m.carryOut(rt, s, p, o, old.live)
}

func (m *machine) rollback(rt *rapid.T) {
	s := m.session(rt, nil)
	history, err := s.Store().History(context.Background(), "test", 0)
	check(rt, err)
	if len(history) < 2 {
		rt.Skip("no deployment to go back to")
	}
	to, err := s.Before(context.Background(), "", sync.Policies{})
	check(rt, err)
	// What changed nothing is not gone back from.
	i := 0
	for i+2 < len(history) && maps.Equal(m.recordedFiles(rt, s, history[i]), m.recordedFiles(rt, s, history[i+1])) {
		i++
	}
	if unfinished := to.Hash == history[0].Rollback; !unfinished && (to.Hash != history[i+1].Hash || to.Hash != history[i].Parent) {
		rt.Fatalf("the deployment before %s is %s, not %s", history[i].Hash, history[i+1].Hash, to.Hash)
	}
	if rapid.Bool().Draw(rt, "far") {
		to, err = s.Before(context.Background(), pick(rt, "to", history).Hash[:12], sync.Policies{})
		check(rt, err)
	}
	m.deploy(rt, run{
		source: "record", to: to, policies: m.drawPolicies(rt), deletes: rapid.Bool().Draw(rt, "deletes"), trouble: m.trouble(rt), undo: rapid.Bool().Draw(rt, "undo"),
	})
}

// recordedFiles returns the recorded files of a deployment, as text.
func (m *machine) recordedFiles(rt *rapid.T, s *deploy.Session, d record.Deployment) map[string]string {
	files, err := s.Store().Files(context.Background(), d)
	check(rt, err)
	out := map[string]string{}
	for p, text := range files {
		out[p] = string(text)
	}
	return out
}

func (m *machine) wantsOf(rt *rapid.T, s *deploy.Session, o run) (deploy.Source, wanted) {
	switch o.source {
	case "HEAD":
		return deploy.Source{Ref: fmt.Sprint("HEAD~", o.back)}, m.wants(rt, m.commits[len(m.commits)-1-o.back], m.content())
	case "record":
		t, err := s.Store().Tree(context.Background(), *o.to)
		check(rt, err)
		defer t.Close()
		w := m.wants(rt, t, deploy.RecordContent(repo.Options{}))
		w.empty = false // a deployment without anything is gone back to as well
		return deploy.Source{Record: o.to}, w
	}
	return deploy.Source{}, m.wants(rt, m.files, m.content())
}

// deploy plans, compares the plan with the oracle, and applies it.
func (m *machine) deploy(rt *rapid.T, o run) {
	only, err := sync.ParseFilter(o.only)
	check(rt, err)
	s := m.session(rt, nil)
	src, want := m.wantsOf(rt, s, o)
	live, was := m.live(rt), m.record(rt)
	p, err := s.Plan(context.Background(), m.client, deploy.PlanOptions{Source: src, Only: only, Policies: o.policies, Strict: true})
	check(rt, err)
	m.planIsRight(rt, p, only, want, live, was)
	if len(p.Errors()) > 0 {
		return
	}
	after, r := m.carryOut(rt, s, p, o, nil)
	all := o.only == nil && o.deletes && o.policies.OnDrift != sync.Keep && o.policies.OnConflict != sync.Keep && len(want.faulty) == 0 && !want.blind && !want.empty
	if !all || !r.OK() || o.crash || o.editAt > 0 {
		return
	}
	m.nothingIsLeft(rt, src, want, after, o)
}
