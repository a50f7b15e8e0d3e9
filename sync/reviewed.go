package sync

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// ReviewedError says how a plan differs from the plans that were reviewed.
type ReviewedError struct {
	// Differences are sentences about single changes, sorted by key.
	Differences []string
}

// maxDifferences is how many differences an error lists.
const maxDifferences = 20

func (e *ReviewedError) Error() string {
	list := e.Differences
	more := ""
	if n := len(list) - maxDifferences; n > 0 {
		list, more = list[:maxDifferences], fmt.Sprintf("\n  and %d more", n)
	}
	return "nothing was applied, because the plan is not the one that was reviewed; review the new plan:\n  " + strings.Join(list, "\n  ") + more
}

// CheckReviewed returns a *ReviewedError unless the plan does what was reviewed: each of
// its changes is in one of the reviewed plans with the same values before and after, from
// the same live entity, and each change that was reviewed is in it or settled. settled
// reports whether the repository still wants a change, so that Panther has it already.
func (p *Plan) CheckReviewed(reviewed []*Plan, settled func(Change) bool) error {
	was := map[panther.Key][]Change{}
	for _, r := range reviewed {
		if r.Tenant != p.Tenant {
			return fmt.Errorf("the reviewed plan was made for %q, but this one is for %q", r.Tenant, p.Tenant)
		}
		for _, c := range r.Changes {
			was[c.Key()] = append(was[c.Key()], c)
		}
	}
	found := map[panther.Key]string{}
	is := map[panther.Key]bool{}
	for _, c := range p.Changes {
		is[c.Key()] = true
		if text := unreviewed(c, was[c.Key()]); text != "" {
			found[c.Key()] = text
		}
	}
	for key, list := range was {
		if !is[key] && !slices.ContainsFunc(list, settled) {
			found[key] = "was reviewed to " + string(list[0].Action) + ", and is not in this plan any more"
		}
	}
	if len(found) == 0 {
		return nil
	}
	keys := make([]panther.Key, 0, len(found))
	for key := range found {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, panther.Key.Compare)
	out := &ReviewedError{}
	for _, key := range keys {
		out.Differences = append(out.Differences, key.String()+": "+found[key])
	}
	return out
}

// unreviewed says why a change is none of those that were reviewed; "" if it is one.
func unreviewed(c Change, list []Change) string {
	if len(list) == 0 {
		return string(c.Action) + " was not reviewed"
	}
	text := ""
	for _, r := range list {
		if text = differs(c, r); text == "" {
			return ""
		}
	}
	return text
}

func differs(c, r Change) string {
	switch {
	case c.Action != r.Action:
		return fmt.Sprintf("%s, but %s was reviewed", c.Action, r.Action)
	case c.Replaces != r.Replaces || c.MovedFrom != r.MovedFrom || c.MovedTo != r.MovedTo:
		return "its type or its id changes in another way than was reviewed"
	case c.LiveFingerprint != r.LiveFingerprint || c.ServerID != r.ServerID:
		return "it was changed in Panther after the review"
	}
	for _, g := range r.Guards {
		if !slices.Contains(c.Guards, g) {
			return fmt.Sprintf("guard %s held it back when it was reviewed", g)
		}
	}
	before, after := reviewedFields(r), reviewedFields(c)
	var names []string
	for _, f := range slices.Concat(c.Fields, r.Fields) {
		if before[f.Name] != after[f.Name] && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	switch {
	case len(names) > 0:
		return "other values were reviewed for " + strings.Join(names, ", ")
	case c.WantedFingerprint != r.WantedFingerprint:
		return "the repository has other values than were reviewed"
	}
	return ""
}

// reviewedFields returns the values of a change by field, as texts.
func reviewedFields(c Change) map[string]string {
	out := make(map[string]string, len(c.Fields))
	for _, f := range c.Fields {
		text, err := json.Marshal([]any{f.Before, f.After, f.Carried})
		if err == nil {
			if v, err := yamlcore.DecodeJSON(text); err == nil {
				text = []byte(yamlcore.CanonicalJSON(v))
			}
		}
		out[f.Name] = string(text)
	}
	return out
}
