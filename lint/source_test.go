package lint

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPlacesAndOffsetsAgree: a place and its offset lead to one another, on long
// lines with wide characters, with a byte-order mark and with either line end.
func TestPlacesAndOffsetsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "é", "日", "👩", "x", strings.Repeat("b", 700), strings.Repeat("ö", 300), "\n", "\r\n"})
		text := strings.Join(rapid.SliceOfN(word, 0, 12).Draw(t, "text"), "")
		start := 0
		if rapid.Bool().Draw(t, "mark") {
			text = byteOrderMark + text
			start = len(byteOrderMark)
		}
		src := newSource("a.yml", []byte(text))
		line, column := 1, 1
		for i := start; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			end := r == '\r' || r == '\n'
			if l, c := src.position(i); l != line || c != column {
				t.Fatalf("offset %d is at %d:%d, want %d:%d", i, l, c, line, column)
			}
			if got := src.offset(line, column); got != i {
				t.Fatalf("%d:%d is at offset %d, want %d", line, column, got, i)
			}
			if r == '\r' {
				n++ // a line feed follows; nobody asks for the place between
			}
			i, column = i+n, column+1
			if end {
				line, column = line+1, 1
			}
		}
	})
}

// TestLongLinesAreNotCarried: a file on one line may have many findings.
func TestLongLinesAreNotCarried(t *testing.T) {
	short, long := newSource("a", []byte("x\n")), newSource("a", []byte(strings.Repeat("x", maxSnippet+1)))
	if short.snippet(1) != "x" || long.snippet(1) != "" {
		t.Errorf("got %q and %d bytes", short.snippet(1), len(long.snippet(1)))
	}
}

// TestIgnoresOnOneLongLine: "#" inside texts is no comment, however many there are.
func TestIgnoresOnOneLongLine(t *testing.T) {
	text := "AnalysisType: rule\nRuleID: A\nTests: [" + strings.Repeat(`"# pdac:ignore PD107", `, 2000) + "] # pdac:ignore PD112 -- why\n"
	rec := lookSpec(newSource("a.yml", []byte(text)), []byte(text), &settings{rules: builtIn()}, func(string) *PythonFile { return nil })
	if n := len(rec.Ignores); n != 1 || rec.Ignores[0].Rules[0].Value != "PD112" {
		t.Errorf("%d ignores: %+v", n, rec.Ignores)
	}
}
