package unittest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/lint/unittest"
)

func TestParseExpectations(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"all": {"one:\n  ExpectedTitle: a 1.10\n  ExpectedSeverity: high\n  ExpectedDedup: 1.10\n  ExpectedDestinations: [a, b]\n  ExpectedAlertContext: {n: 1}\ntwo: {}\n",
			"one@1 title=a 1.10@2 severity=HIGH@3 dedup=1.10@4 destinations=[a b]@5 alert_context=map[n:1]@6\ntwo@7\n"},
		"nothing":          {"# nothing yet\n", ""},
		"a list":           {"- one\n", "1: the file must be a mapping from names of tests to what their alerts must say, such as ExpectedTitle\n"},
		"two documents":    {"a: {}\n---\nb: {}\n", "1: the file contains more than one document; keep only the part before the second \"---\"\n"},
		"bad YAML":         {"a: {}\nb: [\n", "LINE"},
		"the same twice":   {"a: {}\na: {}\n", "LINE"},
		"a text":           {"one: title\n", "1: what test \"one\" expects must be a mapping with keys such as ExpectedTitle\n"},
		"an unknown key":   {"one:\n  ExpectedTitel: x\n", "one@1\n2: unknown key \"ExpectedTitel\"; the keys are ExpectedTitle, ExpectedSeverity, ExpectedDedup, ExpectedDescription, ExpectedReference, ExpectedRunbook, ExpectedDestinations, ExpectedAlertContext; did you mean \"ExpectedTitle\"?\n"},
		"no text":          {"one:\n  ExpectedTitle: [x]\n", "one@1\n2: ExpectedTitle must be a string\n"},
		"null":             {"one:\n  ExpectedTitle:\n", "one@1\n2: ExpectedTitle must be a string\n"},
		"no destinations":  {"one:\n  ExpectedDestinations: [1]\n", "one@1\n2: ExpectedDestinations must be a list of strings\n"},
		"no alert context": {"one:\n  ExpectedAlertContext: x\n", "one@1\n2: ExpectedAlertContext must be a mapping\n"},
	} {
		t.Run(name, func(t *testing.T) {
			list, faults := unittest.ParseExpectations("x.expect", []byte(c.text))
			got := ""
			for _, e := range list {
				got += fmt.Sprintf("%s@%d", e.Test, e.Line)
				for _, o := range e.Outputs {
					got += fmt.Sprintf(" %s=%v@%d", o.Name, o.Value, o.Line)
				}
				got += "\n"
			}
			for _, d := range faults {
				if d.Path != "x.expect" {
					t.Errorf("got %+v", d)
				}
				got += fmt.Sprintf("%d: %s\n", d.Line, d.Message)
			}
			if c.want == "LINE" {
				if len(faults) != 1 || faults[0].Line != 2 && faults[0].Line != 3 {
					t.Errorf("got %s", got)
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzExpectations(f *testing.F) {
	f.Add("one:\n  ExpectedTitle: x\n  ExpectedAlertContext: {a: [1]}\n")
	f.Add("a: &x {ExpectedSeverity: low}\nb: *x\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, faults := unittest.ParseExpectations("x.expect", []byte(text))
		for _, d := range faults {
			if d.Message == "" || d.Path == "" {
				t.Errorf("got %+v", d)
			}
		}
		for _, e := range list {
			for _, o := range e.Outputs {
				if o.Name == "" || o.Value == nil {
					t.Errorf("got %+v", o)
				}
			}
		}
	})
}

// TestExpectations covers what is compared with the outputs of tests.
func TestExpectations(t *testing.T) {
	files := content()
	files["rules/login.py"] += "def title(event):\n    return 'login of ' + event['user']\ndef destinations(event):\n    return ['b', 'a']\ndef alert_context(event):\n    return {'user': event['user'], 'n': 1.0}\n"
	files["rules/simple.yml"] = strings.Replace(files["rules/simple.yml"], "LogTypes", "AlertTitle: 'a is {a}'\nLogTypes", 1)
	files["rules/login.expect"] = "yes:\n  ExpectedTitle: login of ada\n  ExpectedSeverity: Low\n  ExpectedDedup: login of ada\n  ExpectedDestinations: [b, a]\n  ExpectedAlertContext: {n: 1.0, user: ada}\n"
	files["rules/simple.expect"] = "yes:\n  ExpectedTitle: a is x\n  ExpectedSeverity: LOW\n"
	// What a derived rule says instead is no fault of its base's tests.
	files["rules/derived.yml"] = strings.Replace(files["rules/derived.yml"], "Severity: Low", "Severity: High\nDisplayName: Another", 1)
	if !strings.Contains(files["rules/derived.yml"], "Another") {
		t.Fatal(files["rules/derived.yml"])
	}
	res := run(t, unittest.Input{Tree: tree(files)}, options(t))
	if !res.OK() || res.Count(unittest.Passed) != len(all) {
		t.Fatalf("got %v %+v", show(res), res.Faults)
	}
	files["rules/login.expect"] = "yes:\n  ExpectedTitle: logout\n  ExpectedSeverity: HIGH\n  ExpectedRunbook: x\n  ExpectedDestinations: [a, b]\nno:\n  ExpectedTitle: t\nyess: {}\n"
	files["rules/other.expect"], files["rules/derived.expect"] = "yes: {}\n", "yes: {}\n"
	dir := t.TempDir()
	for range 2 { // also from the cache
		res = run(t, unittest.Input{Tree: tree(files)}, cached(t, dir))
		var got []string
		for _, x := range res.Tests {
			for _, u := range x.Unexpected {
				got = append(got, fmt.Sprintf("%s %s %s: %s %q %q %s:%d", x.ID, x.Name, x.Status, u.Output, u.Expected, u.Actual, u.Path, u.Line))
			}
		}
		for _, d := range res.Faults {
			got = append(got, fmt.Sprintf("%s:%d: %s", d.Path, d.Line, d.Message))
		}
		var want []string
		for _, text := range []string{`title "logout" "login of ada" rules/login.expect:2`, `severity "HIGH" "LOW" rules/login.expect:3`, `runbook "x" "" rules/login.expect:4`, `destinations "[\"a\",\"b\"]" "[\"b\",\"a\"]" rules/login.expect:5`} {
			want = append(want, "Acme.Login yes failed: "+text)
		}
		want = append(want, `Acme.Login no failed: title "t" "no alert" rules/login.expect:7`,
			`rules/derived.expect:1: rules/derived.yml has no tests of its own, so nothing is compared with this file; add tests, or delete it`, `rules/login.expect:8: rules/login.yml has no test "yess"; did you mean "yes"?`,
			`rules/other.expect:1: no spec is named like this file; name it like the spec whose tests it is about, such as login.expect for login.yml`)
		if diff := cmp.Diff(want, got); diff != "" || res.OK() {
			t.Error(diff)
		}
	}
	// A change of the file alone selects the tests.
	before := content()
	after := content()
	after["rules/login.expect"] = "yes:\n  ExpectedSeverity: HIGH\n"
	res = run(t, unittest.Input{Tree: tree(after), Before: tree(before)}, options(t))
	if res.OK() || res.Detections != 2 {
		t.Errorf("got %d detections: %v", res.Detections, show(res))
	}
}
