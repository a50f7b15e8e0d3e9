package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// program is the engine over the git program.
type program struct {
	layout
	path string
	env  []string
	// indexEnv adds the index that a hook is to look at.
	indexEnv []string
	sha256   bool
	cat      *catFile
}

// repositoryVariables point git at another repository or change what it sees in
// this one.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE",
	"GIT_CEILING_DIRECTORIES", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
}

func newProgram(path string, l layout, c gitConfig, env []string) *program {
	p := &program{layout: l, path: path, sha256: c.sha256()}
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(repositoryVariables, name) {
			p.env = append(p.env, kv)
		}
	}
	p.env = append(p.env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_LITERAL_PATHSPECS=1",
		// A revision must mean the same on every machine.
		"GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C", "LANGUAGE=")
	if file, given := l.indexFile(env); given {
		p.indexEnv = []string{"GIT_INDEX_FILE=" + file}
	}
	p.cat = &catFile{start: func() *exec.Cmd {
		return p.command(context.Background(), nil, "cat-file", "--batch")
	}, turn: make(chan struct{}, 1)}
	return p
}

// command prepares a run of git, at the repository's top: only so git checks
// that the repository belongs to the user, as its configuration can run programs.
func (p *program) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	// The last three are for fetching what a partial clone lacks.
	settings := []string{"--no-pager", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.negotiationAlgorithm=noop"}
	cmd := exec.CommandContext(ctx, p.path, append(settings, args...)...)
	cmd.Dir = p.top
	cmd.Env = slices.Concat(p.env, env)
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// run gives what git writes.
func (p *program) run(ctx context.Context, env []string, stdin string, args ...string) (string, error) {
	cmd := p.command(ctx, env, args...)
	var out bytes.Buffer
	var said complaints
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.Stdin = strings.NewReader(stdin)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", p.failure(args, said.String(), err)
	}
	return out.String(), nil
}

// failure explains a failed run in git's own words, or in ours where git's
// would not help.
func (p *program) failure(args []string, said string, err error) error {
	if strings.Contains(said, "dubious ownership") {
		return &UnsupportedError{
			Feature: fmt.Sprintf("git refuses to read %s, because the folder belongs to another user", p.top),
			Next:    fmt.Sprintf(`run "git config --global --add safe.directory %s" if you trust it`, p.top),
			Err:     err,
		}
	}
	message := ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if fatal, ok := strings.CutPrefix(line, "fatal: "); ok {
			message = fatal
			break
		}
		if line != "" {
			message = strings.TrimPrefix(line, "error: ")
		}
	}
	if message == "" {
		message = err.Error()
	}
	return &programError{command: args[0], message: message, said: said, err: err}
}

func (p *program) close() error { return p.cat.close() }

func (p *program) resolve(ctx context.Context, rev string) (string, error) {
	hash, err := p.run(ctx, nil, "", "rev-parse", "--verify", rev)
	if err == nil {
		hash, err = p.run(ctx, nil, "", "rev-parse", "--verify", strings.TrimSpace(hash)+"^{commit}")
	}
	var failed *programError
	if errors.As(err, &failed) {
		switch {
		case strings.Contains(failed.said, "is ambiguous"):
			return "", &RevisionError{Rev: rev, Reason: "stands for more than one commit; write more of its hash"}
		case strings.Contains(failed.said, "expected commit type"):
			return "", &RevisionError{Rev: rev, Reason: "names something that is not a commit; name a branch, a tag or a commit"}
		case strings.Contains(failed.said, "Needed a single revision"):
			return "", noSuchRevision(rev)
		}
	}
	return strings.TrimSpace(hash), err
}

func (p *program) head(ctx context.Context) (string, error) {
	hash, err := p.run(ctx, nil, "", "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var failed *programError
	var exit *exec.ExitError
	if errors.As(err, &failed) && errors.As(err, &exit) && exit.ExitCode() == 1 {
		return "", nil // no commit yet
	}
	return strings.TrimSpace(hash), err
}

// pathspec limits a command to the tree's root.
func (p *program) pathspec() []string {
	if p.dir == "" {
		return []string{"--"}
	}
	return []string{"--", p.dir + "/"}
}

func (p *program) files(ctx context.Context, commit string) ([]fileObject, error) {
	out, err := p.run(ctx, nil, "", append([]string{"ls-tree", "-r", "-z", "--full-tree", commit}, p.pathspec()...)...)
	if err != nil {
		return nil, err
	}
	if out == "" && p.dir != "" {
		return nil, errNoFolder
	}
	var files []fileObject
	for record := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		about, path, _ := strings.Cut(record, "\t")
		if f := strings.Fields(about); len(f) == 3 {
			files = p.add(files, f[0], f[2], path)
		}
	}
	return files, nil
}

// add takes a file or submodule in unless it is hidden.
func (p *program) add(files []fileObject, mode, hash, path string) []fileObject {
	below, ok := p.below(path)
	if !ok || hidden(below) {
		return files
	}
	return append(files, fileObject{path: below, hash: hash, link: mode == "120000", nested: mode == "160000"})
}

// The names of the tree with nothing in it.
const (
	emptyTreeSHA1   = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	emptyTreeSHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
)

// staged compares the index with nothing, the one listing that leaves out what
// "git add -N" marks.
func (p *program) staged(ctx context.Context) ([]fileObject, error) {
	empty := emptyTreeSHA1
	if p.sha256 {
		empty = emptyTreeSHA256
	}
	args := []string{"diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ita-invisible-in-index", "--ignore-submodules=none", empty}
	out, err := p.run(ctx, p.indexEnv, "", append(args, p.pathspec()...)...)
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
	if len(conflicts) > 0 {
		slices.Sort(conflicts)
		return nil, &ConflictError{Paths: slices.Compact(conflicts)}
	}
	return files, nil
}

func (p *program) skipped(ctx context.Context) ([]fileObject, error) {
	out, err := p.run(ctx, nil, "", append([]string{"ls-files", "-t", "-s", "-z", "--full-name"}, p.pathspec()...)...)
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
	return p.cat.blob(ctx, hash, limit)
}

func (p *program) lend(ctx context.Context, use func(getObject) error) error {
	return use(func(hash string) (string, []byte, error) { return p.cat.object(ctx, hash, math.MaxInt64) })
}

// complaints keeps the start of what a program complains about. It must not
// embed the buffer, whose ReadFrom would take everything.
type complaints struct{ kept bytes.Buffer }

func (c *complaints) Write(p []byte) (int, error) {
	const most = 8 << 10
	if room := most - c.kept.Len(); room > 0 {
		c.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (c *complaints) String() string { return c.kept.String() }
