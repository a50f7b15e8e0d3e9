package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// Older says what the plan takes back: deployed work that the history of the planned
// revision lacks, because the revision is older, or from another branch.
type Older struct {
	// TakesBack lists the changes that take something back.
	TakesBack []TakenBack `json:"takes_back,omitempty"`
	// Unclear lists the changes ("kind/id") for which this can't be determined, and
	// Reason says why.
	Unclear []string `json:"unclear,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// TakenBack is a change that takes deployed work back.
type TakenBack struct {
	Kind   panther.Kind `json:"kind"`
	ID     string       `json:"id"`
	Action Action       `json:"action"`
	// Fields lists the fields; empty if the entity as a whole is taken back: it is
	// created, deleted or replaced again.
	Fields []string `json:"fields,omitempty"`
	// Revision is where the deployed value is from.
	Revision string `json:"revision"`
	// Both says that the planned revision has changed the same, in another way.
	Both bool `json:"both,omitempty"`
	// Uncommitted says that the value was deployed without a commit, so no history
	// can have it. It is taken back without a question.
	Uncommitted bool `json:"uncommitted,omitempty"`
}

// Key returns the key of the entity.
func (t TakenBack) Key() panther.Key { return panther.Key{Kind: t.Kind, ID: t.ID} }

// String names the entity and its fields, such as "rule/One (severity)".
func (t TakenBack) String() string {
	what := strings.Join(t.Fields, ", ")
	if what == "" {
		what = string(t.Action)
	}
	return fmt.Sprintf("%s (%s)", t.Key(), what)
}

// OlderOptions says how strictly a plan is checked.
type OlderOptions struct {
	// Allow allows everything.
	Allow bool
	// HoldDeletes says that deletes and replaces are not carried out.
	HoldDeletes bool
	// Strict refuses also what is unclear, because nobody reads the warning.
	Strict bool
}

// CheckOlder returns an error that names what the plan takes back, or nil.
func (p *Plan) CheckOlder(o OlderOptions) error {
	if p.Older == nil || o.Allow {
		return nil
	}
	moved := map[panther.Key]bool{} // whose deletes are never held
	for _, c := range p.Changes {
		moved[c.Key()] = c.MovedTo != ""
	}
	held := func(k panther.Key, a Action) bool { return o.HoldDeletes && !moved[k] && (a == Delete || a == Replace) }
	taken := slices.DeleteFunc(slices.Clone(p.Older.TakesBack), func(t TakenBack) bool { return t.Uncommitted || held(t.Key(), t.Action) })
	if len(taken) > 0 {
		return fmt.Errorf("nothing was applied, because the plan takes back what is deployed from %s and what the history of this revision lacks: %s; merge or rebase first, or use --allow-older if it is intended",
			ShortRevision(taken[0].Revision), Some(taken))
	}
	if len(p.Older.Unclear) > 0 && o.Strict {
		held := slices.ContainsFunc(p.Changes, func(c Change) bool {
			return slices.Contains(p.Older.Unclear, c.Key().String()) && !held(c.Key(), c.Action)
		})
		if held {
			return errors.New("nothing was applied, because " + p.Older.unclear() + "; in CI this needs --allow-older if it is intended")
		}
	}
	return nil
}

// unclear says what can't be determined, and why.
func (o *Older) unclear() string {
	return fmt.Sprintf("it is unknown whether the plan takes back newer work with its changes of %s: %s", some(o.Unclear), o.Reason)
}

// Warnings returns what a plan says about itself, as sentences.
func (o *Older) Warnings() []string {
	var out []string
	say := func(format string, match func(TakenBack) bool) {
		by := map[string][]TakenBack{}
		var order []string
		for _, t := range o.TakesBack {
			if match(t) {
				if by[t.Revision] == nil {
					order = append(order, t.Revision)
				}
				by[t.Revision] = append(by[t.Revision], t)
			}
		}
		for _, revision := range order {
			out = append(out, fmt.Sprintf(format, ShortRevision(revision), Some(by[revision])))
		}
	}
	say("the plan takes back what is deployed from revision %s and what the history of this revision lacks: %s; merge or rebase first, or apply with --allow-older if it is intended",
		func(t TakenBack) bool { return !t.Both && !t.Uncommitted })
	say("this revision and the deployed revision %s, which is not in its history, have both changed %s; merge or rebase first, or apply with --allow-older to take back the deployed change",
		func(t TakenBack) bool { return t.Both && !t.Uncommitted })
	say("the plan takes back changes that were deployed from revision %s without being committed: %s", func(t TakenBack) bool { return t.Uncommitted })
	if len(o.Unclear) > 0 {
		out = append(out, o.unclear())
	}
	return out
}

// Some lists the first of some changes that take something back.
func Some(list []TakenBack) string {
	var names []string
	for _, t := range list {
		names = append(names, t.String())
	}
	return some(names)
}

// ShortRevision abbreviates a revision and keeps -dirty.
func ShortRevision(revision string) string {
	hash, dirty := strings.CutSuffix(revision, "-dirty")
	hash = hash[:min(12, len(hash))]
	if dirty {
		hash += "-dirty"
	}
	return hash
}
