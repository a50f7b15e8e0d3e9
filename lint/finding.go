package lint

import (
	"cmp"
	"fmt"
	"strings"
)

// Range is a part of a file. Lines and columns count from 1, columns in
// characters; EndColumn is the column after the last one. The zero Range is the file as
// a whole.
type Range struct {
	Line, Column, EndLine, EndColumn int
}

func (r Range) compare(o Range) int {
	return cmp.Or(r.Line-o.Line, r.Column-o.Column, r.EndLine-o.EndLine, r.EndColumn-o.EndColumn)
}

// String is "line:column", or "" for a file as a whole.
func (r Range) String() string {
	if r.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%d", r.Line, max(r.Column, 1))
}

// Location is a place that is related to a finding.
type Location struct {
	Path  string
	Range Range
	// Message says what is there, such as "the other one".
	Message string
}

// Finding is one problem that a rule found.
type Finding struct {
	Rule string
	// Severity is that of the rule. A rule may lower it, which counts unless the
	// configuration sets another severity for the rule.
	Severity Severity
	// Works says that what a finding of a Broken rule is about works nevertheless, or
	// fails only on some events.
	Works bool
	// Message says what is wrong, in one sentence without a full stop at its end.
	Message string
	// Hint says what to do; may be empty.
	Hint  string
	Path  string
	Range Range
	// Entity is the id of the spec that the finding is about, where it is known.
	Entity string
	// Related are other places that cause the finding. With a subset of the files, a
	// finding is shown if it or one of these is in the subset.
	Related []Location
	// Key distinguishes the finding from others of its rule on the same line, such as the
	// name of what is missing; it takes the line's place in the fingerprint. May
	// be empty.
	Key string
	// Fix is a safe way to fix it, or nil.
	Fix *Fix
	// Snippet is the line of the file where the finding begins; empty if the
	// line is very long.
	Snippet string
	// Fingerprint identifies the finding even if it moves to another line.
	Fingerprint string
}

// Where is the finding's place as editors and terminals read it.
func (f Finding) Where() string {
	if at := f.Range.String(); at != "" {
		return f.Path + ":" + at
	}
	return f.Path
}

func (f Finding) compare(o Finding) int {
	return cmp.Or(strings.Compare(f.Path, o.Path), f.Range.compare(o.Range), strings.Compare(f.Rule, o.Rule), strings.Compare(f.Message, o.Message))
}

// Fix is a change that fixes a finding and nothing else.
type Fix struct {
	// Title says what it does, such as "write High".
	Title string
	Edits []Edit
	// Touches names the values of YAML files that may differ afterwards, as paths
	// like "/Severity" or "/Tests/0/Name"; a key that is renamed counts with its
	// old and its new name. Everything else must keep its
	// meaning, which lint checks before it writes.
	Touches []string
}

// Edit replaces the bytes from Start to before End.
type Edit struct {
	Path       string
	Start, End int
	New        string
}

// maxRelated is the maximum number of related places of a finding in rules where all of
// many specs are related to each other.
const maxRelated = 20

// Count returns how many of the shown findings have a severity.
func (r *Result) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}
