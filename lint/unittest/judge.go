package unittest

import (
	"fmt"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/verdict"
)

func (t *Test) fail(s Status, e Error) {
	t.Status = s
	t.Errors = append(t.Errors, e)
}

// judge sets the status by what Go decided.
func (t *Test) judge(a verdict.Answer) {
	t.Reason = a.Reason
	if a.Verdict == verdict.Unsure {
		t.Status, t.Unsure = NotRun, true
		return
	}
	matches := a.Verdict == verdict.True
	t.Returned = &matches
	if t.compare(); t.Status == Passed {
		t.Reason = ""
	}
}

// compare sets the status by the value alone.
func (t *Test) compare() {
	t.Status = Failed
	if t.Returned != nil && *t.Returned == t.Expected {
		t.Status = Passed
	}
}

// functions are those that Panther calls for an alert, in its order.
var functions = []string{"title", "dedup", "severity", "description", "reference", "runbook", "destinations", "alert_context", "unique"}

// judgePython sets the status of a test by what Python answered. Whether a function
// beside rule() counts depends on what is expected: Panther calls them only for an alert,
// and without alerts only alert_context().
func (u *unit) judgePython(t *Test, o pyrun.Outcome) {
	t.Printed, t.Outputs, t.Returned = o.Printed, o.Outputs, o.Value
	t.Time = time.Duration(o.Micros) * time.Microsecond
	t.Reads = o.Reads
	switch {
	case o.Fault != nil && o.Fault.Type == pyrun.Crashed:
		t.fail(Crashed, errorOf("", o.Fault))
		return
	case o.TimedOut:
		f := o.Fault
		if f == nil {
			f = firstFault(t.Main, o.Faults)
		}
		e := Error{Function: t.Main, Type: pyrun.TookTooLong, Message: "it took more than the limit of time, and returned only after that"}
		if f != nil {
			e = errorOf("", f)
		}
		t.fail(TimedOut, e)
		return
	case o.Fault != nil:
		t.fail(Errored, errorOf("", o.Fault))
		return
	}
	t.compare()
	alerts := t.Expected != (t.Main == "policy")
	for _, name := range append([]string{t.Main}, functions...) {
		f := o.Faults[name]
		if f == nil || name != t.Main && (!alerts || u.noAlert && name != "alert_context") {
			continue
		}
		if name == t.Main || t.Status == Passed || t.Status == Errored {
			t.Status = Errored
		}
		t.Errors = append(t.Errors, errorOf(name, f))
	}
	if needs := needed(o.Faults); needs != "" && t.Status == Errored {
		t.Status, t.Reason = NotRun, needs
	}
}

// firstFault is the fault to show of several.
func firstFault(main string, faults map[string]*pyrun.Fault) *pyrun.Fault {
	if f := faults[main]; f != nil {
		return f
	}
	for _, name := range functions {
		if f := faults[name]; f != nil {
			return f
		}
	}
	return nil
}

func errorOf(function string, f *pyrun.Fault) Error {
	e := Error{Function: function, Type: f.Type, Message: f.Message, Omitted: f.Omitted}
	for _, at := range f.Trace {
		e.Trace = append(e.Trace, Frame{Path: at.File, Line: at.Line, Function: at.Function})
	}
	return e
}

// needed says which package a module that was not found is of; "" for another fault.
func needed(faults map[string]*pyrun.Fault) string {
	for _, name := range slices.Sorted(keys(faults)) {
		if f := faults[name]; f.Module != "" {
			return fmt.Sprintf("needs the Python package %s", f.Module)
		}
	}
	return ""
}
