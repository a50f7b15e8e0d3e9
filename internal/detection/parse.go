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
	// Combinator is "All", "Any", "OnlyOne" or "None" for a group; else "".
	Combinator string
	// Inner contains the members of a group, or the expressions for the elements of a list.
	Inner []*Expression
	// Condition is nil for a group, or if it is unknown.
	Condition *Condition
	// Key is nil for a group, an absolute condition, a comparison of two keys, and the element
	// itself in a list comprehension.
	Key *Key
	// Operands contains the value or values.
	Operands []Operand
}

// Operand is one value to compare the event's value with.
type Operand struct {
	Node *yaml.Node
	// Key is set if the operand is another value of the event.
	Key *Key
}

// Place is where expressions are used.
type Place int

// The places.
const (
	InDetection Place = iota
	InFilters
	InSeverity
	// InElements is inside a list comprehension.
	InElements
)

// expressions parses a list of expressions. A nil node, or one that is not a list,
// has none; the schema reports that.
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
		q := p.add(UnknownCondition, cond.Value, "unknown condition %q", name)
		if near, same, ok := nearestCondition(name); ok {
			q.Hint = fmt.Sprintf("did you mean %q?", near)
			if same {
				q.Write = near
			}
		}
		// The operands of an unknown condition are unknown, but nested expressions can be parsed.
		e.Inner = p.expressions(yamlcore.Lookup(n, "Expressions"), InElements)
		return e
	}
	e.Condition = &c
	p.judge(e, by, place, hasUnknown(pairs, expressionKeys))
	return e
}

// group parses a combinator; q is its pair.
func (p *problems) group(e *Expression, q yamlcore.Pair, pairs []yamlcore.Pair, place Place) {
	e.Combinator = q.Key.Value
	for _, other := range pairs {
		if other.Key != q.Key && slices.Contains(expressionKeys, other.Key.Value) {
			p.add(Malformed, other.Key, "%q can't be combined with %q, which must be the only key of its expression", other.Key.Value, e.Combinator).Hint = "put each in a list entry of its own"
		}
	}
	switch {
	case q.Value.Kind != yaml.SequenceNode:
		p.add(Malformed, q.Key, "%q must be a list of match expressions, not %s", e.Combinator, describe(q.Value))
	case len(q.Value.Content) == 0 && place != InFilters:
		// In filters, Panther's own content uses this for no filter.
		p.add(Malformed, q.Key, "%q has no expressions", e.Combinator).Hint = "add at least one, or remove it"
	}
	if place == InFilters && (e.Combinator == "OnlyOne" || e.Combinator == "None") {
		p.add(NotInFilters, q.Key, "inline filters do not support %q", e.Combinator).Hint = "use All, Any, and conditions such as DoesNotEqual"
	}
	e.Inner = p.expressions(q.Value, place)
}

