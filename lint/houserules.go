package lint

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"gopkg.in/yaml.v3"
)

// RulesWith returns pdac's own rules and those of lint.house in pdac.yaml, sorted by
// id. The error has the position in that file.
func RulesWith(c config.Lint) ([]Rule, error) {
	house, err := houseRules(c.House)
	if err != nil {
		return nil, inFile(err)
	}
	set, err := newRuleSet(slices.Concat(Rules(), house))
	if err != nil {
		return nil, err
	}
	return set.list, nil
}

// FindRuleIn finds one of some rules by its id or its name, ignoring case.
func FindRuleIn(rules []Rule, word string) (Rule, error) {
	set, err := newRuleSet(rules)
	if err != nil {
		return Rule{}, err
	}
	r, ok := set.find(word)
	if !ok {
		return Rule{}, fmt.Errorf("%s", set.unknown(word))
	}
	return r, nil
}

// houseRules makes rules of the entries of lint.house.
func houseRules(entries []config.HouseRule) ([]Rule, error) {
	var out []Rule
	seen := map[string]bool{}
	for _, e := range entries {
		switch id := e.ID.Text; {
		case !ruleID.MatchString(id) || strings.HasPrefix(id, "PD") && strings.TrimLeft(id, "PD0123456789") == "":
			return nil, e.ID.Fault("the id %q must be 2 to 16 capital letters other than PD, followed by up to 6 digits, such as ACME01", id)
		case seen[id]:
			return nil, e.ID.Fault("two rules in lint.house have the id %q; give each its own", id)
		default:
			seen[id] = true
		}
		for _, k := range e.Kinds {
			if legal := specWords(); !slices.Contains(legal, k.Text) {
				return nil, k.Fault("unknown kind %q; use one of %s%s", k.Text, strings.Join(legal, ", "), suggest.DidYouMean(k.Text, legal))
			}
		}
		for _, list := range [][]config.HouseField{e.Where, e.Require, e.Forbid, e.Match} {
			for _, f := range list {
				if err := misspelled(f.Path); err != nil {
					return nil, err
				}
			}
		}
		h := house{e}
		severity := Warning
		if e.Severity.Text != "" {
			severity = Severity(e.Severity.Text)
		}
		out = append(out, Rule{
			ID: e.ID.Text, Name: "house-" + strings.ToLower(e.ID.Text), Severity: severity, definition: h.definition() + "\n" + h.Message,
			Doc:  Doc{What: h.what(), Why: "This is a rule of this repository, in `lint.house` of `pdac.yaml`: " + h.definition() + "."},
			Spec: h.check,
		})
	}
	return out, nil
}

// misspelled refuses a field that is almost one of pdac's. Others may be a team's own.
func misspelled(field config.Word) error {
	top, _, _ := strings.Cut(field.Text, ".")
	if top == config.FilePath || slices.Contains(specKeys(), top) {
		return nil
	}
	if near, ok := suggest.Nearest(top, specKeys()); ok && suggest.Within(strings.ToLower(top), strings.ToLower(near), 1) {
		return field.Fault("no spec has the field %q; did you mean %q?", top, near)
	}
	return nil
}

// specKeys lists the keys at the top of specs.
var specKeys = sync.OnceValue(func() []string {
	seen := map[string]bool{}
	for _, k := range []string{"AnalysisType", "Filename", "Status", "BaseDetection", "Tests", "Mappings", "Query", "ScheduledQueries"} {
		seen[k] = true
	}
	for _, k := range panther.Kinds() {
		for _, f := range k.Fields() {
			top, _, _ := strings.Cut(f.SpecKey, ".")
			seen[top] = true
		}
	}
	delete(seen, "")
	return sortedKeys(seen)
})

// specWords lists the words for what a house rule is about: the types of specs and
// the kinds of entities.
func specWords() []string {
	out := repo.Types()
	for _, k := range panther.Kinds() {
		if !slices.Contains(out, string(k)) {
			out = append(out, string(k))
		}
	}
	slices.Sort(out)
	return out
}

// house is one rule of lint.house.
type house struct{ config.HouseRule }

func (h house) check(p *SpecPass) {
	if !h.about(p) {
		return
	}
	say := func(at *yaml.Node, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		message, hint := text, ""
		if h.Message != "" {
			message, hint = h.Message, text
		}
		var f *Finding
		if at == nil {
			f = p.ReportTop("%s", message)
		} else {
			f = p.ReportNode(at, "%s", message)
		}
		f.Hint = hint
	}
	for _, f := range h.Require {
		h.require(p, f, say)
	}
	for _, f := range h.Forbid {
		for _, v := range valuesAt(p, f.Path.Text) {
			switch {
			case len(f.Values) == 0:
				say(v.key, "%q must not be set", f.Path.Text)
			case allowed(f, v.text):
				say(v.node, "%q must not be %q", f.Path.Text, v.text)
			default:
				continue
			}
			if len(f.Values) == 0 {
				break
			}
		}
	}
	for _, f := range h.Match {
		for _, v := range valuesAt(p, f.Path.Text) {
			if !f.Pattern.MatchString(v.text) {
				say(v.node, "%q is %q, which does not match %s", f.Path.Text, v.text, f.Pattern)
			}
		}
	}
}

