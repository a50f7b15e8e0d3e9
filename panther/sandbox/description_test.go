package sandbox_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(panther.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDescriptionIsValid(t *testing.T) {
	doc := loadDocument(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("version %s", doc.OpenAPI)
	}
}

func TestDescriptionCoversTheContract(t *testing.T) {
	doc := loadDocument(t)
	want := map[string][]string{
		"/alerts":                 {"GET"},
		"/users":                  {"GET"},
		"/api-tokens":             {"GET"},
		"/api-tokens/{id}":        {"GET"},
		"/api-tokens/{id}/rotate": {"POST"},
	}
	for _, c := range sandbox.Collections() {
		want["/"+string(c)] = []string{"GET", "POST"}
		want["/"+string(c)+"/{id}"] = []string{"DELETE", "GET", "PUT"}
	}
	want["/queries/{id}"] = []string{"DELETE", "GET", "POST"}
	for path, item := range doc.Paths.Map() {
		var methods []string
		for method := range item.Operations() {
			methods = append(methods, method)
		}
		slices.Sort(methods)
		if !slices.Equal(methods, want[path]) {
			t.Errorf("%s has %v, want %v", path, methods, want[path])
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("not described: %v", want)
	}
}

func TestEveryOperationNamesItsFailures(t *testing.T) {
	for path, item := range loadDocument(t).Paths.Map() {
		for method, op := range item.Operations() {
			want := []string{"400", "401", "403", "429", "500", "502", "503", "504"}
			if strings.Contains(path, "{id}") && method != "PUT" {
				want = append(want, "404")
			}
			if method == "POST" && !strings.HasPrefix(path, "/api-tokens") {
				want = append(want, "409")
			}
			for _, status := range want {
				response := op.Responses.Value(status)
				if response == nil {
					t.Errorf("%s %s does not say what %s is", method, path, status)
					continue
				}
				schema := response.Value.Content.Get("application/json").Schema.Value
				if !slices.Contains(schema.Required, "message") {
					t.Errorf("%s %s: %s needs no message", method, path, status)
				}
			}
		}
	}
}

// Unknown live fields go back to Panther as they came, so no request may forbid them; what is known has a type.
func TestRequestBodiesAreTypedAndOpen(t *testing.T) {
	for path, item := range loadDocument(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			schema := op.RequestBody.Value.Content.Get("application/json").Schema.Value
			if has := schema.AdditionalProperties.Has; has != nil && !*has {
				t.Errorf("%s %s forbids unknown fields", method, path)
			}
			for name, property := range schema.Properties {
				if property.Value.Type == nil || property.Value.Nullable {
					t.Errorf("%s %s: the field %s has no type, or may be null", method, path, name)
				}
			}
		}
	}
}

func TestDescriptionIsACopy(t *testing.T) {
	first := panther.OpenAPI()
	first[0] = '!'
	if panther.OpenAPI()[0] == '!' {
		t.Error("a caller can change the embedded description")
	}
}
