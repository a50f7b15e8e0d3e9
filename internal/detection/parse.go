package detection

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// combinators group expressions.
var combinators = []string{"All", "Any", "OnlyOne", "None"}

var expressionKeys = append([]string{"Condition", "Value", "Values", "Expressions"}, append(slices.Clone(specifiers), combinators...)...)

// Expression is one match expression.
type Expression struct {
	// Node is the mapping.
	Node *yaml.Node
	// Combinator is "All", "Any", "OnlyOne" or "None" of a group; else "".
	Combinator string
	// Inner are the members of a group, or what the elements of a list are held against.
	Inner []*Expression
	// Condition is nil for a group, and where it is unknown.
	Condition *Condition
	// Key is nil for a group, an absolute condition, a comparison of two keys, and
	// for an element itself in a list comprehension.
	Key *Key
	// Operands are the value or values.
	Operands []Operand
}

// Operand is one value that the event's is held against.
type Operand struct {
	Node *yaml.Node
	// Key is set where the value is another one of the event.
	Key *Key
}

// Place is where expressions stand.
type Place int

// The places.
const (
	InDetection Place = iota
	InFilters
	InSeverity
	// InElements is inside a list comprehension.
	InElements
)

// expressions reads a list of expressions. It is nil-safe, and does without a
// node that isn't a list: that is the schema's matter.
func (p *problems) expressions(n *yaml.Node, place Place) (out []*Expression) {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range n.Content {
		if e := p.expression(yamlcore.Deref(c), place); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func (p *problems) expression(n *yaml.Node, place Place) *Expression {
	pairs, err := yamlcore.Pairs(n)
	if n.Kind != yaml.MappingNode || err != nil {
		p.add(Malformed, n, "a match expression must be a mapping, not %s", describe(n)).Hint = "write it like {KeyPath: actor.email, Condition: Equals, Value: …}"
		return nil
	}
	if len(pairs) == 0 {
		p.add(Malformed, n, "a match expression is empty").Hint = "write it like {KeyPath: actor.email, Condition: Equals, Value: …}"
		return nil
	}
	e := &Expression{Node: n}
	by := map[string]yamlcore.Pair{}
	for _, q := range pairs {
		by[q.Key.Value] = q
	}
	p.unknown(pairs, expressionKeys, "a match expression")
	for _, q := range pairs {
		if slices.Contains(combinators, q.Key.Value) {
			p.group(e, q, pairs, place)
			return e
		}
	}
	e.Key = p.parseKey(pairs)
	cond, has := by["Condition"]
	if !has {
		if !hasUnknown(pairs, expressionKeys) {
			p.add(Malformed, pairs[0].Key, "the match expression has no \"Condition\"").Hint = "add one, such as Equals; or group expressions with All, Any, OnlyOne or None"
		}
		return e
	}
	name, isText := scalar(cond.Value).(string)
	if cond.Value.Kind != yaml.ScalarNode || !isText || name == "" {
		p.add(UnknownCondition, at(cond), "\"Condition\" must be a word such as Equals, not %s", describe(cond.Value))
		return e
	}
	c, known := conditionNamed(name)
	if !known {
		q := p.add(UnknownCondition, cond.Value, "there is no condition %q", name)
		if near, same, ok := nearestCondition(name); ok {
			q.Hint = fmt.Sprintf("did you mean %q?", near)
			if same {
				q.Write = near
			}
		}
		// What it was to take can't be told, but inner expressions can be read.
		e.Inner = p.expressions(yamlcore.Lookup(n, "Expressions"), InElements)
		return e
	}
	e.Condition = &c
	p.judge(e, by, place, hasUnknown(pairs, expressionKeys))
	return e
}

// group reads a combinator; q is its pair.
func (p *problems) group(e *Expression, q yamlcore.Pair, pairs []yamlcore.Pair, place Place) {
	e.Combinator = q.Key.Value
	for _, other := range pairs {
		if other.Key != q.Key && slices.Contains(expressionKeys, other.Key.Value) {
			p.add(Malformed, other.Key, "%q stands beside the combinator %q, which can only stand alone", other.Key.Value, e.Combinator).Hint = "make an entry of the list of each"
		}
	}
	switch {
	case q.Value.Kind != yaml.SequenceNode:
		p.add(Malformed, q.Key, "%q must be a list of match expressions, not %s", e.Combinator, describe(q.Value))
	case len(q.Value.Content) == 0 && place != InFilters:
		// In filters this is what Panther's own content has for no filter.
		p.add(Malformed, q.Key, "%q has no expressions", e.Combinator).Hint = "give it some, or take it out"
	}
	if place == InFilters && (e.Combinator == "OnlyOne" || e.Combinator == "None") {
		p.add(NotInFilters, q.Key, "inline filters have no %q", e.Combinator).Hint = "use All, Any, and conditions such as DoesNotEqual"
	}
	e.Inner = p.expressions(q.Value, place)
}

// judge checks what a known condition has beside it. Where a key is misspelt, that is
// told already, and nothing is said to be missing.
func (p *problems) judge(e *Expression, by map[string]yamlcore.Pair, place Place, misspelt bool) {
	c, cond := e.Condition, by["Condition"].Value
	value, hasValue := by["Value"]
	values, hasValues := by["Values"]
	inner, hasInner := by["Expressions"]
	if place == InFilters && !c.InFilters {
		p.add(NotInFilters, cond, "inline filters don't know the condition %q", c.Name).Hint = "write one that they have, such as Equals, DoesNotEqual, StartsWith, IsIn or IsNotNullOrEmpty"
	}
	twoKeys := e.Key == nil && hasValues && c.Takes == TakesValue
	switch {
	case c.Absolute && e.Key != nil:
		p.add(BadKey, cond, "%s looks at no key, and %q names one", c.Name, e.Key.By).Hint = "take the key out, or use another condition"
	case !c.Absolute && e.Key == nil && !twoKeys && place != InElements && !misspelt:
		p.add(BadKey, cond, "nothing says which value of the event %s is about", c.Name).Hint = "add KeyPath, such as KeyPath: actor.email"
	}
	refuse := func(q yamlcore.Pair, there bool, why string) {
		if there {
			p.add(WrongValue, q.Key, "%s takes no %q", c.Name, q.Key.Value).Hint = why
		}
	}
	if c.Takes != TakesExpressions {
		refuse(inner, hasInner, "only AnyElement, AllElements, OnlyOneElement and NoElement take expressions")
	}
	switch c.Takes {
	case TakesNothing:
		refuse(value, hasValue, "take it out, or use another condition")
		refuse(values, hasValues, "take it out, or use another condition")
	case TakesExpressions:
		refuse(value, hasValue, "write expressions for the elements under Expressions")
		refuse(values, hasValues, "write expressions for the elements under Expressions")
		switch {
		case !hasInner && misspelt:
		case !hasInner:
			p.add(WrongValue, cond, "%s has no \"Expressions\"", c.Name).Hint = "say under Expressions what holds of the elements"
		case inner.Value.Kind != yaml.SequenceNode:
			p.add(WrongValue, inner.Key, "\"Expressions\" must be a list of match expressions, not %s", describe(inner.Value))
		case len(inner.Value.Content) == 0:
			p.add(WrongValue, inner.Key, "\"Expressions\" is empty").Hint = "say what holds of the elements"
		default:
			e.Inner = p.expressions(inner.Value, InElements)
		}
	case TakesValue:
		switch {
		case twoKeys:
			p.twoKeys(e, values)
		case hasValues:
			q := p.add(WrongValue, values.Key, "%s takes one \"Value\", not \"Values\"", c.Name)
			q.Hint = oneOfMany(c.Name)
		case !hasValue && misspelt:
		case !hasValue:
			p.add(WrongValue, cond, "%s has no \"Value\"", c.Name).Hint = "add what the value is held against"
		default:
			p.operand(e, value)
		}
		if twoKeys || hasValues {
			refuse(value, hasValue, "Values is there already")
		}
	case TakesValues:
		switch {
		case !hasValues && hasValue:
			p.add(WrongValue, value.Key, "%s takes \"Values\", a list, not \"Value\"", c.Name).Hint = "write Values: [" + clip(value.Value.Value) + "]"
		case !hasValues && misspelt:
		case !hasValues:
			p.add(WrongValue, cond, "%s has no \"Values\"", c.Name).Hint = "add the list of what the value may be"
		default:
			p.operands(e, values)
			refuse(value, hasValue, "Values is there already")
		}
	case TakesEither:
		switch {
		case hasValues:
			p.operands(e, values)
			refuse(value, hasValue, "Values is there already")
		case hasValue && value.Value.Kind == yaml.SequenceNode:
			p.operands(e, value)
		case hasValue:
			p.operand(e, value)
		case !misspelt:
			p.add(WrongValue, cond, "%s has no \"Value\"", c.Name).Hint = "add what the value is held against"
		}
	}
}

func oneOfMany(name string) string {
	switch name {
	case "Equals", "IEquals":
		return "IsIn takes a list of values"
	case "DoesNotEqual", "IDoesNotEqual":
		return "IsNotIn takes a list of values"
	}
	return "write one expression for each value, under Any or All"
}

// twoKeys reads the keys of a comparison of two values of the event.
func (p *problems) twoKeys(e *Expression, values yamlcore.Pair) {
	n := values.Value
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		p.add(WrongValue, values.Key, "%s without a key compares two values of the event, and \"Values\" must name just two keys", e.Condition.Name).Hint =
			"write Values: [{KeyPath: a}, {KeyPath: b}], or add KeyPath and one Value"
		return
	}
	for _, c := range n.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.MappingNode {
			p.add(WrongValue, c, "%s without a key compares two values of the event, and %s is no key", e.Condition.Name, describe(c)).Hint =
				"write Values: [{KeyPath: a}, {KeyPath: b}], or add KeyPath and one Value"
			continue
		}
		e.Operands = append(e.Operands, Operand{Node: c, Key: p.onlyKey(c, "an entry of \"Values\"")})
	}
}

