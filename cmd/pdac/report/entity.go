package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// EntityOptions are the options of Entity.
type EntityOptions struct {
	// Format is YAML, JSON, Spec or Python.
	Format Format
	// Terminal says that a person reads the text, so characters that change what is shown
	// are escaped. Otherwise every byte is that of the entity.
	Terminal bool
}

// Entity writes a live entity: as in the API, as a spec, or its Python.
func Entity(w io.Writer, e panther.Entity, o EntityOptions) error {
	if o.Format == JSON {
		fields, err := entityJSON(e)
		if err != nil {
			return err
		}
		return writeJSON(w, fields)
	}
	text, err := entityText(e, o.Format)
	if err != nil {
		return err
	}
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text, '\n')
	}
	if o.Terminal {
		var b strings.Builder
		for line := range strings.Lines(string(text)) {
			b.WriteString(cleanLine(strings.TrimRight(line, "\r\n")) + "\n")
		}
		text = []byte(b.String())
	}
	_, err = w.Write(text)
	return err
}

func entityText(e panther.Entity, f Format) ([]byte, error) {
	switch f {
	case YAML, "":
		return entityYAML(e)
	case Spec:
		spec, err := newSpec(e)
		return spec.Spec, err
	case Python:
		body, _ := e.Fields[panther.FieldBody].(string)
		if body == "" {
			return nil, fmt.Errorf("it has no Python; use --format spec")
		}
		spec, err := newSpec(e)
		return spec.Body, err
	}
	return nil, badFormat(f, EntityView)
}

// newSpec returns the files that an import would write.
func newSpec(e panther.Entity) (repo.NewFiles, error) {
	placed, err := repo.NewPlacer(&repo.Repo{}, nil, repo.Options{}).Place(e)
	if err != nil {
		return repo.NewFiles{}, err
	}
	return repo.NewSpec(e, repo.NewSpecOptions{Path: placed})
}

// entityJSON returns the entity as an object of the API.
func entityJSON(e panther.Entity) (map[string]any, error) {
	e.Garbled = nil // they are shown as they were read
	text, err := e.Request(false)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	out := map[string]any{}
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.Key, err)
	}
	if e.ServerID != "" && e.Kind.ServerID() {
		out["id"] = e.ServerID
	}
	if e.Managed {
		out["managed"] = true
	}
	for name, at := range map[string]time.Time{"createdAt": e.Made.CreatedAt, "lastModified": e.Made.ChangedAt} {
		if !at.IsZero() {
			out[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	if e.Made.CreatedBy != "" {
		out["createdBy"] = e.Made.CreatedBy
	}
	if by := e.Made.ChangedBy; by.Type != "" {
		out["lastModifiedBy"] = map[string]any{"id": by.ID, "type": by.Type}
	}
	return out, nil
}

// entityYAML writes an entity as YAML, with the fields in the order of the field table.
func entityYAML(e panther.Entity) ([]byte, error) {
	fields, err := entityJSON(e)
	if err != nil {
		return nil, err
	}
	var order []string
	add := func(name string) {
		name, _, _ = strings.Cut(name, ".")
		if _, has := fields[name]; has && !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	add("id")
	add("name")
	var long []string
	for _, f := range e.Kind.Fields() {
		if f.Type == panther.Lines || f.Type == panther.Tests || f.Type == panther.RuleOutputTests {
			long = append(long, f.Name)
		} else {
			add(f.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(long, name) {
			add(name)
		}
	}
	for _, name := range long {
		add(name)
	}
	out := yamledit.Map{}
	for _, name := range order {
		out = append(out, yamledit.KeyValue{Key: name, Value: fields[name]})
	}
	// yamledit reads back what it writes; the encoder of yaml.v3 loses line breaks.
	doc, err := yamledit.Parse(nil)
	if err == nil {
		err = doc.Set(nil, out)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s as YAML: %w", e.Key, err)
	}
	return doc.Bytes(), nil
}
