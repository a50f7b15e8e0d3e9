package lint

import (
	"fmt"
	"unicode/utf8"
)

// rulePD603 finds invisible characters.
func rulePD603() Rule {
	return Rule{
		ID: "PD603", Name: "invisible-character", Severity: Error,
		Doc: Doc{
			What: "A spec or a Python file contains an invisible character, or one that changes the text direction.",
			Why: "The code that runs differs from the code that a reviewer sees: a comparison never matches because of a zero-width space, or a line that looks " +
				"like a comment is code.",
			Bad: "-- rules/login.py --\ndef rule(event):\n    return event.get(\"user\") == \"ad\u200bmin\"\n",
			Good: `
-- rules/login.py --
def rule(event):
    return event.get("user") == "admin"
`,
			Configure: "Write an intended character, for example in a test for this case, as an escape: `\"\\u200b\"`.",
		},
		Spec:   func(p *SpecPass) { pd603(&p.filePass) },
		Python: func(p *PythonPass) { pd603(&p.filePass) },
	}
}

func pd603(p *filePass) {
	text := p.Source.Text
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if what := pd603Kind(r); what != "" && i > 0 {
			f := p.Report(p.Source.Range(i, i+n), "%s (%s)", what, fmt.Sprintf("U+%04X", r))
			f.Hint = "remove it, or write it as an escape if it is intended"
		}
		i += n - 1
	}
}

// pd603Kind describes an invisible character; the ranges are from Unicode.
func pd603Kind(r rune) string {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
		return "character that changes the text direction"
	case r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0x00AD, r == 0x180E, r >= 0x2061 && r <= 0x2064:
		return "zero-width character"
	case r >= 0xE0000 && r <= 0xE007F:
		return "invisible tag character"
	}
	return ""
}
