package report

import (
	"fmt"
	"io"
	gosync "sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/pdac-dev/pdac/sync"
)

// ProgressOptions says how the progress of an apply is shown.
type ProgressOptions struct {
	// Terminal draws a bar and tells only what goes wrong. Without it each change
	// is told on a line of its own, for logs.
	Terminal bool
	// Color switches colours on in the lines.
	Color bool
	// Quiet shows nothing.
	Quiet bool
}

// Progress tells how far an apply is, usually on standard error. Its methods
// may be called by several goroutines at once, Step as each change ends.
type Progress struct {
	mu    gosync.Mutex
	w     io.Writer
	o     ProgressOptions
	style style
	bar   *progressbar.ProgressBar
	total int
	done  int
}

// NewProgress makes a Progress that writes to w.
func NewProgress(w io.Writer, o ProgressOptions) *Progress {
	if o.Quiet {
		w = io.Discard
	}
	return &Progress{w: w, o: o, style: newStyle(o.Color)}
}

// Start says how many changes there are to be.
func (p *Progress) Start(total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total, p.done = total, 0
	if !p.o.Terminal || p.o.Quiet || total <= 0 {
		return
	}
	p.bar = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetDescription("applying"),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(65*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	)
}

// Step tells what became of one change.
func (p *Progress) Step(c sync.ChangeResult) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	line := p.told(c)
	if p.bar == nil {
		if line != "" {
			fmt.Fprintf(p.w, "%s (%d/%d)\n", line, p.done, p.total)
		}
		return
	}
	// A progress that can't be shown must not stop an apply: errors are dropped.
	if line != "" && c.Outcome != sync.Done && c.Outcome != sync.Already {
		_ = p.bar.Clear()
		fmt.Fprintln(p.w, line)
	}
	_ = p.bar.Add(1)
}

// Finish takes the bar away.
func (p *Progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
		p.bar = nil
	}
}

// told puts a change into words; what was not tried isn't told, since it may
// be nearly everything. The result lists it.
func (p *Progress) told(c sync.ChangeResult) string {
	name := Clean(string(c.Kind)) + " " + title(c.ID)
	why := ""
	if c.Reason != "" {
		why = ": " + Clean(c.Reason)
	}
	switch c.Outcome {
	case sync.Done:
		return p.style.green.Sprint(done(c.Action)) + " " + name
	case sync.Already:
		return p.style.green.Sprint("already so:") + " " + name
	case sync.Refused:
		return p.style.yellow.Sprint("refused to "+Clean(string(c.Action))) + " " + name + why
	case sync.Failed:
		return p.style.red.Sprint("failed to "+Clean(string(c.Action))) + " " + name + why
	}
	return ""
}
