package unittest_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
)

func TestReadCorpus(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the events, or the error
	}{
		"events": {map[string]string{"A.B/benign.jsonl": "{\"a\": 1}\n\n{\"b\":2.50}", "A.B/attack-1.jsonl": "\ufeff{}\r\n", "A.B/notes.txt": "x", ".git/benign.jsonl": "x", "README.md": "x"},
			"attack A.B {} DIR/A.B/attack-1.jsonl:1\nbenign A.B {\"a\":1} DIR/A.B/benign.jsonl:1\nbenign A.B {\"b\":2.50} DIR/A.B/benign.jsonl:3\n"},
		"none":           {map[string]string{"A.B/x.txt": ""}, "the corpus DIR has no events; put them in LOGTYPE/benign*.jsonl and LOGTYPE/attack*.jsonl, one on each line"},
		"no label":       {map[string]string{"A.B/events.jsonl": "{}"}, `DIR/A.B/events.jsonl: the name of a file of a corpus must begin with "benign" or "attack"`},
		"no folder":      {map[string]string{"benign.jsonl": "{}"}, "DIR/benign.jsonl: a file of a corpus must be in a folder named like its log type, such as AWS.CloudTrail/benign.jsonl"},
		"a folder below": {map[string]string{"A.B/benign.jsonl": "{}", "A.B/old/benign.jsonl": "{}"}, "DIR/A.B/old/benign.jsonl: a file of a corpus must be in the folder of its log type, and not below it"},
		"a list":         {map[string]string{"A.B/benign.jsonl": "{}\n[]\n"}, "DIR/A.B/benign.jsonl:2: the line is not an event; write one JSON object on each line"},
		"bad JSON":       {map[string]string{"A.B/benign.jsonl": "{}\n\n{\"a\":}\n"}, "DIR/A.B/benign.jsonl:3: the event is not valid JSON: invalid character '}' looking for beginning of value"},
		"a long line":    {map[string]string{"A.B/benign.jsonl": `{"a":"` + strings.Repeat("x", 1<<20) + `"}`}, "DIR/A.B/benign.jsonl:1: the event has more than 1048576 bytes"},
		"too many":       {map[string]string{"A.B/benign.jsonl": strings.Repeat("{}\n", 100_001)}, "DIR/A.B/benign.jsonl:100001: the file has more than 100000 events; split the corpus, and name a part"},
		"too many all":   {map[string]string{"A.B/benign.jsonl": strings.Repeat("{}\n", 60_000), "A.B/benign2.jsonl": strings.Repeat("{}\n", 60_000)}, "the corpus DIR has more than 100000 events; split it, and name a part"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for p, text := range c.files {
				at := filepath.Join(dir, filepath.FromSlash(p))
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			events, err := unittest.ReadCorpus(dir)
			got := ""
			for _, e := range events {
				got += fmt.Sprintf("%s %s %s %s:%d\n", e.Label, e.LogType, e.Text, e.Path, e.Line)
			}
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, strings.ReplaceAll(got, filepath.ToSlash(dir), "DIR")); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := unittest.ReadCorpus(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzCorpus(f *testing.F) {
	f.Add("{\"a\": 1}\n\n{}")
	f.Add("\ufeff{")
	f.Fuzz(func(t *testing.T, text string) {
		events, err := unittest.ParseCorpus("A/benign.jsonl", "A", []byte(text))
		if err != nil && !strings.HasPrefix(err.Error(), "A/benign.jsonl:") {
			t.Errorf("the error names no line: %v", err)
		}
		for _, e := range events {
			if !strings.HasPrefix(e.Text, "{") || strings.Contains(e.Text, "\n") || e.Line < 1 {
				t.Errorf("got %+v", e)
			}
		}
	})
}

// corpusOf runs the content on a corpus and lists what is wrong.
func corpusOf(t *testing.T, in unittest.CorpusInput) (out []string) {
	t.Helper()
	files := content()
	files["rules/odd.yml"] = spec("rule", "Acme.Odd", "Filename: odd.py\nLogTypes: [Acme.Log]", "")
	// A resource type with the name of a log type is something else.
	files["policies/log.yml"] = strings.Replace(spec("policy", "Acme.Log", "Filename: log.py\nResourceTypes: [Acme.Log]", ""), "RuleID", "PolicyID", 1)
	files["policies/log.py"] = "def policy(resource):\n    return False\n"
	files["rules/odd.py"] = "def rule(event):\n    return event['odd']\n"
	in.Tree = tree(files)
	r, err := unittest.RunCorpus(t.Context(), in, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Missing != "" {
		t.Skipf("no Python to run tests with: %s", r.Missing)
	}
	s := r.Summary
	out = append(out, fmt.Sprintf("%d events, %d benign, %d attacks, %d unused; %d false, %d missed; %d detections", s.Events, s.Benign, s.Attacks, s.Unused, s.FalseAlerts, s.Missed, s.Detections))
	for _, d := range r.Detections {
		line := fmt.Sprintf("%s %s: %d benign, %d attacks of %d", d.Kind, d.ID, d.Benign, d.Attacks, d.Events)
		for _, e := range d.Examples {
			line += fmt.Sprintf(" %s/%s %s:%d", e.Detection, e.Test, e.Path, e.Line)
		}
		for _, f := range d.Failures {
			line += fmt.Sprintf("; %d %s", f.Events, f.Reason)
		}
		out = append(out, line)
	}
	for _, e := range r.Missed {
		out = append(out, fmt.Sprintf("missed %s:%d", e.Path, e.Line))
	}
	return out
}

func TestRunCorpus(t *testing.T) {
	event := func(label unittest.Label, text string, line int) unittest.CorpusEvent {
		return unittest.CorpusEvent{LogType: "Acme.Log", Label: label, Text: text, Path: string(label), Line: line}
	}
	corpus := []unittest.CorpusEvent{
		event(unittest.Benign, `{"user":"ada","odd":false}`, 1), event(unittest.Benign, `{"user":"bob","odd":false}`, 2),
		event(unittest.Attack, `{"user":"ada","odd":true}`, 1), event(unittest.Attack, `{"user":"eve","odd":false}`, 2),
		{LogType: "Other.Log", Label: unittest.Attack, Text: `{"other":1}`, Path: "other", Line: 1},
	}
	want := []string{
		"4 events, 2 benign, 2 attacks, 1 unused; 1 false, 1 missed; 5 detections",
		"derived_rule Acme.Derived: 1 benign, 1 attacks of 4 / benign:1",
		"rule Acme.Login: 1 benign, 1 attacks of 4 / benign:1",
		"missed attack:2",
	}
	if diff := cmp.Diff(want, corpusOf(t, unittest.CorpusInput{Corpus: corpus})); diff != "" {
		t.Error(diff)
	}
	// What a folder says about an event wins over a test that expects an alert for it.
	folder := []unittest.CorpusEvent{event(unittest.Benign, `{"user":"ada"}`, 1)}
	if got := corpusOf(t, unittest.CorpusInput{Corpus: folder, Tests: true}); !strings.HasPrefix(got[0], "5 events, 3 benign, 0 attacks, 0 unused; 1 false, ") {
		t.Errorf("got %q", got)
	}
	_, err := unittest.RunCorpus(t.Context(), unittest.CorpusInput{Corpus: []unittest.CorpusEvent{corpus[0], event(unittest.Attack, corpus[0].Text, 9)}, Side: unittest.Side{Tree: tree(content())}}, options(t))
	if want := "benign:1 and attack:9 are the same event, once benign and once an attack; remove one of the two"; err == nil || err.Error() != want {
		t.Errorf("got the error %v, want %q", err, want)
	}
	// The tests of others: Acme.Login's "no" is benign, and no detection gets its own tests.
	want = []string{
		"5 events, 2 benign, 0 attacks, 0 unused; 0 false, 0 missed; 5 detections",
		"derived_rule Acme.Derived: 0 benign, 1 attacks of 5; 3 fails with KeyError",
		"rule Acme.Login: 0 benign, 0 attacks of 3; 3 fails with KeyError",
		"rule Acme.Odd: 0 benign, 0 attacks of 5; 5 fails with KeyError",
	}
	if diff := cmp.Diff(want, corpusOf(t, unittest.CorpusInput{Tests: true})); diff != "" {
		t.Error(diff)
	}
}

// TestCompareLimits covers what limits a comparison.
func TestCompareLimits(t *testing.T) {
	changed := map[string]string{"rules/alone.py": "def rule(event):\n    return False\n"}
	o := options(t)
	o.Only = []string{"simple_rule/*"}
	if r := compare(t, changed, nil, o); r.Summary.Compared != 0 || len(r.Sources) != 0 {
		t.Errorf("what --only leaves out is compared: %v", listed(r))
	}
	var tests strings.Builder
	for i := range 700 {
		fmt.Fprintf(&tests, "  - {Name: t%d, ExpectedResult: false, Log: {n: %d}}\n", i, i)
	}
	more := maps.Clone(changed)
	more["rules/many.yml"] = spec("rule", "Acme.Many", "LogTypes: [Acme.Log]\nDetection:\n  - {Key: a, Condition: Equals, Value: x}", strings.TrimSpace(tests.String()))
	r := compare(t, more, nil, options(t))
	// Its own test, 500 others, and 704 in all.
	if s := r.Summary; s.Runs != 501 || s.Events != 501 || s.LeftOut != 204 {
		t.Errorf("%d runs of %d events, %d left out", s.Runs, s.Events, s.LeftOut)
	}
	// A corpus is thinned evenly.
	var corpus []unittest.CorpusEvent
	for i := range 25_000 {
		corpus = append(corpus, unittest.CorpusEvent{LogType: "Acme.Log", Text: fmt.Sprintf(`{"a":"x","n":%d}`, i), Path: "c", Line: i})
	}
	simple := map[string]string{"rules/simple.yml": strings.Replace(content()["rules/simple.yml"], "Value: x", "Value: y", 1)}
	c := compare(t, simple, append(corpus, unittest.CorpusEvent{LogType: "Other.Log", Text: "{}"}), options(t))
	if s := c.Summary; s.Corpus != 10_000 || s.CorpusLeftOut != 15_000 {
		t.Errorf("%d events of the corpus, %d left out", s.Corpus, s.CorpusLeftOut)
	}
	// The same result for any number of processes.
	for _, workers := range []int{2, 4} {
		o := options(t)
		o.Workers = workers
		if diff := cmp.Diff(r, compare(t, more, nil, o)); diff != "" {
			t.Errorf("%d workers: %s", workers, diff)
		}
	}
}

// TestCompareGivesUp: a detection that takes too long, or ends its process, for all events is
// not tried on all of them.
func TestCompareGivesUp(t *testing.T) {
	var corpus []unittest.CorpusEvent
	for i := range 60 {
		corpus = append(corpus, unittest.CorpusEvent{LogType: "Acme.Log", Text: fmt.Sprintf(`{"n":%d}`, i), Path: "c", Line: i})
	}
	o := options(t)
	o.TestTime = 100 * time.Millisecond
	for what, c := range map[string]struct{ body, verdict string }{
		"slow": {"def rule(event):\n    while event.get('n') is not None:\n        pass\n    return False\n", "takes too long"},
		"ends": {"import os\ndef rule(event):\n    if event.get('n') is not None:\n        os._exit(3)\n    return False\n", "ends its process"},
	} {
		r := compare(t, map[string]string{"rules/alone.py": c.body}, corpus, o)
		want := []string{
			"rule Acme.Alone [python]: verdict no alert → " + c.verdict + " on 3 of 4: /c:0 /c:1 /c:2",
			"rule Acme.Alone [python]: verdict alert → no alert on 1 of 4: Acme.Alone/yes",
			"rule Acme.Alone: 61 not run: other events took too long or ended the process",
		}
		got := listed(r)[1:]
		slices.Sort(got[:2])
		slices.Sort(want[:2])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// TestCompareWithoutPython: what needs none is compared, and the report says what is missing.
func TestCompareWithoutPython(t *testing.T) {
	o := options(t)
	o.Python = func(pyrun.Known) (*pyrun.Python, error) { return nil, pyrun.ErrNoPython }
	files := map[string]string{"rules/alone.py": "def rule(event):\n    return False\n", "rules/simple.yml": strings.Replace(content()["rules/simple.yml"], "Value: x", "Value: y", 1)}
	r, err := unittest.Compare(t.Context(), unittest.Sides{Before: unittest.Side{Tree: tree(content())}, After: unittest.Side{Tree: tree(func() map[string]string { c := content(); maps.Copy(c, files); return c }())}}, o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2 compared, 0 same, 1 changed, 1 unknown; 5 events; lines 0 of 0",
		"rule Acme.Alone: 5 not run: needs Python",
		"simple_rule Acme.Simple [Detection]: verdict alert → no alert on 1 of 5: Acme.Simple/yes",
		"simple_rule Acme.Simple [Detection]: verdict no alert → alert on 1 of 5: Acme.Simple/no",
	}
	if diff := cmp.Diff(want, listed(r)); diff != "" || r.Missing != pyrun.ErrNoPython.Error() {
		t.Errorf("missing %q %s", r.Missing, diff)
	}
}
