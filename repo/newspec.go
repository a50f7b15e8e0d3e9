package repo

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
)

// NewSpecOptions configures a new spec.
type NewSpecOptions struct {
	// Path is the path of the spec, from Placer.Place. Its Python file has the
	// same name with .py.
	Path string
}

// NewFiles contains the files of a new spec.
type NewFiles struct {
	Source
	// Path is the path of the spec.
	Path string
	// Lost lists the API names of live fields that this version does not know,
	// so a spec can't contain them. An apply keeps their live values.
	Lost []string
}

// Files returns the content of the files by path.
func (n NewFiles) Files() map[string][]byte {
	out := map[string][]byte{n.Path: n.Spec}
	if n.BodyPath != "" {
		out[n.BodyPath] = n.Body
	}
	return out
}

// NewSpec writes an entity as a new spec, in the conventional order and style,
// with its Python file. The result is decoded again and must equal the entity
// in every field; otherwise the error is a *WriteBackError.
func NewSpec(e panther.Entity, o NewSpecOptions) (NewFiles, error) {
	out, doc, err := draft(e, o)
	if err != nil {
		return out, err
	}
	fault := func(field, why string) error {
		return &WriteBackError{o.Path, []WriteBackFault{{field, why}}}
	}
	d, it, err := (&Item{Path: o.Path}).reread(out.Source, doc.Document())
	if err != nil {
		return out, fault("", "the spec would not be valid: "+err.Error()+"; change that in Panther first")
	}
	if it.Key() != e.Key {
		return out, fault("", "the spec would define "+it.Key().String()+"; change the id in Panther first")
	}
	if why := firstError(d); why != "" {
		return out, fault("", why+"; change that in Panther first")
	}
	bad := &WriteBackError{Path: o.Path}
	idle := e.Kind == panther.Query && !e.Scheduled()
	for _, f := range e.Kind.Fields() {
		if !f.Equal(d.Entity.Fields[f.Name], e.Fields[f.Name]) && !(idle && f.InSchedule()) {
			bad.Faults = append(bad.Faults, WriteBackFault{f.Name, "a spec can't express the live value; change it in Panther first"})
		}
	}
	if len(bad.Faults) > 0 {
		return out, bad
	}
	return out, nil
}

// DraftSpec is NewSpec without the proof that the files mean the entity: they are only to
// be read, not kept.
func DraftSpec(e panther.Entity, o NewSpecOptions) (NewFiles, error) {
	out, _, err := draft(e, o)
	return out, err
}

// draft writes the files of a new spec, and returns the spec's document, too.
func draft(e panther.Entity, o NewSpecOptions) (NewFiles, *yamledit.Doc, error) {
	out := NewFiles{Path: o.Path}
	for _, name := range slices.Sorted(maps.Keys(e.Extra)) {
		out.Lost = append(out.Lost, strings.ReplaceAll(name, "\x00", "."))
	}
	fault := func(field, why string) error {
		return &WriteBackError{o.Path, []WriteBackFault{{field, why}}}
	}
	if body, ok := e.Kind.Field(panther.FieldBody); ok {
		text, _ := e.Fields[panther.FieldBody].(string)
		switch {
		case !body.Empty(text):
			out.BodyPath = strings.TrimSuffix(o.Path, path.Ext(o.Path)) + ".py"
			out.Body = yamledit.MergeText(nil, text)
		case body.Required:
			return out, nil, fault(body.Name, "it is empty in Panther, but a spec needs a Python file with content; add it in Panther first")
		}
	}
	doc, err := yamledit.Parse(nil)
	if err == nil {
		err = doc.Set(nil, newMap(e, out.BodyPath))
	}
	if err != nil {
		return out, nil, fault("", err.Error())
	}
	out.Spec = doc.Bytes()
	return out, doc, nil
}

