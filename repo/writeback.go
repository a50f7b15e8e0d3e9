package repo

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Source is the content of a spec and of its Python file, unchanged.
type Source struct {
	Spec []byte
	// BodyPath is the path of the Python file from the repository's root; empty
	// if there is none.
	BodyPath string
	Body     []byte
}

// WriteBackError lists the fields of an entity that could not be written to its
// files, and what to do about each.
type WriteBackError struct {
	// Path is the path of the spec.
	Path   string
	Faults []WriteBackFault
}

// WriteBackFault is a field that could not be written.
type WriteBackFault struct {
	// Field is the API field, or empty for the whole spec.
	Field string
	// Reason is the problem and its solution.
	Reason string
}

// Error has a line for each field.
func (e *WriteBackError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = e.Path + ": " + f.Reason
		if f.Field != "" {
			lines[i] = fmt.Sprintf("%s: %q can't be written back: %s", e.Path, f.Field, f.Reason)
		}
	}
	return strings.Join(lines, "\n")
}

// WriteBack updates the spec and its body to the live values of the named API
// fields, and no others, with the smallest possible edit. src is the source
// from which the item was loaded. In the result, BodyPath differs if the spec
// starts or stops naming a Python file; the caller must check that a new file
// does not overwrite another.
//
// The result is decoded again and verified: the named fields equal the live
// ones, and the others are unchanged. Otherwise the error is a *WriteBackError
// that names the failed fields. The returned source has all other named fields
// and is valid.
func (it *Item) WriteBack(src Source, live panther.Entity, fields []string) (Source, error) {
	w := &writeBack{item: it, live: live, src: src}
	faults := map[string]string{}
	for {
		left := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return faults[f] != "" })
		out, bad, err := w.write(left)
		if err != nil {
			return src, &WriteBackError{it.Path, []WriteBackFault{{Reason: err.Error()}}}
		}
		if len(bad) == 0 {
			if len(faults) == 0 {
				return out, nil
			}
			e := &WriteBackError{Path: it.Path}
			for _, f := range fields {
				if faults[f] != "" {
					e.Faults = append(e.Faults, WriteBackFault{f, faults[f]})
				}
			}
			return out, e
		}
		for f, why := range bad {
			faults[f] = why
		}
	}
}

type writeBack struct {
	item *Item
	live panther.Entity
	src  Source

	doc *yamledit.Doc
	out Source
	// scheduled reports whether the spec had a schedule before.
	scheduled bool
}

// reread decodes a source as loading would; doc is its spec.
func (it *Item) reread(src Source, doc *yamlcore.Document) (Decoded, *Item, error) {
	f := file{path: it.Path}
	if doc.Root != nil && doc.Root.Kind == yaml.MappingNode {
		f.read(doc)
	}
	if f.item == nil || f.item.Broken {
		why := "the file contains no spec"
		if len(f.diagnostics) > 0 {
			why = f.diagnostics[0].Message
		}
		return Decoded{}, nil, fmt.Errorf("%s", why)
	}
	if src.BodyPath != "" {
		f.item.BodyPath = src.BodyPath
		f.item.Body = strings.ReplaceAll(string(yamlcore.TrimBOM(src.Body)), "\r\n", "\n")
	}
	f.item.SQLKey = it.SQLKey
	return f.item.Entity(), f.item, nil
}

// write writes the named fields and returns those that failed.
func (w *writeBack) write(fields []string) (Source, map[string]string, error) {
	var err error
	if w.doc, err = yamledit.Parse(w.src.Spec); err != nil {
		return w.src, nil, err
	}
	before, item, err := w.item.reread(w.src, w.doc.Document())
	if err != nil {
		return w.src, nil, err
	}
	w.scheduled = w.doc.Node(yamledit.Path{"Schedule"}) != nil
	if item.Key() != w.live.Key {
		return w.src, nil, fmt.Errorf("the file defines %s, not %s; it has changed since it was read", item.Key(), w.live.Key)
	}
	w.out = w.src
	bad := map[string]string{}
	for _, f := range w.live.Kind.Fields() {
		if !slices.Contains(fields, f.Name) || f.Equal(before.Entity.Fields[f.Name], w.live.Fields[f.Name]) {
			continue
		}
		if err := w.field(f); err != nil {
			bad[f.Name] = err.Error()
		}
	}
	for _, name := range fields {
		if _, known := w.live.Kind.Field(name); !known {
			bad[name] = fmt.Sprintf("a %s has no such field", w.live.Kind)
		}
	}
	if len(bad) > 0 {
		return w.src, bad, nil
	}
	w.queryType()
	w.out.Spec = w.doc.Bytes()
	return w.out, w.check(before, fields), nil
}

// check decodes the result and returns the fields that are wrong.
func (w *writeBack) check(before Decoded, fields []string) map[string]string {
	after, item, err := w.item.reread(w.out, w.doc.Document())
	bad := map[string]string{}
	if err != nil || item.Key() != w.item.Key() || (before.OK() && !after.OK()) {
		why := "the spec would not be valid"
		if err != nil {
			why = err.Error()
		} else if d := firstError(after); d != "" {
			why = d
		}
		for _, name := range fields {
			bad[name] = "with the live values, " + why + "; edit the spec by hand"
		}
		return bad
	}
	for _, f := range w.live.Kind.Fields() {
		was, is := before.Entity.Fields[f.Name], after.Entity.Fields[f.Name]
		switch {
		case slices.Contains(fields, f.Name):
			if !f.Equal(is, w.live.Fields[f.Name]) {
				bad[f.Name] = "a spec can't express the live value; edit the spec by hand, or change it in Panther"
			}
		case !f.Equal(was, is) || (was == nil) != (is == nil) && !strings.HasPrefix(f.Name, "schedule."):
			// Without a time, a schedule has no other fields either.
			for _, name := range fields {
				bad[name] = fmt.Sprintf("writing it would change %q too; edit the spec by hand", f.Name)
			}
		}
	}
	return bad
}

