package pyrun_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
)

// find returns a Python that can run tests. Without one the test is skipped.
var find = sync.OnceValues(func() (*pyrun.Python, error) {
	return pyrun.Find(context.Background(), pyrun.FindOptions{Getenv: os.Getenv})
})

func python(t *testing.T) *pyrun.Python {
	t.Helper()
	p, err := find()
	if err != nil {
		t.Skipf("no Python to run tests with: %v", err)
	}
	return p
}

// shared is the folder of the harness for all tests, so that Python compiles it once.
var shared = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "pdac-pyrun-test-")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	if os.Getenv(endless) != "" {
		runEndless()
	}
	code := m.Run()
	os.RemoveAll(shared())
	os.Exit(code)
}

func pool(t *testing.T, s pyrun.Setup, o pyrun.Options) *pyrun.Pool {
	t.Helper()
	o.Folder, o.Getenv = shared(), os.Getenv
	p, err := pyrun.NewPool(python(t), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// run runs rules, and returns their answers.
func run(t *testing.T, p *pyrun.Pool, requests ...pyrun.Request) []pyrun.Answer {
	t.Helper()
	out := make([]pyrun.Answer, len(requests))
	if err := p.Run(t.Context(), requests, func(i int, a pyrun.Answer) bool { out[i] = a; return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// rule is a rule with a test for each event.
func rule(body string, events ...string) pyrun.Request {
	r := pyrun.Request{ID: "Acme.Rule", Kind: pyrun.Rule, Path: "rules/acme.py", Body: body}
	for _, e := range events {
		r.Tests = append(r.Tests, pyrun.Test{Event: e})
	}
	return r
}

// value describes an outcome in short.
func value(o pyrun.Outcome) string {
	f := o.Fault
	if f == nil {
		f = o.Faults["rule"]
	}
	switch {
	case f != nil && o.TimedOut:
		return "timed out: " + f.Message
	case o.TimedOut:
		return "timed out"
	case f != nil:
		return f.Type + ": " + f.Message
	case o.Value == nil:
		return "nothing"
	case *o.Value:
		return "true"
	}
	return "false"
}

// hostile are rules that must not harm others. The second of three tests does it; the
// others return true.
var hostile = []struct{ name, body, want string }{
	{"endless loop", "while True: pass", "timed out: "},
	{"regular expression", "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')", "timed out: "},
	{"everything is caught", "while True:\n            try:\n                while True: pass\n            except BaseException: pass\n            break", "timed out"},
	{"exit of the process", "import os; os._exit(0)", "Crashed: its process ended: exit code 0"},
	{"sys.exit", "import sys; sys.exit(3)", "SystemExit: 3"},
	{"8 GiB", "x = 'a' * (8 << 30)", "MemoryError"},
	{"deep recursion", "import sys\n        def f(n): return f(n + 1)\n        f(0)", "RecursionError"},
	{"socket", "import socket; socket.create_connection(('127.0.0.1', 9))", "Refused: a test may not use the network"},
	{"subprocess", "import subprocess; subprocess.run(['true'])", "Refused: a test may not start other programs"},
	{"os.system", "import os; os.system('true')", "Refused: a test may not start other programs"},
	{"writing a file", "open('/tmp/pdac-hostile', 'w')", "Refused: a test may not write files"},
	{"writing to the answers", "import os; os.write(1, b'{}\\n'); return True", "true"},
	{"a signal", "import os, signal; os.kill(os.getppid(), signal.SIGTERM)", "Refused: a test may not signal other programs"},
	{"reading standard input", "input()", "EOFError"},
	{"a thread", "import threading; threading.Thread(target=print).start()", "Refused: a test may not start threads"},
	{"a fatal error", "import ctypes; ctypes.string_at(0)", "Refused: a test may not call libraries of the system"},
}

// TestHostileRules: exactly the test that does harm is blamed, and the others run.
func TestHostileRules(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 2, TestTime: 600 * time.Millisecond})
	var requests []pyrun.Request
	for _, h := range hostile {
		requests = append(requests, rule("def rule(event):\n    if event['bad']:\n        "+h.body+"\n    return True\n", `{"bad":false}`, `{"bad":true}`, `{"bad":false}`))
	}
	for i, a := range run(t, p, requests...) {
		h := hostile[i]
		if runtime.GOOS == "darwin" && h.name == "8 GiB" {
			continue // there is no limit of memory
		}
		if a.Fault != nil || len(a.Outcomes) != 3 {
			t.Errorf("%s: %+v", h.name, a.Fault)
			continue
		}
		if got := value(a.Outcomes[1]); !strings.HasPrefix(got, h.want) {
			t.Errorf("%s: got %q, want %q", h.name, got, h.want)
		}
		for _, k := range []int{0, 2} {
			if got := value(a.Outcomes[k]); got != "true" {
				t.Errorf("%s: test %d beside it is %q", h.name, k, got)
			}
		}
	}
	if _, err := os.Stat("/tmp/pdac-hostile"); err == nil {
		t.Error("a file was written")
	}
}

// TestHarmWhileLoading blames the module.
func TestHarmWhileLoading(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1, TestTime: time.Second})
	bodies := map[string]string{
		"import os; os._exit(7)":         "Crashed",
		"while True: pass":               "TookTooLong",
		"import nosuch":                  "ModuleNotFoundError",
		"def rule(event) return True":    "SyntaxError",
		"x = 1":                          "AttributeError",
		"raise SystemExit(1)":            "SystemExit",
		"def rule(event): return 1 == 1": "",
	}
	var requests []pyrun.Request
	var want []string
	for body, w := range bodies {
		requests, want = append(requests, rule(body, `{}`)), append(want, w)
	}
	for i, a := range run(t, p, requests...) {
		got := ""
		if a.Fault != nil {
			got = a.Fault.Type
		}
		if got != want[i] {
			t.Errorf("%s: got %q, want %q", requests[i].Body, got, want[i])
		}
	}
}

// TestForgedAnswers: a test that finds where answers go can spoil its own detection's
// results, and nothing else.
func TestForgedAnswers(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1, TestTime: time.Second})
	forge := func(text string) pyrun.Request {
		return rule("import os\ndef rule(event):\n    for fd in range(3, 20):\n        try: os.write(fd, "+text+")\n        except OSError: pass\n    os._exit(1)\n", `{}`, `{}`)
	}
	got := run(t, p, forge(`b"." * 1000`), forge(`b"[]\n"`), forge(`b"x" * 70000`), rule("def rule(event): return True\n", `{}`))
	if v := value(got[3].Outcomes[0]); v != "true" {
		t.Errorf("the detection after them: %q", v)
	}
	for i, a := range got[:3] {
		for _, o := range a.Outcomes {
			if v := value(o); v == "true" {
				t.Errorf("forged answer %d is taken for a result: %+v", i, o)
			}
		}
	}
}

