package lint

import (
	"fmt"
	"unicode/utf8"
)

// rulePD603 finds characters that nobody sees.
func rulePD603() Rule {
	return Rule{
		ID: "PD603", Name: "invisible-character", Severity: Error,
		Doc: Doc{
			What: "A spec or a Python file holds a character that can't be seen, or that turns the direction of writing.",
			Why: "What a reviewer sees is not what runs: a comparison never matches because of a space without width, or a line that looks " +
				"like a comment is code.",
			Bad: "-- rules/login.py --\ndef rule(event):\n    return event.get(\"user\") == \"ad\u200bmin\"\n",
			Good: `
-- rules/login.py --
def rule(event):
    return event.get("user") == "admin"
`,
			Configure: "A character that is meant, as in a test of just that, is better written as an escape: `\"\\u200b\"`.",
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
			f.Hint = "take it out, or write it as an escape if it is meant"
		}
		i += n - 1
	}
}

// pd603Kind says what an unseen character is; the ranges are Unicode's.
func pd603Kind(r rune) string {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
		return "a character that turns the direction of writing"
	case r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0x00AD, r == 0x180E, r >= 0x2061 && r <= 0x2064:
		return "a character without width"
	case r >= 0xE0000 && r <= 0xE007F:
		return "an invisible tag character"
	}
	return ""
}
