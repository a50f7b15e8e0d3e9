package record_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
)

func TestFind(t *testing.T) {
	t.Parallel()
	s := open(t, newRepo(t, content()), options(git.EngineAuto))
	of := func(n int, parent, revision string) record.Deployment {
		d := next(n, parent, content())
		d.Revision = revision
		return mustWrite(t, s, d)
	}
	one := of(1, "", strings.Repeat("abcd1", 8))
	two := of(2, one.Hash, strings.Repeat("abcd2", 8)+"-dirty")
	three := of(3, two.Hash, strings.Repeat("abcd1", 8))
	for name, want := range map[string]record.Deployment{
		one.Hash: one, two.Hash[:7]: two, "abcd2": two, two.Revision[:40]: two, "abcd1": three, one.Revision: three,
	} {
		got, err := s.Find(t.Context(), tenant, name)
		check(t, err)
		same(t, name, *got, want)
	}
	for name, want := range map[string]string{
		"abc":     `no deployment to "acme.runpanther.net" matches "abc": use at least 4 characters of its hash, or of the hash of the deployed revision; pdac history lists them`,
		"main":    `no deployment to "acme.runpanther.net" matches "main": use at least 4 characters of its hash, or of the hash of the deployed revision; pdac history lists them`,
		"":        `no deployment to "acme.runpanther.net" matches "": use at least 4 characters %h`,
		"0000000": `no deployment to "acme.runpanther.net" matches "0000000": pdac history lists all deployments`,
		"abcd":    `no deployment to "acme.runpanther.net" matches "abcd": it is the start of several revisions: abcd1abcd1ab, abcd2abcd2ab; write more of the hash`,
	} {
		_, err := s.Find(t.Context(), tenant, name)
		wantError(t, err, want)
		var typed *record.NotFoundError
		if !errors.As(err, &typed) {
			t.Errorf("%#v, want a *NotFoundError", err)
		}
	}
	_, err := s.Find(t.Context(), "other", "abcd1")
	wantError(t, err, `no deployment to "other" matches "abcd1": pdac history lists all deployments`)
}

// Many records share the first digits of their hashes sooner or later.
func TestFindAmbiguousHash(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	s := open(t, newRepo(t, content()), noGit())
	seen := map[string]string{}
	parent := ""
	for n := range 2000 {
		d := next(n, parent, files{"a.yml": "a"})
		d.Revision = ""
		parent = mustWrite(t, s, d).Hash
		if other := seen[parent[:4]]; other != "" {
			_, err := s.Find(t.Context(), tenant, parent[:4])
			wantError(t, err, `no deployment to "acme.runpanther.net" matches "`+parent[:4]+`": it is the start of `+parent[:12]+", "+other[:12]+"; write more of the hash")
			return
		}
		seen[parent[:4]] = parent
	}
	t.Fatal("no two of 2,000 hashes begin alike")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	for _, root := range []string{"", "rules"} {
		dir := newRepo(t, content())
		s := open(t, filepath.Join(dir, root), options(git.EngineAuto))
		one := mustWrite(t, s, next(1, "", files{"a.yml": "a", "b/c.yml": "c", "b/d.yml": "d"}))
		two := mustWrite(t, s, next(2, one.Hash, files{"a.yml": "a", "b/c.yml": "C", "b.yml": "d"}))
		three := mustWrite(t, s, next(3, two.Hash, files{"a.yml": "a", "b/c.yml": "C", "b.yml": "d"}))
		for _, c := range []struct {
			d    record.Deployment
			want []record.FileChange
		}{
			{one, []record.FileChange{{"a.yml", git.Added}, {"b/c.yml", git.Added}, {"b/d.yml", git.Added}}},
			{two, []record.FileChange{{"b.yml", git.Added}, {"b/c.yml", git.Modified}, {"b/d.yml", git.Deleted}}},
			{three, nil},
		} {
			got, err := s.Changes(t.Context(), c.d)
			check(t, err)
			same(t, c.d.Hash, got, c.want)
		}
	}
}

// What a shallow clone lacks comes with the advice that is given.
func TestChangesInAShallowClone(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	origin := gittest.Clone(t, newRepo(t, content()), "--bare")
	full := gittest.Clone(t, gittest.URL(origin))
	one := open(t, full, options(git.EngineAuto))
	first := mustWrite(t, one, next(1, "", content()))
	mustWrite(t, one, next(2, first.Hash, content().with(files{"new.yml": "new\n"})))
	push(t, one)
	shallow := gittest.Clone(t, gittest.URL(origin), "--depth=1")
	s := open(t, shallow, options(git.EngineAuto))
	fetch(t, s)
	last := latest(t, s)
	_, err := s.Changes(t.Context(), *last)
	wantError(t, err, "the deployment before %h is not in this shallow clone, so its changes are unknown; run \"git fetch --unshallow origin "+ref+":"+ref+`" to fetch the older ones`)
	_, err = s.Find(t.Context(), tenant, first.Hash)
	wantError(t, err, `no deployment to "acme.runpanther.net" matches "`+first.Hash+`": it is not in this shallow clone, which holds only the last deployment; run "git fetch --unshallow origin `+ref+":"+ref+`" to fetch the older ones`)
	advice := strings.Split(record.FetchAdvice(ref), `"`)[1]
	gittest.Run(t, shallow, strings.Fields(advice)[1:]...)
	got, err := s.Changes(t.Context(), *latest(t, s))
	check(t, err)
	same(t, "changes", got, []record.FileChange{{"new.yml", git.Added}})
	found, err := s.Find(t.Context(), tenant, first.Hash)
	check(t, err)
	same(t, "first", found.Hash, first.Hash)
}
