package unittest

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/pymutate"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/verdict"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// mutateSimple changes the match expressions of a simple detection, and tests the changes.
func (r *run) mutateSimple(ctx context.Context, m *mutated) error {
	item, err := r.now.item(ctx, m.spec)
	if err != nil {
		return err
	}
	src, _, err := r.now.read(ctx, m.spec.Path)
	if err != nil {
		return err
	}
	spec, _ := detection.Read(item.Root)
	tests, err := item.UnitTests()
	if err != nil {
		return err
	}
	s := &simpleMutation{spec: spec}
	for i, t := range tests {
		event, err := detection.DecodeEvent([]byte(t.Event))
		if err != nil || s.match(event) != verdictOf(t.Expected) {
			continue // not run: the documented semantics leave it open
		}
		s.events, s.numbers, s.expected = append(s.events, event), append(s.numbers, i), append(s.expected, t.Expected)
	}
	variants := spec.Variants()
	m.file = &pymutate.File{Source: string(src), Accepts: yamlAccepts(string(src), item)}
	for i := range variants {
		v := &variants[i]
		k := variantMutant(v)
		if k.Group = -1; len(v.Parents) > 0 {
			k.Group = len(m.file.Groups)
			m.file.Groups = append(m.file.Groups, pymutate.Group{Mutants: v.Parents, Up: -1})
		}
		m.file.Mutants = append(m.file.Mutants, k)
		m.outcomes = append(m.outcomes, s.try(v))
	}
	// Only what is reported needs an event.
	for i := range variants {
		if o := &m.outcomes[i]; o.By == "" && !o.Invalid {
			o.Catch = s.search(&variants[i])
		}
	}
	return ctx.Err()
}

func verdictOf(b bool) verdict.Verdict {
	if b {
		return verdict.True
	}
	return verdict.False
}

// simpleMutation tests changes of one simple detection.
type simpleMutation struct {
	spec     *detection.Spec
	events   []any
	numbers  []int
	expected []bool
}

func (s *simpleMutation) match(event any) verdict.Verdict {
	if f := s.spec.Filter(event); f.Verdict != verdict.True {
		return f.Verdict
	}
	return s.spec.Match(event).Verdict
}

// try finds the first test that notices a change. If the result of a test is left open, so is
// whether it is noticed.
func (s *simpleMutation) try(v *detection.Variant) (o pyrun.ChangeOutcome) {
	v.With(func() {
		for i, e := range s.events {
			switch s.match(e) {
			case verdictOf(s.expected[i]):
			case verdict.Unsure:
				o.Invalid = true
			default:
				o = pyrun.ChangeOutcome{By: pyrun.ByValue, Test: s.numbers[i]}
				return
			}
		}
	})
	return o
}

// search looks for an event that shows a change.
func (s *simpleMutation) search(v *detection.Variant) *pyrun.Catch {
	for _, p := range v.Probes() {
		for i, e := range s.events {
			for _, value := range probeValues(p.Values) {
				event := withValue(e, p.Path, value)
				want := s.match(event)
				got := verdict.Unsure
				v.With(func() { got = s.match(event) })
				if want == verdict.Unsure || got == verdict.Unsure || got == want {
					continue
				}
				set := pyrun.Set{Missing: value == absent{}}
				for _, step := range p.Path {
					if n, ok := step.(int); ok {
						step = float64(n) // as JSON has it
					}
					set.Path = append(set.Path, step)
				}
				if !set.Missing {
					set.Value = jsonText(value)
				}
				return &pyrun.Catch{Test: s.numbers[i], Returns: want == verdict.True, Set: []pyrun.Set{set}}
			}
		}
	}
	return nil
}

// absent stands for a value that is removed.
type absent struct{}

