package yamledit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamledit"
)

func large(n int) []byte {
	var b strings.Builder
	b.WriteString("AnalysisType: rule\nSeverity: Low # here\nTests:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - Name: case %d\n    ExpectedResult: true\n    Log:\n      {\n        \"a\": %d,\n        \"b\": [1, {\"c\": \"text %d\"}]\n      }\n", i, i, i)
	}
	return []byte(b.String())
}

// BenchmarkSet sets one scalar in specs with so many unit tests.
func BenchmarkSet(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		src := large(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				d, err := yamledit.Parse(src)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Set(yamledit.Path{"Severity"}, "High"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