// onlyKey reads a mapping that holds a key and nothing else.
func (p *problems) onlyKey(n *yaml.Node, what string) *Key {
	pairs, err := yamlcore.Pairs(n)
	if n.Kind != yaml.MappingNode || err != nil {
		p.add(BadKey, n, "%s must be a mapping such as {KeyPath: actor.email}, not %s", what, describe(n))
		return nil
	}
	p.unknown(pairs, specifiers, what)
	k := p.parseKey(pairs)
	if k == nil && !hasUnknown(pairs, specifiers) {
		p.add(BadKey, n, "%s names no key", what).Hint = "write it like {KeyPath: actor.email}"
	}
	return k
}

func (p *problems) operands(e *Expression, q yamlcore.Pair) {
	n := q.Value
	switch {
	case n.Kind != yaml.SequenceNode:
		p.add(WrongValue, at(q), "%q of %s must be a list, not %s", q.Key.Value, e.Condition.Name, describe(n)).Hint = "write it as a list with one entry: [" + clip(n.Value) + "]"
	case len(n.Content) == 0:
		p.add(WrongValue, q.Key, "%q of %s is empty", q.Key.Value, e.Condition.Name).Hint = "give it at least one entry"
	}
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			p.typed(e, q, yamlcore.Deref(c))
		}
	}
}

