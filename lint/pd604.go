package lint

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// PD604 finds AWS accounts in tests.
func (catalogue) PD604() Rule {
	return Rule{
		Name: "account-in-test", Severity: Info,
		Doc: Doc{
			What: "The event of a test holds the id of an AWS account that may be a real one.",
			Why:  "Events that were copied from real logs tell strangers which accounts there are.",
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
			Configure: "Ids that are plainly made up (`123456789012`, `111122223333`) don't count, and neither do those of the option `accounts`.",
		},
		Options: []Option{{Name: "accounts", Doc: "Ids that may stand in tests.", Default: []string{}}},
		Spec:    pd604,
	}
}

var (
	accountInARN = regexp.MustCompile(`\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):`)
	accountAlone = regexp.MustCompile(`^(\d{12})$`)
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
			// One word about an account is enough for a spec.
			if seen[id] || madeUpNumber(id) || slices.Contains(allow, id) {
				continue
			}
			seen[id] = true
			p.Report(pieceRange(p, n, m[2], m[3]), "the account %s may be a real one", id).Hint = "write a made-up one, such as 111122223333"
		}
	})
}

// madeUpNumber tells whether a number was typed, not dealt: few digits, or
// digits in a row.
func madeUpNumber(s string) bool {
	digits := map[byte]bool{}
	steps := map[int]int{}
	for i := range len(s) {
		digits[s[i]] = true
		if i > 0 {
			steps[(int(s[i])-int(s[i-1])+10)%10]++
		}
	}
	// In a row, up or down, or each digit several times.
	return len(digits) <= 4 || steps[0]+steps[1] >= 9 || steps[0]+steps[9] >= 9
}
