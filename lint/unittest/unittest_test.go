package unittest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
)

// harness is the folder of the harness for all tests, so that Python compiles it once.
var harness string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "pdac-unittest-")
	if err != nil {
		panic(err)
	}
	harness = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// python is found once, since a version manager takes long to answer.
var python = sync.OnceValues(func() (*pyrun.Python, error) {
	return pyrun.Find(context.Background(), pyrun.FindOptions{Getenv: os.Getenv})
})

// content is a small repository.
func content() map[string]string {
	return map[string]string{
		"rules/login.yml":         spec("rule", "Acme.Login", "Filename: login.py\nLogTypes: [Acme.Log]", "- {Name: yes, ExpectedResult: true, Log: {user: ada}}\n  - {Name: no, ExpectedResult: false, Log: {user: bob}}"),
		"rules/login.py":          "from acme import who\ndef rule(event):\n    return who(event) == 'ada'\n",
		"rules/alone.yml":         spec("rule", "Acme.Alone", "Filename: alone.py\nLogTypes: [Acme.Log]", "- {Name: yes, ExpectedResult: true, Log: {p_log_type: Acme.Log, x: 1}}"),
		"rules/alone.py":          "def rule(event):\n    return event.udm('number') == 1\n",
		"rules/derived.yml":       spec("rule", "Acme.Derived", "BaseDetection: Acme.Login", ""),
		"rules/simple.yml":        spec("rule", "Acme.Simple", "LogTypes: [Acme.Log]\nDetection:\n  - {Key: a, Condition: Equals, Value: x}", "- {Name: yes, ExpectedResult: true, Log: {a: x}}\n  - {Name: no, ExpectedResult: false, Log: {a: y}}"),
		"policies/bucket.yml":     strings.Replace(spec("policy", "Acme.Bucket", "Filename: bucket.py\nResourceTypes: [AWS.S3.Bucket]", "- {Name: closed, ExpectedResult: true, Resource: {open: false}}"), "RuleID", "PolicyID", 1),
		"policies/bucket.py":      "def policy(resource):\n    return not resource['open']\n",
		"global_helpers/acme.yml": "AnalysisType: global\nGlobalID: acme\nFilename: acme.py\n",
		"global_helpers/acme.py":  "def who(event):\n    return event['user']\n",
		"data_models/acme.yml":    "AnalysisType: datamodel\nDataModelID: Acme.DM\nEnabled: true\nLogTypes: [Acme.Log]\nMappings:\n  - {Name: number, Path: x}\n",
	}
}

func spec(kind, id, middle, tests string) string {
	out := "AnalysisType: " + kind + "\nRuleID: " + id + "\nEnabled: true\nSeverity: Low\n" + middle + "\n"
	if tests != "" {
		out += "Tests:\n  " + tests + "\n"
	}
	return out
}

func tree(files map[string]string) repo.Tree {
	o := repo.Overlay{Files: map[string][]byte{}}
	for p, text := range files {
		o.Files[p] = []byte(text)
	}
	return o
}

func options(testing.TB) unittest.Options {
	return unittest.Options{
		Folder: harness, Getenv: os.Getenv, Workers: 1, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Python: func(pyrun.Known) (*pyrun.Python, error) { return python() },
	}
}

// cached are options with a cache in a folder.
func cached(t testing.TB, dir string) unittest.Options {
	o := options(t)
	o.Cache = unittest.Cache{Root: dir, Build: "test", Key: []byte("key")}
	return o
}

// run runs the tests, and skips the test where there is no Python.
func run(t *testing.T, in unittest.Input, o unittest.Options) *unittest.Result {
	t.Helper()
	return ran(t, unittest.Run, in, o)
}

// show lists the results, in short.
func show(res *unittest.Result) (out []string) {
	for _, x := range res.Tests {
		line := fmt.Sprintf("%s %s: %s", x.ID, x.Name, x.Status)
		if x.Cached {
			line += " (cached)"
		}
		if x.Reason != "" {
			line += ": " + x.Reason
		}
		for _, e := range x.Errors {
			line += fmt.Sprintf(": %s %s: %s", e.Function, e.Type, e.Message)
		}
		out = append(out, line)
	}
	return out
}

