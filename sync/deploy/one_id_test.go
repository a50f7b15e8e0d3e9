package deploy_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// halves is a Panther whose simple rules are another's, so that an id may be live
// twice. The published API may refuse that, but nothing says since when.
type halves struct{ most, simple *panther.Client }

func (h halves) List(ctx context.Context, k panther.Kind) ([]panther.Entity, error) {
	if k == panther.SimpleRule {
		return h.simple.List(ctx, k)
	}
	return h.most.List(ctx, k)
}

// pantherWith opens a sandbox with one entity.
func pantherWith(t *testing.T, c sandbox.Collection, e map[string]any) *panther.Client {
	t.Helper()
	server, err := sandbox.Open(t.Context(), sandbox.Options{Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: server.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Put(t.Context(), c, e); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestOneIDGetsOneFile: where Panther holds a rule and a simple rule of one id, a
// repository can't. The first one gets a file, or keeps the one it has, and nothing
// is broken for the sake of the second.
func TestOneIDGetsOneFile(t *testing.T) {
	ctx := t.Context()
	client := halves{
		pantherWith(t, sandbox.Rules, map[string]any{"id": "A", "body": "def rule(e):\n    return True\n", "severity": "LOW", "enabled": true}),
		pantherWith(t, sandbox.SimpleRules, map[string]any{"id": "A", "detection": "- Key: k\n  Condition: Exists\n", "severity": "LOW", "enabled": true}),
	}
	reason := func(p *deploy.Pull, k panther.Kind) (deploy.PullState, string) {
		for _, e := range p.Entities {
			if e.Kind == k {
				return e.What, e.Reason
			}
		}
		return "", ""
	}
	dir := filepath.Join(t.TempDir(), "new")
	p, err := deploy.Import(ctx, client, deploy.ImportOptions{Dir: dir, Config: []byte("version: 1\n"), Tenant: "t"})
	if err != nil {
		t.Fatal(err)
	}
	if what, _ := reason(p, panther.Rule); what != deploy.PullAdopted {
		t.Errorf("the rule is %q", what)
	}
	const imported = `RuleID "A" is already the id of rules/general_rules/a.yml, and no two specs may share an id; delete one of the two in Panther, or give it another id`
	if what, why := reason(p, panther.SimpleRule); what != deploy.PullFailed || why != imported {
		t.Errorf("the simple rule is %q: %s", what, why)
	}

	dir = t.TempDir()
	files := synth.Files{"rules/mine.yml": "AnalysisType: rule\nRuleID: A\nEnabled: true\nSeverity: Low\nDetection: [{Key: k, Condition: Exists}]\n"}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
	s, err := deploy.Open(ctx, deploy.Options{Root: dir, Tenant: "t", NoRecord: true})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = s.Pull(ctx, client, deploy.PullOptions{Adopt: true}); err != nil {
		t.Fatal(err)
	}
	const adopted = `RuleID "A" is already the id of rules/mine.yml, and no two specs may share an id; delete one of the two in Panther, or give it another id`
	if what, why := reason(p, panther.Rule); what != deploy.PullFailed || why != adopted {
		t.Errorf("the rule is %q: %s", what, why)
	}
	if len(p.Files) > 0 {
		t.Errorf("files are to be written: %v", p.Changes())
	}
}