func (h house) require(p *SpecPass, f config.HouseField, say func(*yaml.Node, string, ...any)) {
	values := valuesAt(p, f.Path.Text)
	switch {
	case len(values) == 0:
		say(keyAt(p, f.Path.Text), "%q is missing or empty", f.Path.Text)
	case len(f.Values) > 0 && !slices.ContainsFunc(values, func(v houseValue) bool { return allowed(f, v.text) }):
		say(values[0].node, "%q is %q, but must be %s", f.Path.Text, values[0].text, strings.Join(f.Values, " or "))
	}
}

// about reports whether the rule is about a spec.
func (h house) about(p *SpecPass) bool {
	if len(h.Kinds) > 0 && !slices.ContainsFunc(h.Kinds, func(w config.Word) bool {
		return w.Text == string(p.Item.Type) || w.Text == string(p.Item.Kind)
	}) {
		return false
	}
	for _, f := range h.Where {
		if !slices.ContainsFunc(valuesAt(p, f.Path.Text), func(v houseValue) bool { return allowed(f, v.text) }) {
			return false
		}
	}
	return true
}

// allowed reports whether a value is one of a field's. Severities may be written in
// any case, as Panther reads them.
func allowed(f config.HouseField, value string) bool {
	return slices.ContainsFunc(f.Values, func(pattern string) bool {
		if f.Path.Text == "Severity" {
			return strings.EqualFold(pattern, value)
		}
		return glob.Match(pattern, value) || pattern == value
	})
}

// houseValue is a scalar in a field; key is the key of the field itself.
type houseValue struct {
	node, key *yaml.Node
	text      string
}

// valuesAt returns the scalars in a field, in lists and mappings too. Empty ones
// don't count.
func valuesAt(p *SpecPass, path string) []houseValue {
	if path == config.FilePath {
		return []houseValue{{text: p.Path()}}
	}
	var out []houseValue
	var visit func(n, key *yaml.Node, rest []string)
	visit = func(n, key *yaml.Node, rest []string) {
		n = yamlcore.Deref(n)
		switch {
		case n == nil:
		case n.Kind == yaml.SequenceNode:
			for _, c := range n.Content {
				visit(c, key, rest)
			}
		case n.Kind == yaml.MappingNode:
			pairs, err := yamlcore.Pairs(n)
			if err != nil {
				return
			}
			for _, q := range pairs {
				if len(rest) == 0 {
					visit(q.Value, key, nil)
				} else if q.Key.Value == rest[0] {
					visit(q.Value, q.Key, rest[1:])
				}
			}
		case len(rest) == 0 && n.Value != "":
			if v, err := yamlcore.Scalar(n); err == nil && v != nil {
				out = append(out, houseValue{n, key, n.Value})
			}
		}
	}
	visit(p.Root, nil, strings.Split(path, "."))
	return out
}

// keyAt returns the key of a field that is empty, or nil.
func keyAt(p *SpecPass, path string) *yaml.Node { return p.Key(strings.Split(path, ".")...) }

// what says in one sentence what the rule finds.
func (h house) what() string {
	if h.Message != "" {
		return h.Message
	}
	return "A spec breaks a rule of this repository."
}

// definition writes the rule in one line. All that its findings depend on is in it.
func (h house) definition() string {
	var parts []string
	add := func(word string, fields []config.HouseField) {
		var list []string
		for _, f := range fields {
			switch {
			case f.Pattern != nil:
				list = append(list, fmt.Sprintf("`%s`: `%s`", f.Path.Text, f.Pattern))
			case len(f.Values) > 0:
				list = append(list, fmt.Sprintf("`%s`: `%s`", f.Path.Text, strings.Join(f.Values, "`, `")))
			default:
				list = append(list, "`"+f.Path.Text+"`")
			}
		}
		if len(list) > 0 {
			parts = append(parts, word+" "+strings.Join(list, ", "))
		}
	}
	var kinds []string
	for _, k := range h.Kinds {
		kinds = append(kinds, k.Text)
	}
	if len(kinds) > 0 {
		parts = append(parts, "kind "+strings.Join(kinds, ", "))
	}
	add("where", h.Where)
	add("require", h.Require)
	add("forbid", h.Forbid)
	add("match", h.Match)
	return strings.Join(parts, "; ")
}
