// Package lint finds what would break in Panther or mislead an analyst.
//
// # How it works
//
// [Open] opens a repository and [Run] lints it. A run reads every file once, in
// parallel: Spec rules check each spec with the Python file it names, and Python
// rules check each Python file. The result for a file (its findings and its [Facts])
// depends only on the file, its body and the options, so it can be cached. Repo
// rules then check the facts of all files together. They never see a syntax tree, so
// a run after one change parses one file.
//
// Rules about Python share what is known of a file: bodyOf has its calls, imports and
// other parts, and flowOf follows the values of the event through its functions. Those
// rules that need values or branches should extend these rather than walk by themselves.
//
// # Rules of your own
//
// [Options].Rules takes any list of rules; append to [Rules] to keep pdac's own.
// A rule is a [Rule] value with an id such as ACME01. It can be selected, ignored,
// configured and cached like every other rule:
//
//	lint.Options{Rules: append(lint.Rules(), myRule()), Select: []string{"default", "ACME"}}
//
// # How to add a rule to pdac
//
// "go run ./internal/newrule some-name" writes the files to fill in. The rule itself
// is a function in lint/pd999_some_name.go, and a line in catalogue.go:
//
//	func rulePD999() Rule {
//		return Rule{
//			ID: "PD999", Name: "some-name", Severity: Warning,
//			Doc: Doc{What: "…", Why: "…", Bad: "\n-- rules/a.yml --\n…", Good: "…"},
//			Spec: pd999,
//		}
//	}
//
//	func pd999(p *SpecPass) {
//		if v := p.Value("Severity"); v != nil && … {
//			p.ReportNode(v, "Severity %q …", v.Value).Hint = "…"
//		}
//	}
//
// A rule also needs:
//   - test data, testdata/PD999/bad*.txtar and good*.txtar: small repositories.
//     "go test ./lint -run TestRules -update" writes the findings into them; read
//     them before you commit.
//   - a fault in faults_test.go: a change that breaks the demo repository, which the
//     rule must find.
//   - a section in docs/rules.md, which is generated from Doc.
//
// The tests fail if one of these is missing, or if the examples in Doc don't show
// what they say. A message is one sentence in lower case without a full stop that
// quotes the words in the file; the hint says what to do. If [SpecFacts] and
// [PythonFacts] lack what a Repo rule needs to know about files, the rule collects
// it with CollectSpec or CollectPython and reads it with Collected. Use [Once] for
// work on one file that several rules share.
package lint
