package lint_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"pgregory.net/rapid"
)

// hashedTree knows how git names its files, as a revision or the index does, so
// that nothing has to be read to look into the cache.
type hashedTree struct{ repo.Overlay }

func (h hashedTree) Entries(ctx context.Context) ([]git.Entry, error) {
	entries, err := h.Overlay.Entries(ctx)
	for i, e := range entries {
		if text, ours := h.Files[e.Path]; ours {
			entries[i].Hash = git.BlobHash(text, false)
		}
	}
	return entries, err
}

// stampedTree knows the state of its files on disk, as a working tree does.
type stampedTree struct {
	repo.Overlay
	stamps map[string]string
}

func (s stampedTree) Entries(ctx context.Context) ([]git.Entry, error) {
	entries, err := s.Overlay.Entries(ctx)
	for i, e := range entries {
		entries[i].Stamp = s.stamps[e.Path]
	}
	return entries, err
}

// Read refuses a context that has ended, as the trees of a disk and of git do.
func (h hashedTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readIn(ctx, h.Overlay, path, limit)
}

func (s stampedTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readIn(ctx, s.Overlay, path, limit)
}

func readIn(ctx context.Context, o repo.Overlay, path string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return o.Read(ctx, path, limit)
}

// TestChangedSpecWithCachedPython: the spec is checked against its Python file, which has a
// result in the cache and is not read before.
func TestChangedSpecWithCachedPython(t *testing.T) {
	d, cache := &disk{}, lint.Cache{Root: t.TempDir(), Key: []byte("k"), Build: "b"}
	files := byteFiles(synth.Files{
		"rules/a.yml": "AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [Okta.SystemLog]\nSeverity: Low\nTests: [{Name: a, ExpectedResult: true, Log: {a: 1}}]\n",
		"rules/a.py":  "def rule(event):\n    return True\n",
	})
	for _, text := range []string{string(files["rules/a.yml"]), string(files["rules/a.yml"]) + "Threshold: 2\n"} {
		files["rules/a.yml"] = []byte(text)
		d.write(files)
		res, err := lint.Run(t.Context(), lint.Input{Tree: stampedTree{repo.Overlay{Files: d.files}, d.stamps}}, lint.Options{Select: []string{"PD402"}, Cache: cache})
		if err != nil || len(res.Findings) > 0 {
			t.Errorf("%v: the rule matches everything, so it needs no other test: %+v", err, res.Findings)
		}
	}
}

// disk keeps a stamp for each state of each file.
type disk struct {
	files  map[string][]byte
	stamps map[string]string
	states int
}

// write makes the files be these.
func (d *disk) write(files map[string][]byte) {
	stamps := map[string]string{}
	for p, text := range files {
		if was, is := d.files[p]; is && string(was) == string(text) && d.stamps[p] != "" {
			stamps[p] = d.stamps[p]
			continue
		}
		d.states++
		stamps[p] = fmt.Sprint(d.states)
	}
	d.files, d.stamps = maps.Clone(files), stamps
}

// edits are what may happen to a file: most make findings come and go.
var edits = []func(string) string{
	func(s string) string { return strings.Replace(s, "Severity: High", "Severity: high", 1) },
	func(s string) string { return strings.Replace(s, "Severity: high", "Severity: High", 1) },
	func(s string) string { return strings.Replace(s, "def rule(event):", "def rule(event)", 1) },
	func(s string) string { return strings.Replace(s, "def rule(event)\n", "def rule(event):\n", 1) },
	func(s string) string { return strings.Replace(s, "Enabled:", "Enabeld:", 1) },
	func(s string) string { return "# pdac:ignore PD107 -- so\n" + s },
	func(s string) string { return strings.TrimPrefix(s, "# pdac:ignore PD107 -- so\n") },
	func(s string) string { return s + "\n# more\n" },
	func(s string) string { return s[:len(s)/2] },
	func(s string) string { return "" },
	func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	func(s string) string { return strings.Replace(s, "RuleID: ", "RuleID: x", 1) },
	func(s string) string { return strings.Replace(s, "Filename: ", "Filename: x", 1) },
	func(s string) string { return s + "\u200b" },
}

