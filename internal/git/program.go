package git

import (
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

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// program is the engine over the git program.
type program struct {
	layout
	path string
	env  []string
	// indexEnv sets the index that git's hooks are to use.
	indexEnv []string
	config   gitConfig
	cat      *batch
}

// repositoryVariables point git at another repository or change what it sees in
// this one.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE",
	"GIT_CEILING_DIRECTORIES", "GIT_INTERNAL_SUPER_PREFIX", "GIT_QUARANTINE_PATH", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
}

// noLazyFetch keeps git from asking a server for what a partial clone lacks.
var noLazyFetch = []string{"GIT_NO_LAZY_FETCH=1"}

func newProgram(path string, l layout, c gitConfig, env []string) *program {
	p := &program{layout: l, path: path, config: c}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(repositoryVariables, name) && !strings.HasPrefix(name, "GIT_TRACE") {
			p.env = append(p.env, kv)
		}
	}
	p.env = append(p.env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_LITERAL_PATHSPECS=1",
		// A revision must mean the same on every machine.
		"GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C", "LANGUAGE=",
		// git allocates 256 KB for each object that it writes. With the GNU C library
		// the kernel maps and clears them each time, unless these say otherwise: 1,000
		// files took 0.9 s instead of 0.04.
		"MALLOC_MMAP_THRESHOLD_=4194304", "MALLOC_TRIM_THRESHOLD_=67108864", "MALLOC_TOP_PAD_=4194304")
	if file, given := l.indexFile(env); given {
		p.indexEnv = []string{"GIT_INDEX_FILE=" + file}
	}
	p.cat = p.newBatch("cat-file", "--batch")
	return p
}

func (p *program) newBatch(args ...string) *batch {
	return &batch{name: args[0], start: func() *exec.Cmd {
		return p.command(context.Background(), nil, args...)
	}, turn: make(chan struct{}, 1)}
}

