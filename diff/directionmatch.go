package diff

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// matchKind is the type of a node of a match.
type matchKind int

const (
	matchLeaf matchKind = iota
	matchAll
	matchAny
	matchNot
)

// match is a match expression of a simple rule in a few forms: all of, any of, not,
// and tests of one value.
type match struct {
	id    int
	kind  matchKind
	inner []*match
	// text is the same for expressions of one meaning, as far as that is known.
	text string
	// key is what a leaf tests, family how, and values what it compares with. Leaves of
	// one key and family can be compared.
	key, family string
	values      []any
	// shown is a leaf in the words of its spec, and name the part before its values.
	shown, name string
}

// families are the conditions whose values can be compared, with the family; a minus
// in front marks the negative one.
var families = map[string]string{
	"Equals": "in", "IsIn": "in", "DoesNotEqual": "-in", "IsNotIn": "-in",
	"IEquals": "iin", "IDoesNotEqual": "-iin",
	"Contains": "contains", "DoesNotContain": "-contains", "IContains": "icontains", "IDoesNotContain": "-icontains",
	"StartsWith": "prefix", "DoesNotStartWith": "-prefix", "IStartsWith": "iprefix", "IDoesNotStartWith": "-iprefix",
	"EndsWith": "suffix", "DoesNotEndWith": "-suffix", "IEndsWith": "isuffix", "IDoesNotEndWith": "-isuffix",
	"IsGreaterThan": "greater", "IsGreaterThanOrEquals": "least", "IsGreaterThanOrEqual": "least",
	"IsLessThan": "less", "IsLessThanOrEquals": "most", "IsLessThanOrEqual": "most",
	"IsIPAddressInCIDR": "cidr", "IsIPAddressNotInCIDR": "-cidr",
	"Exists": "exists", "DoesNotExist": "-exists", "IsNull": "null", "IsNotNull": "-null",
	"IsNullOrEmpty": "empty", "IsNotNullOrEmpty": "-empty",
	"AnyElement": "any element", "NoElement": "-any element", "AllElements": "all elements",
}

// matcher builds matches and compares them.
type matcher struct {
	n int
	// known has the results of implies by the ids of both sides, and steps limits how
	// many there are.
	known map[[2]int]bool
	steps int
}

// maxSteps limits the comparison of two detections. Real ones need a few hundred.
const maxSteps = 20_000

func (m *matcher) node(x match) *match {
	m.n++
	x.id = m.n
	return &x
}

func (m *matcher) group(kind matchKind, inner []*match) *match {
	if len(inner) == 1 && kind != matchNot {
		return inner[0]
	}
	texts := make([]string, len(inner))
	for i, e := range inner {
		texts[i] = e.text
	}
	slices.Sort(texts)
	return m.node(match{kind: kind, inner: inner, text: [...]string{"", "all", "any", "not"}[kind] + "(" + strings.Join(texts, ",") + ")"})
}

func (m *matcher) not(e *match) *match {
	if e.kind == matchNot {
		return e.inner[0]
	}
	return m.group(matchNot, []*match{e})
}

// read reads a list of expressions, all of which must match, or one expression.
func (m *matcher) read(v any) *match {
	if l, ok := v.([]any); ok {
		return m.group(matchAll, m.list(l))
	}
	return m.expression(v)
}

func (m *matcher) list(l []any) []*match {
	out := make([]*match, 0, len(l))
	for _, e := range l {
		out = append(out, m.expression(e))
	}
	return out
}

func (m *matcher) expression(v any) *match {
	e, ok := v.(map[string]any)
	if !ok {
		return m.opaque(v)
	}
	if len(e) == 1 {
		for key, inner := range e {
			l, isList := inner.([]any)
			switch {
			case !isList:
			case key == "All":
				return m.group(matchAll, m.list(l))
			case key == "Any":
				return m.group(matchAny, m.list(l))
			case key == "None":
				return m.not(m.group(matchAny, m.list(l)))
			}
		}
	}
	return m.leaf(e)
}

// opaque is a match of which nothing is known.
func (m *matcher) opaque(v any) *match {
	text := yamlcore.CanonicalJSON(v)
	return m.node(match{text: text, shown: shown(text)})
}

func (m *matcher) leaf(e map[string]any) *match {
	condition, _ := e["Condition"].(string)
	key := map[string]any{}
	for _, k := range []string{"Key", "DeepKey", "KeyPath", "Enrichment"} {
		if e[k] != nil {
			key[k] = e[k]
		}
	}
	family, negative := strings.CutPrefix(families[condition], "-")
	out := match{key: yamlcore.CanonicalJSON(key), family: family, shown: shownMatch(e, condition), name: shownMatch(key, condition)}
	switch condition {
	case "AlwaysTrue":
		return m.group(matchAll, nil)
	case "AlwaysFalse":
		return m.group(matchAny, nil)
	}
	if family == "" || len(key) == 0 {
		out.family, out.text = "", yamlcore.CanonicalJSON(e)
		return m.node(out)
	}
	switch {
	case e["Expressions"] != nil:
		out.inner = []*match{m.group(matchAll, m.list(list(e["Expressions"])))}
		out.text = family + " " + out.key + " " + out.inner[0].text
	default:
		if l, ok := e["Values"].([]any); ok {
			out.values = slices.Clone(l)
		} else if v, has := e["Value"]; has {
			out.values = []any{v}
		}
		texts := make([]string, len(out.values))
		for i, v := range out.values {
			if s, ok := v.(string); ok && strings.HasPrefix(family, "i") && family != "in" {
				out.values[i] = strings.ToLower(s)
			}
			texts[i] = yamlcore.CanonicalJSON(out.values[i])
		}
		slices.Sort(texts)
		out.text = family + " " + out.key + " " + strings.Join(slices.Compact(texts), ",")
	}
	leaf := m.node(out)
	if negative {
		return m.not(leaf)
	}
	return leaf
}

