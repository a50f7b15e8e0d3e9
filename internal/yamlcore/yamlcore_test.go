package yamlcore_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

func TestScalarsAreYAML12Core(t *testing.T) {
	num := func(s string) any { return json.Number(s) }
	for text, want := range map[string]any{
		"yes": "yes", "no": "no", "on": "on", "Off": "Off", "y": "y", "N": "N",
		"true": true, "True": true, "TRUE": true, "false": false, "tRue": "tRue",
		"~": nil, "null": nil, "Null": nil, "nULL": "nULL", "": nil,
		"0644": num("644"), "01234567": num("1234567"), "-007": num("-7"), "+5": num("5"),
		"0o17": num("15"), "0x1F": num("31"), "0b11": "0b11", "1_000": "1_000",
		"1e3": num("1000"), "1.0": num("1"), "1.50": num("1.5"), ".5": num("0.5"), "5.": num("5"), "-0": num("0"), "0.0": num("0"),
		"1621305118553123456789": num("1621305118553123456789"),
		"1:30:00":                "1:30:00", "2026-11-24": "2026-11-24", "2026-11-24T10:00:00Z": "2026-11-24T10:00:00Z",
		".inf": ".inf", "-.INF": "-.INF", ".nan": ".nan", "1e999999999": num("1e999999999"),
		`"true"`: "true", `'12'`: "12", "!!str 12": "12", `!!int "12"`: num("12"), "!!timestamp 2026-01-01": "2026-01-01",
		"1.2.3": "1.2.3", "10.0.0.0/8": "10.0.0.0/8", "-": "-", ".": ".", "+": "+", "1-2": "1-2",
	} {
		doc, err := yamlcore.Parse([]byte("k: "+text+"\n"), yamlcore.Limits{})
		if text == "-" {
			continue // a list item, not a scalar
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := yamlcore.Value(yamlcore.Lookup(doc.Root, "k"))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestNumbersOfEqualValueHaveEqualText(t *testing.T) {
	for _, group := range [][]string{
		{"1", "1.0", "1e0", "10e-1", "+1", "01", "1.000"},
		{"1000", "1e3", "1E3", "1.0e+3"},
		{"0.1", "0.10", ".1", "1e-1"},
		{"-2.5", "-2.50", "-25e-1"},
		{"12345678901234567890", "12345678901234567890.0"},
	} {
		for _, s := range group[1:] {
			if got, want := yamlcore.Number(s), yamlcore.Number(group[0]); got != want {
				t.Errorf("Number(%q) = %s, want %s as of %q", s, got, want, group[0])
			}
		}
	}
	if yamlcore.Number("9007199254740993") == yamlcore.Number("9007199254740992") {
		t.Error("integers that a float can't tell apart are equal")
	}
}

func TestFaultsSayWhereAndWhat(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		{"duplicate key", "a: 1\nb: 2\na: 3\n", `line 3, column 1: duplicate key "a"; the first is on line 1, column 1; keep one`},
		{"duplicate in JSON", "k:\n  1: x\n  \"1\": y\n", `line 3, column 3: duplicate key "1"`},
		{"invalid UTF-8", "a: b\nc: \xff\n", `line 2, column 4: byte 0xFF is not UTF-8`},
		{"NUL", "a: b\x00\n", `line 1, column 5: the file contains a NUL byte`},
		{"UTF-16", "\xff\xfea\x00", `the file is UTF-16; save it as UTF-8`},
		{"tab", "a:\n\tb: 1\n", `line 2, column 1: a tab`},
		{"unclosed list", "x: 1\na: [1, 2\nb: 3\n", "line 2, column 4: the \"[\" that starts here is never closed"},
		{"unclosed quote", "a: \"text\n", "close the quote"},
		{"unclosed quote, and others after it", "a: 1\nb: \"text\nc: \"more\"\nd: it's: so\n", "line 2, column 4: the quoted value that starts here is never closed"},
		{"unclosed quote in a list", "a:\n  - 'one'\n  - 'two\n  - 'three'\n", "line 3, column 5: the quoted value"},
		{"unclosed quote before a key", "a:\n  - b: 'one\n    c: 2\n", "line 2, column 8: the quoted value"},
		{"quotes over lines, and a fault", "a: \"one\n  two\"\nb: |\n  c: \"x\nd: 'it''s'\ne: f: g\n", "line 6, column 5: a \": \""},
		{"colon in value", "a: b: c\n", `quote the value if it contains a colon`},
		{"unknown alias", "a: *x\n", `line 1, column 4: the alias "*x" refers to an anchor that is not defined above it`},
		{"self alias", "a: &x [*x]\n", `is inside the value it refers to`},
		{"text after the value", "{a: b} c\n", "text after the end of the value"},
		{"list as key", "? [1, 2]\n: x\n", "a key must be a single value"},
		{"custom tag", "a: !thing x\n", `the tag "!thing" is not supported`},
		{"bad int tag", "a: !!int x\n", `the value "x" is tagged as a number but is not one`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := yamlcore.Parse([]byte(tc.src), yamlcore.Limits{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v\nwant it to say %q", err, tc.want)
			}
			var at *yamlcore.Error
			if !errors.As(err, &at) || at.Line < 1 {
				t.Fatalf("%v has no position", err)
			}
		})
	}
}

func TestAliasBombsAndDepthAreBounded(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [*" + p + strings.Repeat(",*"+p, 9) + "]\n"
	}
	_, err := yamlcore.Parse([]byte(bomb), yamlcore.Limits{})
	if err == nil || !strings.Contains(err.Error(), "when its aliases are expanded") {
		t.Errorf("bomb: got %v", err)
	}
	_, err = yamlcore.Parse([]byte(strings.Repeat("[", 300)+strings.Repeat("]", 300)), yamlcore.Limits{})
	if err == nil || !strings.Contains(err.Error(), "more than 200 levels deep") {
		t.Errorf("depth: got %v", err)
	}
	doc, err := yamlcore.Parse([]byte("a: &x {k: 1}\nb: *x\nc: *x\n"), yamlcore.Limits{})
	if err != nil {
		t.Fatalf("plain aliases: %v", err)
	}
	got, err := yamlcore.Value(doc.Root)
	one := map[string]any{"k": json.Number("1")}
	if diff := cmp.Diff(map[string]any{"a": one, "b": one, "c": one}, got); diff != "" || err != nil {
		t.Errorf("aliases (-want +got): %v\n%s", err, diff)
	}
}

func TestBOMAndCRLF(t *testing.T) {
	doc, err := yamlcore.Parse([]byte("\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: z\r\n"), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := yamlcore.Value(doc.Root)
	if diff := cmp.Diff(map[string]any{"a": "x\ny\n", "b": "z"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if k := doc.Root.Content[2]; k.Line != 4 || k.Column != 1 {
		t.Errorf("b stands at %d:%d, want 4:1", k.Line, k.Column)
	}
}

func TestMergeKeys(t *testing.T) {
	got, err := yamlcore.DecodeText("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"x": json.Number("1"), "y": json.Number("3")}
	if diff := cmp.Diff(want, got.(map[string]any)["use"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMoreDocumentsAreTold(t *testing.T) {
	for src, want := range map[string]bool{"a: 1\n": false, "a: 1\n---\nb: 2\n": true, "---\na: 1\n": false, "a: |\n  x\n  ---\n": false, "a: 1\n...\n": false} {
		doc, err := yamlcore.Parse([]byte(src), yamlcore.Limits{})
		if err != nil || doc.More != want {
			t.Errorf("%q: More = %v (%v), want %v", src, doc.More, err, want)
		}
	}
}

func TestJSONTextKeepsOrderAndMeaning(t *testing.T) {
	doc, err := yamlcore.Parse([]byte("z: 1\na: [true, ~, 'x<y']\nm: {}\nl: []\n0644: 007\n"), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := yamlcore.JSONText(doc.Root)
	want := `{
  "z": 1,
  "a": [
    true,
    null,
    "x<y"
  ],
  "m": {},
  "l": [],
  "0644": 7
}`
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got): %v\n%s", err, diff)
	}
}

// TestJSONTextKeepsNumbers: a number stays as it is written, or at least of its type.
func TestJSONTextKeepsNumbers(t *testing.T) {
	for written, want := range map[string]string{
		"57.0": "57.0", "57": "57", "1.50": "1.50", "1e3": "1e3", "1E+5": "1E+5", "-0.0": "-0.0", "-0": "-0", "1e400": "1e400", "1e999999999": "1e999999999",
		"123456789012345678901234567890": "123456789012345678901234567890", "0.1234567890123456789": "0.1234567890123456789",
		".5": "0.5", "-.5": "-0.5", "5.": "5.0", "5.e3": "5e3", "+5": "5", "+5.0": "5.0", "007": "7", "007.50": "7.50", "-00": "-0", "1e05": "1e05",
		"0x1F": "31", "0o17": "15", "!!float 5": "5.0", "!!float 5.5": "5.5", "!!int 5": "5", "'57.0'": `"57.0"`, "!!str 57.0": `"57.0"`, ".inf": `".inf"`,
	} {
		doc, err := yamlcore.Parse([]byte(written), yamlcore.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := yamlcore.JSONText(doc.Root)
		if got != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", written, got, err, want)
		}
		value, err := yamlcore.Value(doc.Root)
		read, errRead := yamlcore.DecodeJSON([]byte(got))
		if err != nil || errRead != nil || !yamlcore.Equal(value, read) {
			t.Errorf("%s: the value is %v (%v), but %s is read as %v (%v)", written, value, err, got, read, errRead)
		}
	}
}

func TestEncodeKeepsNumbers(t *testing.T) {
	doc, err := yamlcore.Parse([]byte("[57.0, 57, 1.50, 1e3, 5., 007, -0.0, 0x1F, !!float 5, '57.0']"), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := yamlcore.Encode(doc.Root)
	if want := "- 57.0\n- 57\n- 1.50\n- 1000\n- 5.0\n- 7\n- -0.0\n- 31\n- 5.0\n- \"57.0\"\n"; got != want || err != nil {
		t.Errorf("%v\n%s", err, got)
	}
}

// anyValue draws values whose texts are traps of YAML 1.1 and 1.2.
func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 6).Draw(t, "kind")
		if depth == 0 && kind > 4 {
			kind = 0
		}
		switch kind {
		case 0:
			return rapid.String().Draw(t, "s")
		case 1:
			return rapid.SampledFrom([]string{"yes", "no", "on", "~", "null", "true", "0644", "0o17", "1e3", "1:30", "2026-01-01", "<<", "", " x", "x ", "a: b", "# c", "- d", "&e", "*f", "!g", "%h", "@i", "`j", "a\nb", "a\n", "\n", "\tx", "'", "\"", "{}", "[]", "---", "...", "0x1F", ".5", ".inf", "\u2028", "é", "a\r\nb", "\u0085"}).Draw(t, "trap")
		case 2:
			return rapid.Bool().Draw(t, "b")
		case 3:
			return yamlcore.Number(rapid.SampledFrom([]string{"0", "1", "-5", "1.5", "1e30", "123456789012345678901234567890", "-0.001"}).Draw(t, "n"))
		case 4:
			return nil
		case 5:
			return rapid.SliceOfN(anyValue(depth-1), 0, 4).Draw(t, "list")
		}
		m := rapid.MapOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"yes", "1", "a b", "~", "k:"})), anyValue(depth-1), 0, 4).Draw(t, "map")
		return m
	})
}

