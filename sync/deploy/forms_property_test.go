package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"golang.org/x/text/unicode/norm"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// TestPropertyStoredForms plays random histories on a Panther that stores texts,
// tags and numbers in another form than they were sent. A model knows what was
// sent last, and says of each field whether it is a commit, drift or a conflict:
// the form alone is none of them.
func TestPropertyStoredForms(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := newForms(rt)
		f.add(rt)
		f.deployed(rt, "", false)
		rt.Repeat(map[string]func(*rapid.T){
			"":             f.holds,
			"add":          f.add,
			"edit":         f.edit,
			"remove":       f.remove,
			"console edit": f.consoleEdit,
			"apply":        f.apply,
			"pull":         f.pull,
		})
	})
}

// forms is a machine of simple rules.
type forms struct {
	*machine
	rules map[string]formSpec
	// sent contains the deployed entities as they were sent last.
	sent map[panther.Key]panther.Entity
}

// formSpec is the spec of a rule, by keys.
type formSpec map[string]any

// formValues are the values of the keys; many have another form when they are
// stored, and some have the same one.
var formValues = map[string][]any{
	"Description":        {nil, "one", "one ", " one", "cafe\u0301", "caf\u00e9", "two\n"},
	"Runbook":            {nil, "look", "look  ", "cafe\u0301 "},
	"Tags":               {nil, []string{"a"}, []string{"A"}, []string{"a", "B"}, []string{"Cafe\u0301"}},
	"DedupPeriodMinutes": {nil, 60, 1440, 1441, 9000},
	"Severity":           {"Low", "High"},
}

func newForms(rt *rapid.T) *forms {
	return &forms{
		machine: emptyMachine(rt, sandbox.Options{Lossy: true}),
		rules:   map[string]formSpec{}, sent: map[panther.Key]panther.Entity{},
	}
}

// lay writes the spec of a rule, or removes it.
func (f *forms) lay(rt *rapid.T, id string) {
	p := "rules/" + id + ".yml"
	rule, ok := f.rules[id]
	if !ok {
		delete(f.files, p)
		check(rt, os.Remove(filepath.Join(f.dir, p)))
		return
	}
	spec := map[string]any{"AnalysisType": "rule", "RuleID": id, "Enabled": true, "LogTypes": []string{"AWS.CloudTrail"}, "Detection": []any{map[string]any{"Key": "k", "Condition": "Exists"}}}
	for k, v := range rule {
		if v != nil {
			spec[k] = v
		}
	}
	text, err := json.Marshal(spec) // JSON is YAML
	check(rt, err)
	f.files[p] = string(text)
	check(rt, synth.Files{p: string(text)}.Write(f.dir))
}

func (f *forms) add(rt *rapid.T) {
	id := pick(rt, "id", []string{"A", "B", "C"})
	if _, there := f.rules[id]; there {
		rt.Skip("it is there")
	}
	rule := formSpec{}
	for _, k := range slices.Sorted(maps.Keys(formValues)) {
		rule[k] = pick(rt, k, formValues[k])
	}
	f.rules[id] = rule
	f.lay(rt, id)
}

func (f *forms) some(rt *rapid.T) string {
	if len(f.rules) == 0 {
		rt.Skip("no rule")
	}
	return pick(rt, "rule", slices.Sorted(maps.Keys(f.rules)))
}

func (f *forms) edit(rt *rapid.T) {
	id := f.some(rt)
	k := pick(rt, "key", slices.Sorted(maps.Keys(formValues)))
	f.rules[id][k] = pick(rt, k, formValues[k])
	f.lay(rt, id)
}

func (f *forms) remove(rt *rapid.T) {
	id := f.some(rt)
	delete(f.rules, id)
	f.lay(rt, id)
}

