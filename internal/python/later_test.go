package python_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/python"
)

// TestLaterForms: what came after 3.11 is read by default and refused when
// asked to.
func TestLaterForms(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"type X = int\n", "TypeAlias(name=Name(id='X', ctx=Store()), type_params=[], value=Name(id='int', ctx=Load()))"},
		{"type X[T: int = str, *U, **V] = T\n", "type_params=[TypeVar(name='T', bound=Name(id='int', ctx=Load()), default_value=Name(id='str', ctx=Load())), TypeVarTuple(name='U'), ParamSpec(name='V')]"},
		{"def f[T](x: T) -> T: pass\n", "type_params=[TypeVar(name='T')]"},
		{"class A[T](B): pass\n", "type_params=[TypeVar(name='T')]"},
		{`f"{a["b"]}"` + "\n", "Subscript(value=Name(id='a', ctx=Load()), slice=Constant(value='b'), ctx=Load())"},
		{`f"{"\n".join(a)}"` + "\n", `Constant(value='\n')`},
		{`f"{f"{f"{1}"}"}"` + "\n", "JoinedStr(values=[FormattedValue(value=JoinedStr(values=[FormattedValue(value=JoinedStr("},
		{"f'{\n1 # one\n}'\n", "FormattedValue(value=Constant(value=1), conversion=-1)"},
		{"f'{a!r }'\n", "conversion=114"},
		{"f'''{a:{b:{c}}}'''\n", "Name(id='c', ctx=Load())"},
	} {
		m, err := python.Parse([]byte(c.src), python.Options{})
		if err != nil {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		if dump := withoutPlaces(python.Dump(m)); !strings.Contains(dump, c.want) {
			t.Errorf("%q: %s, want %s in it", c.src, dump, c.want)
		}
		if _, err := python.Parse([]byte(c.src), python.Options{Strict311: true}); err == nil {
			t.Errorf("%q is accepted as Python 3.11", c.src)
		}
	}
	// The new word is still a name.
	for _, src := range []string{"type = 1\n", "type(x)\n", "type.x = 1\n", "print(type, match, case)\n", "match = case = 1\n", "match[x]: int = 1\n", "match(x)\n"} {
		if _, err := python.Parse([]byte(src), python.Options{}); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
}

// withoutPlaces takes the positions out of a dump.
func withoutPlaces(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "lineno=")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(strings.TrimSuffix(s[:i], ", "))
		s = s[i+strings.Index(s[i:], ")"):]
	}
}