// probeValues lists values to try: those of the expression, others of their types, and none.
func probeValues(own []any) []any {
	out := append([]any{}, own...)
	for _, v := range own {
		switch v := v.(type) {
		case string:
			out = append(out, v+" x", "x "+v)
		case json.Number:
			if n, err := v.Int64(); err == nil {
				out = append(out, json.Number(jsonText(n+1)), json.Number(jsonText(n-1)))
			}
		case bool:
			out = append(out, !v)
		}
	}
	return append(out, "other", absent{}, "", []any{}, []any{"other"}, true)
}

func jsonText(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSpace(b.String())
}

// withValue returns an event with one value set or removed. The event stays as it is.
func withValue(at any, path []any, value any) any {
	switch at := at.(type) {
	case map[string]any:
		key, ok := path[0].(string)
		if !ok {
			return at
		}
		out := make(map[string]any, len(at)+1)
		for k, v := range at {
			out[k] = v
		}
		switch _, remove := value.(absent); {
		case len(path) == 1 && remove:
			delete(out, key)
		case len(path) == 1:
			out[key] = value
		default:
			inner := at[key]
			if _, is := inner.(map[string]any); !is {
				if _, is := inner.([]any); !is {
					if remove {
						return at
					}
					inner = map[string]any{}
				}
			}
			out[key] = withValue(inner, path[1:], value)
		}
		return out
	case []any:
		n, ok := path[0].(int)
		if !ok || n < 0 || n >= len(at) {
			return at
		}
		out := append([]any{}, at...)
		switch _, remove := value.(absent); {
		case len(path) > 1:
			out[n] = withValue(at[n], path[1:], value)
		case remove:
			return append(out[:n], out[n+1:]...)
		default:
			out[n] = value
		}
		return out
	}
	return at
}

// variantMutant describes a change of a match expression.
func variantMutant(v *detection.Variant) pymutate.Mutant {
	n := v.Expression.Node
	if v.Value != nil {
		n = v.Value
	}
	k := pymutate.Mutant{Kind: pymutate.Kind(v.Kind), Line: n.Line, Column: n.Column, EndLine: lastLine(n), Code: v.String(), Site: v.Site}
	k.Listens = []int{k.Line}
	if v.Expression.Combinator == "" {
		for n := k.Line + 1; n <= k.EndLine; n++ {
			k.Listens = append(k.Listens, n)
		}
	}
	if v.Value != nil {
		k.Code = jsonText(v.Value.Value)
	}
	k.SetOperators(v.From, v.To)
	return k
}

// lastLine is the last line on which a part of a node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// yamlAccepts finds the comments in a spec that accept changes: those behind a value and on
// lines of their own, but not in texts of several lines.
func yamlAccepts(src string, item *repo.Item) (out []pymutate.Accept) {
	if !strings.Contains(src, pymutate.AcceptWord) {
		return nil
	}
	inText := map[int]bool{}
	var texts func(n *yaml.Node)
	texts = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			for i := range strings.Count(n.Value, "\n") + 1 {
				if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
					inText[n.Line+1+i] = true
				}
			}
		}
		for _, c := range n.Content {
			texts(c)
		}
	}
	texts(item.Root)
	var waiting []pymutate.Accept
	top := true
	n := 0
	for line := range strings.Lines(src) {
		n++
		text := strings.TrimSpace(line)
		i := strings.Index(text, "#")
		if inText[n] {
			continue
		}
		if i > 0 {
			if j := strings.LastIndex(text, " #"); j >= 0 {
				i = j + 1
			} else {
				i = -1
			}
		}
		if text != "" && i != 0 && text != "---" {
			for _, a := range waiting {
				a.Line = n
				out = append(out, a)
			}
			waiting, top = nil, false
		}
		if i < 0 {
			continue
		}
		a, ok := pymutate.ParseAccept(text[i:])
		if a.Written = n; !ok {
			continue
		}
		switch {
		case i == 0 && top:
			out = append(out, a) // for the whole file
		case i == 0:
			waiting = append(waiting, a)
		default:
			a.Line = n
			out = append(out, a)
		}
	}
	return out
}