// specType returns the AnalysisType of an entity.
func specType(e panther.Entity) Type {
	switch e.Kind {
	case panther.Rule, panther.SimpleRule:
		return TypeRule
	case panther.ScheduledRule:
		return TypeScheduledRule
	case panther.CorrelationRule:
		return TypeCorrelationRule
	case panther.Policy:
		return TypePolicy
	case panther.Global:
		return TypeGlobal
	case panther.DataModel:
		return TypeDataModel
	}
	if e.Scheduled() {
		return TypeScheduledQuery
	}
	return TypeSavedQuery
}

func newMap(e panther.Entity, bodyPath string) yamledit.Map {
	values := map[string]any{
		analysisType:       string(specType(e)),
		e.Kind.SpecIDKey(): yamledit.Text(e.ID),
	}
	if bodyPath != "" {
		values["Filename"] = path.Base(bodyPath)
	}
	objects := map[string]yamledit.Map{}
	idle := e.Kind == panther.Query && !e.Scheduled()
	for _, f := range e.Kind.Fields() {
		v := e.Fields[f.Name]
		if f.SpecKey == "" || idle && f.InSchedule() {
			continue
		}
		// Defaults are omitted, except for the enabled flag.
		if !f.Switch && f.Equal(v, nil) || f.Empty(v) && f.Type != panther.Bool {
			continue
		}
		want := liveValue(f, v, e.Kind)
		if want == nil {
			continue
		}
		if outer, key, inner := strings.Cut(f.SpecKey, "."); inner {
			objects[outer] = append(objects[outer], yamledit.KeyValue{Key: key, Value: want})
		} else {
			values[f.SpecKey] = want
		}
	}
	for outer, object := range objects {
		values[outer] = object
	}
	out := yamledit.Map{}
	for _, k := range keyOrder(e.Kind) {
		if v, ok := values[k]; ok {
			out = append(out, yamledit.KeyValue{Key: k, Value: v})
			delete(values, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		out = append(out, yamledit.KeyValue{Key: k, Value: values[k]})
	}
	return out
}

// liveValue returns the value of a field in a new spec.
func liveValue(f panther.Field, v any, kind panther.Kind) any {
	switch f.Type {
	case panther.Bool:
		b, is := v.(bool)
		if !is {
			if f.Default == nil {
				return nil
			}
			b, _ = f.Default.(bool)
		}
		return b != f.Inverse
	case panther.Integer:
		return v
	case panther.Enum:
		return enumWord(v.(string), nil)
	case panther.Text:
		return yamledit.Prose(endLike(v.(string), nil))
	case panther.Lines:
		return yamledit.Text(endLike(v.(string), nil))
	case panther.Set:
		return setLike(v, nil)
	case panther.SetMap:
		return setMapLike(v, nil)
	case panther.YAML:
		return yamlLike(f, v.(string), nil)
	case panther.Tests:
		return testsLike(v, nil, kind)
	case panther.RuleOutputTests:
		return ruleOutputTestsLike(v, nil)
	case panther.Mappings:
		return mappingsLike(v, nil)
	}
	return nil
}

// RemoveFiles returns the files to remove with an item: its spec, and its
// Python file unless another spec names it, or might name it because it can't
// be parsed.
func RemoveFiles(r *Repo, it *Item) []string {
	out := []string{it.Path}
	if it.BodyPath == "" {
		return out
	}
	for _, other := range r.Items {
		if other.Path != it.Path && strings.EqualFold(bodyPathOf(other), it.BodyPath) {
			return out
		}
	}
	// It is unknown what these name, but it can only be files next to them.
	near := func(p string) bool {
		dir := path.Dir(p)
		return p != it.Path && (dir == "." || dir == path.Dir(it.BodyPath) || strings.HasPrefix(it.BodyPath, dir+"/"))
	}
	for _, other := range r.Skipped {
		if near(other.Path) {
			return out
		}
	}
	if slices.ContainsFunc(r.Unread, near) {
		return out
	}
	return append(out, it.BodyPath)
}

// bodyPathOf returns the Python file that an item names, even if the item is
// broken.
func bodyPathOf(it *Item) string {
	if it.BodyPath != "" || it.Root == nil {
		return it.BodyPath
	}
	if n := lookupScalar(it, "Filename"); n != "" {
		return path.Join(path.Dir(it.Path), n)
	}
	return ""
}
