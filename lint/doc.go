// Package lint finds what would break in Panther or mislead an analyst.
//
// # How it works
//
// [Run] looks at every file once, side by side: Spec rules at each spec with the
// Python it names, Python rules at each Python file. What comes of a file (its
// findings and its [Facts]) depends on the file, its body and the settings
// alone, so it can be kept from run to run. Repo rules then look at the facts of
// all files together; they never see a syntax tree, so that a run over one changed
// file costs one file.
//
// # How to add a rule
//
// Write one file, pdNNN.go, and its test data; nothing else has to be told:
//
//	// PD999 finds severities that shout.
//	func (catalogue) PD999() Rule {
//		return Rule{
//			Name: "shouting", Severity: Warning,
//			Doc: Doc{What: "…", Why: "…", Bad: "\n-- rules/a.yml --\n…", Good: "…"},
//			Spec: pd999,
//		}
//	}
//
//	func pd999(p *SpecPass) {
//		if v := p.Value("Severity"); v != nil && … {
//			f := p.ReportNode(v, "Severity %q …", v.Value)
//			f.Hint = "…"
//		}
//	}
//
// The name of the method is the rule's id; the catalogue finds it. A message is
// one sentence in lower case without a full stop, which quotes the person's own
// words; the hint says what to do. A rule that needs more than [SpecFacts] and
// [PythonFacts] of other files gathers it with CollectSpec or CollectPython and
// reads it in Repo with Collected. Work that several rules share on one file goes
// through [Once].
//
// The test data are testdata/PDNNN/bad*.txtar and good*.txtar: small
// repositories. "go test ./lint -update" writes what is found into them; read it
// before you commit it. A rule without both, or whose documentation's examples
// don't show what they say, fails the tests.
package lint
