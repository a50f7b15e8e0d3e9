package record_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
	"pgregory.net/rapid"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, content())
	s := open(t, filepath.Join(dir, "rules"), options(git.EngineAuto))
	n := next(1, "", content())
	n.Partial, n.Counts.Failed = true, 4
	n.Committed, n.Follows = at(0), []string{strings.Repeat("ab", 20), strings.Repeat("cd", 20)}
	d := mustWrite(t, s, n)
	want := `Deploy 3f2a9c1 in part to acme.runpanther.net: 3 created, 2 updated, 1 deleted, 4 failed

This commit holds the files that pdac has deployed.
Part of the apply failed; the files of that part are unchanged.

Pdac-Format: 1
Pdac-Tenant: acme.runpanther.net
Pdac-Revision: 3f2a9c1b3f2a9c1b3f2a9c1b3f2a9c1b3f2a9c1b
Pdac-Committed: 2026-11-02T10:00:00+01:00
Pdac-Follows: abababababababababababababababababababab cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
Pdac-Actor: Ada <ada@example.com>
Pdac-Time: 2026-11-02T10:01:00+01:00
Pdac-Root: rules
Pdac-Files: 5
Pdac-Created: 3
Pdac-Updated: 2
Pdac-Deleted: 1
Pdac-Unchanged: 40
Pdac-Failed: 4
Pdac-Partial: true`
	same(t, "message", gittest.Run(t, dir, "log", "-1", "--format=%B", ref), want)
	same(t, "author and committer", gittest.Run(t, dir, "log", "-1", "--format=%an <%ae> %ad|%cn <%ce> %cd", "--date=iso-strict", ref),
		"Ada <ada@example.com> 2026-11-02T10:01:00+01:00|Ada <ada@example.com> 2026-11-02T10:01:00+01:00")
	same(t, "deployment", d, record.Deployment{
		Hash: gittest.Run(t, dir, "rev-parse", ref), Ref: ref, Tenant: tenant, Revision: n.Revision, Committed: at(0), Follows: n.Follows, Actor: ada, Time: at(1),
		Counts: n.Counts, Partial: true, FileCount: 5, Root: "rules",
	})
	same(t, "read again", *latest(t, s), d)
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	s := open(t, dir, options(git.EngineAuto))
	parent := ""
	for i, c := range []struct {
		revision string
		counts   record.Counts
		want     string
	}{
		{"", record.Counts{Created: 1}, "Deploy uncommitted files to acme.runpanther.net: 1 created"},
		{"v1.2", record.Counts{Unchanged: 5}, "Deploy v1.2 to acme.runpanther.net: nothing changed"},
		{strings.Repeat("ab", 20) + "-dirty", record.Counts{Failed: 2}, "Deploy abababa-dirty to acme.runpanther.net: 2 failed"},
		{"a\nPdac-Tenant: evil\n\nPdac-Format: 9", record.Counts{}, "Deploy a Pdac-Tenant: evil Pdac-Format: 9 to acme.runpanther.net: nothing changed"},
		{strings.Repeat("x", 100), record.Counts{}, "Deploy " + strings.Repeat("x", 59) + "… to acme.runpanther.net: nothing changed"},
	} {
		n := next(i, parent, content())
		n.Revision, n.Counts = c.revision, c.counts
		d := mustWrite(t, s, n)
		parent = d.Hash
		same(t, "subject", gittest.Run(t, dir, "log", "-1", "--format=%s", ref), c.want)
		same(t, "revision", d.Revision, c.revision)
	}
}

// hostile draws texts that try to break out of their line.
func hostile() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{"\n", "\n\n", "Pdac-Format: 2", "Pdac-Tenant: evil", "\r", "\x00", "\"", "\\", "\\n", "<", ">", "é", "\u2028", "\xff", " ", "\t", "a", "Ada", "@", "---\n", "# ", "Signed-off-by: x", ": "})
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(part, 0, 8), func(p []string) string { return strings.Join(p, "") }),
		rapid.String(),
	)
}

