package lint

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// rulePD602 finds people's addresses in tests.
func rulePD602() Rule {
	return Rule{
		ID: "PD602", Name: "email-in-test", Severity: Info,
		Doc: Doc{
			What: "The event of a test holds an e-mail address that may be somebody's.",
			Why:  "Events that were copied from real logs bring the names of real people into the repository.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {user: pat.quill@quillworks.io}
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {user: pat.quill@acme.example.com}
`,
			Configure: "Addresses of example.com and the other domains that are kept for examples don't count, nor those of machines, and neither do those of the option `domains`.",
		},
		Options: []Option{{Name: "domains", Doc: "Domains that may stand in tests, with those below them.", Default: []string{}}},
		Spec:    pd602,
	}
}

var (
	emailForm = regexp.MustCompile(`\b[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b`)
	// exampleDomains are kept for examples (source: RFC 2606 and RFC 6761), or
	// belong to machines.
	exampleDomains = []string{"example.com", "example.org", "example.net", "example.edu", "example", "test", "invalid", "localhost", "local", "internal",
		"gserviceaccount.com", "noreply.github.com", "users.noreply.github.com", "group.calendar.google.com"}
	exampleWords = []string{"example", "acme", "company", "domain", "test", "fake", "sample", "dummy", "your", "foo", "bar.com", "email.com", "org.com"}
)

func pd602(p *SpecPass) {
	domains := slices.Concat(exampleDomains, p.Strings("domains"))
	seen := map[string]bool{}
	eventTexts(p, func(_ string, n *yaml.Node) {
		if strings.IndexByte(n.Value, '@') < 0 {
			return
		}
		for _, m := range emailForm.FindAllStringSubmatchIndex(n.Value, -1) {
			domain := strings.ToLower(n.Value[m[2]:m[3]])
			if slices.ContainsFunc(domains, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) }) ||
				madeUpDomain(domain) || seen[n.Value[m[0]:m[1]]] {
				continue
			}
			// One word about an address is enough for a spec.
			seen[n.Value[m[0]:m[1]]] = true
			f := p.Report(pieceRange(p, n, m[0], m[1]), "the address %q may be somebody's", n.Value[m[0]:m[1]])
			f.Hint = "write one of example.com"
		}
	})
}

// madeUpDomain tells whether a domain says of itself that it isn't real.
func madeUpDomain(domain string) bool {
	return slices.ContainsFunc(exampleWords, func(w string) bool { return strings.Contains(domain, w) })
}

// eventTexts visits the texts of the tests' events, each with the key that it
// stands under.
func eventTexts(p *SpecPass, visit func(key string, n *yaml.Node)) {
	var walk func(key string, n *yaml.Node, depth int)
	walk = func(key string, n *yaml.Node, depth int) {
		switch {
		case depth > 100:
		case n.Kind == yaml.ScalarNode:
			if n.Value != "" {
				visit(key, n)
			}
		case n.Kind == yaml.SequenceNode:
			for _, c := range n.Content {
				walk(key, c, depth+1)
			}
		case n.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i].Value, n.Content[i+1], depth+1)
			}
		} // what an alias stands for is visited where it is written
	}
	for _, t := range unitTests(p) {
		if t.event != nil {
			walk("", t.event, 0)
		}
	}
}
