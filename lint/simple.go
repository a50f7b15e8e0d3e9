package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// simpleSpec is a spec in the language of simple detections.
type simpleSpec struct {
	spec     *detection.Spec
	problems []detection.Problem
}

// simple reads a spec as a simple detection, once for all rules. Python rules can
// have inline filters in the same language.
func simple(p *SpecPass) *simpleSpec {
	return Once(p, "detection", func(p *SpecPass) *simpleSpec {
		if p.Item.Type != repo.TypeRule && p.Item.Type != repo.TypeScheduledRule {
			return &simpleSpec{spec: &detection.Spec{}}
		}
		spec, problems := detection.Read(p.Root)
		return &simpleSpec{spec, problems}
	})
}

// reportSimple reports the problems of one kind.
func reportSimple(p *SpecPass, kind detection.Kind) {
	for _, q := range simple(p).problems {
		if q.Kind != kind || kind == detection.UnknownCondition && q.Node.Kind == yaml.ScalarNode && known(p, q.Node.Value) {
			continue
		}
		f := p.Report(p.Source.nodePart(q.Node, q.Start, q.End), "%s", q.Message)
		f.Hint = q.Hint
		if q.Write != "" {
			f.Fix = fixScalar(p, q.Node, q.Write)
		}
	}
}

// known reports whether the configuration adds a condition.
func known(p *SpecPass, condition string) bool {
	for _, c := range p.Strings("conditions") {
		if c == condition {
			return true
		}
	}
	return false
}

// fixScalar is writeScalar, but returns nil if the spec has aliases, which may repeat
// the node elsewhere.
func fixScalar(p *SpecPass, n *yaml.Node, word string) *Fix {
	if Once(p, "aliases", func(p *SpecPass) bool { return hasAlias(p.Root) }) {
		return nil
	}
	return writeScalar(p, n, word)
}

// writeScalar returns a fix that replaces a key or a value, or nil if the node isn't
// found.
func writeScalar(p *SpecPass, n *yaml.Node, word string) *Fix {
	path, isKey := pointerTo(p, n)
	if path == "" {
		return nil
	}
	start, end := p.Source.nodeOffsets(n)
	fix := &Fix{Title: "write " + word, Edits: []Edit{{Path: p.Path(), Start: start, End: end, New: quotedLike(n, word)}}, Touches: []string{path}}
	if isKey {
		fix.Title = "rename it to " + word
		fix.Touches = append(fix.Touches, path[:strings.LastIndexByte(path, '/')+1]+word)
	}
	return fix
}

// nodePlace is where a node is: its parent, and its index there.
type nodePlace struct {
	parent *yaml.Node
	index  int
}

// pointerTo returns the JSON pointer of a node of the spec. isKey is set if the node is
// the key of a mapping; then the pointer is that of its value.
func pointerTo(p *SpecPass, n *yaml.Node) (pointer string, isKey bool) {
	places := Once(p, "places", func(p *SpecPass) map[*yaml.Node]nodePlace {
		out := map[*yaml.Node]nodePlace{}
		var visit func(n *yaml.Node)
		visit = func(n *yaml.Node) {
			for i, c := range n.Content {
				out[c] = nodePlace{n, i}
				visit(c)
			}
		}
		visit(p.Root)
		return out
	})
	var steps []string
	for at, ok := places[n]; ok; at, ok = places[at.parent] {
		step := strconv.Itoa(at.index)
		if at.parent.Kind == yaml.MappingNode {
			step = strings.NewReplacer("~", "~0", "/", "~1").Replace(at.parent.Content[at.index&^1].Value)
			isKey = isKey || len(steps) == 0 && at.index%2 == 0
		}
		steps = append(steps, "/"+step)
	}
	slices.Reverse(steps)
	return strings.Join(steps, ""), isKey
}

// nodePart returns the range of part of a scalar's value. It returns that of the
// whole node if the part is empty or the scalar is written with escapes.
func (s *Source) nodePart(n *yaml.Node, from, to int) Range {
	if from == to || n.Kind != yaml.ScalarNode {
		return s.Node(n)
	}
	start, end := s.nodeOffsets(n)
	i := strings.Index(s.Text[start:end], n.Value)
	if i < 0 || to > len(n.Value) {
		return s.Node(n)
	}
	return s.Range(start+i+from, start+i+to)
}

// inExpressions reports whether a schema problem is inside match expressions, event
// keys or similar values, which the rules PD35x check.
func inExpressions(p *SpecPass, q schemacheck.Problem) bool {
	if p.Item.Type != repo.TypeRule && p.Item.Type != repo.TypeScheduledRule {
		return false
	}
	context := []string{"AlertContext", "[]", "KeyValue"}
	for _, pattern := range [][]string{
		{"Detection", "[]"}, {"InlineFilters", "[]"}, {"GroupBy", "[]"}, {"DynamicSeverities", "[]", "Conditions", "[]"},
	} {
		if q.Path.Within(pattern...) {
			return true
		}
	}
	return q.Path.Within(context...) && q.Kind != schemacheck.MissingKey
}

// plainText returns the value of a string scalar, or "".
func plainText(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	v, err := yamlcore.Scalar(n)
	s, ok := v.(string)
	if err != nil || !ok {
		return ""
	}
	return s
}