// Whatever the texts are, they come back as they were, for us and for git.
func TestMessageRoundTrip(t *testing.T) {
	dir := newRepo(t, content())
	for name, o := range map[string]git.Options{"library": noGit(), "program": options(git.EngineProgram)} {
		t.Run(name, func(t *testing.T) {
			s := open(t, dir, o)
			gittest.SetChecks(t, 60, 5)
			checks := gittest.Checks(8, 1)
			rapid.Check(t, func(rt *rapid.T) {
				if checks--; checks < 0 && name == "program" {
					return // each check runs git several times
				}
				n := record.New{
					Tenant:   rapid.OneOf(rapid.Just("t"), rapid.StringN(1, 20, 60), hostile().Filter(func(s string) bool { return s != "" && len(s) < 60 })).Draw(rt, "tenant"),
					Revision: hostile().Draw(rt, "revision"), Actor: hostile().Draw(rt, "actor"),
					Time:    time.Unix(rapid.Int64Range(0, 1<<33).Draw(rt, "time"), 0).In(time.FixedZone("", rapid.IntRange(-12*60, 14*60).Draw(rt, "zone")*60)),
					Partial: rapid.Bool().Draw(rt, "partial"),
					Counts:  record.Counts{Created: rapid.IntRange(0, 1<<40).Draw(rt, "created"), Failed: rapid.IntRange(0, 9).Draw(rt, "failed")},
					Files:   map[string][]byte{"a": nil},
				}
				before, err := s.Latest(t.Context(), n.Tenant)
				check(rt, err)
				if before != nil {
					n.Parent = before.Hash
					if rapid.Bool().Draw(rt, "rollback") {
						n.Rollback = before.Hash
					}
				}
				d, err := s.Write(t.Context(), n)
				check(rt, err)
				got, err := s.Latest(t.Context(), n.Tenant)
				check(rt, err)
				same(rt, "read again", *got, d)
				if strings.TrimSpace(n.Actor) == "" {
					if !strings.HasSuffix(d.Actor, ">") {
						rt.Errorf("no actor was given, and %q is recorded", d.Actor)
					}
					n.Actor = d.Actor
				}
				want := record.Deployment{Hash: d.Hash, Ref: d.Ref, Parent: n.Parent, Tenant: n.Tenant, Revision: n.Revision, Actor: n.Actor,
					Time: n.Time, Counts: n.Counts, Partial: n.Partial, Rollback: n.Rollback, FileCount: 1}
				if diff := cmp.Diff(want, d, cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339) == b.Format(time.RFC3339) })); diff != "" {
					rt.Errorf("(-want +got):\n%s", diff)
				}
			})
			gittest.Fsck(t, dir)
		})
	}
}

// git's own reader finds the trailers, and no others.
func TestTrailersForGit(t *testing.T) {
	t.Parallel()
	dir := newRepo(t, content())
	s := open(t, dir, options(git.EngineAuto))
	n := next(1, "", content())
	n.Revision, n.Actor = "x\n\nPdac-Partial: true\n", "Eve\nPdac-Failed: 9 <eve@example.com>"
	mustWrite(t, s, n)
	cmd := exec.Command("git", "interpret-trailers", "--parse")
	cmd.Stdin, cmd.Dir, cmd.Env = strings.NewReader(gittest.Run(t, dir, "log", "-1", "--format=%B", ref)+"\n"), dir, gittest.Env()
	out, err := cmd.Output()
	check(t, err)
	same(t, "trailers", string(out), `Pdac-Format: 1
Pdac-Tenant: acme.runpanther.net
Pdac-Revision: "x\n\nPdac-Partial: true\n"
Pdac-Actor: "Eve\nPdac-Failed: 9 <eve@example.com>"
Pdac-Time: 2026-11-02T10:01:00+01:00
Pdac-Files: 5
Pdac-Created: 3
Pdac-Updated: 2
Pdac-Deleted: 1
Pdac-Unchanged: 40
Pdac-Failed: 0
Pdac-Partial: false
`)
	spaced := next(2, latest(t, s).Hash, content())
	spaced.Revision = " v1 "
	mustWrite(t, s, spaced)
	same(t, "spaces", gittest.Run(t, dir, "log", "-1", "--format=%(trailers:key=Pdac-Revision)", ref), `Pdac-Revision: " v1 "`)
	same(t, "author", gittest.Run(t, dir, "log", "-1", "--format=%an <%ae>", ref+"~1"), "Eve Pdac-Failed: 9 <eve@example.com>")
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	home := t.TempDir()
	config := filepath.Join(home, "config")
	check(t, os.WriteFile(config, []byte("[user]\n\tname = Config Name\n\temail = config@example.com\n"), 0o644))
	env := append(gittest.Env(), "GIT_CONFIG_GLOBAL="+config)
	parent := ""
	for i, c := range []struct {
		o                     git.Options
		actor, author, record string
	}{
		{noGit(), ada, ada, ada},
		{noGit(), "octocat", "octocat <pdac@localhost>", "octocat"},
		{noGit(), "", "pdac <pdac@localhost>", "pdac <pdac@localhost>"},
		{git.Options{Git: "none-such", Env: env}, "octocat", "octocat <config@example.com>", "octocat"},
		{git.Options{Git: "none-such", Env: env}, "", "Config Name <config@example.com>", "Config Name <config@example.com>"},
		{git.Options{Env: env}, "", "Config Name <config@example.com>", "Config Name <config@example.com>"},
		{git.Options{Env: env}, "eve@example.com", "eve <eve@example.com>", "eve@example.com"},
		{git.Options{Env: env}, "<eve@example.com>", "eve <eve@example.com>", "<eve@example.com>"},
		{git.Options{Env: append(env, "GIT_AUTHOR_NAME=Env")}, " \n", "Env <config@example.com>", "Env <config@example.com>"},
		{git.Options{Git: "none-such", Env: []string{"HOME=" + home, "GIT_AUTHOR_EMAIL=env@example.com"}}, "O'Neil, Jr.", "O'Neil, Jr <env@example.com>", "O'Neil, Jr."},
	} {
		n := next(i, parent, content())
		n.Actor = c.actor
		d := mustWrite(t, open(t, dir, c.o), n)
		parent = d.Hash
		same(t, "author of "+c.actor, gittest.Run(t, dir, "log", "-1", "--format=%an <%ae>", ref), c.author)
		same(t, "actor", d.Actor, c.record)
	}
}

