package unittest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

// ran calls a function of the package, and skips the test where there is no Python.
func ran[T any](t *testing.T, f func(context.Context, unittest.Input, unittest.Options) (*T, error), in unittest.Input, o unittest.Options) *T {
	t.Helper()
	res, err := f(t.Context(), in, o)
	var none *unittest.NoPythonError
	if errors.As(err, &none) {
		t.Skipf("no Python to run tests with: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func mutate(t *testing.T, in unittest.Input, o unittest.Options) *unittest.MutationResult {
	t.Helper()
	return ran(t, unittest.Mutate, in, o)
}

// mutants lists what was not noticed, and the scores.
func mutants(res *unittest.MutationResult) (out []string) {
	for _, d := range res.Detections {
		s := d.Score()
		line := fmt.Sprintf("%s %s %d/%d", d.ID, d.Path, s.Noticed, s.All)
		if d.Cached {
			line += " (cached)"
		}
		out = append(out, line)
		for _, m := range d.Mutants {
			if m.Status == unittest.Noticed {
				continue
			}
			line := fmt.Sprintf("  %d: %s %s %s", m.Line, m.Status, m.Kind, m.Code)
			if m.Both {
				line += " (both)"
			}
			if len(m.Values) > 1 {
				line += fmt.Sprint(" ", m.Values)
			}
			if c := m.Catch; c != nil {
				line += fmt.Sprintf(" <- %s %v %t", c.Base, c.Set, c.Expected)
			}
			if m.Reason != "" {
				line += " -- " + m.Reason
			}
			out = append(out, line)
		}
	}
	for _, n := range res.NotMutated {
		out = append(out, fmt.Sprintf("%s not changed: %s", n.ID, n.Reason))
	}
	for _, u := range res.Unused {
		out = append(out, fmt.Sprintf("%s:%d: %s", u.Path, u.Line, u.Message))
	}
	return out
}

func wantMutants(t *testing.T, what string, res *unittest.MutationResult, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, mutants(res)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// gaps is a repository whose tests leave gaps.
func gaps() map[string]string {
	log := "LogTypes: [Acme.Log]"
	return map[string]string{
		"rules/list.yml": spec("rule", "Acme.List", "Filename: list.py\n"+log, "- {Name: in it, ExpectedResult: true, Log: {n: a, s: 1}}\n  - {Name: not in it, ExpectedResult: false, Log: {n: z, s: 1}}"),
		"rules/list.py":  "try:\n    import nothing_of_this_name\nexcept ImportError:\n    pass\nNAMES = ['a', 'b', 'c']\n\ndef rule(event):\n    if not event.get('s'):\n        return False\n    return event['n'] in NAMES\n\ndef title(event):\n    return 'a' if event['n'] == 'a' else 'b'\n",
		// One side is tested, twice.
		"rules/one.yml": spec("rule", "Acme.One", "Filename: one.py\n"+log, "- {Name: yes, ExpectedResult: true, Log: {n: a}}"),
		"rules/one.py":  "def rule(event):\n    if event.get('x') == 1: # pdac:ignore mutants -- it is old\n        return True\n    return event['n'] == 'a'\n",
		// The function of an alert fails only with the change.
		"rules/title.yml":  spec("rule", "Acme.Title", "Filename: title.py\n"+log, "- {Name: yes, ExpectedResult: true, Log: {n: a}}"),
		"rules/title.py":   "NAMES = []\n\ndef note(event):\n    if event['n'] == 'a':\n        NAMES.append('a')\n\ndef rule(event):\n    note(event)\n    return event is not None # pdac:ignore mutants -- an event is there\n\ndef title(event):\n    return NAMES[0]\n",
		"rules/failed.yml": spec("rule", "Acme.Failed", "Filename: failed.py\n"+log, "- {Name: wrong, ExpectedResult: true, Log: {n: a}}"),
		"rules/failed.py":  "# pdac:ignore mutants -- not looked at\ndef rule(event):\n    return False\n",
		"rules/simple.yml": spec("rule", "Acme.Simple", log+"\nDetection:\n  - {Key: a, Condition: IsIn, Values: [x, y]}\n  - Any:\n      - {Key: b, Condition: IsGreaterThan, Value: 3}\n      - {KeyPath: c.d, Condition: Exists} # pdac:ignore mutants -- rare\nInlineFilters:\n  - {Key: e, Condition: Equals, Value: p}",
			"- {Name: yes, ExpectedResult: true, Log: {a: x, b: 5, e: p}}\n  - {Name: no, ExpectedResult: false, Log: {a: z, b: 5, e: p}}\n  - {Name: less, ExpectedResult: false, Log: {a: x, b: 1, e: p}}"),
		"rules/full.yml": spec("rule", "Acme.Full", "Filename: full.py\n"+log, "- {Name: yes, ExpectedResult: true, Log: {n: a}}\n  - {Name: no, ExpectedResult: false, Log: {n: b}}"),
		"rules/full.py":  "def rule(event):\n    return event['n'] == 'a' # pdac:ignore mutants -- old\n    # pdac:ignore mutants until=2025-01-01 -- over\n",
	}
}

func TestMutate(t *testing.T) {
	o := cached(t, t.TempDir())
	in := unittest.Input{Tree: tree(gaps())}
	want := []string{
		"Acme.Full rules/full.py 2/2",
		"Acme.List rules/list.py 4/6",
		"  5: survived value 'b' ['b' 'c'] <- in it [{[n] \"b\" false}] true",
		"  8: survived always_false not event.get('s') <- in it [{[s] 0 false}] false",
		"Acme.One rules/one.py 1/1",
		"  2: accepted always_true event.get('x') == 1 (both) <- yes [{[n] \"other\" false}] false -- it is old",
		"Acme.Simple rules/simple.yml 7/10",
		"  7: survived value \"y\" <- yes [{[a] \"y\" false}] true",
		"  9: survived boundary b IsGreaterThan 3 <- yes [{[b] 3 false}] false",
		"  10: accepted always_false c.d Exists <- less [{[c d] \"other\" false}] true -- rare",
		"  12: survived always_true e Equals p <- yes [{[e] \"p x\" false}] false",
		"Acme.Title rules/title.py 2/2",
		"  4: undecided always_true event['n'] == 'a'",
		"  9: accepted always_true event is not None -- an event is there",
		"Acme.Failed not changed: its test \"wrong\" does not pass",
		"rules/full.py:2: the comment accepts no change: tests notice all changes of that line; remove it",
		"rules/full.py:3: the comment accepted changes only until 2025-01-01",
	}
	res := mutate(t, in, o)
	wantMutants(t, "first", res, want...)
	if s := res.Score(); s.Percent() != 76 || res.Count(unittest.Survived) != 5 || res.Tests.OK() {
		t.Errorf("score %+v", s)
	}
	again := mutate(t, in, o)
	for i := range again.Detections {
		if d := &again.Detections[i]; d.Cached != (d.ID != "Acme.Simple") {
			t.Errorf("%s: cached %t", d.ID, d.Cached)
		}
		again.Detections[i].Cached = false
	}
	wantMutants(t, "from the cache", again, want...)
	// A test that closes a gap.
	files := gaps()
	files["rules/one.yml"] += "  - {Name: no, ExpectedResult: false, Log: {n: b}}\n"
	wantMutants(t, "one more test", mutate(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/one.yml"}}, o),
		"Acme.One rules/one.py 3/3", "  2: accepted always_false event.get('x') == 1 <- no [{[x] 1 false}] true -- it is old")
	// With tests from the cache and changes that are not.
	o.Cache.Root = t.TempDir()
	run(t, in, o)
	wantMutants(t, "with cached tests", mutate(t, in, o), want...)
	for _, d := range mutate(t, in, o).Detections {
		if d.Cached != (d.ID != "Acme.Simple") {
			t.Errorf("%s after cached tests: cached %t", d.ID, d.Cached)
		}
	}
	wantMutants(t, "without a cache", mutate(t, in, options(t)), want...)
}

// TestMutateDerived: a derived rule has no logic of its own, and one without tests is left
// out.
func TestMutateDerived(t *testing.T) {
	wantMutants(t, "content", mutate(t, unittest.Input{Tree: tree(content())}, options(t)),
		"Acme.Bucket policies/bucket.py 1/2", "  2: survived always_true not resource['open'] <- closed [{[open] true false}] false",
		"Acme.Alone rules/alone.py 1/2", "  2: survived always_true event.udm('number') == 1 <- yes [{[x] 2 false}] false",
		"Acme.Login rules/login.py 2/2", "Acme.Simple rules/simple.yml 2/2")
}

// coverage lists the lines of files.
func coverage(res *unittest.CoverageResult) (out []string) {
	for i := range res.Files {
		f := &res.Files[i]
		s := f.Count()
		line := fmt.Sprintf("%s %s %d/%d", f.Role, f.Path, s.Noticed, s.All)
		if m := f.Missing(); len(m) > 0 {
			line += fmt.Sprint(" ", m)
		}
		for _, x := range f.Functions {
			line += fmt.Sprintf(" %s@%d=%d", x.Name, x.Line, x.Hits)
		}
		out = append(out, line)
	}
	return out
}

func cover(t *testing.T, in unittest.Input, o unittest.Options) *unittest.CoverageResult {
	t.Helper()
	return ran(t, unittest.Cover, in, o)
}

func TestCover(t *testing.T) {
	files := content()
	files["global_helpers/acme.py"] = "\"\"\"Helpers.\"\"\"\nLIMIT = 1\n\ndef who(event):\n    \"\"\"The user.\"\"\"\n    if (\n        event.get('n')\n    ):\n        return event['n']\n    return event['user']\n\ndef unused(event):\n    return who(\n        event\n    )\n"
	files["rules/untested.yml"] = spec("rule", "Acme.Untested", "Filename: untested.py\nLogTypes: [Acme.Log]", "")
	files["rules/untested.py"] = "import acme\ndef rule(event):\n    return acme.who(event)\n"
	files["global_helpers/alone.yml"] = "AnalysisType: global\nGlobalID: alone\nFilename: alone.py\n"
	files["global_helpers/alone.py"] = "def x():\n    pass\n"
	o := cached(t, t.TempDir())
	want := []string{
		"global global_helpers/acme.py 3/5 [[9 9] [13 15]] who@4=2 unused@12=0",
		"global global_helpers/alone.py 0/1 [[2 2]] x@1=0",
		"detection policies/bucket.py 1/1 policy@1=1",
		"detection rules/alone.py 1/1 rule@1=1",
		"detection rules/login.py 2/2 rule@2=2",
		"detection rules/untested.py 0/2 [[1 3]] rule@2=0",
	}
	in := unittest.Input{Tree: tree(files)}
	for _, what := range []string{"first", "from the cache"} {
		res := cover(t, in, o)
		if diff := cmp.Diff(want, coverage(res)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if l := res.Files[0].Lines[0]; l.Line != 2 || l.Hits != 2 {
			t.Errorf("%s: %+v; both detections that import the global load it", what, l)
		}
		if s := res.Count(); s != (unittest.Score{Noticed: 7, All: 12}) || res.Partial != 0 {
			t.Errorf("%s: %+v, %d partial", what, s, res.Partial)
		}
	}
	// With results of tests, and no lines.
	o.Cache.Root = t.TempDir()
	run(t, in, o)
	if diff := cmp.Diff(want, coverage(cover(t, in, o))); diff != "" {
		t.Errorf("with cached tests (-want +got):\n%s", diff)
	}
	// A part: the global is used by others too.
	res := cover(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/login.yml"}}, o)
	if diff := cmp.Diff([]string{"detection rules/login.py 2/2 rule@2=2"}, coverage(res)); diff != "" || res.Partial != 1 {
		t.Errorf("a part: %d partial, %s", res.Partial, diff)
	}
	res = cover(t, unittest.Input{Tree: tree(files), Paths: []string{"global_helpers/acme.py"}}, o)
	if diff := cmp.Diff([]string{want[0], want[4], want[5]}, coverage(res)); diff != "" || res.Partial != 0 {
		t.Errorf("a global: %d partial, %s", res.Partial, diff)
	}
	if w := res.Worst(); len(w) != 2 || w[0].Path != "global_helpers/acme.py" {
		t.Errorf("worst: %+v", w)
	}
}

// TestMutateBroken: what can't be parsed or read is reported, and stops nothing.
func TestMutateBroken(t *testing.T) {
	files := content()
	files["rules/login.py"] = "def rule(:\n"
	files["rules/alone.py"] = "import time\ndef rule(event):\n    time.sleep(9)\n    return True\n"
	o := options(t)
	o.TestTime = 200 * time.Millisecond
	files["rules/filtered.yml"] = spec("rule", "Acme.Filtered", "Filename: filtered.py\nLogTypes: [Acme.Log]\nInlineFilters: [{Key: a, Condition: Equals, Value: x}]", "- {Name: other, ExpectedResult: false, Log: {a: y}}")
	files["rules/filtered.py"] = "def rule(event):\n    return event['b'] == 1\n"
	res := mutate(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/filtered.yml"}}, o)
	wantMutants(t, "filtered", res, "Acme.Filtered not changed: its inline filters decide all of its tests")
	res = mutate(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/login.yml", "rules/alone.yml"}}, o)
	wantMutants(t, "broken", res, "Acme.Alone not changed: its test \"yes\" does not pass", "Acme.Derived not changed: its test \"yes\" does not pass", "Acme.Login not changed: its test \"yes\" does not pass")
	c := cover(t, unittest.Input{Tree: tree(files), Paths: []string{"rules/login.yml", "rules/alone.yml"}}, o)
	if len(c.Files) != 2 || c.Files[1].Fault == "" || c.Files[0].Count() != (unittest.Score{Noticed: 2, All: 3}) {
		t.Errorf("got %+v", c.Files)
	}
}

// TestSimpleComments: whatever a spec looks like, comments are found on their lines.
func TestSimpleComments(t *testing.T) {
	base := gaps()["rules/simple.yml"]
	rapid.Check(t, func(rt *rapid.T) {
		text := base
		for range rapid.IntRange(0, 3).Draw(rt, "n") {
			at := rapid.IntRange(0, len(text)).Draw(rt, "at")
			text = text[:at] + rapid.SampledFrom([]string{"#", " # pdac:ignore mutants -- x", "\n# pdac:ignore mutants\n", "'", "|", "\n\n", "\ufeff"}).Draw(rt, "part") + text[at:]
		}
		res, err := unittest.Mutate(t.Context(), unittest.Input{Tree: repo.Overlay{Files: map[string][]byte{"rules/simple.yml": []byte(text)}}}, options(t))
		if err != nil {
			return
		}
		for _, u := range res.Unused {
			if u.Line < 1 || u.Message == "" {
				rt.Fatalf("%q: %+v", text, u)
			}
		}
	})
}
