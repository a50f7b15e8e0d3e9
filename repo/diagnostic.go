package repo

import (
	"fmt"
	"strings"
)

// Severity is the severity of a diagnostic.
type Severity string

// The severities. An error stops an apply, a warning does not, and an info is a
// note.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Diagnostic is a message about a file or an entity. Line and Column count from
// 1, or are 0 if unknown.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Path     string   `json:"path,omitempty"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	// Kind and ID identify the entity, if there is one.
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
	// Topic is what an info that every run repeats is about, such as a setting
	// that leaves specs out; "" for others. A text may then shorten it.
	Topic string `json:"topic,omitempty"`
	// Rule is the lint rule for the problem, such as PD101, or empty.
	Rule string `json:"rule,omitempty"`
}

// Where returns the position in the format of editors and terminals:
// path:line:column.
func (d Diagnostic) Where() string {
	if d.Path == "" {
		return ""
	}
	parts := []string{d.Path}
	if d.Line > 0 {
		parts = append(parts, fmt.Sprint(d.Line))
		if d.Column > 0 {
			parts = append(parts, fmt.Sprint(d.Column))
		}
	}
	return strings.Join(parts, ":")
}

// String is the diagnostic on one line, with its place and severity.
func (d Diagnostic) String() string {
	if w := d.Where(); w != "" {
		return fmt.Sprintf("%s: %s: %s", w, d.Severity, d.Message)
	}
	return fmt.Sprintf("%s: %s", d.Severity, d.Message)
}
