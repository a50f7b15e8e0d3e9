package python

// check makes the checks that CPython makes after parsing, in the same order:
// future imports, scopes, and errors of the code generator.
func check(m *Module) (err *rawError) {
	defer func() {
		if r := recover(); r != nil {
			raw, ok := r.(*rawError)
			if !ok {
				panic(r)
			}
			err = raw
		}
	}()
	f := checkFuture(m)
	s := &scopes{m: m, annotations: f.annotations}
	s.run()
	c := &compiler{m: m, futureLine: f.line, scopes: s, annotations: f.annotations}
	c.visit = c.node
	c.enter(moduleScope, func() { c.body(m.Body) })
	return nil
}

func raiseAt(n Node, msg string) {
	panic(&rawError{start: int32(n.Pos()), end: int32(n.End()), msg: msg})
}

type future struct {
	line        int // of the last future import at the top of the file
	annotations bool
}

const lateFuture = "from __future__ imports must occur at the beginning of the file"

// checkFuture checks the future imports at the top of the file; the compiler
// checks later ones.
func checkFuture(m *Module) future {
	f := future{line: -1}
	body := m.Body
	if len(body) > 0 {
		if e, ok := body[0].(*ExprStmt); ok {
			if c, ok := e.Value.(*Constant); ok && c.Kind == Str {
				body = body[1:]
			}
		}
	}
	done, prev := false, 0
	for _, s := range body {
		line := m.lines.line(int32(s.Pos()))
		if done && line > prev {
			break
		}
		prev = line
		imp, ok := s.(*ImportFrom)
		if !ok || imp.Module != "__future__" {
			done = true
			continue
		}
		if done {
			raiseAt(s, lateFuture)
		}
		for _, a := range imp.Names {
			switch a.Name {
			case "annotations":
				f.annotations = true
			case "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
				"unicode_literals", "barry_as_FLUFL", "generator_stop":
			case "braces":
				raiseAt(s, "not a chance")
			default:
				raiseAt(s, "future feature "+a.Name+" is not defined")
			}
		}
		f.line = line
	}
	return f
}
