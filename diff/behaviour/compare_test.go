package behaviour_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/diff/behaviour"
)

func TestCompare(t *testing.T) {
	alert := func(outputs, static map[string]string) behaviour.Result {
		return behaviour.Result{Verdict: behaviour.Alert, Outputs: outputs, Static: static}
	}
	type m = map[string]string
	for name, c := range map[string]struct {
		before, after behaviour.Result
		want          []behaviour.Difference
	}{
		"the same":                     {alert(m{"title": "a"}, nil), alert(m{"title": "a"}, nil), nil},
		"a verdict, whatever it says":  {alert(m{"title": "a"}, nil), behaviour.Result{Verdict: behaviour.NoAlert}, []behaviour.Difference{{What: behaviour.Verdict, Before: "alert", After: "no alert"}}},
		"only the spec":                {alert(nil, m{"severity": "LOW"}), alert(nil, m{"severity": "HIGH"}), nil},
		"a function that is gone":      {alert(m{"severity": "HIGH"}, m{"severity": "LOW"}), alert(nil, m{"severity": "LOW"}), []behaviour.Difference{{What: "severity", Before: "HIGH", After: "LOW"}}},
		"a function that says no more": {alert(m{"severity": "LOW"}, m{"severity": "LOW"}), alert(nil, m{"severity": "LOW"}), nil},
		"the order of keys":            {alert(m{"alert_context": `{"a": 1, "b": {"c": 1.0, "d": 2}}`}, nil), alert(m{"alert_context": `{"b": {"d": 2, "c": 1.0}, "a": 1}`}, nil), nil},
		"some keys":                    {alert(m{"alert_context": `{"a": 1, "b": 2, "c": 3}`}, nil), alert(m{"alert_context": `{"a": 1, "b": [2], "d": null}`}, nil), []behaviour.Difference{{What: "alert_context", Before: `{"b": 2, "c": 3}`, After: `{"b": [2], "d": null}`}}},
		"what is no JSON":              {alert(m{"alert_context": "fails with KeyError"}, nil), alert(m{"alert_context": `{}`}, nil), []behaviour.Difference{{What: "alert_context", Before: "fails with KeyError", After: "{}"}}},
		"in their order":               {alert(m{"title": "a", "severity": "LOW", "destinations": `["x"]`}, nil), alert(m{"title": "b", "severity": "HIGH"}, nil), []behaviour.Difference{{What: "severity", Before: "LOW", After: "HIGH"}, {What: "title", Before: "a", After: "b"}, {What: "destinations", Before: `["x"]`}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, behaviour.Compare(c.before, c.after)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAdd: events with the same difference are one change with a few examples, and neither
// many kinds of changes nor long values make a report large.
func TestAdd(t *testing.T) {
	var d behaviour.Detection
	for i := range 200 {
		d.Add(behaviour.Origin{Test: fmt.Sprint(i)}, []behaviour.Difference{{What: "title", Before: strings.Repeat("é", 5000), After: "x"}})
		d.Add(behaviour.Origin{}, []behaviour.Difference{{What: behaviour.Verdict, Before: "alert", After: fmt.Sprintf("fails with E%d", i)}})
		d.Skip(fmt.Sprintf("needs %d", i))
	}
	d.Sort()
	if n := len(d.Changes); n > 60 || d.Changes[0].What != behaviour.Verdict {
		t.Errorf("%d kinds of changes, first %q", n, d.Changes[0].What)
	}
	events := 0
	for _, c := range d.Changes {
		if events += c.Events; len(c.Examples) > 3 {
			t.Errorf("%d examples", len(c.Examples))
		}
		for _, e := range c.Examples {
			if len(e.Before) > 4_010 {
				t.Errorf("a value of %d bytes", len(e.Before))
			}
		}
	}
	if events != 400 {
		t.Errorf("%d events", events)
	}
	if n := len(d.NotRun); n != 51 || d.NotRun[50] != (behaviour.NotRun{Reason: "other reasons", Events: 150}) {
		t.Errorf("%d reasons, the last one %+v", n, d.NotRun[n-1])
	}
}