func wantTests(t *testing.T, what string, res *unittest.Result, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, show(res)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var all = []string{
	"Acme.Bucket closed: passed", "Acme.Alone yes: passed", "Acme.Derived yes: passed", "Acme.Login yes: passed",
	"Acme.Derived no: passed", "Acme.Login no: passed", "Acme.Simple yes: passed", "Acme.Simple no: passed",
}

func TestRun(t *testing.T) {
	res := run(t, unittest.Input{Tree: tree(content())}, options(t))
	wantTests(t, "all", res, all...)
	if res.Detections != 5 || res.Untested != 0 || res.Python == nil || !res.OK() {
		t.Errorf("got %+v", res)
	}
}

// TestJudged covers what passes and what does not.
func TestJudged(t *testing.T) {
	for _, c := range []struct{ name, body, expected, want string }{
		{"an exception", "def rule(e): return e['x']", "true", "errored: rule KeyError: 'x'"},
		{"the wrong value", "def rule(e): return False", "true", "failed"},
		{"no bool", "def rule(e): return None", "false", "errored: rule WrongReturn: rule() returned None, and must return True or False"},
		{"a function that fails for an alert", "def rule(e): return True\ndef title(e): return e['x']", "true", "errored: title KeyError: 'x'"},
		{"a function that fails without an alert", "def rule(e): return False\ndef title(e): return e['x']", "false", "passed"},
		{"the wrong value and a function that fails", "def rule(e): return False\ndef title(e): return e['x']", "true", "failed: title KeyError: 'x'"},
		{"a syntax error", "def rule(e) return", "true", "errored:  SyntaxError: expected ':'"},
		{"no rule", "def rul(e): return True", "true", "errored:  AttributeError: the file does not define rule()"},
		{"a package", "import pycountry_of_acme\ndef rule(e): return True", "true", "not_run: needs the Python package pycountry_of_acme:  ModuleNotFoundError: No module named 'pycountry_of_acme'"},
		{"a file that is no global", "import beside\ndef rule(e): return True", "true", "errored:  ModuleNotFoundError: No module named 'beside'; rules/beside.py is no global, and detections import only globals and packages"},
		{"an exit", "import os\ndef rule(e): os._exit(3)", "true", "crashed:  Crashed: its process ended: exit code 3"},
		{"a value that is no bool", "def rule(e): return True", "maybe", `errored:  InvalidTest: ExpectedResult of test "t" must be true or false, not "maybe"`},
	} {
		files := map[string]string{
			"rules/a.yml": spec("rule", "A", "Filename: a.py\nLogTypes: [X]", "- {Name: t, ExpectedResult: "+c.expected+", Log: {a: 1}}"),
			"rules/a.py":  c.body, "rules/beside.py": "",
		}
		res := run(t, unittest.Input{Tree: tree(files)}, options(t))
		wantTests(t, c.name, res, "A t: "+c.want)
	}
}

// TestCreateAlert: without an alert only alert_context counts.
func TestCreateAlert(t *testing.T) {
	for body, want := range map[string]string{"def title(e): return e['x']": "passed", "def alert_context(e): return e['x']": "errored: alert_context KeyError: 'x'"} {
		res := run(t, unittest.Input{Tree: tree(map[string]string{
			"rules/a.yml": spec("rule", "A", "Filename: a.py\nLogTypes: [X]\nCreateAlert: false", "- {Name: t, ExpectedResult: true, Log: {a: 1}}"),
			"rules/a.py":  "def rule(e): return True\n" + body,
		})}, options(t))
		wantTests(t, body, res, "A t: "+want)
	}
}

// TestInlineFilters apply before the rule.
func TestInlineFilters(t *testing.T) {
	res := run(t, unittest.Input{Tree: tree(map[string]string{
		"rules/a.yml": spec("rule", "A", "Filename: a.py\nLogTypes: [X]\nInlineFilters:\n  - {Key: user, Condition: DoesNotEqual, Value: robot}", "- {Name: person, ExpectedResult: true, Log: {user: ada}}\n  - {Name: robot, ExpectedResult: false, Log: {user: robot}}"),
		"rules/a.py":  "def rule(e): return True",
	})}, options(t))
	wantTests(t, "filters", res, "A person: passed", "A robot: passed")
}

// TestInlineFiltersOfDerivedRules: a test of the base says nothing about an event that only the
// derived rule's filters drop.
func TestInlineFiltersOfDerivedRules(t *testing.T) {
	const filter = "InlineFilters:\n  - {Key: user, Condition: DoesNotEqual, Value: "
	res := run(t, unittest.Input{Tree: tree(map[string]string{
		"rules/a.yml": spec("rule", "A", "Filename: a.py\nLogTypes: [X]\n"+filter+"robot}", "- {Name: person, ExpectedResult: true, Log: {user: ada}}\n  - {Name: robot, ExpectedResult: false, Log: {user: robot}}"),
		"rules/a.py":  "def rule(e): return True",
		"rules/b.yml": spec("rule", "B", "BaseDetection: A\n"+filter+"ada}", ""),
		"rules/c.yml": spec("rule", "C", "BaseDetection: A", ""),
		"rules/d.yml": spec("rule", "D", "BaseDetection: A\n"+filter+"ada}", "- {Name: ada, ExpectedResult: false, Log: {user: ada}}"),
	})}, options(t))
	wantTests(t, "filters", res, "A person: passed", `B person: not_run: it is a test of the base, and the inline filters of the derived rule drop its event (user DoesNotEqual "ada": the event has "ada"); give the derived rule tests of its own`, "C person: passed", "A robot: passed", "B robot: failed", "C robot: passed", "D ada: passed")
	for i := range res.Tests {
		if r := &res.Tests[i]; r.Status == unittest.NotRun && !r.Unsure {
			t.Errorf("%s %s fails the run", r.ID, r.Name)
		}
	}
}

// TestCache: a result is of an earlier run until something that it depends on changes, and
// nothing else matters.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	files := content()
	first := run(t, unittest.Input{Tree: tree(files)}, cached(t, dir))
	wantTests(t, "first", first, all...)
	second := run(t, unittest.Input{Tree: tree(files)}, cached(t, dir))
	for i, line := range show(second) {
		if line != all[i]+" (cached)" {
			t.Errorf("second: %s", line)
		}
	}
	if second.Python == nil {
		t.Error("the Python of cached results is not named")
	}
	for path, affected := range map[string][]string{
		"global_helpers/acme.py":  {"Acme.Login", "Acme.Derived"},
		"rules/login.py":          {"Acme.Login", "Acme.Derived"},
		"rules/derived.yml":       {"Acme.Derived"},
		"data_models/acme.yml":    {"Acme.Alone"},
		"rules/simple.yml":        {"Acme.Simple"},
		"policies/bucket.yml":     {"Acme.Bucket"},
		"global_helpers/acme.yml": nil,
	} {
		changed := maps.Clone(files)
		changed[path] += "\n# changed\n"
		res := run(t, unittest.Input{Tree: tree(changed)}, cached(t, dir))
		var ran []string
		for _, x := range res.Tests {
			if !x.Cached {
				ran = append(ran, x.ID)
			}
		}
		slices.Sort(ran)
		slices.Sort(affected)
		if !slices.Equal(slices.Compact(ran), affected) {
			t.Errorf("%s changed: %v ran, want %v", path, slices.Compact(ran), affected)
		}
	}
	// Another key seals another file.
	other := cached(t, dir)
	other.Cache.Key = []byte("other")
	if res := run(t, unittest.Input{Tree: tree(files)}, other); res.Cached() != 0 {
		t.Errorf("%d results are of a cache with another key", res.Cached())
	}
}