func sorted(m map[string][]byte) []string { return slices.Sorted(maps.Keys(m)) }

func changeFiles(t *rapid.T, files map[string][]byte) {
	for range rapid.IntRange(0, 3).Draw(t, "edits") {
		paths := sorted(files)
		p := rapid.SampledFrom(paths).Draw(t, "path")
		switch rapid.IntRange(0, 9).Draw(t, "kind of edit") {
		case 0:
			delete(files, p)
		case 1:
			files[strings.TrimSuffix(p, filepath.Ext(p))+"_copy"+filepath.Ext(p)] = files[p]
		case 2:
			q := rapid.SampledFrom(paths).Draw(t, "other")
			files[p], files[q] = files[q], files[p]
			if files[p] == nil {
				delete(files, p)
			}
			if files[q] == nil {
				delete(files, q)
			}
		default:
			files[p] = []byte(rapid.SampledFrom(edits).Draw(t, "edit")(string(files[p])))
		}
		if len(files) == 0 {
			files["rules/a.yml"] = []byte("AnalysisType: rule\n")
		}
	}
}

func byteFiles(f synth.Files) map[string][]byte {
	out := map[string][]byte{}
	for p, s := range f {
		out[p] = []byte(s)
	}
	return out
}

var everything = cmp.Options{
	cmpopts.IgnoreUnexported(lint.Result{}), cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b lint.Rule) bool { return a.ID == b.ID }),
}

// TestCacheIsNeverWrong: over random edits, other settings, and damage to what is
// kept, a run with the cache gives what a run without it does.
func TestCacheIsNeverWrong(t *testing.T) {
	base := byteFiles(synth.Repo(30, 1))
	base["deprecated.txt"] = []byte("Acme.Retired\n") // a text that a rule over the whole repository reads
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "pdac-cache")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		files := maps.Clone(base)
		var before map[string][]byte
		var on disk
		on.write(files)
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			changeFiles(t, files)
			listed := on.stamps // some files change after the tree was listed
			racing := rapid.Bool().Draw(t, "changed while it runs")
			if on.write(files); !racing {
				listed = on.stamps
			}
			sel := rapid.SampledFrom([]string{"all", "default", "PD1", "PD301"}).Draw(t, "select")
			o := lint.Options{Select: []string{sel}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
			in := lint.Input{Tree: repo.Overlay{Files: maps.Clone(files)}}
			switch rapid.IntRange(0, 2).Draw(t, "what the tree knows") {
			case 1:
				in.Tree, racing = hashedTree{repo.Overlay{Files: maps.Clone(files)}}, false
			case 2:
				in.Tree = stampedTree{repo.Overlay{Files: maps.Clone(files)}, listed}
			default:
				racing = false
			}
			if before != nil && rapid.Bool().Draw(t, "compared") {
				in.Before = hashedTree{repo.Overlay{Files: before}}
			}
			want, err := lint.Run(t.Context(), in, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Cache = lint.Cache{Root: dir, Build: "test", Key: []byte(rapid.SampledFrom([]string{"k", "k", "k", "other"}).Draw(t, "key"))}
			got, err := lint.Run(t.Context(), in, o)
			if err != nil {
				t.Fatal(err)
			}
			// A run sees a file as it was or as it is; later runs must see it as it is.
			if diff := cmp.Diff(want, got, everything); diff != "" && !racing {
				t.Fatalf("with the cache it is not the same (-without +with):\n%s", diff)
			}
			damageCache(t, dir)
			before = maps.Clone(files)
		}
	})
}

