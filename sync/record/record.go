// Package record records deployments in git: after an apply, a commit on
// refs/pdac/deployments/TENANT holds the content that pdac has deployed. The
// commit's parent is the previous deployment, so "git log" on the ref is the
// history of deployments, and a commit's tree is the base of the next plan.
//
// A record touches objects and its own ref, and nothing else: not the working
// tree, the index, HEAD, branches, or any reflog. Its paths start at the content's
// root, which may be a subfolder of the git repository, so that a record stays
// valid when that folder moves.
//
// # With and without git
//
// Records are written by the git program where there is one, and otherwise by
// go-git. A process killed at any moment leaves the ref at the record before, and of
// writers that race exactly one wins, with or without the program. Without it no
// object is synced to disk, so a power failure can leave a damaged record. Fetch and
// Push always need the program, since it has the user's credential helpers.
package record

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// Counts says what happened to the entities of a deployment.
type Counts struct {
	Created, Updated, Replaced, Deleted, Unchanged, Failed int
}

// Deployment is one record: a commit that says what was deployed.
type Deployment struct {
	// Hash is the commit, and Parent the previous record; "" for the first.
	Hash, Parent string
	// Merge is a second record that this one continues, as after a race; usually "".
	Merge string
	// Ref is the git ref of the tenant's records.
	Ref string
	// Tenant, Revision and Actor are as they were given to Write. The default of
	// Actor is the identity from git's configuration.
	Tenant, Revision, Actor string
	// Time has a resolution of seconds.
	Time time.Time
	// Committed is when the revision was committed, zero if that is unknown, and
	// Follows are its parents.
	Committed time.Time
	Follows   []string
	Counts    Counts
	// Partial says that part of the apply failed, so only the files of what
	// succeeded are new.
	Partial bool
	// Rollback is the record that was deployed again; "" for a deployment of the
	// repository.
	Rollback string
	// FileCount is how many files the record holds.
	FileCount int
	// Root is the content's root in the git repository that the record was written
	// from, slash-separated; "" for its top.
	Root string
	// Year is that of the newest field that was deployed, and PantherYear that of the
	// newest one that Panther is known to have; 0 if the record doesn't say.
	Year, PantherYear int
	// Cut says that Parent isn't in this shallow clone.
	Cut bool
}

// New is what Write records.
type New struct {
	// Tenant is a host, a host with its port, or "sandbox".
	Tenant string
	// Revision says what was deployed; "" for uncommitted files.
	Revision string
	// Actor is who deployed, preferably "Name <mail>". What it lacks comes from
	// git's configuration.
	Actor string
	Time  time.Time
	// Committed and Follows are as in Deployment.
	Committed time.Time
	Follows   []string
	Counts    Counts
	Partial   bool
	// Parent is the hash of the record that was the last one when the plan was
	// made, "" for none. Write fails if there is another one by now.
	Parent string
	// Merge is the hash of another record that the files take into account, as a
	// RaceError or a DivergedError names it, so that the record can be pushed after
	// a lost race.
	Merge string
	// Rollback is the hash of the record that was deployed again, "" for none.
	Rollback string
	// Files is all content that is deployed now, by path from the content's root.
	Files map[string][]byte
	// Stored is what else is known of the live values; it is kept at StoredPath.
	// Nil is nothing.
	Stored []byte
	// Year and PantherYear are as in Deployment.
	Year, PantherYear int
}

// StoredPath is the file of a record that holds New.Stored. It is neither a spec nor
// Python, so it is not content.
const StoredPath = "pdac-stored.json"

// MaxStored bounds that file, in bytes.
const MaxStored = maxFile

// maxFile bounds one file. Servers refuse larger ones in a push.
const maxFile = 64 << 20

var (
	hexName  = lazyregexp.New(`^[0-9a-f]+$`)
	fullHash = lazyregexp.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

func isHash(s string) bool { return fullHash.MatchString(s) }

// gitAlias is a name that Windows may take for git's own folder.
var gitAlias = lazyregexp.New(`(?i)(^|/)git~[0-9]+[ .]*(:[^/]*)?(/|$)`)

// checkFile refuses what can't be recorded: what can't be loaded, and what git
// servers refuse.
func checkFile(path string, content []byte) error {
	var bad *git.PathError
	reason := ""
	switch {
	case errors.As(git.CheckPath(path), &bad):
		reason = bad.Reason
	case strings.HasPrefix(path, "."), strings.Contains(path, "/."):
		reason = "is hidden; hidden files are ignored"
	case gitAlias.MatchString(path):
		reason = "has a name that means git's own folder on Windows"
	case len(content) > maxFile:
		reason = fmt.Sprintf("has %d bytes, more than the %d that git servers accept", len(content), maxFile)
	default:
		return nil
	}
	return &PathError{Path: path, Reason: reason}
}

// short abbreviates a hash for people, and keeps everything else.
func short(rev string) string {
	hash, dirty := strings.CutSuffix(rev, "-dirty")
	if isHash(hash) {
		hash = hash[:7]
	}
	if dirty {
		hash += "-dirty"
	}
	return hash
}

// describe says for an error who deployed what, and when.
func (d *Deployment) describe() string {
	rev := "uncommitted files"
	if d.Revision != "" {
		rev = "revision " + git.OneLine(short(d.Revision), 60)
	}
	return fmt.Sprintf("%s by %s at %s", rev, git.OneLine(d.Actor, 100), d.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
}
