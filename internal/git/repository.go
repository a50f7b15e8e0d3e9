package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Repository is the git repository around a folder. For every question it uses
// go-git where that can answer, and the git program otherwise; it writes with the
// program where there is one. It is safe for concurrent use. Close releases files
// and processes.
type Repository struct {
	layout
	config gitConfig
	env    []string
	lib    *library
	// libErr says why there is no lib.
	libErr error
	prog   *program

	// wanted are the blobs to fetch together when one of them is missing in a
	// partial clone.
	wanted   []string
	fetching sync.Mutex
	fetched  bool
	fetchErr error
}

// Open opens the repository around root, which may be a bare one. The error is a
// *NotRepositoryError if there is none, and an *UnsupportedError if there is no git
// program and go-git doesn't support the repository.
func Open(ctx context.Context, root string, o Options) (*Repository, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return open(root, "its history", true, o)
}

// open opens the repository around root. want names in an error what can't be
// read.
func open(root, want string, bare bool, o Options) (*Repository, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the folder %q: %w", root, err)
	}
	l, err := findLayout(abs, bare)
	if errors.Is(err, errNoRepository) {
		return nil, &NotRepositoryError{Root: root, Want: want}
	}
	if err != nil {
		return nil, err
	}
	l.maxEntries, l.silence = o.maxEntries(), cmp.Or(o.MaxSilence, maxSilence)
	r := &Repository{layout: l, env: o.Env}
	if r.env == nil {
		r.env = os.Environ()
	}
	name := o.Git
	if name == "" {
		name = "git"
	}
	path, lookErr := exec.LookPath(name)
	switch {
	case o.Engine == EngineLibrary:
		lookErr = errNoProgram
	case o.Engine == EngineProgram && lookErr != nil:
		return nil, &UnsupportedError{
			Feature: fmt.Sprintf("the options require the git program, but %q was not found on PATH", name),
			Next:    "install git",
			Err:     lookErr,
		}
	}
	r.config, r.libErr = readConfig(l)
	if r.libErr == nil {
		r.libErr = r.config.unsupported()
	}
	if lookErr == nil {
		r.prog = newProgram(path, l, r.config, r.env)
		if o.Engine == EngineProgram || r.config.promisor != "" {
			return r, nil // go-git can't fetch what a partial clone lacks
		}
	}
	if r.libErr == nil {
		r.lib = openLibrary(l, r.env)
	}
	if r.lib == nil && r.prog == nil {
		return nil, r.alone(r.libErr)
	}
	return r, nil
}

// Top returns the top folder of the working tree, or a bare repository's folder.
func (r *Repository) Top() string { return r.top }

// Dir returns the folder that the repository was opened at, slash-separated and
// relative to Top; "" for Top itself.
func (r *Repository) Dir() string { return r.dir }

// Bare reports whether the repository has no working tree.
func (r *Repository) Bare() bool { return r.bare }

// Shallow reports whether history was cut off when the repository was cloned.
func (r *Repository) Shallow() bool { return r.isShallow() }

// HashLen is the length of the repository's object names in hex.
func (r *Repository) HashLen() int {
	if r.config.sha256() {
		return sha256Digits
	}
	return sha1Digits
}

// Close releases files and processes.
func (r *Repository) Close() error {
	var errs []error
	if r.lib != nil {
		errs = append(errs, r.lib.close())
	}
	if r.prog != nil {
		errs = append(errs, r.prog.close())
	}
	return errors.Join(errs...)
}

// engines lists what answers questions, the first choice first.
func (r *Repository) engines() []engine {
	var out []engine
	if r.lib != nil {
		out = append(out, r.lib)
	}
	if r.prog != nil {
		out = append(out, r.prog)
	}
	return out
}

// ask puts a question to go-git, and to the git program where that fails.
func ask[T any](ctx context.Context, r *Repository, question func(engine) (T, error)) (T, error) {
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
		// If both find no such revision, go-git's error says more. It also applies
		// where git won't run.
		var first, second *RevisionError
		if errors.As(libErr, &first) && (!errors.As(err, &second) || second.unknown) {
			return none, libErr
		}
		return none, err
	}
	return answer, nil
}

// askProgram does the same in the other order: go-git answers only where there is
// no git program, or where git refuses the repository.
func askProgram[T any](r *Repository, question func(engine) (T, error)) (T, error) {
	if r.prog != nil {
		answer, err := question(r.prog)
		var refused *UnsupportedError
		if r.lib == nil || !errors.As(err, &refused) {
			return answer, err
		}
	}
	answer, err := question(r.lib)
	if errors.Is(err, ErrNoObject) {
		err = r.alone(err)
	}
	return answer, err
}

// final reports whether asking another engine is pointless.
func final(ctx context.Context, err error) bool {
	var size *SizeError
	var conflict *ConflictError
	var many *TooManyError
	var silence *SilenceError
	return ctx.Err() != nil || errors.Is(err, errNoFolder) || errors.As(err, &size) || errors.As(err, &conflict) || errors.As(err, &many) || errors.As(err, &silence)
}

// alone explains what go-git couldn't do where there is no git program.
func (r *Repository) alone(err error) error {
	var revision *RevisionError
	var unsupported *UnsupportedError
	switch {
	case errors.As(err, &revision), errors.As(err, &unsupported):
		return err
	case errors.Is(err, ErrNoObject) && r.config.promisor != "":
		return &UnsupportedError{
			Feature: "this is a partial clone; fetching the missing objects needs git, which was not found on PATH",
			Next:    "install git, or clone without --filter",
			Err:     fmt.Errorf("%w: %w", errNoProgram, err),
		}
	case errors.Is(err, ErrNoObject):
		return r.lost(err)
	}
	return &UnsupportedError{
		Feature: fmt.Sprintf("using this git repository needs git, which was not found on PATH (%v)", err),
		Next:    "install git",
		Err:     fmt.Errorf("%w: %w", errNoProgram, err),
	}
}

// lost explains an object that no engine can read.
func (r *Repository) lost(err error) error {
	if r.isShallow() {
		return &UnsupportedError{
			Feature: fmt.Sprintf("the repository is a shallow clone that lacks some objects (%v)", err),
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

// resolve returns the commit that a revision names.
func (r *Repository) resolve(ctx context.Context, rev string) (string, error) {
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
		return `starts with "-", which is not allowed for branches, tags and commits`
	case strings.HasPrefix(rev, "^") || strings.Contains(rev, ".."):
		return "is a range of commits; name a single one"
	case strings.ContainsFunc(rev, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "contains a control character, which is not allowed for branches, tags and commits"
	}
	return ""
}

// head returns HEAD's commit, or "" before the first one.
func (r *Repository) head(ctx context.Context) (string, error) {
	return ask(ctx, r, func(e engine) (string, error) { return e.head(ctx) })
}

// blob reads a file that git stores.
func (r *Repository) blob(ctx context.Context, hash string, limit int64) ([]byte, error) {
	if r.config.promisor != "" && r.prog != nil {
		if err := r.fetchWanted(ctx); err != nil {
			return nil, err
		}
	}
	content, err := ask(ctx, r, func(e engine) ([]byte, error) { return e.blob(ctx, hash, limit) })
	if errors.Is(err, ErrNoObject) {
		var explained *UnsupportedError
		if !errors.As(err, &explained) {
			err = r.lost(err)
		}
	}
	return content, err
}