// TestEncodeKeepsMeaning: whatever is written as YAML is read back the same.
func TestEncodeKeepsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(3).Draw(t, "v")
		text := yamlcore.CanonicalJSON(v)
		doc, err := yamlcore.Parse([]byte(text), yamlcore.Limits{})
		if err != nil {
			t.Skip("not YAML: ", err)
		}
		want, err := yamlcore.Value(doc.Root)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := yamlcore.Encode(doc.Root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := yamlcore.DecodeText(encoded)
		if err != nil || !yamlcore.Equal(got, want) {
			t.Fatalf("%v\nfrom %s\nas %s\ndiff %s", err, text, encoded, cmp.Diff(want, got))
		}
		js, err := yamlcore.JSONText(doc.Root)
		if err != nil {
			t.Fatal(err)
		}
		fromJSON, err := yamlcore.DecodeJSON([]byte(js))
		if err != nil || !yamlcore.Equal(fromJSON, want) {
			t.Fatalf("JSON: %v\n%s", err, cmp.Diff(want, fromJSON))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1\n", "a: &x [*x]\n", "? [a]\n: b", "<<: {a: b}", "!!int x", "a:\n\tb", "\xff\xfe", "- - - -", "a: |+\n\n", "{a: b, c", "<<: [*a]", "&a a: *a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := yamlcore.Parse(src, yamlcore.Limits{Nodes: 10_000})
		if err != nil {
			var at *yamlcore.Error
			if !errors.As(err, &at) {
				t.Fatalf("an error without a position: %v", err)
			}
			return
		}
		if doc.Root == nil {
			return
		}
		v, err := yamlcore.Value(doc.Root)
		if err != nil {
			return
		}
		text, err := yamlcore.Encode(doc.Root)
		if err != nil {
			t.Fatalf("can't be written: %v", err)
		}
		back, err := yamlcore.DecodeText(text)
		if err != nil || !yamlcore.Equal(v, back) {
			t.Fatalf("%q written as %q reads back as %v (%v)", src, text, back, err)
		}
	})
}

func TestPositionsOfKeys(t *testing.T) {
	doc, err := yamlcore.Parse([]byte("a:\n  - é: {b: 1}\n"), yamlcore.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	inner := doc.Root.Content[1].Content[0]
	for _, tc := range []struct {
		n         *yaml.Node
		line, col int
	}{{doc.Root.Content[0], 1, 1}, {inner.Content[0], 2, 5}, {inner.Content[1].Content[0], 2, 9}} {
		if tc.n.Line != tc.line || tc.n.Column != tc.col {
			t.Errorf("%q at %d:%d, want %d:%d", tc.n.Value, tc.n.Line, tc.n.Column, tc.line, tc.col)
		}
	}
}
