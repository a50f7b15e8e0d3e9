// Package unittest runs the unit tests of detections without Panther: Python in worker
// processes (internal/pyrun), simple detections, inline filters and correlation rules
// in Go. Python only runs; whether a test passes is decided here.
//
// Run reads a tree of files, so a revision and the index are tested as well as the
// working tree, and returns values; package report shows them.
package unittest

import (
	"encoding/json"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/repo"
)

// Input is the state of a repository to test.
type Input struct {
	// Tree is the state to test: a working tree, a revision, or the index.
	Tree repo.Tree
	// Before is the state to compare it with; may be nil. If it is set, only the
	// detections that a difference can affect are tested.
	Before repo.Tree
	// Paths are files and folders from the repository's root. If there are any, only
	// the detections are tested that are made of one of them: of a spec, a Python file, a
	// global that is imported, or a data model.
	Paths []string
}

// Options says what to test, and how.
type Options struct {
	// Content says which files count, and limits what is read.
	Content repo.Options
	// Python finds the Python to use. It is called once, and only if a test needs it
	// or its results; its error is returned by Run as a *NoPythonError.
	Python func(pyrun.Known) (*pyrun.Python, error)
	// Cache keeps results from run to run, in a repository's folder and sealed with a
	// key; without both nothing is kept. Build names the program.
	Cache Cache
	// Folder is the user's folder for the files that Python runs; "" for a temporary
	// one.
	Folder string
	Getenv func(string) string
	// Only limits the detections to some KIND/ID globs, and Names the tests to some
	// globs of names; all if there are none.
	Only, Names []string
	// Filter limits the detections to those whose spec has some values.
	Filter repo.Filters
	// Failed limits the tests to those that failed in the last run.
	Failed bool
	// AllowNotRun accepts tests that were not run because something is missing on this
	// machine, and Strict refuses those whose result the documented semantics leave open.
	AllowNotRun, Strict bool
	// FailFast stops after the first test that does not pass.
	FailFast bool
	// Workers is the largest number of processes (one per processor).
	Workers int
	// TestTime limits each test (15 s).
	TestTime time.Duration
	// MinTests is how many tests each detection must have; from 2 on, one must expect
	// true and one false.
	MinTests int
	// Now is the time of the run; results that depend on the clock expire.
	Now time.Time
	// Progress is called with how many tests of how many have run. While that is not known,
	// both are 0. Mutate counts detections.
	Progress func(done, all int)
}

// Cache says where results are kept.
type Cache struct {
	Root, Build string
	Key         []byte
}

// Status is what came of a test.
type Status string

// The statuses, as JSON has them.
const (
	Passed   Status = "passed"
	Failed   Status = "failed"
	Errored  Status = "errored"
	TimedOut Status = "timed_out"
	Crashed  Status = "crashed"
	NotRun   Status = "not_run"
)

// Result is what a run found.
type Result struct {
	// Python is the Python that ran the tests, now or in an earlier run; nil if none did.
	Python *pyrun.Python
	// Tests are those that were selected, by path and place.
	Tests []Test
	// Specs is how many specs the whole repository has.
	Specs int
	// Detections is how many of the repository were selected, and Untested how many of
	// them have no tests.
	Detections, Untested int
	// Unmatched are the globs of Options.Only that match no detection of the repository.
	Unmatched []string
	// Stopped says that FailFast left tests out.
	Stopped bool
	// Few are the detections with fewer tests than Options.MinTests demands.
	Few []Few
	// Faults are files that can't be read, so that their tests did not run.
	Faults []repo.Diagnostic
	// Notes reports folders that are not read, and settings of content without
	// effect.
	Notes []repo.Diagnostic
	// Skipped lists the specs, among the paths of the Input, that are not content.
	Skipped []repo.Skipped
	// Took is how long it took.
	Took time.Duration

	allowNotRun, strict bool
}

// Fails reports whether a test fails the run.
func (r *Result) Fails(t *Test) bool {
	switch {
	case t.Status == Passed:
		return false
	case t.Status != NotRun:
		return true
	case t.Unsure:
		return r.strict
	}
	return !r.allowNotRun
}

// OK reports whether nothing fails the run.
func (r *Result) OK() bool {
	for i := range r.Tests {
		if r.Fails(&r.Tests[i]) {
			return false
		}
	}
	return len(r.Few)+len(r.Faults) == 0
}

// Few is a detection with too few tests.
type Few struct {
	ID, Path string
	Line     int
	Reason   string
}

// Test is one unit test and what came of it.
type Test struct {
	// ID is the detection's, and Kind its kind: rule, simple_rule, …
	ID, Kind string
	// Path and Line say where the test is.
	Path string
	Line int
	Name string
	// Main is the function that decides: rule or policy; "" if it is no Python.
	Main string

	Status   Status
	Expected bool
	// Returned is what the detection decided; nil if it did not.
	Returned *bool
	// Outputs are what the other functions returned, by name.
	Outputs map[string]json.RawMessage
	// Unexpected are the outputs that are not as a file of expectations says.
	Unexpected []Unexpected
	// Errors are what was raised; the first one decides the status.
	Errors []Error
	// Reason says why a test was not run.
	Reason string
	// Unsure reports whether it was not run because the documented semantics leave
	// its result open.
	Unsure  bool
	Printed string
	// Reads are the values of the event that a failed test read.
	Reads []pyrun.Read
	// Time is how long the main function took.
	Time time.Duration
	// Cached reports whether the result is of an earlier run.
	Cached bool
}

// Error is an exception of a function, or of the module if Function is "".
type Error struct {
	Function string
	Type     string
	Message  string
	Trace    []Frame
	// Omitted is how many frames in between are left out.
	Omitted int
}

// Frame is a place in a file of the repository, with its line.
type Frame struct {
	Path     string
	Line     int
	Function string
	Source   string
}

// Count returns how many tests have a status.
func (r *Result) Count(s Status) (n int) {
	for i := range r.Tests {
		if r.Tests[i].Status == s {
			n++
		}
	}
	return n
}

// Cached returns how many results are of an earlier run.
func (r *Result) Cached() (n int) {
	for i := range r.Tests {
		if r.Tests[i].Cached {
			n++
		}
	}
	return n
}

// NoPythonError says that Python is missing, so that only the other tests ran.
type NoPythonError struct{ Err error }

func (e *NoPythonError) Error() string { return e.Err.Error() }
func (e *NoPythonError) Unwrap() error { return e.Err }
