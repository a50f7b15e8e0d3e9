package pymutate_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/python"
)

func read(t testing.TB, src string) *pymutate.File {
	t.Helper()
	f, err := pymutate.Read([]byte(src), "rule")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// list shows mutants: where, what, what it becomes, and what hides it.
func list(f *pymutate.File) (out []string) {
	for i := range f.Mutants {
		m := &f.Mutants[i]
		line := fmt.Sprintf("%d: %d:%d %s %s -> %s", i, m.Line, m.Column, m.Kind, m.Code, m.Text)
		var by []int
		for n := m.Group; n >= 0; n = f.Groups[n].Up {
			by = append(by, f.Groups[n].Mutants...)
		}
		if slices.Sort(by); len(by) > 0 {
			line += fmt.Sprintf(" hidden by %v", by)
		}
		out = append(out, line)
	}
	return out
}

func TestMutants(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"an and of three: each operand matters", "def rule(event):\n    return event['a'] == 1 and not event['b'] and event['c']\n", []string{
			"0: 2:12 always_true event['a'] == 1 and not event['b'] and event['c'] -> True",
			"1: 2:12 always_false event['a'] == 1 and not event['b'] and event['c'] -> False",
			"2: 2:12 operator event['a'] == 1 and not event['b'] and event['c'] -> ((event['a'] == 1) or (not event['b']) or (event['c'])) hidden by [0 1]",
			"3: 2:12 always_true event['a'] == 1 -> True hidden by [0 1 2]",
			"4: 2:32 always_true not event['b'] -> True hidden by [0 1 2]",
			"5: 2:51 always_true event['c'] -> True hidden by [0 1 2]",
		}},
		{"an or: the other way round", "def rule(event):\n    return any([event['a'], event['b']])\n", []string{
			"0: 2:12 always_true any([event['a'], event['b']]) -> True",
			"1: 2:12 always_false any([event['a'], event['b']]) -> False",
			"2: 2:17 always_false event['a'] -> False hidden by [0 1]",
			"3: 2:29 always_false event['b'] -> False hidden by [0 1]",
		}},
		{"a limit", "def rule(event):\n    return event['n'] >= 5\n", []string{
			"0: 2:12 always_true event['n'] >= 5 -> True",
			"1: 2:12 always_false event['n'] >= 5 -> False",
			"2: 2:12 boundary event['n'] >= 5 -> ((event['n']) > (5)) hidden by [0 1]",
		}},
		{"an if that returns hides what follows", "def rule(event):\n    if event['a']:\n        return False\n    return True\n", []string{
			"0: 2:8 always_true event['a'] -> True",
			"1: 2:8 always_false event['a'] -> False",
			"2: 3:16 constant False -> True hidden by [1]",
			"3: 4:12 constant True -> False hidden by [0]",
		}},
		{"a loop never gets an endless condition", "def rule(event):\n    while event['a']:\n        pass\n    return True\n", []string{
			"0: 2:11 always_false event['a'] -> False",
			"1: 4:12 constant True -> False",
		}},
		{"values of a list that the verdict uses", "USED = ['a', 'b']\nOTHER = ['c', 'd']\nNUMBERS = [1]\ndef rule(event):\n    return event['x'] in USED\ndef title(event):\n    return OTHER[0] if event['x'] == 1 else ''\n", []string{
			`0: 1:9 value 'a' -> "\x00pdac"`,
			`1: 1:14 value 'b' -> "\x00pdac"`,
			"2: 5:12 always_true event['x'] in USED -> True",
			"3: 5:12 always_false event['x'] in USED -> False",
		}},
		{"functions that rule() uses, and not a default", "def who(event):\n    name = event.get('u') or 'x'\n    return name == 'ada'\ndef rule(event):\n    return who(event)\ndef title(event):\n    return event.get('a') == 'b'\n", []string{
			"0: 3:12 always_true name == 'ada' -> True",
			"1: 3:12 always_false name == 'ada' -> False",
			"2: 5:12 always_true who(event) -> True",
			"3: 5:12 always_false who(event) -> False",
		}},
		{"an assignment in a condition stays", "def rule(event):\n    if (x := event['a']) > 1:\n        return x > 2\n    return False\n", []string{
			"0: 2:8 always_true (x := event['a']) > 1 -> (((x := event['a']) > 1) or True)",
			"1: 2:8 always_false (x := event['a']) > 1 -> (((x := event['a']) > 1) and False)",
			"2: 2:8 boundary (x := event['a']) > 1 -> ((x := event['a']) >= (1)) hidden by [0 1]",
			"3: 3:16 always_true x > 2 -> True hidden by [1]",
			"4: 3:16 always_false x > 2 -> False hidden by [1]",
			"5: 3:16 boundary x > 2 -> ((x) >= (2)) hidden by [1 3 4]",
			"6: 4:12 constant False -> True hidden by [0]",
		}},
		{"comprehensions and elements of any()", "def rule(event):\n    return any(x == 1 for x in event['l'] if x)\n", []string{
			"0: 2:12 always_true any(x == 1 for x in event['l'] if x) -> True",
			"1: 2:12 always_false any(x == 1 for x in event['l'] if x) -> False",
			"2: 2:16 always_true x == 1 -> True hidden by [0 1]",
			"3: 2:16 always_false x == 1 -> False hidden by [0 1]",
			"4: 2:46 always_true x -> True hidden by [0 1]",
			"5: 2:46 always_false x -> False hidden by [0 1]",
		}},
		{"a file without rule()", "def policy(event):\n    return event['a']\n", nil},
	} {
		if diff := cmp.Diff(c.want, list(read(t, c.src))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := pymutate.Read([]byte("def rule(:\n"), "rule"); err == nil {
		t.Error("a file with an error was read")
	}
}

func TestHints(t *testing.T) {
	f := read(t, "LIST = ['x', 7]\ndef b(event):\n    'What it says.'\n    return event['b']\ndef rule(event):\n    return event['a'] in LIST and b(event) == 'y'\n")
	if diff := cmp.Diff([]any{"a", "x", int64(7), "b", "y"}, f.Mutants[2].Hints); diff != "" {
		t.Error(diff)
	}
}

// TestAlone: a function that only others call is compiled alone, and no other one.
func TestAlone(t *testing.T) {
	f := read(t, "import x\n@x.y\ndef a(event):\n    return event == 1\ndef b(event):\n    return event == 2\ndef c(event):\n    return event == 3\ndef d(event):\n    return event == 4\nLIST = [b]\ndef rule(event, e=d(4)):\n    return a(event) or LIST[0](event) or c(event) or e\n")
	got := map[string]bool{}
	for i := range f.Mutants {
		m := &f.Mutants[i]
		if m.Until > 0 {
			got[strings.Fields(f.Source[m.Of:m.Until])[1]] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"c(event):": true, "rule(event,": true}, got); diff != "" {
		t.Error(diff)
	}
}

// TestFuture: what is imported from __future__ counts for all of a file.
func TestFuture(t *testing.T) {
	for _, m := range read(t, "from __future__ import annotations\ndef rule(event: X | None):\n    return event['a']\n").Mutants {
		if m.Until != 0 {
			t.Errorf("compiled alone: %+v", m)
		}
	}
}

// TestCost: twice the code allocates about twice as much.
func TestCost(t *testing.T) {
	for name, of := range map[string]func(n int) string{
		"ifs": func(n int) string {
			return "def rule(event):\n" + strings.Repeat("    if event['a']:\n        return False\n", n) + "    return True\n"
		},
		"operands": func(n int) string {
			return "def rule(event):\n    return " + strings.Repeat("event['a'] == 1 and ", n) + "True\n"
		},
		"functions": func(n int) string { return strings.Repeat("def rule(event):\n    return event == 1\nx = [1, 2]\n", n) },
		"a name": func(n int) string {
			return "L = [" + strings.Repeat("1, ", n) + "]\ndef rule(event):\n" + strings.Repeat("    if event in L:\n        pass\n", n) + "    return True\n"
		},
		"comments": func(n int) string {
			return "def rule(event):\n" + strings.Repeat("    # pdac:ignore mutants -- x\n", n) + "    return True\n"
		},
	} {
		cost := func(n int) float64 {
			src := []byte(of(n))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := pymutate.Read(src, "rule"); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		if one, two := cost(400), cost(800); two > 3*one {
			t.Errorf("%s: %.0f bytes, and %.0f for twice as many", name, one, two)
		}
	}
}

// TestAccept: comments are about their line, the next one, or the file.
func TestAccept(t *testing.T) {
	f := read(t, "# pdac:ignore mutants -- all of it\nx = '# pdac:ignore mutants'\ndef rule(event):\n    # pdac:ignore PD1,mutants until=2026-05-01 -- below\n\n    # other\n    return event == 1 # pdac:ignore mutants -- here\n# pdac:ignore PD107 -- not meant\n# pdac:tuning mutants\n")
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	want := []pymutate.Accept{{Written: 1, Reason: "all of it"}, {Written: 4, Line: 7, Until: day, Reason: "below"}, {Written: 7, Line: 7, Reason: "here"}}
	if diff := cmp.Diff(want, f.Accepts); diff != "" {
		t.Error(diff)
	}
	a := want[1]
	if a.Expired(day.Add(23*time.Hour)) || !a.Expired(day.Add(24*time.Hour)) {
		t.Error("it counts until the end of its day")
	}
	f = read(t, "def rule(event):\n    return (\n        event['a']\n        and event['b']\n    )\n")
	if got := f.Mutants[4].Listens; !slices.Equal(got, []int{4, 2}) {
		t.Errorf("it listens to the lines %v", got)
	}
}

// check says what is wrong with the mutants of a file; "" if nothing is.
func check(src string) string {
	f, err := pymutate.Read([]byte(src), "rule")
	if err != nil {
		return ""
	}
	sources, steps := map[string]int{}, 0
	if len(f.Mutants)*len(f.Source) > 1<<20 {
		return "" // parsing all of them takes too long
	}
	for i := range f.Mutants {
		m := &f.Mutants[i]
		if m.Start < 0 || m.End < m.Start || m.End > len(f.Source) || m.Line < 1 || m.EndLine < m.Line || m.Column < 1 {
			return fmt.Sprintf("mutant %d has no place: %+v", i, m)
		}
		for n := m.Group; n >= 0; n = f.Groups[n].Up {
			if g := f.Groups[n]; g.Up >= n || slices.ContainsFunc(g.Mutants, func(k int) bool { return k < 0 || k >= i }) {
				return fmt.Sprintf("mutant %d is in a group of later ones: %+v", i, g)
			}
			if steps++; steps > 1000 {
				break // a long chain is checked elsewhere
			}
		}
		text := f.Apply(m)
		if _, err := python.Parse([]byte(text), python.Options{}); err != nil {
			return fmt.Sprintf("mutant %d (%s %q) is no Python: %v\n%s", i, m.Kind, m.Code, err, text)
		}
		if text == f.Source {
			return fmt.Sprintf("mutant %d (%s %q) changes nothing", i, m.Kind, m.Code)
		}
		if was, ok := sources[text]; ok {
			return fmt.Sprintf("mutants %d and %d are the same", was, i)
		}
		sources[text] = i
		if m.Until > 0 {
			alone := f.Source[m.Of:m.Start] + m.Text + f.Source[m.End:m.Until]
			if _, err := python.Parse([]byte(alone+"\n"), python.Options{}); err != nil {
				return fmt.Sprintf("mutant %d can't be compiled alone: %v\n%s", i, err, alone)
			}
		}
	}
	return ""
}

// TestMutantsAreValid: every mutant of the files of the harness is Python, is another
// one than the rest, and says where it is.
func TestMutantsAreValid(t *testing.T) {
	files, err := filepath.Glob("../pyrun/harness/*/*.py")
	more, err2 := filepath.Glob("../pyrun/harness/third_party/*/*.py")
	files, err = append(files, more...), errors.Join(err, err2)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// All of the file is what rule() uses.
		text := "def rule(event):\n    if event:\n        pass\n" + indent(string(src))
		if f, err := pymutate.Read([]byte(text), "rule"); err == nil {
			n += len(f.Mutants)
		}
		if why := check(text); why != "" {
			t.Errorf("%s: %s", file, why)
		}
	}
	t.Logf("%d mutants of %d files", n, len(files))
}

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString("    " + line)
	}
	return b.String()
}

func FuzzMutants(f *testing.F) {
	f.Add("def rule(event):\n    return event['a'] == 1 and (x := event['b']) or not any(c for c in event['d'] if c)\n")
	f.Add("L = {1, 2}\ndef rule(e):\n  # pdac:ignore mutants until=2026-01-01 -- x\n  return (lambda: e in L)() if e else all([e, not e])\n")
	f.Add("def rule(e):\n match e:\n  case {'a': x} if x > 1:\n   return True\n while (e := e - 1):\n  assert e <= 2\n return f'{e == 1}'")
	f.Fuzz(func(t *testing.T, src string) {
		if why := check(src); why != "" {
			t.Fatal(why)
		}
		if a, ok := pymutate.ParseAccept(src); ok && !strings.HasPrefix(src, "#") {
			t.Fatalf("%q is no comment: %+v", src, a)
		}
	})
}
