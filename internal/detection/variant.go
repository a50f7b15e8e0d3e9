package detection

import (
	"slices"
	"strconv"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// Variant is one change of the logic of a rule, made to see whether a test notices it.
type Variant struct {
	// Kind is what it does: always_true, always_false, operator, boundary or value.
	Kind string
	// Expression is what is changed, and Value the value that is left out, if that is all.
	Expression *Expression
	Value      *yaml.Node
	// From and To are the words of the change of an operator or a boundary.
	From, To string
	// Site is the number of what is changed. Parents are the numbers of variants of which
	// each, if no test notices it, explains why none notices this one.
	Site    int
	Parents []int
	// list is where the expression is, by is what replaces it.
	list []*Expression
	at   int
	by   *Expression
}

// variants collects those of a spec.
type variants struct {
	out   []Variant
	sites int
}

// Variants returns the changes of the expressions of Detection and InlineFilters. Those that
// have the same effect as another one are left out.
func (s *Spec) Variants() []Variant {
	v := &variants{}
	if !s.flawed.detection {
		v.top(s.Detection)
	}
	if !s.flawed.filters {
		v.top(s.Filters)
	}
	return v.out
}

// top changes a list of expressions that must all match.
func (v *variants) top(list []*Expression) {
	for i, e := range list {
		v.sites++
		site := v.sites
		parents := []int{v.force(list, i, "always_true", "AlwaysTrue", site, nil)}
		if i == 0 { // that of each other one has the same effect
			parents = append(parents, v.force(list, i, "always_false", "AlwaysFalse", site, nil))
		}
		v.inside(list, i, e, parents)
	}
}

func (v *variants) add(x Variant) int {
	v.out = append(v.out, x)
	return len(v.out) - 1
}

func (v *variants) force(list []*Expression, i int, kind, condition string, site int, parents []int) int {
	c, _ := conditionNamed(condition)
	return v.add(Variant{Kind: kind, Expression: list[i], Site: site, Parents: parents, list: list, at: i, by: &Expression{Node: list[i].Node, Condition: &c}})
}

var limits = map[string]string{
	"IsGreaterThan": "IsGreaterThanOrEquals", "IsGreaterThanOrEquals": "IsGreaterThan", "IsGreaterThanOrEqual": "IsGreaterThan",
	"IsLessThan": "IsLessThanOrEquals", "IsLessThanOrEquals": "IsLessThan", "IsLessThanOrEqual": "IsLessThan",
}

// inside changes the parts of an expression.
func (v *variants) inside(list []*Expression, i int, e *Expression, parents []int) {
	swap := map[string]string{"All": "Any", "Any": "All"}[e.Combinator]
	if swap != "" && len(e.Inner) > 1 {
		by := *e
		by.Combinator = swap
		v.sites++
		parents = append(slices.Clone(parents), v.add(Variant{Kind: "operator", Expression: e, From: e.Combinator, To: swap, Site: v.sites, Parents: parents, list: list, at: i, by: &by}))
	}
	if len(e.Inner) > 1 || e.Combinator == "" {
		all := e.Combinator == "All" || e.Combinator == ""
		for n, c := range e.Inner {
			v.sites++
			site := v.sites
			var own []int
			if all || e.Combinator == "OnlyOne" {
				own = append(own, v.force(e.Inner, n, "always_true", "AlwaysTrue", site, parents))
			}
			if !all {
				own = append(own, v.force(e.Inner, n, "always_false", "AlwaysFalse", site, parents))
			}
			v.inside(e.Inner, n, c, append(slices.Clone(parents), own...))
		}
	} else if len(e.Inner) == 1 {
		v.inside(e.Inner, 0, e.Inner[0], parents)
	}
	if e.Condition == nil {
		return
	}
	if to := limits[e.Condition.Name]; to != "" {
		c, _ := conditionNamed(to)
		by := *e
		by.Condition = &c
		v.sites++
		v.add(Variant{Kind: "boundary", Expression: e, From: e.Condition.Name, To: to, Site: v.sites, Parents: parents, list: list, at: i, by: &by})
	}
	if len(e.Operands) > 1 && e.Key != nil {
		v.sites++
		for n, o := range e.Operands {
			by := *e
			by.Operands = slices.Delete(slices.Clone(e.Operands), n, n+1)
			v.add(Variant{Kind: "value", Expression: e, Value: o.Node, Site: v.sites, Parents: parents, list: list, at: i, by: &by})
		}
	}
}

// With calls f while the variant is in the place of the expression. The spec must not be used
// otherwise at that time.
func (v *Variant) With(f func()) {
	was := v.list[v.at]
	v.list[v.at] = v.by
	defer func() { v.list[v.at] = was }()
	f()
}

// String names the changed expression.
func (v *Variant) String() string {
	e := v.Expression
	switch {
	case e.Combinator != "":
		return e.Combinator
	case e.Condition == nil:
		return "an expression"
	case len(e.Operands) == 1 && e.Operands[0].Key == nil:
		return e.label() + " " + e.Operands[0].Node.Value
	}
	return e.label()
}

// Probe is a place of an event with values that may change what an expression decides.
type Probe struct {
	// Path are keys (texts) and indices (ints).
	Path   []any
	Values []any
}

// Probes returns the places that the expressions of a variant look at. Those within the
// elements of a list are left out.
func (v *Variant) Probes() (out []Probe) {
	var walk func(e *Expression)
	walk = func(e *Expression) {
		if p, ok := probe(e); ok {
			out = append(out, p)
		}
		if e.Combinator != "" {
			for _, c := range e.Inner {
				walk(c)
			}
		}
	}
	walk(v.Expression)
	return out
}

func probe(e *Expression) (p Probe, ok bool) {
	if e.Key == nil || e.Condition == nil || e.Key.By == ByEnrichment || len(e.Key.Path) == 0 {
		return p, false
	}
	for _, s := range e.Key.Path {
		if s.Index == "" {
			p.Path = append(p.Path, s.Key)
			continue
		}
		n, err := strconv.Atoi(s.Index)
		if err != nil {
			return p, false
		}
		p.Path = append(p.Path, n)
	}
	for _, o := range e.Operands {
		if o.Key != nil {
			continue
		}
		if x, err := yamlcore.Scalar(o.Node); err == nil && x != nil {
			p.Values = append(p.Values, x)
		}
	}
	return p, true
}
