package python

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"
)

// mutate breaks a source in a way that people do; the same seed gives the same text.
func mutate(src string, r *rand.Rand) string {
	l := newLexer(src, newLineTable(src), true)
	l.run()
	toks := make([]token, 0, len(l.tokens))
	for _, t := range l.tokens {
		if t.end > t.start {
			toks = append(toks, t)
		}
	}
	if len(toks) < 4 {
		return src
	}
	i := r.IntN(len(toks) - 1)
	t, u := toks[i], toks[i+1]
	at := func(t token) string { return src[t.start:t.end] }
	switch r.IntN(12) {
	case 0: // delete a token
		return src[:t.start] + src[t.end:]
	case 1: // write it twice
		return src[:t.end] + " " + at(t) + src[t.end:]
	case 2: // swap it with the next
		return src[:t.start] + at(u) + src[t.end:u.start] + at(t) + src[u.end:]
	case 3: // put another token of the file in its place
		return src[:t.start] + at(toks[r.IntN(len(toks))]) + src[t.end:]
	case 4: // or in front of it
		return src[:t.start] + at(toks[r.IntN(len(toks))]) + " " + src[t.start:]
	case 5, 6, 7:
		lines := strings.SplitAfter(src, "\n")
		k := r.IntN(len(lines))
		switch r.IntN(5) {
		case 0:
			lines[k] = ""
		case 1:
			lines[k] = " " + lines[k]
		case 2:
			lines[k] = strings.TrimPrefix(lines[k], " ")
		case 3:
			lines[k] = "\t" + strings.TrimPrefix(lines[k], "    ")
		case 4:
			lines[k] = strings.Replace(lines[k], ":\n", "\n", 1)
		}
		return strings.Join(lines, "")
	case 8: // delete one of the characters that make structure
		k := strings.IndexAny(src[t.start:], "()[]{}\"':,=")
		if k < 0 {
			return src
		}
		k += int(t.start)
		return src[:k] + src[k+1:]
	case 9: // insert one
		const marks = "()[]{}\"':,=*.@;\\#0"
		k := r.IntN(len(marks))
		return src[:t.start] + marks[k:k+1] + src[t.start:]
	case 10: // insert a keyword
		words := strings.Fields("return yield await break continue del global nonlocal import from lambda async for in is not None True if else print match case")
		return src[:t.start] + words[r.IntN(len(words))] + " " + src[t.start:]
	default: // cut the file off
		return src[:t.end]
	}
}

// verdicts counts how often both readers agree.
type verdicts struct {
	total, rejected, verdict, line, col, msg int
	classes                                  map[string]int
	examples                                 map[string]string
}

func (v *verdicts) note(class, example string) {
	if v.classes == nil {
		v.classes, v.examples = map[string]int{}, map[string]string{}
	}
	if v.classes[class]++; v.classes[class] == 1 {
		v.examples[class] = example
	}
}

func context(text string, line int) string {
	lines := strings.Split(text, "\n")
	from, to := max(0, line-3), min(len(lines), line+1)
	return strings.Join(lines[min(from, to):to], "\n")
}

func (v *verdicts) add(text string, a answer) {
	v.total++
	_, err := Parse([]byte(text), Options{Strict311: true})
	e, _ := err.(*SyntaxError)
	switch {
	case a.OK && e == nil:
		v.verdict++
	case a.OK:
		v.note("rejected here: "+e.Msg, fmt.Sprintf("line %d\n%s", e.Line, context(text, e.Line)))
	case e == nil:
		v.rejected++
		v.note("accepted here: "+a.Msg, fmt.Sprintf("line %d\n%s", a.Line, context(text, a.Line)))
	default:
		v.rejected++
		v.verdict++
		if e.Line == a.Line {
			v.line++
			if e.Col == a.Col {
				v.col++
			} else {
				v.note("column: "+e.Msg, fmt.Sprintf("line %d, columns %d, %d\n%s", e.Line, e.Col, a.Col, context(text, a.Line)))
			}
		} else {
			v.note("line: "+e.Msg+" | "+a.Msg, fmt.Sprintf("lines %d, %d\n%s", e.Line, a.Line, context(text, a.Line)))
		}
		if e.Msg == a.Msg {
			v.msg++
		} else if e.Line == a.Line {
			v.note("message: "+e.Msg+" | "+a.Msg, fmt.Sprintf("line %d\n%s", e.Line, context(text, a.Line)))
		}
	}
}

// The verdict has to be the same always. What is left of lines and messages comes from
// these, all where a text has more than one mistake:
//   - CPython caches what it parsed while not looking for mistakes in more places
//     than this parser, and so misses a more telling message ("invalid syntax. Perhaps
//     you forgot a comma?") that is given here, in dicts mostly;
//   - a numeric literal glued to what is before it, within brackets.
const minLine, minMessage = 99.8, 99.6

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

