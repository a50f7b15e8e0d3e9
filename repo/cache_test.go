package repo_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

// named are files whose content has a name that is known beforehand, as in git.
type named struct {
	synth.Files
	// links stand for other files.
	links map[string]string
	reads *atomic.Int64
}

func (n named) Entries(ctx context.Context) ([]git.Entry, error) {
	entries, err := n.Files.Entries(ctx)
	for i, e := range entries {
		entries[i].Size, entries[i].Hash = -1, git.BlobHash([]byte(n.Files[e.Path]), false)
	}
	for from, to := range n.links {
		entries = append(entries, git.Entry{Path: from, Size: -1, Link: true, Hash: git.BlobHash([]byte(to), false)})
	}
	slices.SortFunc(entries, func(a, b git.Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, err
}

func (n named) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	n.reads.Add(1)
	if to, ok := n.links[path]; ok {
		path = to
	}
	return n.Files.Read(ctx, path, limit)
}

// faulty makes one file wrong or odd in some way.
var faulty = map[string]func(string) string{
	"changed":       func(s string) string { return s + "# more\n" },
	"cut off":       func(s string) string { return s[:len(s)/2] },
	"CRLF":          func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"mark":          func(s string) string { return "\ufeff" + s },
	"NUL":           func(s string) string { return s + "\x00" },
	"not UTF-8":     func(s string) string { return s + "\xff" },
	"nothing":       func(string) string { return "" },
	"blank":         func(string) string { return " \n" },
	"same id":       func(string) string { return rule },
	"excluded":      func(s string) string { return s + "Status: Deprecated\n" },
	"twice":         func(s string) string { return s + "Enabled: true\nEnabled: true\n" },
	"large":         func(s string) string { return s + strings.Repeat("# long\n", 1000) },
	"two documents": func(s string) string { return s + "---\na: b\n" },
}

// With a cache, in which other states of the files were loaded before, every load
// gives what it gives without.
func TestCacheChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cache := repo.NewCache()
		f := synth.Repo(rapid.IntRange(3, 12).Draw(t, "items"), 1)
		f["rules/a.py"] = "def rule(e):\n    return True\n"
		links := map[string]string{}
		for range rapid.IntRange(2, 5).Draw(t, "states") {
			paths := []string{}
			for p := range f {
				paths = append(paths, p)
			}
			if len(paths) == 0 {
				return
			}
			slices.Sort(paths)
			path := rapid.SampledFrom(paths)
			f = f.Clone()
			for range rapid.IntRange(0, 3).Draw(t, "edits") {
				p := path.Draw(t, "path")
				switch what := rapid.SampledFrom([]string{"edit", "edit", "edit", "remove", "copy", "link"}).Draw(t, "what"); what {
				case "edit":
					ways := []string{}
					for way := range faulty {
						ways = append(ways, way)
					}
					slices.Sort(ways)
					f[p] = faulty[rapid.SampledFrom(ways).Draw(t, "way")](f[p])
				case "remove":
					delete(f, p)
				case "copy":
					f[path.Draw(t, "to")] = f[p]
				case "link":
					if to := path.Draw(t, "target"); f[to] != "" && to != p {
						delete(f, p)
						links[p] = to
					}
				}
			}
			for p, to := range links {
				if f[p] != "" || f[to] == "" {
					delete(links, p)
				}
			}
			o := repo.Options{ExcludeStatus: []string{"Deprecated"}, MaxFileBytes: rapid.SampledFrom([]int64{0, 2000}).Draw(t, "limit"), MaxTotalBytes: rapid.SampledFrom([]int64{0, 0, 8000}).Draw(t, "total"), Workers: 1}
			var tr repo.Tree = named{f, links, &atomic.Int64{}}
			if len(links) == 0 && rapid.Bool().Draw(t, "without names") {
				tr = f
			}
			want, err := repo.Load(context.Background(), tr, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Cache = cache
			got, err := repo.Load(context.Background(), tr, o)
			if err != nil {
				t.Fatal(err)
			}
			// cmp is thorough and slow, so it only explains.
			if !reflect.DeepEqual(want, got) {
				t.Errorf("without a cache (-) and with one (+):\n%s", cmp.Diff(want, got))
			}
			if !reflect.DeepEqual(entities(want), entities(got)) {
				t.Errorf("entities without a cache (-) and with one (+):\n%s", cmp.Diff(entities(want), entities(got)))
			}
		}
	})
}

func entities(r *repo.Repo) (out []repo.Decoded) {
	for _, it := range r.Items {
		if it.Deployable() {
			out = append(out, it.Entity())
		}
	}
	return out
}

