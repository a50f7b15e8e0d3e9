package textdiff_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/internal/textdiff"
)

func TestUnified(t *testing.T) {
	ten := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
	for name, c := range map[string]struct {
		before, after string
		context       int
		want          string
	}{
		"equal texts":       {"a\nb\n", "a\nb\n", 3, ""},
		"both empty":        {"", "", 3, ""},
		"from nothing":      {"", "a\nb\n", 3, "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		"to nothing":        {"a\n", "", 3, "@@ -1,1 +0,0 @@\n-a\n"},
		"changed line":      {"a\nb\nc\n", "a\nB\nc\n", 3, "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		"context is cut":    {ten, strings.Replace(ten, "5", "five", 1), 1, "@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6\n"},
		"no context":        {ten, strings.Replace(ten, "5\n", "", 1), 0, "@@ -5,1 +4,0 @@\n-5\n"},
		"insert no context": {"a\nb\n", "a\nx\nb\n", 0, "@@ -1,0 +2,1 @@\n+x\n"},
		"near ones join": {ten, strings.NewReplacer("3", "three", "6", "six").Replace(ten), 1,
			"@@ -2,6 +2,6 @@\n 2\n-3\n+three\n 4\n 5\n-6\n+six\n 7\n"},
		"far ones do not": {ten, strings.NewReplacer("3", "three", "7", "seven").Replace(ten), 1,
			"@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n@@ -6,3 +6,3 @@\n 6\n-7\n+seven\n 8\n"},
		"line feed lost": {"a\nb\n", "a\nb", 3,
			"@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
		"line feed won": {"b", "b\n", 3,
			"@@ -1,1 +1,1 @@\n-b\n\\ No newline at end of file\n+b\n"},
		"no line feed on either side": {"a\nb", "x\nb", 3,
			"@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"},
		"carriage return stays": {"a\r\n", "a\n", 3, "@@ -1,1 +1,1 @@\n-a\r\n+a\n"},
		"empty lines":           {"\n\n", "\n\n\n", 0, "@@ -2,0 +3,1 @@\n+\n"},
		"negative context":      {"a\nb\n", "a\n", -5, "@@ -2,1 +1,0 @@\n-b\n"},
		"replacement character": {"\ufffd\n", "\xff\n", 3, "@@ -1,1 +1,1 @@\n-\ufffd\n+\xff\n"},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			if want != "" {
				want = "--- old\n+++ new\n" + want
			}
			if got := textdiff.Unified(textdiff.Lines(c.before, c.after, c.context), "old", "new"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestUnifiedQuotesNames(t *testing.T) {
	got := textdiff.Unified(textdiff.Lines("a\n", "b\n", 0), "x\n+++ y", "a b.py")
	if want := "--- \"x\\n+++ y\"\n+++ a b.py\n@@"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

// apply is what the patch program does, with nothing forgiven.
func apply(before string, hunks []textdiff.Hunk) (string, error) {
	old := strings.SplitAfter(before, "\n")
	if old[len(old)-1] == "" {
		old = old[:len(old)-1]
	}
	var out strings.Builder
	at, written := 0, 0
	copyTo := func(n int) {
		for ; at < n; at++ {
			out.WriteString(old[at])
			written++
		}
	}
	for _, h := range hunks {
		oldStart, newStart := h.OldStart, h.NewStart
		if h.OldLines > 0 {
			oldStart--
		}
		if h.NewLines > 0 {
			newStart--
		}
		if oldStart < at || oldStart+h.OldLines > len(old) {
			return "", fmt.Errorf("%s does not fit at line %d of %d", h.Header(), at, len(old))
		}
		copyTo(oldStart)
		if written != newStart {
			return "", fmt.Errorf("%s begins at new line %d", h.Header(), written)
		}
		changed := false
		for _, l := range h.Lines {
			text := l.Text
			if !l.NoNewline {
				text += "\n"
			}
			changed = changed || l.Op != textdiff.Equal
			if l.Op != textdiff.Insert {
				if at >= len(old) || old[at] != text {
					return "", fmt.Errorf("%s has %q where another line stands", h.Header(), text)
				}
				at++
			}
			if l.Op != textdiff.Delete {
				out.WriteString(text)
				written++
			}
		}
		if !changed {
			return "", errors.New("a hunk without a difference")
		}
		if at != oldStart+h.OldLines || written != newStart+h.NewLines {
			return "", fmt.Errorf("%s does not count its lines", h.Header())
		}
	}
	copyTo(len(old))
	return out.String(), nil
}

// few draws texts with few different lines, so that much is equal.
func few() *rapid.Generator[string] {
	line := rapid.SampledFrom([]string{"", "a", "b", "c", "def f(x):", "    return x", "+", "-", "@@ -1 +1 @@", "\\ No newline at end of file", "é", "a\r"})
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(line, 0, 30).Draw(t, "lines"), "\n")
		return s + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "end")
	})
}

func TestHunksReproduce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := few().Draw(t, "before"), few().Draw(t, "after")
		hunks := textdiff.Lines(before, after, rapid.IntRange(0, 5).Draw(t, "context"))
		got, err := apply(before, hunks)
		if err != nil || got != after {
			t.Fatalf("applied: %q, %v; want %q", got, err, after)
		}
		if (len(hunks) == 0) != (before == after) {
			t.Fatalf("%d hunks", len(hunks))
		}
	})
}

