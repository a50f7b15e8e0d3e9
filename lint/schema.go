package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// problems checks a spec against the schema of its kind, once for all rules.
func problems(p *SpecPass) []schemacheck.Problem {
	return Once(p, "schema", func(p *SpecPass) []schemacheck.Problem {
		kind, ok := schemacheck.SpecKind(p.Root)
		if !ok {
			return nil // PD103
		}
		return slices.DeleteFunc(schemacheck.Check(kind, p.Root), func(q schemacheck.Problem) bool { return inExpressions(p, q) })
	})
}

// reportSchema reports the problems of one kind, limited to the paths that filter
// accepts if it is set.
func reportSchema(p *SpecPass, kind schemacheck.Kind, filter func(schemacheck.Path) bool) {
	for _, q := range problems(p) {
		if q.Kind != kind || filter != nil && !filter(q.Path) {
			continue
		}
		f := p.ReportNode(q.Node, "%s", q.Message)
		f.Hint, f.Works = q.Hint, acceptable(p.Item, q)
		if q.First != nil {
			f.Related = []Location{{Path: p.Path(), Range: p.Source.Node(q.First), Message: relation(q.Kind)}}
		}
		f.Fix = schemaFix(p, q)
	}
}

// acceptable reports whether Panther accepts an entity with a problem: of a key
// that is not synced, or of a required one without which an entity can be created.
func acceptable(it *repo.Item, q schemacheck.Problem) bool {
	if len(q.Path) == 0 || it.Kind == "" || q.Path[0].Key == it.Type.IDKey() {
		return false
	}
	switch key := q.Path[0].Key; {
	case key == "Filename" || key == "Schedule" && len(q.Path) == 1 && q.Kind != schemacheck.MissingKey || key == "EmailConfig" || slices.Contains(panther.SQLKeys(), key):
		return false
	case key == "Schedule":
		return q.Kind == schemacheck.MissingKey
	default:
		f, synced := it.Kind.FieldForSpecKey(key)
		return !synced || q.Kind == schemacheck.MissingKey && len(q.Path) == 1 && !f.Required
	}
}

func relation(k schemacheck.Kind) string {
	if k == schemacheck.Duplicate {
		return "first entry"
	}
	return "the other one"
}

// schemaFix turns the proposal of schemacheck into edits. It returns nil if they
// would change more than the value itself.
func schemaFix(p *SpecPass, q schemacheck.Problem) *Fix {
	if q.Fix == nil || Once(p, "aliases", func(p *SpecPass) bool { return hasAlias(p.Root) }) {
		return nil
	}
	start, end := p.Source.nodeOffsets(q.Node)
	if q.Fix.Op != schemacheck.RemoveEntry && !p.Source.wholeScalar(q.Node) {
		return nil
	}
	switch q.Fix.Op {
	case schemacheck.RenameKey:
		old, renamed := q.Path, append(q.Path[:len(q.Path)-1:len(q.Path)-1], schemacheck.Step{Key: q.Fix.Text, Index: -1})
		return &Fix{
			Title:   "rename it to " + q.Fix.Text,
			Edits:   []Edit{{Path: p.Path(), Start: start, End: end, New: quotedLike(q.Node, q.Fix.Text)}},
			Touches: []string{old.Pointer(), renamed.Pointer()},
		}
	case schemacheck.WriteValue:
		text := q.Fix.Text
		if q.Kind == schemacheck.BadValue {
			text = quotedLike(q.Node, text)
		}
		return &Fix{
			Title:   "write " + q.Fix.Text,
			Edits:   []Edit{{Path: p.Path(), Start: start, End: end, New: text}},
			Touches: []string{q.Path.Pointer()},
		}
	case schemacheck.RemoveEntry:
		list := q.Path[:len(q.Path)-1]
		e, ok := entryEdit(p.Source, nodeAt(p.Root, list), q.Path[len(q.Path)-1].Index)
		if !ok {
			return nil
		}
		return &Fix{Title: fmt.Sprintf("remove %q", q.Node.Value), Edits: []Edit{e}, Touches: []string{list.Pointer()}}
	}
	return nil
}

// quotedLike quotes a word in the same style as the old value.
func quotedLike(n *yaml.Node, word string) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + word + `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + word + "'"
	}
	return word
}

func hasAlias(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		return true
	}
	for _, c := range n.Content {
		if hasAlias(c) {
			return true
		}
	}
	return false
}

// nodeAt follows a path of schemacheck. It returns nil if there is no such node.
func nodeAt(n *yaml.Node, path schemacheck.Path) *yaml.Node {
	for _, s := range path {
		switch {
		case n == nil:
			return nil
		case !s.InList():
			n = yamlcore.Lookup(n, s.Key)
		case n.Kind == yaml.SequenceNode && s.Index < len(n.Content):
			n = yamlcore.Deref(n.Content[s.Index])
		default:
			return nil
		}
	}
	return n
}

// entryEdit removes an entry other than the first from a list. It returns false if
// a comment would be removed with it.
func entryEdit(src *Source, list *yaml.Node, i int) (Edit, bool) {
	if list == nil || i < 1 || i >= len(list.Content) || list.Content[i].HeadComment != "" {
		return Edit{}, false
	}
	start, end := src.nodeOffsets(list.Content[i])
	if list.Style&yaml.FlowStyle != 0 {
		_, before := src.nodeOffsets(list.Content[i-1])
		if before > start || strings.Trim(src.Text[before:start], ", \t\r\n") != "" {
			return Edit{}, false
		}
		return Edit{Path: src.Path, Start: before, End: end}, true
	}
	n := src.nodeLine(list.Content[i])
	if strings.TrimSpace(src.Line(n)) != "- "+src.Text[start:end] {
		return Edit{}, false
	}
	from, to := src.offset(n, 1), src.offset(n+1, 1)
	if n == src.Lines() && n > 1 {
		from = src.offset(n-1, 1) + len(src.Line(n-1)) // the last line has no line end
	}
	return Edit{Path: src.Path, Start: from, End: to}, true
}
