package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pdac-dev/pdac"

// floors lists every package by its floor, from the ground up. A package imports
// only packages of the floors below its own. ARCHITECTURE.md says what is in each.
var floors = [][]string{
	{"docs/workflows", "internal/atomicfile", "internal/attack", "internal/glob", "internal/house", "internal/lazyregexp", "internal/owners", "internal/python", "internal/readfile", "internal/sqllex", "internal/suggest", "internal/textdiff", "internal/verdict", "internal/yamlcore"},
	{"diff/behaviour", "internal/cachefile", "internal/correlation", "internal/detection", "internal/filewatch", "internal/git", "internal/lookalike", "internal/pat", "internal/pychange", "internal/pymutate", "internal/pyrun", "internal/yamledit", "internal/yamlgen", "panther", "schemas"},
	{"diff", "internal/forge", "internal/forge/forgetest", "internal/git/gittest", "internal/schemacheck", "internal/synth", "panther/sandbox", "repo", "sync/record"},
	{"internal/starter", "lint/coverage", "repo/config", "sync"},
	{"internal/setup", "lint", "lint/unittest", "sync/deploy"},
	{"cmd/pdac/full", "cmd/pdac/report"},
	{"cmd/pdac", "internal/history", "internal/newrule"},
}

// rootFolders are the only folders of the repository's root.
var rootFolders = []string{".ci", ".github", "cmd", "diff", "docs", "internal", "lint", "panther", "repo", "schemas", "sync", "testdata"}

const root = "../.."

// TestImportsGoDown checks that every import within the module, tests aside,
// leads to a lower floor.
func TestImportsGoDown(t *testing.T) {
	floor := map[string]int{}
	for i, names := range floors {
		for _, n := range names {
			floor[n] = i
		}
	}
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		pkg := path.Dir(file)
		seen[pkg] = true
		own, ok := floor[pkg]
		if !ok {
			t.Errorf("%s is on no floor; add it to floors in internal/house/floors_test.go and to ARCHITECTURE.md", pkg)
			floor[pkg] = len(floors)
			continue
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if to, ok := strings.CutPrefix(name, module+"/"); ok && floor[to] >= own {
				t.Errorf("%s (floor %d) imports %s (floor %d), which is not below it", file, own, to, floor[to])
			}
		}
	}
	for _, names := range floors {
		for _, n := range names {
			if !seen[n] {
				t.Errorf("%s is on a floor and does not exist", n)
			}
		}
	}
}

// TestArchitectureNamesEveryPackage keeps the page complete.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range floors {
		for _, n := range names {
			if !strings.Contains(string(page), "`"+n+"`") {
				t.Errorf("ARCHITECTURE.md does not name `%s`", n)
			}
		}
	}
}

// TestRootFolders keeps the root to what the toolkit shows.
func TestRootFolders(t *testing.T) {
	found := map[string]bool{}
	for _, file := range files(t) {
		if dir, _, ok := strings.Cut(file, "/"); ok {
			found[dir] = true
		}
	}
	for dir := range found {
		if !slices.Contains(rootFolders, dir) {
			t.Errorf("the folder %s is in the root; put it below one of %v", dir, rootFolders)
		}
	}
	for _, dir := range rootFolders {
		if !found[dir] {
			t.Errorf("the root has no folder %s", dir)
		}
	}
}

// files lists the files of the repository as slash paths from its root: those that
// git knows or would add.
func files(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err == nil {
		var all []string
		for _, f := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
			// A file that was deleted and is not committed yet is still in the index.
			if _, err := os.Lstat(filepath.Join(root, f)); err == nil {
				all = append(all, f)
			}
		}
		return all
	}
	// A source archive has no git, and no files that it would ignore.
	var all []string
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// goFiles lists the Go files of the module's packages.
func goFiles(t *testing.T) []string {
	return slices.DeleteFunc(files(t), func(f string) bool {
		return !strings.HasSuffix(f, ".go") || strings.Contains("/"+f, "/testdata/")
	})
}