func (v *verdicts) report(t *testing.T) {
	t.Helper()
	if v.verdict != v.total {
		t.Errorf("%d of %d texts are accepted by one reader only", v.total-v.verdict, v.total)
	}
	if line, msg := percent(v.line, v.rejected), percent(v.msg, v.rejected); line < minLine || msg < minMessage {
		t.Errorf("agreement on lines is %.3f%%, on messages %.3f%%; the floors are %v and %v", line, msg, minLine, minMessage)
	}
	t.Logf("%d texts, %d rejected by CPython; agreement: verdict %.3f%%, error line %.3f%%, column %.3f%%, message %.3f%%",
		v.total, v.rejected, percent(v.verdict, v.total), percent(v.line, v.rejected), percent(v.col, v.rejected), percent(v.msg, v.rejected))
	names := make([]string, 0, len(v.classes))
	for c := range v.classes {
		names = append(names, c)
	}
	sort.Slice(names, func(i, j int) bool { return v.classes[names[i]] > v.classes[names[j]] })
	for _, c := range names[:min(len(names), 40)] {
		t.Logf("%d × %s\n%s", v.classes[c], c, v.examples[c])
	}
}

// TestMutations breaks files of the standard library in many ways and compares
// what both readers say. PDAC_PYTHON_FULL=1 makes forty times as many.
func TestMutations(t *testing.T) {
	o := startOracle(t)
	n := 5000
	switch {
	case os.Getenv("PDAC_PYTHON_FULL") == "1":
		n = 200000
	case testing.Short():
		n = 500
	}
	var sources []string
	for _, f := range pythonFiles(t, o.Stdlib) {
		if strings.Contains(f, "/test/") && !strings.Contains(f, "test_grammar") && !strings.Contains(f, "test_patma") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := Parse(src, Options{Strict311: true}); err == nil && len(src) < 12000 {
			sources = append(sources, m.Source)
		} else if err == nil {
			// Of a long file, one statement of the module at a time.
			for _, s := range m.Body {
				if s.End()-s.Pos() > 200 && s.End()-s.Pos() < 4000 {
					sources = append(sources, m.Source[s.Pos():s.End()]+"\n")
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 11))
	questions := make([]question, n)
	for i := range questions {
		questions[i] = question{Text: mutate(sources[r.IntN(len(sources))], r), Dump: "no"}
	}
	var v verdicts
	o.ask(t, questions, func(i int, a answer) { v.add(questions[i].Text, a) })
	v.report(t)
}

// TestSnippets compares what both readers say to the texts within CPython's own
// tests of its parser and compiler: every string literal, and every doctest.
func TestSnippets(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many of CPython's tests; run it without -short")
	}
	o := startOracle(t)
	var questions []question
	add := func(s string) {
		if len(s) > 2 && len(s) < 20000 && !strings.Contains(s, "\x00") && utf8.ValidString(s) {
			questions = append(questions, question{Text: s, Dump: "no"})
		}
	}
	for _, f := range pythonFiles(t, filepath.Join(o.Stdlib, "test")) {
		switch filepath.Base(f) {
		case "test_syntax.py", "test_exceptions.py", "test_fstring.py", "test_named_expressions.py", "test_patma.py",
			"test_symtable.py", "test_eof.py", "test_string_literals.py", "test_unpack_ex.py", "test_grammar.py", "test_tokenize.py",
			"test_coroutines.py", "test_generators.py", "test_genexps.py", "test_future.py", "test_scope.py", "test_compile.py",
			"test_type_comments.py", "test_positional_only_arg.py", "test_keywordonlyarg.py", "test_except_star.py", "test_ast.py",
			"test_peg_generator.py", "test_dictcomps.py", "test_setcomps.py", "test_listcomps.py", "test_global.py",
			"test_unicode_identifiers.py", "test_codeop.py", "test_extcall.py", "test_super.py", "test_decorators.py",
			"test_with.py", "test_asyncgen.py", "test_int.py", "test_float.py", "test_flufl.py":
		default:
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(src, Options{Strict311: true})
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		Inspect(m, func(n Node) bool {
			if c, ok := n.(*Constant); ok && c.Kind == Str {
				add(c.Value)
				for _, s := range doctests(c.Value) {
					add(s)
				}
			}
			return true
		})
	}
	var v verdicts
	o.ask(t, questions, func(i int, a answer) { v.add(questions[i].Text, a) })
	v.report(t)
}

// doctests returns the examples of a doctest.
func doctests(s string) []string {
	var out []string
	var cur []string
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, "\n")+"\n")
		}
		cur = nil
	}
	for _, line := range strings.Split(s, "\n") {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, ">>>"); ok {
			flush()
			cur = append(cur, strings.TrimPrefix(rest, " "))
		} else if rest, ok := strings.CutPrefix(line, "..."); ok && cur != nil {
			cur = append(cur, strings.TrimPrefix(rest, " "))
		} else {
			flush()
		}
	}
	flush()
	return out
}
