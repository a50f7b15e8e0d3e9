package report

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/pdac-dev/pdac/lint/unittest"
)

// shownOutputs are the functions whose results are listed, in their order.
var shownOutputs = []string{"severity", "title", "dedup", "destinations", "description", "runbook", "reference", "unique", "alert_context"}

// raisesAlert reports whether the detection of a test raised an alert.
func raisesAlert(t *unittest.Test) bool {
	return t.Returned != nil && *t.Returned != (t.Main == "policy")
}

// outputs lists what the alert of a test says: a line for each function that the detection
// has, beside dedup(), which every alert has.
func (p *printer) outputs(t *unittest.Test, o TestsOptions) {
	if !raisesAlert(t) {
		return
	}
	for _, name := range shownOutputs {
		v, there := t.Outputs[name]
		if text := outputValue(v); there && text != "" {
			if !o.Verbose {
				text = clip(text, 300)
			}
			p.line("    ", p.faint.Sprint(fmt.Sprintf("%-14s", name)), text)
		}
	}
}

// outputItems are the same as entries of Markdown.
func outputItems(r *unittest.Result) (out []string) {
	for i := range r.Tests {
		t := &r.Tests[i]
		if !raisesAlert(t) {
			continue
		}
		item := "- " + code(t.ID, 120) + " " + code(t.Name, 120) + "\n"
		for _, name := range shownOutputs {
			if text := outputValue(t.Outputs[name]); text != "" {
				item += "  - " + name + ": " + code(text, 300) + "\n"
			}
		}
		out = append(out, item)
	}
	return out
}

// outputValue writes an output on one line; "" for none.
func outputValue(v json.RawMessage) string {
	var s string
	switch {
	case len(v) == 0 || string(v) == "null":
		return ""
	case json.Unmarshal(v, &s) == nil:
		return Clean(s)
	}
	return Clean(string(v))
}

// unexpectedText says which output is not as expected.
func unexpectedText(u unittest.Unexpected) string {
	got := "it returned " + quotedValue(u.Actual)
	if u.Actual == unittest.NoAlert {
		got = "no alert was raised"
	}
	return fmt.Sprintf("expected %s() to return %s; %s (%s:%d)", u.Output, quotedValue(u.Expected), got, u.Path, u.Line)
}

func quotedValue(s string) string {
	switch {
	case s == "":
		return "nothing"
	case json.Valid([]byte(s)) && (s[0] == '{' || s[0] == '['):
		return s
	}
	return strconv.Quote(s)
}
