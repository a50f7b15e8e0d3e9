package unittest_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/lint/unittest"
)

// compare compares two contents, of which the second one has some other files.
func compare(t *testing.T, changed map[string]string, corpus []unittest.CorpusEvent, o unittest.Options) *behaviour.Report {
	t.Helper()
	before, after := content(), content()
	maps.Copy(after, changed)
	for p, text := range changed {
		if text == "" {
			delete(after, p)
		}
		if was, ok := strings.CutPrefix(p, "before:"); ok {
			before[was] = text
			delete(after, p)
		}
	}
	r, err := unittest.Compare(t.Context(), unittest.Sides{
		Before: unittest.Side{Tree: tree(before), Name: "before"}, After: unittest.Side{Tree: tree(after), Name: "after"}, Corpus: corpus,
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Missing != "" && o.Python != nil {
		t.Skipf("no Python to run tests with: %s", r.Missing)
	}
	return r
}

// listed lists what a report says, in short.
func listed(r *behaviour.Report) (out []string) {
	s := r.Summary
	out = append(out, fmt.Sprintf("%d compared, %d same, %d changed, %d unknown; %d events; lines %d of %d", s.Compared, s.Same, s.Changed, s.Unknown, s.Events, r.Lines.Reached, r.Lines.Changed))
	for _, f := range r.Lines.RemovedMissed {
		out = append(out, fmt.Sprintf("gone and not reached: %s %v", f.Path, f.Lines))
	}
	for _, x := range r.Sources {
		out = append(out, fmt.Sprintf("%s %s: %d use it, %d same on %d", x.Kind, x.ID, x.Users, x.Same, x.Events))
	}
	for _, d := range r.Detections {
		for _, c := range d.Changes {
			line := fmt.Sprintf("%s %s %v: %s", d.Kind, d.ID, d.Causes, c.What)
			if c.What == behaviour.Verdict {
				line += fmt.Sprintf(" %s → %s", c.Before, c.After)
			}
			line += fmt.Sprintf(" on %d of %d:", c.Events, d.Events)
			for _, e := range c.Examples {
				line += " " + e.Detection + "/" + e.Test
				if e.Detection == "" {
					line += fmt.Sprintf("%s:%d", e.Path, e.Line)
				}
				if e.Before+e.After != "" {
					line += fmt.Sprintf(" %q→%q", e.Before, e.After)
				}
			}
			out = append(out, line)
		}
		for _, n := range d.NotRun {
			out = append(out, fmt.Sprintf("%s %s: %d not run: %s", d.Kind, d.ID, n.Events, n.Reason))
		}
		if d.NotComparable > 0 {
			out = append(out, fmt.Sprintf("%s %s: %d not comparable", d.Kind, d.ID, d.NotComparable))
		}
	}
	for _, n := range r.Added {
		out = append(out, "added "+n.Kind+" "+n.ID)
	}
	for _, n := range r.Removed {
		out = append(out, "removed "+n.Kind+" "+n.ID)
	}
	for _, path := range r.Unread {
		out = append(out, "not read "+path)
	}
	return out
}

// TestCompare covers what a comparison says about each kind of change.
func TestCompare(t *testing.T) {
	if _, err := python(); err != nil {
		t.Skipf("no Python to run tests with: %v", err)
	}
	login := content()["rules/login.yml"]
	for name, c := range map[string]struct {
		changed map[string]string
		corpus  []unittest.CorpusEvent
		want    []string
	}{
		"nothing": {nil, nil, []string{"0 compared, 0 same, 0 changed, 0 unknown; 0 events; lines 0 of 0"}},
		"a comment": {map[string]string{"rules/login.py": "# who it is\n" + content()["rules/login.py"]}, nil,
			[]string{"2 compared, 2 same, 0 changed, 0 unknown; 5 events; lines 0 of 0"}},
		"a static severity": {map[string]string{"rules/login.yml": strings.Replace(login, "Low", "High", 1)}, nil,
			[]string{"0 compared, 0 same, 0 changed, 0 unknown; 0 events; lines 0 of 0"}},
		// The events of the simple detection have no user: they fail on both sides.
		"a global": {map[string]string{"global_helpers/acme.py": "def who(event):\n    return event['user'].upper()\n"}, nil, []string{
			"2 compared, 0 same, 2 changed, 0 unknown; 5 events; lines 1 of 1",
			"global acme: 2 use it, 0 same on 5",
			"derived_rule Acme.Derived [global acme]: verdict alert → no alert on 1 of 5: Acme.Derived/yes",
			"rule Acme.Login [global acme]: verdict alert → no alert on 1 of 5: Acme.Login/yes",
		}},
		"a line that no event reaches, and a corpus": {
			map[string]string{"rules/alone.py": "\"\"\"What it is.\"\"\"\nfrom __future__ import annotations\n\n\ndef rule(event):\n    \"\"\"Whether it is.\"\"\"\n    if event.get('odd'):\n        return True\n    if event.get('never'):\n        return 1\n    return event.udm('number') == 1\n"},
			[]unittest.CorpusEvent{{LogType: "Acme.Log", Label: unittest.Benign, Text: `{"odd":1}`, Path: "events/Acme.Log/benign.jsonl", Line: 7}, {LogType: "Other.Log", Text: `{}`}},
			[]string{
				"1 compared, 0 same, 1 changed, 0 unknown; 6 events; lines 3 of 4",
				"rule Acme.Alone [python]: verdict no alert → alert on 1 of 6: /events/Acme.Log/benign.jsonl:7",
			}},
		"a line that is gone": {map[string]string{
			"before:rules/alone.py": "def rule(event):\n    if event.get('never'):\n        return False\n    return event.udm('number') == 1\n",
			"rules/alone.py":        "def rule(event):\n    return event.udm('number') == 1\n"}, nil,
			[]string{"1 compared, 1 same, 0 changed, 0 unknown; 5 events; lines 0 of 0", "gone and not reached: rules/alone.py [3]"}},
		"an exception": {map[string]string{"rules/alone.py": "def rule(event):\n    return event['x'] == 1\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 1 of 1",
			"rule Acme.Alone [python]: verdict no alert → fails with KeyError on 4 of 5: Acme.Login/yes Acme.Login/no Acme.Simple/yes",
		}},
		"a data model": {map[string]string{"data_models/acme.yml": strings.Replace(content()["data_models/acme.yml"], "Path: x", "Path: y", 1)}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 0 of 0",
			"data_model Acme.DM: 1 use it, 0 same on 5",
			"rule Acme.Alone [data model Acme.DM]: verdict alert → no alert on 1 of 5: Acme.Alone/yes",
		}},
		"a match expression": {map[string]string{"rules/simple.yml": strings.Replace(content()["rules/simple.yml"], "Value: x", "Value: y", 1)}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 0 of 0",
			"simple_rule Acme.Simple [Detection]: verdict alert → no alert on 1 of 5: Acme.Simple/yes",
			"simple_rule Acme.Simple [Detection]: verdict no alert → alert on 1 of 5: Acme.Simple/no",
		}},
		"an inline filter": {map[string]string{"rules/alone.yml": content()["rules/alone.yml"] + "InlineFilters:\n  - {Key: x, Condition: Equals, Value: 2}\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 0 of 0",
			"rule Acme.Alone [InlineFilters]: verdict alert → no alert on 1 of 5: Acme.Alone/yes",
		}},
		"a policy": {map[string]string{"policies/bucket.py": "def policy(resource):\n    return resource['open']\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 1 events; lines 1 of 1",
			"policy Acme.Bucket [python]: verdict no alert → alert on 1 of 1: Acme.Bucket/closed",
		}},
		"outputs, of which one falls back to the spec": {map[string]string{
			"before:rules/login.py": content()["rules/login.py"] + "def title(event):\n    return 'a'\ndef severity(event):\n    return 'HIGH'\ndef alert_context(event):\n    return {'same': 1.0, 'n': 1}\n",
			"rules/login.py":        content()["rules/login.py"] + "def title(event):\n    return 'b'\ndef alert_context(event):\n    return {'n': 2, 'same': 1.0}\n"}, nil, []string{
			"2 compared, 0 same, 2 changed, 0 unknown; 5 events; lines 2 of 2",
			`derived_rule Acme.Derived [python]: severity on 1 of 5: Acme.Derived/yes "HIGH"→"LOW"`,
			`derived_rule Acme.Derived [python]: title on 1 of 5: Acme.Derived/yes "a"→"b"`,
			`derived_rule Acme.Derived [python]: dedup on 1 of 5: Acme.Derived/yes "a"→"b"`,
			`derived_rule Acme.Derived [python]: alert_context on 1 of 5: Acme.Derived/yes "{\"n\": 1}"→"{\"n\": 2}"`,
			`rule Acme.Login [python]: severity on 1 of 5: Acme.Login/yes "HIGH"→"LOW"`,
			`rule Acme.Login [python]: title on 1 of 5: Acme.Login/yes "a"→"b"`,
			`rule Acme.Login [python]: dedup on 1 of 5: Acme.Login/yes "a"→"b"`,
			`rule Acme.Login [python]: alert_context on 1 of 5: Acme.Login/yes "{\"n\": 1}"→"{\"n\": 2}"`,
		}},
		"a clock is no change": {map[string]string{
			"before:rules/alone.py": "import time\ndef rule(event):\n    return True\ndef title(event):\n    return str(time.perf_counter_ns())\n",
			"rules/alone.py":        "import time\ndef rule(event):\n    return not 0\ndef title(event):\n    return str(time.perf_counter_ns())\n"}, nil, []string{
			"1 compared, 0 same, 0 changed, 1 unknown; 0 events; lines 1 of 1",
			"rule Acme.Alone: 5 not comparable",
		}},
		"a mock belongs to its own test": {map[string]string{
			"rules/alone.yml":       spec("rule", "Acme.Alone", "Filename: alone.py\nLogTypes: [Acme.Log]", "- {Name: yes, ExpectedResult: true, Mocks: [{objectName: client, returnValue: here}], Log: {x: 1}}"),
			"before:rules/alone.py": "from boto3 import client\ndef rule(event):\n    return client('s3') == 'here'\n",
			"rules/alone.py":        "from boto3 import client\ndef rule(event):\n    return client('s3') == 'there'\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 1 events; lines 1 of 1",
			"rule Acme.Alone [python]: verdict alert → no alert on 1 of 1: Acme.Alone/yes",
			"rule Acme.Alone: 5 not run: needs a mock: boto3.client() needs AWS, which tests do not have; mock it in the test",
		}},
		"a mock of the other version": {map[string]string{
			"before:rules/alone.yml": spec("rule", "Acme.Alone", "Filename: alone.py\nLogTypes: [Lone.Log]", "- {Name: yes, ExpectedResult: true, Mocks: [{objectName: old, returnValue: here}], Log: {x: 1}}"),
			"before:rules/alone.py":  "old = str\ndef rule(event):\n    return old() == 'here'\n",
			"rules/alone.yml":        spec("rule", "Acme.Alone", "Filename: alone.py\nLogTypes: [Lone.Log]", "- {Name: yes, ExpectedResult: true, Log: {x: 1, y: {b: 1, a: 2}}}\n  - {Name: no, ExpectedResult: false, Log: {y: {a: 2, b: 1}, x: 1}}"),
			"rules/alone.py":         "def rule(event):\n    return str() == 'here'\n"}, nil, []string{
			// The two events of the new version are one.
			"1 compared, 1 same, 0 changed, 0 unknown; 1 events; lines 1 of 1",
			"rule Acme.Alone: 1 not run: the mocks of the test are for the other version",
		}},
		"the log type of an event": {map[string]string{
			"rules/other.yml": spec("rule", "Acme.Other", "LogTypes: [Other.Log, Acme.Log]\nDetection:\n  - {Key: a, Condition: Equals, Value: x}", "- {Name: mine, ExpectedResult: false, Log: {p_log_type: Acme.Log, x: 7}}\n  - {Name: theirs, ExpectedResult: false, Log: {p_log_type: Other.Log, x: 8}}"),
			"rules/alone.py":  "def rule(event):\n    return event.udm('number') in (1, 7, 8)\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 6 events; lines 1 of 1",
			"rule Acme.Alone [python]: verdict no alert → alert on 1 of 6: Acme.Other/mine",
			"added simple_rule Acme.Other",
		}},
		"an event that a detection changes": {map[string]string{
			"policies/a.yml":       strings.Replace(spec("policy", "Acme.A", "Filename: a.py\nResourceTypes: [AWS.S3.Bucket]", ""), "RuleID", "PolicyID", 1),
			"policies/a.py":        "def policy(resource):\n    resource['open'] = True\n    return True\n",
			"before:policies/a.py": "def policy(resource):\n    resource['open'] = False\n    return True\n", "before:policies/a.yml": strings.Replace(spec("policy", "Acme.A", "Filename: a.py\nResourceTypes: [AWS.S3.Bucket]", ""), "RuleID", "PolicyID", 1),
			"policies/bucket.py": "def policy(resource):\n    return not resource.get('open')\n"}, nil, []string{"2 compared, 2 same, 0 changed, 0 unknown; 1 events; lines 2 of 2"}},
		"a correlation rule": {map[string]string{"before:rules/both.yml": correlation(60), "rules/both.yml": correlation(10)}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 0 events; lines 0 of 0",
			"correlation_rule Acme.Both [Detection]: verdict alert → no alert on 1 of 2: Acme.Both/soon",
		}},
		"added and removed": {map[string]string{"policies/bucket.yml": "", "policies/bucket.py": "", "rules/new.yml": spec("rule", "Acme.New", "Filename: alone.py\nLogTypes: [Acme.Log]", "")}, nil, []string{
			"0 compared, 0 same, 0 changed, 0 unknown; 0 events; lines 0 of 0", "added rule Acme.New", "removed policy Acme.Bucket",
		}},
		// What can't be read is neither new nor gone.
		"a spec that can't be read, before or after": {map[string]string{"before:rules/simple.yml": "AnalysisType: rule\nRuleID: [\n", "rules/alone.yml": "AnalysisType: rule\nRuleID: [\n"}, nil, []string{
			"0 compared, 0 same, 0 changed, 0 unknown; 0 events; lines 0 of 0", "not read rules/simple.yml", "not read rules/alone.yml",
		}},
		"Python that becomes a match expression": {map[string]string{
			"rules/alone.yml": spec("rule", "Acme.Alone", "LogTypes: [Acme.Log]\nDetection:\n  - {Key: x, Condition: Equals, Value: 2}", "- {Name: yes, ExpectedResult: true, Log: {p_log_type: Acme.Log, x: 1}}")}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 0 of 0",
			"simple_rule Acme.Alone [type Detection]: verdict alert → no alert on 1 of 5: Acme.Alone/yes",
		}},
		"what can't be loaded": {map[string]string{"rules/alone.py": "def rule(event)\n"}, nil, []string{
			"1 compared, 0 same, 1 changed, 0 unknown; 5 events; lines 0 of 0",
			"rule Acme.Alone [python]: verdict alert → can't be loaded: SyntaxError on 1 of 5: Acme.Alone/yes",
			"rule Acme.Alone [python]: verdict no alert → can't be loaded: SyntaxError on 4 of 5: Acme.Login/yes Acme.Login/no Acme.Simple/yes",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, listed(compare(t, c.changed, c.corpus, options(t)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// correlation is a correlation rule whose parts must match within some minutes.
func correlation(minutes int) string {
	return fmt.Sprintf(`AnalysisType: correlation_rule
RuleID: Acme.Both
Enabled: true
Severity: High
Detection:
  - Sequence:
      - {ID: First, RuleID: Acme.Login}
      - {ID: Second, RuleID: Acme.Alone}
    Transitions:
      - ID: First FOLLOWED BY Second
        From: First
        To: Second
        WithinTimeFrameMinutes: %d
        Match:
          - On: user
    LookbackWindowMinutes: 120
    Schedule: {RateMinutes: 60, TimeoutMinutes: 5}
Tests:
  - Name: soon
    ExpectedResult: true
    RuleOutputs:
      - {ID: First, Matches: {user: {ada: [0]}}}
      - {ID: Second, Matches: {user: {ada: [11]}}}
  - Name: alone
    ExpectedResult: false
    RuleOutputs:
      - {ID: Second, Matches: {user: {ada: [11]}}}
`, minutes)
}
