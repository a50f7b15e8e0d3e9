package owners_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hmarr/codeowners"
	"github.com/pdac-dev/pdac/internal/owners"
	"pgregory.net/rapid"
)

func parse(t *testing.T, text string) *owners.File {
	t.Helper()
	f, err := owners.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The last rule wins, and one without owners takes them away.
func TestGitHub(t *testing.T) {
	f := parse(t, "\ufeff# all\r\n*  @acme/all\r\n/rules/ @acme/rules ada@acme.example # both\n\nrules/aws_*/*.yml @bob\nglobal_helpers @acme/py\n*.py @Py\n/rules/open/\n/rules/deep/**/x.yml @deep\n")
	for path, want := range map[string]string{
		"README.md":                 "@acme/all",
		"rules/a.yml":               "@acme/rules ada@acme.example",
		"rules/aws_x/a.yml":         "@bob",
		"rules/aws_x/y/a.yml":       "@acme/rules ada@acme.example",
		"rules/aws_x/a.py":          "@Py",
		"x/global_helpers/b/c.yml":  "@acme/py",
		"rules/open/a.yml":          "",
		"rules/deep/a/b/x.yml":      "@deep",
		"rules/deep/x.yml":          "@deep",
		"other/rules/aws_x/a.yml":   "@acme/all",
		"rules":                     "@acme/all",
		"":                          "",
		"rules/aws_ü/日本.yml":        "@bob",
		"rules/aws_x/a.yml/b/c.yml": "@bob",
	} {
		if got := strings.Join(f.Of(path), " "); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
	if got := strings.Join(f.Names(), " "); got != "@Py @acme/all @acme/py @acme/rules @bob @deep ada@acme.example" {
		t.Errorf("got the names %s", got)
	}
	if len(f.Problems) > 0 {
		t.Errorf("got %v", f.Problems)
	}
}

// Each section of GitLab has its own last rule, and its owners are added.
func TestGitLab(t *testing.T) {
	f := parse(t, "* @root/sub/group @a.b\n[Rules][2] @rules # two\n/rules/\n/rules/x.yml @x\n^[ Docs ]\n*.yml @@maintainer\n[rules]\n/rules/y.yml @y\n")
	for path, want := range map[string]string{
		"a":           "@root/sub/group @a.b",
		"rules/a":     "@root/sub/group @a.b @rules",
		"rules/x.yml": "@root/sub/group @a.b @x @@maintainer",
		"rules/y.yml": "@root/sub/group @a.b @y @@maintainer",
	} {
		if got := strings.Join(f.Of(path), " "); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	f := parse(t, "a b@c.de\nb c\n[ab] @x\n[] @x\n[s @x\n[s][2 @x\n[s] x\n!c @x\nd @\n/d @/a\ne @a@b\nx*** @x\n"+strings.Repeat("y", 70_000)+" @z\nz @z\n/ @z\n")
	var got []string
	for _, p := range f.Problems {
		got = append(got, fmt.Sprintf("%d %s", p.Line, p.Message))
	}
	want := []string{
		"2 invalid owner format 'c' at position 3", "4 a section has the form [Name]", "5 a section has the form [Name]", "6 a number of approvals has the form [2]",
		"7 invalid owner format 'x'", "8 unexpected character '!' at position 1", "9 invalid owner format '@' at position 3", "10 invalid owner format '@/a' at position 4",
		"11 invalid owner format '@a@b' at position 3", "12 pattern cannot contain three consecutive asterisks", "13 it is longer than a rule may be",
		"15 the pattern / matches no file on GitHub; write * for all files",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := f.Of("a/x"); len(got) != 1 || f.Of("q/z")[0] != "@z" {
		t.Errorf("the other lines: got %v and %v", got, f.Of("q/z"))
	}
	if _, err := owners.Parse([]byte(strings.Repeat("a @b\n", 20_001))); err == nil || err.Error() != "it has more than 20000 rules" {
		t.Errorf("too many rules: got %v", err)
	}
	if _, err := owners.Parse([]byte(strings.Repeat("*/a @b\n", 2001))); err == nil || err.Error() != "it has more than 2000 rules that begin with a wildcard" {
		t.Errorf("too many rules for any path: got %v", err)
	}
	if _, err := owners.Parse(make([]byte, owners.MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "more than the 3145728 that GitHub accepts") {
		t.Errorf("too many bytes: got %v", err)
	}
}

// What is skipped by the beginning of a path never matches.
func TestSameAsTrying(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "ab", "*", "a*", "?", "**", "", "a\\ b", "a.b"})
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for i, segments := range rapid.SliceOfN(rapid.SliceOfN(word, 1, 4), 1, 6).Draw(t, "patterns") {
			if p := strings.Join(segments, "/"); strings.Trim(p, "/") != "" {
				lines = append(lines, fmt.Sprintf("%s @o%d", p, i))
			}
		}
		text := strings.Join(lines, "\n")
		all, err := codeowners.ParseFile(strings.NewReader(text))
		if err != nil {
			t.Skip()
		}
		f, err := owners.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		path := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "a b", "a.b", "abc"}), 1, 4).Draw(t, "path"), "/")
		want := ""
		if r, err := all.Match(path); err == nil && r != nil {
			want = r.Owners[0].String()
		}
		if got := strings.Join(f.Of(path), " "); got != want {
			t.Fatalf("%q of\n%s\ngot %q, want %q", path, text, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("*.yml @a/b c@d.e\n[S][1] @x\n/a\\ b/**\n", "a b/c.yml")
	f.Add("/ @a\n// @b", "x")
	f.Add("^[x] @@role\n\ufeff* @\n", "x")
	f.Fuzz(func(t *testing.T, text, path string) {
		file, err := owners.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, o := range file.Of(path) {
			if o == "" || strings.ContainsAny(o, " \n") {
				t.Errorf("got the owner %q", o)
			}
		}
		for _, p := range file.Problems {
			if p.Line < 1 || p.Message == "" {
				t.Errorf("got the problem %+v", p)
			}
		}
	})
}