func (p *problems) operand(e *Expression, q yamlcore.Pair) {
	if q.Value.Kind == yaml.SequenceNode {
		p.add(WrongValue, q.Key, "\"Value\" of %s must be one value, not a list", e.Condition.Name).Hint = oneOfMany(e.Condition.Name)
		return
	}
	p.typed(e, q, q.Value)
}

// typed checks one value against what the condition takes.
func (p *problems) typed(e *Expression, q yamlcore.Pair, n *yaml.Node) {
	c := e.Condition
	node := n
	if n == q.Value {
		node = at(q)
	}
	if n.Kind == yaml.MappingNode {
		// A value of the event in place of a fixed one.
		pairs, err := yamlcore.Pairs(n)
		if err == nil && slices.ContainsFunc(pairs, func(q yamlcore.Pair) bool { return slices.Contains(specifiers, q.Key.Value) }) {
			e.Operands = append(e.Operands, Operand{Node: n, Key: p.onlyKey(n, "a value")})
			return
		}
	}
	if n.Kind != yaml.ScalarNode {
		p.add(WrongValue, node, "%s can't be held against %s", c.Name, describe(n)).Hint = "it takes texts, numbers, true and false"
		return
	}
	v := scalar(n)
	text, isText := v.(string)
	e.Operands = append(e.Operands, Operand{Node: n})
	switch _, isBool := v.(bool); {
	case v == nil:
		hint := "give it a value"
		switch c.Name {
		case "Equals":
			hint = "IsNull asks whether there is nothing"
		case "DoesNotEqual":
			hint = "IsNotNull asks whether there is something"
		}
		p.add(WrongValue, node, "%q of %s has nothing after it", q.Key.Value, c.Name).Hint = hint
	case c.Of == OfText && !isText:
		p.add(WrongValue, node, "%s takes a text, not %s", c.Name, describe(n)).Hint = fmt.Sprintf("put it in quotes if the event has it as a text: %q", n.Value)
	case c.Of == OfOrdered && isBool:
		p.add(WrongValue, node, "%s takes a number or a text, not %s", c.Name, describe(n)).Hint = "use Equals"
	case c.Of == OfNetworks && (!isText || !network(text)):
		p.add(WrongValue, node, "%s takes a network such as 10.0.0.0/8, not %s", c.Name, describe(n))
	case c.Of == OfAddresses && (!isText || !address(text)):
		p.add(WrongValue, node, "%s takes an IP address, not %s", c.Name, describe(n))
	}
}

func network(s string) bool {
	_, err := netip.ParsePrefix(s)
	return err == nil || address(s)
}

func address(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// unknown reports keys that mean nothing.
func (p *problems) unknown(pairs []yamlcore.Pair, legal []string, where string) {
	for _, q := range pairs {
		name := q.Key.Value
		if slices.Contains(legal, name) {
			continue
		}
		m := p.add(Malformed, q.Key, "%q is no key of %s", name, where)
		left := slices.DeleteFunc(slices.Clone(legal), func(l string) bool {
			return slices.ContainsFunc(pairs, func(o yamlcore.Pair) bool { return o.Key.Value == l })
		})
		if near, ok := suggest.Nearest(name, left); ok {
			m.Hint = fmt.Sprintf("did you mean %q?", near)
			if strings.EqualFold(near, name) {
				m.Write = near
			}
			continue
		}
		m.Hint = "it has " + strings.Join(legal, ", ")
	}
}

// hasUnknown tells whether a key that means nothing was told already, which may
// be what is missing.
func hasUnknown(pairs []yamlcore.Pair, legal []string) bool {
	return slices.ContainsFunc(pairs, func(q yamlcore.Pair) bool { return !slices.Contains(legal, q.Key.Value) })
}

// scalar gives a scalar's value, nil for anything else.
func scalar(n *yaml.Node) any {
	if n.Kind != yaml.ScalarNode {
		return nil
	}
	v, err := yamlcore.Scalar(n)
	if err != nil {
		return n.Value
	}
	return v
}
