package report

import (
	"fmt"
	"io"
	gosync "sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/pdac-dev/pdac/sync"
)

// ProgressOptions are the options of Progress.
type ProgressOptions struct {
	// Terminal shows a bar, and only reports failures. Without it each change is
	// reported on a separate line, for logs.
	Terminal bool
	// Color enables colors in the lines.
	Color bool
	// Quiet shows nothing.
	Quiet bool
}

// Progress shows the progress of an apply, usually on standard error. Its methods
// are safe for concurrent use. Call Step after each change.
type Progress struct {
	mu    gosync.Mutex
	w     io.Writer
	o     ProgressOptions
	style style
	bar   *progressbar.ProgressBar
	total int
	done  int
}

// NewProgress returns a Progress that writes to w.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	if o.Quiet {
		w = io.Discard
	}
	return &Progress{w: w, o: o, style: newStyle(o.Color)}
}

// Start sets the number of changes.
func (p *Progress) Start(total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total, p.done = total, 0
	if !p.o.Terminal || p.o.Quiet || total <= 0 {
		return
	}
	p.bar = newBar(p.w, "applying", total)
}

// newBar returns a bar for a number of things.
func newBar(w io.Writer, doing string, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetDescription(doing),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(65*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	)
}

// Step reports the outcome of one change.
func (p *Progress) Step(c sync.ChangeResult) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	line := p.outcome(c)
	if p.bar == nil {
		if line != "" {
			fmt.Fprintf(p.w, "%s (%d/%d)\n", line, p.done, p.total)
		}
		return
	}
	// Errors are ignored: a failure to show the progress must not stop an apply.
	if line != "" && c.Outcome != sync.Done && c.Outcome != sync.Already {
		_ = p.bar.Clear()
		fmt.Fprintln(p.w, line)
	}
	_ = p.bar.Add(1)
}

// Finish removes the bar.
func (p *Progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
		p.bar = nil
	}
}

// outcome describes the outcome of a change. It returns "" for changes that were not
// tried: they may be nearly all changes, and the result lists them.
func (p *Progress) outcome(c sync.ChangeResult) string {
	name := Clean(string(c.Kind)) + " " + title(c.ID)
	why := ""
	if c.Reason != "" {
		why = ": " + Clean(c.Reason)
	}
	switch c.Outcome {
	case sync.Done:
		return p.style.green.Sprint(done(c.Action)) + " " + name
	case sync.Already:
		return p.style.green.Sprint("already up to date:") + " " + name
	case sync.Refused:
		return p.style.yellow.Sprint("refused to "+Clean(string(c.Action))) + " " + name + why
	case sync.Failed:
		return p.style.red.Sprint("failed to "+Clean(string(c.Action))) + " " + name + why
	}
	return ""
}

// TestProgress shows on a terminal how many tests have run.
type TestProgress struct {
	mu  gosync.Mutex
	w   io.Writer
	bar *progressbar.ProgressBar
}

// NewTestProgress returns a TestProgress that writes to w, if that is a terminal.
func NewTestProgress(w io.Writer, terminal bool) *TestProgress {
	if !terminal {
		w = nil
	}
	return &TestProgress{w: w}
}

// Show shows how many tests of how many have run.
func (p *TestProgress) Show(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || all == 0 {
		return
	}
	if p.bar == nil {
		p.bar = newBar(p.w, "testing", all)
	}
	_ = p.bar.Set(done) // a bar that can't be drawn is no error of the run
}

// End removes the bar.
func (p *TestProgress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
