package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// repository chooses, question by question, who reads git's data: go-git where
// it can, else the git program.
type repository struct {
	layout
	config gitConfig
	lib    *library
	// libErr says why there is no lib.
	libErr error
	prog   *program

	// wanted are the blobs to fetch together when one of them turns out to be
	// missing in a partial clone.
	wanted   []string
	fetching sync.Mutex
	fetched  bool
	fetchErr error
}

// openRepository opens the repository around root, which must be absolute. want
// says in an error what couldn't be read.
func openRepository(root, want string, o Options) (*repository, error) {
	l, err := findLayout(root)
	if errors.Is(err, errNoRepository) {
		return nil, &NotRepositoryError{Root: root, Want: want}
	}
	if err != nil {
		return nil, err
	}
	r := &repository{layout: l}
	env := o.Env
	if env == nil {
		env = os.Environ()
	}
	r.config, err = readConfig(l)
	if o.Engine != EngineProgram {
		if err == nil {
			err = r.config.unsupported()
		}
		if err == nil {
			r.lib, err = openLibrary(l, env)
		}
		r.libErr = err
	}
	if o.Engine == EngineLibrary {
		return r, nil
	}
	name := o.Git
	if name == "" {
		name = "git"
	}
	if path, err := exec.LookPath(name); err == nil {
		r.prog = newProgram(path, l, r.config, env)
	} else if o.Engine == EngineProgram {
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("git's data is to be read with the git program, but there is no %q on PATH", name),
			Next:    "install git",
			Err:     err,
		}
	}
	return r, nil
}

func (r *repository) close() error {
	var errs []error
	if r.lib != nil {
		errs = append(errs, r.lib.close())
	}
	if r.prog != nil {
		errs = append(errs, r.prog.close())
	}
	return errors.Join(errs...)
}

// ask puts a question to go-git, and to the git program where that fails.
func ask[T any](ctx context.Context, r *repository, question func(engine) (T, error)) (T, error) {
	var none T
	libErr := r.libErr
	if r.lib != nil {
		answer, err := question(r.lib)
		if err == nil || final(ctx, err) {
			return answer, err
		}
		libErr = err
	}
	if r.prog == nil {
		return none, r.alone(libErr)
	}
	answer, err := question(r.prog)
	if err != nil {
		// Where both find no such revision, go-git's error says more. It also
		// stands where git won't run.
		var first, second *RevisionError
		if errors.As(libErr, &first) && (!errors.As(err, &second) || second.unknown) {
			return none, libErr
		}
		return none, err
	}
	return answer, nil
}

// alone explains what go-git couldn't do when nobody else can be asked.
func (r *repository) alone(err error) error {
	var revision *RevisionError
	var unsupported *UnsupportedError
	switch {
	case errors.As(err, &revision), errors.As(err, &unsupported):
		return err
	case errors.Is(err, errNoObject) && r.config.promisor != "":
		return &UnsupportedError{
			Feature: "the repository is a partial clone that lacks some of its content, which only the git program can fetch, and that is not to be had",
			Next:    "install git, or clone without --filter",
			Err:     fmt.Errorf("%w: %w", errNoProgram, err),
		}
	case errors.Is(err, errNoObject):
		return r.lost(err)
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("the git repository can't be read without the git program (%v), and that is not to be had", err),
		Next:    "install git",
		Err:     fmt.Errorf("%w: %w", errNoProgram, err),
	}
}

// lost explains an object that is missing for good.
func (r *repository) lost(err error) error {
	if r.isShallow() {
		return &UnsupportedError{
			Feature: fmt.Sprintf("the repository is a shallow clone that lacks some of its content (%v)", err),
			Next:    fullCloneAdvice,
			Err:     err,
		}
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("the git repository is damaged (%v)", err),
		Next:    `run "git fsck" to see what is missing, or make a new clone`,
		Err:     err,
	}
}

const fullCloneAdvice = `run "git fetch --unshallow --tags" first (in GitHub Actions: actions/checkout with "fetch-depth: 0")`

// resolve finds the commit that a revision stands for.
func (r *repository) resolve(ctx context.Context, rev string) (string, error) {
	if reason := badRevision(rev); reason != "" {
		return "", &RevisionError{Rev: rev, Reason: reason}
	}
	commit, err := ask(ctx, r, func(e engine) (string, error) { return e.resolve(ctx, rev) })
	var unknown *RevisionError
	if errors.As(err, &unknown) && unknown.unknown {
		if r.isShallow() {
			return "", &RevisionError{Rev: rev, Shallow: true, Reason: "is not in this shallow clone, which holds only the newest commits; " + fullCloneAdvice}
		}
		return "", &RevisionError{Rev: rev, Reason: unknown.Reason + r.hint(ctx, rev)}
	}
	return commit, err
}

// badRevision refuses what the git program could take for an option.
func badRevision(rev string) string {
	switch {
	case strings.TrimSpace(rev) == "":
		return "is empty; name a branch, a tag or a commit"
	case strings.HasPrefix(rev, "-"):
		return `starts with "-", which no branch, tag or commit can`
	case strings.HasPrefix(rev, "^") || strings.Contains(rev, ".."):
		return "is a range of commits; name a single one"
	case strings.ContainsFunc(rev, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "holds a control character, which no branch, tag or commit can"
	}
	return ""
}

// blob reads a file that git stores.
func (r *repository) blob(ctx context.Context, hash string, limit int64) ([]byte, error) {
	if r.lib != nil && r.config.promisor != "" && r.prog != nil {
		content, err := r.lib.blob(ctx, hash, limit)
		if err == nil || final(ctx, err) {
			return content, err
		}
		if errors.Is(err, errNoObject) {
			if err := r.fetch(ctx); err != nil {
				return nil, err
			}
		}
	}
	content, err := ask(ctx, r, func(e engine) ([]byte, error) { return e.blob(ctx, hash, limit) })
	if errors.Is(err, errNoObject) {
		var explained *UnsupportedError
		if !errors.As(err, &explained) {
			err = r.lost(err)
		}
	}
	return content, err
}
