package behaviour

// Corpus is what the detections of one state do with events of which is known whether they
// are harmless.
type Corpus struct {
	// State names what was run.
	State  string `json:"state"`
	Python string `json:"python,omitempty"`
	// Missing says why Python did not run.
	Missing string        `json:"missing,omitempty"`
	Summary CorpusSummary `json:"summary"`
	// Detections are those that raise an alert for a benign event, or fail on an event; by
	// kind and id.
	Detections []CorpusDetection `json:"detections"`
	// Missed lists the attacks that no detection raises an alert for, at most MaxMissed.
	Missed []Origin `json:"missed"`
}

// MaxMissed is how many attacks without an alert are listed.
const MaxMissed = 100

// CorpusSummary counts events and detections.
type CorpusSummary struct {
	// Events are all that a detection was run on, of which Benign are known to be so, and
	// Attacks are attacks of a corpus. Unused are those whose log type no detection has.
	Events  int `json:"events"`
	Benign  int `json:"benign"`
	Attacks int `json:"attacks"`
	Unused  int `json:"unused"`
	// Detections is how many were run, and Runs how often one got an event.
	Detections int `json:"detections"`
	Runs       int `json:"runs"`
	// FalseAlerts counts the benign events with an alert of any detection, and Missed the
	// attacks without one.
	FalseAlerts int `json:"false_alerts"`
	Missed      int `json:"missed"`
	NotRun      int `json:"not_run"`
	LeftOut     int `json:"left_out"`
	// CorpusLeftOut counts the events that the limit of a log type left out.
	CorpusLeftOut int `json:"corpus_left_out"`
}

// CorpusDetection is a detection with what it does that it should not.
type CorpusDetection struct {
	Name
	Path string `json:"path"`
	// Events is how many it got, and Attacks for how many attacks it raises an alert.
	Events  int `json:"events"`
	Attacks int `json:"attacks"`
	// Benign counts the benign events that it raises an alert for, with the first few.
	Benign   int      `json:"benign"`
	Examples []Origin `json:"examples"`
	// Failures count the events that it fails on, by how.
	Failures []NotRun `json:"failures,omitempty"`
	NotRun   []NotRun `json:"not_run,omitempty"`
}

// Alarm adds a benign event that the detection raises an alert for.
func (d *CorpusDetection) Alarm(from Origin) {
	if d.Benign++; len(d.Examples) < maxExamples {
		d.Examples = append(d.Examples, from)
	}
}

// Tally counts an event by a reason.
func Tally(list []NotRun, reason string) []NotRun {
	for i := range list {
		if list[i].Reason == reason {
			list[i].Events++
			return list
		}
	}
	if len(list) >= maxKinds && reason != otherReasons {
		return Tally(list, otherReasons) // a message can be another one for each event
	}
	return append(list, NotRun{reason, 1})
}
