package yamledit

import (
	"cmp"
	"fmt"
	"slices"
)

// Splice replaces the bytes from Start up to, but not including, End with Text.
// If Start equals End, it inserts.
type Splice struct {
	Start, End int
	Text       string
}

// Apply applies all splices at once; their positions are those in src. They may
// be in any order and may touch. Overlaps and positions outside src are errors.
// Insertions at the same position are written in the given order, before a
// replacement that starts there. Duplicate replacements are applied once.
func Apply(src []byte, splices []Splice) ([]byte, error) {
	sorted := slices.Clone(splices)
	slices.SortStableFunc(sorted, func(a, b Splice) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(min(a.End-a.Start, 1), min(b.End-b.Start, 1)))
	})
	size := len(src)
	for _, s := range sorted {
		size += len(s.Text)
	}
	out := make([]byte, 0, size)
	at := 0
	var last Splice
	for i, s := range sorted {
		if s.Start < 0 || s.End < s.Start || s.End > len(src) {
			return nil, fmt.Errorf("an edit of bytes %d to %d is outside the text of %d bytes", s.Start, s.End, len(src))
		}
		if i > 0 && s == last && s.End > s.Start {
			continue
		}
		if s.Start < at {
			return nil, fmt.Errorf("two edits overlap at byte %d", s.Start)
		}
		out = append(out, src[at:s.Start]...)
		out = append(out, s.Text...)
		at, last = s.End, s
	}
	return append(out, src[at:]...), nil
}