// judge checks the other keys of a known condition. If a key is misspelled, that is already reported,
// and missing keys are not.
func (p *problems) judge(e *Expression, by map[string]yamlcore.Pair, place Place, misspelt bool) {
	c, cond := e.Condition, by["Condition"].Value
	value, hasValue := by["Value"]
	values, hasValues := by["Values"]
	inner, hasInner := by["Expressions"]
	if place == InFilters && !c.InFilters {
		p.add(NotInFilters, cond, "inline filters do not support the condition %q", c.Name).Hint = "use a supported one, such as Equals, DoesNotEqual, StartsWith, IsIn or IsNotNullOrEmpty"
	}
	twoKeys := e.Key == nil && hasValues && c.Takes == TakesValue
	switch {
	case c.Absolute && e.Key != nil:
		p.add(BadKey, cond, "%s takes no key, but %q names one", c.Name, e.Key.By).Hint = "remove the key, or use another condition"
	case !c.Absolute && e.Key == nil && !twoKeys && place != InElements && !misspelt:
		p.add(BadKey, cond, "%s does not say which value of the event to test", c.Name).Hint = "add a key, such as KeyPath: actor.email"
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
		refuse(value, hasValue, "remove it, or use another condition")
		refuse(values, hasValues, "remove it, or use another condition")
	case TakesExpressions:
		refuse(value, hasValue, "put the expressions for the elements in Expressions")
		refuse(values, hasValues, "put the expressions for the elements in Expressions")
		switch {
		case !hasInner && misspelt:
		case !hasInner:
			p.add(WrongValue, cond, "%s has no \"Expressions\"", c.Name).Hint = "put the expressions for the elements in Expressions"
		case inner.Value.Kind != yaml.SequenceNode:
			p.add(WrongValue, inner.Key, "\"Expressions\" must be a list of match expressions, not %s", describe(inner.Value))
		case len(inner.Value.Content) == 0:
			p.add(WrongValue, inner.Key, "\"Expressions\" is empty").Hint = "add at least one expression for the elements"
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
			p.add(WrongValue, cond, "%s has no \"Value\"", c.Name).Hint = "add the value to compare with"
		default:
			p.operand(e, value)
		}
		if twoKeys || hasValues {
			refuse(value, hasValue, "Values is already set")
		}
	case TakesValues:
		switch {
		case !hasValues && hasValue:
			p.add(WrongValue, value.Key, "%s takes \"Values\", a list, not \"Value\"", c.Name).Hint = "use Values: [" + clip(value.Value.Value) + "]"
		case !hasValues && misspelt:
		case !hasValues:
			p.add(WrongValue, cond, "%s has no \"Values\"", c.Name).Hint = "add the list of values to compare with"
		default:
			p.operands(e, values)
			refuse(value, hasValue, "Values is already set")
		}
	case TakesEither:
		switch {
		case hasValues:
			p.operands(e, values)
			refuse(value, hasValue, "Values is already set")
		case hasValue && value.Value.Kind == yaml.SequenceNode:
			p.operands(e, value)
		case hasValue:
			p.operand(e, value)
		case !misspelt:
			p.add(WrongValue, cond, "%s has no \"Value\"", c.Name).Hint = "add the value to compare with"
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

// twoKeys parses the keys of a comparison of two values of the event.
func (p *problems) twoKeys(e *Expression, values yamlcore.Pair) {
	n := values.Value
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		p.add(WrongValue, values.Key, "%s without a key compares two values of the event, so \"Values\" must have exactly two keys", e.Condition.Name).Hint =
			"use Values: [{KeyPath: a}, {KeyPath: b}], or add KeyPath and one Value"
		return
	}
	for _, c := range n.Content {
		c = yamlcore.Deref(c)
		if c.Kind != yaml.MappingNode {
			p.add(WrongValue, c, "%s without a key compares two values of the event, but %s is not a key", e.Condition.Name, describe(c)).Hint =
				"use Values: [{KeyPath: a}, {KeyPath: b}], or add KeyPath and one Value"
			continue
		}
		e.Operands = append(e.Operands, Operand{Node: c, Key: p.onlyKey(c, "an entry of \"Values\"")})
	}
}

// onlyKey parses a mapping that contains only a key.
func (p *problems) onlyKey(n *yaml.Node, what string) *Key {
	pairs, err := yamlcore.Pairs(n)
	if n.Kind != yaml.MappingNode || err != nil {
		p.add(BadKey, n, "%s must be a mapping such as {KeyPath: actor.email}, not %s", what, describe(n))
		return nil
	}
	p.unknown(pairs, specifiers, what)
	k := p.parseKey(pairs)
	if k == nil && !hasUnknown(pairs, specifiers) {
		p.add(BadKey, n, "%s has no key", what).Hint = "write it like {KeyPath: actor.email}"
	}
	return k
}

func (p *problems) operands(e *Expression, q yamlcore.Pair) {
	n := q.Value
	switch {
	case n.Kind != yaml.SequenceNode:
		p.add(WrongValue, at(q), "%q of %s must be a list, not %s", q.Key.Value, e.Condition.Name, describe(n)).Hint = "write it as a list with one entry: [" + clip(n.Value) + "]"
	case len(n.Content) == 0:
		p.add(WrongValue, q.Key, "%q of %s is empty", q.Key.Value, e.Condition.Name).Hint = "add at least one entry"
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

// typed checks one value against the type that the condition takes.
func (p *problems) typed(e *Expression, q yamlcore.Pair, n *yaml.Node) {
	c := e.Condition
	node := n
	if n == q.Value {
		node = at(q)
	}
	if n.Kind == yaml.MappingNode {
		// Another value of the event instead of a fixed one.
		pairs, err := yamlcore.Pairs(n)
		if err == nil && slices.ContainsFunc(pairs, func(q yamlcore.Pair) bool { return slices.Contains(specifiers, q.Key.Value) }) {
			e.Operands = append(e.Operands, Operand{Node: n, Key: p.onlyKey(n, "a value")})
			return
		}
	}
	if n.Kind != yaml.ScalarNode {
		p.add(WrongValue, node, "%s can't compare with %s", c.Name, describe(n)).Hint = "it takes strings, numbers, true and false"
		return
	}
	v := scalar(n)
	text, isText := v.(string)
	e.Operands = append(e.Operands, Operand{Node: n})
	switch _, isBool := v.(bool); {
	case v == nil:
		hint := "add a value"
		switch c.Name {
		case "Equals":
			hint = "use IsNull to check that there is no value"
		case "DoesNotEqual":
			hint = "use IsNotNull to check that there is a value"
		}
		p.add(WrongValue, node, "%q of %s has no value", q.Key.Value, c.Name).Hint = hint
	case c.Of == OfText && !isText:
		p.add(WrongValue, node, "%s takes a string, not %s", c.Name, describe(n)).Hint = fmt.Sprintf("quote it if the event has it as a string: %q", n.Value)
	case c.Of == OfOrdered && isBool:
		p.add(WrongValue, node, "%s takes a number or a string, not %s", c.Name, describe(n)).Hint = "use Equals"
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

// unknown reports unknown keys.
func (p *problems) unknown(pairs []yamlcore.Pair, legal []string, where string) {
	for _, q := range pairs {
		name := q.Key.Value
		if slices.Contains(legal, name) {
			continue
		}
		m := p.add(Malformed, q.Key, "%q is not a key of %s", name, where)
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
		m.Hint = "the keys are " + strings.Join(legal, ", ")
	}
}

// hasUnknown reports whether there is an unknown key, which is already reported and may be the
// missing one.
func hasUnknown(pairs []yamlcore.Pair, legal []string) bool {
	return slices.ContainsFunc(pairs, func(q yamlcore.Pair) bool { return !slices.Contains(legal, q.Key.Value) })
}

// scalar returns the value of a scalar, nil for other nodes.
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
