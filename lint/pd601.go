package lint

import "slices"

// PD601 finds secrets.
func (catalogue) PD601() Rule {
	return Rule{
		Name: "secret", Severity: Error,
		Doc: Doc{
			What: "A spec, a test or a Python file holds something that has the form of a secret: an access key, a token, a private key, a password.",
			Why:  "Everybody who may read the repository, or the console, has it, and it stays in the history when it is taken out.",
			Bad:  "-- rules/login.py --\nTOKEN = \"" + "gh" + "p_" + "9fK2mQ7xL4vB8nR3tW6yZ1cD5hJ0sG2aPq4E" + "\"\n",
			Good: `
-- rules/login.py --
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
`,
			Configure: "Values that say that they are made up (`EXAMPLE`, `xxxx`, `fake`) don't count, and neither do those of the option `allow`. A secret that was real must be revoked, too: taking it out is not enough.",
		},
		Options: []Option{{Name: "allow", Doc: "Values that are no secrets.", Default: []string{}}},
		Spec:    func(p *SpecPass) { pd601(&p.filePass, false) },
		Python:  func(p *PythonPass) { pd601(&p.filePass, true) },
	}
}

func pd601(p *filePass, python bool) {
	for _, s := range findSecrets(p.Source.Text, python) {
		if slices.Contains(p.Strings("allow"), p.Source.Text[s.start:s.end]) {
			continue
		}
		// The message goes to logs and pages, and so the secret must not.
		f := p.Report(p.Source.Range(s.start, s.end), "this looks like %s", s.name)
		f.Hint = "revoke it, and put a made-up value in its place; if it is none, say so in the option `allow` of this rule"
	}
}
