package lint

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
	"gopkg.in/yaml.v3"
)

// rulePD518 finds common misspellings.
func rulePD518() Rule {
	return Rule{
		ID: "PD518", Name: "spelling", Severity: Info,
		Doc: Doc{
			What: "A `DisplayName`, `Description`, `Runbook`, a test's name or a text in Python has a word from a list of common misspellings.",
			Why:  "Analysts read these texts, and search for the words.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Description: An unsuccesful login of a priviledged user.
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Description: An unsuccessful login of a privileged user.
`,
		},
		Spec: pd518,
	}
}

// misspellings has a line for each word: the slip, and the word.
//
//go:embed misspellings.txt
var misspellings string

var slips = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(misspellings) {
		if words := strings.Fields(line); len(words) == 2 {
			out[words[0]] = words[1]
		}
	}
	return out
})

var aWord = lazyregexp.New(`[A-Za-z]{4,}`)

func pd518(p *SpecPass) {
	check := func(text string, report func(from, to int, format string, args ...any) *Finding) {
		seen := map[string]bool{}
		for _, m := range aWord.Get().FindAllStringIndex(text, -1) {
			word := text[m[0]:m[1]]
			right := slips()[strings.ToLower(word)]
			if right == "" || seen[word] {
				continue
			}
			seen[word] = true
			f := report(m[0], m[1], "%q is misspelled", word)
			f.Key, f.Hint = word, "write "+right
		}
	}
	node := func(n *yaml.Node) {
		if text := plainText(n); text != "" {
			check(text, func(from, to int, format string, args ...any) *Finding {
				return p.Report(p.Source.nodePart(n, from, to), format, args...)
			})
		}
	}
	for _, key := range []string{"DisplayName", "Description", "Runbook"} {
		node(p.Value(key))
	}
	for _, t := range unitTests(p) {
		node(t.name)
	}
	b := bodyOf(p)
	if b == nil {
		return
	}
	python.Inspect(b.module, func(n python.Node) bool {
		if c, ok := n.(*python.Constant); ok && c.Kind == python.Str {
			check(c.Value, func(_, _ int, format string, args ...any) *Finding {
				return p.ReportBody(b.header(c), format, args...)
			})
		}
		return true
	})
}