// What is known by name isn't read again, and items of the same content say so.
func TestCacheSparesReading(t *testing.T) {
	f := synth.Repo(50, 1)
	o := repo.Options{Cache: repo.NewCache()}
	first := load(t, f, o)
	changed := f.Clone()
	spec, body := "policies/policy_00010.yml", "policies/policy_00020.py"
	changed[spec] += "# changed\n"
	changed[body] += "# changed\n"
	var reads atomic.Int64
	second, err := repo.Load(t.Context(), named{changed, nil, &reads}, o)
	if err != nil {
		t.Fatal(err)
	}
	if n := reads.Load(); n != 2 {
		t.Errorf("%d files were read, want the 2 that changed", n)
	}
	for i, it := range second.Items {
		same := it.Path != spec && it.BodyPath != body
		if got := it.SameContent(first.Items[i]); got != same {
			t.Errorf("%s is the same: %v, want %v", it.Path, got, same)
		}
		if it == first.Items[i] {
			t.Errorf("%s is one item in two loads", it.Path)
		}
	}
	if alone := load(t, f, repo.Options{}); alone.Items[0].SameContent(first.Items[0]) {
		t.Error("items of loads without a common cache can't know that they are the same")
	}
}

// Loads that run at the same time may share a cache.
func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	f := synth.Repo(60, 1)
	want := load(t, f, repo.Options{})
	o := repo.Options{Cache: repo.NewCache()}
	var wg sync.WaitGroup
	loaded := make([]*repo.Repo, 4)
	for i := range loaded {
		wg.Go(func() {
			var err error
			if loaded[i], err = repo.Load(context.Background(), named{f, nil, &atomic.Int64{}}, o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range loaded {
		if !reflect.DeepEqual(want, r) {
			t.Errorf("want (-), got (+):\n%s", cmp.Diff(want, r))
		}
		for i := range r.Items {
			if !r.Items[i].SameContent(loaded[0].Items[i]) {
				t.Errorf("%s was kept twice", r.Items[i].Path)
			}
		}
	}
}

// A link has the name of what it says, which is no name of what it stands for.
func TestCacheDoesNotTakeLinksForFiles(t *testing.T) {
	o := repo.Options{Cache: repo.NewCache()}
	f := synth.Files{"rules/a.yml": rule, "rules/a.py": "b.py", "rules/b.py": "def rule(e):\n    return True\n"}
	load(t, f, o)
	delete(f, "rules/a.py")
	r, err := repo.Load(t.Context(), named{f, map[string]string{"rules/a.py": "rules/b.py"}, &atomic.Int64{}}, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Items[0].Body; got != f["rules/b.py"] {
		t.Errorf("the body is %q", got)
	}
	f["rules/a.py"] = "rules/b.py"
	load(t, f, o)
	delete(f, "rules/a.py")
	if r, err = repo.Load(t.Context(), named{f, map[string]string{"rules/a.py": "rules/b.py"}, &atomic.Int64{}}, o); err != nil {
		t.Fatal(err)
	}
	if got := r.Items[0].Body; got != f["rules/b.py"] {
		t.Errorf("the body is %q", got)
	}
}

// committed is a working tree with a last commit.
type committed struct {
	synth.Files
	head   synth.Files
	sha256 bool
}

func (c committed) SHA256() bool { return c.sha256 }

func (c committed) HeadHashes(context.Context) (map[string]string, string, error) {
	out := map[string]string{}
	for p, text := range c.head {
		out[p] = git.BlobHash([]byte(text), c.sha256)
	}
	return out, "c0ffee", nil
}

func TestUncommitted(t *testing.T) {
	head := synth.Files{
		"rules/a.yml": rule, "rules/a.py": "def rule(e):\n    return True\n", "rules/gone.yml": "AnalysisType: policy\nPolicyID: B\nFilename: a.py\n",
		"rules/ends.yml": "AnalysisType: global\nGlobalID: C\nFilename: a.py\n", "docs/gone.yml": "a: b\n", "README.md": "read\n",
	}
	now := head.Clone()
	now["rules/ends.yml"] = strings.ReplaceAll(now["rules/ends.yml"], "\n", "\r\n")
	for _, sha256 := range []bool{false, true} {
		for _, cache := range []*repo.Cache{nil, repo.NewCache()} {
			uncommitted := func(now synth.Files) []string {
				r, err := repo.Load(t.Context(), committed{now, head, sha256}, repo.Options{Cache: cache})
				if err != nil {
					t.Fatal(err)
				}
				if r.Revision.Dirty != (len(r.Uncommitted) > 0) {
					t.Errorf("dirty is %v, with %v", r.Revision.Dirty, r.Uncommitted)
				}
				return r.Uncommitted
			}
			if got := uncommitted(now); len(got) != 0 {
				t.Errorf("nothing but line ends changed, and %v are said to be uncommitted", got)
			}
			dirty := now.Clone()
			delete(dirty, "rules/gone.yml")
			delete(dirty, "docs/gone.yml")
			dirty["rules/a.py"] += "# more\n"
			dirty["rules/new.yml"] = "AnalysisType: global\nGlobalID: D\nFilename: a.py\n"
			dirty["README.md"] = "other\n"
			for range 2 {
				if d := cmp.Diff([]string{"rules/a.py", "rules/gone.yml", "rules/new.yml"}, uncommitted(dirty)); d != "" {
					t.Errorf("SHA-256 %v, cache %v (-want +got):\n%s", sha256, cache != nil, d)
				}
			}
		}
	}
}
