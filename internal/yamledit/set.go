package yamledit

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Place is the position of a new key among its siblings. The zero value is
// after the last one.
type Place struct {
	// Before and After name an existing key.
	Before, After string
	// Order lists keys in their conventional order. The new key is inserted
	// after the nearest existing key that precedes it in that order, or else
	// before the nearest one that follows it. Before and After take precedence.
	Order []string
}

// Set sets the value at a path, and changes only what differs: mappings key by
// key, lists element by element, block scalars line by line. If the last key is
// missing, it is added at the given place. If the value is already the wanted
// one, nothing changes.
func (d *Doc) Set(p Path, want any, at ...Place) error {
	if d.root == nil {
		return d.fill(p, want)
	}
	want, err := normal(want, d.Node(p))
	if err != nil {
		return &Error{Path: p, Message: err.Error()}
	}
	if y := d.Node(p); y != nil && holds(y, want) {
		return nil
	}
	return d.try(p, func(e *editor) error {
		if len(at) > 0 {
			e.place = at[0]
		}
		return e.set(d.root, nil, nil, p, 0, want)
	}, func(was, is *yaml.Node) bool { return proves(was, is, p, want) })
}

// try makes an edit, and repeats it more carefully if the first result fails
// verification.
func (d *Doc) try(p Path, edit func(*editor) error, ok proof) error {
	var err error
	for _, careful := range []bool{false, true} {
		e := &editor{Doc: d, careful: careful}
		if err = edit(e); err != nil {
			return err
		}
		if err = d.commit(p, e.out, ok); err == nil {
			return nil
		}
	}
	return err
}

// fill writes the first value to an empty text.
func (d *Doc) fill(p Path, want any) error {
	for i := len(p) - 1; i >= 0; i-- {
		key, ok := p[i].(string)
		if !ok {
			return &Error{Path: p, Message: "list not found"}
		}
		want = Map{{key, want}}
	}
	n, err := normal(want, nil)
	if err != nil {
		return &Error{Path: p, Message: err.Error()}
	}
	w := renderer{d.style.orDefault()}.under(n, -d.style.orDefault().step, false)
	lines := w.lines
	if w.inline != "" {
		lines = append([]string{w.inline}, lines...)
	}
	nl := d.text.newline()
	src := string(d.text.src)
	if src != "" && !endsInBreak(d.text.src) {
		src += nl
	}
	out, err := Parse(append(append([]byte{}, d.bom...), src+strings.Join(lines, nl)+nl...))
	if err != nil || out.y == nil || !holds(out.y, n) {
		return &Error{Path: p, Message: errUnproven.Error()}
	}
	*d = *out
	return nil
}

func (s style) orDefault() style {
	if s.step == 0 {
		return style{step: 2, dash: 2, quote: double}
	}
	return s
}

// editor collects the splices of an edit.
type editor struct {
	*Doc
	place Place
	out   []Splice
	// cut marks block scalars that are rewritten without the "-" that they
	// would need elsewhere than at the end of the text.
	cut map[*node]bool
	// careful rewrites moved text that could have a different meaning at its
	// new position.
	careful bool
}

func (e *editor) splice(start, end int, s string) {
	if start == end && s == "" {
		return
	}
	e.out = append(e.out, Splice{start, end, s})
}

// set follows the path to the value and sets it. n is the value at p[:depth],
// and in its entry in the collection parent.
func (e *editor) set(n *node, in *entry, parent *node, p Path, depth int, want any) error {
	if depth == len(p) {
		return e.value(n, in, parent, want, p)
	}
	if n.form == alias {
		// Replace the alias with a copy that contains the new value.
		whole, err := graft(wanted(n.y), p[depth:], want)
		if err != nil {
			return e.fail(p, n, "%v", err)
		}
		return e.value(n, in, parent, whole, p[:depth])
	}
	if err := e.unshared(n, p[:depth]); err != nil {
		return err
	}
	next := n.find(p[depth])
	if next != nil {
		return e.set(next.value, next, n, p, depth+1, want)
	}
	key, isKey := p[depth].(string)
	if !isKey {
		return e.fail(p, n, "element not found")
	}
	if merged := yamlcore.Lookup(n.y, key); merged != nil {
		// Override a merged value with a key of the mapping itself.
		whole, err := graft(wanted(merged), p[depth+1:], want)
		if err != nil {
			return e.fail(p, n, "%v", err)
		}
		return e.addKey(n, in, parent, key, whole, p[:depth])
	}
	if depth < len(p)-1 {
		return e.fail(p, n, "%q not found", key)
	}
	return e.addKey(n, in, parent, key, want, p[:depth])
}

// graft returns a value with another one set at a path inside it.
func graft(v any, p Path, want any) (any, error) {
	if len(p) == 0 {
		return want, nil
	}
	switch s := p[0].(type) {
	case string:
		m, ok := v.(Map)
		if !ok {
			if v != nil || len(p) > 1 {
				return nil, &Error{Message: "\"" + s + "\" not found"}
			}
			return Map{{s, want}}, nil
		}
		out := append(Map{}, m...)
		for i, kv := range out {
			if kv.Key == s {
				inner, err := graft(kv.Value, p[1:], want)
				if err != nil {
					return nil, err
				}
				if _, gone := inner.(absent); gone {
					return append(out[:i], out[i+1:]...), nil
				}
				out[i].Value = inner
				return out, nil
			}
		}
		if len(p) > 1 {
			return nil, &Error{Message: "\"" + s + "\" not found"}
		}
		return append(out, KeyValue{s, want}), nil
	case int:
		l, ok := v.([]any)
		if !ok || s < 0 || s >= len(l) {
			return nil, &Error{Message: "element not found"}
		}
		out := append([]any{}, l...)
		inner, err := graft(out[s], p[1:], want)
		out[s] = inner
		return out, err
	}
	return nil, &Error{Message: "a step of the path is neither a key nor an index"}
}

// unshared returns an error if an alias elsewhere uses the value.
func (e *editor) unshared(n *node, p Path) error {
	if n == nil || n.y == nil {
		return nil
	}
	if refs := e.refs[n.y]; len(refs) > 0 {
		return e.fail(p, n, "the value has the anchor \"&%s\", which the alias on line %d uses, so an edit would change both; replace the alias with the value, and remove the anchor", n.y.Anchor, refs[0].Line)
	}
	return nil
}

// disposable returns an error if removing the value would break an alias.
func (e *editor) disposable(n *node, p Path) error {
	if err := e.unshared(n, p); err != nil {
		return err
	}
	for _, en := range n.entries {
		for _, c := range []*node{en.key, en.value} {
			if c != nil {
				if err := e.disposable(c, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// value changes a value to the wanted one with the smallest possible edit.
func (e *editor) value(n *node, in *entry, parent *node, want any, p Path) error {
	if holds(n.y, want) {
		return nil
	}
	if n.form == alias {
		return e.replace(n, in, parent, want, p)
	}
	if err := e.unshared(n, p); err != nil {
		return err
	}
	switch w := want.(type) {
	case Map:
		if n.mapping() && (len(n.entries) > 0 || n.form == flowMap) {
			return e.mapping(n, in, parent, w, p)
		}
	case []any:
		if n.form == blockSeq || n.form == flowSeq {
			return e.list(n, in, parent, w, p)
		}
	case string, Text, bool, nil:
		return e.scalar(n, in, parent, want, p)
	default:
		return e.scalar(n, in, parent, want, p)
	}
	return e.replace(n, in, parent, want, p)
}
