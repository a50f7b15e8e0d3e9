package textdiff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/textdiff"
)

// program writes a Python-like text of n lines in which every tenth line may
// carry a mark.
func program(n int, mark string) string {
	var b strings.Builder
	for i := range n {
		switch {
		case i%10 == 9:
			b.WriteString("\n")
		case i%50 == 3:
			fmt.Fprintf(&b, "    value_%d = event.get(%q)\n", i, mark)
		default:
			fmt.Fprintf(&b, "    value_%d = event.deep_get(\"a\", \"b%d\")\n", i, i%17)
		}
	}
	return b.String()
}

func BenchmarkLines(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		edited, other := program(n, "after"), strings.ReplaceAll(program(n, "x"), "value", "thing")
		before := program(n, "before")
		b.Run(fmt.Sprintf("edited/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(before)))
			for b.Loop() {
				textdiff.Lines(before, edited, 3)
			}
		})
		b.Run(fmt.Sprintf("rewritten/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(before)))
			for b.Loop() {
				textdiff.Lines(before, other, 3)
			}
		})
	}
}
