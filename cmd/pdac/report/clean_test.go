package report_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                         {"AWS.Root.Login: 100% <b> & \\n 'x'", "AWS.Root.Login: 100% <b> & \\n 'x'"},
		"other scripts":                 {"Größe 日本語 Ελλάδα עברית नमस्ते", "Größe 日本語 Ελλάδα עברית नमस्ते"},
		"wide space stays":              {"日本　語", "日本　語"},
		"emoji":                         {"⚠️ 😀", "⚠️ 😀"},
		"line ends and tabs":            {"a\nb\r\tc", `a\nb\r\tc`},
		"colour":                        {"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		"title of the window":           {"\x1b]0;x\x07", `\x1b]0;x\x07`},
		"NUL, backspace, delete":        {"a\x00\b\x7f", `a\x00\x08\x7f`},
		"C1 controls":                   {"\u009b31m\u0085", `\u009b31m\u0085`},
		"bidi overrides":                {"\u202eabc\u202c\u2066x\u2069\u200e\u200f\u061c", `\u202eabc\u202c\u2066x\u2069\u200e\u200f\u061c`},
		"zero width":                    {"a\u200bb\u200cc\u200dd\ufeffe\u2060", `a\u200bb\u200cc\u200dd\ufeffe\u2060`},
		"soft hyphen, odd spaces":       {"a\u00adb\u00a0c\u2003d", `a\u00adb\u00a0c\u2003d`},
		"line and paragraph separators": {"a\u2028b\u2029", `a\u2028b\u2029`},
		"tags":                          {"x\U000e0041\U000e007f", `x\U000e0041\U000e007f`},
		"variation selectors":           {"x\ufe00\U000e0100", `x\ufe00\U000e0100`},
		"fillers that do not show":      {"\u3164\u115f\uffa0\u2800\u034f", `\u3164\u115f\uffa0\u2800\u034f`},
		"private use and unassigned":    {"\ue000\U0010ffff", `\ue000\U0010ffff`},
		"not UTF-8":                     {"a\xff\xed\xa0\x80", `a\xff\xed\xa0\x80`},
		"replacement character":         {"\ufffd", "\ufffd"},
		"accents":                       {"e\u0301", "e\u0301"},
		"towers of accents":             {"e" + strings.Repeat("\u0301", 8) + "f", "e" + strings.Repeat("\u0301", 6) + `\u0301\u0301f`},
		"GitHub command":                {"::error::x", `\x3a:error::x`},
		"GitHub command, indented":      {" 　\t::set-output name=a::b", " 　" + `\t\x3a:set-output name=a::b`},
		"colon alone":                   {" :", ` \x3a`},
		"colons further in":             {"std::vector", "std::vector"},
		"old GitHub command":            {"x ##[set-env name=A;]b", `x #\x23[set-env name=A;]b`},
		"Azure command":                 {"##vso[task.setvariable]x", `#\x23vso[task.setvariable]x`},
		"TeamCity command":              {"##teamcity[x]", `#\x23teamcity[x]`},
		"more hashes":                   {"####[x]", `###\x23[x]`},
		"headings stay":                 {"## Title [x]", "## Title [x]"},
		"hashes stay":                   {"a##b", "a##b"},
		"empty":                         {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := report.Clean(c.in); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// unsafe says what is wrong with a line of output, if anything is.
func unsafe(line string) string {
	rest := strings.TrimLeftFunc(line, unicode.IsSpace)
	switch {
	case !utf8.ValidString(line):
		return "not UTF-8"
	case strings.HasPrefix(rest, "::"):
		return "a GitHub command"
	case strings.Contains(line, "##["), strings.Contains(line, "##vso["):
		return "a command"
	}
	for _, r := range line {
		if r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)) {
			return "a character that does not show: " + strings.Trim(string([]rune{r}), "")
		}
	}
	return ""
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2J::error::x", "##vso[x", "\u202e\xff", "###[", " \t::", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := report.Clean(s)
		if why := unsafe(got); why != "" {
			t.Errorf("%q became %q: %s", s, got, why)
		}
		if strings.ContainsAny(got, "\t\n") {
			t.Errorf("%q became %q, which is more than one line", s, got)
		}
		if again := report.Clean(got); again != got {
			t.Errorf("%q became %q and then %q", s, got, again)
		}
	})
}
