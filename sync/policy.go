package sync

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Policy is how to handle a live value that differs from the deployed one.
type Policy string

// The policies. Revert restores the repository's value, Keep leaves Panther's
// value, Fail stops.
const (
	Revert Policy = "revert"
	Keep   Policy = "keep"
	Fail   Policy = "fail"
)

// ParsePolicy parses a policy; name is the flag or key that contains it.
func ParsePolicy(name, text string) (Policy, error) {
	legal := []string{string(Revert), string(Keep), string(Fail)}
	if slices.Contains(legal, text) {
		return Policy(text), nil
	}
	return "", fmt.Errorf("%s %q is not one of %s%s", name, text, strings.Join(legal, ", "), suggest.DidYouMean(text, legal))
}

// Policies says how a plan handles changes made by others. By default, drift is
// reverted and conflicts fail.
type Policies struct {
	// OnDrift applies to changes made only in the console (revert).
	OnDrift Policy `json:"on_drift"`
	// OnConflict applies to changes made on both sides (fail).
	OnConflict Policy `json:"on_conflict"`
	// UnmanagedFields lists the fields that Panther owns: they are never compared,
	// and updates send back their live values.
	UnmanagedFields FieldRules `json:"unmanaged_fields,omitempty"`
	// Released lists entities that are no longer managed: they are neither
	// deployed nor deleted, and their changes are no drift.
	Released Filter `json:"released,omitempty"`
	// Moved lists the entities that got another id.
	Moved []Move `json:"moved,omitempty"`
	// Accepted are the edits in Panther that are no drift and stay there; nil for none. A
	// plan shows them where they matter, and not here.
	Accepted *Acceptances `json:"-"`
}

// releases reports whether an entity is no longer managed.
func (p Policies) releases(k panther.Key) bool { return len(p.Released) > 0 && p.Released.MatchKey(k) }

// releasesItem reports whether the entity of a spec is no longer managed.
func (p Policies) releasesItem(it *repo.Item) bool {
	return len(p.Released) > 0 && it.Kind != "" && p.Released.matchItem(it)
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

// to returns the policy for a cause. Committed changes are always applied.
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
	// Fields lists API field names, such as severity.
	Fields []string `json:"fields"`
	// Only limits the rule to matching entities, as kind/id-glob; empty for
	// all.
	Only   []string `json:"only,omitempty"`
	filter Filter
}

// FieldRules lists all fields that are left to Panther.
type FieldRules []FieldRule

// NewFieldRule checks the patterns and the names of the fields, which may be
// API fields or spec keys.
func NewFieldRule(fields, only []string) (FieldRule, error) {
	filter, err := ParsePatterns("unmanaged_fields", only)
	if err != nil {
		return FieldRule{}, err
	}
	r := FieldRule{Only: only, filter: filter}
	kinds := filter.kinds()
	for _, name := range fields {
		known, err := fieldsNamed("unmanaged_fields", kinds, name)
		if err != nil {
			return FieldRule{}, err
		}
		for _, f := range known {
			if !slices.Contains(r.Fields, f) {
				r.Fields = append(r.Fields, f)
			}
		}
	}
	return r, nil
}

// fieldsNamed returns the API fields that a name means in some kinds: that of an API
// field, or a key of a spec, which may set different fields, such as Enabled. setting is
// the setting that has the name.
func fieldsNamed(setting string, kinds []panther.Kind, name string) ([]string, error) {
	known, legal := "", []string{}
	for _, k := range kinds {
		for _, f := range k.Fields() {
			if f.Name == name || f.SpecKey == name && name != "" {
				known = f.Name
			}
			legal = append(legal, f.Name)
		}
	}
	if known == "" {
		slices.Sort(legal)
		legal = slices.Compact(legal)
		return nil, fmt.Errorf("%s: unknown field %q; the fields are %s%s", setting, name, strings.Join(legal, ", "), suggest.DidYouMean(name, legal))
	}
	out := []string{known}
	for _, k := range kinds {
		if f, ok := k.FieldForSpecKey(name); ok && !slices.Contains(out, f.Name) {
			out = append(out, f.Name)
		}
	}
	return out, nil
}

