package schemacheck_test

import (
	"fmt"
	"testing"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"gopkg.in/yaml.v3"
)

// BenchmarkCheck compares specs that are already parsed with their schemas. The
// time for one is ns/op over the number of specs.
func BenchmarkCheck(b *testing.B) {
	specs := specsIn(b, "../../testdata/acme")
	var roots []*yaml.Node
	for _, r := range specs {
		roots = append(roots, r)
	}
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i := range n {
					root := roots[i%len(roots)]
					kind, _ := schemacheck.SpecKind(root)
					if kind == "" {
						b.Fatal("no kind")
					}
					schemacheck.Check(kind, root)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/spec")
		})
	}
}

// BenchmarkCompile reads and compiles the schema of a Python rule, which a run
// does once for each kind that it meets.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if err := schemacheck.CompileAnew("rule"); err != nil {
			b.Fatal(err)
		}
	}
}
