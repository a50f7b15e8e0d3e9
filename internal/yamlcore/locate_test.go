package yamlcore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"pgregory.net/rapid"
)

// TestFaultsAreLocated checks the place of the usual mistakes.
func TestFaultsAreLocated(t *testing.T) {
	top := "AnalysisType: rule\n"
	for _, tc := range []struct{ name, src, want string }{
		{"braces", "Description: {user} did it\n", `line 2, column 21: text after the "}" of a value that starts with "{"; quote the value`},
		{"brackets", "Description: [P1] urgent\n", `line 2, column 19: text after the "]" of a value that starts with "["; quote the value`},
		{"link", "Reference: [x](https://y)\n", `line 2, column 15: text after the "]"`},
		{"second value", "A: [x]\nTests:\n  - B: {a: b} # fine\n    C: !x {a} b # not\n", `line 5, column 15: text after the "}"`},
		{"single quotes", "Description: 'it's here'\n", "line 2, column 18: text after the closing quote; write '' for"},
		{"double quotes", "Description: \"a\" or \"b\"\n", `line 2, column 18: text after the closing quote; write \" for`},
		{"quotes over lines", "A: 'x\n  y' z\n", "line 3, column 6: text after the closing quote"},
		{"comma", "Log:\n  {\n    \"a\": 1,\n    \"b\": \"x\"\n    \"c\": 2\n  }\nB: c\n", `line 6, column 5: a comma is missing before "c"`},
		{"comma after a number", "Log: {\n  \"a\": 1\n  \"b\": 2 }\n", `line 4, column 3: a comma is missing before "b"`},
		{"comma in a list", "A: [\"x\" \"y\"]\n", `line 2, column 9: a comma is missing before "y"`},
		{"two commas", "A: {a: b,, c: d}\n", "line 2, column 10: a comma with no value before it"},
		{"colon", "A: {\"a\" \"b\"}\n", `line 2, column 9: a colon or a comma is missing before "b"`},
		{"glued brace", "A:\n  {\n    \"u\": 1,\n    actor:{\n      \"id\": 1\n    }\n  }\n", `line 5, column 5: a space is missing after the colon of "actor:"`},
		{"quote in JSON", "A: {\"a\": \"b\"c\"}\n", `line 2, column 13: text after the closing quote: c"`},
		{"unclosed brace", "A: {a: {b: c}\nB: d\n", `line 2, column 4: the "{" that starts here is never closed`},
		{"wrong closing", "A: {a: [b}\n", `line 2, column 10: "}" here, but "[" is open`},
		{"brace too many", "A: {a: b}}\n", `line 2, column 10: text after the "}"`},
		{"dedented key", "Tests:\n  - A: b\n    C: d\n   E: f\n", "line 5, column 4: this line is indented by 3 spaces, but the lines above it by 2 or 4"},
		{"dedented list", "Tags:\n  - a\n - b\n", "line 4, column 2: this line is indented by 1 space, but the lines above it by 0 or 2"},
		{"indented key", "A: b\n  C: d\n", "line 3, column 3: this key is indented deeper than the line above it"},
		{"after a block text", "A: |\n  b: {c} d\n\n  e\nB: {c} d\n", `line 6, column 8: text after the "}"`},
		{"colon in a value", "A: b: c\n", `line 2, column 5: a ": " where YAML does not expect one; quote the value`},
		{"no colon", "A: b\nSeverity High\nC: d\n", `line 3, column 1: a ": " is missing after the key`},
		{"no space", "A: b\nSeverity:High\nC: d\n", "line 3, column 1: a space is missing after the colon"},
		{"list on the line of a key", "A: - b\n", "line 2, column 4: a list item on the line of its key"},
		{"bold", "A: *b* c\n", `line 2, column 4: a value that starts with "*" is an alias`},
		{"control character", "A: \"b\x07\"\n", "line 2, column 6: the control character U+0007"},
		{"escape", "A: \"\\n \\d\"\n", "line 2, column 8: an unknown escape"},
		{"half a character", "A: \"\\ud83d\"\n", "line 2, column 5: an escape like"},
		{"merge conflict", "<<<<<<< HEAD\nA: b\n=======\nA: c\n>>>>>>> x\n", "line 2, column 1: a merge conflict"},
		{"Windows line ends", "A: b\r\nTests:\r\n  - A: b\r\n    C: d\r\n   E: f\r\n", "line 6, column 4: this line is indented by 3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := yamlcore.Parse([]byte(top+tc.src), yamlcore.Limits{})
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

// TestAnyFaultHasAPlace breaks a text in any place: every error is in the text.
func TestAnyFaultHasAPlace(t *testing.T) {
	const good = "a: {\"b\": [1, 'x', {c: d}],\n  e: f} # g\nh:\n  - i: |\n      j: {k}\n    l: 'm''n'\n  - \"o\": &p q\n    r: *p\ns: t u\n  v\nw:\n- x\n- - y\n"
	if _, err := yamlcore.Parse([]byte(good), yamlcore.Limits{}); err != nil {
		t.Fatal(err)
	}
	piece := rapid.SampledFrom([]string{"", " ", "\n", "{", "}", "[", "]", "'", "\"", ":", ": ", ",", "- ", "-", "#", " #", "*", "&", "!", "|", ">", "\t", "\r\n", "é", "\\", "?", "---\n", "x"})
	rapid.Check(t, func(t *rapid.T) {
		text := good
		for range rapid.IntRange(1, 4).Draw(t, "slips") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			end := min(len(text), at+rapid.IntRange(0, 3).Draw(t, "gone"))
			text = text[:at] + piece.Draw(t, "piece") + text[end:]
		}
		_, err := yamlcore.Parse([]byte(text), yamlcore.Limits{})
		var at *yamlcore.Error
		if err == nil || !errors.As(err, &at) {
			return
		}
		lines := strings.Split(text, "\n")
		if at.Line < 1 || at.Line > len(lines)+1 || at.Line <= len(lines) && at.Column > len(lines[at.Line-1])+1 {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// TestOddTextsAreErrors: a text that can't be parsed is an error, whatever its line
// ends and wherever it breaks off.
func TestOddTextsAreErrors(t *testing.T) {
	for _, src := range []string{"{{}:", "\"\r\\", "\"\u0085\\", "[[]:", "\r\"\\q\""} {
		if _, err := yamlcore.Parse([]byte(src), yamlcore.Limits{}); err == nil || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%q: %v", src, err)
		}
	}
}
