package repo_test

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/repo"
)

// Write an edit that somebody made in the console back into the spec: only the
// changed values, with comments, order and quoting kept.
func ExampleItem_WriteBack() {
	const spec = `AnalysisType: rule
RuleID: Acme.Login # referenced by the runbook
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: "Low" # for now
`
	tree := repo.Overlay{Files: map[string][]byte{
		"rules/login.yml": []byte(spec),
		"rules/login.py":  []byte("def rule(event):\n    return True\n"),
	}}
	r, err := repo.Load(context.Background(), tree, repo.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	item := r.Items[0]
	live := item.Entity().Entity.With(map[string]any{"severity": "HIGH", "enabled": false})
	src := repo.Source{Spec: r.Sources[item.Path], BodyPath: item.BodyPath, Body: r.Sources[item.BodyPath]}
	after, err := item.WriteBack(src, live, []string{"severity", "enabled"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(after.Spec))
	// Output:
	// AnalysisType: rule
	// RuleID: Acme.Login # referenced by the runbook
	// Enabled: false
	// Filename: login.py
	// LogTypes: [Okta.SystemLog]
	// Severity: "High" # for now
}
