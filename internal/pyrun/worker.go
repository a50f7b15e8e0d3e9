package pyrun

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// maxAnswer bounds one line of a worker.
const maxAnswer = 64 << 20

// worker is a process that runs the harness. It is not safe for concurrent use.
type worker struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	events chan event
	stderr *tail
	// greeted says that the first line was sent.
	greeted bool
	// started counts the tests of the current request that began.
	started int
}

// event is what a worker says: that a test begins, an answer, or its end.
type event struct {
	dot    bool
	answer []byte
	err    error
}

// environment is all that a process of Python gets to see.
func environment(getenv func(string) string) []string {
	env := []string{"PYTHONHASHSEED=0", "PYTHONUTF8=1", "TZ=UTC", "LC_ALL=C.UTF-8"}
	for _, name := range []string{"PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v := getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// start starts a worker. It reads nothing before its first request.
func (p *Pool) start() (*worker, error) {
	// -S: packages are looked for only when a test needs one. Not -I, which would
	// ignore PYTHONHASHSEED.
	cmd := exec.Command(p.python.Program, "-S", "-X", "utf8", p.main)
	cmd.Env, cmd.Dir = environment(p.opts.Getenv), p.dir
	cmd.SysProcAttr = ofGroup()
	w := &worker{cmd: cmd, events: make(chan event, 64), stderr: &tail{}}
	cmd.Stderr = w.stderr
	cmd.WaitDelay = 2 * time.Second
	var err error
	if w.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.python.Program, err)
	}
	go w.read(out)
	return w, nil
}

// read passes on what the worker says, until it ends.
func (w *worker) read(out io.Reader) {
	defer close(w.events)
	r := bufio.NewReaderSize(out, 64<<10)
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			w.events <- event{err: err}
			return
		case c == '.':
			w.events <- event{dot: true}
			continue
		}
		line := []byte{c}
		for {
			part, err := r.ReadSlice('\n')
			if line = append(line, part...); err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) || len(line) > maxAnswer {
				w.events <- event{err: errors.New("it ended within an answer")}
				return
			}
		}
		w.events <- event{answer: line}
	}
}

// end closes the worker's input, which ends it, and waits.
func (w *worker) end() {
	_ = w.in.Close()
	timer := time.AfterFunc(time.Second, w.kill)
	w.drain()
	timer.Stop()
	_ = w.cmd.Wait()
}

// kill ends the worker at once. Only end and died wait for it.
func (w *worker) kill() { killGroup(w.cmd) }

func (w *worker) drain() {
	for range w.events {
	}
}

// died kills the worker and returns how it ended.
func (w *worker) died() string {
	_ = w.in.Close()
	// What ended by itself says more than a signal.
	timer := time.AfterFunc(100*time.Millisecond, w.kill)
	w.drain()
	timer.Stop()
	w.kill()
	err := w.cmd.Wait()
	text := "exit code 0"
	if err != nil {
		text = strings.TrimPrefix(err.Error(), "exit status ")
		if text != err.Error() {
			text = "exit code " + text
		}
	}
	if last := w.stderr.last(); last != "" {
		text += "; " + last
	}
	return text
}

// tail keeps the end of what a worker writes to standard error.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const maxTail = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - maxTail; n > 0 {
		t.buf = t.buf[n:]
	}
	return len(p), nil
}

// last returns the line that says most: that of a fatal error, else the last one.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for line := range bytes.Lines(t.buf) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			last = string(line[:min(len(line), 300)])
			if strings.HasPrefix(last, "Fatal Python error") {
				break
			}
		}
	}
	return last
}

// head writes the first line that a worker reads.
func head(s Setup, o Options) ([]byte, error) {
	type limits struct {
		Test   float64 `json:"test_s"`
		Memory int64   `json:"memory"`
	}
	line, err := json.Marshal(struct {
		Globals    map[string]Source `json:"globals"`
		DataModels []DataModel       `json:"data_models"`
		Limits     limits            `json:"limits"`
		Sides      *Sides            `json:"sides,omitempty"`
	}{s.Globals, s.DataModels, limits{o.TestTime.Seconds(), o.Memory}, s.Sides})
	return append(line, '\n'), err
}