// command prepares a run of git at the repository's top: only there does git
// check that the repository belongs to the user, as its configuration can run
// programs. Hooks and reflogs are for the user's own work, and cleaning up would
// make the user wait.
func (p *program) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	settings := []string{"--no-pager", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.logAllRefUpdates=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"}
	cmd := exec.CommandContext(ctx, p.path, append(settings, args...)...)
	cmd.Dir = p.top
	cmd.Env = slices.Concat(p.env, env)
	// On SIGTERM git removes its locks.
	cmd.Cancel = func() error {
		if cmd.Process.Signal(syscall.SIGTERM) != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// run returns what git writes.
func (p *program) run(ctx context.Context, env []string, stdin io.Reader, args ...string) (string, error) {
	out, _, err := p.runAll(ctx, env, stdin, args...)
	return out, err
}

// runAll returns git's warnings too.
func (p *program) runAll(ctx context.Context, env []string, stdin io.Reader, args ...string) (answered, warned string, err error) {
	cmd := p.command(ctx, env, args...)
	var out bytes.Buffer
	var said complaints
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &said
	if err := cmd.Run(); err != nil {
		return "", "", p.failure(ctx, args, out.String(), said.String(), err)
	}
	return out.String(), said.String(), nil
}

// query runs git without input and returns what it writes in one line.
func (p *program) query(ctx context.Context, args ...string) (string, error) {
	out, err := p.run(ctx, nil, nil, args...)
	return strings.TrimSpace(out), err
}

// failure explains a failed run.
func (p *program) failure(ctx context.Context, args []string, answered, said string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.Contains(said, "dubious ownership") {
		return &UnsupportedError{
			Feature: fmt.Sprintf("git refuses to use %s, because the folder belongs to another user", p.top),
			Next:    fmt.Sprintf(`run "git config --global --add safe.directory %s" if you trust it`, p.top),
			Err:     err,
		}
	}
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	return &programError{command: args[0], said: said, answered: answered, err: err}
}

// programError is a run of the git program that failed.
type programError struct {
	command string
	// said is what git wrote as errors, and answered its other output.
	said, answered string
	err            error
}

func (e *programError) Error() string { return fmt.Sprintf("git %s: %s", e.command, e.reason()) }
func (e *programError) Unwrap() error { return e.err }

// reason is git's own first complaint.
func (e *programError) reason() string {
	first := ""
	for line := range strings.Lines(e.said) {
		line = strings.TrimSpace(line)
		if fatal, ok := strings.CutPrefix(line, "fatal: "); ok {
			first = fatal
			break
		}
		if first == "" && !strings.HasPrefix(line, "hint: ") && !strings.HasPrefix(line, "From ") && !strings.HasPrefix(line, "To ") {
			first = strings.TrimPrefix(line, "error: ")
		}
	}
	if first == "" {
		first = e.err.Error()
	}
	return redact(OneLine(first, 300))
}

var credentials = lazyregexp.New(`://[^/@\s]*@`)

// redact removes passwords and tokens from addresses.
func redact(text string) string { return credentials.ReplaceAllString(text, "://") }

// complaints keeps the start of what a program writes as errors. It must not
// embed the buffer, whose ReadFrom would take everything.
type complaints struct{ kept bytes.Buffer }

func (c *complaints) Write(p []byte) (int, error) {
	const maxKept = 64 << 10
	if room := maxKept - c.kept.Len(); room > 0 {
		c.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (c *complaints) String() string { return c.kept.String() }

func (p *program) close() error { return p.cat.close() }

func (p *program) resolve(ctx context.Context, rev string) (string, error) {
	hash, err := p.query(ctx, "rev-parse", "--verify", rev)
	if err == nil {
		hash, err = p.query(ctx, "rev-parse", "--verify", hash+"^{commit}")
	}
	var failed *programError
	if errors.As(err, &failed) {
		switch {
		case strings.Contains(failed.said, "is ambiguous"):
			return "", &RevisionError{Rev: rev, Reason: "matches more than one commit; use more characters of its hash"}
		case strings.Contains(failed.said, "expected commit type"):
			return "", &RevisionError{Rev: rev, Reason: "is not a commit; name a branch, a tag or a commit"}
		case strings.Contains(failed.said, "Needed a single revision"):
			return "", noSuchRevision(rev)
		}
	}
	return hash, err
}

func (p *program) head(ctx context.Context) (string, error) {
	hash, err := p.query(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		return hash, err
	}
	// There is no commit yet if there is no such branch.
	branch, err := p.query(ctx, "symbolic-ref", "--quiet", "HEAD")
	if err == nil {
		if hash, err = p.ref(ctx, branch); err == nil && hash == "" {
			return "", nil
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", &UnsupportedError{
		Feature: "the git repository is damaged: HEAD names no commit that can be read",
		Next:    `run "git fsck" to see what is missing, or make a new clone`,
		Err:     err,
	}
}

func (p *program) ref(ctx context.Context, name string) (string, error) {
	out, warned, err := p.runAll(ctx, nil, nil, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", "--", name)
	if err != nil {
		return "", err
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
	// git skips what it can't read, and refs that name a missing one.
	if strings.Contains(warned, "broken ref "+name+"\n") {
		return "", damagedRef(name)
	}
	if _, err := p.query(ctx, "symbolic-ref", "--quiet", name); err == nil {
		return "", notDirect(name)
	}
	return "", ctx.Err()
}

// pathspec limits a command to the tree's root.
func (p *program) pathspec() []string {
	if p.dir == "" {
		return []string{"--"}
	}
	return []string{"--", p.dir + "/"}
}

func (p *program) files(ctx context.Context, commit string) ([]fileObject, error) {
	// With the folders, so that empty ones count.
	var files []fileObject
	b, found := p.budget("the commit", commit), p.dir == ""
	err := p.records(ctx, append([]string{"ls-tree", "-r", "-t", "-z", "--full-tree", commit}, p.pathspec()...), func(record string) error {
		about, path, _ := strings.Cut(record, "\t")
		if f := strings.Fields(about); len(f) == 3 && f[1] != "tree" {
			files = p.add(files, f[0], f[2], path)
		}
		found = found || strings.HasPrefix(path, p.dir+"/") // -t lists what is above it too
		return b.spend(path)
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoFolder
	}
	return files, nil
}

// add appends a file or submodule unless it is hidden.
func (p *program) add(files []fileObject, mode, hash, path string) []fileObject {
	below, ok := p.below(path)
	if !ok || hidden(below) {
		return files
	}
	return append(files, fileObject{path: below, hash: hash, link: mode == "120000", nested: mode == "160000"})
}

// The hashes of the empty tree.
const (
	emptyTreeSHA1   = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	emptyTreeSHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
)

// staged compares the index with nothing, the only listing that omits what
// "git add -N" marks.
func (p *program) staged(ctx context.Context) ([]fileObject, error) {
	empty := emptyTreeSHA1
	if p.config.sha256() {
		empty = emptyTreeSHA256
	}
	args := []string{"diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ita-invisible-in-index", "--ignore-submodules=none", empty}
	out, err := p.run(ctx, p.indexEnv, nil, append(args, p.pathspec()...)...)
	if err != nil {
		return nil, err
	}
	var files []fileObject
	var conflicts []string
	records := strings.Split(out, "\x00")
	for i := 0; i+1 < len(records); i += 2 {
		// :000000 100644 0000… 1234… A
		f := strings.Fields(records[i])
		if len(f) != 5 {
			return nil, fmt.Errorf("git diff-index: unexpected answer %q", records[i])
		}
		if f[4] != "U" {
			files = p.add(files, f[1], f[3], records[i+1])
		} else if below, ok := p.below(records[i+1]); ok && !hidden(below) {
			conflicts = append(conflicts, below)
		}
	}
	return files, conflict(conflicts)
}

func (p *program) skipped(ctx context.Context) ([]fileObject, error) {
	out, err := p.run(ctx, nil, nil, append([]string{"ls-files", "-t", "-s", "-z", "--full-name"}, p.pathspec()...)...)
	if err != nil {
		return nil, err
	}
	var files []fileObject
	for record := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		about, path, _ := strings.Cut(record, "\t")
		if f := strings.Fields(about); len(f) == 4 && f[0] == "S" && f[3] == "0" {
			files = p.add(files, f[1], f[2], path)
		}
	}
	return files, nil
}

func (p *program) blob(ctx context.Context, hash string, limit int64) ([]byte, error) {
	_, content, err := p.cat.object(ctx, hash, limit)
	return content, err
}

func (p *program) commit(ctx context.Context, hash string) (LogEntry, error) {
	kind, body, err := p.cat.object(ctx, hash, maxCommit)
	var size *SizeError
	if errors.As(err, &size) {
		size.Path = "commit " + hash
	}
	if err != nil {
		return LogEntry{}, err
	}
	return parseCommit(hash, kind, body)
}

func (p *program) log(ctx context.Context, start string, limit int, visit func(LogEntry) (bool, error)) error {
	list := start
	if limit != 1 {
		args := []string{"rev-list", start, "--"}
		if limit > 1 {
			args = []string{"rev-list", "--max-count=" + strconv.Itoa(limit), start, "--"}
		}
		var err error
		if list, err = p.run(ctx, noLazyFetch, nil, args...); err != nil {
			var failed *programError
			if errors.As(err, &failed) && (strings.Contains(failed.said, "bad object") || strings.Contains(failed.said, "Failed to traverse")) {
				return fmt.Errorf("%w: %w", ErrNoObject, err)
			}
			return err
		}
	}
	for hash := range strings.FieldsSeq(list) {
		c, err := p.commit(ctx, hash)
		if err != nil {
			return err
		}
		if more, err := visit(c); err != nil || !more {
			return err
		}
	}
	return nil
}
