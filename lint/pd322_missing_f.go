package lint

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
)

// rulePD322 finds texts that lack the f of an f-string.
func rulePD322() Rule {
	return Rule{
		ID: "PD322", Name: "missing-f", Severity: Warning, Fixable: true,
		Doc: Doc{
			What: "A text has a placeholder such as `{event.get('user')}`, but no `f` before it.",
			Why:  "The alert shows the placeholder as it is written instead of the value, and a `dedup` groups all alerts as one.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    return "{event.get('user')} logged in"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    return f"{event.get('user')} logged in"
`,
			Configure: "Only placeholders of names that the function has count, in texts that are not formatted with `format`.",
		},
		Spec: pd322,
	}
}

// replaceField is what an f-string would replace: a name and what follows it.
var replaceField = lazyregexp.New(`\{([A-Za-z_]\w*)((?:\.\w+|\([^{}]*\)|\[[^{}]*\])*)(?:![rsa])?(?::[^{}]*)?\}`)

func pd322(p *SpecPass) {
	b := bodyOf(p)
	if b == nil || !strings.Contains(b.Source.Text, "{") {
		return
	}
	for _, f := range b.functions {
		var names map[string]bool
		known := func(name string) bool {
			if names == nil {
				names = map[string]bool{}
				for _, a := range parameters(f.Args) {
					names[a.Arg] = true
				}
				for _, s := range f.Body {
					bind(s, names)
				}
			}
			return names[name]
		}
		formatted := map[python.Node]bool{}
		var visit func(n python.Node)
		visit = func(n python.Node) {
			switch n := n.(type) {
			case *python.FunctionDef:
				if n != f {
					return // it has its own names
				}
			case *python.ExprStmt:
				if _, doc := n.Value.(*python.Constant); doc {
					return
				}
			case *python.Attribute:
				formatted[n.Value] = true // text.format(…), and other templates
			case *python.BinOp:
				if n.Op == python.Mod {
					formatted[n.Left] = true
				}
			case *python.JoinedStr:
				doubled := strings.Contains(b.text(n), "{{")
				for _, v := range n.Values {
					formatted[v] = true
					// One of several texts in a row may lack the f.
					if c, ok := v.(*python.Constant); ok && !doubled {
						if m := replaceField.FindStringSubmatch(c.Value); m != nil && known(m[1]) {
							pd322Report(p, b, c, m[0], known)
						}
					}
				}
			case *python.Constant:
				m := replaceField.FindStringSubmatch(n.Value)
				if n.Kind == python.Str && m != nil && !formatted[n] && known(m[1]) {
					pd322Report(p, b, n, m[0], known)
				}
			}
			python.Children(n, visit)
		}
		visit(f)
	}
}

func pd322Report(p *SpecPass, b *body, n *python.Constant, found string, known func(string) bool) {
	out := p.ReportBody(b.header(n), "%s is not replaced: the text has no f before it", found)
	out.Key = found
	out.Hint = "write f before the text"
	text := b.text(n)
	quote := text[:1]
	if !strings.ContainsAny(quote, `"'`) || strings.Count(text, quote) != 2 || strings.Contains(text, `\`) {
		return
	}
	for _, m := range replaceField.FindAllStringSubmatch(text, -1) {
		if known(m[1]) {
			text = strings.ReplaceAll(text, m[0], "")
		}
	}
	if strings.ContainsAny(text, "{}") {
		return // another meaning of {} in the same text
	}
	at := python.Span{Start: int32(n.Pos()), Stop: int32(n.Pos())}
	out.Fix = &Fix{Title: out.Hint, Edits: []Edit{b.replace(at, "f")}}
}