// TestKilledBySupervisor: code that ignores the alarm is killed by pdac.
func TestKilledBySupervisor(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for pdac's own limit")
	}
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1, TestTime: 200 * time.Millisecond})
	a := run(t, p, rule("import signal\ndef rule(event):\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while event['bad']: pass\n    return True\n", `{"bad":true}`, `{"bad":false}`))[0]
	if got := value(a.Outcomes[0]); !strings.Contains(got, "so its process was killed") {
		t.Errorf("got %q", got)
	}
	if got := value(a.Outcomes[1]); got != "true" {
		t.Errorf("the test after it: %q", got)
	}
}

// TestRunEndsWithItsContext, even in an endless loop.
func TestRunEndsWithItsContext(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := p.Run(ctx, []pyrun.Request{rule("def rule(event):\n    while True: pass\n", `{}`)}, func(int, pyrun.Answer) bool { return true })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

// TestStops: nothing more is sent once the caller has enough.
func TestStops(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	n := 0
	requests := make([]pyrun.Request, 20)
	for i := range requests {
		requests[i] = rule("def rule(event): return True", `{}`)
	}
	if err := p.Run(t.Context(), requests, func(int, pyrun.Answer) bool { n++; return n < 3 }); err != nil || n != 3 {
		t.Errorf("%d answers, %v", n, err)
	}
}

// TestOutputs covers the functions beside rule, with their limits and defaults.
func TestOutputs(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	for _, c := range []struct{ body, name, want string }{
		{"def title(e): return 'x' * 1001", "title", `"` + strings.Repeat("x", 985) + `... (truncated)"`},
		{"def title(e): return 'T'", "dedup", `"T"`},
		{"def dedup(e): return ''", "dedup", `"defaultDedupString:Acme.Rule"`},
		{"", "dedup", `"defaultDedupString:Acme.Rule"`},
		{"def severity(e): return 'high'", "severity", `"HIGH"`},
		{"def severity(e): return 'DEFAULT'", "severity", `null`},
		{"def severity(e): return 'urgent'", "severity", `severity() returned 'urgent', and must return one of INFO, LOW, MEDIUM, HIGH, CRITICAL or DEFAULT`},
		{"def destinations(e): return []", "destinations", `["SKIP"]`},
		{"def destinations(e): return None", "destinations", `null`},
		{"def destinations(e): return ('a',)", "destinations", `destinations() returned a value of type tuple, and must return a list of strings`},
		{"def destinations(e): return [str(i) for i in range(12)]", "destinations", `["0","1","2","3","4","5","6","7","8","9"]`},
		{"def alert_context(e): return e", "alert_context", `"{\"A\": {\"b\": [1]}}"`},
		{"def alert_context(e): return {'x': {1}}", "alert_context", `alert_context() returned a value of type set, which is not JSON`},
		{"def alert_context(e): return []", "alert_context", `alert_context() returned a value of type list, and must return a dict`},
		{"def unique(e): return None", "unique", `null`},
		{"def unique(e): return 1", "unique", `unique() returned 1, and must return a string`},
		{"def description(e): return None", "description", `description() returned None, and must return a string`},
	} {
		o := run(t, p, rule("def rule(e): return True\n"+c.body, `{"A":{"b":[1]}}`))[0].Outcomes[0]
		got := string(o.Outputs[c.name])
		if f := o.Faults[c.name]; f != nil {
			got = f.Message
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.body, got, c.want)
		}
	}
}

