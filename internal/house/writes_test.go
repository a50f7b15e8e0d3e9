package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// writing are the functions that write, create or delete by a path, which leads
// wherever links lead, by package. All other files are written through an os.Root.
var writing = map[string][]string{
	"os": {
		"Chmod", "Chown", "Chtimes", "CopyFS", "Create", "CreateTemp", "Lchown", "Link", "Mkdir", "MkdirAll", "MkdirTemp", "OpenFile",
		"Remove", "RemoveAll", "Rename", "Symlink", "Truncate", "WriteFile",
	},
	"io/ioutil":            {"TempDir", "TempFile", "WriteFile"},
	"syscall":              {"Link", "Mkdir", "Open", "Rename", "Rmdir", "Symlink", "Truncate", "Unlink"},
	"go.etcd.io/bbolt":     {"Open"},
	module + "/" + careful: {"Write", "WriteIn"},
}

const careful = "internal/atomicfile"

// mayWrite lists the packages and files that call some of them, and why. What they
// write is named by a person, or is not in a repository.
var mayWrite = map[string]struct {
	calls []string
	why   string
}{
	"internal/atomicfile/atomicfile.go": {[]string{"os.OpenFile"}, "a pipe or a device that a person named"},
	"internal/readfile/readfile.go":     {[]string{"os.OpenFile"}, "opens files to read them, without waiting for a pipe"},
	"internal/git/write.go":             {[]string{"os.MkdirAll", "os.OpenFile", "os.Rename", "os.Remove"}, "refs in git's own folder, which no commit reaches, under git's own locks"},
	"internal/git/refs.go":              {[]string{"os.Remove"}, "git's own locks"},
	"panther/sandbox/store.go":          {[]string{"os.CreateTemp", "os.MkdirAll", "os.Remove", "bbolt.Open"}, "a temporary sandbox, or the file of --sandbox-db; otherwise bbolt opens it below Options.Root"},
	"schemas/export.go":                 {[]string{"os.MkdirAll", "atomicfile.WriteIn"}, "the folder of schemas export"},
	"internal/cachefile/user.go":        {[]string{"os.MkdirAll", "atomicfile.WriteIn"}, "the key of the cache, in the user's own folder"},
	"internal/pyrun/harness.go":         {[]string{"os.MkdirAll", "os.RemoveAll", "atomicfile.WriteIn"}, "the Python files that run tests, in the user's own folder"},
	"internal/pyrun/pool.go":            {[]string{"os.MkdirAll", "os.MkdirTemp", "os.RemoveAll"}, "the empty folder that tests run in, and a temporary one where the user has no folder"},
	"internal/pyrun/debug.go":           {[]string{"os.MkdirTemp", "os.WriteFile", "os.RemoveAll"}, "the request of one test, in the user's own folder"},
	"lint/baseline.go":                  {[]string{"atomicfile.Write"}, "the file of --baseline; that of pdac.yaml is written below the repository"},
	"sync/deploy/import.go":             {[]string{"os.MkdirAll"}, "the folder of pdac import; all below it is written through it"},
	"cmd/pdac/plan.go":                  {[]string{"atomicfile.Write"}, "the file of --out"},
	"cmd/pdac/comment.go":               {[]string{"os.OpenFile"}, "the file that GitHub names for the job summary"},
	"cmd/pdac/action.go":                {[]string{"os.MkdirTemp", "os.WriteFile", "os.OpenFile"}, "the files and the folder that the runner of a CI job names"},
	"cmd/pdac/lint.go":                  {[]string{"atomicfile.Write"}, "the files of --output"},
	"cmd/pdac/test.go":                  {[]string{"atomicfile.Write"}, "the files of --output"},
	"cmd/pdac/coverage.go":              {[]string{"atomicfile.Write"}, "the file of --output"},
	"cmd/pdac/tokenfile.go":             {[]string{"os.CreateTemp", "os.Rename", "os.Remove"}, "the file of --to-file"},
	"cmd/pdac/rotate.go":                {[]string{"os.Remove", "os.Rename"}, "what is left of the file of --to-file"},

	"internal/git/gittest": {[]string{"os.MkdirAll", "os.Remove", "os.Symlink", "os.WriteFile"}, "for tests"},
	"internal/synth":       {[]string{"os.MkdirAll", "os.WriteFile"}, "for tests"},
	"internal/history":     {[]string{"os.MkdirTemp", "os.RemoveAll"}, "a tool for developers"},
	"internal/newrule":     {[]string{"os.MkdirAll", "os.WriteFile"}, "a tool for developers"},
}

// TestWritesAreBound checks that nothing but what a person named is written or
// deleted by a path.
func TestWritesAreBound(t *testing.T) {
	used := map[string]map[string]bool{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		who := file
		if _, ok := mayWrite[path.Dir(file)]; ok {
			who = path.Dir(file)
		}
		for _, c := range writes(t, file) {
			if !slices.Contains(mayWrite[who].calls, c.name) {
				t.Errorf("%s:%d: %s follows links wherever they lead; write through atomicfile.Folder or an os.Root, or add it to mayWrite with the reason", file, c.line, c.name)
			}
			if used[who] == nil {
				used[who] = map[string]bool{}
			}
			used[who][c.name] = true
		}
	}
	for who, m := range mayWrite {
		for _, name := range m.calls {
			if !used[who][name] {
				t.Errorf("%s may call %s and does not; remove it from mayWrite", who, name)
			}
		}
	}
}

type call struct {
	name string
	line int
}

// writes lists the uses of such functions in a file.
func writes(t *testing.T, file string) []call {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, imp := range f.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(p)
		if imp.Name != nil {
			name = imp.Name.Name
		}
		if writing[p] != nil {
			names[name] = p
			if name == "." {
				t.Errorf("%s imports %s as %q", file, p, name)
			}
		}
	}
	var out []call
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if ok && x.Obj == nil && slices.Contains(writing[names[x.Name]], sel.Sel.Name) {
			out = append(out, call{path.Base(names[x.Name]) + "." + sel.Sel.Name, fset.Position(sel.Pos()).Line})
		}
		return true
	})
	return out
}
