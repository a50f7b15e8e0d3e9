package panther

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// garbled reports whether JSON contains what is no text: bytes that are not UTF-8, or
// half of a surrogate pair. Decoded, either becomes U+FFFD.
func garbled(src []byte) bool {
	if !utf8.Valid(src) {
		return true
	}
	for {
		i := bytes.IndexByte(src, '\\')
		if i < 0 || i+1 >= len(src) {
			return false
		}
		unit := escapedUnit(src[i:])
		switch {
		case unit < 0:
			src = src[i+2:]
		case unit >= 0xDC00 && unit < 0xE000:
			return true
		case unit >= 0xD800 && unit < 0xDC00:
			if low := escapedUnit(src[i+6:]); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			src = src[i+12:]
		default:
			src = src[i+6:]
		}
	}
}

// escapedUnit returns the UTF-16 code unit that a text begins with as \uXXXX; -1 if it
// does not.
func escapedUnit(src []byte) int {
	if len(src) < 6 || src[0] != '\\' || src[1] != 'u' {
		return -1
	}
	n := 0
	for _, c := range src[2:6] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return -1
		}
		n = n<<4 | digit
	}
	return n
}

// GarbledReason says that a live entity has texts that can't be read exactly; "" if it
// has none.
func (e Entity) GarbledReason() string {
	if len(e.Garbled) == 0 {
		return ""
	}
	return fmt.Sprintf("its %s in Panther contains bytes that are not UTF-8, shown here as %q; correct it in the console, or set it in the spec", strings.Join(e.Garbled, ", "), "\uFFFD")
}

// withoutGarbled returns the garbled fields that values do not replace.
func (e Entity) withoutGarbled(values map[string]any) []string {
	if len(e.Garbled) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.Garbled), func(name string) bool {
		_, set := values[name]
		return set
	})
}
