package record_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/sync/record"
	"pgregory.net/rapid"
)

func TestRefName(t *testing.T) {
	t.Parallel()
	const p = "refs/pdac/deployments/"
	for tenant, want := range map[string]string{
		"sandbox":                p + "sandbox",
		"acme.runpanther.net":    p + "acme.runpanther.net",
		"localhost:8443":         p + "localhost%3A8443",
		"[::1]:80":               p + "%5B%3A%3A1%5D%3A80",
		"Acme.net":               p + "%41cme.net",
		"my-host_1":              p + "my-host_1",
		"100%":                   p + "100%25",
		"a%3Ab":                  p + "a%253%41b",
		".":                      p + "%2E",
		"..":                     p + "%2E%2E",
		"a..b":                   p + "a.%2Eb",
		".a":                     p + "%2Ea",
		"a.":                     p + "a%2E",
		"a.lock":                 p + "a%2Elock",
		"a.lock.b":               p + "a.lock.b",
		"lock":                   p + "lock",
		"@":                      p + "%40",
		"a@{1}":                  p + "a%40%7B1%7D",
		"a/b":                    p + "a%2Fb",
		"a b\n~^?*\\":            p + "a%20b%0A%7E%5E%3F%2A%5C",
		"é":                      p + "%C3%A9",
		"\xff":                   p + "%FF",
		"nul":                    p + "%6Eul",
		"com1.example":           p + "%63om1.example",
		"common.example":         p + "common.example",
		"-x":                     p + "-x",
		strings.Repeat("a", 240): p + strings.Repeat("a", 240),
	} {
		got, err := record.RefName(tenant)
		check(t, err)
		if got != want {
			t.Errorf("RefName(%q) = %s, want %s", tenant, got, want)
		}
	}
	_, err := record.RefName("")
	wantError(t, err, "a deployment record needs a tenant; use the host that was deployed to")
	_, err = record.RefName(strings.Repeat("É", 41))
	wantError(t, err, `the tenant "`+strings.Repeat("É", 41)+`" is too long for a git ref (246 bytes, at most 240); use only its host`)
}

func TestCheckRefs(t *testing.T) {
	t.Parallel()
	for refs, want := range map[string]string{
		"refs/heads/pdac": "", "refs/pdac/deployments": "", "refs/heads/sec/pdac_1.x": "",
		"":                     "it must start with refs/ and have at least three parts",
		"refs/heads":           "it must start with refs/ and have at least three parts",
		"heads/pdac/x":         "it must start with refs/ and have at least three parts",
		"refs/heads/":          `its part "" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/pdac/":     `its part "" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/../x":      `its part ".." is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/a.lock":    `its part "a.lock" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/a b":       `its part "a b" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/-x":        `its part "-x" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/heads/x:y":       `its part "x:y" is not possible in the name of a ref; use letters, digits, - and _`,
		"refs/tags/pdac":       "refs/tags is for other things; use refs/heads or a name of your own",
		"refs/remotes/origin/": `its part "" is not possible in the name of a ref; use letters, digits, - and _`,
	} {
		err := record.CheckRefs(refs)
		if want == "" {
			check(t, err)
			continue
		}
		wantError(t, err, want)
	}
}

// TestIn keeps the records of one tenant below two refs, and lists who has any.
func TestIn(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]git.Options{"git": options(git.EngineAuto), "no git": noGit()} {
		s := open(t, newRepo(t, content()), o)
		branch := s.In("refs/heads/pdac")
		got, err := branch.RefName(tenant)
		check(t, err)
		same(t, name, got, "refs/heads/pdac/acme.runpanther.net")
		one := mustWrite(t, s, next(1, "", content()))
		other := next(2, "", content())
		other.Tenant = "localhost:8443"
		mustWrite(t, s, other)
		if latest(t, branch) != nil {
			t.Error("it has the record of the default")
		}
		adopted, err := branch.Adopt(t.Context(), tenant, s, tenant)
		check(t, err)
		if !adopted || latest(t, branch).Hash != one.Hash {
			t.Error("it does not go on with the record of the default")
		}
		for store, want := range map[*record.Store][]string{s: {tenant, "localhost:8443"}, branch: {tenant}, s.In("refs/none/x"): nil} {
			got, err := store.Tenants(t.Context())
			check(t, err)
			same(t, name, got, want)
		}
	}
}

// tenants draws names made of everything that refs trip over.
func tenants() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{"a", "b", "A", ".", "..", ".lock", "LOCK", "%", "%41", "%2E", "@", "{", "/", ":", "8443", "\n", " ", "\\", "é", "\xff", "nul", "com1", "-", "~", "\x00", "[", "*"})
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(part, 1, 8), func(p []string) string { return strings.Join(p, "") }),
		rapid.StringN(1, 20, 40),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 20), func(b []byte) string { return string(b) }),
	)
}

func TestRefNameIsInjective(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := tenants().Draw(t, "a")
		b := rapid.OneOf(tenants(), rapid.Just(strings.ToLower(a)), rapid.Just(strings.ToUpper(a)), rapid.Just(a+"."), rapid.Just(strings.ReplaceAll(a, ":", "%3A"))).Draw(t, "b")
		ra, err := record.RefName(a)
		check(t, err)
		rb, err := record.RefName(b)
		check(t, err)
		// File systems of macOS and Windows take upper for lower case.
		if (a == b) != strings.EqualFold(ra, rb) {
			t.Fatalf("%q is %s, and %q is %s", a, ra, b, rb)
		}
	})
}

func TestRefNameIsValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name, err := record.RefName(tenants().Draw(t, "tenant"))
		check(t, err)
		part, ok := strings.CutPrefix(name, "refs/pdac/deployments/")
		// These are the rules of "git help check-ref-format".
		bad := !ok || part == "" || part[0] == '.' || strings.HasSuffix(part, ".") || strings.HasSuffix(part, ".lock") ||
			strings.Contains(part, "..") || strings.Contains(part, "@{") || strings.ContainsAny(part, "/~^:?*[\\ ") ||
			strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r >= 0x7f })
		if bad {
			t.Fatalf("%q is no ref", name)
		}
	})
}

func TestRefNameIsValidForGit(t *testing.T) {
	t.Parallel()
	gittest.Slow(t)
	gittest.Need(t)
	dir := t.TempDir()
	for i := range 60 {
		name, err := record.RefName(tenants().Example(i))
		check(t, err)
		gittest.Run(t, dir, "check-ref-format", name)
	}
	if _, err := gittest.Try(dir, "check-ref-format", "refs/pdac/deployments/a..b"); err == nil {
		t.Error("git takes everything, so this tests nothing")
	}
}