func damageCache(t *rapid.T, dir string) {
	paths, err := filepath.Glob(filepath.Join(dir, ".pdac", "cache", "lint-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		switch damage := rapid.IntRange(0, 9).Draw(t, "damage"); {
		case damage == 0 && len(text) > 0:
			text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case damage == 1:
			text = text[:rapid.IntRange(0, len(text)).Draw(t, "cut")]
		case damage == 2:
			os.Remove(p)
			continue
		case damage == 3:
			// What belongs to other settings, under this name.
			q := rapid.SampledFrom(paths).Draw(t, "from")
			if other, err := os.ReadFile(q); err == nil {
				text = other
			}
		default:
			continue
		}
		if err := os.WriteFile(p, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCacheIsUsed makes sure that the property above is about something: a second
// run reads no file whose content the tree can name.
func TestCacheIsUsed(t *testing.T) {
	files := byteFiles(synth.Repo(50, 2))
	o := lint.Options{Select: []string{"PD1", "PD301"}, Cache: lint.Cache{Root: t.TempDir(), Build: "test", Key: []byte("test")}}
	counted := &countingTree{Tree: hashedTree{repo.Overlay{Files: files}}}
	for i, want := range []bool{true, false} {
		counted.reads = map[string]int{}
		if _, err := lint.Run(t.Context(), lint.Input{Tree: counted}, o); err != nil {
			t.Fatal(err)
		}
		if (len(counted.reads) > 0) != want {
			t.Errorf("run %d reads %d files", i+1, len(counted.reads))
		}
	}
	// One file that changes is the only one that is looked at.
	for p := range files {
		if strings.HasSuffix(p, ".py") {
			files[p] = append(files[p], "# more\n"...)
			counted.reads = map[string]int{}
			if _, err := lint.Run(t.Context(), lint.Input{Tree: counted}, o); err != nil {
				t.Fatal(err)
			}
			if n := len(counted.reads); n == 0 || n > 2 { // itself, and the spec that names it
				t.Errorf("with %s changed, %d files are read", p, n)
			}
			break
		}
	}
	// A file on disk is read again only if its state changes.
	var on disk
	on.write(files)
	for i, want := range []bool{true, false} {
		counted := &countingTree{Tree: stampedTree{repo.Overlay{Files: files}, on.stamps}, reads: map[string]int{}}
		if _, err := lint.Run(t.Context(), lint.Input{Tree: counted}, o); err != nil {
			t.Fatal(err)
		}
		if (len(counted.reads) > 0) != want {
			t.Errorf("run %d over files on disk reads %d files", i+1, len(counted.reads))
		}
	}
	name, err := filepath.Glob(filepath.Join(o.Cache.Root, ".pdac", "cache", "lint-*"))
	if err != nil || len(name) != 1 {
		t.Fatalf("the caches are %v (%v)", name, err)
	}
	was, err := os.Stat(name[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lint.Run(t.Context(), lint.Input{Tree: stampedTree{repo.Overlay{Files: files}, on.stamps}}, o); err != nil {
		t.Fatal(err)
	}
	if is, err := os.Stat(name[0]); err != nil || !os.SameFile(was, is) {
		t.Errorf("a run that finds nothing new replaces the cache (%v)", err)
	}
	// What other settings left goes in time.
	for i := range 20 {
		o.Cache.Build = fmt.Sprint("build ", i)
		if _, err := lint.Run(t.Context(), lint.Input{Tree: counted}, o); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(o.Cache.Root, ".pdac", "cache", "lint-*"))
	if err != nil || len(left) > 6 {
		t.Errorf("%d caches are left (%v)", len(left), err)
	}
	if ignore, err := os.ReadFile(filepath.Join(o.Cache.Root, ".pdac", ".gitignore")); err != nil || string(ignore) != "*\n" {
		t.Errorf("git does not ignore the cache: %q %v", ignore, err)
	}
}

type countingTree struct {
	repo.Tree
	mu    sync.Mutex
	reads map[string]int
}

func (c *countingTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	c.mu.Lock()
	c.reads[path]++
	c.mu.Unlock()
	return c.Tree.Read(ctx, path, limit)
}
