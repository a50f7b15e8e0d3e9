package unittest

import (
	"encoding/json"
	"strings"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/pyrun"
)

// badMocks begins what Python says if a test replaces a name that the code lacks.
const badMocks = "the test mocks "

// notLoaded makes the result of all trials of a module that could not be loaded; nil if it was.
func (l *logic) notLoaded(st *state, a pyrun.Answer) *behaviour.Result {
	if a.Fault == nil {
		return nil
	}
	r := faulty(a.Fault, "can't be loaded: ")
	if a.Fault.Module != "" && st.file(a.Fault.Module) != "" {
		r = behaviour.Result{Verdict: "can't be loaded: " + a.Fault.Type}
	}
	return &r
}

// result makes the result of a trial from what Python did.
func (l *logic) result(o pyrun.Outcome) behaviour.Result {
	switch f := o.Faults[l.kind.Main()]; {
	case o.TimedOut:
		return behaviour.Result{Verdict: "takes too long"}
	case o.Fault != nil:
		return faulty(o.Fault, "fails with ")
	case f != nil:
		return faulty(f, "fails with ")
	case o.Value == nil:
		return behaviour.Result{Verdict: "returns nothing"}
	case *o.Value == (l.kind.Main() == "policy"):
		return behaviour.Result{Verdict: behaviour.NoAlert}
	}
	r := behaviour.Result{Verdict: behaviour.Alert, Outputs: make(map[string]string, len(o.Outputs)), Static: l.static}
	for name, v := range o.Outputs {
		r.Outputs[name] = outputText(v)
	}
	for name, f := range o.Faults {
		r.Outputs[name] = "fails with " + f.Type
	}
	return r
}

// faulty makes the result of what did not return.
func faulty(f *pyrun.Fault, how string) behaviour.Result {
	switch {
	case f.Type == pyrun.Crashed:
		return behaviour.Result{Verdict: "ends its process"}
	case f.Type == pyrun.TookTooLong:
		return behaviour.Result{Verdict: "takes too long"}
	case f.Type == pyrun.GaveUp:
		return behaviour.Result{Reason: "other events took too long or ended the process"}
	case f.Type == "NeedsPanther" || f.Type == "Refused":
		return behaviour.Result{Reason: "needs a mock: " + f.Message}
	case f.Module != "":
		return behaviour.Result{Reason: "needs the Python package " + f.Module}
	case strings.HasPrefix(f.Message, badMocks):
		return behaviour.Result{Reason: "the mocks of the test are for the other version"}
	}
	return behaviour.Result{Verdict: how + f.Type}
}

// outputText returns an output as text: JSON, but for texts; "" for none.
func outputText(v json.RawMessage) string {
	var s string
	switch {
	case json.Unmarshal(v, &s) == nil: // also null
		return s
	case len(v) == 0:
		return ""
	}
	return string(v)
}

// simple decides about an event by match expressions, with what an alert would say.
func (l *logic) simple(event any) behaviour.Result {
	r := resultOf(l.spec.Match(event))
	if r.Verdict != behaviour.Alert {
		return r
	}
	r.Outputs, r.Static = outputsOf(l.spec, event), l.static
	return r
}
