package sandbox

import (
	"fmt"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"github.com/pdac-dev/pdac/panther"
)

// strictDescriptions are the descriptions that responses are checked against. They are made once per process.
var strictDescriptions = map[ContractOptions]func() (*description, error){
	{}:                           sync.OnceValues(ContractOptions{}.make),
	{Nulls: true}:                sync.OnceValues(ContractOptions{Nulls: true}.make),
	{Unknown: true}:              sync.OnceValues(ContractOptions{Unknown: true}.make),
	{Nulls: true, Unknown: true}: loadDescription,
}

func (o ContractOptions) description() (*description, error) { return strictDescriptions[o]() }

// make changes the embedded description, which allows whatever a client must cope with.
func (o ContractOptions) make() (*description, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(panther.OpenAPI(), &doc); err != nil {
		return nil, fmt.Errorf("read the embedded OpenAPI description: %w", err)
	}
	open := map[string]bool{}
	each(doc, func(m map[string]any) {
		if !o.Nulls {
			delete(m, "nullable")
		}
		parts, _ := m["allOf"].([]any)
		for _, part := range parts {
			if of, ok := part.(map[string]any); ok {
				ref, _ := of["$ref"].(string)
				open[strings.TrimPrefix(ref, "#/components/schemas/")] = true
				of["additionalProperties"] = true // the other parts of the whole describe the rest
			}
		}
	})
	if !o.Unknown {
		components, _ := doc["components"].(map[string]any)
		schemas, _ := components["schemas"].(map[string]any)
		for name, schema := range schemas {
			if s, ok := schema.(map[string]any); ok && open[name] {
				s["additionalProperties"] = true
			}
		}
		each(doc, func(m map[string]any) {
			_, isObject := m["properties"].(map[string]any)
			if isObject && m["type"] == "object" && m["additionalProperties"] == nil {
				m["additionalProperties"] = false
			}
		})
	}
	source, err := yaml.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write the API description: %w", err)
	}
	return describe(source)
}

// each calls do for every mapping of a document.
func each(v any, do func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		do(v)
		for _, part := range v {
			each(part, do)
		}
	case []any:
		for _, part := range v {
			each(part, do)
		}
	}
}
