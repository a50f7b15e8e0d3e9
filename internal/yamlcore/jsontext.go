package yamlcore

import (
	"bytes"
	"encoding/json"

	"gopkg.in/yaml.v3"
)

// JSONText returns a node as indented JSON, with keys in their order and numbers as
// they are written where JSON can have them so: to a reader of both, 57.0 and 57 are of
// two types. Compare such texts by DecodeJSON, for which they are equal.
func JSONText(n *yaml.Node) (string, error) {
	var b bytes.Buffer
	if err := appendJSON(&b, n, "\n"); err != nil {
		return "", err
	}
	return b.String(), nil
}

func appendJSON(b *bytes.Buffer, n *yaml.Node, newline string) error {
	n = Deref(n)
	if n == nil {
		b.WriteString("null")
		return nil
	}
	inner := newline + "  "
	switch n.Kind {
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			b.WriteString("[]")
			return nil
		}
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(inner)
			if err := appendJSON(b, c, inner); err != nil {
				return err
			}
		}
		b.WriteString(newline + "]")
	case yaml.MappingNode:
		ps, err := Pairs(n)
		if err != nil {
			return err
		}
		if len(ps) == 0 {
			b.WriteString("{}")
			return nil
		}
		b.WriteByte('{')
		for i, p := range ps {
			if i > 0 {
				b.WriteByte(',')
			}
			k, err := keyText(p.Key)
			if err != nil {
				return err
			}
			b.WriteString(inner)
			appendScalar(b, k)
			b.WriteString(": ")
			if err := appendJSON(b, p.Value, inner); err != nil {
				return err
			}
		}
		b.WriteString(newline + "}")
	default:
		v, err := Scalar(n)
		if err != nil {
			return err
		}
		if _, ok := v.(json.Number); ok {
			b.WriteString(numberText(n))
			return nil
		}
		appendScalar(b, v)
	}
	return nil
}

// numberText returns a number in JSON's grammar, and as it is written if it is in that.
// A number that is no integer stays one: 5. is 5.0.
func numberText(n *yaml.Node) string {
	s := n.Value
	float := isFloat(s) && !isInt(s) || n.Style&yaml.TaggedStyle != 0 && n.ShortTag() == "!!float"
	switch {
	case isBased(s, "0o", "01234567"), isBased(s, "0x", "0123456789abcdefABCDEF"):
		num, _ := number(s)
		s = num.String()
	case !json.Valid([]byte(s)):
		s = jsonNumber(s)
	}
	if float && isInt(s) {
		s += ".0"
	}
	return s
}

func appendScalar(b *bytes.Buffer, v any) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	// Scalars of the JSON model always encode; the encoder adds a line end.
	if enc.Encode(v) == nil {
		b.Truncate(b.Len() - 1)
	}
}
