package record

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is the engine over the git program.
type program struct {
	location
	path string
	env  []string
}

// repositoryVariables point git at another repository or change what it sees in
// this one.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE",
	"GIT_CEILING_DIRECTORIES",
}

func newProgram(path string, l location, env []string) *program {
	p := &program{location: l, path: path}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(repositoryVariables, name) && !strings.HasPrefix(name, "GIT_TRACE") {
			p.env = append(p.env, kv)
		}
	}
	p.env = append(p.env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C", "LANGUAGE=")
	return p
}

// command prepares a run of git at the repository's top. Hooks are for the
// user's own work; cleaning up now would only make a deployment wait.
func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	settings := []string{"--no-pager", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"}
	cmd := exec.CommandContext(ctx, p.path, append(settings, args...)...)
	cmd.Dir, cmd.Env = p.top, p.env
	// Asked kindly, git removes its locks.
	cmd.Cancel = func() error {
		if cmd.Process.Signal(syscall.SIGTERM) != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// runError is a run of git that failed.
type runError struct {
	command string
	// said is what git wrote as errors, and answered what it wrote else.
	said, answered string
	err            error
}

func (e *runError) Error() string { return fmt.Sprintf("git %s: %s", e.command, e.reason()) }
func (e *runError) Unwrap() error { return e.err }

// reason is git's own first complaint.
func (e *runError) reason() string {
	first := ""
	for line := range strings.Lines(e.said) {
		line = strings.TrimSpace(line)
		if fatal, ok := strings.CutPrefix(line, "fatal: "); ok {
			return redact(plain(fatal, 300))
		}
		if first == "" && !strings.HasPrefix(line, "hint: ") && !strings.HasPrefix(line, "From ") && !strings.HasPrefix(line, "To ") {
			first = strings.TrimPrefix(line, "error: ")
		}
	}
	if first == "" {
		first = e.err.Error()
	}
	return redact(plain(first, 300))
}

func (p *program) run(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := p.command(ctx, args...)
	var out bytes.Buffer
	said := complaints{most: 64 << 10}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if strings.Contains(said.String(), "dubious ownership") {
			return "", &UnsupportedError{
				Feature: fmt.Sprintf("git refuses to work in %s, because the folder belongs to another user", p.top),
				Next:    fmt.Sprintf(`run "git config --global --add safe.directory %s" if you trust it`, p.top),
				Err:     err,
			}
		}
		for len(args) > 2 && args[0] == "-c" {
			args = args[2:]
		}
		return "", &runError{command: args[0], said: said.String(), answered: out.String(), err: err}
	}
	return out.String(), nil
}

// complaints keeps the start of what a program complains about.
type complaints struct {
	bytes.Buffer
	most int
}

func (c *complaints) Write(p []byte) (int, error) {
	if room := c.most - c.Len(); room > 0 {
		c.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (p *program) ref(ctx context.Context, name string) (string, error) {
	out, err := p.run(ctx, nil, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", "--", name)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		switch {
		case len(f) == 2 && f[0] == name:
			return f[1], nil
		case len(f) == 3 && f[0] == name:
			return "", notDirect(name)
		}
	}
	return "", nil
}

func (p *program) walk(ctx context.Context, hash string, edge map[string]bool, limit int, visit func(rawCommit) (bool, error)) error {
	list := hash + "\n"
	if limit != 1 {
		args := []string{"rev-list"}
		if limit > 1 {
			args = append(args, "--max-count="+strconv.Itoa(limit))
		}
		var err error
		if list, err = p.run(ctx, nil, append(args, hash, "--")...); err != nil {
			var failed *runError
			if errors.As(err, &failed) && (strings.Contains(failed.said, "bad object") || strings.Contains(failed.said, "Failed to traverse")) {
				return fmt.Errorf("%w: %w", errNoObject, err)
			}
			return err
		}
	}
	out, err := p.run(ctx, strings.NewReader(list), "cat-file", "--batch", "--buffer")
	if err != nil {
		return err
	}
	for r := bufio.NewReader(strings.NewReader(out)); ; {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		f := strings.Fields(line)
		if len(f) == 2 && f[1] == "missing" {
			return fmt.Errorf("%w: commit %s", errNoObject, f[0])
		}
		if len(f) != 3 || f[1] != "commit" {
			return fmt.Errorf("git cat-file: %s is no commit", plain(line, 100))
		}
		size, err := strconv.Atoi(f[2])
		if err != nil {
			return fmt.Errorf("git cat-file: unexpected answer %q", line)
		}
		body := make([]byte, size+1) // a line feed ends it
		if _, err := io.ReadFull(r, body); err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		if more, err := visit(rawCommit{f[0], body[:size:size]}); err != nil || !more {
			return err
		}
	}
}

func (p *program) missing(ctx context.Context, hashes []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, h := range hashes {
		out[h] = true
	}
	// Asked for single objects, an old git would fetch those that a partial clone
	// lacks, one by one.
	args, stdin := []string{"cat-file", "--buffer", "--batch-check=%(objectname)"}, strings.Join(hashes, "\n")+"\n"
	if p.promisor != "" {
		args, stdin = append(args, "--batch-all-objects", "--unordered"), ""
	}
	text, err := p.run(ctx, strings.NewReader(stdin), args...)
	if err != nil {
		return nil, err
	}
	// git claims to have the empty tree even where fsck misses it.
	empty := p.object(kindTree, nil).hash
	for line := range strings.Lines(text) {
		if hash := strings.TrimSuffix(line, "\n"); hash != empty { // else "HASH missing"
			delete(out, hash)
		}
	}
	return out, nil
}

func (p *program) store(ctx context.Context, objects []object) error {
	r, w := io.Pipe()
	go func() {
		_, _, err := writePack(w, p.hashing, objects)
		w.CloseWithError(err)
	}()
	defer r.Close()
	args := []string{"index-pack", "--stdin"}
	if len(objects) <= fewObjects {
		args = []string{"unpack-objects", "-q"}
	}
	if _, err := p.run(ctx, r, args...); err != nil {
		return fmt.Errorf("write git objects: %w", err)
	}
	return nil
}

func (p *program) move(ctx context.Context, name, commit, old string) error {
	if old == "" {
		old = strings.Repeat("0", p.digits())
	}
	_, err := p.run(ctx, nil, "update-ref", "--no-deref", name, commit, old)
	var failed *runError
	if !errors.As(err, &failed) {
		return err
	}
	for _, moved := range []string{"but expected", "reference already exists", "unable to resolve reference"} {
		if strings.Contains(failed.said, moved) {
			return errMoved
		}
	}
	if strings.Contains(failed.said, ".lock': File exists") {
		_, file, _ := strings.Cut(failed.said, "Unable to create '")
		file, _, _ = strings.Cut(file, "'")
		return &LockedError{Ref: name, File: file, Err: err}
	}
	if _, above, ok := strings.Cut(failed.said, "' exists; cannot create"); ok && above != "" {
		start := failed.said[:strings.Index(failed.said, "' exists; cannot create")]
		return blocked(name, start[strings.LastIndexByte(start, '\'')+1:])
	}
	return fmt.Errorf("move %s: %w", name, err)
}
