package panther

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI returns pdac's own OpenAPI 3.0.3 description, in YAML, of the part of Panther's REST API that this module
// uses. The caller may modify the bytes.
func OpenAPI() []byte { return []byte(openAPI) }
