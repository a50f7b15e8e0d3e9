package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// fingerprint names findings that are sorted by place. The name is made of the
// rule, the path, the spec's id, the finding's key or else the line it begins
// on with its spaces evened out, and a number among those that have all of that
// in common. So it lasts while lines are moved, indented or added elsewhere.
func fingerprint(sorted []Finding) {
	seen := map[string]int{}
	for i := range sorted {
		f := &sorted[i]
		key := f.Key
		if key == "" {
			key = strings.Join(strings.Fields(f.Snippet), " ")
		}
		if key == "" {
			key = f.Message
		}
		name := strings.Join([]string{f.Rule, f.Path, f.Entity, key}, "\x00")
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", name, seen[name]))
		seen[name]++
		f.Fingerprint = hex.EncodeToString(sum[:16])
	}
}
