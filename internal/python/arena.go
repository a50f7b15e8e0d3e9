package python

// slab allocates values of one type in blocks that grow with use, so that small
// files cost little and large ones need few allocations.
type slab[T any] struct{ buf []T }

func (s *slab[T]) new() *T {
	if len(s.buf) == cap(s.buf) {
		s.buf = make([]T, 0, min(max(8, 2*cap(s.buf)), 256))
	}
	s.buf = s.buf[:len(s.buf)+1]
	return &s.buf[len(s.buf)-1]
}

// copyOf returns a copy of list with no spare capacity.
func (s *slab[T]) copyOf(list []T) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	if cap(s.buf)-len(s.buf) < n {
		if n > 64 {
			return append([]T(nil), list...)
		}
		s.buf = make([]T, 0, min(max(16, 2*cap(s.buf)), 512))
	}
	at := len(s.buf)
	s.buf = append(s.buf, list...)
	return s.buf[at : at+n : at+n]
}

// nodes contains the slabs of the most frequent node types.
type nodes struct {
	name      slab[Name]
	constant  slab[Constant]
	attribute slab[Attribute]
	call      slab[Call]
	keyword   slab[Keyword]
	subscript slab[Subscript]
	tuple     slab[Tuple]
	list      slab[List]
	dict      slab[Dict]
	compare   slab[Compare]
	binop     slab[BinOp]
	boolop    slab[BoolOp]
	unaryop   slab[UnaryOp]
	exprStmt  slab[ExprStmt]
	assign    slab[Assign]
	ret       slab[Return]
	ifs       slab[If]
	arg       slab[Arg]
	arguments slab[Arguments]
	function  slab[FunctionDef]

	exprs slab[Expr]
	stmts slab[Stmt]
	args  slab[*Arg]
	ops   slab[Operator]
}
