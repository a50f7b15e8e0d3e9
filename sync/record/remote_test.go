package record_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

// newOrigin makes a bare repository, and two clones of it.
func newOrigin(t *testing.T, cloneOptions ...string) (origin, one, two string) {
	t.Helper()
	origin = gittest.Clone(t, newRepo(t, content()), "--bare")
	return origin, gittest.Clone(t, gittest.URL(origin), cloneOptions...), gittest.Clone(t, gittest.URL(origin), cloneOptions...)
}

func fetch(t testing.TB, s *record.Store) {
	t.Helper()
	check(t, s.Fetch(t.Context(), "origin", tenant))
}

func push(t testing.TB, s *record.Store) {
	t.Helper()
	check(t, s.Push(t.Context(), "origin", tenant))
}

func TestFetchAndPush(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		e    git.Engine
		how  []string
		// cut says that a fresh clone has the last record alone.
		cut bool
	}{
		{"full", git.EngineAuto, nil, false},
		{"program", git.EngineProgram, nil, false},
		{"shallow", git.EngineAuto, []string{"--depth=1"}, true},
		{"shallow, program", git.EngineProgram, []string{"--depth=1"}, true},
		{"partial", git.EngineAuto, []string{"--filter=blob:none"}, false},
		{"treeless", git.EngineAuto, []string{"--filter=tree:0"}, false},
		{"sparse and shallow", git.EngineAuto, []string{"--depth=1", "--sparse"}, true},
	} {
		if c.e == git.EngineProgram && !gittest.Long() || testing.Short() {
			continue // what EngineAuto runs too
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			origin := gittest.Clone(t, newRepo(t, content()), "--bare")
			gittest.Run(t, origin, "config", "uploadpack.allowFilter", "true")
			gittest.Run(t, origin, "config", "uploadpack.allowAnySHA1InWant", "true")
			one, two := gittest.Clone(t, gittest.URL(origin), c.how...), gittest.Clone(t, gittest.URL(origin), c.how...)
			a, b := open(t, one, options(c.e)), open(t, two, options(c.e))
			fetch(t, a) // a remote without records is fine
			if d := latest(t, a); d != nil {
				t.Fatalf("there is a record already: %+v", d)
			}
			d1 := mustWrite(t, a, next(1, "", content()))
			push(t, a)
			push(t, a) // nothing new is fine too
			dirty := content().with(files{"rules/a.yml": "changed, in no commit\n"})
			d2 := mustWrite(t, a, next(2, d1.Hash, dirty))
			fetch(t, a) // the remote is behind, which is fine
			same(t, "after fetching what is older", history(t, a), []string{d2.Hash, d1.Hash})
			push(t, a)

			before := snapshot(t, two)
			fetch(t, b)
			after := snapshot(t, two)
			delete(before, ".git/shallow") // where git notes how much of the record it has
			delete(after, ".git/shallow")
			same(t, "all but objects and our ref", after, before)
			want := d2
			want.Cut = c.cut
			same(t, "latest", *latest(t, b), want)
			check(t, os.Rename(origin, origin+"-away")) // all is here already, in partial clones too
			same(t, "files", dump(t, b, d2), dirty)
			check(t, os.Rename(origin+"-away", origin))
			if c.cut {
				same(t, "history", history(t, b), []string{d2.Hash})
				same(t, "commits of the branch", gittest.Run(t, two, "rev-list", "--count", "HEAD"), "1")
			} else {
				same(t, "history", history(t, b), []string{d2.Hash, d1.Hash})
				same(t, "shallow", gittest.Run(t, two, "rev-parse", "--is-shallow-repository"), "false")
			}
			d3 := mustWrite(t, b, next(3, d2.Hash, content()))
			push(t, b)
			d4 := mustWrite(t, b, next(4, d3.Hash, dirty))
			push(t, b)
			fetch(t, a)
			same(t, "history", history(t, a), []string{d4.Hash, d3.Hash, d2.Hash, d1.Hash})
			same(t, "files", dump(t, a, d4), dirty)
			d5 := mustWrite(t, a, next(5, d4.Hash, content()))
			push(t, a)
			fetch(t, b) // now it has a record, and goes on from there
			fetch(t, b)
			same(t, "latest", latest(t, b).Hash, d5.Hash)
			same(t, "files", dump(t, b, d5), content())
			if n := len(history(t, b)); n != 4 && c.cut {
				t.Errorf("%d records, want 4", n)
			}
			same(t, "origin", gittest.Run(t, origin, "rev-parse", ref), d5.Hash)
			gittest.Fsck(t, origin)
			gittest.Fsck(t, two)
		})
	}
}

