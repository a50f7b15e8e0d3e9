package main

import (
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/internal/synth"
)

// growth is a kind of repository that gets larger: of says what it has at a size.
type growth struct {
	name string
	of   func(n int) synth.Files
	// small is a kind of which each unit is a file.
	small bool
}

const (
	growthHead = "AnalysisType: rule\nRuleID: A\nEnabled: true\nFilename: a.py\nLogTypes: [AWS.CloudTrail]\nSeverity: Low\n"
	growthRule = "def rule(event):\n    return True\n"
	growthTest = "Tests:\n  - Name: x\n    ExpectedResult: true\n    Log: "
)

// each repeats a text, in which # is a number and @ the next one.
func each(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("#", fmt.Sprint(i), "@", fmt.Sprint(i+1)).Replace(text))
	}
	return b.String()
}

// growths lists what a hostile or odd repository may have many of.
func growths() []growth {
	spec := func(name string, extra func(n int) string) growth {
		return growth{name: name, of: func(n int) synth.Files {
			return synth.Files{"rules/a.yml": growthHead + extra(n), "rules/a.py": growthRule}
		}}
	}
	lines := func(name, before, line string) growth {
		return spec(name, func(n int) string { return before + each(n, line) })
	}
	python := func(name string, body func(n int) string) growth {
		return growth{name: "python: " + name, of: func(n int) synth.Files {
			return synth.Files{"rules/a.yml": growthHead, "rules/a.py": body(n)}
		}}
	}
	// code has lines before the rule, or in it if they are indented.
	code := func(name, line string) growth {
		return python(name, func(n int) string {
			if strings.HasPrefix(line, " ") {
				return "def rule(event):\n" + each(n, line) + "    return True\n"
			}
			return each(n, line) + "\n\n" + growthRule
		})
	}
	value := func(name, before, part, after string) growth {
		return python(name, func(n int) string {
			return "def rule(event):\n    return " + strings.Repeat(before, n) + part + strings.Repeat(after, n) + "\n"
		})
	}
	files := func(name string, each func(i int, files synth.Files)) growth {
		return growth{name: name, small: true, of: func(n int) synth.Files {
			out := synth.Files{}
			for i := range n {
				each(i, out)
			}
			return out
		}}
	}
	one := func(name, head string, body func(n int) string) growth {
		return growth{name: name, of: func(n int) synth.Files { return synth.Files{"a/a.yml": head + body(n)} }}
	}
	setUp := func(name, file string, body func(n int) string) growth {
		return growth{name: "init: " + name, of: func(n int) synth.Files { return synth.Files{file: body(n)} }}
	}
	const simple = "AnalysisType: rule\nRuleID: S\nEnabled: true\nLogTypes: [AWS.CloudTrail]\nSeverity: Low\n"
	const query = "AnalysisType: saved_query\nQueryName: q\nQuery: "
	return []growth{
		lines("unknown keys", "", "Key#: 1\n"),
		lines("unknown keys of a test", growthTest+"{}\n", "    Key#: 1\n"),
		lines("keys twice", "", "Tags: [a]\n"),
		lines("keys without a value", "", "Key#:\n"),
		lines("tests", "Tests:\n", "  - Name: t#\n    ExpectedResult: true\n    Log: {a: #}\n"),
		lines("tests of one name", "Tests:\n", "  - Name: t\n    ExpectedResult: true\n    Log: {a: 1}\n"),
		lines("tests of a wrong type", "Tests:\n", "  - {Name: t#, ExpectedResult: 7, Log: {}}\n"),
		lines("mocks", growthTest+"{}\n    Mocks:\n", "      - objectName: m#\n        returnValue: 1\n"),
		lines("tags", "Tags:\n", "  - t#\n"),
		lines("equal tags", "Tags:\n", "  - t\n"),
		lines("empty tags", "Tags:\n", "  -\n"),
		lines("indented differently", "Tags:\n", "      -    t#\n"),
		lines("reports", "Reports:\n", "  R#: [a]\n"),
		lines("MITRE", "Reports:\n  MITRE ATT&CK:\n", "    - TA0001:T#\n"),
		lines("block text", "Description: |\n", "  line of text\n"),
		lines("folded text", "Description: >\n", "  line of text\n"),
		lines("plain lines", "Description: a\n", "  line of text\n"),
		lines("CRLF", "Description: |\r\n", "  line of text\r\n"),
		lines("blank lines", "", "\n"),
		lines("comments", "", "# a comment\n"),
		lines("trailing spaces", "Description: |\n", "  text    \n"),
		lines("ignore comments", "", "# pdac:ignore PD999 nope\n"),
		lines("documents", "", "---\na: 1\n"),
		spec("long list", func(n int) string { return "Tags: [" + each(n, "t#, ") + "x]\n" }),
		spec("long line", func(n int) string { return "Description: " + strings.Repeat("word ", n) + "\n" }),
		spec("long quoted line", func(n int) string { return "Description: \"" + strings.Repeat(`wo\u0041 `, n) + "\"\n" }),
		spec("aliases", func(n int) string { return growthTest + "{k: &a [1], " + each(n, "k#: *a, ") + "}\n" }),
		spec("anchors", func(n int) string { return growthTest + "{" + each(n, "k#: &a# [1], ") + "}\n" }),
		spec("nested lists", func(n int) string {
			return growthTest + "{a: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "}\n"
		}),
		spec("nested mappings", func(n int) string {
			n = min(n, 4000)
			return growthTest + strings.Repeat("{a: ", n) + "1" + strings.Repeat("}", n) + "\n"
		}),

		code("functions", "def f#(x):\n    return x\n\n\n"),
		code("functions of one name", "def f(x):\n    return x\n\n\n"),
		code("functions that call the next", "def f#(x):\n    return f@(x)\n\n\n"),
		code("imports", "import m#\n"),
		code("equal imports", "import m\n"),
		code("assignments", "x@ = x#\n"),
		code("assignments of one name", "x = x + 'b'\n"),
		code("augmented assignments", "x += 'b'\n"),
		code("comments", "# a comment\n"),
		code("ignore comments", "# pdac:ignore PD999 nope\n"),
		code("blank lines", "\n"),
		code("syntax errors", "def f(:\n"),
		code("classes", "class C#:\n    def f(self):\n        return self.g()\n\n\n"),
		code("patterns", "re.match('(a+)+#', 'x')\n"),
		code("unused names", "    v# = event.get('k#')\n"),
		code("branches", "    if event.get('k#') == #:\n        return True\n"),
		code("unreachable lines", "    return False\n"),
		code("loops", "    for x# in event.get('k#'):\n        print(x#)\n"),
		code("tries", "    try:\n        f()\n    except ValueError:\n        pass\n"),
		python("elif", func(n int) string {
			return "def rule(event):\n    if event:\n        return True\n" + each(n, "    elif event.get('k#'):\n        return False\n") + "    return False\n"
		}),
		python("names of an import", func(n int) string { return "from m import (" + each(n, "n#, ") + ")\n\n\n" + growthRule }),
		python("functions in a ring", func(n int) string {
			return each(n-1, "def f#(x):\n    return f@(x)\n\n\n") + fmt.Sprintf("def f%d(x):\n    return f0(x)\n\n\n", n-1) + "def rule(event):\n    return f0(event)\n"
		}),
		python("list", func(n int) string { return "X = [\n" + each(n, "    'a#',\n") + "]\n" + growthRule }),
		python("equal keys", func(n int) string { return "X = {\n" + each(n, "    'a': #,\n") + "}\n" + growthRule }),
		python("strings side by side", func(n int) string { return "X = (" + each(n, "'a b c'\n") + ")\n" + growthRule }),
		python("long line", func(n int) string { return "X = '" + strings.Repeat("a", n) + "'\n" + growthRule }),
		python("continued lines", func(n int) string { return "X = 1" + strings.Repeat(" + \\\n    1", n) + "\n" + growthRule }),
		python("f-string", func(n int) string {
			return "def rule(event):\n    return f'" + strings.Repeat("{event}", n) + "'\n"
		}),
		python("long pattern", func(n int) string {
			return "import re\nre.match('" + strings.Repeat("(a|b)*", n) + "', 'x')\n" + growthRule
		}),
		python("nested pattern", func(n int) string {
			return "import re\nre.match('" + strings.Repeat("(", n) + strings.Repeat(")", n) + "', 'x')\n" + growthRule
		}),
		value("parentheses", "(", "event", ")"),
		value("lists", "[", "event", "]"),
		value("calls", "f(", "event", ")"),
		value("attributes", "", "event", ".a"),
		value("chained calls", "", "event", ".get('a')"),
		value("keys", "", "event", "['a']"),
		value("and", "", "event", " and event.get('a')"),
		value("plus", "", "event", " + event"),
		value("comparisons", "", "event", " < 1"),
		value("not", "not ", "event", ""),
		value("conditions", "1 if event else ", "event", ""),
		value("lambdas", "lambda x: ", "event", ""),

		growth{name: "ring of globals", small: true, of: func(n int) synth.Files { return importing(n, 1) }},
		growth{name: "mesh of globals", small: true, of: func(n int) synth.Files { return importing(n, 3) }},
		growth{name: "chain of globals", small: true, of: func(n int) synth.Files {
			out := importing(n, 1)
			out[fmt.Sprintf("g/g%d.py", n-1)] = "def f(e):\n    return e\n"
			return out
		}},
		files("rules", func(i int, out synth.Files) {
			out[fmt.Sprintf("r/a%d.yml", i)] = strings.NewReplacer("RuleID: A", fmt.Sprint("RuleID: A", i), "a.py", fmt.Sprintf("a%d.py", i)).Replace(growthHead)
			out[fmt.Sprintf("r/a%d.py", i)] = growthRule
		}),
		files("owners", func(i int, out synth.Files) {
			out[fmt.Sprintf("r/x%d/a.yml", i)] = strings.ReplaceAll(growthHead, "RuleID: A", fmt.Sprint("RuleID: A", i))
			out[fmt.Sprintf("r/x%d/a.py", i)] = growthRule
			out["CODEOWNERS"] += fmt.Sprintf("/r/x%d/ @team%d\nname%d @other%d\n", i, i, i, i)
		}),
		files("rules of one id", func(i int, out synth.Files) {
			out[fmt.Sprintf("r/a%d.yml", i)], out["r/a.py"] = growthHead, growthRule
		}),
		files("rules of one file", func(i int, out synth.Files) {
			out[fmt.Sprintf("r/a%d.yml", i)] = strings.ReplaceAll(growthHead, "RuleID: A", fmt.Sprint("RuleID: A", i))
			out["r/a.py"] = growthRule
		}),
		files("queries", func(i int, out synth.Files) {
			out[fmt.Sprintf("q/q%d.yml", i)] = fmt.Sprintf("AnalysisType: saved_query\nQueryName: q%d\nQuery: select * from t%d\n", i, i)
		}),
		files("packs", func(i int, out synth.Files) {
			out[fmt.Sprintf("p/p%d.yml", i)] = fmt.Sprintf("AnalysisType: pack\nPackID: P%d\nDisplayName: x\nPackDefinition:\n  IDs:\n    - X.%d\n", i, i)
		}),
		files("data models of one log type", func(i int, out synth.Files) {
			out[fmt.Sprintf("d/d%d.yml", i)] = fmt.Sprintf("AnalysisType: datamodel\nDataModelID: D%d\nEnabled: true\nLogTypes: [A.B]\nMappings:\n  - Name: x%d\n    Path: p\n", i, i)
		}),
		files("files that are no YAML", func(i int, out synth.Files) { out[fmt.Sprintf("r/a%d.yml", i)] = "a: [\n" }),

		one("pack", "AnalysisType: pack\nPackID: P\nDisplayName: x\nPackDefinition:\n  IDs:\n", func(n int) string { return each(n, "    - X.#\n") }),
		one("mappings", "AnalysisType: datamodel\nDataModelID: D\nEnabled: true\nLogTypes: [A.B]\nMappings:\n", func(n int) string { return each(n, "  - Name: x#\n    Path: p#\n") }),
		one("conditions", simple+"Detection:\n", func(n int) string { return each(n, "  - Key: k#\n    Condition: Equals\n    Value: x\n") }),
		one("nested conditions", simple+"Detection: ", func(n int) string {
			return strings.Repeat("[{All: ", n) + "[]" + strings.Repeat("}]", n) + "\n"
		}),
		one("values of a condition", simple+"Detection:\n  - Key: k\n    Condition: IsIn\n    Values:\n", func(n int) string { return each(n, "      - v#\n") }),
		one("log types", strings.ReplaceAll(simple, "[AWS.CloudTrail]", "")+"LogTypes:\n", func(n int) string { return each(n, "  - Foo.L#\n") }),
		one("steps of a sequence", "AnalysisType: correlation_rule\nRuleID: C\nEnabled: true\nSeverity: Low\nDetection:\n  - Schedule: {RateMinutes: 5, TimeoutMinutes: 2}\n    Sequence:\n", func(n int) string {
			return each(n, "      - ID: s#\n        RuleID: R#\n") + "    Transitions:\n" + each(n, "      - {ID: t#, From: s#, To: s@, WithinTimeFrameMinutes: 5}\n")
		}),
		one("tables of a query", query+"|\n  select 1\n", func(n int) string { return each(n, "  from panther_logs.public.t# join\n") }),
		one("nested query", query, func(n int) string {
			return "\"select " + strings.Repeat("(select ", n) + strings.Repeat(")", n) + "\"\n"
		}),
		one("query of names", query+"|\n  with\n", func(n int) string { return each(n, "  c@ as (select * from c#),\n") + "  d as (select 1) select 1\n" }),
		setUp("lines of a Makefile", "Makefile", func(n int) string { return "x:\n" + each(n, "\tpat test --path a# --filter B=# && pat upload\n") }),
		setUp("calls on a line", "Makefile", func(n int) string { return each(n, "pat test --path a# ") + "\n" }),
		setUp("lines that continue", "Makefile", func(n int) string { return "pat test" + strings.Repeat(" \\\n --filter a=b", n) + "\n" }),
		setUp("steps of a workflow", ".github/workflows/x.yml", func(n int) string {
			return "jobs:\n  a:\n    steps:\n" + each(n, "      - run: pat test --path a#\n")
		}),
		setUp("hooks", ".pre-commit-config.yaml", func(n int) string { return "repos:\n" + each(n, "- repo: r#\n  hooks: [{id: h#}]\n") }),
		setUp("settings of an editor", ".vscode/settings.json", func(n int) string {
			return "{\n" + each(n, "  // c#\n  \"k#\": [#, {\"a\": \"b\"}],\n") + "}\n"
		}),
		setUp("nested settings of an editor", ".vscode/settings.json", func(n int) string {
			return "{\"a\": " + strings.Repeat("[", n) + strings.Repeat("]", n) + "}\n"
		}),

		one("comments of a query", query, func(n int) string { return "\"" + strings.Repeat("/* ", n) + "\"\n" }),
	}
}

// importing is globals of which each imports the next ones, round in a ring.
func importing(n, next int) synth.Files {
	out := synth.Files{"r/a.yml": growthHead, "r/a.py": "import g0\n\n\ndef rule(event):\n    return g0.f(event)\n"}
	for i := range n {
		var b strings.Builder
		for k := range next {
			fmt.Fprintf(&b, "import g%d\n", (i+k+1)%n)
		}
		fmt.Fprintf(&b, "\n\ndef f(e):\n    return g%d.f(e)\n", (i+1)%n)
		out[fmt.Sprintf("g/g%d.yml", i)] = fmt.Sprintf("AnalysisType: global\nGlobalID: g%d\nFilename: g%d.py\n", i, i)
		out[fmt.Sprintf("g/g%d.py", i)] = b.String()
	}
	return out
}
