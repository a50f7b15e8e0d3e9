package python

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

var fuzzSeeds = []string{
	"", "x", "\n", "x = 1\n", "def f(a, /, b=1, *c, d: int = 2, **e) -> int:\n  return a\n", "\ufeffx = 1", "# coding: latin-1\nx = '\xe9'\n",
	"class A(B, m=C):\n\tx: int = 1\n", "f'{x!r:>{w}} {y=}' 'a' rb'b'\n", "f'{f'{f'{1}'}'}'\n", "match x:\n  case [1, *_, {'a': b, **c}] | C(d, e=f) if g: pass\n",
	"async def f():\n  return [x async for x in y if await z]\n", "try:\n pass\nexcept* E as e:\n pass\n", "with (a as b, c): pass\n", "type X[T: int, *U, **V] = T\n",
	"lambda *a, b=1: (yield)\n", "x = [a for b, *c in d if e for f in g]\n", "print 'x'\n", "f(a=1, *b, **c, d)\n", "if x:\npass\n", "  x\n", "(\n", "a = b = *c, d\n",
	"'\\N{DIGIT ONE}\\ud800\\x41' b'\\xff'\n", "0x_f + 0b1 + 0o7 + 1_0.5e-3j\n", "def f():\n global x\n x = 1\n nonlocal y\n", "x = (y := 1)\n", "del (a), [b], c.d\n",
	"\\\n\\\nx\\\n", "if a:\n\tb\n        c\n", "{**a, 'b': c, 'd' 'e': f}\n", "a[b:c, ::d, *e]\n", "not a if b else c or d and e in f not in g is not h\n", "@a.b[c]\n@(d := e)\nclass F: ...\n",
	"f'''{\nx\n}'''\n", "for x in *a, b: break\nelse: continue\n", "x: int\n(y): int = 1\nz.a: b\n", "f\"{a['b']}{'\\n'}\"\n", "return\n", "a.b.c(d)(e)[f].g = -+~h ** -i @ j // k << l\n",
}

// checkTree checks what must hold of every tree: spans are in the source, and
// children within their parents but for those that CPython puts elsewhere.
func checkTree(m *Module) error {
	var walk func(n Node, in Span) error
	walk = func(n Node, in Span) error {
		s := Span{int32(n.Pos()), int32(n.End())}
		if s.Start < 0 || s.Start > s.Stop || int(s.Stop) > len(m.Source) {
			return fmt.Errorf("%T has the span %v in a source of %d bytes", n, s, len(m.Source))
		}
		if s.Start < in.Start || s.Stop > in.Stop {
			return fmt.Errorf("%T at %v is outside its parent at %v", n, s, in)
		}
		if !utf8.ValidString(m.Source[s.Start:s.Stop]) {
			return fmt.Errorf("%T at %v cuts a character", n, s)
		}
		var decorators []Expr
		switch n := n.(type) {
		case *FunctionDef:
			decorators = n.DecoratorList
		case *ClassDef:
			decorators = n.DecoratorList
		}
		if len(decorators) > 0 {
			// A definition begins at def, behind its decorators.
			s.Start = int32(decorators[0].Pos())
		}
		if _, ok := n.(*JoinedStr); ok {
			s = in
		}
		if _, ok := n.(*FormattedValue); ok {
			s = in
		}
		var err error
		Children(n, func(c Node) {
			if err == nil {
				err = walk(c, s)
			}
		})
		return err
	}
	return walk(m, m.Span)
}

// FuzzParse: Parse never panics, its errors have a place and a text, and its trees
// are sound.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	files, _ := filepath.Glob("testdata/golden/*.py")
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		_, strictErr := Parse(src, Options{Strict311: true})
		m, err := Parse(src, Options{})
		for _, err := range []error{strictErr, err} {
			var e *SyntaxError
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("the error is a %T", err)
			}
			if e != nil && (e.Msg == "" || e.Line < 0 || e.Line > strings.Count(string(src), "\n")+strings.Count(string(src), "\r")+1 || e.Col < 0 || e.Kind == "") {
				t.Fatalf("an error without sense: %+v", e)
			}
		}
		if m == nil {
			return
		}
		if strictErr == nil && err != nil {
			t.Fatalf("accepted by the rules of 3.11 only: %v", err)
		}
		if err := checkTree(m); err != nil {
			t.Fatal(err)
		}
		Dump(m)
		m.Symbols()
	})
}
