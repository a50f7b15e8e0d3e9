package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

// TestAnswersCanBePutBack: a client may send back what it read, with the fields that the server sets, and nothing
// changes.
func TestAnswersCanBePutBack(t *testing.T) {
	for _, c := range sandbox.Collections() {
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprint(c, " full ", full), func(t *testing.T) {
				api := strict(t, open(t, sandbox.Options{}))
				sent := sample(c, "Acme")
				if full {
					sent["description"] = "d"
					if c != sandbox.Queries && c != sandbox.Globals {
						sent["displayName"] = "n"
					}
					if c != sandbox.Queries && c != sandbox.DataModels {
						sent["tags"] = []any{"b", "a"}
					}
					if c != sandbox.Queries && c != sandbox.Globals && c != sandbox.DataModels {
						sent["reference"] = "r"
					}
					if c == sandbox.Rules || c == sandbox.ScheduledRules || c == sandbox.SimpleRules || c == sandbox.CorrelationRules {
						sent["runbook"] = ""
					}
					if c == sandbox.Queries {
						sent["schedule"], sent["emailConfig"] = map[string]any{"rateMinutes": 5}, map[string]any{"recipients": []any{"ada@example.com"}}
					}
				}
				method, path := "PUT", "/"+string(c)+"/Acme"
				made := reply{}
				if c == sandbox.Queries {
					made = api.do(200, "POST", "/queries", sent)
					method, path = "POST", "/queries/"+made.entity(t)["id"].(string)
				} else {
					api.do(201, "PUT", path, sent)
				}
				before := api.do(200, "GET", path, nil)
				api.do(200, method, path, before.body)
				was, is := before.entity(t), api.do(200, "GET", path, nil).entity(t)
				for _, e := range []map[string]any{was, is} {
					delete(e, "lastModified")
					delete(e, "updatedAt")
				}
				if diff := cmp.Diff(was, is); diff != "" {
					t.Errorf("it changed:\n%s", diff)
				}
			})
		}
	}
}
