package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// writeJSON writes a value with an indent of two and a final line feed, without
// escaping HTML. Invisible characters, and those that turn a line of a CI log into
// a workflow command, are written as JSON escapes, which decode to the same text.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := w.Write(escapeUnseen(b.Bytes()))
	return err
}

// escapeUnseen works on encoded JSON: outside strings it only has plain characters,
// so everything that is escaped is inside a string.
func escapeUnseen(src []byte) []byte {
	var out []byte
	from := 0
	for i := 0; i < len(src); {
		c := src[i]
		if c < 0x7f && c != '#' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if r == '#' && (i == 0 || src[i-1] != '#' || !opensCommand(string(src[i+1:min(i+40, len(src))]))) || r != '#' && seen(r) {
			i += n
			continue
		}
		out = append(out, src[from:i]...)
		if r > 0xffff {
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
		from = i
	}
	return append(out, src[from:]...)
}