// Two clones race. Whoever pushes second learns who was faster, and can go on
// with a record that follows both.
func TestPushRace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		swap    bool
		first   bool
		shallow bool
	}{
		{"one is faster", false, false, false}, {"two is faster", true, false, false},
		{"first record", false, true, false}, {"first record, two is faster", true, true, false},
		{"shallow", false, false, true},
	} {
		if c.swap != c.first && !c.shallow && !gittest.Long() || testing.Short() && c.swap {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var how []string
			if c.shallow {
				how = []string{"--depth=1"}
			}
			origin, one, two := newOrigin(t, how...)
			if c.swap {
				one, two = two, one
			}
			fast, slow := open(t, one, options(git.EngineAuto)), open(t, two, options(git.EngineAuto))
			parent := ""
			if !c.first {
				parent = mustWrite(t, fast, next(1, "", content())).Hash
				push(t, fast)
				fetch(t, slow)
			}
			n := next(2, parent, content().with(files{"fast": "1"}))
			n.Actor, n.Revision = bob, "v1.0"
			theirs := mustWrite(t, fast, n)
			ours := mustWrite(t, slow, next(3, parent, content().with(files{"slow": "1"})))
			push(t, fast)

			err := slow.Push(t.Context(), "origin", tenant)
			wantError(t, err, `another deployment to "acme.runpanther.net" was pushed to "origin" first: the last record there is `+theirs.Hash[:12]+` (revision v1.0 by Bob <bob@example.com> at 2026-11-02 09:02:00 UTC), and ours is `+ours.Hash[:12]+
				`. Nothing was overwritten there; the changes that this run made in Panther remain. To continue from their record, run "git update-ref -d `+ref+`" and plan again`)
			var race *record.RaceError
			if !errors.As(err, &race) || race.Remote != "origin" || race.Expected != ours.Hash || race.Found != theirs.Hash {
				t.Fatalf("%#v", err)
			}
			same(t, "ours", *race.Ours, ours)
			same(t, "theirs", *race.Theirs, theirs)
			same(t, "their files", dump(t, slow, *race.Theirs), content().with(files{"fast": "1"}))
			same(t, "origin", gittest.Run(t, origin, "rev-parse", ref), theirs.Hash)
			same(t, "slow's own", latest(t, slow).Hash, ours.Hash)

			err = slow.Fetch(t.Context(), "origin", tenant)
			wantError(t, err, `this repository and "origin" have recorded different deployments to "acme.runpanther.net": the last one is `+ours.Hash[:12]+` (revision 3f2a9c1 by Ada <ada@example.com> at 2026-11-02 09:03:00 UTC) here and `+
				theirs.Hash[:12]+` (revision v1.0 by Bob <bob@example.com> at 2026-11-02 09:02:00 UTC) there, and neither follows the other. To continue from the one in "origin", run "git update-ref -d `+ref+`" and plan again`)
			var parted *record.DivergedError
			if !errors.As(err, &parted) || parted.TheirHash != theirs.Hash {
				t.Fatalf("%#v", err)
			}
			same(t, "ours", *parted.Ours, ours)
			same(t, "theirs", *parted.Theirs, theirs)
			same(t, "slow's own", latest(t, slow).Hash, ours.Hash)

			both := content().with(files{"fast": "1", "slow": "1"})
			n = next(4, ours.Hash, both)
			n.Merge = theirs.Hash
			merged := mustWrite(t, slow, n)
			same(t, "merge", []string{merged.Parent, merged.Merge}, []string{ours.Hash, theirs.Hash})
			push(t, slow)
			fetch(t, fast)
			same(t, "files", dump(t, fast, *latest(t, fast)), both)
			want := []string{merged.Hash, ours.Hash, theirs.Hash}
			if parent != "" {
				want = append(want, parent)
			}
			for _, o := range []git.Options{noGit(), options(git.EngineProgram)} {
				same(t, "history", history(t, open(t, one, o)), want)
				ds, err := open(t, one, o).History(t.Context(), tenant, 2)
				check(t, err)
				if len(ds) != 2 || ds[1].Hash != ours.Hash {
					t.Errorf("a limit of 2 gives %+v", ds)
				}
			}
			gittest.Fsck(t, origin)
		})
	}
}

