package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A second opinion on what texts mean, which the server's own is tested against.

var (
	coreNull  = regexp.MustCompile(`^(|~|null|Null|NULL)$`)
	coreBool  = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	coreInt   = regexp.MustCompile(`^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	coreFloat = regexp.MustCompile(`^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	// Python's YAML reader, which knows YAML 1.1, takes more plain scalars for something else than a text.
	oldSpecial = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|=|<<|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])*(\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*)$`)
)

// yamlMeaning reads a YAML text by the core schema of YAML 1.2 into plain values. Scalars that older readers take for
// something else carry a mark, so that putting them in quotes, or taking quotes away, is noticed.
func yamlMeaning(text string) (any, error) {
	d := yaml.NewDecoder(strings.NewReader(text))
	var doc yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return nodeMeaning(doc.Content[0])
}

func nodeMeaning(n *yaml.Node) (any, error) {
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return nil, errors.New("anchors and tags are beyond this reader")
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return scalarMeaning(n), nil
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := nodeMeaning(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			key, err := nodeMeaning(n.Content[i])
			if err != nil {
				return nil, err
			}
			value, err := nodeMeaning(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			name := fmt.Sprintf("%#v", key)
			if _, twice := out[name]; twice {
				return nil, errors.New("duplicate key")
			}
			out[name] = value
		}
		return out, nil
	}
	return nil, errors.New("aliases are beyond this reader")
}

type marked struct{ sort, value string }

func scalarMeaning(n *yaml.Node) any {
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case !plain:
		return n.Value
	case coreNull.MatchString(n.Value):
		return nil
	case coreBool.MatchString(n.Value):
		return strings.EqualFold(n.Value, "true")
	case coreInt.MatchString(n.Value):
		digits, base := strings.TrimPrefix(n.Value, "+"), 10
		if rest, octal := strings.CutPrefix(digits, "0o"); octal {
			digits, base = rest, 8
		} else if rest, hex := strings.CutPrefix(digits, "0x"); hex {
			digits, base = rest, 16
		}
		number, _ := new(big.Int).SetString(digits, base)
		// How it is written matters too: an old reader takes 0644 for 420.
		return marked{"int " + n.Value, number.String()}
	case coreFloat.MatchString(n.Value):
		return marked{"float", n.Value}
	case oldSpecial.MatchString(n.Value):
		return marked{"old", n.Value}
	}
	return n.Value
}

// jsonMeaning reads a JSON text key by key, so that a key that appears twice is an error, and numbers exactly. A number
// with a fraction or exponent is not the same as one without.
func jsonMeaning(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

func jsonValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return numberMeaning(string(t)), nil
	case json.Delim:
		if t == '[' {
			list := []any{}
			for d.More() {
				v, err := jsonValue(d)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			_, err := d.Token()
			return list, err
		}
		out := map[string]any{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			if _, twice := out[name]; twice {
				return nil, errors.New("duplicate key")
			}
			if out[name], err = jsonValue(d); err != nil {
				return nil, err
			}
		}
		_, err := d.Token()
		return out, err
	case string:
		return "text " + t, nil
	}
	return t, nil
}

// numberMeaning is a number's sign, exact value, and whether it is written as a fraction. A number that is too large or too
// small to be written out stands for itself.
func numberMeaning(text string) string {
	form := fmt.Sprint(strings.ContainsAny(text, ".eE"), strings.HasPrefix(text, "-"))
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if !strings.ContainsAny(mantissa, "123456789") {
		return form + " 0"
	}
	if exponent != "" {
		if power, err := strconv.Atoi(exponent); err != nil || power < -400 || power > 400 {
			return form + text
		}
	}
	number, _ := new(big.Rat).SetString(text)
	return form + " " + number.String()
}
