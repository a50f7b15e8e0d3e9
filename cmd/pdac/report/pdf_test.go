package report_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

var (
	pdfObject  = regexp.MustCompile(`(?s)\n(\d+) 0 obj\n(.*?)\nendobj`)
	pdfStream  = regexp.MustCompile(`(?s)/Filter /FlateDecode\n/Length (\d+)>> stream\n(.*)`)
	pdfFont    = regexp.MustCompile(`/(F\d+) (\d+) 0 R`)
	pdfUnicode = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	pdfMapped  = regexp.MustCompile(`(?m)^<([0-9A-Fa-f]{4})> (?:<([0-9A-Fa-f]{4})> )?<([0-9A-Fa-f]+)>$`)
	pdfShown   = regexp.MustCompile(`/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]{4,})> Tj`)
	ligatures  = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl")
)

// pdfText returns the text of a PDF as Chromium writes it, without white space. It knows
// how Chromium encodes text: as numbers of glyphs, with a table of their characters.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	objects, fonts := map[string]string{}, map[string]map[uint64]string{}
	var order []string
	for _, m := range pdfObject.FindAllSubmatch(pdf, -1) {
		text := string(m[2])
		if s := pdfStream.FindSubmatch(m[2]); s != nil {
			length, err := strconv.Atoi(string(s[1]))
			if err != nil {
				t.Fatal(err)
			}
			r, err := zlib.NewReader(bytes.NewReader(s[2][:min(length, len(s[2]))]))
			if err != nil {
				continue // an image or a font
			}
			plain, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			text = string(plain)
		}
		objects[string(m[1])], order = text, append(order, string(m[1]))
	}
	number := func(hex string) uint64 {
		n, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	units := func(hex string) (out []uint16) {
		for i := 0; i+4 <= len(hex); i += 4 {
			out = append(out, uint16(number(hex[i:i+4])))
		}
		return out
	}
	for _, id := range order {
		for _, m := range pdfFont.FindAllStringSubmatch(objects[id], -1) {
			table := pdfUnicode.FindStringSubmatch(objects[m[2]])
			if table == nil || fonts[m[1]] != nil {
				continue
			}
			fonts[m[1]] = map[uint64]string{}
			for _, c := range pdfMapped.FindAllStringSubmatch(objects[table[1]], -1) {
				units := units(c[3])
				from, to := number(c[1]), number(c[1])
				if c[2] != "" {
					to = number(c[2])
				}
				for n := from; n <= to; n++ {
					fonts[m[1]][n] = string(utf16.Decode(units))
					units[len(units)-1]++
				}
			}
		}
	}
	var out strings.Builder
	for _, id := range order {
		if !strings.Contains(objects[id], " Tj") {
			continue
		}
		font := ""
		for _, m := range pdfShown.FindAllStringSubmatch(objects[id], -1) {
			if m[1] != "" {
				font = m[1]
				continue
			}
			for i := 0; i+4 <= len(m[2]); i += 4 {
				out.WriteString(fonts[font][number(m[2][i:i+4])])
			}
		}
	}
	return unspaced(ligatures.Replace(out.String()))
}

// unspaced removes white space, which a PDF has only where a line has it.
func unspaced(s string) string { return strings.Join(strings.Fields(s), "") }