// TestFailuresAreKept with all that is shown of them.
func TestFailuresAreKept(t *testing.T) {
	dir, files := t.TempDir(), content()
	files["rules/login.py"] = "from acme import who\ndef rule(event):\n    print('hi')\n    return who(event)['x'] == 'ada'\n"
	first := run(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/login.yml"}}, cached(t, dir))
	second := run(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/login.yml"}}, cached(t, dir))
	if first.Cached() != 0 || second.Cached() != 4 || second.OK() {
		t.Errorf("cached: %d, then %d", first.Cached(), second.Cached())
	}
	for i := range second.Tests {
		second.Tests[i].Cached = false
	}
	if diff := cmp.Diff(first.Tests, second.Tests); diff != "" {
		t.Errorf("(-first +second)\n%s", diff)
	}
	x := first.Tests[0]
	if len(x.Errors) != 1 || len(x.Errors[0].Trace) != 1 || x.Errors[0].Trace[0].Source != "return who(event)['x'] == 'ada'" || x.Printed != "hi\n" || len(x.Reads) != 1 || x.Reads[0].Path != "user" {
		t.Errorf("got %+v", x)
	}
}

// TestClockExpires: what reads the clock runs again after a day.
func TestClockExpires(t *testing.T) {
	dir, files := t.TempDir(), content()
	files["global_helpers/acme.py"] = "import datetime\n" + files["global_helpers/acme.py"]
	o := cached(t, dir)
	run(t, unittest.Input{Tree: tree(files)}, o)
	for after, want := range map[time.Duration]int{time.Hour: 8, 25 * time.Hour: 4, -time.Hour: 4} {
		later := cached(t, t.TempDir())
		if err := os.CopyFS(later.Cache.Root, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		later.Now = o.Now.Add(after)
		if res := run(t, unittest.Input{Tree: tree(files)}, later); res.Cached() != want {
			t.Errorf("after %s %d results are cached, want %d", after, res.Cached(), want)
		}
	}
}

// TestSelection covers paths, kinds, names, filters and what changed.
func TestSelection(t *testing.T) {
	files := content()
	before := maps.Clone(files)
	before["global_helpers/acme.py"] = "def who(event): return 1\n"
	delete(before, "rules/simple.yml")
	dir := t.TempDir()
	for _, c := range []struct {
		name   string
		in     unittest.Input
		change func(*unittest.Options)
		want   string
	}{
		{"a spec", unittest.Input{Paths: []string{"rules/alone.yml"}}, nil, "Acme.Alone yes"},
		{"a Python file", unittest.Input{Paths: []string{"rules/alone.py"}}, nil, "Acme.Alone yes"},
		{"a folder", unittest.Input{Paths: []string{"policies"}}, nil, "Acme.Bucket closed"},
		{"a global", unittest.Input{Paths: []string{"global_helpers/acme.py"}}, nil, "Acme.Derived yes, Acme.Login yes, Acme.Derived no, Acme.Login no"},
		{"a data model", unittest.Input{Paths: []string{"data_models"}}, nil, "Acme.Alone yes"},
		{"a kind", unittest.Input{}, func(o *unittest.Options) { o.Only = []string{"derived_rule/*", "simple_rule/Acme.S*"} }, "Acme.Derived yes, Acme.Derived no, Acme.Simple yes, Acme.Simple no"},
		{"a name", unittest.Input{}, func(o *unittest.Options) { o.Names = []string{"n*"} }, "Acme.Derived no, Acme.Login no, Acme.Simple no"},
		{"a value", unittest.Input{}, func(o *unittest.Options) {
			o.Filter = repo.Filters{{Key: "LogTypes", Values: []string{"acme.log"}}}
		}, "Acme.Alone yes, Acme.Login yes, Acme.Login no, Acme.Simple yes, Acme.Simple no"},
		{"another value", unittest.Input{}, func(o *unittest.Options) {
			o.Filter = repo.Filters{{Key: "AnalysisType", Values: []string{"rule"}, Not: true}}
		}, "Acme.Bucket closed"},
		{"a change", unittest.Input{Before: tree(before)}, nil, "Acme.Derived yes, Acme.Login yes, Acme.Derived no, Acme.Login no, Acme.Simple yes, Acme.Simple no"},
	} {
		c.in.Tree = tree(files)
		o := cached(t, dir)
		if c.change != nil {
			c.change(&o)
		}
		var got []string
		for _, x := range run(t, c.in, o).Tests {
			got = append(got, x.ID+" "+x.Name)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %s, want %s", c.name, strings.Join(got, ", "), c.want)
		}
	}
}

// TestLastFailed runs only what failed, until it passes.
func TestLastFailed(t *testing.T) {
	dir, files := t.TempDir(), content()
	good := files["rules/alone.py"]
	files["rules/alone.py"] = "def rule(e): return False\n"
	run(t, unittest.Input{Tree: tree(files)}, cached(t, dir))
	again := cached(t, dir)
	again.Failed = true
	wantTests(t, "again", run(t, unittest.Input{Tree: tree(files)}, again), "Acme.Alone yes: failed (cached)")
	files["rules/alone.py"] = good
	wantTests(t, "fixed", run(t, unittest.Input{Tree: tree(files)}, again), "Acme.Alone yes: passed")
	wantTests(t, "none left", run(t, unittest.Input{Tree: tree(files)}, again))
}

// TestLimits covers --fail-fast, --minimum-tests, --allow-not-run and --strict.
func TestLimits(t *testing.T) {
	files := content()
	for i := range 9 {
		files[fmt.Sprintf("rules/bad%d.yml", i)] = spec("rule", fmt.Sprintf("Acme.Bad%d", i), fmt.Sprintf("Filename: bad%d.py\nLogTypes: [X]", i), "- {Name: t, ExpectedResult: true, Log: {a: 1}}")
		files[fmt.Sprintf("rules/bad%d.py", i)] = "def rule(e): return False\n"
	}
	o := options(t)
	o.FailFast = true
	if res := run(t, unittest.Input{Tree: tree(files)}, o); res.Count(unittest.Failed) != 1 || !res.Stopped {
		t.Errorf("%d failed", res.Count(unittest.Failed))
	}
	// A failure of an earlier run counts, too.
	o = cached(t, t.TempDir())
	run(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/bad3.py"}}, o)
	o.FailFast = true
	if res := run(t, unittest.Input{Tree: tree(files)}, o); res.Count(unittest.Failed) != 1 || !res.Stopped || res.Cached() != len(res.Tests) {
		t.Errorf("%d failed, %d of %d cached", res.Count(unittest.Failed), res.Cached(), len(res.Tests))
	}
	o = options(t)
	o.MinTests = 2
	var few []string
	for _, f := range run(t, unittest.Input{Tree: tree(content())}, o).Few {
		few = append(few, f.ID+": "+f.Reason)
	}
	if got, want := strings.Join(few, "; "), "Acme.Bucket: it has 1 of the 2 tests that --minimum-tests demands; add tests; Acme.Alone: it has 1 of the 2 tests that --minimum-tests demands; add tests"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	files = map[string]string{
		"rules/a.yml": spec("rule", "A", "Filename: a.py\nLogTypes: [X]", "- {Name: t, ExpectedResult: true, Log: {a: 1}}"),
		"rules/a.py":  "import package_of_acme\n",
	}
	for allow, want := range map[bool]bool{false: false, true: true} {
		o = options(t)
		o.AllowNotRun = allow
		if res := run(t, unittest.Input{Tree: tree(files)}, o); res.OK() != want {
			t.Errorf("allowed %v: OK is %v", allow, res.OK())
		}
	}
	open := map[string]string{"rules/a.yml": spec("rule", "A", "LogTypes: [X]\nDetection:\n  - {Key: a, Condition: Nonsense, Value: 1}", "- {Name: t, ExpectedResult: true, Log: {a: 1}}")}
	for strict, want := range map[bool]bool{false: true, true: false} {
		o = options(t)
		o.Strict = strict
		if res := run(t, unittest.Input{Tree: tree(open)}, o); res.OK() != want || res.Count(unittest.NotRun) != 1 {
			t.Errorf("strict %v: OK is %v", strict, res.OK())
		}
	}
}

// TestWithoutPython: the other tests run all the same.
func TestWithoutPython(t *testing.T) {
	o := options(t)
	o.Python = func(pyrun.Known) (*pyrun.Python, error) { return nil, pyrun.ErrNoPython }
	res, err := unittest.Run(t.Context(), unittest.Input{Tree: tree(content())}, o)
	var none *unittest.NoPythonError
	if !errors.As(err, &none) || !errors.Is(err, pyrun.ErrNoPython) || res == nil {
		t.Fatalf("got %v", err)
	}
	if res.Count(unittest.Passed) != 2 || res.Count(unittest.NotRun) != 6 {
		t.Errorf("got %v", show(res))
	}
}

// TestUnread: a spec that can't be parsed fails the run.
func TestUnread(t *testing.T) {
	files := content()
	files["rules/broken.yml"] = "AnalysisType: rule\nRuleID: [\n"
	res := run(t, unittest.Input{Tree: tree(files)}, options(t))
	if len(res.Faults) != 1 || res.Faults[0].Path != "rules/broken.yml" || res.OK() {
		t.Errorf("got %+v", res.Faults)
	}
	res = run(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/simple.yml"}}, options(t))
	if len(res.Faults) != 0 {
		t.Errorf("elsewhere: %+v", res.Faults)
	}
}

// TestInterrupted ends at once.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := unittest.Run(ctx, unittest.Input{Tree: tree(content())}, options(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestNothingElsewhere: nothing but the cache is written into a repository.
func TestNothingElsewhere(t *testing.T) {
	dir := t.TempDir()
	for p, text := range content() {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(p)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	work, err := repo.OpenWorktree(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer work.Close()
	run(t, unittest.Input{Tree: work}, cached(t, dir))
	var found []string
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		if _, ours := content()[filepath.ToSlash(rel)]; err == nil && !d.IsDir() && !ours {
			found = append(found, filepath.ToSlash(filepath.Dir(rel)))
		}
		return err
	})
	if err != nil || len(found) != 2 || found[0] != ".pdac" || found[1] != ".pdac/cache" {
		t.Errorf("%v, %v", found, err)
	}
}