func firstError(d Decoded) string {
	for _, g := range d.Diagnostics {
		if g.Severity == SeverityError {
			return g.Message
		}
	}
	return ""
}

// field writes one field.
func (w *writeBack) field(f panther.Field) error {
	v := w.live.Fields[f.Name]
	if f.SpecKey == "" {
		return w.body(f, v)
	}
	p := w.path(f)
	if f.Empty(v) {
		return w.clear(f, p)
	}
	old := w.doc.Node(p)
	var want any
	switch f.Type {
	case panther.Bool:
		b, _ := v.(bool)
		want = b != f.Inverse
	case panther.Integer:
		want = v
	case panther.Enum:
		want = enumWord(v.(string), old)
	case panther.Text, panther.Lines:
		want = yamledit.Text(endLike(v.(string), old))
	case panther.Set:
		want = setLike(v, old)
	case panther.SetMap:
		want = setMapLike(v, old)
	case panther.YAML:
		want = yamlLike(f, v.(string), old)
	case panther.Tests:
		want = testsLike(v, old, w.live.Kind)
	case panther.RuleOutputTests:
		want = ruleOutputTestsLike(v, old)
	case panther.Mappings:
		want = mappingsLike(v, old)
	default:
		return fmt.Errorf("its type is unknown")
	}
	return w.set(p, want)
}

// path returns the path of a field in the spec, even if it is missing.
func (w *writeBack) path(f panther.Field) yamledit.Path {
	if f.Name == panther.FieldSQL {
		for _, k := range append([]string{w.item.SQLKey}, panther.SQLKeys()...) {
			if n := w.doc.Node(yamledit.Path{k}); k != "" && n != nil && !isNull(n) {
				return yamledit.Path{k}
			}
		}
	}
	var p yamledit.Path
	for _, k := range strings.Split(f.SpecKey, ".") {
		p = append(p, k)
	}
	return p
}

func (w *writeBack) set(p yamledit.Path, want any) error {
	if len(p) == 2 {
		// A key of an object such as Schedule, which may be missing.
		outer := p[:1]
		if n := w.doc.Node(outer); n == nil || isNull(n) {
			p, want = outer, yamledit.Map{{Key: p[1].(string), Value: want}}
		} else {
			return w.doc.Set(p, want, yamledit.Place{Order: objectKeys(p[0].(string))})
		}
	}
	return w.doc.Set(p, want, yamledit.Place{Order: keyOrder(w.live.Kind)})
}

// clear removes a key, which means the same as a missing field.
func (w *writeBack) clear(f panther.Field, p yamledit.Path) error {
	if f.Required {
		return fmt.Errorf("it is empty in Panther, but a spec requires %s; set it in Panther, or leave the spec unchanged", f.SpecKey)
	}
	if w.doc.Node(p) == nil {
		return nil
	}
	before := w.doc.Bytes()
	if err := w.doc.Delete(p); err != nil {
		return err
	}
	lines := func(b []byte) int { return bytes.Count(b, []byte("\n")) }
	if def := f.Default; def != nil && f.Cleared() != nil && lines(before)-lines(w.doc.Bytes()) > 1 {
		// Removing it would remove a comment too: write the default instead.
		doc, err := yamledit.Parse(before)
		if err != nil {
			return err
		}
		w.doc = doc
		if b, isBool := def.(bool); isBool {
			def = b != f.Inverse
		}
		return w.set(p, def)
	}
	if outer := p[:1]; len(p) == 2 {
		if n := w.doc.Node(outer); n != nil && n.Kind == yaml.MappingNode && len(n.Content) == 0 {
			return w.doc.Delete(outer)
		}
	}
	return nil
}

// body writes the Python file.
func (w *writeBack) body(f panther.Field, v any) error {
	text, _ := v.(string)
	switch {
	case !f.Empty(v) && w.out.BodyPath == "":
		name := strings.TrimSuffix(path.Base(w.item.Path), path.Ext(w.item.Path)) + ".py"
		if err := w.doc.Set(yamledit.Path{"Filename"}, name, yamledit.Place{Order: keyOrder(w.live.Kind)}); err != nil {
			return err
		}
		w.out.BodyPath = path.Join(path.Dir(w.item.Path), name)
		w.out.Body = yamledit.MergeText(nil, text)
	case !f.Empty(v):
		w.out.Body = yamledit.MergeText(w.out.Body, text)
	case f.Required:
		return fmt.Errorf("it is empty in Panther, but a %s requires it; add it in Panther, or leave the file unchanged", w.live.Kind)
	default:
		w.out.BodyPath, w.out.Body = "", nil
		if w.doc.Node(yamledit.Path{"Filename"}) != nil {
			return w.doc.Delete(yamledit.Path{"Filename"})
		}
	}
	return nil
}

// queryType keeps the type of a query's spec consistent with its schedule. The
// type is not a field, so after a failure the spec is still valid.
func (w *writeBack) queryType() {
	if w.live.Kind != panther.Query {
		return
	}
	timed := func(key string) bool {
		n := w.doc.Node(yamledit.Path{"Schedule", key})
		return n != nil && !isNull(n) && n.Value != "0"
	}
	want := TypeSavedQuery
	if timed("CronExpression") || timed("RateMinutes") {
		want = TypeScheduledQuery
	}
	has := w.doc.Node(yamledit.Path{"Schedule"}) != nil
	if w.item.Type != want && w.scheduled != has {
		_ = w.doc.Set(yamledit.Path{analysisType}, string(want))
	}
}