func TestSymbols(t *testing.T) {
	src := `
import os.path, json as j
from . import sibling
from helpers import deep_get as get, other
try:
    import fast
except ImportError as err:
    from slow import fast
if cond:
    def rule(event, *, flag=False):
        import inner
        local = 1
        global made
        made = 1
        def nested(): pass
else:
    rule = None
class A:
    attr = 1
    def method(self): pass
for i, (k, *rest) in pairs: pass
with open(x) as (f, g): pass
if (n := 10) > 5: pass
match n:
    case {"a": captured, **others} | [captured, *others]: pass
[x for x in y if (w := x)]
total += 1
note: str
obj.attr2 = 2
from star import *
async def later(): pass
lam = lambda p: (q := p)
`
	m, err := python.Parse([]byte(src), python.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := m.Symbols()
	for _, name := range strings.Fields("os j sibling get other fast err rule made A i k rest f g n captured others w total note later lam") {
		if _, ok := s.Defined[name]; !ok {
			t.Errorf("%s is not among the defined names", name)
		}
	}
	for _, name := range strings.Fields("local inner nested attr method x p q obj attr2 json deep_get star path") {
		if at, ok := s.Defined[name]; ok {
			t.Errorf("%s counts as defined at %v", name, at)
		}
	}
	if f := s.Function("rule"); f == nil || len(f.Args.Args) != 1 || f.Args.Args[0].Arg != "event" || len(f.Args.Kwonlyargs) != 1 {
		t.Errorf("rule is %+v", f)
	}
	if s.Function("method") != nil || s.Function("nested") != nil {
		t.Error("functions that aren't the module's are listed")
	}
	var imports []string
	for _, i := range s.Imports {
		line, col := m.Position(i.Pos())
		imports = append(imports, strings.Repeat(".", i.Level)+i.Module+":"+i.Name+":"+i.Bound)
		if i.Name == "*" && (line != 30 || col != 18) {
			t.Errorf("the star is at %d:%d", line, col)
		}
		if i.Local != (i.Module == "inner") {
			t.Errorf("%s: local is %v", i.Module, i.Local)
		}
	}
	want := "os.path::os json::j .:sibling:sibling helpers:deep_get:get helpers:other:other fast::fast slow:fast:fast inner::inner star:*:"
	if got := strings.Join(imports, " "); got != want {
		t.Errorf("imports\n%s\nwant\n%s", got, want)
	}
	if !s.StarImport {
		t.Error("the star import is missed")
	}
}

func TestStdlib(t *testing.T) {
	for _, name := range []string{"os", "os.path", "json", "zoneinfo", "_thread", "__future__", "asynchat"} {
		if !python.Stdlib(name) {
			t.Errorf("%s is not known", name)
		}
	}
	for _, name := range []string{"", "requests", "panther_base_helpers", "Os", "jso"} {
		if python.Stdlib(name) {
			t.Errorf("%s counts as the standard library's", name)
		}
	}
}

func TestComments(t *testing.T) {
	src := "# first\nx = '# no'  # pdac:ignore PD301 -- ü\ny = f'{\n1 # in a field\n}'\n\t# last"
	m, err := python.Parse([]byte(src), python.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range m.Comments {
		got = append(got, m.Source[c.Pos():c.End()])
	}
	want := "# first|# pdac:ignore PD301 -- ü|# in a field|# last"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("comments %q, want %q", s, want)
	}
}

// TestHostileInput: what is nested without end gives an error, soon and without a
// stack overflow.
func TestHostileInput(t *testing.T) {
	n := 50000
	for name, src := range map[string]string{
		"parentheses":  strings.Repeat("(", n) + strings.Repeat(")", n),
		"brackets":     "x = " + strings.Repeat("[", n),
		"minus":        "x = " + strings.Repeat("-", n) + "1\n",
		"not":          "x = " + strings.Repeat("not ", n) + "1\n",
		"power":        "x = " + strings.Repeat("2**", n) + "1\n",
		"sum":          "x = " + strings.Repeat("1+", n) + "1\n",
		"attributes":   "x" + strings.Repeat(".y", n) + "\n",
		"calls":        "x" + strings.Repeat("()", n) + "\n",
		"lambda":       "x = " + strings.Repeat("lambda: ", n) + "1\n",
		"conditional":  "x = " + strings.Repeat("1 if 2 else ", n) + "3\n",
		"elif":         "if x: pass\n" + strings.Repeat("elif x: pass\n", n) + "bad bad\n",
		"walrus":       "x = (" + strings.Repeat("y := ", n) + "1)\n",
		"await":        "x = " + strings.Repeat("await ", n) + "1\n",
		"star":         "x = " + strings.Repeat("*", n) + "1\n",
		"f-strings":    strings.Repeat(`f"{`, 5000) + "1" + strings.Repeat(`}"`, 5000) + "\n",
		"specs":        `f"{x` + strings.Repeat(":{x", 5000) + strings.Repeat("}", 5001) + "\"\n",
		"patterns":     "match x:\n case " + strings.Repeat("[", 150) + strings.Repeat("(", n) + "\n",
		"or patterns":  "match x:\n case " + strings.Repeat("A(", 199) + ": pass\n",
		"mistake deep": "x = " + strings.Repeat("(", 190) + "a b" + strings.Repeat(")", 190) + "\n",
		"dicts":        "x = " + strings.Repeat("{1:", 190) + "a b" + strings.Repeat("}", 190) + "\n",
		"subscripts":   "x = " + strings.Repeat("a[", 190) + "a b" + strings.Repeat("]", 190) + "\n",
		"call args":    "x = " + strings.Repeat("f(a, b=", 190) + "a b" + strings.Repeat(")", 190) + "\n",
		"lambdas deep": "x = " + strings.Repeat("(lambda x=", 190) + "a b" + strings.Repeat(": 1)", 190) + "\n",
		"comps deep":   "x = " + strings.Repeat("[a for a in ", 190) + "a b" + strings.Repeat("]", 190) + "\n",
		"words":        strings.Repeat("a ", n) + "\n",
		"prints":       strings.Repeat("print ", n) + "\n",
		"ifs":          "x = (" + strings.Repeat("a if ", 2000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := python.Parse([]byte(src), python.Options{})
			if err == nil {
				t.Error("accepted")
			} else if e := err.(*python.SyntaxError); e.Msg == "" {
				t.Errorf("no message: %+v", e)
			}
		})
	}
	// Blocks are bounded by indentation alone.
	var deep strings.Builder
	for i := range 99 {
		deep.WriteString(strings.Repeat(" ", i) + "if x:\n")
	}
	deep.WriteString(strings.Repeat(" ", 99) + "a b\n")
	if _, err := python.Parse([]byte(deep.String()), python.Options{}); err == nil {
		t.Error("accepted")
	}
}
