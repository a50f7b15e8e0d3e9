package lint

import (
	"fmt"
	"regexp"
	"slices"

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
	// both files leave out the same ones.
	all := uniqueEdits(made, next)
	a := untouched(before, moved(all, made))
	b := untouched(after, moved(all, next))
	if !slices.Equal(a, b) {
		return fmt.Errorf("the fix would change statements that it does not touch")
	}
	return nil
}

func uniqueEdits(made, next []Edit) []Edit {
	out := slices.Clone(next)
	for _, e := range made {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// moved returns where the stretches of all edits are after some of them are made.
func moved(all, made []Edit) (out []span) {
	for _, e := range all {
		shift, length := 0, e.End-e.Start
		for _, o := range made {
			switch {
			case o == e:
				length = len(e.New)
			case o.End <= e.Start:
				shift += len(o.New) - (o.End - o.Start)
			}
		}
		out = append(out, span{start: e.Start + shift, end: e.Start + shift + length})
	}
	return out
}

var positions = regexp.MustCompile(`, lineno=\d+, col_offset=\d+, end_lineno=\d+, end_col_offset=\d+`)

// untouched writes every statement outside some parts of the file, with its depth;
// of a statement that overlaps one, those inside it.
func untouched(f *PythonFile, touched []span) (out []string) {
	reached := func(n python.Node) bool {
		r := f.rangeOf(n)
		start, end := f.Source.Offsets(r)
		return slices.ContainsFunc(touched, func(s span) bool { return s.start <= end && start <= s.end })
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
