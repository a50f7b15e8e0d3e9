package git

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// RemoteError is a fetch or push that failed.
type RemoteError struct {
	// Reason says what is wrong, and Next what to do.
	Reason, Next string
	// NoRef says that the remote has no such ref, and Rejected that the ref there,
	// or here for a fetch, isn't an ancestor of the new commit.
	NoRef, Rejected bool
	// Refused says that the remote accepts no push to that ref.
	Refused bool
	// Busy says that another git process prevents it for a moment.
	Busy bool
	Err  error
}

func (e *RemoteError) Error() string { return e.Reason + "; " + e.Next }
func (e *RemoteError) Unwrap() error { return e.Err }

// Remotes lists the names of the repository's remotes, sorted.
func (r *Repository) Remotes(ctx context.Context) ([]string, error) {
	if r.prog == nil {
		return slices.Clone(r.config.remotes), ctx.Err()
	}
	out, err := r.prog.query(ctx, "remote")
	if err != nil {
		return nil, fmt.Errorf("list the remotes: %w", err)
	}
	names := strings.Fields(out)
	slices.Sort(names)
	return names, nil
}

// Identity returns the user's name and mail address; either may be empty. Only
// the git program knows included configuration files.
func (r *Repository) Identity(ctx context.Context) (name, mail string) {
	if r.prog != nil {
		if out, err := r.prog.query(ctx, "var", "GIT_AUTHOR_IDENT"); err == nil {
			name, mail, _ = parsePerson(out)
			return name, mail
		}
	}
	return r.identity(r.env)
}

// Remote fetches from and pushes to another repository, always with the git
// program, which has the user's credential helpers. Its errors are *RemoteErrors.
type Remote struct {
	name     string
	prog     *program
	promisor bool
}

// Remote prepares for talking to a remote.
func (r *Repository) Remote(ctx context.Context, name string) (*Remote, error) {
	if r.prog == nil {
		return nil, &RemoteError{Reason: "this needs git and its credentials, and git was not found on PATH", Next: "install git", Err: exec.ErrNotFound}
	}
	names, err := r.Remotes(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		have := "it has none"
		if len(names) > 0 {
			have = "it has " + strings.Join(names, ", ")
		}
		return nil, &RemoteError{Reason: "the repository has no remote of that name (" + have + ")", Next: `add it with "git remote add"`}
	}
	p := *r.prog
	p.env = slices.DeleteFunc(slices.Clone(p.env), func(kv string) bool { return strings.HasPrefix(kv, "GIT_NO_LAZY_FETCH=") })
	// ssh would ask on the terminal.
	own := slices.ContainsFunc(p.env, func(kv string) bool {
		return strings.HasPrefix(kv, "GIT_SSH_COMMAND=") || strings.HasPrefix(kv, "GIT_SSH=")
	})
	if !own {
		if _, err := p.query(ctx, "config", "--get", "core.sshCommand"); err != nil {
			p.env = append(p.env, "GIT_SSH_COMMAND=ssh -oBatchMode=yes")
		}
	}
	return &Remote{name: name, prog: &p, promisor: r.config.promisor != ""}, ctx.Err()
}

