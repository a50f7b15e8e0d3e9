package lint_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// Lint the files of a repository. To lint a folder on disk, use lint.Open.
func ExampleRun() {
	tree := repo.Overlay{Files: map[string][]byte{
		"rules/login.yml": []byte("AnalysisType: rule\nRuleID: Acme.Login\nEnabled: true\nFilename: login.py\nLogTypes: [Okta.SystemLog]\nSeverity: Hihg\n"),
		"rules/login.py":  []byte("def rule(event):\n    return event.get(\"outcome\") == \"FAILURE\"\n"),
	}}
	result, err := lint.Run(context.Background(), lint.Input{Tree: tree}, lint.Options{Select: []string{"PD1", "PD3"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Findings {
		fmt.Printf("%s: %s %s: %s (%s)\n", f.Where(), f.Severity, f.Rule, f.Message, f.Hint)
	}
	// Output:
	// rules/login.yml:6:11: error PD107: "Severity" can't be "Hihg" (did you mean "High"? It must be Info, Low, Medium, High or Critical)
}

// Run a rule of your own beside the built-in ones.
func ExampleRun_ownRule() {
	noNetwork := lint.Rule{
		ID: "ACME01", Name: "network-call", Severity: lint.Error,
		Doc: lint.Doc{What: "A high-severity rule calls an HTTP client."},
		Spec: func(p *lint.SpecPass) {
			body := p.Body()
			if severity := p.Value("Severity"); body == nil || severity == nil || severity.Value != "High" {
				return
			}
			for _, call := range body.Calls() {
				if strings.HasPrefix(call.Name, "requests.") {
					p.ReportBody(call.Range, "%s calls %s(%s)", call.Function, call.Name, strings.Join(call.Args, ", ")).Hint = "use an enrichment instead"
				}
			}
		},
	}
	tree := repo.Overlay{Files: map[string][]byte{
		"rules/login.yml": []byte("AnalysisType: rule\nRuleID: Acme.Login\nFilename: login.py\nSeverity: High\n"),
		"rules/login.py":  []byte("from requests import get as fetch\n\ndef rule(event):\n    return fetch(\"https://acme.example\").ok\n"),
	}}
	result, err := lint.Run(context.Background(), lint.Input{Tree: tree}, lint.Options{
		Rules:  append(lint.Rules(), noNetwork),
		Select: []string{"ACME"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Findings {
		fmt.Printf("%s: %s %s: %s; %s\n", f.Where(), f.Severity, f.Rule, f.Message, f.Hint)
	}
	// Output:
	// rules/login.py:4:12: error ACME01: rule calls requests.get("https://acme.example"); use an enrichment instead
}