// ParseFieldRule reads fields with an optional pattern in front, such as
// "enabled,severity" or "rule/AWS.*:enabled".
func ParseFieldRule(text string) (FieldRule, error) {
	var only []string
	names := text
	// Ids may hold colons; names of fields don't.
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		names = text[i+1:]
		if i > 0 {
			only = []string{text[:i]}
		}
	}
	r, err := NewFieldRule(strings.Split(names, ","), only)
	if err != nil {
		return r, errors.New(strings.TrimPrefix(err.Error(), "unmanaged_fields: "))
	}
	return r, nil
}

// Match reports whether a field of an entity is left to Panther.
func (rs FieldRules) Match(k panther.Key, field string) bool {
	return slices.ContainsFunc(rs, func(r FieldRule) bool {
		return slices.Contains(r.Fields, field) && r.filter.MatchKey(k)
	})
}

// CheckErrors returns an error if the plan has any, so that part of a repository
// isn't taken for the whole. A kind that can't be read doesn't stop the others.
func (p *Plan) CheckErrors() error {
	n := len(p.Errors()) - len(p.Unreadable.Errors(p.Diagnostics))
	if n == 0 {
		return nil
	}
	what, them := fmt.Sprintf("%d errors", n), "them"
	if n == 1 {
		what, them = "1 error", "it"
	}
	if len(p.Only) > 0 {
		return fmt.Errorf("the plan has %s, so nothing was applied; fix %s", what, them)
	}
	return fmt.Errorf("the plan has %s, so nothing was applied; fix %s, or limit the plan with --only", what, them)
}

// Limits limits what one apply may do.
type Limits struct {
	// MaxDeletes is the maximum number of deletes and replaces, MaxChanges that of
	// updates; zero means the default.
	MaxDeletes, MaxChanges Limit
}

// Limit is a number, or a percentage of the live entities.
type Limit struct {
	// Set distinguishes a limit of 0 from none.
	Set     bool
	Count   int
	Percent float64
}

// ParseLimit parses "25" or "10%"; name is the flag or key that contains it.
func ParseLimit(name, text string) (Limit, error) {
	bad := fmt.Errorf("%s %q is neither a number, such as 25, nor a percentage of the live entities, such as 10%%", name, text)
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

// of returns the limit for a number of live entities; least and percent are the
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

// The default limits.
const (
	defaultDeletes, defaultDeletesShare = 10, 10
	defaultChanges, defaultChangesShare = 50, 30
)

// Exceeded returns an error that names the limits that the plan exceeds, or
// nil. holdDeletes says that its deletes are not applied.
func (l Limits) Exceeded(p *Plan, holdDeletes bool) error {
	most := l.MaxDeletes.of(p.Summary.Live, defaultDeletes, defaultDeletesShare)
	if n := p.Summary.Delete + p.Summary.Replace - p.MovedAway(); !holdDeletes && n > most {
		what := "deletes"
		if p.Summary.Replace > 0 {
			what = "deletes or replaces"
		}
		return fmt.Errorf("the plan %s %d of the %d live entities, more than the %d that max_deletes allows; nothing was applied. Check the plan: if all of it is intended, use --force or a higher --max-deletes", what, n, p.Summary.Live, most)
	}
	if most := l.MaxChanges.of(p.Summary.Live, defaultChanges, defaultChangesShare); p.Summary.Update > most {
		return fmt.Errorf("the plan updates %d of the %d live entities, more than the %d that max_changes allows; nothing was applied. Check the plan: if all of it is intended, use --force or a higher --max-changes", p.Summary.Update, p.Summary.Live, most)
	}
	return nil
}
