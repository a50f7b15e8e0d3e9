// Package verdict has the answers of evaluators that claim only what is documented: true,
// false, or unsure.
package verdict

import "fmt"

// Verdict is true, false or unsure.
type Verdict int

// The verdicts. The zero value claims nothing.
const (
	Unsure Verdict = iota
	False
	True
)

func (v Verdict) String() string {
	return [...]string{"unsure", "false", "true"}[v]
}

// Answer is a verdict with its reason.
type Answer struct {
	Verdict Verdict
	// Reason says why the verdict is not True, in one sentence without a full stop: what
	// does not match, or what Panther's documentation leaves open.
	Reason string
}

// Yes is the answer that needs no reason.
var Yes = Answer{Verdict: True}

// No is a false answer.
func No(format string, args ...any) Answer {
	return Answer{False, fmt.Sprintf(format, args...)}
}

// Open is an unsure answer.
func Open(format string, args ...any) Answer {
	return Answer{Unsure, fmt.Sprintf(format, args...)}
}
