package python

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

func TestCheckRegexp(t *testing.T) {
	for pattern, want := range map[string]string{
		`a(b`: "missing ), unterminated subpattern", `a)`: "unbalanced parenthesis", `*a`: "nothing to repeat", `a**`: "multiple repeat",
		`[a`: "unterminated character set", `[z-a]`: "bad character range z-a", `[\d-a]`: `bad character range \d-a`, `\q`: `bad escape \q`, `a\`: "bad escape (end of pattern)",
		`(a)\2`: "invalid group reference 2", `(a\1)`: "cannot refer to an open group", `(?P<1>a)`: `bad character in group name "1"`, `x{3,2}`: "min repeat greater than max repeat",
		`(?P=a)`: `unknown group name "a"`, `(?P<a>a)(?P<a>b)`: `redefinition of group name "a"`, `(?<a>x)`: "unknown extension ?<a", `a(?i)`: "global flags not at the start of the expression",
		`\x1`: `incomplete escape \x1`, `^*`: "nothing to repeat", `(?Pz)`: "unknown extension ?Pz", `(?P<a`: "missing >, unterminated name", `(?P<>a)`: "missing group name",
		`(?`: "unexpected end of pattern", `(?#a`: "missing ), unterminated comment", `(?P=a`: "missing ), unterminated name", `(?i`: "missing -, : or )", `(?;a)`: "unknown extension ?;", `\N`: `bad escape \N`,
	} {
		if err := CheckRegexp(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
	for _, pattern := range []string{
		``, `a|b|`, `(?i)a`, `(?i)(?m)a`, `a*+b*?c?+`, `(?>a)(?:b)(?=c)(?!d)(?<=e)(?<!f)`, `[]a]`, `[^]a-]`, `[\w.+%-]+@`, `{`, `a{`, `a{x}`, `a{2}b{,3}c{2,}`,
		`(?P<a>x)(?P=a)\1`, `\012\x41\u0041\N{DIGIT ONE}`, `a(?#b)*`, `(?x) a ( # b`, `(a)(?(1)b|c)`, `(?i:a)`, `\.\-\é`, strings.Repeat("(", 300) + strings.Repeat(")", 300),
	} {
		if err := CheckRegexp(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// TestCheckRegexpAgainstPython compares with CPython: what it takes must never be
// refused, and most of what it refuses is found.
func TestCheckRegexpAgainstPython(t *testing.T) {
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 in PATH: nothing to compare with")
	}
	parts := []string{
		"a", "b", "é", "1", "9", "0", "|", "(", ")", "(?:", "(?i)", "(?P<n>", "(?P=n)", "(?#c)", "(?=", "(?<!", "(?", "[", "]", "[^", "-", "\\", "\\d", "\\1", "\\b", "\\q", "\\x4", "*", "+", "?",
		"{2}", "{2,1}", "{,3}", "{", "}", "^", "$", ".", ",", "(?m", ":", "i", "x", "\\Z", "\\.", "=", "!", "<", ">", "#", " ",
	}
	dice := rand.New(rand.NewPCG(3, 11))
	n := 20000
	if testing.Short() {
		n = 4000
	}
	patterns := make([]string, n)
	for i := range patterns {
		for range 1 + dice.IntN(8) {
			patterns[i] += parts[dice.IntN(len(parts))]
		}
	}
	const program = `
import json, re, sys, warnings
warnings.simplefilter("ignore")
out = []
for p in json.load(sys.stdin):
    try:
        re.compile(p)
        out.append("")
    except Exception as e:
        out.append(str(e) or "error")
print(json.dumps([list(sys.version_info[:2]), out]))
`
	in, err := json.Marshal(patterns)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-I", "-X", "utf8", "-c", program)
	cmd.Stdin = bytes.NewReader(in)
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("run %s: %v", path, err)
	}
	var answer [2]json.RawMessage
	var version [2]int
	var errs []string
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer[0], &version); err != nil {
		t.Fatal(err)
	}
	if version != [2]int{3, 11} {
		t.Skipf("python3 is %v, not 3.11", version)
	}
	if err := json.Unmarshal(answer[1], &errs); err != nil {
		t.Fatal(err)
	}
	found, missed := 0, map[string]int{}
	for i, p := range patterns {
		switch got := CheckRegexp(p); {
		case got != nil && errs[i] == "":
			t.Errorf("%s: refused (%v), but it compiles", p, got)
		case got != nil:
			found++
		case errs[i] != "":
			missed[errs[i]+"   "+p]++
		}
	}
	t.Logf("found %d, missed %d", found, len(missed))
	if len(missed) > found/20 {
		t.Errorf("found only %d, and missed %d: %v", found, len(missed), missed)
	}
}
