package lint

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// rulePD602 finds e-mail addresses of people in tests.
func rulePD602() Rule {
	return Rule{
		ID: "PD602", Name: "email-in-test", Severity: Info,
		Doc: Doc{
			What: "The event of a test contains an e-mail address that may belong to a real person.",
			Why:  "Events that were copied from real logs put the names of real people into the repository.",
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
			Configure: "Addresses of machines, of example.com and the other domains reserved for examples, and of the domains in the option `domains` are not reported.",
		},
		Options: []Option{{Name: "domains", Doc: "Domains to allow in tests, including their subdomains.", Default: []string{}}},
		Spec:    pd602,
	}
}

var (
	emailForm = lazyregexp.New(`\b[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b`)
	// exampleDomains are reserved for examples (source: RFC 2606 and RFC 6761), or
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
			// Report each address once per spec.
			seen[n.Value[m[0]:m[1]]] = true
			f := p.Report(pieceRange(p, n, m[0], m[1]), "the e-mail address %q may belong to a real person", n.Value[m[0]:m[1]])
			f.Hint = "use an address of example.com"
		}
	})
}

// madeUpDomain reports whether the name of a domain shows that it isn't real.
func madeUpDomain(domain string) bool {
	return slices.ContainsFunc(exampleWords, func(w string) bool { return strings.Contains(domain, w) })
}

// eventTexts visits the scalars of the tests' events, each with its key.
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
		} // the target of an alias is visited where it is defined
	}
	for _, t := range unitTests(p) {
		if t.event != nil {
			walk("", t.event, 0)
		}
	}
}
