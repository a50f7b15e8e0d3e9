package lint

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// rulePD604 finds AWS accounts in tests.
func rulePD604() Rule {
	return Rule{
		ID: "PD604", Name: "account-in-test", Severity: Info,
		Doc: Doc{
			What: "The event of a test contains the id of an AWS account or access key that may be real.",
			Why:  "Events that were copied from real logs disclose your accounts to outsiders. The id of an access key reveals its account.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {recipientAccountId: "604518297736"}
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Tests:
  - Name: A login from abroad
    ExpectedResult: true
    Log: {recipientAccountId: "111122223333"}
`,
			Configure: "Obvious placeholders (`123456789012`, `111122223333`) and the ids in the option `accounts` are not reported.",
		},
		Options: []Option{{Name: "accounts", Doc: "Ids of accounts and access keys to allow in tests.", Default: []string{}}},
		Spec:    pd604,
	}
}

var (
	accountInARN = lazyregexp.New(`\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):`)
	accountAlone = lazyregexp.New(`^(\d{12})$`)
)

func pd604(p *SpecPass) {
	allow := p.Strings("accounts")
	seen := map[string]bool{}
	eventTexts(p, func(key string, n *yaml.Node) {
		if len(n.Value) < 12 {
			return
		}
		var found [][]int
		if strings.Contains(strings.ToLower(key), "account") {
			found = accountAlone.FindAllStringSubmatchIndex(n.Value, -1)
		}
		if found == nil && strings.Contains(n.Value, "arn:aws") {
			found = accountInARN.FindAllStringSubmatchIndex(n.Value, -1)
		}
		for _, m := range found {
			id := n.Value[m[2]:m[3]]
			// Report each account once per spec.
			if seen[id] || madeUpNumber(id) || slices.Contains(allow, id) {
				continue
			}
			seen[id] = true
			p.Report(pieceRange(p, n, m[2], m[3]), "the AWS account %s may be real", id).Hint = "use a placeholder, such as 111122223333"
		}
		for _, s := range keyIDs(n.Value) {
			id := n.Value[s.start:s.end]
			if seen[id] || slices.Contains(allow, id) {
				continue
			}
			seen[id] = true
			p.Report(pieceRange(p, n, s.start, s.end), "the access key %s may be real, and its id reveals the account", id).Hint = "use a placeholder, such as AKIAIOSFODNN7EXAMPLE"
		}
	})
}

// eventKeyIDs returns the ids of access keys in the tests' events.
func eventKeyIDs(p *SpecPass) map[string]bool {
	if !strings.Contains(p.Source.Text, "AKIA") {
		return nil
	}
	ids := map[string]bool{}
	eventTexts(p, func(_ string, n *yaml.Node) {
		for _, s := range keyIDs(n.Value) {
			ids[n.Value[s.start:s.end]] = true
		}
	})
	return ids
}

// keyIDs finds ids of access keys in a string.
func keyIDs(text string) (out []secretAt) {
	if !strings.Contains(text, "AKIA") {
		return nil
	}
	for _, s := range findSecrets(text, false) {
		if s.id {
			out = append(out, s)
		}
	}
	return out
}

// madeUpNumber reports whether a number looks typed rather than assigned: it has
// few different digits, or digits in sequence.
func madeUpNumber(s string) bool {
	digits := map[byte]bool{}
	steps := map[int]int{}
	for i := range len(s) {
		digits[s[i]] = true
		if i > 0 {
			steps[(int(s[i])-int(s[i-1])+10)%10]++
		}
	}
	// In sequence, up or down, or each digit several times.
	return len(digits) <= 4 || steps[0]+steps[1] >= 9 || steps[0]+steps[9] >= 9
}
