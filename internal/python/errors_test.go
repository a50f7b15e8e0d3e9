package python_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/python"
)

// The mark ¦ is where the mistake has to be reported.
var mistakes = []struct{ src, msg string }{
	// Lexical.
	{"x = ¦'abc\n", "unterminated string literal (detected at line 1)"},
	{"x = ¦'''abc\n\n", "unterminated triple-quoted string literal (detected at line 2)"},
	{"x = ¦007\n", "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"},
	{"x = 1¦__0\n", "invalid decimal literal"},
	{"x = 0¦xg\n", "invalid hexadecimal literal"},
	{"x = 0b1¦2\n", "invalid digit '2' in binary literal"},
	{"x = 0o¦8\n", "invalid digit '8' in octal literal"},
	{"x = 12¦3abc\n", "invalid decimal literal"},
	{"x = 1¦_\n", "invalid decimal literal"},
	{"x = a ¦“b”\n", "invalid character '“' (U+201C)"},
	{"x = a¦\u00a0+ b\n", "invalid non-printable character U+00A0"},
	{"x = ¦)\n", "unmatched ')'"},
	{"x = (1, 2¦]\n", "closing parenthesis ']' does not match opening parenthesis '('"},
	{"x = (1,\n2¦]\n", "closing parenthesis ']' does not match opening parenthesis '(' on line 1"},
	{"x = f¦(1,\ny = 2\n", "'(' was never closed"},
	{"x = 1 + \\¦ # no\n", "unexpected character after line continuation character"},
	{"if x:\n    a\n  b¦\n", "unindent does not match any outer indentation level"},
	{"if x:\n        a\n\t¦b\n", "inconsistent use of tabs and spaces in indentation"},
	{"x = 1\n  ¦y = 2\n", "unexpected indent"},
	{"if x:\n¦pass\n", "expected an indented block after 'if' statement on line 1"},
	{"def f():\n¦x = 1\n", "expected an indented block after function definition on line 1"},
	{"class A:\n¦x = 1\n", "expected an indented block after class definition on line 1"},
	{"for x in y:\n¦pass\n", "expected an indented block after 'for' statement on line 1"},
	{"try:\n    pass\nexcept A:\n¦pass\n", "expected an indented block after 'except' statement on line 3"},
	// Grammar.
	{"if x¦\n    pass\n", "expected ':'"},
	{"if ¦x = 1:\n    pass\n", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"},
	{"if ¦x.a = 1:\n    pass\n", "cannot assign to attribute here. Maybe you meant '==' instead of '='?"},
	{"def f¦:\n    pass\n", "expected '('"},
	{"def f()¦\n    pass\n", "expected ':'"},
	{"¦print 'x'\n", "Missing parentheses in call to 'print'. Did you mean print(...)?"},
	{"x = f(¦a b)\n", "invalid syntax. Perhaps you forgot a comma?"},
	{"x = [¦1 2]\n", "invalid syntax. Perhaps you forgot a comma?"},
	{"x = {1: 2, ¦3}\n", "':' expected after dictionary key"},
	{"x = {1¦: }\n", "expression expected after dictionary key and ':'"},
	{"x = ¦a if b\n", "expected 'else' after 'if' expression"},
	{"¦f() = 1\n", "cannot assign to function call here. Maybe you meant '==' instead of '='?"},
	{"¦1 = x\n", "cannot assign to literal here. Maybe you meant '==' instead of '='?"},
	{"¦None = x\n", "cannot assign to None"},
	{"a, ¦f() = 1\n", "cannot assign to function call here. Maybe you meant '==' instead of '='?"},
	{"¦x + 1 += 1\n", "'expression' is an illegal expression for augmented assignment"},
	{"¦(a, b): int\n", "only single target (not tuple) can be annotated"},
	{"del ¦f()\n", "cannot delete function call"},
	{"for ¦f() in x: pass\n", "cannot assign to function call"},
	{"with a as ¦f(): pass\n", "cannot assign to function call"},
	{"x = (¦*a)\n", "cannot use starred expression here"},
	{"x = [¦*a for a in b]\n", "iterable unpacking cannot be used in comprehension"},
	{"x = [¦a, b for a, b in c]\n", "did you forget parentheses around the comprehension target?"},
	{"f(¦x for x in y, 1)\n", "Generator expression must be parenthesized"},
	{"f(a=1, b¦)\n", "positional argument follows keyword argument"},
	{"f(**a, b¦)\n", "positional argument follows keyword argument unpacking"},
	{"f(¦a.b=1)\n", `expression cannot contain assignment, perhaps you meant "=="?`},
	{"f(¦True=1)\n", "cannot assign to True"},
	{"def f(a=1, ¦b): pass\n", "non-default argument follows default argument"},
	{"def f(¦*): pass\n", "named arguments must follow bare *"},
	{"def f(¦/, a): pass\n", "at least one argument must precede /"},
	{"def f(*a, ¦*b): pass\n", "* argument may appear only once"},
	{"def f(**a, ¦b): pass\n", "arguments cannot follow var-keyword argument"},
	{"def f(a, ¦(b, c)): pass\n", "Function parameters cannot be parenthesized"},
	{"import a ¦from b\n", "invalid syntax"},
	{"from a import b,¦\n", "trailing comma not allowed without surrounding parentheses"},
	{"try:\n    pass\n¦x = 1\n", "expected 'except' or 'finally' block"},
	{"try: pass\nexcept ¦A, B: pass\n", "multiple exception types must be parenthesized"},
	{"try: pass\nexcept A: pass\n¦except* B: pass\n", "cannot have both 'except' and 'except*' on the same 'try'"},
	{"match x:\n    case A(b=1, ¦c): pass\n", "positional patterns follow keyword patterns"},
	{"match x:\n    case 1 as ¦_: pass\n", "cannot use '_' as a target"},
	{"x = a ¦b\n", "invalid syntax"},
	// Strings.
	{"x = 'a' b'b'¦\n", "cannot mix bytes and nonbytes literals"},
	{"x = ¦b'ä'\n", "bytes can only contain ASCII literal characters"},
	{"x = '\\x4'¦\n", `(unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: truncated \xXX escape`},
	{"x = '\\N{NO SUCH THING}'¦\n", `(unicode error) 'unicodeescape' codec can't decode bytes in position 0-16: unknown Unicode character name`},
	{"x = f'{}'¦\n", "f-string: empty expression not allowed"},
	{"x = f'}'¦\n", "f-string: single '}' is not allowed"},
	{"x = f'{a'¦\n", "f-string: expecting '}'"},
	{"x = f'{a!x}'¦\n", "f-string: invalid conversion character: expected 's', 'r', or 'a'"},
	{"x = f'{¦a b}'\n", "f-string: invalid syntax. Perhaps you forgot a comma?"},
	// Names.
	{"def f(a, ¦a): pass\n", "duplicate argument 'a' in function definition"},
	{"def f(x):\n    ¦global x\n", "name 'x' is parameter and global"},
	{"def f():\n    x = 1\n    ¦global x\n", "name 'x' is assigned to before global declaration"},
	{"def f():\n    print(x)\n    ¦global x\n", "name 'x' is used prior to global declaration"},
	{"¦nonlocal x\n", "nonlocal declaration not allowed at module level"},
	{"def f():\n    ¦nonlocal x\n", "no binding for nonlocal 'x' found"},
	{"def f():\n    global x\n    ¦x: int\n", "annotated name 'x' can't be global"},
	{"def f():\n    from a import ¦*\n", "import * only allowed at module level"},
	{"[¦x := 1 for x in y]\n", "assignment expression cannot rebind comprehension iteration variable 'x'"},
	{"[x for x in (¦y := z)]\n", "assignment expression cannot be used in a comprehension iterable expression"},
	{"class A:\n    [(¦y := x) for x in z]\n", "assignment expression within a comprehension cannot be used in a class body"},
	{"def f():\n    [(¦yield x) for x in y]\n", "'yield' inside list comprehension"},
	// What the compiler refuses.
	{"x = 1\nfrom __future__ import annotations\n", "from __future__ imports must occur at the beginning of the file"},
	{"¦from __future__ import braces\n", "not a chance"},
	{"¦from __future__ import nothing\n", "future feature nothing is not defined"},
	{"¦return 1\n", "'return' outside function"},
	{"class A:\n    ¦return\n", "'return' outside function"},
	{"¦yield 1\n", "'yield' outside function"},
	{"¦await x\n", "'await' outside function"},
	{"def f():\n    ¦await x\n", "'await' outside async function"},
	{"def f():\n    ¦async with x: pass\n", "'async with' outside async function"},
	{"def f():\n    return ¦[x async for x in y]\n", "asynchronous comprehension outside of an asynchronous function"},
	{"async def f():\n    ¦yield from x\n", "'yield from' inside async function"},
	{"async def f():\n    yield\n    ¦return 1\n", "'return' with value in async generator"},
	{"¦break\n", "'break' outside loop"},
	{"while x:\n    def f():\n        ¦continue\n", "'continue' not properly in loop"},
	{"while x:\n    try: pass\n    except* A: ¦break\n", "'break', 'continue' and 'return' cannot appear in an except* block"},
	{"try: pass\n¦except: pass\nexcept A: pass\n", "default 'except:' must be last"},
	{"f(a=1, ¦a=2)\n", "keyword argument repeated: a"},
	{"¦*a = b\n", "starred assignment target must be in a list or tuple"},
	{"¦*a, *b = c\n", "multiple starred expressions in assignment"},
	{"x = ¦*a\n", "can't use starred expression here"},
	{"¦__debug__ = 1\n", "cannot assign to __debug__"},
	{"match x:\n    case ¦y: pass\n    case 1: pass\n", "name capture 'y' makes remaining patterns unreachable"},
	{"match x:\n    case ¦_: pass\n    case 1: pass\n", "wildcard makes remaining patterns unreachable"},
	{"match x:\n    case [a, ¦a]: pass\n", "multiple assignments to name 'a' in pattern"},
	{"match x:\n    case (¦a | 1): pass\n", "name capture 'a' makes remaining patterns unreachable"},
	{"match x:\n    case (¦[a] | 1): pass\n", "alternative patterns bind different names"},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		before, after, marked := strings.Cut(c.src, "¦")
		src := before + after
		_, err := python.Parse([]byte(src), python.Options{Strict311: true})
		var e *python.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v, want %q", src, err, c.msg)
			continue
		}
		if e.Msg != c.msg {
			t.Errorf("%q: %q, want %q", src, e.Msg, c.msg)
		}
		if !marked {
			continue
		}
		line := strings.Count(before, "\n") + 1
		col := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
		if e.Line != line || e.Col != col {
			t.Errorf("%q: %q at %d:%d, want %d:%d", src, e.Msg, e.Line, e.Col, line, col)
		}
	}
}
