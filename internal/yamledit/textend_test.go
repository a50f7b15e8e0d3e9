package yamledit_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"pgregory.net/rapid"
)

// TestTheEndOfATextStays: a text without a line end at its end gets none.
func TestTheEndOfATextStays(t *testing.T) {
	for src, want := range map[string]string{"A: 1\nB: 2": "A: 1", "A: 1\r\nB: 2": "A: 1", "A: 1\nB: 2\n": "A: 1\n", "A: 1\r\nB: 2\r\n": "A: 1\r\n"} {
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Delete(yamledit.Path{"B"}); err != nil || string(d.Bytes()) != want {
			t.Errorf("%q: %v, %q", src, err, d.Bytes())
		}
	}
}

// TestPropertyALineEndAtTheEndStays, whatever is changed.
func TestPropertyALineEndAtTheEndStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, v, _ := document(t)
		d, err := yamledit.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Set(nil, change(t, v)); err != nil {
			t.Fatal(err)
		}
		if now := string(d.Bytes()); strings.HasSuffix(src, "\n") && !strings.HasSuffix(now, "\n") {
			t.Fatalf("%q became %q", src, now)
		}
	})
}
