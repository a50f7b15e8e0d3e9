package python

// BoolOp is a chain of one of and, or.
type BoolOp struct {
	exprNode
	Op     Operator
	Values []Expr
}

// NamedExpr is an assignment expression (:=).
type NamedExpr struct {
	exprNode
	Target *Name
	Value  Expr
}

// BinOp is a binary operation.
type BinOp struct {
	exprNode
	Left  Expr
	Op    Operator
	Right Expr
}

// UnaryOp is a unary operation.
type UnaryOp struct {
	exprNode
	Op      Operator
	Operand Expr
}

// Lambda is a lambda expression.
type Lambda struct {
	exprNode
	Args *Arguments
	Body Expr
}

// IfExp is a conditional expression.
type IfExp struct {
	exprNode
	Test, Body, Orelse Expr
}

// Dict is a dict display; a nil key stands for **value.
type Dict struct {
	exprNode
	Keys   []Expr
	Values []Expr
}

// Set is a set display.
type Set struct {
	exprNode
	Elts []Expr
}

// ListComp is a list comprehension.
type ListComp struct {
	exprNode
	Elt        Expr
	Generators []Comprehension
}

// SetComp is a set comprehension.
type SetComp struct {
	exprNode
	Elt        Expr
	Generators []Comprehension
}

// DictComp is a dict comprehension.
type DictComp struct {
	exprNode
	Key, Value Expr
	Generators []Comprehension
}

// GeneratorExp is a generator expression.
type GeneratorExp struct {
	exprNode
	Elt        Expr
	Generators []Comprehension
}

// Comprehension is one for clause of a comprehension with its ifs.
type Comprehension struct {
	Target  Expr
	Iter    Expr
	Ifs     []Expr
	IsAsync bool
}

// Await is an await expression.
type Await struct {
	exprNode
	Value Expr
}

// Yield is a yield expression; Value may be nil.
type Yield struct {
	exprNode
	Value Expr
}

// YieldFrom is a yield from expression.
type YieldFrom struct {
	exprNode
	Value Expr
}

// Compare is a chain of comparisons.
type Compare struct {
	exprNode
	Left        Expr
	Ops         []Operator
	Comparators []Expr
}

// Call is a call.
type Call struct {
	exprNode
	Func     Expr
	Args     []Expr
	Keywords []*Keyword
}

// Keyword is a keyword argument; Arg is empty for **value.
type Keyword struct {
	Span
	Arg   string
	Value Expr
}

// FormattedValue is a replacement field of an f-string. Conversion is -1, 's',
// 'r' or 'a'; FormatSpec is nil or a *JoinedStr. As in CPython 3.11, its span
// and those of the strings between fields are the span of the whole string.
type FormattedValue struct {
	exprNode
	Value      Expr
	Conversion int
	FormatSpec Expr
}

// JoinedStr is an f-string.
type JoinedStr struct {
	exprNode
	Values []Expr
}

// ConstKind is the type of a constant.
type ConstKind uint8

// The types of constants.
const (
	None ConstKind = iota
	True
	False
	Ellipsis
	Str
	Bytes
	Int
	Float
	Imag
)

// Constant is a literal. Value is the evaluated text of a Str or Bytes, and the
// source text of a number; see Constant.Int and Constant.Float. Lone surrogates
// of a Str are encoded as three bytes each, as in UTF-8 without its
// restriction.
type Constant struct {
	exprNode
	Kind  ConstKind
	U     bool // written with the prefix u
	Value string
}

// Attribute is value.attr; NameSpan is the span of attr.
type Attribute struct {
	exprNode
	Value    Expr
	Attr     string
	NameSpan Span
	Ctx      Context
}

// Subscript is value[slice].
type Subscript struct {
	exprNode
	Value Expr
	Slice Expr
	Ctx   Context
}

// Starred is *value.
type Starred struct {
	exprNode
	Value Expr
	Ctx   Context
}

// Name is an identifier, normalised to NFKC.
type Name struct {
	exprNode
	ID  string
	Ctx Context
}

// List is a list display.
type List struct {
	exprNode
	Elts []Expr
	Ctx  Context
}

// Tuple is a tuple, with or without parentheses.
type Tuple struct {
	exprNode
	Elts []Expr
	Ctx  Context
}

// Slice is lower:upper:step within a subscript; each may be nil.
type Slice struct {
	exprNode
	Lower, Upper, Step Expr
}

// Arguments are the parameters of a function. Defaults belong to the last of
// PosonlyArgs and Args. KwDefaults has one entry, possibly nil, for each
// Kwonlyarg.
type Arguments struct {
	Posonlyargs []*Arg
	Args        []*Arg
	Vararg      *Arg
	Kwonlyargs  []*Arg
	KwDefaults  []Expr
	Kwarg       *Arg
	Defaults    []Expr
}

// Arg is one parameter; Annotation may be nil.
type Arg struct {
	Span
	Arg        string
	Annotation Expr
}
