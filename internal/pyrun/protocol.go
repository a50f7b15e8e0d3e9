package pyrun

import "encoding/json"

// Setup is what all requests of a run share.
type Setup struct {
	// Globals are the modules that detections import, by name.
	Globals map[string]Source
	// DataModels are those of the repository that are enabled.
	DataModels []DataModel
	// Sides is set to compare versions of detections; nil for tests.
	Sides *Sides
}

// Sides are the events that all requests share. Functions beside the main one are then
// called only if it raises an alert.
type Sides struct {
	// Events are JSON texts; Test.Pooled names one.
	Events []string `json:"events"`
	// Lines are those to note when they run, by the path of the file.
	Lines map[string][]int `json:"lines,omitempty"`
}

// Source is the text of a Python file and its path, which tracebacks show.
type Source struct{ Path, Text string }

// MarshalJSON writes a pair, as the harness reads it.
func (s Source) MarshalJSON() ([]byte, error) { return json.Marshal([2]string{s.Path, s.Text}) }

// DataModel maps names to fields of events of some log types.
type DataModel struct {
	ID       string    `json:"id"`
	Path     string    `json:"path,omitempty"`
	Body     string    `json:"body,omitempty"`
	LogTypes []string  `json:"log_types"`
	Mappings []Mapping `json:"mappings"`
}

// Mapping is a name with a path, or with a function of the data model's Python.
type Mapping struct {
	Name string `json:"name"`
	Path string `json:"path,omitempty"`
	// Steps are those of the path: a string for a key, an int for an index, nil for
	// each element. A path that can't be read has none.
	Steps  []any  `json:"steps"`
	Method string `json:"method,omitempty"`
}

// Kind says which function of a module is called, and with what.
type Kind string

// The kinds of modules.
const (
	Rule          Kind = "rule"
	ScheduledRule Kind = "scheduled_rule"
	Policy        Kind = "policy"
)

// Main is the function that decides.
func (k Kind) Main() string {
	if k == Policy {
		return "policy"
	}
	return "rule"
}

// Request is a module with the events to call it with.
type Request struct {
	ID    string
	Kind  Kind
	Path  string
	Body  string
	Tests []Test
	// Watch also records which values of the events are read.
	Watch bool
	// Lines also records which lines run.
	Lines bool
	// Patience is after how many tests that ended their process the others are given up;
	// 0 for never.
	Patience int
}

// Test is one event, as JSON, with what is replaced in the module.
type Test struct {
	Event string `json:"event,omitempty"`
	// Pooled is the number of an event of Sides, from 1; 0 for none.
	Pooled int    `json:"pooled,omitempty"`
	Mocks  []Mock `json:"mocks,omitempty"`
}

// Mock replaces a name of the module by a function that returns a value.
type Mock struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Answer is what came of a request.
type Answer struct {
	// Fault says why the module could not be loaded; nil if it was. Tests is then
	// empty.
	Fault *Fault
	// Outcomes has one element for each test, in their order.
	Outcomes []Outcome
	// Printed is what the module printed while it failed to load.
	Printed string
	// Lines are those that ran, by file, with Request.Lines. Loads are those that ran while
	// a module was loaded, of the modules that the request uses, whichever request loaded them.
	Lines, Loads map[string][]int
	// Reached are the lines of Sides that ran, and Runnable those that can, by path, as far
	// as no earlier answer of the process has them.
	Reached, Runnable map[string][]int
}

// Outcome is what came of one test.
type Outcome struct {
	// Fault is what ended the test outside of the module's functions, or ended
	// its process.
	Fault *Fault `json:"error"`
	// Value is what the main function returned; nil if it failed.
	Value *bool `json:"value"`
	// Faults are those of the functions, by name.
	Faults map[string]*Fault `json:"errors"`
	// Outputs are what the other functions returned, by name: texts, a list of
	// destinations, or null. The alert context is JSON in a text.
	Outputs map[string]json.RawMessage `json:"outputs"`
	Printed string                     `json:"printed"`
	// Micros is how long the main function took.
	Micros int `json:"us"`
	// TimedOut is set if the limit of time was reached, even if the code then
	// returned something.
	TimedOut bool `json:"rang"`
	// Reads are the values that were read of the event, with Request.Watch.
	Reads []Read `json:"reads"`
}

// Fault is an exception, or the end of a process.
type Fault struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	// Module is the module that was not found.
	Module string  `json:"module,omitempty"`
	Trace  []Frame `json:"trace"`
	// Omitted is how many frames between the first and the last ones are left out.
	Omitted int `json:"omitted,omitempty"`
}

// The types of faults that are no exceptions.
const (
	// Crashed is the end of the process.
	Crashed = "Crashed"
	// GaveUp is a test that was not run, because others of its request took too long or
	// ended their process.
	GaveUp = "GaveUp"
	// TookTooLong is also the name of the harness's exception.
	TookTooLong = "TookTooLong"
)

// Frame is a place in a file of the repository.
type Frame struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Function string `json:"in"`
}

// Read is a value that a test read of its event.
type Read struct {
	Path    string `json:"path"`
	Value   string `json:"value,omitempty"`
	Missing bool   `json:"missing,omitempty"`
}

// wire is a request as it is sent.
type wire struct {
	Key   int    `json:"key"`
	ID    string `json:"id"`
	Kind  Kind   `json:"type"`
	Path  string `json:"path"`
	Body  string `json:"body"`
	Tests []Test `json:"tests"`
	Watch bool   `json:"watch,omitempty"`
	Lines bool   `json:"lines,omitempty"`
}

// wireAnswer is an answer as it is received.
type wireAnswer struct {
	Key     int       `json:"key"`
	Error   *Fault    `json:"error"`
	Tests   []Outcome `json:"tests"`
	Printed string    `json:"printed"`
	Rang    bool      `json:"rang"`
	Spent   bool      `json:"spent"`
	Site    []string  `json:"site"`

	Lines    map[string][]int `json:"lines"`
	Loads    map[string][]int `json:"loads"`
	Reached  map[string][]int `json:"reached"`
	Runnable map[string][]int `json:"runnable"`
}
