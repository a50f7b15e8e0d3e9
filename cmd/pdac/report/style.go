package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/repo"
)

// style has the colors of a report. The caller decides whether they are enabled; the
// environment has no influence.
type style struct {
	green, red, yellow, cyan, bold, faint *color.Color
}

func newStyle(on bool) style {
	make := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return style{
		green: make(color.FgGreen), red: make(color.FgRed), yellow: make(color.FgYellow), cyan: make(color.FgCyan),
		bold: make(color.Bold), faint: make(color.Faint),
	}
}

func (s style) op(op diff.Op, text string) string {
	switch op {
	case diff.Insert:
		return s.green.Sprint(text)
	case diff.Delete:
		return s.red.Sprint(text)
	case diff.Change:
		return s.yellow.Sprint(text)
	}
	return text
}

func (s style) severity(v repo.Severity) string {
	switch v {
	case repo.SeverityError:
		return s.red.Sprint("error")
	case repo.SeverityWarning:
		return s.yellow.Sprint("warning")
	case repo.SeverityInfo:
		return s.cyan.Sprint("info")
	}
	return "note"
}

// printer writes lines and keeps the first error.
type printer struct {
	style
	w     *bufio.Writer
	blank bool // the last line was empty, or nothing was written yet
}

func newPrinter(w io.Writer, colour bool) *printer {
	return &printer{style: newStyle(colour), w: bufio.NewWriter(w), blank: true}
}

func (p *printer) line(parts ...string) {
	for _, s := range parts {
		p.w.WriteString(s) // a bufio.Writer keeps its first error for Flush
	}
	p.w.WriteByte('\n')
	p.blank = false
}

// gap writes an empty line, unless it is the first line or follows another one.
func (p *printer) gap() {
	if !p.blank {
		p.w.WriteByte('\n')
		p.blank = true
	}
}

func (p *printer) end(what string) error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write the %s: %w", what, err)
	}
	return nil
}

// paragraphs writes a text that may have several lines, with later ones indented.
func (p *printer) paragraphs(first, text, indent string) {
	for i, l := range strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
		if i == 0 {
			p.line(first, Clean(l))
		} else {
			p.line(indent, cleanLine(l))
		}
	}
}
