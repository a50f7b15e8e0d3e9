package record

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// Remotes lists the names of the repository's remotes, sorted.
func (s *Store) Remotes(ctx context.Context) ([]string, error) {
	if s.git == nil {
		return slices.Clone(s.remotes), ctx.Err()
	}
	out, err := s.git.run(ctx, nil, "remote")
	if err != nil {
		return nil, fmt.Errorf("list the remotes: %w", err)
	}
	names := strings.Fields(out)
	slices.Sort(names)
	return names, nil
}

// HasRemote tells whether the repository has a remote of that name.
func (s *Store) HasRemote(ctx context.Context, name string) (bool, error) {
	names, err := s.Remotes(ctx)
	return slices.Contains(names, name), err
}

// Fetch brings a remote's records of a tenant in. A remote without any is fine,
// and so is one that has fewer than this repository. Where neither follows the
// other the error is a *DivergedError, and nothing has changed. In a shallow
// clone without records only the last one comes, and History says where it is cut.
func (s *Store) Fetch(ctx context.Context, remote, tenant string) error {
	name, err := RefName(tenant)
	if err != nil {
		return err
	}
	g, err := s.talker(ctx, "fetch", remote)
	if err != nil {
		return err
	}
	ours, err := s.engine.ref(ctx, name)
	if err != nil {
		return err
	}
	err = g.fetch(ctx, ours == "" && len(s.edge()) > 0, name+":"+name)
	var failed *runError
	if !errors.As(err, &failed) {
		return g.explain(err)
	}
	if noSuchRef(failed) {
		return nil
	}
	if ours == "" || !strings.Contains(failed.said, "[rejected]") {
		return g.explain(err)
	}
	theirs, err := g.tip(ctx, name)
	if err != nil {
		return g.explain(err)
	}
	if theirs == "" {
		return nil
	}
	// git refuses to go back to what we have built upon.
	if ahead, err := s.follows(ctx, ours, theirs); err != nil || ahead {
		return err
	}
	return &DivergedError{
		Tenant: tenant, Ref: name, Remote: remote, TheirHash: theirs,
		Ours: s.orBare(ctx, name, ours), Theirs: s.record(ctx, name, theirs),
	}
}

// orBare reads a record, or gives one of which only the hash is known.
func (s *Store) orBare(ctx context.Context, name, hash string) *Deployment {
	if d := s.record(ctx, name, hash); d != nil {
		return d
	}
	return &Deployment{Hash: hash, Ref: name}
}

// Push brings this repository's records of a tenant to a remote. It never
// forces: when somebody was faster the error is a *RaceError that says who, and
// their record is here to be read and merged.
func (s *Store) Push(ctx context.Context, remote, tenant string) error {
	name, err := RefName(tenant)
	if err != nil {
		return err
	}
	g, err := s.talker(ctx, "push", remote)
	if err != nil {
		return err
	}
	ours, err := s.engine.ref(ctx, name)
	if err != nil {
		return err
	}
	if ours == "" {
		return &RemoteError{Op: "push", Remote: remote, Reason: fmt.Sprintf("no deployment to %q is recorded here", plain(tenant, 100)), Next: "apply first"}
	}
	err = g.push(ctx, ours+":"+name)
	var failed *runError
	if !errors.As(err, &failed) {
		return g.explain(err)
	}
	if !strings.Contains(failed.answered, "\n!") && !strings.HasPrefix(failed.answered, "!") {
		return g.explain(err)
	}
	theirs, tipErr := g.tip(ctx, name)
	if tipErr != nil {
		return g.explain(tipErr)
	}
	if theirs == ours {
		return nil // an earlier try had arrived
	}
	if theirs != "" {
		if ahead, followErr := s.follows(ctx, ours, theirs); followErr != nil || !ahead {
			// Read who it was; that the race is lost is known without.
			_ = g.fetch(ctx, false, name)
			return &RaceError{
				Tenant: tenant, Ref: name, Remote: remote, Expected: ours, Found: theirs,
				Ours: s.orBare(ctx, name, ours), Theirs: s.record(ctx, name, theirs),
			}
		}
	}
	return g.explain(err)
}

// talker runs git for one talk with a remote.
type talker struct {
	*program
	op, remote string
}

func (s *Store) talker(ctx context.Context, op, remote string) (*talker, error) {
	if s.git == nil {
		return nil, &RemoteError{Op: op, Remote: remote,
			Reason: "that takes the git program, which has your credentials, and it is not to be had",
			Next:   "install git, or leave deployments.remote empty",
			Err:    exec.ErrNotFound,
		}
	}
	names, err := s.Remotes(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, remote) {
		have := "there is none"
		if len(names) > 0 {
			have = "there is " + strings.Join(names, ", ")
		}
		return nil, &RemoteError{Op: op, Remote: remote,
			Reason: "the repository has no remote of that name (" + have + ")",
			Next:   `add it with "git remote add", or set deployments.remote to one that is there`,
		}
	}
	g := *s.git
	g.env = slices.Clone(g.env)
	g.env = slices.DeleteFunc(g.env, func(kv string) bool { return strings.HasPrefix(kv, "GIT_NO_LAZY_FETCH=") })
	// ssh would ask on the terminal.
	own := slices.ContainsFunc(g.env, func(kv string) bool {
		return strings.HasPrefix(kv, "GIT_SSH_COMMAND=") || strings.HasPrefix(kv, "GIT_SSH=")
	})
	if !own {
		if _, err := g.run(ctx, nil, "config", "--get", "core.sshCommand"); err != nil {
			g.env = append(g.env, "GIT_SSH_COMMAND=ssh -oBatchMode=yes")
		}
	}
	return &talker{&g, op, remote}, ctx.Err()
}

