package panther

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI returns pdac's own OpenAPI 3.0.3 description of the part of Panther's REST API that this module speaks, as
// YAML. The bytes are a fresh copy, free to change.
func OpenAPI() []byte { return []byte(openAPI) }
