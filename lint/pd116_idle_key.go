package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/schemas"
	"gopkg.in/yaml.v3"
)

// rulePD116 finds keys that do nothing where they are.
func rulePD116() Rule {
	return Rule{
		ID: "PD116", Name: "idle-key", Severity: Warning,
		Doc: Doc{
			What: "A key is valid, but has no effect in this kind of spec, such as `AlertTitle` in a rule in Python, or `InlineFilters` in a scheduled rule.",
			Why:  "The setting looks as if it worked, but Panther ignores it: events are not filtered, or alerts don't have the title.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
AlertTitle: "Login of {actor}"
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Enabled: true
Filename: login.py
LogTypes: [Okta.SystemLog]
Severity: High
-- rules/login.py --
def rule(event):
    return event.get("user") == "root"


def title(event):
    return f"Login of {event.get('actor')}"
`,
		},
		Spec:        pd116,
		CollectSpec: pd116Collect,
		Repo:        pd116Derived,
	}
}

// idleKey is a key that has no effect, with the reason and what to do.
type idleKey struct {
	path      []string
	why, hint string
	// when limits it to some specs; nil for all.
	when func(*SpecPass) bool
}

func idle(path, why, hint string, when func(*SpecPass) bool) idleKey {
	return idleKey{strings.Split(path, "."), why, hint, when}
}

// computed are the keys of simple rules for what functions of a Python file do.
func computed(rule string) []idleKey {
	return []idleKey{
		idle("AlertTitle", "the title of "+rule+" is what its function title returns", "define title(event) in the Python file, or remove the key", nil),
		idle("AlertContext", "the alert context of "+rule+" is what its function alert_context returns", "define alert_context(event) in the Python file, or remove the key", nil),
		idle("GroupBy", "the matches of "+rule+" are grouped by what its function dedup returns", "define dedup(event) in the Python file, or remove the key", nil),
		idle("DynamicSeverities", "the severity of "+rule+" is what its function severity returns, or Severity", "define severity(event) in the Python file, or remove the key", nil),
	}
}

// idleKeys are the keys that a kind's schema accepts and Panther ignores (source:
// Panther's API description and its documentation of spec files).
var idleKeys = map[string][]idleKey{
	schemas.Rule: computed("a rule in Python"),
	schemas.ScheduledRule: append(computed("a scheduled rule"),
		idle("InlineFilters", "a scheduled rule reads the rows of a query, and filters apply only to log events", "move the condition into the SQL of the query, and remove the key", nil)),
	schemas.CorrelationRule: {
		idle("InlineFilters", "a correlation rule reads the matches of other rules, not log events", "add the filter to these rules, and remove the key", nil),
		idle("GroupBy", "a correlation rule groups by the Match of its Transitions or by its MatchCriteria", "add the field there, and remove the key", nil),
		idle("AlertTitle", "the title of a correlation rule is its DisplayName", "change DisplayName, and remove the key", nil),
		idle("AlertContext", "a correlation rule has no alert context of its own", "remove the key", nil),
		idle("DynamicSeverities", "a correlation rule has one severity", "change Severity, and remove the key", nil),
	},
	schemas.Policy: {
		idle("CreateAlert", "Panther has this setting only for rules", "remove the key", nil),
	},
	schemas.SavedQuery: append(slices.Clone(window),
		idle("Enabled", "only a schedule can be turned on and off, and this query has none", "remove the key, or add a Schedule", func(p *SpecPass) bool { return p.Value("Schedule") == nil })),
	schemas.ScheduledQuery: window,
	schemas.LookupTable: {
		idle("Refresh.RoleARN", "the rows come from SQL, not from a bucket", "remove the key", madeBySQL),
		idle("Refresh.ObjectPath", "the rows come from SQL, not from a bucket", "remove the key", madeBySQL),
		idle("Refresh.ObjectKMSKey", "the rows come from SQL, not from a bucket", "remove the key", madeBySQL),
		idle("Indicators", "the Schema defines the indicators of its fields", "add them to the log schema, and remove the key", not(madeBySQL)),
		idle("Validations", "the Schema defines how its fields are validated", "add them to the log schema, and remove the key", not(madeBySQL)),
	},
}

// window is the lookback window of a query that does not look back.
var window = []idleKey{
	idle("LookbackWindowSeconds", "Lookback is false", "set Lookback to true, or remove the key", func(p *SpecPass) bool {
		v := p.Value("Lookback")
		return v != nil && strings.EqualFold(v.Value, "false")
	}),
}

func madeBySQL(p *SpecPass) bool {
	return slices.ContainsFunc(panther.SQLKeys(), func(k string) bool { return hasValue(p, k) })
}

func not(f func(*SpecPass) bool) func(*SpecPass) bool {
	return func(p *SpecPass) bool { return !f(p) }
}

// hasValue reports whether a key has a value; PD114 reports those without.
func hasValue(p *SpecPass, keys ...string) bool {
	n := p.Value(keys...)
	if n == nil || n.Kind != yaml.ScalarNode {
		return n != nil
	}
	v, err := yamlcore.Scalar(n)
	return err != nil || v != nil
}

func pd116(p *SpecPass) {
	kind, ok := schemacheck.SpecKind(p.Root)
	if !ok {
		return
	}
	for _, k := range idleKeys[kind] {
		if hasValue(p, k.path...) && (k.when == nil || k.when(p)) {
			reportIdle(p.ReportNode(p.Key(k.path...), "%q has no effect: %s", strings.Join(k.path, "."), k.why), k)
		}
	}
	if kind == schemas.SimpleRule {
		idleMocks(p)
	}
}

func reportIdle(f *Finding, k idleKey) {
	f.Key, f.Hint = strings.Join(k.path, "."), k.hint
}

// idleMocks reports mocks in the tests of a rule without Python.
func idleMocks(p *SpecPass) {
	tests := p.Value("Tests")
	if tests == nil || tests.Kind != yaml.SequenceNode {
		return
	}
	for _, t := range tests.Content {
		if m, ok := pair(yamlcore.Deref(t), "Mocks"); ok && m.Value.Kind == yaml.SequenceNode && len(m.Value.Content) > 0 {
			f := p.ReportNode(m.Key, `"Mocks" has no effect: a simple rule has no Python, so there is nothing to replace`)
			f.Key, f.Hint = "Mocks", "write what the rule reads into the event, and remove the key"
		}
	}
}

// derivedKeys are the idle keys of a derived rule whose base is in Python.
var derivedKeys = computed("a rule whose base is in Python")

// pd116Collect collects the keys of a derived rule that depend on its base.
func pd116Collect(p *SpecPass) (out []Fact) {
	if !p.Facts.BaseDetection.There() {
		return nil
	}
	for _, k := range derivedKeys {
		if hasValue(p, k.path...) {
			out = append(out, Fact{Name: k.path[0], Range: p.Source.Node(p.Key(k.path...))})
		}
	}
	return out
}

func pd116Derived(p *RepoPass) {
	for f := range p.Specs() {
		facts := p.Collected(f)
		if len(facts) == 0 {
			continue
		}
		bases := p.ByID(f.Spec.Type.IDKey(), f.Spec.BaseDetection.Value)
		if len(bases) != 1 || bases[0].Spec.Kind != panther.Rule {
			continue
		}
		for _, fact := range facts {
			i := slices.IndexFunc(derivedKeys, func(k idleKey) bool { return k.path[0] == fact.Name })
			if i < 0 {
				continue
			}
			k := derivedKeys[i]
			out := p.Report(f, fact.Range, "%q has no effect: %s", fact.Name, k.why)
			reportIdle(out, k)
			out.Hint = "change the base, or remove the key"
			out.Related = []Location{{Path: bases[0].Path, Range: bases[0].Spec.ID.Range, Message: "the base"}}
		}
	}
}
