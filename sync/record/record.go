// Package record remembers in git what was deployed: after an apply, a commit on
// refs/pdac/deployments/TENANT holds the content that is now live by pdac's
// hand. The commit's parent is the deployment before, so "git log" on the ref is
// the history of deployments, and a commit's tree is the base of the next plan.
//
// A record touches objects and its own ref, and nothing else: not the working
// tree, the index, HEAD, branches, or anybody's reflog. Its paths start at the
// content's root, which may be a subfolder of the git repository, so that a
// record stays good when that folder moves.
//
// # Engines
//
// go-git reads refs, commits and packs, and makes the tables of contents of new
// packs. The git program does so where go-git can't: SHA-256 names, reftables,
// objects borrowed from another repository, extensions that go-git doesn't know.
// Fetch and Push always run the git program, since it has the user's
// credential helpers.
//
// Four parts of go-git v5.19 are replaced, because they fall short for writing:
//   - its compare-and-swap locks the ref's file itself, which git doesn't look at,
//     and writes it in place. Here it is done git's way, by REF.lock and rename.
//   - it doesn't sync objects to disk before a ref names them.
//   - it writes every object as a file. Here more than 100 new objects become one
//     pack, as git does when it fetches.
//   - to see whether an object is packed it first tries to open a file. With the
//     packs' tables read once, a record of 2,455 files whose content is all in
//     one pack took 35 to 42 ms instead of 101 to 112.
//
// Measured with BenchmarkRepository on panther-analysis (2,455 .yml and .py
// files, 7.3 MB, all in HEAD, 51,193 objects in one pack) on two cores that were
// busy with other work, so that figures of the same run vary:
//   - a first record, whose files git stores already and whose folders it
//     doesn't: 25 to 88 ms with go-git, 27 to 56 ms with the git program.
//   - the last record with all of its files: 285 to 608 ms with go-git, 163 to
//     213 ms with the git program. Package tree reads them.
package record

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Counts says what became of the entities of a deployment.
type Counts struct {
	Created, Updated, Deleted, Unchanged, Failed int
}

// Deployment is one record: a commit that says what was deployed.
type Deployment struct {
	// Hash is the commit, and Parent the record before it; "" for the first.
	Hash, Parent string
	// Merge is a second record that this one continues, as after a race; mostly "".
	Merge string
	// Ref is the git ref of the tenant's records.
	Ref string
	// Tenant, Revision and Actor are the words that were given to Write. Without
	// an actor it is the identity from git's configuration.
	Tenant, Revision, Actor string
	// Time has a resolution of seconds.
	Time   time.Time
	Counts Counts
	// Partial says that a part of the apply failed, so that the files are the new
	// ones only for what succeeded.
	Partial bool
	// Rollback is the record that was gone back to; "" for a deployment of the
	// repository.
	Rollback string
	// FileCount is how many files the record holds.
	FileCount int
	// Root is the content's root, slash-separated, in the git repository that the
	// record was written from; "" for its top.
	Root string
	// Cut says that Parent isn't in this shallow clone.
	Cut bool
}

// New is what Write records.
type New struct {
	// Tenant is a host, a host with its port, or "sandbox".
	Tenant string
	// Revision says what was deployed; "" for files that no commit holds.
	Revision string
	// Actor is who deployed, best as "Name <mail>". What it lacks comes from
	// git's configuration.
	Actor   string
	Time    time.Time
	Counts  Counts
	Partial bool
	// Parent is the hash of the record that was the last one when the plan was
	// made, "" for none. Write refuses when there is another one by now.
	Parent string
	// Merge is the hash of somebody else's record that the files take into
	// account, as a RaceError or a DivergedError names it. With it the record can
	// be pushed after a lost race.
	Merge string
	// Rollback is the hash of the record that was deployed again, "" for none.
	Rollback string
	// Files is all content that is live now, by path from the content's root.
	Files map[string][]byte
}

const (
	// maxFile bounds one file. Servers refuse larger ones in a push.
	maxFile = 64 << 20
	// The lengths of hashes in hex.
	sha1Digits, sha256Digits = 40, 64
)

var hexName = regexp.MustCompile(`^[0-9a-f]+$`)

func isHash(s string) bool {
	return (len(s) == sha1Digits || len(s) == sha256Digits) && hexName.MatchString(s)
}

// short abbreviates a hash for people, and leaves everything else.
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
		rev = "revision " + plain(short(d.Revision), 60)
	}
	return fmt.Sprintf("%s by %s at %s", rev, plain(d.Actor, 100), d.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
}
