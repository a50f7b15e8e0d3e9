package setup

import (
	"fmt"

	"github.com/pdac-dev/pdac/schemas"
)

const (
	settingsFile = ".vscode/settings.json"
	schemaFolder = ".vscode/pdac"
)

// editorSchemas are the files that each schema is for.
var editorSchemas = []struct{ schema, globs string }{
	{schemaFolder + "/spec.schema.json", `["**/*.yml", "**/*.yaml"]`},
	{schemaFolder + "/pdac.schema.json", `"pdac.yaml"`},
}

// editor writes the schemas of specs and of pdac.yaml, and the setting of the YAML language
// server that uses them.
func (b *builder) editor() error {
	wanted := map[string]bool{"spec.schema.json": true, "pdac.schema.json": true}
	for _, f := range schemas.Files() {
		if !wanted[f.Name] {
			continue
		}
		name := b.at(schemaFolder + "/" + f.Name)
		before, err := b.read(name)
		if err != nil {
			return err
		}
		if before != nil && !schemas.Own(before) {
			b.keep(name, "pdac did not write it")
			continue
		}
		b.write(name, before, []byte(f.Text), "keys of specs and of pdac.yaml, for editors")
	}
	name := b.at(settingsFile)
	before, err := b.read(name)
	if err != nil {
		return err
	}
	after, err := addSchemas(before)
	if err != nil {
		b.keep(name, "%v; docs/lint.md shows the setting", err)
		return nil
	}
	b.write(name, before, after, "which schema is for which file")
	return nil
}

// addSchemas adds the schemas to the settings of VS Code, a JSON text that may have
// comments.
func addSchemas(src []byte) ([]byte, error) {
	if len(src) == 0 {
		src = []byte("{\n}\n")
	}
	text := string(src)
	for _, s := range editorSchemas {
		doc, err := parseJSONC(text)
		if err != nil {
			return nil, err
		}
		all, has := doc.find("yaml.schemas")
		switch {
		case !has:
			text = doc.insert(doc.top, fmt.Sprintf("\"yaml.schemas\": {\n    %q: %s\n  }", s.schema, s.globs))
		case !all.isObject:
			return nil, fmt.Errorf("\"yaml.schemas\" is not an object")
		default:
			if _, set := all.object.key(s.schema); set {
				continue
			}
			text = doc.insert(all.object, fmt.Sprintf("%q: %s", s.schema, s.globs))
		}
		if _, err := parseJSONC(text); err != nil {
			return nil, err
		}
	}
	return []byte(text), nil
}
