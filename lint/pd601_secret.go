package lint

import "slices"

// rulePD601 finds secrets.
func rulePD601() Rule {
	return Rule{
		ID: "PD601", Name: "secret", Severity: Error,
		Doc: Doc{
			What: "A spec, a test or a Python file holds something that has the form of a secret: an access key, a token, a private key, a password.",
			Why:  "Everybody who may read the repository, or the console, has it, and it stays in the history when it is taken out.",
			Bad:  "-- rules/login.py --\nTOKEN = \"" + "gh" + "p_" + "9fK2mQ7xL4vB8nR3tW6yZ1cD5hJ0sG2aPq4E" + "\"\n",
			Good: `
-- rules/login.py --
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
`,
			Configure: "Values that say that they are made up (`EXAMPLE`, `xxxx`, `fake`) don't count, and neither do those of the option `allow`. A secret that was real must be revoked, too: taking it out is not enough. The id of an access key in the event of a test is no secret without its key, and PD604's.",
		},
		Options: []Option{{Name: "allow", Doc: "Values that are no secrets.", Default: []string{}}},
		Spec:    func(p *SpecPass) { pd601(&p.filePass, findSecrets(p.Source.Text, false), eventKeyIDs(p)) },
		Python:  func(p *PythonPass) { pd601(&p.filePass, findSecrets(p.Source.Text, true), nil) },
	}
}

// pd601 reports secrets. An id of a key that an event of a test holds opens
// nothing by itself and is PD604's; beside a secret it is half of one.
func pd601(p *filePass, found []secretAt, inEvents map[string]bool) {
	alone := !slices.ContainsFunc(found, func(s secretAt) bool { return !s.id })
	for _, s := range found {
		text := p.Source.Text[s.start:s.end]
		if slices.Contains(p.Strings("allow"), text) || s.id && alone && inEvents[text] {
			continue
		}
		// The message goes to logs and pages, and so the secret must not.
		f := p.Report(p.Source.Range(s.start, s.end), "this looks like %s", s.name)
		f.Hint = "revoke it, and put a made-up value in its place; if it is none, say so in the option `allow` of this rule"
	}
}
