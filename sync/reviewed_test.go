package sync_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

func reviewedPlan(changes ...sync.Change) *sync.Plan {
	return &sync.Plan{Tenant: "acme", Changes: changes}
}

func reviewedChange(id string, edit ...func(*sync.Change)) sync.Change {
	c := sync.Change{Kind: panther.Rule, ID: id, Action: sync.Update, LiveFingerprint: "live", WantedFingerprint: "wanted", Path: "a.yml",
		Fields: []sync.FieldChange{{Name: "severity", Before: "LOW", After: "HIGH"}, {Name: "threshold", Before: json.Number("1"), After: int64(5)}}}
	for _, e := range edit {
		e(&c)
	}
	return c
}

// TestCheckReviewed: only what was reviewed is applied, and a refusal says what differs.
func TestCheckReviewed(t *testing.T) {
	never := func(sync.Change) bool { return false }
	always := func(sync.Change) bool { return true }
	one, two := reviewedChange("One"), reviewedChange("Two")
	for _, x := range []struct {
		name     string
		plan     *sync.Plan
		reviewed []*sync.Plan
		settled  func(sync.Change) bool
		want     string
	}{
		{"the same", reviewedPlan(one, two), []*sync.Plan{reviewedPlan(two, one)}, never, ""},
		{"another revision and commit", reviewedPlan(reviewedChange("One", func(c *sync.Change) {
			c.Path, c.Commits, c.DependsOn = "b.yml", []sync.Commit{{Hash: "x"}}, []string{"global/x"}
			c.Fields[1] = sync.FieldChange{Name: "threshold", Before: int64(1), After: json.Number("5"), Cause: sync.CauseCommit}
		})), []*sync.Plan{reviewedPlan(one)}, never, ""},
		{"of two plans", reviewedPlan(one, two), []*sync.Plan{reviewedPlan(one), reviewedPlan(two)}, never, ""},
		{"the second plan of the same entity", reviewedPlan(one), []*sync.Plan{reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.LiveFingerprint = "x" })), reviewedPlan(one)}, never, ""},
		{"already applied", reviewedPlan(one), []*sync.Plan{reviewedPlan(one, two)}, always, ""},
		{"nothing left", reviewedPlan(), []*sync.Plan{reviewedPlan(one)}, always, ""},
		{"more", reviewedPlan(one, two), []*sync.Plan{reviewedPlan(one)}, never, "rule/Two: update was not reviewed"},
		{"less", reviewedPlan(one), []*sync.Plan{reviewedPlan(one, two)}, never, "rule/Two: was reviewed to update, and is not in this plan any more"},
		{"action", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.Action = sync.Delete })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: delete, but update was reviewed"},
		{"live", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.LiveFingerprint = "x" })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: it was changed in Panther after the review"},
		{"value", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.Fields[0].After, c.WantedFingerprint = "CRITICAL", "x" })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: other values were reviewed for severity"},
		{"field", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.Fields = c.Fields[:1] })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: other values were reviewed for threshold"},
		{"another field that stays", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.WantedFingerprint = "x" })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: the repository has other values than were reviewed"},
		{"kind", reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.Replaces = panther.SimpleRule })), []*sync.Plan{reviewedPlan(one)}, never, "rule/One: its type or its id changes in another way than was reviewed"},
		{"guard", reviewedPlan(one), []*sync.Plan{reviewedPlan(reviewedChange("One", func(c *sync.Change) { c.Guards = []string{"g"} }))}, never, "rule/One: guard g held it back when it was reviewed"},
		{"tenant", reviewedPlan(one), []*sync.Plan{{Tenant: "other"}}, never, `the reviewed plan was made for "other", but this one is for "acme"`},
	} {
		err := x.plan.CheckReviewed(x.reviewed, x.settled)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.HasSuffix(err.Error(), x.want)) {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
	var many []sync.Change
	for i := range 25 {
		many = append(many, reviewedChange(string(rune('A'+i))))
	}
	err := reviewedPlan(many...).CheckReviewed([]*sync.Plan{reviewedPlan()}, never)
	if err == nil || !strings.HasPrefix(err.Error(), "nothing was applied, because the plan is not the one that was reviewed; review the new plan:\n  rule/A: update was not reviewed\n  rule/B: ") || !strings.HasSuffix(err.Error(), "\n  and 5 more") {
		t.Error(err)
	}
}
