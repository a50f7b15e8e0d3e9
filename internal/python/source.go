package python

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/ianaindex"
)

var (
	cookie    = regexp.MustCompile(`^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)
	blankLine = regexp.MustCompile(`^[ \t\f]*(?:#.*)?$`)
)

// decode returns the text of a file as UTF-8 with LF line ends, using the byte
// order mark and the coding cookie (PEP 263).
func decode(src []byte) (string, *rawError) {
	bom := bytes.HasPrefix(src, []byte("\xef\xbb\xbf"))
	if bom {
		src = src[3:]
	}
	name, spelt := "utf-8", ""
	rest := src
	for line := 0; line < 2 && len(rest) > 0; line++ {
		var first []byte
		first, rest, _ = bytes.Cut(rest, []byte("\n"))
		first = bytes.TrimSuffix(first, []byte("\r"))
		if m := cookie.FindSubmatch(first); m != nil {
			spelt = string(m[1])
			name = normalEncoding(spelt)
			break
		}
		if !blankLine.Match(first) {
			break
		}
	}
	if bom && (name != "utf-8" || !strings.HasPrefix(strings.ReplaceAll(strings.ToLower(spelt+"-"), "_", "-"), "utf-8-") && spelt != "") {
		return "", &rawError{line: -1, msg: fmt.Sprintf("encoding problem: %s with BOM", spelt)}
	}
	if name != "utf-8" {
		text, ok := transcode(src, name)
		if !ok {
			return "", &rawError{line: -1, msg: "unknown encoding: " + spelt}
		}
		src = text
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return "", &rawError{line: -2, msg: "source code cannot contain null bytes"}
	}
	if !utf8.Valid(src) {
		i := 0
		for {
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			i += n
		}
		line := bytes.Count(src[:i], []byte("\n")) + 1
		return "", &rawError{line: line, msg: badByte(src, i)}
	}
	text := string(src)
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, nil
}

// normalEncoding returns the same name for all spellings of UTF-8.
func normalEncoding(s string) string {
	n := strings.ReplaceAll(strings.ToLower(s), "_", "-")
	if n == "utf-8" || n == "utf8" || strings.HasPrefix(n, "utf-8-") || n == "u8" {
		return "utf-8"
	}
	if n == "latin-1" || n == "iso-8859-1" || n == "iso-latin-1" || strings.HasPrefix(n, "latin-1-") ||
		strings.HasPrefix(n, "iso-8859-1-") || strings.HasPrefix(n, "iso-latin-1-") || n == "latin1" || n == "l1" {
		return "iso-8859-1"
	}
	return n
}

func transcode(src []byte, name string) ([]byte, bool) {
	switch name {
	case "ascii", "us-ascii":
		return src, true
	case "iso-8859-1":
		out := make([]byte, 0, len(src)+len(src)/8)
		for _, c := range src {
			out = utf8.AppendRune(out, rune(c))
		}
		return out, true
	}
	if strings.HasPrefix(name, "cp125") {
		name = "windows-" + name[2:]
	}
	if rest, ok := strings.CutPrefix(name, "iso8859-"); ok {
		name = "iso-8859-" + rest
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return nil, false
	}
	out, err := enc.NewDecoder().Bytes(src)
	if err != nil {
		return nil, false
	}
	return out, true
}

func badByte(src []byte, i int) string {
	why := "invalid start byte"
	c := src[i]
	if c >= 0xC2 && c <= 0xF4 {
		why = "invalid continuation byte"
		if i+1 >= len(src) {
			why = "unexpected end of data"
		}
	}
	return fmt.Sprintf("(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %d: %s", c, i, why)
}

func newLineTable(src string) lineTable {
	t := make(lineTable, 1, 16+len(src)/32)
	for i := 0; i < len(src); {
		j := strings.IndexByte(src[i:], '\n')
		if j < 0 {
			break
		}
		i += j + 1
		t = append(t, int32(i))
	}
	return t
}
