package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD328 finds regular expressions that do not compile.
func rulePD328() Rule {
	return Rule{
		ID: "PD328", Name: "bad-regexp", Severity: Error,
		Doc: Doc{
			What: "A regular expression does not compile in Python.",
			Why:  "The call fails. At the top of a file that breaks every detection which needs the file; in a function, each event that reaches it.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import re


def rule(event):
    return bool(re.match(r"*.example.com", event.get("host", "")))
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
import re


def rule(event):
    return bool(re.match(r".*\.example\.com", event.get("host", "")))
`,
			Configure: "Only patterns that are written as one text are checked, and none with the flag VERBOSE.",
		},
		Spec: pd328,
	}
}

// regexpFunctions are the functions of re whose first argument is a pattern.
var regexpFunctions = map[string]bool{
	"re.compile": true, "re.search": true, "re.match": true, "re.fullmatch": true, "re.findall": true, "re.finditer": true, "re.sub": true, "re.subn": true, "re.split": true,
}

func pd328(p *SpecPass) {
	b := bodyOf(p)
	if b == nil {
		return
	}
	seen := map[*python.Constant]bool{}
	for _, call := range b.calls {
		if len(call.Args) == 0 || !regexpFunctions[b.name(call.Func)] || b.verbose(call.Call) {
			continue
		}
		c, ok := call.Args[0].(*python.Constant)
		if n, isName := call.Args[0].(*python.Name); isName {
			if list := b.assigned()[n.ID]; len(list) == 1 && call.function != nil && assignedNames(call.function.Body)[n.ID] == nil {
				c, ok = list[0].(*python.Constant)
			}
		}
		if !ok || c.Kind != python.Str || seen[c] {
			continue
		}
		seen[c] = true
		if err := python.CheckRegexp(c.Value); err != nil {
			out := p.ReportBody(b.header(c), "the regular expression does not compile: %s, at position %d", err.Msg, utf8.RuneCountInString(c.Value[:err.Pos]))
			out.Key = c.Value
			out.Hint = "write \\ before a character that stands for itself"
		}
	}
}

// verbose reports whether a call may give the flag VERBOSE.
func (b *body) verbose(c *python.Call) bool {
	args := c.Args[1:]
	for _, k := range c.Keywords {
		args = append(args, k.Value)
	}
	for _, a := range args {
		text := b.text(a)
		if strings.Contains(text, "VERBOSE") || strings.HasSuffix(text, ".X") || strings.Contains(text, ".X ") {
			return true
		}
	}
	if len(c.Args) > 1 && b.name(c.Func) == "re.compile" || len(c.Keywords) > 0 {
		last := args[len(args)-1]
		_, named := last.(*python.Name)
		return named && !b.imported(last) // unknown flags
	}
	return false
}
