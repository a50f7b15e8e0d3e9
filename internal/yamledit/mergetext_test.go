package yamledit_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"pgregory.net/rapid"
)

// TestANewFirstLineEndsAsTheFirstOneDid, also where the lines end in different ways.
func TestANewFirstLineEndsAsTheFirstOneDid(t *testing.T) {
	for src, want := range map[string]string{"a\nb\r\n": "new\na\nb\r\n", "a\r\nb\n": "new\r\na\r\nb\n"} {
		if got := string(yamledit.MergeText([]byte(src), "new\na\nb")); got != want {
			t.Errorf("%q became %q, not %q", src, got, want)
		}
	}
}

// TestPropertyMergedTextSaysWhatIsWanted: whatever the file was like, it then says what
// is wanted; its mark and the blank lines at its end stay; and a text that says the
// same already isn't touched.
func TestPropertyMergedTextSaysWhatIsWanted(t *testing.T) {
	line := rapid.SampledFrom([]string{"a", "b", "  c", "", "d d"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end"))
			}
			b.WriteString(line.Draw(t, "line"))
		}
		body := strings.TrimRight(b.String(), "\r\n")
		if body == "" {
			body = "x"
		}
		mark := rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "mark")
		tail := rapid.SampledFrom([]string{"", "\n", "\r\n", "\n\n\n"}).Draw(t, "tail")
		src := mark + body + tail
		plain := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
		if got := string(yamledit.MergeText([]byte(src), plain(body)+"\n")); got != src {
			t.Fatalf("%q was touched: %q", src, got)
		}
		want := strings.TrimRight(strings.Join(rapid.SliceOfN(line, 1, 6).Draw(t, "wanted"), "\n"), "\n")
		if want == "" {
			want = "y"
		}
		got := string(yamledit.MergeText([]byte(src), want))
		if plain(got) != mark+want+plain(tail) || !strings.HasSuffix(got, tail) {
			t.Fatalf("%q with %q became %q", src, want, got)
		}
	})
}
