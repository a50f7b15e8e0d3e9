package diff_test

import (
	"fmt"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

// Compare what a repository wants with what is live. Values are compared by their
// meaning: the order of a set, for example, doesn't matter.
func ExampleEntities() {
	live, err := panther.UnmarshalEntity(panther.Rule, []byte(`{
		"id": "Acme.Login", "enabled": true, "severity": "LOW", "logTypes": ["Okta.SystemLog", "AWS.CloudTrail"],
		"body": "def rule(event):\n    return True\n"
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	desired := live.With(map[string]any{"severity": "HIGH", "logTypes": []any{"AWS.CloudTrail", "Okta.SystemLog"}})
	for _, f := range diff.Entities(desired, live) {
		fmt.Printf("%s: %v -> %v\n", f.Name, f.Before, f.After)
	}
	// Output:
	// severity: LOW -> HIGH
}
