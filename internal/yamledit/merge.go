package yamledit

import (
	"bytes"
	"strings"

	"github.com/pdac-dev/pdac/internal/textdiff"
)

// MergeText replaces only the lines of a text file that differ from the wanted
// text. The byte-order mark, line ends and blank lines at the file's end are
// preserved; new lines end like the line before. Line ends at the end of want
// are ignored.
func MergeText(src []byte, want string) []byte {
	mark := ""
	if bytes.HasPrefix(src, utf8BOM) {
		mark, src = string(utf8BOM), src[len(utf8BOM):]
	}
	want = strings.TrimRight(strings.ReplaceAll(want, "\r\n", "\n"), "\n")
	body := strings.TrimRight(string(src), "\r\n")
	tail := string(src[len(body):])
	if body == "" {
		tail = "\n"
	}
	if want == "" {
		return []byte(mark)
	}
	was := strings.SplitAfter(body, "\n")
	plain := make([]string, len(was))
	nl := "\n"
	if strings.Contains(body+tail, "\r\n") {
		nl = "\r\n"
	}
	for i, l := range was {
		plain[i] = strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
	}
	is := strings.Split(want, "\n")
	from := make([]int, len(is))
	for i := range from {
		from[i] = -1
	}
	for _, m := range textdiff.Match(plain, is) {
		from[m.B] = m.A
	}
	var b strings.Builder
	b.WriteString(mark)
	end := nl
	if len(was) > 1 {
		end = was[0][len(plain[0]):]
	}
	for i, l := range is {
		if f := from[i]; f >= 0 && len(was[f]) > len(plain[f]) {
			end = was[f][len(plain[f]):]
		}
		b.WriteString(l)
		if i < len(is)-1 {
			b.WriteString(end)
		}
	}
	b.WriteString(tail)
	return []byte(b.String())
}
