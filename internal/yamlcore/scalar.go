package yamlcore

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Scalar resolves a scalar node by YAML 1.2 core: nil, bool, json.Number or
// string. Numbers are in canonical form (see Number). Infinities and NaN, which
// JSON can't represent, stay strings.
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
	// Nearly every scalar is a word, so skip the regular expressions.
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
	case isInt(s), isFloat(s):
		return Number(s), true
	case isBased(s, "0o", "01234567"), isBased(s, "0x", "0123456789abcdefABCDEF"):
		i, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return "", false
		}
		return json.Number(i.String()), true
	}
	return "", false
}

// digits returns a text without the decimal digits at its start, and whether it has any.
func digits(s string) (rest string, ok bool) {
	rest = strings.TrimLeft(s, "0123456789")
	return rest, len(rest) < len(s)
}

func unsigned(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:]
	}
	return s
}

// isInt reports whether a text is an integer: [-+]?[0-9]+
func isInt(s string) bool {
	rest, ok := digits(unsigned(s))
	return ok && rest == ""
}

// isFloat reports whether a text is a number: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
func isFloat(s string) bool {
	rest, whole := digits(unsigned(s))
	if after, ok := strings.CutPrefix(rest, "."); ok {
		var fraction bool
		if rest, fraction = digits(after); !whole && !fraction {
			return false
		}
	} else if !whole {
		return false
	}
	return rest == "" || (rest[0] == 'e' || rest[0] == 'E') && isInt(rest[1:])
}

// isBased reports whether a text is a prefix and at least one of the digits.
func isBased(s, prefix, of string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && rest != "" && strings.Trim(rest, of) == ""
}

// longest is the maximum number of digits that an exponent may produce. A
// larger number is left as it is written: 1e999999999 must not fill the memory.
const longest = 400

// Number returns the canonical JSON text of a decimal number. Integers are
// plain digits of any size (0644 is 644, 1e3 and 1.0 are 1000 and 1), other
// numbers the shortest text that parses as the same 64-bit float. Equal numbers
// have equal texts.
func Number(s string) json.Number {
	s = strings.TrimPrefix(s, "+")
	if isInt(s) {
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
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if f == math.Trunc(f) {
		return Number(text) // 49999999999999.999 is the float 5e13
	}
	return json.Number(text)
}

// jsonNumber converts a YAML number (.5, 5., 007.5) to JSON's grammar without
// changing its digits.
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
		return nil, at(n, "the value %q is tagged as a number but is not one", n.Value)
	case "!!bool":
		if b, ok := plain(n.Value).(bool); ok {
			return b, nil
		}
		return nil, at(n, "the value %q is tagged as a boolean but is neither true nor false", n.Value)
	case "!!null":
		return nil, nil
	case "!!timestamp":
		return n.Value, nil
	}
	return nil, at(n, "the tag %q is not supported in Panther's content; remove it", n.Tag)
}

// Text returns a scalar as it is written. Use it where the API requires a
// string and the spec has a number or true/false (1.10 stays "1.10").
func Text(n *yaml.Node) string { return n.Value }

// keyText returns a mapping key as a JSON key.
func keyText(n *yaml.Node) (string, error) {
	n = Deref(n)
	if n.Kind != yaml.ScalarNode {
		return "", at(n, "a key must be a single value, not a list or a mapping")
	}
	return n.Value, nil
}

// Deref returns the node that an alias refers to, or the node itself.
func Deref(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// IsMerge reports whether a key is the merge key "<<".
func IsMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Style == 0
}
