package pyrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Options are the limits of a Pool and its place. Zero fields mean the default.
type Options struct {
	// Folder is the user's folder for the harness; a temporary one is made if it is "" or can't
	// be written.
	Folder string
	// Workers is the largest number of processes (one per processor).
	Workers int
	// TestTime is the limit of one test (15 s, as in Panther), and Memory that of a
	// process in bytes (1 GiB).
	TestTime time.Duration
	Memory   int64
	Getenv   func(string) string
	// Progress is called for each answer, from several goroutines.
	Progress func()
}

// The defaults of Options.
const (
	DefaultTestTime = 15 * time.Second
	defaultMemory   = 1 << 30
)

// grace is how much longer pdac waits than the worker's own clock.
const grace = 2 * time.Second

// Pool is a set of workers. It starts them as they are needed.
type Pool struct {
	python    *Python
	opts      Options
	main, dir string
	temporary string
	head      []byte
	// Packages are the folders of installed packages in which a test looked for one.
	Packages []string

	mu   sync.Mutex
	idle []*worker
}

// NewPool prepares to run tests. Close it after use.
func NewPool(python *Python, s Setup, o Options) (_ *Pool, err error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.TestTime <= 0 {
		o.TestTime = DefaultTestTime
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	if o.Progress == nil {
		o.Progress = func() {}
	}
	if s.Globals == nil {
		s.Globals = map[string]Source{}
	}
	if s.DataModels == nil {
		s.DataModels = []DataModel{}
	}
	p := &Pool{python: python, opts: o}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if o.Folder == "" || p.settle(o.Folder) != nil { // also where a home folder can't be written, as in some containers
		if p.temporary, err = os.MkdirTemp("", "pdac-harness-"); err != nil {
			return nil, fmt.Errorf("create a folder for the Python files that run tests: %w", err)
		}
		if err = p.settle(p.temporary); err != nil {
			return nil, err
		}
	}
	p.head, err = head(s, o)
	return p, err
}

// settle writes what processes need to a folder. Tests run in an empty folder there.
func (p *Pool) settle(folder string) (err error) {
	p.dir = filepath.Join(folder, "empty")
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return fmt.Errorf("create the folder that tests run in: %w", err)
	}
	p.main, err = install(folder)
	return err
}

// Close ends all workers.
func (p *Pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	var g sync.WaitGroup
	for _, w := range idle {
		g.Go(w.end)
	}
	g.Wait()
	if p.temporary != "" {
		_ = os.RemoveAll(p.temporary)
	}
}

// Warm starts workers for a number of requests, so that they start while the caller
// still prepares the requests.
func (p *Pool) Warm(n int) {
	for range min(n, p.opts.Workers) {
		if w, err := p.start(); err == nil {
			p.put(w)
		}
	}
}

func (p *Pool) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, w)
}

// take returns a worker that is ready for a request.
func (p *Pool) take() (*worker, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return w, nil
	}
	p.mu.Unlock()
	return p.start()
}

// errDone ends Run early without an error.
var errDone = errors.New("enough answers")

// Run runs requests, and calls each with every answer, as they come, one at a time.
// It stops if each returns false.
func (p *Pool) Run(ctx context.Context, requests []Request, each func(i int, a Answer) bool) error {
	return spread(ctx, p, len(requests), func(ctx context.Context, i int) (Answer, error) { return p.request(ctx, requests[i]) }, each)
}

// spread calls one for each number below n, in as many goroutines as there are workers,
// and each with every answer, one at a time.
func spread[T any](ctx context.Context, p *Pool, n int, one func(ctx context.Context, i int) (T, error), each func(i int, a T) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == n || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	var g sync.WaitGroup
	for range min(p.opts.Workers, n) {
		g.Go(func() {
			for {
				i, ok := take()
				if !ok {
					return
				}
				a, err := one(ctx, i)
				if err != nil {
					cancel(err)
					return
				}
				p.opts.Progress()
				mu.Lock()
				more := ctx.Err() != nil || each(i, a)
				mu.Unlock()
				if !more {
					cancel(errDone)
				}
			}
		})
	}
	g.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, errDone) {
		return err
	}
	return nil
}

