package lint

import (
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
)

// samePython checks that a Python file that could be parsed still can be after some
// edits, and that every statement which they don't touch has the same meaning and the
// same place in the tree.
func samePython(path string, text []byte, made, next []Edit) error {
	before, after := parsePython(newSource(path, splice(text, made))), parsePython(newSource(path, splice(text, next)))
	switch {
	case after.err != nil && (before.err == nil || *before.err != *after.err):
		return fmt.Errorf("the file would no longer be Python: %w", after.err)
	case before.module == nil || after.module == nil:
		return nil // nothing to compare: it can't be parsed, before or after
	}
	// A statement counts as touched when either set of edits reaches it, so that
	// both files leave out the same ones. next has all edits of made.
	a := untouched(before, moved(next, made))
	b := untouched(after, moved(next, next))
	if !slices.Equal(a, b) {
		return fmt.Errorf("the fix would change statements that it does not touch")
	}
	return nil
}

// moved returns where the stretches of all edits are after some of them are made. The
// edits are in order and don't overlap.
func moved(all, made []Edit) []span {
	out := make([]span, 0, len(all))
	shift := 0
	for _, e := range all {
		length := e.End - e.Start
		start := e.Start + shift
		if len(made) > 0 && made[0] == e {
			made = made[1:]
			shift += len(e.New) - length
			length = len(e.New)
		}
		out = append(out, span{start: start, end: start + length})
	}
	return out
}

var positions = lazyregexp.New(`, lineno=\d+, col_offset=\d+, end_lineno=\d+, end_col_offset=\d+`)

// untouched writes every statement outside some parts of the file, which are in order,
// with its depth; of a statement that overlaps one, those inside it.
func untouched(f *PythonFile, touched []span) (out []string) {
	reached := func(n python.Node) bool {
		r := f.rangeOf(n)
		start, end := f.Source.Offsets(r)
		i, _ := slices.BinarySearchFunc(touched, start, func(s span, start int) int { return s.end - start })
		return i < len(touched) && touched[i].start <= end
	}
	var visit func(n python.Node, depth int)
	visit = func(n python.Node, depth int) {
		s, isStmt := n.(python.Stmt)
		if isStmt && !reached(s) {
			m := *f.module
			m.Body = []python.Stmt{s}
			out = append(out, fmt.Sprintf("%d %s", depth, positions.ReplaceAllString(python.Dump(&m), "")))
			return
		}
		if _, isExpr := n.(python.Expr); !isExpr {
			python.Children(n, func(c python.Node) { visit(c, depth+1) })
		}
	}
	python.Children(f.module, func(c python.Node) { visit(c, 0) })
	return out
}
