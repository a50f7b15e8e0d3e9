package python

import "strings"

// patternState is the state for checking one case.
type patternState struct {
	c           *compiler
	stores      []string
	irrefutable bool // a pattern that always matches is allowed here
}

func (c *compiler) match(s *Match) {
	c.visit(s.Subject)
	for i, k := range s.Cases {
		p := &patternState{c: c, irrefutable: k.Guard != nil || i == len(s.Cases)-1}
		p.pattern(k.Pattern)
		expr(k.Guard, c.visit)
		c.body(k.Body)
	}
}

func (p *patternState) store(name string, at Node) {
	if name == "" {
		return
	}
	p.c.forbidden(name, Store, at)
	for _, s := range p.stores {
		if s == name {
			raiseAt(at, "multiple assignments to name '"+name+"' in pattern")
		}
	}
	p.stores = append(p.stores, name)
}

// below visits a pattern within another, which may always match.
func (p *patternState) below(n Pattern) {
	old := p.irrefutable
	p.irrefutable = true
	p.pattern(n)
	p.irrefutable = old
}

func (p *patternState) pattern(n Pattern) {
	switch n := n.(type) {
	case *MatchAs:
		if n.Pattern != nil {
			p.pattern(n.Pattern)
		} else if !p.irrefutable {
			if n.Name != "" {
				raiseAt(n, "name capture '"+n.Name+"' makes remaining patterns unreachable")
			}
			raiseAt(n, "wildcard makes remaining patterns unreachable")
		}
		p.store(n.Name, n)
	case *MatchStar:
		p.store(n.Name, n)
	case *MatchValue:
		if _, joined := n.Value.(*JoinedStr); joined {
			raiseAt(n, "patterns may only match literals and attribute lookups")
		}
		p.c.visit(n.Value)
	case *MatchSequence:
		stars := 0
		for _, x := range n.Patterns {
			if _, ok := x.(*MatchStar); ok {
				if stars++; stars > 1 {
					raiseAt(n, "multiple starred expressions in sequence pattern")
				}
			}
		}
		for _, x := range n.Patterns {
			p.below(x)
		}
	case *MatchMapping:
		p.mapping(n)
	case *MatchClass:
		p.class(n)
	case *MatchOr:
		p.or(n)
	}
}

func (p *patternState) mapping(n *MatchMapping) {
	seen := map[string]bool{}
	for _, k := range n.Keys {
		switch k := k.(type) {
		case *JoinedStr:
			raiseAt(k, "mapping pattern keys may only match literals and attribute lookups")
		case *Constant:
			repr := string(k.appendValue(nil))
			if seen[repr] {
				raiseAt(n, "mapping pattern checks duplicate key ("+repr+")")
			}
			seen[repr] = true
		}
	}
	for _, x := range n.Patterns {
		p.below(x)
	}
	p.store(n.Rest, n)
}

func (p *patternState) class(n *MatchClass) {
	seen := map[string]bool{}
	for i, name := range n.KwdAttrs {
		p.c.forbidden(name, Store, n.KwdPatterns[i])
		if seen[name] {
			raiseAt(n.KwdPatterns[i], "attribute name repeated in class pattern: "+name)
		}
		seen[name] = true
	}
	p.c.visit(n.Cls)
	for _, x := range n.Patterns {
		p.below(x)
	}
	for _, x := range n.KwdPatterns {
		p.below(x)
	}
}

func (p *patternState) or(n *MatchOr) {
	outer, allowed := p.stores, p.irrefutable
	var first map[string]bool
	var names []string
	for i, x := range n.Patterns {
		p.stores = nil
		p.irrefutable = allowed && i == len(n.Patterns)-1
		p.pattern(x)
		if i == 0 {
			names = p.stores
			first = map[string]bool{}
			for _, name := range names {
				first[name] = true
			}
			continue
		}
		same := len(p.stores) == len(names)
		for _, name := range p.stores {
			same = same && first[name]
		}
		if !same {
			raiseAt(n, "alternative patterns bind different names")
		}
	}
	p.stores, p.irrefutable = outer, allowed
	for _, name := range names {
		p.store(name, n)
	}
}

// Bound returns the name that an import binds.
func (a Alias) Bound() string {
	if a.AsName != "" {
		return a.AsName
	}
	name, _, _ := strings.Cut(a.Name, ".")
	return name
}
