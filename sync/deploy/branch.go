package deploy

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/sync/record"
)

// BranchOptions says where a pull is committed.
type BranchOptions struct {
	// Name is the name of the branch.
	Name string
	// Push pushes the branch to Remote; Guessed marks a default, which may not exist.
	Push    bool
	Remote  string
	Guessed bool
}

// BranchState is what became of the branch of a pull.
type BranchState string

// The states of a branch.
const (
	// BranchCommitted: it has a new commit.
	BranchCommitted BranchState = "committed"
	// BranchUpToDate: its commit has the same content.
	BranchUpToDate BranchState = "up_to_date"
	// BranchUnchanged: there was nothing to commit.
	BranchUnchanged BranchState = "unchanged"
)

// Branch is the branch that a pull was committed on.
type Branch struct {
	Name  string      `json:"name"`
	State BranchState `json:"state"`
	// Commit is the commit of the pull, and Revision the one that it is based on.
	Commit   string `json:"commit,omitempty"`
	Revision string `json:"revision"`
	// Remote is where the branch was pushed to; "" if it was not.
	Remote string `json:"remote,omitempty"`
}

// The trailers of a pull's commit. Of commits that were changed since, they are not true.
const (
	pullTrailer = "Pdac-Pull"
	treeTrailer = "Pdac-Tree"
)

// Commit commits a pull of a revision on a branch, and touches neither the working tree
// nor the index nor HEAD. A branch whose last commit is a pull is made again from the
// current revision, so that it has one commit; any other commit on it is an error. Without
// files nothing is committed.
func (s *Session) Commit(ctx context.Context, p *Pull, o BranchOptions) (*Branch, error) {
	ref, err := git.CheckBranch(o.Name)
	if err != nil {
		return nil, err
	}
	r, err := git.Open(ctx, s.o.Root, s.o.Git)
	if err != nil {
		return nil, err
	}
	b := brancher{Session: s, r: r, o: o, ref: ref, out: &Branch{Name: o.Name, Revision: s.repo.Revision.Commit}}
	err = b.commit(ctx, p)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("commit the pull on the branch %q: %w", o.Name, err)
	}
	return b.out, nil
}

type brancher struct {
	*Session
	r      *git.Repository
	o      BranchOptions
	ref    string
	out    *Branch
	remote *git.Remote
}

func (b *brancher) commit(ctx context.Context, p *Pull) error {
	if dir, err := b.r.CheckedOut(ctx, b.ref); err != nil || dir != "" {
		if err == nil {
			err = fmt.Errorf("it is checked out in %s; name another branch, or pull without --branch there", dir)
		}
		return err
	}
	if len(p.Files) == 0 {
		b.out.State = BranchUnchanged
		return nil
	}
	if b.o.Push {
		if err := b.openRemote(ctx); err != nil {
			return err
		}
	}
	here, err := b.r.Ref(ctx, b.ref)
	if err != nil {
		return err
	}
	there := ""
	if b.remote != nil {
		if there, err = b.tipThere(ctx); err != nil {
			return err
		}
	}
	tree, err := b.r.EditTree(ctx, b.out.Revision, b.fromTop(p.Files))
	if err != nil {
		return err
	}
	keep := ""
	for _, tip := range []string{there, here} {
		if tip == "" {
			continue
		}
		c, err := b.own(ctx, tip)
		if err != nil {
			return err
		}
		if c.Tree() == tree && slices.Equal(c.Parents, []string{b.out.Revision}) && keep == "" {
			keep = tip
		}
	}
	b.out.State, b.out.Commit = BranchUpToDate, keep
	if keep == "" {
		b.out.State = BranchCommitted
		if b.out.Commit, err = b.r.StoreCommit(ctx, b.body(ctx, p, tree)); err != nil {
			return err
		}
	}
	if here != b.out.Commit {
		if err := b.r.MoveRef(ctx, b.ref, b.out.Commit, here); errors.Is(err, git.ErrRefMoved) {
			return errors.New("it was changed by somebody else just now; run the command again")
		} else if err != nil {
			return err
		}
	}
	if b.remote == nil {
		return nil
	}
	b.out.Remote = b.o.Remote
	if there == b.out.Commit {
		return nil
	}
	err = b.remote.PushBranch(ctx, b.ref, b.out.Commit, there)
	var failed *git.RemoteError
	if errors.As(err, &failed) && failed.Rejected && !failed.Refused {
		return fmt.Errorf("%s changed it in the meantime; run the command again", b.o.Remote)
	}
	return b.pushError(err)
}

func (b *brancher) pushError(err error) error {
	if err != nil {
		err = fmt.Errorf("push it to %s: %w", b.o.Remote, err)
	}
	return err
}

