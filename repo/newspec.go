package repo

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
)

// NewSpecOptions says how a new spec is written.
type NewSpecOptions struct {
	// Path is where the spec goes, as Placer.Place gives it. Its Python file goes
	// beside it, under the same name with .py.
	Path string
}

// NewFiles is what a new spec consists of.
type NewFiles struct {
	Source
	// Path is the spec's file.
	Path string
	// Lost lists, by their API names, the fields of the live entity that this
	// version doesn't know and a spec therefore can't hold. An apply leaves them
	// as they are live.
	Lost []string
}

// Files gives the content of each file by path.
func (n NewFiles) Files() map[string][]byte {
	out := map[string][]byte{n.Path: n.Spec}
	if n.BodyPath != "" {
		out[n.BodyPath] = n.Body
	}
	return out
}

// NewSpec writes an entity as a new spec in the conventional order and style,
// with its Python file. What is written is decoded again and equals the entity
// in every field; where that can't be, the error is a *WriteBackError.
func NewSpec(e panther.Entity, o NewSpecOptions) (NewFiles, error) {
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
			return out, fault(body.Name, "it is empty in Panther, and a spec names a Python file that holds something; write it in Panther first")
		}
	}
	doc, err := yamledit.Parse(nil)
	if err == nil {
		err = doc.Set(nil, newMap(e, out.BodyPath))
	}
	if err != nil {
		return out, fault("", err.Error())
	}
	out.Spec = doc.Bytes()
	d, it, err := (&Item{Path: o.Path}).reread(out.Source, doc.Document())
	if err != nil {
		return out, fault("", "the spec would not be valid: "+err.Error()+"; change that in Panther first")
	}
	if it.Key() != e.Key {
		return out, fault("", "the spec would be that of "+it.Key().String()+"; change the id in Panther first")
	}
	if why := firstError(d); why != "" {
		return out, fault("", why+"; change that in Panther first")
	}
	bad := &WriteBackError{Path: o.Path}
	idle := e.Kind == panther.Query && !e.Scheduled()
	for _, f := range e.Kind.Fields() {
		if !f.Equal(d.Entity.Fields[f.Name], e.Fields[f.Name]) && !(idle && f.InSchedule()) {
			bad.Faults = append(bad.Faults, WriteBackFault{f.Name, "a spec can't say what is live; change it in Panther first"})
		}
	}
	if len(bad.Faults) > 0 {
		return out, bad
	}
	return out, nil
}

// specType is the AnalysisType of an entity.
func specType(e panther.Entity) Type {
	switch e.Kind {
	case panther.Rule, panther.SimpleRule:
		return TypeRule
	case panther.ScheduledRule:
		return TypeScheduledRule
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
	schedule := yamledit.Map{}
	idle := e.Kind == panther.Query && !e.Scheduled()
	for _, f := range e.Kind.Fields() {
		v := e.Fields[f.Name]
		if f.SpecKey == "" || idle && f.InSchedule() {
			continue
		}
		// What is at its default goes without saying, but for the switch.
		if !f.Switch && f.Equal(v, nil) || f.Empty(v) && f.Type != panther.Bool {
			continue
		}
		want := liveValue(f, v, e.Kind)
		if want == nil {
			continue
		}
		if key, inner := strings.CutPrefix(f.SpecKey, "Schedule."); inner {
			schedule = append(schedule, yamledit.KeyValue{Key: key, Value: want})
		} else {
			values[f.SpecKey] = want
		}
	}
	if len(schedule) > 0 {
		values["Schedule"] = schedule
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

// liveValue is what a spec that says nothing yet is to say of a field.
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
		return yamlLike(v.(string), nil)
	case panther.Tests:
		return testsLike(v, nil, kind)
	case panther.Mappings:
		return mappingsLike(v, nil)
	}
	return nil
}

// RemoveFiles lists the files that go when an item is removed: its spec, and
// its Python file unless another spec names it too, or may do so because it
// can't be read.
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
	// What these name isn't known; only files beside them can be theirs.
	near := func(p string) bool {
		dir := path.Dir(p)
		return p != it.Path && (dir == "." || dir == path.Dir(it.BodyPath) || strings.HasPrefix(it.BodyPath, dir+"/"))
	}
	for _, other := range r.Named {
		if near(other.Path) {
			return out
		}
	}
	if slices.ContainsFunc(r.Unread, near) {
		return out
	}
	return append(out, it.BodyPath)
}

// bodyPathOf is the Python file that an item names, be it readable or not.
func bodyPathOf(it *Item) string {
	if it.BodyPath != "" || it.Root == nil {
		return it.BodyPath
	}
	if n := lookupScalar(it, "Filename"); n != "" {
		return path.Join(path.Dir(it.Path), n)
	}
	return ""
}
