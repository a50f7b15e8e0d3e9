package yamlcore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// DecodeJSON parses JSON into the JSON model, with numbers in canonical form.
// Text after the value is an error.
func DecodeJSON(src []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more text after the value")
	}
	return canonicalNumbers(v), nil
}

func canonicalNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return Number(v.String())
	case []any:
		for i := range v {
			v[i] = canonicalNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = canonicalNumbers(v[k])
		}
	}
	return v
}

// PlainJSON describes a JSON error in plain words.
func PlainJSON(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the JSON is cut off"
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input":
		if syntax.Offset == 0 {
			return "it is empty"
		}
		return "the JSON is cut off"
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON from character %d on", syntax.Offset)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Sprintf("it is a JSON %s, which is not the expected type", kind.Value)
	case errors.As(err, &kind):
		return fmt.Sprintf("%q can't be a %s", kind.Field, kind.Value)
	}
	return err.Error()
}

// CanonicalJSON returns the canonical JSON of a value, which is equal for equal
// values: sorted keys, no spaces, no escaped characters.
func CanonicalJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only values outside the JSON model fail, and none are created here.
		return ""
	}
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}

// Equal reports whether two values of the JSON model are equal. Their numbers
// must be canonical.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case []any:
		bs, ok := b.([]any)
		if !ok || len(a) != len(bs) {
			return false
		}
		for i := range a {
			if !Equal(a[i], bs[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		bm, ok := b.(map[string]any)
		if !ok || len(a) != len(bm) {
			return false
		}
		for k, v := range a {
			w, ok := bm[k]
			if !ok || !Equal(v, w) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}
