package schemas_test

import (
	"testing"

	"github.com/pdac-dev/pdac/config"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/yamlcore"
	"github.com/xeipuuv/gojsonschema"
)

func compile(t *testing.T, text string) *gojsonschema.Schema {
	t.Helper()
	l := gojsonschema.NewSchemaLoader()
	// Validate holds the schema itself against draft-07's own schema.
	l.Validate, l.Draft, l.AutoDetect = true, gojsonschema.Draft7, false
	s, err := l.Compile(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSchemasAreDraft07(t *testing.T) {
	for _, text := range []string{schemas.Plan(), schemas.Drift(), schemas.Result(), schemas.Config()} {
		compile(t, text)
	}
}

// TestConfigAndItsSchemaAgree: what pdac takes the schema takes, and what the
// schema refuses pdac refuses. (Some faults no schema can say.)
func TestConfigAndItsSchemaAgree(t *testing.T) {
	s := compile(t, schemas.Config())
	for src, want := range map[string]bool{
		"version: 1\n": true,
		"version: 1\napi: {host: h, token_env: T, requests_per_second: 2.5, timeout: 5s, tries: 2, page_size: 10}\n":                         true,
		"version: 1\ncontent: {include: [a], exclude: [b]}\ndeploy: {exclude_status: []}\nlimits: {max_file_bytes: 1, max_files: 1}\napi:\n": true,
		"api: {}\n":                                     false,
		"version: 2\n":                                  false,
		"version: 1\nextra: 1\n":                        false,
		"version: 1\napi: {token: x}\n":                 false,
		"version: 1\napi: {tries: -1}\n":                false,
		"version: 1\napi: {tries: 0}\n":                 false,
		"version: 1\napi: {tries: 1.5}\n":               false,
		"version: 1\napi: {requests_per_second: 0}\n":   false,
		"version: 1\napi: {token_env: a b}\n":           false,
		"version: 1\napi: []\n":                         false,
		"version: 1\ncontent: {include: x}\n":           false,
		"version: 1\nlimits: {max_files: many}\n":       false,
		"version: 1\ndeploy: {exclude: [Deprecated]}\n": false,
		"version: 1\ndeploy: {on_drift: keep, on_conflict: revert, deletes: allow, max_deletes: 10%, max_changes: 25}\n": true,
		"version: 1\ndeploy: {unmanaged_fields: [enabled, {fields: [severity], only: [rule/AWS.*]}]}\n":                  true,
		"version: 1\ndeployments: {remote: origin, record: false}\n":                                                     true,
		"version: 1\ndeployments: {remote: \"\"}\n":                                                                      true,
		"version: 1\ndeploy: {on_drift: leave}\n":                                                                        false,
		"version: 1\ndeploy: {deletes: always}\n":                                                                        false,
		"version: 1\ndeploy: {max_deletes: -1}\n":                                                                        false,
		"version: 1\ndeploy: {max_changes: 101%}\n":                                                                      false,
		"version: 1\ndeploy: {unmanaged_fields: [{only: [rule/A]}]}\n":                                                   false,
		"version: 1\ndeployments: {record: sometimes}\n":                                                                 false,
	} {
		_, err := config.Parse([]byte(src))
		if (err == nil) != want {
			t.Errorf("%q: pdac says %v", src, err)
		}
		v, err := yamlcore.DecodeText(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Validate(gojsonschema.NewStringLoader(yamlcore.CanonicalJSON(v)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Valid() != want {
			t.Errorf("%q: the schema says %v", src, got.Errors())
		}
	}
}
