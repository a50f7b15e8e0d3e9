// Package behaviour holds what two states of a repository do differently: a Report lists
// which detections decide otherwise about which events, and what else their alerts say.
// It is made by running both states (lint/unittest), kept in a plan (sync) and shown.
//
// The package has values only, and the comparison of two results. It runs nothing.
package behaviour

// Report is what two states of detections do with the same events.
type Report struct {
	// Before and After name the two states.
	Before string `json:"before"`
	After  string `json:"after"`
	// Python is the version of the Python that ran both; "" if none did.
	Python string `json:"python,omitempty"`
	// Missing says why Python did not run, so that only other detections are compared.
	Missing string  `json:"missing,omitempty"`
	Summary Summary `json:"summary"`
	// Lines counts the changed lines of Python.
	Lines Lines `json:"lines"`
	// Sources are the changed globals and data models, by kind and id.
	Sources []Source `json:"sources"`
	// Detections are those that behave differently, or of which that is not known; by
	// kind and id. All others with changed code behave the same.
	Detections []Detection `json:"detections"`
	// Added and Removed exist on one side only, and are not compared.
	Added   []Name `json:"added"`
	Removed []Name `json:"removed"`
	// Unread lists the files of both states that can't be read, so that what they define is
	// not compared.
	Unread []string `json:"unread"`
}

// Summary counts detections, events and runs.
type Summary struct {
	// Detections is how many the new state has, as far as they were selected.
	Detections int `json:"detections"`
	// Compared are the detections whose code differs. Each counts in one of the others:
	// Same, Changed, or Unknown for those that no event was tried on.
	Compared int `json:"compared"`
	Same     int `json:"same"`
	Changed  int `json:"changed"`
	Unknown  int `json:"unknown"`
	// Events are the different events that were tried, of which Corpus are of corpora, and
	// Runs how often a detection got one.
	Events int `json:"events"`
	Corpus int `json:"corpus"`
	Runs   int `json:"runs"`
	// Verdicts counts the runs with another verdict, and Outputs, by function, those whose
	// alert has another output.
	Verdicts int            `json:"verdicts"`
	Outputs  map[string]int `json:"outputs"`
	// NotRun counts the runs without a result on a side, and NotComparable those whose
	// result is another one each time.
	NotRun        int `json:"not_run"`
	NotComparable int `json:"not_comparable"`
	// LeftOut counts the runs that the limit of events left out, and CorpusLeftOut the events
	// of corpora.
	LeftOut       int `json:"left_out"`
	CorpusLeftOut int `json:"corpus_left_out"`
}

// Lines counts the lines of Python that differ and can run, and those that an event reached:
// the changed ones of the new state, and the removed ones of the old one.
type Lines struct {
	Changed int `json:"changed"`
	Reached int `json:"reached"`
	// Missed lists the others, by file.
	Missed         []FileLines `json:"missed"`
	Removed        int         `json:"removed"`
	RemovedReached int         `json:"removed_reached"`
	RemovedMissed  []FileLines `json:"removed_missed"`
}

// FileLines are lines of a file.
type FileLines struct {
	Path  string `json:"path"`
	Lines []int  `json:"lines"`
}

// Name is a detection.
type Name struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Source is a global or a data model that changed.
type Source struct {
	Name
	// Users are the detections that it can change, of which Same behave as before.
	Users int `json:"users"`
	Same  int `json:"same"`
	// Events are the different events that they were tried on.
	Events int `json:"events"`
}

// Detection is one whose code differs.
type Detection struct {
	Name
	Path string `json:"path"`
	// Causes say which code differs: "python", "match expression", "global X", …
	Causes []string `json:"causes"`
	// Events is how many were tried.
	Events int `json:"events"`
	// Changes are the differences, those of verdicts first.
	Changes []Change `json:"changes"`
	// NotRun says why events have no result.
	NotRun []NotRun `json:"not_run,omitempty"`
	// NotComparable counts events whose result is another one each time.
	NotComparable int `json:"not_comparable,omitempty"`
	// LeftOut counts events that the limit left out.
	LeftOut int `json:"left_out,omitempty"`
}

// NotRun counts events without a result, by reason.
type NotRun struct {
	Reason string `json:"reason"`
	Events int    `json:"events"`
}

// The values of Change.What, beside the names of functions.
const (
	Verdict = "verdict"
)

// Change is a difference that several events show.
type Change struct {
	// What is Verdict, or the function whose output differs.
	What string `json:"what"`
	// Before and After are the two verdicts; "" for outputs, which examples have.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	Events int    `json:"events"`
	// Examples are the first few of the events.
	Examples []Example `json:"examples"`
}

// Example is an event, with an output before and after.
type Example struct {
	Origin
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Origin is where an event comes from: a test of a detection, or a line of a corpus.
type Origin struct {
	// Detection and Test name a unit test.
	Detection string `json:"detection,omitempty"`
	Test      string `json:"test,omitempty"`
	// Old says that only the old state has the test, or has it with this event.
	Old  bool   `json:"old,omitempty"`
	Path string `json:"path"`
	Line int    `json:"line"`
}

// Silent reports whether nothing was compared that somebody should read about.
func (r *Report) Silent() bool {
	return r == nil || r.Summary.Compared+len(r.Added)+len(r.Removed) == 0 && r.Missing == ""
}
