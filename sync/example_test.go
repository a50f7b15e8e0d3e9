package sync_test

import (
	"context"
	"fmt"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// openSandbox starts an embedded Panther and a client that talks to it.
func openSandbox(ctx context.Context) (*sandbox.Server, *panther.Client, error) {
	server, err := sandbox.Open(ctx, sandbox.Options{})
	if err != nil {
		return nil, nil, err
	}
	client, err := panther.NewClient(panther.Options{
		Host: "localhost", Token: "any", Transport: server.Transport(), RequestsPerSecond: -1,
	})
	return server, client, err
}

// loginRule is a repository with one rule. repo.OpenWorktree opens one on disk.
func loginRule(severity string) repo.Tree {
	return repo.Overlay{Files: map[string][]byte{
		"rules/login.yml": []byte("AnalysisType: rule\nRuleID: Acme.Login\nEnabled: true\nFilename: login.py\nLogTypes: [Okta.SystemLog]\nSeverity: " + severity + "\n"),
		"rules/login.py":  []byte("def rule(event):\n    return event.get(\"outcome\") == \"FAILURE\"\n"),
	}}
}

// plan compares a repository with what is live.
func plan(ctx context.Context, tree repo.Tree, client *panther.Client) (*sync.Plan, error) {
	desired, err := repo.Load(ctx, tree, repo.Options{})
	if err != nil {
		return nil, err
	}
	live, err := sync.Fetch(ctx, client, nil)
	if err != nil {
		return nil, err
	}
	return sync.BuildPlan(ctx, desired, live.Live, sync.PlanOptions{Tenant: client.Tenant(), Unreadable: live.Unreadable})
}

// Plan a repository against the sandbox. Nothing is written.
func ExampleBuildPlan() {
	ctx := context.Background()
	server, client, err := openSandbox(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	p, err := plan(ctx, loginRule("High"), client)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range p.Changes {
		fmt.Println(c.Action, c.Key(), "from", c.Path)
	}
	// Output:
	// create rule/Acme.Login from rules/login.yml
}

// Apply a plan, change the repository, and plan again.
func ExampleApply() {
	ctx := context.Background()
	server, client, err := openSandbox(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	p, err := plan(ctx, loginRule("High"), client)
	if err != nil {
		fmt.Println(err)
		return
	}
	result := sync.Apply(ctx, client, p, sync.ApplyOptions{})
	fmt.Println("applied:", result.OK())

	if p, err = plan(ctx, loginRule("Low"), client); err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range p.Changes {
		for _, f := range c.Fields {
			fmt.Println(c.Action, c.Key(), f.Name, f.Before, "->", f.After)
		}
	}
	// Output:
	// applied: true
	// update rule/Acme.Login severity HIGH -> LOW
}
