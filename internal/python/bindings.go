package python

// analyze checks the declarations of a scope and its inner scopes. bound
// contains the names of the enclosing functions, and is nil for the module.
func (s *scopes) analyze(sc *scope, bound map[string]bool) {
	for _, name := range sc.order {
		flags := sc.names[name]
		at := func() Node {
			for _, d := range sc.directives {
				if d.name == name {
					return d.node
				}
			}
			return s.m
		}
		switch {
		case flags&defGlobal != 0:
			if flags&defNonlocal != 0 {
				raiseAt(at(), "name '"+name+"' is nonlocal and global")
			}
		case flags&defNonlocal != 0:
			if bound == nil {
				raiseAt(at(), "nonlocal declaration not allowed at module level")
			}
			if !bound[name] {
				raiseAt(at(), "no binding for nonlocal '"+name+"' found")
			}
		}
	}
	if len(sc.children) == 0 {
		return
	}
	inner := make(map[string]bool, len(bound)+len(sc.order))
	for name := range bound {
		inner[name] = true
	}
	switch sc.kind {
	case moduleScope:
	case classScope:
		inner["__class__"] = true
	default:
		for name, flags := range sc.names {
			if flags&defGlobal != 0 {
				delete(inner, name)
			} else if flags&(defLocal|defParam) != 0 {
				inner[name] = true
			}
		}
	}
	for _, c := range sc.children {
		s.analyze(c, inner)
	}
}