// TestEvent covers what a rule can do with its event.
func TestEvent(t *testing.T) {
	p := pool(t, pyrun.Setup{
		Globals: map[string]pyrun.Source{"acme_helpers": {Path: "global_helpers/acme_helpers.py", Text: "from dateutil import parser\nYEAR = parser.parse('2024-01-02').year\n"}},
		DataModels: []pyrun.DataModel{{ID: "DM", Path: "data_models/dm.py", Body: "def who(event): return event.get('who')", LogTypes: []string{"Acme.Log"}, Mappings: []pyrun.Mapping{
			{Name: "ip", Path: "a.ip", Steps: []any{"a", "ip"}}, {Name: "user", Method: "who"}, {Name: "many", Path: "$.list[*]", Steps: []any{"list", nil}},
		}}},
	}, pyrun.Options{Workers: 1})
	const event = `{"p_log_type":"Acme.Log","a":{"ip":"1.2.3.4","B":[{"c":1},{"c":2}]},"who":"ada","empty":"","list":[1,2],"n":57.0}`
	for _, c := range []struct{ expression, want string }{
		{"e['WHO'] == 'ada' and 'Who' in e and e.get('nope', 3) == 3", "true"},
		{"e.deep_get('A', 'IP') == '1.2.3.4' and e.deep_get('a', 'x', default=7) == 7", "true"},
		{"e.deep_walk('a', 'B', 'c') == [1, 2] and e.deep_walk('a', 'B', 'c', return_val='last') == 2", "true"},
		{"e.udm('ip') == '1.2.3.4' and e.udm('user') == 'ada' and e.udm('who') == 'ada'", "true"},
		{"e.udm('empty') == '' and e.udm('empty', default='d') == 'd'", "true"},
		{"e.udm_path('ip') == 'a.ip' and e.udm_path('user') == 'who' and e.udm_path('x') is None", "true"},
		{"str(e['list']) == 'ImmutableList((1, 2))' and str(e['n']) == '57.0'", "true"},
		{"__import__('acme_helpers').YEAR == 2024", "true"},
		{"isinstance(e, __import__('panther_core').PantherEvent)", "true"},
		{"e.udm('many')", "ValueError: the path $.list[*] of the data model DM matches 2 fields"},
		{"e.__setitem__('a', 1)", "AttributeError: 'PantherEvent' object has no attribute '__setitem__'"},
		{"e.lookup('t', 'k')", "NeedsPanther: event.lookup() reads a lookup table of Panther"},
		{"__import__('boto3').client('s3')", "NeedsPanther: boto3.client() needs AWS, which tests do not have; mock it in the test"},
		{"__import__('panther_detection_helpers.caching').caching.get_string_set('k')", "NeedsPanther: get_string_set() needs Panther's cache"},
		{"None", "WrongReturn: rule() returned None, and must return True or False"},
	} {
		if got := value(run(t, p, rule("def rule(e): return "+c.expression, event))[0].Outcomes[0]); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.expression, got, c.want)
		}
	}
}

