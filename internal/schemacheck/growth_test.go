package schemacheck_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/schemas"
)

// TestProblemsCostNoSquare: twice as many problems cost about twice the work. The
// work is measured in allocated bytes, which do not depend on the machine's load.
func TestProblemsCostNoSquare(t *testing.T) {
	const head = "AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [X.Y]\nSeverity: Low\n"
	many := func(line string) func(n int) string {
		return func(n int) string {
			var b strings.Builder
			for i := range n {
				b.WriteString(strings.ReplaceAll(line, "#", fmt.Sprint(i)))
			}
			return b.String()
		}
	}
	for name, spec := range map[string]func(n int) string{
		"unknown keys": func(n int) string { return head + many("Key#: 1\n")(n) },
		"unknown keys of a test": func(n int) string {
			return head + "Tests:\n  - Name: x\n    ExpectedResult: true\n    Log: {}\n" + many("    Key#: 1\n")(n)
		},
		"tests of a wrong type":   func(n int) string { return head + "Tests:\n" + many("  - {Name: t#, ExpectedResult: 7, Log: {}}\n")(n) },
		"tests without a value":   func(n int) string { return head + "Tests:\n" + many("  - {Name: t#, ExpectedResult: , Log: {}}\n")(n) },
		"entries without a value": func(n int) string { return head + "Tags:\n" + many("  -\n")(n) },
		"keys without a value":    func(n int) string { return head + many("Key#:\n")(n) },
	} {
		t.Run(name, func(t *testing.T) {
			work := func(n int) float64 {
				root := parse(t, spec(n))
				schemacheck.Check(schemas.Rule, root) // compiles the schema
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if len(schemacheck.Check(schemas.Rule, root)) < n {
					t.Fatalf("fewer than %d problems", n)
				}
				runtime.ReadMemStats(&after)
				return float64(after.TotalAlloc - before.TotalAlloc)
			}
			if few, lots := work(1000), work(2000); lots > 3*few {
				t.Errorf("1,000 problems cost %.1f MB and 2,000 cost %.1f MB", few/1e6, lots/1e6)
			}
		})
	}
}