// request runs one request. If its worker ends, the test that ran is to blame, and the
// others run again in another one.
func (p *Pool) request(ctx context.Context, r Request) (Answer, error) {
	out := Answer{Outcomes: make([]Outcome, len(r.Tests))}
	left := make([]int, len(r.Tests))
	for i := range left {
		left[i] = i
	}
	deaths := 0
	for {
		w, err := p.take()
		if err != nil {
			return Answer{}, err
		}
		tests := make([]Test, len(left))
		for i, n := range left {
			tests[i] = r.Tests[n]
		}
		var got wireAnswer
		fault := w.ask(ctx, p, p.opts.TestTime, &got, wire{ID: r.ID, Kind: r.Kind, Path: r.Path, Body: r.Body, Tests: tests, Watch: r.Watch, Lines: r.Lines})
		switch {
		case ctx.Err() != nil:
			w.kill()
			w.died()
			return Answer{}, context.Cause(ctx)
		case fault == nil && got.Spent:
			w.end()
		case fault == nil:
			p.put(w)
		}
		if fault == nil {
			out.Fault, out.Printed, out.Lines, out.Loads = got.Error, got.Printed, got.Lines, got.Loads
			out.Reached, out.Runnable = got.Reached, got.Runnable
			if got.Error == nil {
				for i, n := range left {
					if i < len(got.Tests) {
						out.Outcomes[n] = got.Tests[i]
					}
				}
			}
			p.found(got.Site)
			return out, nil
		}
		if w.started == 0 {
			// It ended while the module was loaded.
			return Answer{Fault: fault, Outcomes: nil}, nil
		}
		at := min(w.started, len(left)) - 1 // a test may have written dots of its own
		out.Outcomes[left[at]] = Outcome{Fault: fault, TimedOut: fault.Type == TookTooLong}
		left = slices.Delete(left, at, at+1)
		if deaths++; r.Patience > 0 && deaths >= r.Patience {
			for _, n := range left[at:] {
				out.Outcomes[n] = Outcome{Fault: &Fault{Type: GaveUp}}
			}
			left = left[:at] // these ended, but their answers are lost
		}
		if len(left) == 0 {
			return out, nil
		}
	}
}

// found notes where packages were looked for.
func (p *Pool) found(folders []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range folders {
		if !slices.Contains(p.Packages, f) {
			p.Packages = append(p.Packages, f)
		}
	}
}

// ask sends a request and waits for the answer, and at most so long after each dot. A fault
// says how the worker ended.
func (w *worker) ask(ctx context.Context, p *Pool, each time.Duration, answer, r any) *Fault {
	w.started = 0
	line, err := json.Marshal(r)
	if err != nil {
		return &Fault{Type: Crashed, Message: err.Error()}
	}
	line = append(line, '\n')
	if !w.greeted {
		w.greeted = true
		line = append(slices.Clone(p.head), line...)
	}
	// Beside the reading, so that neither waits for the other.
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = w.in.Write(line) // the reader sees how the worker ended
	}()
	defer func() { <-sent }()
	limit := each + grace
	timer := time.NewTimer(p.opts.TestTime + grace + startTime)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			w.kill()
			return &Fault{Type: Crashed}
		case <-timer.C:
			w.kill()
			w.died()
			return &Fault{Type: TookTooLong, Message: fmt.Sprintf("it took more than %g s and did not react to the end of its time, so its process was killed", each.Seconds())}
		case e, open := <-w.events:
			switch {
			case !open || e.err != nil:
				return &Fault{Type: Crashed, Message: "its process ended: " + w.died()}
			case e.dot:
				w.started++
				timer.Reset(limit)
			default:
				if err := json.Unmarshal(e.answer, answer); err != nil {
					w.kill()
					w.died()
					return &Fault{Type: Crashed, Message: "its process answered with something that is not an answer"}
				}
				return nil
			}
		}
	}
}

// startTime is how long a worker may take to start, beside the limit of a test.
const startTime = 30 * time.Second