func TestForeignCommits(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	dir := newRepo(t, content())
	commitWith := func(message string) string {
		return gittest.Run(t, dir, "commit-tree", "-m", message, "HEAD^{tree}")
	}
	for _, e := range []git.Engine{git.EngineLibrary, git.EngineProgram} {
		s := open(t, dir, options(e))
		for message, want := range map[string]string{
			"by hand": "commit %h on " + ref + ` is not a deployment record: its message has no Pdac-Format line; inspect it with "git show %h", and point the ref at a record with "git update-ref ` + ref + ` COMMIT"`,
			"Pdac-Format: 1\n\nnot the last paragraph":    "commit %h on " + ref + " is not a deployment record: its message has no Pdac-Format line; %h",
			"x\n\nPdac-Format: 2":                         "commit %h on " + ref + " was written by a newer pdac (format 2; this one reads up to 1); update pdac",
			"x\n\nPdac-Format: one":                       "commit %h on " + ref + ` has Pdac-Format "one", which pdac never writes; %h`,
			"x\n\nPdac-Format: 1\nPdac-Created: -3":       "commit %h on " + ref + ` has Pdac-Created "-3", which is not a number; %h`,
			"x\n\nPdac-Format: 1\nPdac-Failed: \"a\\nb\"": "commit %h on " + ref + ` has Pdac-Failed "a b", which is not a number; %h`,
		} {
			gittest.Run(t, dir, "update-ref", ref, commitWith(message))
			d, err := s.Latest(t.Context(), tenant)
			wantError(t, err, want)
			var typed *record.FormatError
			if !errors.As(err, &typed) || d != nil || typed.Newer != strings.Contains(want, "newer") {
				t.Errorf("%q: got %v and %#v", message, d, err)
			}
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	good := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0100\n\nDeploy\n\nPdac-Format: 1\nPdac-Tenant: \"a\\n\"\nPdac-Created: 3\n"
	f.Add([]byte(good))
	f.Add([]byte("parent x\n\n"))
	f.Add([]byte("committer > \n\nPdac-Format: 1"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := record.ReadRecord(strings.Repeat("a", 40), body)
		if err != nil {
			if bytes.ContainsAny([]byte(err.Error()), "\n\x00") {
				t.Errorf("the error breaks its line: %q", err)
			}
			return
		}
		c := d.Counts
		if min(c.Created, c.Updated, c.Deleted, c.Unchanged, c.Failed, d.FileCount) < 0 {
			t.Errorf("negative counts: %+v", d)
		}
	})
}