// Doing as the error says lets the loser go on.
func TestGoingOnFromTheirs(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	_, one, two := newOrigin(t)
	fast, slow := open(t, one, options(git.EngineAuto)), open(t, two, options(git.EngineAuto))
	theirs := mustWrite(t, fast, next(1, "", content()))
	mustWrite(t, slow, next(2, "", content()))
	push(t, fast)
	var race *record.RaceError
	if err := slow.Push(t.Context(), "origin", tenant); !errors.As(err, &race) {
		t.Fatal(err)
	}
	gittest.Run(t, two, "update-ref", "-d", race.Ref)
	fetch(t, slow)
	d := mustWrite(t, slow, next(3, theirs.Hash, content()))
	push(t, slow)
	same(t, "history", history(t, slow), []string{d.Hash, theirs.Hash})
}

// Settings of the user don't make a push force or a fetch prune.
func TestUnkindSettings(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	origin, one, two := newOrigin(t)
	a, b := open(t, one, options(git.EngineAuto)), open(t, two, options(git.EngineAuto))
	for _, kv := range []string{"fetch.prune=true", "remote.origin.prune=true", "remote.origin.mirror=true", "push.followTags=true", "fetch.prunetags=true", "core.logAllRefUpdates=false", "push.default=matching"} {
		k, v, _ := strings.Cut(kv, "=")
		gittest.Run(t, two, "config", k, v)
	}
	hook := filepath.Join(two, ".git", "hooks", "pre-push")
	check(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	check(t, os.WriteFile(hook, []byte("#!/bin/sh\nexit 1\n"), 0o755))
	gittest.Run(t, two, "config", "--add", "remote.origin.push", "+refs/*:refs/*")
	gittest.Run(t, two, "tag", "-m", "x", "local-tag")
	d1 := mustWrite(t, b, next(1, "", content()))
	fetch(t, b) // the remote has none
	same(t, "history", history(t, b), []string{d1.Hash})
	theirs := mustWrite(t, a, next(2, "", content()))
	push(t, a)
	var race *record.RaceError
	if err := b.Push(t.Context(), "origin", tenant); !errors.As(err, &race) {
		t.Errorf("want a lost race: %v", err)
	}
	same(t, "origin", gittest.Run(t, origin, "rev-parse", ref), theirs.Hash)
	if out := gittest.Run(t, origin, "tag"); out != "" {
		t.Errorf("tags went along: %s", out)
	}
	gittest.Run(t, two, "update-ref", "-d", ref)
	fetch(t, b)
	mustWrite(t, b, next(3, theirs.Hash, content()))
	push(t, b)
}

func TestRemotes(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	_, dir, _ := newOrigin(t)
	gittest.Run(t, dir, "remote", "add", "backup", "https://example.com/x.git")
	for _, o := range []git.Options{noGit(), options(git.EngineAuto)} {
		s := open(t, dir, o)
		got, err := s.Remotes(t.Context())
		check(t, err)
		same(t, "remotes", got, []string{"backup", "origin"})
	}
}

func TestRemoteErrors(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	origin, dir, _ := newOrigin(t)
	s := open(t, dir, options(git.EngineAuto))
	wantError(t, s.Push(t.Context(), "origin", tenant), `push the deployment record to "origin": no deployment to "acme.runpanther.net" is recorded here; apply first`)
	mustWrite(t, s, next(1, "", content()))
	wantError(t, s.Fetch(t.Context(), "upstream", tenant), `fetch the deployment record from "upstream": the repository has no remote of that name (it has origin); add it with "git remote add", or change deployments.remote`)
	wantError(t, s.Fetch(t.Context(), "--upload-pack=touch x", tenant), `fetch the deployment record from "--upload-pack=touch x": the repository has no remote of that name%h`)
	wantError(t, open(t, newRepo(t, content()), options(git.EngineAuto)).Push(t.Context(), "origin", tenant), `push the deployment record to "origin": the repository has no remote of that name (it has none); %h`)
	alone := open(t, dir, noGit())
	for op, f := range map[string]func(context.Context, string, string) error{"fetch the deployment record from": alone.Fetch, "push the deployment record to": alone.Push} {
		wantError(t, f(t.Context(), "origin", tenant), op+` "origin": this needs git and its credentials, and git was not found on PATH; install git, or change deployments.remote`)
	}
	wantError(t, s.Fetch(t.Context(), "origin", ""), "a deployment record needs a tenant; %h")
	wantError(t, s.Push(t.Context(), "origin", ""), "a deployment record needs a tenant; %h")

	if runtime.GOOS != "windows" {
		hook := filepath.Join(origin, "hooks", "update")
		check(t, os.MkdirAll(filepath.Dir(hook), 0o755))
		check(t, os.WriteFile(hook, []byte("#!/bin/sh\necho 'only branches here' >&2\nexit 1\n"), 0o755))
		wantError(t, s.Push(t.Context(), "origin", tenant), `push the deployment record to "origin": it rejects the push (hook declined: only branches here); allow pushes to `+ref+` there, or if the host accepts only branches, set deployments.ref in pdac.yaml to one, such as %h`)
	}
	gittest.Run(t, dir, "remote", "set-url", "origin", gittest.URL(origin)+"-gone")
	wantError(t, s.Fetch(t.Context(), "origin", tenant), `fetch the deployment record from "origin": there is no git repository at its address (%hdoes not appear to be a git repository%h); check the address with "git remote -v"`)
	wantError(t, s.Push(t.Context(), "origin", tenant), `push the deployment record to "origin": there is no git repository at its address (%h); check the address with "git remote -v"`)
	gittest.Run(t, dir, "remote", "set-url", "origin", "http://user:secret@127.0.0.1:1/x.git")
	err := s.Fetch(t.Context(), "origin", tenant)
	wantError(t, err, `fetch the deployment record from "origin": its host doesn't answer (%h); check the connection and the remote's address`)
	var typed *record.RemoteError
	if !errors.As(err, &typed) || typed.Op != "fetch" || strings.Contains(err.Error(), "secret") {
		t.Errorf("%#v", err)
	}
}

// fakeGit is a git program that says what a test wants at a fetch, and is git else.
func fakeGit(t *testing.T, says string, sleep string) git.Options {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	dir := gittest.Dir(t)
	check(t, os.WriteFile(filepath.Join(dir, "says"), []byte(says), 0o644))
	script := "#!/bin/sh\nfor a; do case $a in fetch|push) cat '" + dir + "/says' >&2; " + sleep + " exit 128;; esac; done\nexec git \"$@\"\n"
	check(t, os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o755))
	o := options(git.EngineAuto)
	o.Git = filepath.Join(dir, "git")
	return o
}

