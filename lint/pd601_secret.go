package lint

import "slices"

// rulePD601 finds secrets.
func rulePD601() Rule {
	return Rule{
		ID: "PD601", Name: "secret", Severity: Error,
		Doc: Doc{
			What: "A spec, a test or a Python file contains a string that looks like a secret: an access key, a token, a private key or a password.",
			Why:  "Everyone with read access to the repository or the console has the secret, and it stays in the history after it is removed.",
			Bad:  "-- rules/login.py --\nTOKEN = \"" + "gh" + "p_" + "9fK2mQ7xL4vB8nR3tW6yZ1cD5hJ0sG2aPq4E" + "\"\n",
			Good: `
-- rules/login.py --
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
`,
			Configure: "Placeholders (`EXAMPLE`, `xxxx`, `fake`) and the values of the option `allow` are not reported. Revoke a real secret: removing it from the file is not enough. In test events, PD604 reports the id of an access key; this rule reports it only if the file also contains another secret.",
		},
		Options: []Option{{Name: "allow", Doc: "Values that are not secrets.", Default: []string{}}},
		Spec:    func(p *SpecPass) { pd601(&p.filePass, findSecrets(p.Source.Text, false), eventKeyIDs(p)) },
		Python:  func(p *PythonPass) { pd601(&p.filePass, findSecrets(p.Source.Text, true), nil) },
	}
}

// pd601 reports secrets. The id of an access key in a test event is useless on its
// own and left to PD604; together with a secret it is half of a credential.
func pd601(p *filePass, found []secretAt, inEvents map[string]bool) {
	alone := !slices.ContainsFunc(found, func(s secretAt) bool { return !s.id })
	for _, s := range found {
		text := p.Source.Text[s.start:s.end]
		if slices.Contains(p.Strings("allow"), text) || s.id && alone && inEvents[text] {
			continue
		}
		// Messages end up in logs and on pages, so they must not contain the secret.
		f := p.Report(p.Source.Range(s.start, s.end), "this looks like %s", s.name)
		f.Hint = "revoke it and use a placeholder; if it is not a secret, add it to the option `allow` of this rule"
	}
}