func (f *forms) consoleEdit(rt *rapid.T) {
	live := f.live(rt)
	if len(live) == 0 {
		rt.Skip("nothing is live")
	}
	key := pick(rt, "live", slices.SortedFunc(maps.Keys(live), panther.Key.Compare))
	name, value := "description", any(pick(rt, "text", []string{"one", "caf\u00e9", "by hand"}))
	if rapid.Bool().Draw(rt, "tags") {
		name, value = "tags", []any{pick(rt, "tag", []string{"a", "by hand"})}
	}
	check(rt, f.server.Edit(context.Background(), sandbox.SimpleRules, key.ID, func(m map[string]any) { m[name] = value }))
}

func (f *forms) wanted(rt *rapid.T) map[panther.Key]panther.Entity {
	return f.wants(rt, f.files, repo.Options{}).entities
}

// storedForm returns the form in which the sandbox stores a value.
func storedForm(f panther.Field, v any) any {
	switch v := v.(type) {
	case string:
		if f.Type == panther.Text {
			return norm.NFC.String(strings.TrimSpace(v))
		}
	case []any:
		if f.Name == "tags" {
			out := make([]any, len(v))
			for i, tag := range v {
				out[i] = norm.NFC.String(strings.ToLower(tag.(string)))
			}
			return out
		}
	}
	if n, err := strconv.Atoi(fmt.Sprint(v)); err == nil && f.Name == "dedupPeriodMinutes" {
		return json.Number(strconv.Itoa(min(n, 1440)))
	}
	return v
}

// expected lists what a plan has to show, by the model alone.
func (f *forms) expected(live sync.Live, want map[panther.Key]panther.Entity) []string {
	var out []string
	for key := range both(want, f.sent) {
		w, wanted := want[key]
		was, deployed := f.sent[key]
		have, isLive := live[key]
		switch {
		case !wanted && !isLive:
			continue
		case !wanted:
			out = append(out, fmt.Sprintf("delete %s: %s", key.ID, map[bool]sync.Cause{true: sync.CauseConflict, false: sync.CauseCommit}[f.edited(key, was, have)]))
			continue
		case !isLive:
			cause := sync.CauseCommit
			if deployed {
				cause = sync.CauseDrift
				if f.changed(key, was, w) {
					cause = sync.CauseConflict
				}
			}
			out = append(out, fmt.Sprintf("create %s: %s", key.ID, cause))
			continue
		}
		for _, field := range key.Kind.Fields() {
			v, is := w.Fields[field.Name], have.Fields[field.Name]
			if field.Equal(v, is) {
				continue
			}
			commit, drift := !field.Equal(v, was.Fields[field.Name]), !field.Equal(storedForm(field, was.Fields[field.Name]), is)
			switch {
			case commit && drift:
				out = append(out, fmt.Sprintf("update %s %s: %s", key.ID, field.Name, sync.CauseConflict))
			case commit:
				out = append(out, fmt.Sprintf("update %s %s: %s", key.ID, field.Name, sync.CauseCommit))
			case drift:
				out = append(out, fmt.Sprintf("update %s %s: %s", key.ID, field.Name, sync.CauseDrift))
			}
		}
	}
	slices.Sort(out)
	return out
}

func (f *forms) edited(key panther.Key, was, have panther.Entity) bool {
	return slices.ContainsFunc(key.Kind.Fields(), func(field panther.Field) bool {
		return !field.Equal(storedForm(field, was.Fields[field.Name]), have.Fields[field.Name])
	})
}

func (f *forms) changed(key panther.Key, was, want panther.Entity) bool {
	return slices.ContainsFunc(key.Kind.Fields(), func(field panther.Field) bool {
		return !field.Equal(was.Fields[field.Name], want.Fields[field.Name])
	})
}