// A push that arrived, but whose answer got lost, isn't a lost race when it is
// tried again.
func TestPushThatHadArrived(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	origin, dir, _ := newOrigin(t)
	base := gittest.Dir(t)
	script := "#!/bin/sh\nfor a; do if [ \"$a\" = push ]; then git \"$@\"; printf '!\\tx:y\\t[remote rejected] (cannot lock ref)\\n'; exit 1; fi; done\nexec git \"$@\"\n"
	check(t, os.WriteFile(filepath.Join(base, "git"), []byte(script), 0o755))
	o := options(git.EngineAuto)
	o.Git = filepath.Join(base, "git")
	s := open(t, dir, o)
	d := mustWrite(t, s, next(1, "", content()))
	push(t, s)
	same(t, "origin", gittest.Run(t, origin, "rev-parse", ref), d.Hash)
}

// What git says when servers refuse, which no test can bring about, in plain words.
func TestTroubles(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	_, dir, _ := newOrigin(t)
	const from = `fetch the deployment record from "origin": `
	for said, want := range map[string]string{
		"fatal: could not read Username for 'https://github.com': terminal prompts disabled\n":                                           from + "it requires credentials, and git has none (could not read Username for 'https://github.com': terminal prompts disabled); set up a credential helper, or a token for CI",
		"remote: Invalid username or token.\nfatal: Authentication failed for 'https://u:secret@github.com/x/'\n":                        from + "it rejects the credentials (Authentication failed for 'https://github.com/x/'); renew the token or key that git uses",
		"git@github.com: Permission denied (publickey).\r\nfatal: Could not read from remote repository.\n":                              from + "it rejects the ssh key (Could not read from remote repository.); add the key to the ssh agent, or give it access to the repository",
		"Host key verification failed.\nfatal: Could not read from remote repository.\n":                                                 from + `ssh doesn't know its host key (Could not read from remote repository.); run "git fetch" once by hand to accept it`,
		"fatal: unable to access 'https://x/': Could not resolve host: x\n":                                                              from + "its host was not found (unable to access 'https://x/': Could not resolve host: x); check the connection and the remote's address",
		"remote: Write access to repository not granted.\nfatal: unable to access 'https://x/': The requested URL returned error: 403\n": from + `it denies access (unable to access 'https://x/': The requested URL returned error: 403); grant the credentials write access to the repository (in GitHub Actions: "permissions: contents: write")`,
		"error: unknown option `no-write-fetch-head'\nusage: git fetch\n":                                                                from + "the git program is too old for this (unknown option `no-write-fetch-head'); install git 2.29 or newer",
		"fatal: something\x1b[31m new\n": from + "git failed (something [31m new); fix the cause and try again",
		"":                               from + "git failed (exit status 128); fix the cause and try again",
	} {
		wantError(t, open(t, dir, fakeGit(t, said, "")).Fetch(t.Context(), "origin", tenant), want)
	}
}

