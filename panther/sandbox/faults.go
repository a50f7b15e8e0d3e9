package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is a failure that is injected into the requests it matches. Its parts combine: a fault may be slow and then
// fail. If several faults match a request, the delays add up, the smallest page size wins, and otherwise the fault that
// was added first.
type Fault struct {
	// Match is a method and a path pattern, such as "PUT /rules/*", "* /queries" or "GET *". A star matches anything
	// but a slash in the escaped path; a path that is just a star matches any. Empty matches every request.
	Match string
	// Below extends Match to the paths below the one that it matches: "* /rules" to "/rules/A".
	Below bool
	// Skip is the number of matching requests to leave alone first. After that, every Every-th request is hit; 0 means
	// 1. Times is the maximum number of hits; 0 means no maximum.
	Skip, Every, Times int

	// Latency delays the request before anything else, until its context ends.
	Latency time.Duration
	// Do is called after Latency, before the request is handled. It may use the server's helpers, such as Edit, to
	// simulate a concurrent change. It must not read the request's body.
	Do func(*http.Request)
	// PageSize is the maximum page size of lists.
	PageSize int

	// Status replaces the status of the response, with Message and, if it is set, the header Retry-After.
	Status     int
	Message    string
	RetryAfter string
	// Odd answers with success, in an odd way.
	Odd Oddity
	// HTML responds with a web page, as a gateway in front of an API does.
	HTML bool
	// Hang never responds: the connection is closed when the request's context ends or the faults are cleared.
	Hang bool
	// Break closes the connection without a response.
	Break bool
	// After lets the request take effect first. Status then replaces only a successful response; Break replaces any.
	After bool
}

// Injection is a fault that was added.
type Injection struct {
	faults *Faults
	fault  Fault
	method string
	path   string
	met    int // matching requests
	hits   int // matching requests that were hit
}

// Hits returns the number of requests that the fault has hit.
func (i *Injection) Hits() int {
	i.faults.mu.Lock()
	defer i.faults.mu.Unlock()
	return i.hits
}

// Remove removes the fault.
func (i *Injection) Remove() {
	i.faults.mu.Lock()
	defer i.faults.mu.Unlock()
	i.faults.active = slices.DeleteFunc(i.faults.active, func(other *Injection) bool { return other == i })
}

// Faults is a set of faults that can change while a server runs. The zero value is empty.
type Faults struct {
	mu       sync.Mutex
	active   []*Injection
	requests int
	hook     func(n int, r *http.Request)
	// cleared is closed when the faults are cleared, which ends their waits; nil without a wait.
	cleared chan struct{}
}

// Add adds a fault. The error describes what is wrong with its Match or its numbers.
func (f *Faults) Add(fault Fault) (*Injection, error) {
	i := &Injection{faults: f, fault: fault, method: "*", path: "*"}
	if fault.Match != "" {
		var hasPath bool
		if i.method, i.path, hasPath = strings.Cut(fault.Match, " "); !hasPath {
			return nil, fmt.Errorf("fault %q: write a method and a path, such as \"PUT /rules/*\"", fault.Match)
		}
	}
	if _, err := path.Match(i.path, "/"); err != nil {
		return nil, fmt.Errorf("fault %q: the path pattern is not valid: %w", fault.Match, err)
	}
	if fault.Skip < 0 || fault.Every < 0 || fault.Times < 0 || fault.PageSize < 0 || fault.Latency < 0 {
		return nil, fmt.Errorf("fault %q: its numbers must not be negative", fault.Match)
	}
	if fault.Status != 0 && (fault.Status < 400 || fault.Status > 599) {
		return nil, fmt.Errorf("fault %q: the status %d is not an error (400 to 599)", fault.Match, fault.Status)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, i)
	return i, nil
}

// Clear removes all faults and the hook, and ends the waits of requests that were hit. The request count continues.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active, f.hook = nil, nil
	if f.cleared != nil {
		close(f.cleared)
		f.cleared = nil
	}
}