// The result is as short as a plain longest-common-subsequence table says.
func TestLinesMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := few().Draw(t, "before"), few().Draw(t, "after")
		edits := 0
		for _, h := range textdiff.Lines(before, after, 0) {
			edits += len(h.Lines)
		}
		a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
		if want := shortestEdit(full(a), full(b)); edits != want {
			t.Fatalf("%d lines changed where %d do", edits, want)
		}
	})
}

func full(lines []string) []string {
	if lines[len(lines)-1] == "" {
		return lines[:len(lines)-1]
	}
	return lines
}

func shortestEdit(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return len(a) + len(b) - 2*row[len(b)]
}

func TestPatchProgram(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("there is no patch program here")
	}
	dir := t.TempDir()
	file, diffFile := filepath.Join(dir, "a"), filepath.Join(dir, "a.diff")
	rapid.Check(t, func(t *rapid.T) {
		before, after := few().Draw(t, "before"), few().Draw(t, "after")
		if before == "" || after == "" {
			// patch creates and removes files by names and dates; hunks from and
			// to nothing are checked by the test above.
			return
		}
		hunks := textdiff.Lines(before, after, rapid.IntRange(0, 4).Draw(t, "context"))
		if len(hunks) == 0 {
			return
		}
		write(t, file, before)
		write(t, diffFile, textdiff.Unified(hunks, "a", "a"))
		if out, err := exec.Command(patch, "--binary", "--batch", "--fuzz=0", file, diffFile).CombinedOutput(); err != nil {
			t.Fatalf("patch: %v\n%s", err, out)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != after {
			t.Fatalf("patch made %q, want %q", got, after)
		}
	})
}

func write(t *rapid.T, path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// More different lines than there are code points below the surrogates, in
// pieces that single lines can't separate.
func TestLinesPastTheSurrogates(t *testing.T) {
	var before, after strings.Builder
	for i := range 70_000 {
		line := fmt.Sprintf("line %d\n", i)
		before.WriteString(line)
		switch {
		case i%10_000 == 9_999:
			fmt.Fprintf(&after, "changed %d\n", i)
		default:
			after.WriteString(line)
		}
		if i%10_000 < 20 {
			before.WriteString(line)
			after.WriteString(line)
		}
	}
	hunks := textdiff.Lines(before.String(), after.String(), 1)
	if got, err := apply(before.String(), hunks); err != nil || got != after.String() {
		t.Fatalf("the hunks do not lead from one text to the other: %v", err)
	}
	if len(hunks) != 7 {
		t.Errorf("%d hunks, want 7", len(hunks))
	}
	for _, h := range hunks {
		if len(h.Lines) > 4 {
			t.Errorf("%s: %d lines, want at most 4", h.Header(), len(h.Lines))
		}
	}
}

// Large texts in which nothing stays in place must still give a right answer.
func TestLinesLargeAndUnlike(t *testing.T) {
	const n = 15_000
	for name, line := range map[string]func(i int) (string, string){
		"all lines once":  func(i int) (string, string) { return fmt.Sprint(i), fmt.Sprint(i * 7919 % n) },
		"all lines twice": func(i int) (string, string) { return fmt.Sprint(i / 2), fmt.Sprint(i * 7919 % n / 2) },
		"few lines":       func(i int) (string, string) { return fmt.Sprint(i % 7), fmt.Sprint(i * i % 11) },
	} {
		t.Run(name, func(t *testing.T) {
			var before, after strings.Builder
			for i := range n {
				b, a := line(i)
				before.WriteString(b + "\n")
				after.WriteString(a + "\n")
			}
			hunks := textdiff.Lines(before.String(), after.String(), 3)
			if got, err := apply(before.String(), hunks); err != nil || got != after.String() {
				t.Fatalf("the hunks do not lead from one text to the other: %v", err)
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\nc", "a\nx\nc\n", uint8(3))
	f.Add("", "\r\n\x00", uint8(0))
	f.Add("\ufffd\n\xed\xa0\x80", "\xff\n", uint8(1))
	f.Fuzz(func(t *testing.T, before, after string, context uint8) {
		hunks := textdiff.Lines(before, after, int(context))
		if got, err := apply(before, hunks); err != nil || got != after {
			t.Errorf("applied: %q, %v; want %q", got, err, after)
		}
	})
}