func TestCancelledFetch(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	_, dir, _ := newOrigin(t)
	s := open(t, dir, fakeGit(t, "", "exec sleep 60;"))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.Fetch(ctx, "origin", tenant); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that the time is over", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Push(ctx, "origin", tenant); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
}

// Git never asks for anything.
func TestNoPrompts(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for git is a shell script")
	}
	_, dir, _ := newOrigin(t)
	base := gittest.Dir(t)
	script := "#!/bin/sh\nfor a; do if [ \"$a\" = fetch ]; then env >'" + base + "/env'; fi; done\nexec git \"$@\"\n"
	check(t, os.WriteFile(filepath.Join(base, "git"), []byte(script), 0o755))
	seen := func(o git.Options) string {
		o.Git = filepath.Join(base, "git")
		fetch(t, open(t, dir, o))
		raw, err := os.ReadFile(filepath.Join(base, "env"))
		check(t, err)
		return "\n" + string(raw)
	}
	o := options(git.EngineAuto)
	o.Env = append(o.Env, "GIT_DIR=/nowhere", "GIT_INDEX_FILE=/nowhere")
	got := seen(o)
	for _, want := range []string{"\nGIT_TERMINAL_PROMPT=0\n", "\nGIT_SSH_COMMAND=ssh -oBatchMode=yes\n", "\nLC_ALL=C\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("git's environment lacks %q", want)
		}
	}
	if strings.Contains(got, "/nowhere") {
		t.Error("git is pointed at another repository")
	}
	o.Env = append(gittest.Env(), "GIT_SSH_COMMAND=mine")
	if got := seen(o); !strings.Contains(got, "\nGIT_SSH_COMMAND=mine\n") {
		t.Error("the user's own ssh command is lost")
	}
	gittest.Run(t, dir, "config", "core.sshCommand", "mine")
	if got := seen(options(git.EngineAuto)); strings.Contains(got, "BatchMode") {
		t.Error("the repository's own ssh command is overruled")
	}
}

// TestOneIntentOfTwoRuns: an apply that goes on where an equal one of the same minute ended finds
// its own intent as that of the other, and nothing is left of either.
func TestOneIntentOfTwoRuns(t *testing.T) {
	origin, dir, _ := newOrigin(t)
	s := open(t, dir, options(git.EngineProgram))
	mustWrite(t, s, next(1, "", content()))
	first, err := s.WriteIntent(t.Context(), tenant, "", at(3), []byte("{}"))
	check(t, err)
	check(t, s.ShareIntents(t.Context(), "origin", tenant, first))
	second, err := s.WriteIntent(t.Context(), tenant, "", at(3), []byte("{}"))
	check(t, err)
	if first != second {
		t.Fatalf("%s, then %s", first, second)
	}
	check(t, s.DropIntents(t.Context(), "origin", tenant, second, first))
	for _, in := range []string{dir, origin} {
		if left := gittest.Run(t, in, "for-each-ref", "--format=%(refname)"); strings.Contains(left, "intents") {
			t.Errorf("left in %s: %s", in, left)
		}
	}
}