// fetch never forces, prunes, follows tags, or writes FETCH_HEAD.
func (g *talker) fetch(ctx context.Context, last bool, refspec string) error {
	args := []string{"fetch", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules", "--no-progress", "--refmap="}
	if last {
		args = append(args, "--depth=1")
	}
	if g.promisor != "" {
		args = append(args, "--no-filter")
	}
	_, err := g.run(ctx, nil, append(args, "--", g.remote, refspec)...)
	return err
}

// push doesn't take a mirror's settings over, which would force.
func (g *talker) push(ctx context.Context, refspec string) error {
	_, err := g.run(ctx, nil, "-c", "remote."+g.remote+".mirror=false", "push", "--porcelain", "--no-force", "--no-follow-tags",
		"--no-progress", "--recurse-submodules=no", "--", g.remote, refspec)
	return err
}

// tip asks the remote for its last record, "" for none.
func (g *talker) tip(ctx context.Context, name string) (string, error) {
	out, err := g.run(ctx, nil, "ls-remote", "--", g.remote, name)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if hash, ref, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && ref == name && isHash(hash) {
			return hash, nil
		}
	}
	return "", nil
}

func noSuchRef(e *runError) bool { return strings.Contains(e.said, "couldn't find remote ref") }

// troubles are what goes wrong with remotes, by what git says then.
var troubles = []struct{ says, reason, next string }{
	{"could not resolve host", "its host can't be found", "check the connection and the remote's address"},
	{"could not resolve hostname", "its host can't be found", "check the connection and the remote's address"},
	{"connection refused", "its host doesn't answer", "check the connection and the remote's address"},
	{"failed to connect", "its host doesn't answer", "check the connection and the remote's address"},
	{"timed out", "its host doesn't answer", "check the connection and the remote's address"},
	{"host key verification failed", "ssh doesn't know its host", `run "git fetch" once by hand to accept its key`},
	{"terminal prompts disabled", "it wants credentials and git has none", "set up a credential helper, or a token for CI"},
	{"could not read username", "it wants credentials and git has none", "set up a credential helper, or a token for CI"},
	{"authentication failed", "it doesn't accept the credentials", "renew the token or key that git uses"},
	{"permission denied (publickey", "it doesn't accept the ssh key", "add the key to the agent, or give it access to the repository"},
	{"error: 403", "it doesn't allow this", `give the credentials write access to the repository (in GitHub Actions: "permissions: contents: write")`},
	{"write access to repository not granted", "it doesn't allow this", `give the credentials write access to the repository (in GitHub Actions: "permissions: contents: write")`},
	{"does not appear to be a git repository", "there is no git repository at its address", "check the address with \"git remote -v\""},
	{"repository not found", "there is no git repository at its address, or it is hidden from these credentials", "check the address with \"git remote -v\""},
	{"unknown option", "the git program is too old for this", "install git 2.29 or newer"},
	{"shallow update not allowed", "it is a shallow clone itself, or this one lacks history that it needs", `run "git fetch --unshallow"`},
}

// explain puts git's complaint into plain words.
func (g *talker) explain(err error) error {
	var failed *runError
	if !errors.As(err, &failed) {
		return err
	}
	said := strings.ToLower(failed.said)
	for _, t := range troubles {
		if strings.Contains(said, t.says) {
			return &RemoteError{Op: g.op, Remote: g.remote, Reason: t.reason + " (" + failed.reason() + ")", Next: t.next, Err: err}
		}
	}
	if _, why, ok := strings.Cut(failed.answered, "[remote rejected] ("); ok {
		why, _, _ = strings.Cut(why, "\n")
		why = strings.TrimSuffix(strings.TrimSpace(why), ")")
		for line := range strings.Lines(failed.said) {
			if words, ok := strings.CutPrefix(line, "remote: "); ok && strings.TrimSpace(words) != "" {
				why += ": " + redact(plain(words, 200))
				break
			}
		}
		return &RemoteError{Op: g.op, Remote: g.remote, Reason: "it rejects the record (" + why + ")",
			Next: "allow pushes to " + refPrefix + "* there", Err: err}
	}
	return &RemoteError{Op: g.op, Remote: g.remote, Reason: "git failed (" + failed.reason() + ")", Next: "look into it, and try again", Err: err}
}

var credentials = regexp.MustCompile(`://[^/@\s]*@`)

// redact takes passwords and tokens out of addresses.
func redact(text string) string { return credentials.ReplaceAllString(text, "://") }
