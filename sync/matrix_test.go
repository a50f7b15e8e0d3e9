package sync_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// sides are three states of one rule, as specs of files; "" where it isn't there.
// A base has one more rule, so that there is one even without this rule, and so
// have the others.
type sides struct {
	base, desired, live string
	// noBase plans two-way.
	noBase bool
	// more are further files of the repository.
	more synth.Files
	// change changes the live rule after it was read from its spec.
	change func(*panther.Entity)
}

const other = "AnalysisType: rule\nRuleID: Other\nEnabled: true\nSeverity: High\nDetection: [{Key: o, Condition: Exists}]\n"

// ruleKey is the rule that the matrix turns.
var ruleKey = panther.Key{Kind: panther.SimpleRule, ID: "R"}

func ruleSpec(lines ...string) string {
	return "AnalysisType: rule\nRuleID: R\nDetection: [{Key: a, Condition: Exists}]\n" + strings.Join(lines, "\n") + "\n"
}

func load(t testing.TB, files synth.Files) *repo.Repo {
	t.Helper()
	r, err := repo.Load(context.Background(), files, repo.Options{ExcludeStatus: []string{"Experimental"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plan makes the plan of three sides.
func (s sides) plan(t testing.TB, o sync.PlanOptions) *sync.Plan {
	t.Helper()
	wanted, live := s.inputs(t, &o)
	p, err := sync.BuildPlan(context.Background(), wanted, live, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// inputs returns the repository and what is live, and sets the base.
func (s sides) inputs(t testing.TB, o *sync.PlanOptions) (*repo.Repo, sync.Live) {
	t.Helper()
	files := func(spec string) synth.Files {
		out := synth.Files{"rules/other.yml": other}
		if spec != "" {
			out["rules/r.yml"] = spec
		}
		return out
	}
	live := sync.Live{}
	for _, it := range load(t, files(s.live)).Items {
		e := it.Entity().Entity
		// A live entity shows all it has.
		if e.Fields["createAlert"] == nil {
			e.Fields["createAlert"] = true
		}
		if s.change != nil && e.Key == ruleKey {
			s.change(&e)
		}
		live[e.Key] = e
	}
	if !s.noBase {
		base, err := sync.NewBase(context.Background(), load(t, files(s.base)), sync.BaseInfo{Record: "0123"})
		if err != nil {
			t.Fatal(err)
		}
		o.Base = base
	}
	wanted := files(s.desired)
	for p, text := range s.more {
		if wanted[p] = text; text == "" {
			delete(wanted, p)
		}
	}
	o.Tenant = "test"
	return load(t, wanted), live
}

// says puts into a few words what a plan does with the rule: what is done to it
// and why, and what it is counted as.
func says(p *sync.Plan) string {
	var out []string
	tell := func(prefix string, list []sync.Change) {
		for _, c := range list {
			if c.Key() != ruleKey {
				continue
			}
			words := []string{string(c.Action), string(c.Cause)}
			if c.Action == sync.Update {
				words = words[:1]
				for _, f := range c.Fields {
					words = append(words, strings.TrimSuffix(f.Name+":"+string(f.Cause), ":"))
				}
				if len(c.Fields) > 1 {
					words = append(words, "("+string(c.Cause)+")")
				}
			}
			out = append(out, strings.TrimSpace(prefix+strings.Join(words, " ")))
		}
	}
	tell("", p.Changes)
	tell("keep ", p.Kept)
	if slices.Contains(p.Gone, ruleKey.String()) {
		out = append(out, "gone")
	}
	s := p.Summary
	if s.Converged > 0 {
		out = append(out, "converged")
	}
	if slices.ContainsFunc(p.Unmanaged, func(u sync.Unmanaged) bool { return u.Kind == ruleKey.Kind && u.ID == ruleKey.ID }) {
		out = append(out, "unmanaged")
	}
	if len(p.Errors()) > 0 {
		out = append(out, "stop")
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// counted is what a plan's counts must be by what it says.
func counted(t *testing.T, p *sync.Plan) {
	t.Helper()
	var want sync.Summary
	for _, c := range p.Changes {
		switch c.Action {
		case sync.Create:
			want.Create++
		case sync.Update:
			want.Update++
		case sync.Delete:
			want.Delete++
		}
	}
	want.Kept = len(p.Kept)
	want.Unmanaged = len(p.Unmanaged)
	seen := map[string]map[panther.Key]bool{"drift": {}, "conflict": {}}
	for _, c := range slices.Concat(p.Changes, p.Kept) {
		if c.Reason == "" && (c.Action == sync.Update || c.Action == sync.Replace) {
			want.Weaker += map[string]int{"weaker": 1}[string(c.Direction)]
			want.Stronger += map[string]int{"stronger": 1}[string(c.Direction)]
		}
		causes := []sync.Cause{c.Cause}
		for _, f := range c.Fields {
			causes = append(causes, f.Cause)
		}
		for name, keys := range seen {
			if slices.Contains(causes, sync.Cause(name)) {
				keys[c.Key()] = true
			}
		}
	}
	want.Drifted, want.Conflicts = len(seen["drift"]), len(seen["conflict"])
	got := p.Summary
	got.Unchanged, got.Converged, got.Live, got.Excluded, got.NotDeployable, got.Skipped = 0, 0, 0, 0, 0, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the counts aren't those of the changes (-want +got):\n%s", diff)
	}
}

var policies = []sync.Policy{sync.Revert, sync.Keep, sync.Fail}

// row is a line of the matrix. Its sides are "-" for absent and else a number,
// the same one for the same value. Of the three outcomes the policy chooses that
// is named; where none is, they are all the first one.
type row struct{ base, desired, live, policy, revert, keep, fail string }

func rows(table string) []row {
	var out []row
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		s := strings.Fields(cells[0])
		r := row{base: s[0], desired: s[1], live: s[2], policy: cells[1], revert: cells[2], keep: cells[2], fail: cells[2]}
		if len(cells) > 4 {
			r.keep, r.fail = cells[3], cells[4]
		}
		out = append(out, r)
	}
	return out
}

// complete sees that a table has each combination of sides once: a value counts
// by whether it is that of another side.
func complete(t *testing.T, table []row, noBase bool) {
	t.Helper()
	var want, got []string
	for _, b := range []string{"-", "1"} {
		for _, d := range []string{"-", "1", "2"} {
			for _, l := range []string{"-", "1", "2", "3"} {
				// The first new value is the lowest.
				next := map[string]string{"-": "1", "1": "2"}[b]
				if d != "-" && d > next || noBase && b != "-" {
					continue
				}
				if d == next {
					next = string(next[0] + 1)
				}
				if l != "-" && l > next {
					continue
				}
				want = append(want, b+" "+d+" "+l)
			}
		}
	}
	for _, r := range table {
		got = append(got, r.base+" "+r.desired+" "+r.live)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table hasn't each combination once (-all +table):\n%s", diff)
	}
}

// hold plans a row by each pair of policies.
func (r row) hold(t *testing.T, s sides, o sync.PlanOptions) {
	t.Helper()
	for _, onDrift := range policies {
		for _, onConflict := range policies {
			o.Policies.OnDrift, o.Policies.OnConflict = onDrift, onConflict
			chosen := map[string]sync.Policy{"on_drift": onDrift, "on_conflict": onConflict}[r.policy]
			want := map[sync.Policy]string{sync.Keep: r.keep, sync.Fail: r.fail, sync.Revert: r.revert, "": r.revert}[chosen]
			p := s.plan(t, o)
			if got := says(p); got != want {
				t.Errorf("base %s, desired %s, live %s, on_drift %s, on_conflict %s: %s; want %s", r.base, r.desired, r.live, onDrift, onConflict, got, want)
			}
			counted(t, p)
		}
	}
}

// TestMatrixOfEntities has every combination of a whole entity: absent, the same,
// or another on each side.
func TestMatrixOfEntities(t *testing.T) {
	severities := map[string]string{"1": "High", "2": "Low", "3": "Info"}
	spec := func(v string) string {
		if v == "-" {
			return ""
		}
		return ruleSpec("Enabled: true", "Severity: "+severities[v])
	}
	// base desired live | decided by | revert | keep | fail
	known := rows(`
		-    -    -    |             | nothing
		-    -    1    |             | unmanaged
		-    1    -    |             | create commit
		-    1    1    |             | nothing
		-    1    2    | on_drift    | update severity:adopt    | keep update severity:adopt    | update severity:adopt, stop
		1    -    -    |             | gone, converged
		1    -    1    |             | delete commit
		1    -    2    | on_conflict | delete conflict          | keep delete conflict          | delete conflict, stop
		1    1    -    | on_drift    | create drift             | keep create drift             | create drift, stop
		1    1    1    |             | nothing
		1    1    2    | on_drift    | update severity:drift    | keep update severity:drift    | update severity:drift, stop
		1    2    -    | on_conflict | create conflict          | keep create conflict          | create conflict, stop
		1    2    1    |             | update severity:commit
		1    2    2    |             | converged
		1    2    3    | on_conflict | update severity:conflict | keep update severity:conflict | update severity:conflict, stop
	`)
	complete(t, known, false)
	for _, r := range known {
		r.hold(t, sides{base: spec(r.base), desired: spec(r.desired), live: spec(r.live)}, sync.PlanOptions{})
	}
	// Without a base nobody is said to have done anything.
	unknown := rows(`
		-    -    -    |             | nothing
		-    -    1    |             | unmanaged
		-    1    -    |             | create
		-    1    1    |             | nothing
		-    1    2    |             | update severity
	`)
	complete(t, unknown, true)
	for _, r := range unknown {
		r.hold(t, sides{noBase: true, desired: spec(r.desired), live: spec(r.live)}, sync.PlanOptions{})
	}
	row{"none", "-", "1", "", "delete", "delete", "delete"}.hold(t, sides{noBase: true, live: spec("1")}, sync.PlanOptions{Delete: true})
	// Who names what to plan is stopped anyway.
	mine, err := sync.ParseFilter([]string{"*/R"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range known {
		r.hold(t, sides{base: spec(r.base), desired: spec(r.desired), live: spec(r.live)}, sync.PlanOptions{Only: mine})
	}
	// What others made is never deleted once a base shows that they did.
	row{"-", "-", "1", "", "unmanaged", "unmanaged", "unmanaged"}.hold(t, sides{live: spec("1")}, sync.PlanOptions{Delete: true})
}

// TestMatrixOfFields has every combination of one field of an entity that is
// there on all sides.
func TestMatrixOfFields(t *testing.T) {
	texts := map[string]string{"1": "one", "2": "two", "3": "three"}
	filters := map[string]string{"1": "[{All: []}]", "2": "[{Key: k, Condition: Exists}]", "3": "[{Key: l, Condition: Exists}]"}
	minutes := map[string]string{"1": "15", "2": "30", "3": "45"}
	for _, table := range []struct {
		name, key string
		values    map[string]string
		rows      string
		unmanaged []string
		complete  bool
		change    func(*panther.Entity)
	}{
		{name: "a field that is empty where nobody writes it", key: "Description", values: texts, complete: true, rows: `
			-    -    -    |             | nothing
			-    -    1    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			-    1    -    |             | update F:commit
			-    1    1    |             | converged
			-    1    2    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    -    -    |             | converged
			1    -    1    |             | update F:commit
			1    -    2    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    1    -    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    1    1    |             | nothing
			1    1    2    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    2    -    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    2    1    |             | update F:commit
			1    2    2    |             | converged
			1    2    3    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
		`},
		{name: "a field with a default, which the same value on another side is", key: "DedupPeriodMinutes", rows: `
			-    60   -    |             | nothing
			60   -    60   |             | nothing
			-    60   15   | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			15   -    15   |             | update F:commit
			15   60   -    |             | converged
		`},
		{name: "another such field, with all combinations", key: "DedupPeriodMinutes", values: minutes, complete: true, rows: `
			-    -    -    |             | nothing
			-    -    1    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			-    1    -    |             | update F:commit
			-    1    1    |             | converged
			-    1    2    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    -    -    |             | converged
			1    -    1    |             | update F:commit
			1    -    2    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    1    -    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    1    1    |             | nothing
			1    1    2    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    2    -    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    2    1    |             | update F:commit
			1    2    2    |             | converged
			1    2    3    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
		`},
		{name: "a field that is left to Panther where the spec is silent", key: "InlineFilters", values: filters, complete: true, rows: `
			-    -    -    |             | nothing
			-    -    1    |             | nothing
			-    1    -    |             | update F:commit
			-    1    1    |             | nothing
			-    1    2    |             | update F:commit
			1    -    -    |             | nothing
			1    -    1    |             | nothing
			1    -    2    |             | nothing
			1    1    -    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    1    1    |             | nothing
			1    1    2    | on_drift    | update F:drift    | keep update F:drift    | update F:drift, stop
			1    2    -    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
			1    2    1    |             | update F:commit
			1    2    2    |             | converged
			1    2    3    | on_conflict | update F:conflict | keep update F:conflict | update F:conflict, stop
		`},
		{name: "a field of two values, silent or not", key: "Enabled", rows: `
			-     -     true  |             | nothing
			-     true  true  |             | nothing
			-     true  false |             | update F:commit
			true  -     false |             | nothing
			true  true  false | on_drift    | update F:drift  | keep update F:drift  | update F:drift, stop
			true  false true  |             | update F:commit
			true  false false |             | converged
			true  true  true  |             | nothing
		`},
		{name: "a field that newer Panthers have, with its default", key: "CreateAlert", rows: `
			-     -     true  |             | nothing
			-     true  true  |             | nothing
			true  -     true  |             | nothing
			-     -     false | on_drift    | update F:drift  | keep update F:drift  | update F:drift, stop
			-     false true  |             | update F:commit
			-     false false |             | converged
			false -     true  |             | converged
			false -     false |             | update F:commit
			false false true  | on_drift    | update F:drift  | keep update F:drift  | update F:drift, stop
			false false false |             | nothing
			false true  true  |             | converged
			false true  false |             | update F:commit
		`},
		{name: "the same where Panther is older and doesn't show it", key: "CreateAlert", change: func(e *panther.Entity) { delete(e.Fields, "createAlert") }, rows: `
			-     -     true  |             | nothing
			-     false true  |             | nothing
			false -     true  |             | nothing
			false false true  |             | nothing
			false true  true  |             | nothing
		`},
		{name: "a field that is Panther's", key: "Description", values: texts, complete: true, unmanaged: []string{"Description"}, rows: `
			-    -    -    |             | nothing
			-    -    1    |             | nothing
			-    1    -    |             | nothing
			-    1    1    |             | nothing
			-    1    2    |             | nothing
			1    -    -    |             | nothing
			1    -    1    |             | nothing
			1    -    2    |             | nothing
			1    1    -    |             | nothing
			1    1    1    |             | nothing
			1    1    2    |             | nothing
			1    2    -    |             | nothing
			1    2    1    |             | nothing
			1    2    2    |             | nothing
			1    2    3    |             | nothing
		`},
	} {
		t.Run(table.name, func(t *testing.T) {
			f, ok := panther.SimpleRule.FieldForSpecKey(table.key)
			if !ok {
				t.Fatal("no such field")
			}
			list := rows(strings.ReplaceAll(table.rows, " F:", " "+f.Name+":"))
			if table.complete {
				complete(t, list, false)
			}
			spec := func(v string) string {
				lines := []string{"Severity: High"}
				if table.key != "Enabled" {
					lines = append(lines, "Enabled: true")
				}
				if text, ok := table.values[v]; ok {
					v = text
				}
				if v != "-" {
					lines = append(lines, table.key+": "+v)
				}
				return ruleSpec(lines...)
			}
			var o sync.PlanOptions
			if table.unmanaged != nil {
				r, err := sync.NewFieldRule(table.unmanaged, []string{"simple_rule/R"})
				if err != nil {
					t.Fatal(err)
				}
				o.Policies.UnmanagedFields = sync.FieldRules{r}
			}
			for _, r := range list {
				r.hold(t, sides{base: spec(r.base), desired: spec(r.desired), live: spec(r.live), change: table.change}, o)
			}
		})
	}
}

// TestMatrixOfWhatIsNotThere has what the repository names and doesn't want, and
// what it may hold without anybody seeing it: neither is ever deleted.
func TestMatrixOfWhatIsNotThere(t *testing.T) {
	one, two := ruleSpec("Enabled: true", "Severity: High"), ruleSpec("Enabled: true", "Severity: Low")
	spec := map[string]string{"-": "", "1": one, "2": two}
	managed := func(e *panther.Entity) { e.Managed = true }
	onlyOther, err := sync.ParseFilter([]string{"*/Other"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		desired string
		more    synth.Files
		options sync.PlanOptions
		change  func(*panther.Entity)
		// The sides are base and live, with what stands for desired between them.
		rows string
		// says is a diagnostic of each row in which the rule is live and deployed.
		says string
	}{
		{name: "excluded by its Status", desired: ruleSpec("Status: Experimental", "Severity: Info"), rows: `
			-    x    -    |             | nothing
			-    x    1    |             | nothing
			1    x    -    |             | nothing
			1    x    1    |             | nothing
			1    x    2    |             | nothing
		`, says: "info: live in Panther and left unchanged, because their Status excludes them from deployment: simple_rule/R"},
		{name: "broken by a value", desired: ruleSpec("Severity: Hihg"), rows: `
			-    x    -    |             | stop
			-    x    1    |             | stop
			1    x    -    |             | stop
			1    x    1    |             | stop
			1    x    2    |             | stop
		`, says: `rules/r.yml:4:11: error: Severity "Hihg" is not one of Info, Low, Medium, High, Critical; did you mean "High"?`},
		{name: "without logic", desired: "AnalysisType: rule\nRuleID: R\nSeverity: High\n", rows: `
			-    x    1    |             | stop
			1    x    -    |             | stop
			1    x    1    |             | stop
			1    x    2    |             | stop
		`, says: `the rule has no logic`},
		{name: "derived from another rule", desired: "AnalysisType: rule\nRuleID: R\nBaseDetection: Other\nSeverity: Low\n", rows: `
			-    x    -    |             | nothing
			-    x    1    |             | nothing
			1    x    -    |             | nothing
			1    x    1    |             | nothing
			1    x    2    |             | nothing
		`},
		{name: "outside of what counts as content", more: synth.Files{"elsewhere/r.yml": one}, rows: `
			-    x    1    |             | nothing
			1    x    -    |             | gone, converged
			1    x    1    |             | stop
			1    x    2    |             | stop
		`, says: "1 spec is outside the folders that count as content: elsewhere/r.yml"},
		{name: "deployed from here and outside of content now", more: synth.Files{"elsewhere/r.yml": one}, rows: `
			1    x    1    |             | stop
		`, says: "elsewhere/r.yml: error: simple_rule/R was deployed from here, and its spec is no longer content; to take it in, name elsewhere/r.yml in content.include of pdac.yaml; to let it go and leave it in Panther, add simple_rule/R to deploy.released"},
		{name: "perhaps in a file that can't be read", more: synth.Files{"rules/broken.yml": "AnalysisType: rule\nRuleID: [\n"}, rows: `
			-    x    -    |             | stop
			-    x    1    |             | unmanaged, stop
			1    x    -    |             | stop
			1    x    1    |             | stop
			1    x    2    |             | stop
		`, says: "warning: no deletes are planned, because rules/broken.yml can't be read and may define what seems to be missing; fix it first"},
		{name: "perhaps in the rest of the repository", options: sync.PlanOptions{KeepRemoved: "this is only a part"}, rows: `
			-    x    1    |             | unmanaged
			1    x    -    |             | nothing
			1    x    1    |             | nothing
			1    x    2    |             | nothing
		`, says: "warning: deployed earlier and missing from the repository, but not planned for deletion, because this is only a part: simple_rule/R"},
		{name: "in a repository without specs", more: synth.Files{"rules/other.yml": ""}, rows: `
			-    x    1    |             | unmanaged
			1    x    -    |             | nothing
			1    x    1    |             | nothing
		`, says: "warning: deployed earlier and missing from the repository, but not planned for deletion, because the repository has no specs: simple_rule/Other, simple_rule/R"},
		{name: "not looked at", options: sync.PlanOptions{Only: onlyOther}, rows: `
			-    x    1    |             | nothing
			1    x    -    |             | nothing
			1    x    1    |             | nothing
			1    x    2    |             | nothing
		`},
		{name: "maintained by a pack", change: managed, rows: `
			-    x    1    |             | unmanaged
			1    x    1    |             | keep delete commit
			1    x    2    |             | keep delete conflict
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range rows(c.rows) {
				s := sides{base: spec[r.base], desired: c.desired, live: spec[r.live], more: c.more, change: c.change}
				r.hold(t, s, c.options)
				if r.base == "-" || r.live == "-" || c.says == "" {
					continue
				}
				var all []string
				for _, d := range s.plan(t, c.options).Diagnostics {
					all = append(all, d.String())
				}
				if !slices.ContainsFunc(all, func(d string) bool { return strings.Contains(d, c.says) }) {
					t.Errorf("not reported %q:\n%s", c.says, strings.Join(all, "\n"))
				}
			}
		})
	}
}

// TestMatrixOfMixedFields has fields of one entity that were changed by different
// hands: each is judged by itself.
func TestMatrixOfMixedFields(t *testing.T) {
	// The fields are Severity, Description and Tags, in that order of the table.
	spec := func(values string) string {
		v := strings.Split(values, "")
		return ruleSpec("Enabled: true", "Severity: "+map[string]string{"1": "High", "2": "Low", "3": "Info"}[v[0]], "Description: d"+v[1], "Tags: [t"+v[2]+"]")
	}
	for _, c := range []struct{ base, desired, live, onDrift, onConflict, want string }{
		{"111", "211", "121", "revert", "fail", "update severity:commit description:drift (mixed)"},
		{"111", "211", "121", "keep", "fail", "update severity:commit, keep update description:drift"},
		{"111", "211", "121", "fail", "fail", "update severity:commit description:drift (mixed), stop"},
		{"111", "212", "313", "revert", "revert", "update severity:conflict tags:conflict (conflict)"},
		{"111", "221", "131", "revert", "revert", "update severity:commit description:conflict (conflict)"},
		{"111", "221", "131", "revert", "keep", "update severity:commit, keep update description:conflict"},
		{"111", "221", "131", "revert", "fail", "update severity:commit description:conflict (conflict), stop"},
		{"111", "212", "132", "revert", "fail", "update severity:commit description:drift (mixed)"},
		{"111", "212", "312", "keep", "keep", "keep update severity:conflict"},
		{"111", "211", "331", "revert", "keep", "update description:drift, keep update severity:conflict"},
		{"111", "211", "331", "keep", "revert", "update severity:conflict, keep update description:drift"},
		{"111", "211", "331", "keep", "keep", "keep update severity:conflict description:drift (conflict)"},
		{"111", "211", "331", "fail", "keep", "update description:drift, keep update severity:conflict, stop"},
		{"111", "222", "222", "fail", "fail", "converged"},
		{"111", "221", "211", "fail", "fail", "update description:commit"},
	} {
		s := sides{base: spec(c.base), desired: spec(c.desired), live: spec(c.live)}
		p := s.plan(t, sync.PlanOptions{Policies: sync.Policies{OnDrift: sync.Policy(c.onDrift), OnConflict: sync.Policy(c.onConflict)}})
		if got := says(p); got != c.want {
			t.Errorf("base %s, desired %s, live %s, on_drift %s, on_conflict %s: %s; want %s", c.base, c.desired, c.live, c.onDrift, c.onConflict, got, c.want)
		}
		counted(t, p)
	}
}

// TestAValueTakenOutIsAChangeToo: somebody deleted the rule in the console, and
// here a value went that Panther has a default for.
func TestAValueTakenOutIsAChangeToo(t *testing.T) {
	lines := []string{"Enabled: true", "Severity: High"}
	for value, want := range map[string]string{"false": "create conflict, stop", "true": "create drift"} {
		p := sides{base: ruleSpec(append(lines, "CreateAlert: "+value)...), desired: ruleSpec(lines...)}.plan(t, sync.PlanOptions{})
		if got := says(p); got != want {
			t.Errorf("CreateAlert %s taken out: %s, want %s", value, got, want)
		}
	}
}

// TestADeploymentsValuesAreTold: each field says what was deployed, what is live
// and what is wanted, and each kept one why.
func TestADeploymentsValuesAreTold(t *testing.T) {
	spec := func(d string) string { return ruleSpec("Enabled: true", "Severity: High", "Description: "+d) }
	s := sides{base: spec("deployed"), desired: spec("wanted"), live: spec("by hand")}
	for policy, reason := range map[sync.Policy]string{sync.Revert: "", sync.Keep: "changed on both sides, and on_conflict is keep"} {
		p := s.plan(t, sync.PlanOptions{Policies: sync.Policies{OnConflict: policy}})
		c := slices.Concat(p.Changes, p.Kept)[0]
		want := []sync.FieldChange{{Name: "description", Before: "by hand", After: "wanted", Deployed: "deployed", Cause: sync.CauseConflict, Direction: "neutral"}}
		if diff := cmp.Diff(want, c.Fields); diff != "" || c.Reason != reason {
			t.Errorf("reason %q (-want +got):\n%s", c.Reason, diff)
		}
	}
	for _, c := range []struct {
		s      sides
		reason string
	}{
		{sides{base: spec("d"), desired: spec("d"), live: spec("by hand")}, "changed in Panther, and on_drift is keep"},
		{sides{desired: spec("d"), live: spec("by hand")}, "live but not deployed from this repository, and on_drift is keep"},
		{sides{base: spec("d"), live: spec("d"), change: func(e *panther.Entity) { e.Managed = true }}, "it is maintained by one of Panther's packs, and pdac never deletes those"},
	} {
		p := c.s.plan(t, sync.PlanOptions{Policies: sync.Policies{OnDrift: sync.Keep}})
		if len(p.Kept) != 1 || p.Kept[0].Reason != c.reason {
			t.Errorf("kept %v, want the reason %q", p.Kept, c.reason)
		}
	}
}