// TestMocks replaces names for one test only.
func TestMocks(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	r := rule("import json\ndef f(): return False\ndef rule(e): return f() and json.loads('x') is not None\n", `{}`, `{}`, `{}`)
	r.Tests[0].Mocks = []pyrun.Mock{{Name: "f", Value: true}, {Name: "json", Value: "x"}}
	r.Tests[2].Mocks = []pyrun.Mock{{Name: "g", Value: true}}
	a := run(t, p, r)[0]
	for i, want := range []string{"true", "false", "AttributeError: the test mocks g, and the detection has no such name"} {
		if got := value(a.Outcomes[i]); got != want {
			t.Errorf("test %d: got %s, want %s", i, got, want)
		}
	}
}

// TestTraceAndReads: a failure names the places of the repository and what was read.
func TestTraceAndReads(t *testing.T) {
	p := pool(t, pyrun.Setup{Globals: map[string]pyrun.Source{"g": {Path: "global_helpers/g.py", Text: "import json\ndef f(e):\n    return json.loads(e.get('text'))\n"}}}, pyrun.Options{Workers: 1})
	r := rule("from g import f\ndef rule(e):\n    print('hello')\n    if e.deep_get('a', 'b') == 1 and 'x' not in e:\n        return f(e)\n", `{"a":{"b":1},"text":"{"}`)
	r.Watch = true
	o := run(t, p, r)[0].Outcomes[0]
	f := o.Faults["rule"]
	if f == nil || f.Type != "JSONDecodeError" || len(f.Trace) != 2 || f.Trace[0] != (pyrun.Frame{File: "rules/acme.py", Line: 5, Function: "rule"}) || f.Trace[1] != (pyrun.Frame{File: "global_helpers/g.py", Line: 3, Function: "f"}) {
		t.Errorf("got %+v", f)
	}
	reads, _ := json.Marshal(o.Reads)
	if got, want := string(reads), `[{"path":"a.b","value":"1"},{"path":"x","missing":true},{"path":"text","value":"\"{\""}]`; got != want {
		t.Errorf("read %s, want %s", got, want)
	}
	if o.Printed != "hello\n" {
		t.Errorf("printed %q", o.Printed)
	}
}

// TestNothingIsWrittenElsewhere: the harness is only in its folder, and tests run in an
// empty one.
func TestNothingIsWrittenElsewhere(t *testing.T) {
	p := pool(t, pyrun.Setup{}, pyrun.Options{Workers: 1})
	a := run(t, p, rule("import os\ndef rule(e): return os.listdir('.') == [] and not [k for k in os.environ if k.startswith('PDAC') or k == 'HOME']", `{}`))[0]
	if got := value(a.Outcomes[0]); got != "true" {
		t.Errorf("got %s", got)
	}
	names, err := filepath.Glob(filepath.Join(shared(), "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("%v, %v", names, err)
	}
}

// TestUnwritableFolder: a folder that can't be made is replaced by a temporary one.
func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := pyrun.NewPool(python(t), pyrun.Setup{}, pyrun.Options{Folder: filepath.Join(file, "pdac"), Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := run(t, p, rule("def rule(event):\n    return True\n", "{}")); got[0].Fault != nil || got[0].Outcomes[0].Value == nil || !*got[0].Outcomes[0].Value {
		t.Errorf("got %+v", got[0])
	}
}