// OnRequest sets a hook that is called for every request with its number, counted from one. It runs before any fault,
// in the goroutine of the request. Nil removes the hook.
func (f *Faults) OnRequest(hook func(n int, r *http.Request)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook = hook
}

// Requests returns the number of requests so far.
func (f *Faults) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// effect is the combined effect of the faults on one request.
type effect struct {
	latency                 time.Duration
	hang                    bool
	cleared                 <-chan struct{}
	do                      []func()
	pageSize                int
	before, after           *answer
	breakBefore, breakAfter bool
	odd                     Oddity
}

func (f *Faults) meet(r *http.Request) effect {
	var e effect
	f.mu.Lock()
	f.requests++
	n, hook := f.requests, f.hook
	for _, i := range f.active {
		if i.takes(r) {
			e.add(i.fault, r)
		}
	}
	if e.latency > 0 || e.hang {
		if f.cleared == nil {
			f.cleared = make(chan struct{})
		}
		e.cleared = f.cleared
	}
	f.mu.Unlock()
	if hook != nil {
		hook(n, r)
	}
	return e
}

// takes counts a matching request and reports whether it is hit. The caller holds the lock.
func (i *Injection) takes(r *http.Request) bool {
	if i.method != "*" && i.method != r.Method {
		return false
	}
	if i.path != "*" {
		p := r.URL.EscapedPath()
		if i.fault.Below {
			p = cutSegments(p, strings.Count(i.path, "/"))
		}
		if matched, err := path.Match(i.path, p); err != nil || !matched {
			return false
		}
	}
	i.met++
	past := i.met - i.fault.Skip
	if past <= 0 || past%max(i.fault.Every, 1) != 0 || i.fault.Times > 0 && i.hits >= i.fault.Times {
		return false
	}
	i.hits++
	return true
}

func (e *effect) add(fault Fault, r *http.Request) {
	e.latency += fault.Latency
	e.hang = e.hang || fault.Hang
	if fault.Do != nil {
		e.do = append(e.do, func() { fault.Do(r) })
	}
	if fault.PageSize > 0 && (e.pageSize == 0 || fault.PageSize < e.pageSize) {
		e.pageSize = fault.PageSize
	}
	if e.before != nil || e.after != nil || e.breakBefore || e.breakAfter || e.odd != "" {
		return
	}
	switch {
	case fault.Odd != "":
		if e.before = fault.Odd.instead(r); e.before == nil {
			e.odd = fault.Odd
		}
	case fault.Break && fault.After:
		e.breakAfter = true
	case fault.Break:
		e.breakBefore = true
	case fault.Status != 0 && fault.After:
		e.after = fault.answer()
	case fault.Status != 0:
		e.before = fault.answer()
	}
}

func (fault Fault) answer() *answer {
	message := fault.Message
	if message == "" {
		message = http.StatusText(fault.Status)
	}
	a := failure(fault.Status, message)
	if fault.HTML {
		a.contentType, a.body = "text/html", []byte("<html><body><h1>"+message+"</h1></body></html>")
	}
	if fault.RetryAfter != "" {
		a.header = http.Header{"Retry-After": {fault.RetryAfter}}
	}
	return a
}

// cutSegments returns the first n segments of a path.
func cutSegments(p string, n int) string {
	parts := strings.SplitN(p, "/", n+2)
	return strings.Join(parts[:min(len(parts), n+1)], "/")
}

// wait waits for the latency of the faults and runs their hooks. The error says that there is nobody to answer.
func (e *effect) wait(ctx context.Context) error {
	if e.hang {
		select {
		case <-e.cleared:
			return errHung
		case <-ctx.Done():
		}
	}
	if e.latency > 0 {
		timer := time.NewTimer(e.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-e.cleared:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, do := range e.do {
		do()
	}
	return nil
}

var errHung = errors.New("the request was left without a response")