// planned plans all of it, and compares the plan with the model.
func (f *forms) planned(rt *rapid.T, s *deploy.Session) *sync.Plan {
	live := f.live(rt)
	p, err := s.Plan(context.Background(), f.client, deploy.PlanOptions{Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}, Strict: true})
	check(rt, err)
	want := f.wanted(rt)
	if len(want) == 0 {
		return p // an empty repository deletes nothing
	}
	var got []string
	for _, c := range slices.Concat(p.Changes, p.Kept) {
		if c.Action != sync.Update {
			got = append(got, fmt.Sprintf("%s %s: %s", c.Action, c.ID, c.Cause))
			continue
		}
		for _, field := range c.Fields {
			got = append(got, fmt.Sprintf("update %s %s: %s", c.ID, field.Name, field.Cause))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(f.expected(live, want), got); diff != "" {
		rt.Fatalf("the plan is not the model's (-want +got):\n%s", diff)
	}
	return p
}

// holds asks whether a plan and a drift report agree with the model.
func (f *forms) holds(rt *rapid.T) {
	f.planned(rt, f.session(rt, nil))
	d, err := f.session(rt, nil).Drift(context.Background(), f.client, deploy.DriftOptions{})
	check(rt, err)
	live := f.live(rt)
	var want, got []string
	for key, was := range f.sent {
		if have, ok := live[key]; !ok || f.edited(key, was, have) {
			want = append(want, key.ID)
		}
	}
	for _, e := range d.Entities {
		if e.State != sync.DriftUnmanaged {
			got = append(got, e.ID)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("drift is not the model's (-want +got):\n%s", diff)
	}
}

// apply applies all of it or one rule, perhaps while Panther refuses a write.
func (f *forms) apply(rt *rapid.T) {
	f.deployed(rt, pick(rt, "only", []string{"", "", "A", "B"}), rapid.IntRange(0, 3).Draw(rt, "a write fails") == 3)
}

func (f *forms) deployed(rt *rapid.T, one string, fails bool) {
	s := f.session(rt, nil)
	want := f.wanted(rt)
	if len(want) == 0 {
		rt.Skip("no rule")
	}
	o := deploy.PlanOptions{Policies: sync.Policies{OnDrift: sync.Revert, OnConflict: sync.Revert}, Strict: true}
	var err error
	if one != "" {
		o.Only, err = sync.ParseFilter([]string{"simple_rule/" + one})
		check(rt, err)
	}
	p, err := s.Plan(context.Background(), f.client, o)
	check(rt, err)
	if fails {
		_, err := f.server.Faults().Add(sandbox.Fault{Match: pick(rt, "match", []string{"PUT *", "POST *", "DELETE *"}), Status: http.StatusBadRequest, Times: 1})
		check(rt, err)
	}
	r := s.Apply(context.Background(), f.client, p, deploy.ApplyOptions{})
	f.server.Faults().Clear()
	failed := map[panther.Key]bool{}
	for _, c := range r.Changes {
		failed[c.Key()] = c.Outcome != sync.Done && c.Outcome != sync.Already
	}
	for key := range both(want, f.sent) {
		e, wanted := want[key]
		switch {
		case failed[key] || one != "" && key.ID != one:
		case wanted:
			f.sent[key] = e
		default:
			delete(f.sent, key)
		}
	}
	live := f.live(rt)
	for key, e := range f.sent {
		if have, ok := live[key]; ok && (one == "" || one == key.ID) && !failed[key] && f.edited(key, e, have) {
			rt.Fatalf("%s was applied, and is live with other values", key)
		}
	}
}

// pull takes over what was edited in the console.
func (f *forms) pull(rt *rapid.T) {
	s := f.session(rt, nil)
	p, err := s.Pull(context.Background(), f.client, deploy.PullOptions{TakeConflicts: true})
	check(rt, err)
	check(rt, s.Write(p, true))
	for _, id := range []string{"A", "B", "C"} {
		name := "rules/" + id + ".yml"
		text, err := os.ReadFile(filepath.Join(f.dir, name))
		if os.IsNotExist(err) {
			delete(f.files, name)
			delete(f.rules, id)
			continue
		}
		check(rt, err)
		f.files[name] = string(text)
		var spec formSpec
		if err := yaml.Unmarshal(text, &spec); err != nil {
			rt.Fatal(err)
		}
		f.rules[id] = spec
	}
}