// Fetch fetches refs by refspecs without "+", and nothing else: it never forces,
// prunes, follows tags or writes FETCH_HEAD. With last set, it fetches only the
// last commit.
func (m *Remote) Fetch(ctx context.Context, last bool, refspecs ...string) error {
	args := []string{"fetch", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules", "--no-progress", "--refmap="}
	if last {
		args = append(args, "--depth=1")
	}
	if m.promisor {
		args = append(args, "--no-filter")
	}
	_, err := m.prog.query(ctx, append(append(args, "--", m.name), refspecs...)...)
	return m.explain(err, "")
}

// FetchCommits fetches commits by their full hashes, with the history that this
// repository lacks. It sets no ref. In a shallow clone the history that is cut off at
// them is deepened by a number of commits; WholeHistory is all of it, and 0 none.
func (m *Remote) FetchCommits(ctx context.Context, deepen int, hashes ...string) error {
	args := []string{"fetch", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules", "--no-progress", "--refmap="}
	switch {
	case deepen >= WholeHistory:
		args = append(args, "--unshallow")
	case deepen > 0:
		args = append(args, "--deepen="+strconv.Itoa(deepen))
	}
	_, err := m.prog.query(ctx, append(append(args, "--", m.name), hashes...)...)
	return m.explain(err, "")
}

// WholeHistory is a depth that leaves nothing cut off.
const WholeHistory = math.MaxInt32

// Push pushes refs by refspecs without "+", and nothing else. It never forces,
// not even to a mirror.
func (m *Remote) Push(ctx context.Context, refspecs ...string) error {
	args := []string{"-c", "remote." + m.name + ".mirror=false", "push", "--porcelain", "--no-force", "--no-follow-tags",
		"--no-progress", "--recurse-submodules=no", "--", m.name}
	_, err := m.prog.query(ctx, append(args, refspecs...)...)
	_, ref, _ := strings.Cut(refspecs[0], ":")
	return m.explain(err, ref)
}

// PushBranch makes a ref there name a commit if it still names old, or does not exist for
// "". Otherwise the error has Rejected set. Only a caller that knows that nothing is lost
// with old may use it.
func (m *Remote) PushBranch(ctx context.Context, ref, commit, old string) error {
	_, err := m.prog.query(ctx, "-c", "remote."+m.name+".mirror=false", "push", "--porcelain", "--no-follow-tags", "--no-progress", "--recurse-submodules=no",
		"--force-with-lease="+ref+":"+old, "--", m.name, commit+":"+ref)
	return m.explain(err, ref)
}

// Delete deletes refs there.
func (m *Remote) Delete(ctx context.Context, refs ...string) error {
	specs := make([]string, len(refs))
	for i, ref := range refs {
		specs[i] = ":" + ref
	}
	return m.Push(ctx, specs...)
}

// Tips returns the commits of the refs that a pattern of git ls-remote matches, by ref.
func (m *Remote) Tips(ctx context.Context, pattern string) (map[string]string, error) {
	out, err := m.prog.query(ctx, "ls-remote", "--", m.name, pattern)
	if err != nil {
		return nil, m.explain(err, "")
	}
	tips := map[string]string{}
	for line := range strings.Lines(out) {
		if hash, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && isFullHash(hash) {
			tips[name] = hash
		}
	}
	return tips, nil
}

// Tip returns the commit that a ref names in the remote, or "" if there is no such
// ref.
func (m *Remote) Tip(ctx context.Context, ref string) (string, error) {
	tips, err := m.Tips(ctx, ref)
	return tips[ref], err
}

const (
	checkConnection = "check the connection and the remote's address"
	addCredentials  = "set up a credential helper, or a token for CI"
	grantWrite      = `grant the credentials write access to the repository (in GitHub Actions: "permissions: contents: write")`
	checkAddress    = `check the address with "git remote -v"`
)

// troubles are what goes wrong with remotes, by what git says then.
var troubles = []struct{ says, reason, next string }{
	{"could not resolve host", "its host was not found", checkConnection},
	{"connection refused", "its host doesn't answer", checkConnection},
	{"failed to connect", "its host doesn't answer", checkConnection},
	{"timed out", "its host doesn't answer", checkConnection},
	{"host key verification failed", "ssh doesn't know its host key", `run "git fetch" once by hand to accept it`},
	{"terminal prompts disabled", "it requires credentials, and git has none", addCredentials},
	{"could not read username", "it requires credentials, and git has none", addCredentials},
	{"authentication failed", "it rejects the credentials", "renew the token or key that git uses"},
	{"permission denied (publickey", "it rejects the ssh key", "add the key to the ssh agent, or give it access to the repository"},
	{"error: 403", "it denies access", grantWrite},
	{"write access to repository not granted", "it denies access", grantWrite},
	{"does not appear to be a git repository", "there is no git repository at its address", checkAddress},
	{"repository not found", "there is no git repository at its address, or these credentials can't see it", checkAddress},
	{"unknown option", "the git program is too old for this", "install git 2.29 or newer"},
	{"shallow update not allowed", "it is a shallow clone, or this one lacks history that it needs", `run "git fetch --unshallow"`},
}

// busy reports whether git failed because of another git process: it holds a lock, or has
// moved a ref since this one looked. said is in lower case.
func busy(said string) bool {
	for _, line := range strings.Split(said, "\n") {
		switch {
		case strings.Contains(line, "cannot create"): // a ref that has the name of a folder
		case strings.Contains(line, "cannot lock ref"),
			strings.Contains(line, "failed to update ref"),
			strings.Contains(line, "failed to lock"),
			strings.Contains(line, "incorrect old value provided"),
			strings.Contains(line, ".lock': file exists"),
			strings.Contains(line, "shallow file has changed"):
			return !strings.Contains(said, "cannot create 'refs/") && !strings.Contains(said, "permission denied") && !strings.Contains(said, "no space left")
		}
	}
	return false
}

// explain turns a failed run into a *RemoteError. ref is what was pushed.
func (m *Remote) explain(err error, ref string) error {
	var failed *programError
	if !errors.As(err, &failed) {
		return err
	}
	e := &RemoteError{
		Reason: "git failed (" + failed.reason() + ")", Next: "fix the cause and try again", Err: err,
		NoRef:    strings.Contains(failed.said, "couldn't find remote ref"),
		Rejected: strings.Contains(failed.said, "[rejected]") || strings.Contains("\n"+failed.answered, "\n!"),
	}
	said := strings.ToLower(failed.said)
	if e.Busy = busy(said + strings.ToLower(failed.answered)); e.Busy {
		e.Reason, e.Next = "another git process is changing its refs ("+failed.reason()+")", "try again, or delete the lock if git names one and no git is running there"
		return e
	}
	for _, t := range troubles {
		if strings.Contains(said, t.says) {
			e.Reason, e.Next = t.reason+" ("+failed.reason()+")", t.next
			return e
		}
	}
	if _, why, ok := strings.Cut(failed.answered, "[remote rejected] ("); ok {
		why, _, _ = strings.Cut(why, "\n")
		why = strings.TrimSuffix(strings.TrimSpace(why), ")")
		for line := range strings.Lines(failed.said) {
			if words, ok := strings.CutPrefix(line, "remote: "); ok && strings.TrimSpace(words) != "" {
				why += ": " + redact(OneLine(words, 200))
				break
			}
		}
		e.Refused = true
		e.Reason, e.Next = "it rejects the push ("+why+")", "allow pushes to "+ref+" there"
	}
	return e
}
