package repo

import (
	"fmt"
	"strings"
)

// Severity is how much a diagnostic weighs.
type Severity string

// The severities. An error stops an apply, a warning doesn't, and an info tells
// a fact once.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Diagnostic is something to tell a person about a file or an entity. Line and
// Column count from 1 and are 0 where they mean nothing.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Path     string   `json:"path,omitempty"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	// Kind and ID name the entity that it is about, where there is one.
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
	// Rule is the lint rule that stands for the fault, such as PD101; empty where
	// there is none. It is for lint, and no part of a plan.
	Rule string `json:"-"`
}

// Where is the position as editors and terminals read it: path:line:column.
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
