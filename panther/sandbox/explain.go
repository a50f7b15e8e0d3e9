package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// explain describes how the parameters of a request differ from the description.
func explain(err error) string {
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Parameter != nil {
		return explainParameter(request.Parameter, request.Err)
	}
	return "the request is not valid: " + firstLine(err)
}

// explainValue describes how a body differs from its schema.
func explainValue(err error) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		return explainSchema(schema, "")
	}
	return firstLine(err)
}

func explainParameter(p *openapi3.Parameter, err error) string {
	where := fmt.Sprintf("the parameter %q", p.Name)
	if p.In == openapi3.ParameterInPath {
		where = fmt.Sprintf("the %s in the path", p.Name)
	}
	var schema *openapi3.SchemaError
	var parse *openapi3filter.ParseError
	switch {
	case errors.As(err, &schema):
		return explainSchema(schema, where)
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return where + " is missing"
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return where + " has no value"
	case errors.As(err, &parse):
		return fmt.Sprintf("%s is %q, which is not %s", where, parsedValue(parse), typeOf(p.Schema))
	}
	return where + " is not valid: " + firstLine(err)
}

func parsedValue(err *openapi3filter.ParseError) string {
	for {
		var inner *openapi3filter.ParseError
		if err.Value != nil || !errors.As(err.Cause, &inner) {
			return fmt.Sprint(err.Value)
		}
		err = inner
	}
}

func typeOf(ref *openapi3.SchemaRef) string {
	if ref == nil || ref.Value == nil || ref.Value.Type == nil || len(*ref.Value.Type) == 0 {
		return "a valid value"
	}
	switch name := (*ref.Value.Type)[0]; name {
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "string":
		return "a string"
	default:
		return "a " + name
	}
}

// explainSchema names the location, quotes the value and says what is expected.
func explainSchema(err *openapi3.SchemaError, where string) string {
	if where == "" {
		where = placeOf(err.JSONPointer())
	}
	s := err.Schema
	switch err.SchemaField {
	case "required":
		return fmt.Sprintf("%s is missing", where)
	case "type":
		return fmt.Sprintf("%s is %s, which is not %s", where, quote(err.Value), typeOf(&openapi3.SchemaRef{Value: s}))
	case "nullable":
		return fmt.Sprintf("%s is null; omit it instead", where)
	case "enum":
		return fmt.Sprintf("%s is %s, but must be one of %s", where, quote(err.Value), join(s.Enum))
	case "minLength":
		return fmt.Sprintf("%s is empty", where)
	case "minimum":
		return fmt.Sprintf("%s is %s; the minimum is %v", where, quote(err.Value), *s.Min)
	case "maximum":
		return fmt.Sprintf("%s is %s; the maximum is %v", where, quote(err.Value), *s.Max)
	case "format":
		return fmt.Sprintf("%s is %s, which is not a time like 2006-01-02T15:04:05Z", where, quote(err.Value))
	}
	return fmt.Sprintf("%s: %s", where, err.Reason)
}

func placeOf(pointer []string) string {
	if len(pointer) == 0 {
		return "it"
	}
	var b strings.Builder
	for i, part := range pointer {
		switch {
		case part != "" && strings.Trim(part, "0123456789") == "":
			fmt.Fprintf(&b, "[%s]", part)
		case i > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return fmt.Sprintf("%q", b.String())
}

func quote(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%q", fmt.Sprint(value))
	}
	const most = 60
	if text := string(raw); len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(string(raw[:most]), "") + "…"
}

func join(values []any) string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, ", ")
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
