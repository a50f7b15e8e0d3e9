package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// HouseRule is a lint rule of the repository's own, an entry of lint.house.
type HouseRule struct {
	// ID is letters and digits, such as ACME01.
	ID Word
	// Severity is error, warning or info; "" for the default.
	Severity Word
	// Message replaces the generated message; "" for none.
	Message string
	// Kinds lists the types and kinds of specs that it is about; empty for all.
	Kinds []Word
	// Where limits it to specs that have the values; Require, Forbid and Match say
	// what such a spec must have, must not have, and how its values must look.
	Where, Require, Forbid, Match []HouseField
}

// HouseField is a field of a spec in a house rule, or the path of its file.
type HouseField struct {
	// Path leads inwards with dots, such as Schedule.RateMinutes; FilePath is the
	// path of the file.
	Path Word
	// Values are the values as globs; empty for any value.
	Values []string
	// Pattern is the expression of Match; nil elsewhere.
	Pattern *regexp.Regexp
}

// FilePath is the word that stands for the path of the file in a HouseField.
const FilePath = "path"

// maxHouseRules is the maximum number of house rules.
const maxHouseRules = 1000

var houseKeys = []string{"id", "severity", "message", "kind", "where", "require", "forbid", "match"}

func houseRules(n *yaml.Node) (out []HouseRule, err error) {
	if n = yamlcore.Deref(n); isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, `"lint.house" must be a list of rules, each with an id and at least one of require, forbid and match`)
	}
	if len(n.Content) > maxHouseRules {
		return nil, fault(n, `"lint.house" has %d rules; pdac takes up to %d`, len(n.Content), maxHouseRules)
	}
	for _, c := range n.Content {
		r, err := houseRule(yamlcore.Deref(c))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func houseRule(n *yaml.Node) (r HouseRule, err error) {
	err = eachKey(n, "lint.house", houseKeys, func(key string, v *yaml.Node) (err error) {
		switch key {
		case "id":
			r.ID, err = wordOf(v, "id", "letters and digits, such as ACME01")
		case "severity":
			legal := []string{"error", "warning", "info"}
			if r.Severity, err = wordOf(v, "severity", "error, warning or info"); err == nil && !slices.Contains(legal, r.Severity.Text) {
				err = r.Severity.Fault("unknown severity %q; use error, warning or info%s", r.Severity.Text, suggest.DidYouMean(r.Severity.Text, legal))
			}
		case "message":
			var w Word
			w, err = wordOf(v, "message", "a text")
			r.Message = w.Text
		case "kind":
			r.Kinds, err = oneOrMore(v, "kind", "a type of spec, such as rule or scheduled_query, or a list of them")
		case "where":
			r.Where, err = houseFields(v, key, false)
		case "require":
			r.Require, err = houseFields(v, key, true)
		case "forbid":
			r.Forbid, err = houseFields(v, key, true)
		case "match":
			r.Match, err = housePatterns(v)
		}
		return err
	})
	switch {
	case err != nil:
	case r.ID.Text == "":
		err = fault(n, `a rule in "lint.house" has no "id"; add one, such as ACME01`)
	case len(r.Require)+len(r.Forbid)+len(r.Match) == 0:
		err = fault(n, `rule %q in "lint.house" checks nothing; add require, forbid or match`, r.ID.Text)
	}
	return r, err
}

// oneOrMore reads a word or a list of words.
func oneOrMore(n *yaml.Node, name, what string) ([]Word, error) {
	if n = yamlcore.Deref(n); n.Kind == yaml.SequenceNode {
		return words(n, name)
	}
	w, err := wordOf(n, name, what)
	return []Word{w}, err
}

// houseFields reads fields with their values: a mapping, or with list a list of
// fields that may have any value.
func houseFields(n *yaml.Node, name string, list bool) (out []HouseField, err error) {
	if n = yamlcore.Deref(n); list && n.Kind == yaml.SequenceNode {
		fields, err := words(n, name)
		for _, w := range fields {
			out = append(out, HouseField{Path: w})
		}
		return out, err
	}
	pairs, err := mapping(n, name)
	for _, p := range pairs {
		f := HouseField{Path: word(p.Key)}
		values, err := oneOrMore(p.Value, p.Key.Value, "a value or a list of values")
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if err := glob.Check(v.Text); err != nil {
				return nil, v.Fault("the pattern %q %s; write it like AWS.* or rules/okta_*", v.Text, err)
			}
			f.Values = append(f.Values, v.Text)
		}
		if len(f.Values) == 0 {
			return nil, fault(p.Key, "%q in %q has no values; list the values, or use * for any", p.Key.Value, name)
		}
		out = append(out, f)
	}
	return out, err
}

func housePatterns(n *yaml.Node) (out []HouseField, err error) {
	pairs, err := mapping(n, "match")
	for _, p := range pairs {
		w, err := wordOf(p.Value, p.Key.Value, "a regular expression, such as ^Acme\\.")
		if err != nil {
			return nil, err
		}
		re, err := regexp.Compile(w.Text)
		if err != nil {
			return nil, w.Fault("%q is not a regular expression: %s", w.Text, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		out = append(out, HouseField{Path: word(p.Key), Pattern: re})
	}
	return out, err
}
