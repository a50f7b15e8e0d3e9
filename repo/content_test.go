package repo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

func packSpec(id string) string { return "AnalysisType: pack\nPackID: " + id + "\n" }

// idsOf lists the ids of a repository's items, sorted.
func idsOf(r *repo.Repo) string {
	var out []string
	for _, it := range r.Items {
		out = append(out, it.ID)
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

func TestWhatCountsAsContent(t *testing.T) {
	files := synth.Files{
		"rules/a.yml": packSpec("a"), "my_rules_2/b.yml": packSpec("b"), "correlation_rules/c.yml": packSpec("c"), "templates/d.yml": packSpec("d"),
		"packs/deep/er/e.yaml": packSpec("e"), "f.yml": packSpec("f"), "lookup_tables/g.YML": packSpec("g"), "other/rules/h.yml": packSpec("h"),
		"a/b/aws_policies/c/i.yml": packSpec("i"), "archive/j.yml": packSpec("j"), "rules/vendor/k.yml": packSpec("k"),
		"tests/fixtures/rules/l.yml": packSpec("l"), "vendor/panther/rules/m.yml": packSpec("m"), "rules/node_modules/x/n.yml": packSpec("n"),
		"env/pyvenv.cfg": "", "env/lib/site/rules/o.yml": packSpec("o"), "lib/site-packages/queries/p.yml": packSpec("p"),
		"templates/rules/q.yml": packSpec("q"), "contest/queries/r.yml": packSpec("r"),
	}
	for _, tc := range []struct {
		name    string
		o       repo.Options
		want    string
		skipped string
	}{
		{"default", repo.Options{}, "abcefghikr", "djlmnopq"},
		{"include", repo.Options{Include: []string{"templates/d.yml", "archive/**"}}, "abcdefghijkr", "lmnopq"},
		{"include all", repo.Options{Include: []string{"."}}, "abcdefghijklmnopqr", ""},
		{"only", repo.Options{Only: []string{"templates", "other/**"}}, "dhq", "abcefgijklmnopr"},
		{"exclude", repo.Options{Exclude: []string{"rules", "packs/**/e.yaml"}}, "bcfghir", "adejklmnopq"},
		{"only and exclude", repo.Options{Only: []string{"**"}, Exclude: []string{"rules"}}, "bcdefghijlmopqr", "akn"},
		{"a file", repo.Options{Only: []string{"f.yml"}}, "f", "abcdeghijklmnopqr"},
		{"named", repo.Options{Named: []string{"archive/j.yml", "rules/a.yml"}, Exclude: []string{"rules"}}, "abcefghijr", "dklmnopq"},
	} {
		r := load(t, files, tc.o)
		if got := idsOf(r); got != tc.want {
			t.Errorf("%s: loaded %q, want %q", tc.name, got, tc.want)
		}
		var skipped []string
		for _, s := range r.Skipped {
			skipped = append(skipped, s.ID)
		}
		slices.Sort(skipped)
		if got := strings.Join(skipped, ""); got != tc.skipped {
			t.Errorf("%s: skipped %q, want %q", tc.name, got, tc.skipped)
		}
	}
}

func TestWhatIsSkippedIsReported(t *testing.T) {
	files := synth.Files{
		"rules/a.yml": packSpec("a"), "archive/b.yml": packSpec("b"), "archive/c.yml": packSpec("c"), "x/d.yml": packSpec("d"), "y/e.yml": packSpec("e"),
		"templates/f.yml": packSpec("f"), "rules/old/g.yml": packSpec("g"), "archive/plain.yml": "name: x\n",
	}
	for _, tc := range []struct {
		o    repo.Options
		want []string
	}{
		{repo.Options{Exclude: []string{"rules/old"}}, []string{
			"info: 4 specs are outside the folders that count as content: archive/b.yml, archive/c.yml, x/d.yml and 1 more; to take them in, name them in content.include of pdac.yaml",
			"info: 1 spec is in folders for templates, test data or other projects: templates/f.yml; to take it in, name it in content.include of pdac.yaml",
			"info: 1 spec is excluded by content.exclude: rules/old/g.yml; to take it in, remove it from content.exclude of pdac.yaml",
		}},
		{repo.Options{Only: []string{"x", "y", "rules"}}, []string{
			"info: 3 specs are not in content.only: archive/b.yml, archive/c.yml, templates/f.yml; to take them in, name them in content.only of pdac.yaml",
		}},
		{repo.Options{Include: []string{"**", "rulse/**"}, Exclude: []string{"nothing"}}, []string{
			`error: content.include: "rulse/**" matches no file; correct it in pdac.yaml, or remove it`,
			`warning: content.exclude: "nothing" matches no file; correct it in pdac.yaml, or remove it`,
		}},
	} {
		if got := said(load(t, files, tc.o)); !slices.Equal(got, tc.want) {
			t.Errorf("%+v:\n%s", tc.o, strings.Join(got, "\n"))
		}
	}
}

// TestIncludeThatRestrictsNothing: content.include adds to the default folders.
func TestIncludeThatRestrictsNothing(t *testing.T) {
	files := synth.Files{
		"rules/a.yml": packSpec("a"), "rules/okta_rules/b.yml": packSpec("b"), "policies/c.yml": packSpec("c"), "extra/d.yml": packSpec("d"),
		"rules/vendor/e.yml": packSpec("e"), "templates/rules/f.yml": packSpec("f"), "queries/q.py": "", "g.yml": packSpec("g"),
	}
	const says = `warning: content.include: %s adds nothing to the default folders, and others such as %s are content too; to read nothing else, use content.only, otherwise remove it`
	for _, tc := range []struct {
		o    repo.Options
		want string
	}{
		{repo.Options{Include: []string{"rules/**"}}, fmt.Sprintf(says, `"rules/**"`, "policies")},
		{repo.Options{Include: []string{"rules/okta_rules", "policies"}}, fmt.Sprintf(says, `"rules/okta_rules", "policies"`, "rules")},
		{repo.Options{Include: []string{"rules/**", "extra"}}, fmt.Sprintf(says, `"rules/**"`, "policies")},
		{repo.Options{Include: []string{"extra"}}, ""},
		{repo.Options{Include: []string{"**"}}, ""},
		{repo.Options{Include: []string{"templates"}}, ""},
		{repo.Options{Include: []string{"queries/**", "extra"}}, ""},
		{repo.Options{Include: []string{"rules/**"}, Exclude: []string{"policies"}}, ""},
		{repo.Options{Include: []string{"rules/**", "policies/**"}}, ""},
	} {
		var got []string
		for _, d := range said(load(t, files, tc.o)) {
			if strings.HasPrefix(d, "warning: ") {
				got = append(got, d)
			}
		}
		if strings.Join(got, "\n") != tc.want {
			t.Errorf("%+v:\n got %q\nwant %q", tc.o, got, tc.want)
		}
	}
}

func TestARepositoryWithoutContentFoldersIsReadWhole(t *testing.T) {
	files := synth.Files{"a/x.yml": packSpec("a"), "y.yml": packSpec("b"), "templates/z.yml": packSpec("c"), "templates/rules/notes.md": ""}
	if got := idsOf(load(t, files, repo.Options{})); got != "ab" {
		t.Errorf("loaded %q", got)
	}
	files["queries/q.yml"] = packSpec("q")
	r := load(t, files, repo.Options{})
	if got := idsOf(r); got != "bq" || !strings.Contains(strings.Join(said(r), "\n"), "1 spec is outside the folders that count as content: a/x.yml") {
		t.Errorf("loaded %q and said %v", got, said(r))
	}
}

func TestPatternsOfContentAreChecked(t *testing.T) {
	for want, o := range map[string]repo.Options{
		`content.include: the pattern "[a" is not valid`:                  {Include: []string{"[a"}},
		`content.only: the pattern "../x" points outside the repository`:  {Only: []string{"../x"}},
		`content.exclude: the pattern "/x" points outside the repository`: {Exclude: []string{"/x"}},
	} {
		if _, err := repo.Load(t.Context(), synth.Files{}, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestASkippedSpecThatIsBrokenIsKnownByItsLines(t *testing.T) {
	r := load(t, synth.Files{
		"rules/a.yml":   packSpec("a"),
		"archive/b.yml": "AnalysisType: scheduled_rule\r\nRuleID: 'B.B' # old\nTags: [\n",
		"archive/c.yml": "AnalysisType: {{ type }}\nRuleID: {{ id }}\n",
		"archive/d.yml": "# AnalysisType: rule\nx: [\n",
	}, repo.Options{})
	var got []string
	for _, s := range r.Skipped {
		got = append(got, fmt.Sprintf("%s %s %s", s.Path, s.Kind, s.ID))
	}
	if want := []string{"archive/b.yml scheduled_rule B.B", "archive/c.yml  "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLinkedFoldersAreReported(t *testing.T) {
	dir := t.TempDir()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(synth.Files{"content/rules/a.yml": packSpec("a"), "env/pyvenv.cfg": "", "templates/x.yml": packSpec("x")}.Write(dir))
	for _, link := range []string{"more_rules", "detections", "env/lib64", "templates/more"} {
		check(os.Symlink(filepath.Join(dir, "content"), filepath.Join(dir, link)))
	}
	tree, err := repo.OpenWorktree(t.Context(), dir)
	check(err)
	defer tree.Close()
	r, err := repo.Load(t.Context(), tree, repo.Options{})
	check(err)
	var got []string
	for _, d := range r.Diagnostics {
		if d.Path != "" {
			got = append(got, fmt.Sprintf("%s %s", d.Severity, d.Path))
		}
	}
	if want := []string{"info detections", "warning more_rules"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := []string{"more_rules"}; !slices.Equal(r.Unread, want) {
		t.Errorf("unread: %q", r.Unread)
	}
	entries, err := tree.Entries(t.Context())
	check(err)
	c, err := repo.FindContent(t.Context(), tree, entries, repo.Options{})
	check(err)
	if len(c.Notes) != 2 {
		t.Errorf("for lint: %v", c.Notes)
	}
}

func TestPythonWithoutSpecsIsAnotherProgram(t *testing.T) {
	files := synth.Files{
		"setup.py": "", "rules/lib/a.py": "", "app/rules/engine.py": "", "detections/okta_rules/b.yml": packSpec("b"), "detections/okta_rules/lib/b.py": "",
		"tests/rules/c.py": "", "venv/lib/site-packages/x/queries/d.py": "", "archive/e.yml": "AnalysisType: global\nGlobalID: e\nFilename: e.py\n", "archive/e.py": "",
	}
	find := func(named ...string) (specs, python string) {
		entries, err := files.Entries(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, err := repo.FindContent(t.Context(), files, entries, repo.Options{Named: named})
		if err != nil {
			t.Fatal(err)
		}
		paths := func(es []repo.Entry) string {
			var out []string
			for _, e := range es {
				out = append(out, e.Path)
			}
			return strings.Join(out, " ")
		}
		return paths(c.Specs), paths(c.Python)
	}
	if _, got := find(); got != "detections/okta_rules/lib/b.py rules/lib/a.py" {
		t.Errorf("%q", got)
	}
	named := files
	// In a repository without content folders, Python next to specs counts.
	files = synth.Files{"detections/okta/b.yml": packSpec("b"), "detections/okta/b.py": "", "detections/lib/x.py": "", "scripts/deploy.py": "", "manage.py": "", "c.yml": packSpec("c")}
	if _, got := find(); got != "detections/okta/b.py" {
		t.Errorf("read as a whole: %q", got)
	}
	files = named
	// A person who names the Python file of a skipped spec means both.
	if got, _ := find("archive/e.py", "setup.py"); got != "archive/e.yml detections/okta_rules/b.yml" {
		t.Errorf("named: %q", got)
	}
}

// Every spec of a tree is an item, or skipped with its reason; nothing vanishes.
func TestPropertyNoSpecVanishes(t *testing.T) {
	names := []string{"rules", "aws_rules", "policies", "detections", "templates", "tests", "node_modules", "vendor", "archive", "packs", "site-packages", "x"}
	patterns := []string{"rules", "**/archive", "detections/**", "**/*.yaml", "x/*", "templates", "**/rules/**"}
	rapid.Check(t, func(rt *rapid.T) {
		files := synth.Files{}
		specs := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(rt, "files") {
			parts := rapid.SliceOfN(rapid.SampledFrom(names), 0, 4).Draw(rt, "folders")
			name := rapid.SampledFrom([]string{"a.yml", "b.yaml", "c.YML", "d.py"}).Draw(rt, "name")
			file := strings.Join(append(parts, name), "/")
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				files[file] = "name: x\n"
			case 1:
				files[file] = `{"AnalysisType": "pack", "PackID": "` + file + `"}`
			default:
				files[file] = packSpec(fmt.Sprintf("%q", file))
			}
			delete(specs, file)
			if name != "d.py" && files[file] != "name: x\n" {
				specs[file] = true
			}
		}
		some := func(key string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(patterns), 0, 2, rapid.ID[string]).Draw(rt, key)
		}
		o := repo.Options{Exclude: some("exclude")}
		if rapid.Bool().Draw(rt, "replaces the defaults") {
			o.Only = some("only")
		} else {
			o.Include = some("include")
		}
		r, err := repo.Load(context.Background(), files, o)
		if err != nil {
			rt.Fatal(err)
		}
		seen := map[string]int{}
		for _, it := range r.Items {
			seen[it.Path]++
		}
		counted := 0
		for _, s := range r.Skipped {
			seen[s.Path]++
			if s.Reason == "" || s.Setting != s.Reason.Setting() {
				rt.Errorf("%s is skipped without a reason", s.Path)
			}
			counted++
		}
		for p := range specs {
			if seen[p] != 1 {
				rt.Errorf("%s is listed %d times", p, seen[p])
			}
		}
		if len(seen) != len(specs) {
			rt.Errorf("%d specs are listed, want %d", len(seen), len(specs))
		}
		said := 0
		for _, d := range repo.SkippedNotes(r.Skipped) {
			var n int
			if _, err := fmt.Sscanf(d.Message, "%d", &n); err != nil {
				rt.Error(err)
			}
			said += n
		}
		if said != counted {
			rt.Errorf("the notes count %d specs, want %d", said, counted)
		}
		// The linter and the formatter choose the same files.
		entries, err := files.Entries(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		c, err := repo.FindContent(context.Background(), files, entries, o)
		if err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(c.Skipped, r.Skipped) {
			rt.Errorf("lint skips %v, plan %v", c.Skipped, r.Skipped)
		}
		// More patterns in include take nothing out.
		if len(o.Only) == 0 && len(o.Include) > 0 {
			o.Include = append(slices.Clone(o.Include), "**")
			more, err := repo.Load(context.Background(), files, o)
			if err != nil {
				rt.Fatal(err)
			}
			if len(more.Items) < len(r.Items) {
				rt.Errorf("include takes specs out")
			}
		}
	})
}

func TestFilesOfOtherProgramsAtTheRootAreNoChange(t *testing.T) {
	gittest.Need(t)
	dir := t.TempDir()
	write := func(files synth.Files) {
		if err := files.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	write(synth.Files{"a.yml": packSpec("a"), "pdac.yaml": "version: 1\n"})
	gittest.Run(t, dir, "init", "-q", "-b", "main")
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "all")
	uncommitted := func() string {
		tree, err := repo.OpenWorktree(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		r, err := repo.Load(t.Context(), tree, repo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(r.Uncommitted, " ")
	}
	write(synth.Files{"pdac.yaml": "version: 1\n\n", "compose.yml": "services: {}\n"})
	if got := uncommitted(); got != "" {
		t.Errorf("uncommitted: %s", got)
	}
	write(synth.Files{"a.yml": packSpec("b")})
	if got := uncommitted(); got != "a.yml" {
		t.Errorf("uncommitted: %s", got)
	}
}
