package starter

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// templateFolder is where repositories keep their templates.
const templateFolder = "templates"

// maxTemplate bounds what is read of a template.
const maxTemplate = 1 << 20

// template is a spec to start from, with its Python file.
type template struct {
	path       string
	spec, body []byte
}

// template returns the template for the kind, or nil if there is none: the first in
// templates/ that has its type.
func (s *starter) template(ctx context.Context) (*template, error) {
	if s.Template != "" {
		name := path.Clean(strings.ReplaceAll(s.Template, `\`, "/"))
		t, of, err := s.readTemplate(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		if t == nil {
			return nil, fmt.Errorf("the template %q is not for a %s%s", s.Template, s.kind.name, of)
		}
		return t, nil
	}
	for _, e := range s.entries {
		if !strings.HasPrefix(e.Path, templateFolder+"/") || e.Size > maxTemplate || !slices.Contains([]string{".yml", ".yaml"}, path.Ext(e.Path)) {
			continue
		}
		if t, _, err := s.readTemplate(ctx, e.Path); err == nil && t != nil {
			return t, nil
		}
	}
	return nil, nil
}

// readTemplate reads a template. If it is for another kind, it returns nil, and what it is
// for.
func (s *starter) readTemplate(ctx context.Context, name string) (*template, string, error) {
	spec, err := s.tree.Read(ctx, name, maxTemplate)
	if err != nil {
		return nil, "", err
	}
	doc, err := yamlcore.Parse(s.fill(spec, "x.py", inYAML), yamlcore.Limits{})
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	if doc.Root == nil || doc.Root.Kind != yaml.MappingNode {
		return nil, ", but no spec", nil
	}
	text := func(key string) string {
		if n := yamlcore.Lookup(doc.Root, key); n != nil {
			return yamlcore.Deref(n).Value
		}
		return ""
	}
	if of := text("AnalysisType"); !s.isFor(of, doc.Root) {
		return nil, fmt.Sprintf("; its AnalysisType is %q", of), nil
	}
	t := &template{path: name, spec: spec}
	if !s.python {
		return t, "", nil
	}
	stem := strings.TrimSuffix(name, path.Ext(name)) + ".py"
	for _, file := range []string{stem, path.Join(path.Dir(name), path.Base(text("Filename")))} {
		if body, err := s.tree.Read(ctx, file, maxTemplate); err == nil {
			t.body = body
			return t, "", nil
		}
	}
	return nil, fmt.Sprintf("; its Python file %s does not exist", stem), nil
}

// isFor reports whether a spec of a type is a template for the kind.
func (s *starter) isFor(of string, root *yaml.Node) bool {
	simple := yamlcore.Lookup(root, "Detection") != nil
	switch s.of {
	case panther.Rule:
		return of == string(repo.TypeRule) && !simple
	case panther.SimpleRule:
		return of == string(repo.TypeRule) && simple
	case panther.Query:
		if s.Every > 0 {
			return of == string(repo.TypeScheduledQuery)
		}
		return of == string(repo.TypeSavedQuery)
	case panther.DataModel:
		return of == string(repo.TypeDataModel) && yamlcore.Lookup(root, "Filename") == nil
	}
	return of == string(s.of)
}

// fromTemplate fills in a template: its placeholders, and the keys that are known.
func (s *starter) fromTemplate(place string, t template) (Start, error) {
	out := Start{Spec: place, Files: map[string][]byte{}, Template: t.path}
	body := ""
	if s.python {
		body = strings.TrimSuffix(place, path.Ext(place)) + ".py"
		out.Files[body] = s.fill(t.body, body, inPython)
	}
	spec, err := s.set(s.fill(t.spec, body, inYAML), body)
	if err == nil {
		spec, err = repo.Format(place, spec)
	}
	if err != nil {
		return Start{}, fmt.Errorf("fill in the template %s: %w", t.path, err)
	}
	out.Files[place] = spec
	return out, nil
}

// set sets the keys of a spec whose values are known.
func (s *starter) set(spec []byte, body string) ([]byte, error) {
	doc, err := yamledit.Parse(spec)
	if err != nil {
		return nil, err
	}
	texts := func(values []string) []any {
		out := make([]any, len(values))
		for i, v := range values {
			out[i] = yamledit.Text(v)
		}
		return out
	}
	type value struct {
		key  string
		want any
		// add says that a spec without the key gets it.
		add bool
	}
	all := []value{{s.of.SpecIDKey(), yamledit.Text(s.ID), true}, {"DisplayName", yamledit.Text(s.Name), false}}
	if body != "" {
		all = append(all, value{"Filename", yamledit.Text(path.Base(body)), true})
	}
	if s.severity {
		all = append(all, value{"Severity", yamledit.Text(s.Severity), true})
	}
	switch {
	case s.of == panther.Query:
		if s.Every > 0 && doc.Node(yamledit.Path{"Schedule", "RateMinutes"}) != nil {
			if err := doc.Set(yamledit.Path{"Schedule", "RateMinutes"}, s.Every); err != nil {
				return nil, err
			}
		}
	case s.needs == needLogType:
		all = append(all, value{"LogTypes", texts(s.LogTypes), true})
	case s.needs == needResourceType:
		all = append(all, value{"ResourceTypes", texts(s.ResourceTypes), true})
	case s.needs == needQuery:
		all = append(all, value{"ScheduledQueries", texts(s.Queries), true})
	}
	for _, v := range all {
		p := yamledit.Path{v.key}
		if doc.Node(p) == nil && !v.add {
			continue
		}
		if err := doc.Set(p, v.want); err != nil {
			return nil, err
		}
	}
	return doc.Bytes(), nil
}

// wholeValue is a line whose value is one placeholder.
var wholeValue = lazyregexp.New(`^\s*(?:- )?(?:[\w.-]+:\s+)?\{\{\w+\}\}\s*$`)

// plainScalar is a text that needs no quotes in YAML.
var plainScalar = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9_]$`)

// inYAML writes a value into a line of YAML: in quotes if the value needs them, or as a
// part of a text in single quotes.
func inYAML(line, mark, v string) string {
	switch {
	case wholeValue.MatchString(line):
		if plainScalar.MatchString(v) && !lookup(v) {
			return v
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case strings.Contains(line[:strings.Index(line, mark)], "'"):
		return strings.ReplaceAll(v, "'", "''")
	}
	return v
}

// lookup reports whether YAML takes a plain word for something else than a text.
func lookup(v string) bool {
	return slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(v))
}

// inPython writes a value into a line of Python, also into the middle of a string.
func inPython(_, _, v string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(v)
}