// shownMatch writes an expression on one line: "eventName IsIn [a, b]".
func shownMatch(e map[string]any, condition string) string {
	var parts []string
	for _, k := range []string{"Key", "KeyPath", "DeepKey", "Enrichment"} {
		if e[k] != nil {
			parts = append(parts, operand(e[k]))
		}
	}
	if condition == "" {
		return shown(yamlcore.CanonicalJSON(e))
	}
	parts = append(parts, shown(condition))
	if v, has := e["Value"]; has {
		parts = append(parts, operand(v))
	}
	if l, ok := e["Values"].([]any); ok {
		parts = append(parts, operands(l))
	}
	if l, ok := e["Expressions"].([]any); ok {
		inner := make([]string, 0, maxNamed)
		for _, x := range l[:min(len(l), maxNamed)] {
			if m, ok := x.(map[string]any); ok {
				c, _ := m["Condition"].(string)
				inner = append(inner, shownMatch(m, c))
			}
		}
		parts = append(parts, "("+strings.Join(inner, ", ")+pick(len(l) > maxNamed, ", …", "")+")")
	}
	return strings.Join(parts, " ")
}

func operand(v any) string {
	if s, ok := v.(string); ok {
		return shown(s)
	}
	return plainText(v)
}

func operands(l []any) string {
	var out []string
	for _, v := range l[:min(len(l), maxNamed)] {
		out = append(out, operand(v))
	}
	return "[" + strings.Join(out, ", ") + pick(len(l) > maxNamed, ", … "+strconv.Itoa(len(l)-maxNamed)+" more", "") + "]"
}

// implies reports whether every event that a matches is also matched by b. false means
// that this is not known.
func (m *matcher) implies(a, b *match) bool {
	if a.text == b.text {
		return true
	}
	at := [2]int{a.id, b.id}
	if known, ok := m.known[at]; ok {
		return known
	}
	if m.steps++; m.steps > maxSteps {
		return false
	}
	if m.known == nil {
		m.known = map[[2]int]bool{}
	}
	m.known[at] = m.compare(a, b)
	return m.known[at]
}

func (m *matcher) compare(a, b *match) bool {
	all := func(list []*match, f func(*match) bool) bool {
		return !slices.ContainsFunc(list, func(e *match) bool { return !f(e) })
	}
	toB := func(e *match) bool { return m.implies(e, b) }
	fromA := func(e *match) bool { return m.implies(a, e) }
	switch {
	case b.kind == matchAll:
		return all(b.inner, fromA)
	case a.kind == matchAny:
		return all(a.inner, toB)
	case b.kind == matchAny && slices.ContainsFunc(b.inner, fromA):
		return true
	case a.kind == matchAll:
		return slices.ContainsFunc(a.inner, toB)
	case a.kind == matchNot && b.kind == matchNot:
		return m.implies(b.inner[0], a.inner[0])
	case a.kind == matchLeaf && b.kind == matchLeaf:
		return m.leaves(a, b)
	}
	return false
}

// leaves compares two tests of the same value.
func (m *matcher) leaves(a, b *match) bool {
	if a.key != b.key || a.family == "" {
		return false
	}
	if len(a.inner) == 1 && len(b.inner) == 1 {
		return a.family == b.family && m.implies(a.inner[0], b.inner[0])
	}
	each := func(f func(x, y any) bool) bool {
		return len(a.values) > 0 && len(a.values)*len(b.values) <= maxSteps && !slices.ContainsFunc(a.values, func(x any) bool {
			return !slices.ContainsFunc(b.values, func(y any) bool { return f(x, y) })
		})
	}
	strs := func(f func(x, y string) bool) func(x, y any) bool {
		return func(x, y any) bool {
			xs, ok := x.(string)
			ys, ok2 := y.(string)
			return ok && ok2 && f(xs, ys)
		}
	}
	if order := ordered[a.family]; order != 0 && order == ordered[b.family] {
		return each(func(x, y any) bool { return bounds(a.family, b.family, order, x, y) })
	}
	if a.family != b.family {
		return false
	}
	switch strings.TrimPrefix(a.family, "i") {
	case "n", "in":
		return each(yamlcore.Equal)
	case "contains":
		return each(strs(strings.Contains))
	case "prefix":
		return each(strs(strings.HasPrefix))
	case "suffix":
		return each(strs(strings.HasSuffix))
	case "cidr":
		return each(strs(within))
	}
	return false
}

// ordered has the families of bounds, and the side that they are on.
var ordered = map[string]int{"greater": 1, "least": 1, "less": -1, "most": -1}

// bounds reports whether one bound implies another on the same side.
func bounds(a, b string, side int, x, y any) bool {
	xn, okX := x.(json.Number)
	yn, okY := y.(json.Number)
	if !okX || !okY {
		return false
	}
	xf, errX := xn.Float64()
	yf, errY := yn.Float64()
	if errX != nil || errY != nil {
		return false
	}
	if xf == yf {
		// "greater than 5" implies "at least 5", but not the other way.
		return a == b || a == "greater" || a == "less"
	}
	return (xf > yf) == (side > 0)
}

// within reports whether a network is within another one.
func within(a, b string) bool {
	x, okX := prefix(a)
	y, okY := prefix(b)
	return okX && okY && x.Bits() >= y.Bits() && y.Contains(x.Addr())
}

func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// tests adds the leaves of a match, by their texts.
func (e *match) tests(negative bool, out map[string]*match) {
	if e.shown != "" {
		out[e.text+pick(negative, " not", "")] = e
		return
	}
	for _, i := range e.inner {
		i.tests(negative != (e.kind == matchNot), out)
	}
}
