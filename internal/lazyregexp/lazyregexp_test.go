package lazyregexp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// TestPatterns compiles every pattern of this module, since a program finds a mistake only when it uses the pattern.
func TestPatterns(t *testing.T) {
	const root = "../.."
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "testdata" {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "New" || ident(f.X) != "lazyregexp" {
				return true
			}
			found++
			if _, err := regexp.Compile(text(t, call.Args[0])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return true
		})
		return nil
	})
	if err != nil || found < 50 {
		t.Errorf("%d patterns, %v", found, err)
	}
}

func ident(x ast.Expr) string {
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// text returns the value of a constant text.
func text(t *testing.T, x ast.Expr) string {
	t.Helper()
	switch x := x.(type) {
	case *ast.BinaryExpr:
		return text(t, x.X) + text(t, x.Y)
	case *ast.BasicLit:
		value, err := strconv.Unquote(x.Value)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	t.Errorf("a pattern is not a constant: %T", x)
	return ""
}

func TestCompiledOnce(t *testing.T) {
	r := lazyregexp.New("a+")
	first := r.Get()
	if !r.MatchString("caab") || r.FindString("caab") != "aa" || r.Get() != first {
		t.Error("it does not work as the compiled expression")
	}
}
