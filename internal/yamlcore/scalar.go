package yamlcore

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	intRE   = regexp.MustCompile(`^[-+]?[0-9]+$`)
	octRE   = regexp.MustCompile(`^0o[0-7]+$`)
	hexRE   = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	floatRE = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// Scalar resolves a scalar node by YAML 1.2 core: nil, bool, json.Number or
// string. Numbers are in canonical form (see Number). Infinities and NaN,
// which JSON can't hold, stay text.
func Scalar(n *yaml.Node) (any, error) {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if n.Style&yaml.TaggedStyle != 0 {
		return tagged(n)
	}
	if quoted {
		return n.Value, nil
	}
	return plain(n.Value), nil
}

func plain(s string) any {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	// Nearly every scalar is a word; don't run expressions over them.
	if c := s[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return s
	}
	if num, ok := number(s); ok {
		return num
	}
	return s
}

func number(s string) (json.Number, bool) {
	switch {
	case intRE.MatchString(s), floatRE.MatchString(s):
		return Number(s), true
	case octRE.MatchString(s), hexRE.MatchString(s):
		i, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return "", false
		}
		return json.Number(i.String()), true
	}
	return "", false
}

// longest is how many digits an exponent may ask for before a number is left
// as it was written: 1e999999999 must not fill the memory.
const longest = 400

// Number gives the canonical JSON text of a decimal number: integers in plain
// digits whatever their size (0644 is 644, 1e3 and 1.0 are 1000 and 1), other
// numbers in the shortest text that reads back as the same 64-bit float.
// Numbers of equal value have equal text.
func Number(s string) json.Number {
	s = strings.TrimPrefix(s, "+")
	if intRE.MatchString(s) {
		neg := strings.HasPrefix(s, "-")
		digits := strings.TrimLeft(strings.TrimPrefix(s, "-"), "0")
		if digits == "" {
			return "0"
		}
		if neg {
			digits = "-" + digits
		}
		return json.Number(digits)
	}
	if exp := strings.IndexAny(s, "eE"); exp >= 0 {
		if e, err := strconv.Atoi(s[exp+1:]); err != nil || e > longest || e < -longest {
			return json.Number(jsonNumber(s))
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return json.Number(jsonNumber(s))
	}
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f == 0 {
		return json.Number(jsonNumber(s))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}

// jsonNumber puts a number that YAML allows (.5, 5., 007.5) into JSON's grammar
// without changing its digits.
func jsonNumber(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	s = strings.TrimPrefix(s, "+")
	exp := ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s, exp = s[:i], "e"+s[i+1:]
	}
	whole, frac, _ := strings.Cut(s, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if frac != "" {
		frac = "." + frac
	}
	return sign + whole + frac + exp
}

func tagged(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!str", "!":
		return n.Value, nil
	case "!!int", "!!float":
		if num, ok := number(n.Value); ok {
			return num, nil
		}
		return nil, at(n, "the value %q is marked as a number and is none", n.Value)
	case "!!bool":
		if b, ok := plain(n.Value).(bool); ok {
			return b, nil
		}
		return nil, at(n, "the value %q is marked as true or false and is neither", n.Value)
	case "!!null":
		return nil, nil
	case "!!timestamp":
		return n.Value, nil
	}
	return nil, at(n, "the tag %q is not known in Panther's content; write the value without it", n.Tag)
}

// Text gives a scalar as it was written, which is what counts where the API
// wants a string and the spec has a number or true/false (1.10 stays "1.10").
func Text(n *yaml.Node) string { return n.Value }

// keyText gives a mapping key as the JSON key it becomes.
func keyText(n *yaml.Node) (string, error) {
	n = Deref(n)
	if n.Kind != yaml.ScalarNode {
		return "", at(n, "a key must be a single value, not a list or a mapping")
	}
	return n.Value, nil
}

// Deref follows an alias to the node it names.
func Deref(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// IsMerge tells whether a key is the merge key "<<".
func IsMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Style == 0
}
