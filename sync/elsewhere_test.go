package sync_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// TestRerootedFilesComeBack: a record of another folder keeps all paths
// distinct, and converting them back restores them.
func TestRerootedFilesComeBack(t *testing.T) {
	name := rapid.StringMatching(`[.%a-c]?[a-cé %2E]{1,3}`).Filter(func(s string) bool { return strings.Trim(s, ".") != "" })
	root := rapid.OneOf(rapid.Just(""), name, rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "outer") + "/" + name.Draw(t, "inner") }))
	rapid.Check(t, func(t *rapid.T) {
		file := "rules/" + name.Draw(t, "file")
		from, to, third := root.Draw(t, "from"), root.Draw(t, "to"), root.Draw(t, "third")
		got := sync.Reroot(file, from, to)
		if (got == file) != (from == to) {
			t.Fatalf("from %q to %q: %q", from, to, got)
		}
		if strings.HasPrefix(got, ".") || strings.Contains(got, "/.") && !strings.Contains(file, "/.") {
			t.Fatalf("%q is hidden", got)
		}
		if back := sync.Reroot(sync.Reroot(got, to, third), third, from); back != file {
			t.Fatalf("%q over %q and %q comes back as %q", file, to, third, back)
		}
	})
}
