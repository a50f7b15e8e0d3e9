package lint_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pdac-dev/pdac/lint"
)

// What is read as a baseline can be written, and is then read as the same entries.
func FuzzBaseline(f *testing.F) {
	for _, s := range []string{
		`{"format_version":"1.0","findings":[{"rule":"PD101","path":"a.yml","message":"m","fingerprint":"f"}]}`,
		`{"format_version":"1.0","findings":[]}`, `{"format_version":"2.0","findings":[]}`, `{"format_version":"1.0","findings":[{}]}`, `[]`, `null`, "\xff",
	} {
		f.Add([]byte(s))
	}
	file := filepath.Join(f.TempDir(), "baseline.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := lint.ReadBaseline(file)
		if err != nil {
			if b != nil || err.Error() == "" {
				t.Errorf("%v, %v", b, err)
			}
			return
		}
		if err := b.Write(file); err != nil {
			t.Fatal(err)
		}
		again, err := lint.ReadBaseline(file)
		if err != nil || len(again.Entries) != len(b.Entries) {
			t.Errorf("%q is written as something else: %v", text, err)
		}
	})
}
