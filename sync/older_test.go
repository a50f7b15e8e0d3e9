package sync_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

func TestCheckOlder(t *testing.T) {
	revision := strings.Repeat("3f2a9c1b", 5)
	taken := func(id string, a sync.Action, fields ...string) sync.TakenBack {
		return sync.TakenBack{Kind: panther.Rule, ID: id, Action: a, Fields: fields, Revision: revision}
	}
	uncommitted := taken("U", sync.Update, "severity")
	uncommitted.Uncommitted = true
	unclear := &sync.Older{Unclear: []string{"rule/A", "rule/D"}, Reason: "there is no network"}
	changes := []sync.Change{{Kind: panther.Rule, ID: "A", Action: sync.Update}, {Kind: panther.Rule, ID: "D", Action: sync.Delete}}
	const back = "nothing was applied, because the plan takes back what is deployed from 3f2a9c1b3f2a and what the history of this revision lacks: "
	const merge = "; merge or rebase first, or use --allow-older if it is intended"
	for _, c := range []struct {
		name  string
		older *sync.Older
		o     sync.OlderOptions
		want  string
	}{
		{"nothing", nil, sync.OlderOptions{Strict: true}, ""},
		{"one", &sync.Older{TakesBack: []sync.TakenBack{taken("A", sync.Update, "severity", "body")}}, sync.OlderOptions{}, back + "rule/A (severity, body)" + merge},
		{"allowed", &sync.Older{TakesBack: []sync.TakenBack{taken("A", sync.Update, "severity")}, Unclear: []string{"rule/A"}}, sync.OlderOptions{Allow: true, Strict: true}, ""},
		{"a delete", &sync.Older{TakesBack: []sync.TakenBack{taken("D", sync.Delete)}}, sync.OlderOptions{}, back + "rule/D (delete)" + merge},
		{"a held delete", &sync.Older{TakesBack: []sync.TakenBack{taken("D", sync.Delete)}}, sync.OlderOptions{HoldDeletes: true}, ""},
		{"a held replace and an update", &sync.Older{TakesBack: []sync.TakenBack{taken("D", sync.Replace), taken("A", sync.Update, "body")}}, sync.OlderOptions{HoldDeletes: true}, back + "rule/A (body)" + merge},
		{"uncommitted", &sync.Older{TakesBack: []sync.TakenBack{uncommitted}}, sync.OlderOptions{Strict: true}, ""},
		{"unclear", unclear, sync.OlderOptions{}, ""},
		{"unclear in CI", unclear, sync.OlderOptions{Strict: true}, "nothing was applied, because it is unknown whether the plan takes back newer work with its changes of rule/A, rule/D: there is no network; in CI this needs --allow-older if it is intended"},
		{"an unclear delete that is held", &sync.Older{Unclear: []string{"rule/D"}, Reason: "x"}, sync.OlderOptions{Strict: true, HoldDeletes: true}, ""},
	} {
		err := (&sync.Plan{Changes: changes, Older: c.older}).CheckOlder(c.o)
		if got := errorText(err); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