// openRemote finds the remote to push to.
func (b *brancher) openRemote(ctx context.Context) error {
	names, err := b.r.Remotes(ctx)
	switch {
	case err != nil:
		return err
	case b.o.Remote == "":
		return errors.New("--push has no remote, because deployments.remote in pdac.yaml is empty")
	case len(names) == 0:
		return errors.New(`the repository has no git remote to push to; add one with "git remote add", or omit --push`)
	case b.o.Guessed && !slices.Contains(names, b.o.Remote) && len(names) == 1:
		b.o.Remote = names[0]
	}
	b.remote, err = b.r.Remote(ctx, b.o.Remote)
	return b.pushError(err)
}

// tipThere returns the commit of the branch in the remote, which it fetches; "" for none.
func (b *brancher) tipThere(ctx context.Context) (string, error) {
	tip, err := b.remote.Tip(ctx, b.ref)
	if err == nil && tip != "" && b.lacks(ctx, tip) {
		err = b.remote.FetchCommits(ctx, 0, tip)
	}
	if err != nil {
		return "", fmt.Errorf("look at it in %s: %w", b.o.Remote, err)
	}
	return tip, nil
}

func (b *brancher) lacks(ctx context.Context, hash string) bool {
	found, err := b.r.Commits(ctx, []string{hash})
	return err != nil || found[hash].Hash == ""
}

// fromTop returns files by their paths from the top of the git repository.
func (b *brancher) fromTop(files map[string][]byte) map[string][]byte {
	out := make(map[string][]byte, len(files))
	for p, c := range files {
		out[path.Join(b.r.Dir(), p)] = c
	}
	return out
}

// own returns a commit if pdac made it as it is, so that nothing is lost without it.
func (b *brancher) own(ctx context.Context, hash string) (git.LogEntry, error) {
	found, err := b.r.Commits(ctx, []string{hash})
	if err != nil {
		return git.LogEntry{}, err
	}
	c, ok := found[hash]
	if !ok {
		return c, fmt.Errorf("its commit %.12s is missing here; fetch it with git, and run the command again", hash)
	}
	if c.Same && len(c.Parents) == 1 && trailerOf(c.Message, treeTrailer) == c.Tree() && trailerOf(c.Message, pullTrailer) != "" {
		return c, nil
	}
	return c, fmt.Errorf("its last commit is not a pull that pdac made, and would be lost: %.7s by %s: %s; merge it, or name another branch; if it is merged, delete the branch", c.Hash, git.OneLine(c.Author, 60), git.OneLine(c.Subject, 100))
}

// trailerOf returns the value of a trailer in the last paragraph of a message; "" for none.
func trailerOf(message, key string) string {
	message = strings.TrimSpace(strings.ReplaceAll(message, "\r\n", "\n"))
	last := message[strings.LastIndex(message, "\n\n")+1:]
	for line := range strings.Lines(last) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+": "); ok {
			return value
		}
	}
	return ""
}

// harmlessName matches ids that mean nothing in a message: no reference to an issue, no
// mention, and no trailer.
var harmlessName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._/ -]{0,199}$`)

// maxNamedPulls is how many entities the message of a commit names.
const maxNamedPulls = 50

// body composes the commit.
func (b *brancher) body(ctx context.Context, p *Pull, tree string) []byte {
	who := record.Identity(ctx, b.r, b.Session.o.Actor)
	now := b.Session.o.Now().UTC().Truncate(time.Second)
	stamp := fmt.Sprintf("%s %d +0000", who, now.Unix())
	tenant := strings.TrimSpace(git.OneLine(p.Tenant, 200))
	var lines []string
	n, unnamed := 0, 0
	for _, e := range p.Entities {
		if e.What != PullEdited && e.What != PullDeleted && e.What != PullAdopted {
			continue
		}
		n++
		if len(lines) >= maxNamedPulls || !harmlessName.MatchString(e.ID) {
			unnamed++
			continue
		}
		lines = append(lines, fmt.Sprintf("- %s %s %s", e.What, e.Kind, e.ID))
	}
	if unnamed > 0 {
		lines = append(lines, fmt.Sprintf("- and %d more", unnamed))
	}
	subject := fmt.Sprintf("Pull %d changes from Panther", n)
	if n == 1 {
		subject = "Pull 1 change from Panther"
	}
	message := subject + "\n\n" + strings.Join(lines, "\n") + "\n\n" + pullTrailer + ": " + tenant + "\n" + treeTrailer + ": " + tree + "\n"
	return []byte("tree " + tree + "\nparent " + b.out.Revision + "\nauthor " + stamp + "\ncommitter " + stamp + "\n\n" + message)
}
