package sync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
)

// Policy is what to do where Panther holds something else than was deployed.
type Policy string

// The policies. Revert makes Panther hold what the repository says, Keep leaves
// it as it is, Fail stops.
const (
	Revert Policy = "revert"
	Keep   Policy = "keep"
	Fail   Policy = "fail"
)

// ParsePolicy reads a policy; name is the flag or key that holds it.
func ParsePolicy(name, text string) (Policy, error) {
	legal := []string{string(Revert), string(Keep), string(Fail)}
	if slices.Contains(legal, text) {
		return Policy(text), nil
	}
	return "", fmt.Errorf("%s %q is not one of %s%s", name, text, strings.Join(legal, ", "), suggest.DidYouMean(text, legal))
}

// Policies say what a plan does about what others changed. The zero value is
// the default: drift is put back, a conflict stops.
type Policies struct {
	// OnDrift is for what was changed in the console alone (revert).
	OnDrift Policy `json:"on_drift"`
	// OnConflict is for what was changed on both sides (fail).
	OnConflict Policy `json:"on_conflict"`
	// UnmanagedFields are the fields that are Panther's: they are never compared, and
	// sent back as they are live.
	UnmanagedFields FieldRules `json:"unmanaged_fields,omitempty"`
}

func (p Policies) orDefault() Policies {
	if p.OnDrift == "" {
		p.OnDrift = Revert
	}
	if p.OnConflict == "" {
		p.OnConflict = Fail
	}
	return p
}

// to gives the policy for a cause. What was committed is applied.
func (p Policies) to(c Cause) Policy {
	switch c {
	case CauseDrift, CauseAdopt:
		return p.OnDrift
	case CauseConflict:
		return p.OnConflict
	}
	return Revert
}

// FieldRule leaves some fields of some entities to Panther.
type FieldRule struct {
	// Fields are names of the API, such as severity.
	Fields []string `json:"fields"`
	// Only are the entities it is for, as kind/id-glob; none for all.
	Only   []string `json:"only,omitempty"`
	filter Filter
}

// FieldRules are all fields that are left to Panther.
type FieldRules []FieldRule

// NewFieldRule checks the fields' names, which may be those of the API or the
// keys of a spec, and the patterns.
func NewFieldRule(fields, only []string) (FieldRule, error) {
	filter, err := ParsePatterns("unmanaged_fields", only)
	if err != nil {
		return FieldRule{}, err
	}
	r := FieldRule{Only: only, filter: filter}
	kinds := filter.kinds()
	for _, name := range fields {
		known, legal := "", []string{}
		for _, k := range kinds {
			for _, f := range k.Fields() {
				if f.Name == name || f.SpecKey == name && name != "" {
					known = f.Name
				}
				legal = append(legal, f.Name)
			}
		}
		slices.Sort(legal)
		legal = slices.Compact(legal)
		if known == "" {
			return FieldRule{}, fmt.Errorf("unmanaged_fields: there is no field %q; the fields are %s%s", name, strings.Join(legal, ", "), suggest.DidYouMean(name, legal))
		}
		r.Fields = append(r.Fields, known)
		// One key of a spec may fill different fields, such as Enabled.
		for _, k := range kinds {
			if f, ok := k.FieldForSpecKey(name); ok && !slices.Contains(r.Fields, f.Name) {
				r.Fields = append(r.Fields, f.Name)
			}
		}
	}
	return r, nil
}

// Match tells whether a field of an entity is left to Panther.
func (rs FieldRules) Match(k panther.Key, field string) bool {
	return slices.ContainsFunc(rs, func(r FieldRule) bool {
		return slices.Contains(r.Fields, field) && r.filter.MatchKey(k)
	})
}

// Limits bound what one apply may do.
type Limits struct {
	// MaxDeletes and MaxChanges bound deletes and updates; zero is the default.
	MaxDeletes, MaxChanges Limit
}

// Limit is a number, or a share of what is live.
type Limit struct {
	// Set tells a limit of 0 from none.
	Set     bool
	Count   int
	Percent float64
}

// ParseLimit reads "25" or "10%"; name is the flag or key that holds it.
func ParseLimit(name, text string) (Limit, error) {
	bad := fmt.Errorf("%s %q is neither a number, such as 25, nor a share of what is live, such as 10%%", name, text)
	if share, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.ParseFloat(share, 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return Limit{}, bad
		}
		return Limit{Set: true, Count: -1, Percent: p}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return Limit{}, bad
	}
	return Limit{Set: true, Count: n}, nil
}

// of gives the limit for so many live entities; least and percent are the
// default.
func (l Limit) of(live, least int, percent float64) int {
	if l.Set && l.Count >= 0 {
		return l.Count
	}
	if l.Set {
		return int(float64(live) * l.Percent / 100)
	}
	return max(least, int(float64(live)*percent/100))
}

// The limits where nobody sets others.
const (
	defaultDeletes, defaultDeletesShare = 10, 10
	defaultChanges, defaultChangesShare = 50, 30
)

// Exceeded says which limits the plan goes past; nil for none. holdDeletes says
// that its deletes aren't carried out.
func (l Limits) Exceeded(p *Plan, holdDeletes bool) error {
	if most := l.MaxDeletes.of(p.Summary.Live, defaultDeletes, defaultDeletesShare); !holdDeletes && p.Summary.Delete > most {
		return fmt.Errorf("the plan deletes %d of the %d entities that are live, more than the %d that max_deletes allows; nothing was applied. Look at the plan: if all of it is meant, give --force or a higher --max-deletes", p.Summary.Delete, p.Summary.Live, most)
	}
	if most := l.MaxChanges.of(p.Summary.Live, defaultChanges, defaultChangesShare); p.Summary.Update > most {
		return fmt.Errorf("the plan updates %d of the %d entities that are live, more than the %d that max_changes allows; nothing was applied. Look at the plan: if all of it is meant, give --force or a higher --max-changes", p.Summary.Update, p.Summary.Live, most)
	}
	return nil
}
