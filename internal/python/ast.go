package python

// Span is a half-open range of byte offsets into Module.Source.
type Span struct{ Start, Stop int32 }

// Pos returns the offset of the first byte.
func (s Span) Pos() int { return int(s.Start) }

// End returns the offset after the last byte.
func (s Span) End() int { return int(s.Stop) }

// Node is a node of the tree with a position in the source.
type Node interface {
	Pos() int
	End() int
}

// Stmt is a statement.
type Stmt interface {
	Node
	stmt()
}

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Pattern is a pattern of a match statement.
type Pattern interface {
	Node
	pattern()
}

// TypeParam is a type parameter of a function, a class or a type alias (3.12).
type TypeParam interface {
	Node
	typeParam()
}

type stmtNode struct{ Span }
type exprNode struct{ Span }
type patternNode struct{ Span }
type typeParamNode struct{ Span }

func (stmtNode) stmt()           {}
func (exprNode) expr()           {}
func (patternNode) pattern()     {}
func (typeParamNode) typeParam() {}

// Context is whether an expression is read, assigned to or deleted.
type Context uint8

// The three contexts.
const (
	Load Context = iota
	Store
	Del
)

// Operator is a binary, unary, boolean or comparison operator.
type Operator uint8

// The operators, with their names in CPython's ast module.
const (
	Add Operator = iota
	Sub
	Mult
	MatMult
	Div
	Mod
	Pow
	LShift
	RShift
	BitOr
	BitXor
	BitAnd
	FloorDiv
	And
	Or
	Invert
	Not
	UAdd
	USub
	Eq
	NotEq
	Lt
	LtE
	Gt
	GtE
	Is
	IsNot
	In
	NotIn
)

var operatorNames = [...]string{"Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr",
	"BitXor", "BitAnd", "FloorDiv", "And", "Or", "Invert", "Not", "UAdd", "USub", "Eq", "NotEq", "Lt", "LtE", "Gt",
	"GtE", "Is", "IsNot", "In", "NotIn"}

// String returns the operator's name in CPython's ast module, such as "Add".
func (o Operator) String() string { return operatorNames[o] }

// Module is a whole file.
type Module struct {
	Span
	Body []Stmt
	// Comments contains all comments, in order.
	Comments []Comment
	// Source is the text that all offsets refer to: the file decoded to UTF-8,
	// without a byte order mark and with LF line ends.
	Source string
	lines  lineTable
	// needScopes reports whether names must be tracked, because of a
	// declaration or an assignment expression.
	needScopes bool
}

// Comment is one comment, from its # to the end of the line.
type Comment struct{ Span }

// FunctionDef is a def or, with Async, an async def statement.
type FunctionDef struct {
	stmtNode
	Async         bool
	Name          string
	NameSpan      Span
	Args          *Arguments
	Body          []Stmt
	DecoratorList []Expr
	Returns       Expr // nil without ->
	TypeParams    []TypeParam
}

// ClassDef is a class statement.
type ClassDef struct {
	stmtNode
	Name          string
	NameSpan      Span
	Bases         []Expr
	Keywords      []*Keyword
	Body          []Stmt
	DecoratorList []Expr
	TypeParams    []TypeParam
}

// Return is a return statement; Value may be nil.
type Return struct {
	stmtNode
	Value Expr
}

// Delete is a del statement.
type Delete struct {
	stmtNode
	Targets []Expr
}

// Assign is an assignment to one or more targets.
type Assign struct {
	stmtNode
	Targets []Expr
	Value   Expr
}

// AugAssign is an assignment such as x += 1.
type AugAssign struct {
	stmtNode
	Target Expr
	Op     Operator
	Value  Expr
}

// AnnAssign is an annotated assignment; Value may be nil. Simple reports
// whether the target is a bare name.
type AnnAssign struct {
	stmtNode
	Target     Expr
	Annotation Expr
	Value      Expr
	Simple     bool
}

// For is a for or, with Async, an async for statement.
type For struct {
	stmtNode
	Async  bool
	Target Expr
	Iter   Expr
	Body   []Stmt
	Orelse []Stmt
}

// While is a while statement.
type While struct {
	stmtNode
	Test   Expr
	Body   []Stmt
	Orelse []Stmt
}

// If is an if statement. An elif is an If as the only statement of Orelse.
type If struct {
	stmtNode
	Test   Expr
	Body   []Stmt
	Orelse []Stmt
}

// With is a with or, with Async, an async with statement.
type With struct {
	stmtNode
	Async bool
	Items []WithItem
	Body  []Stmt
}

// WithItem is one context manager of a with; OptionalVars may be nil.
type WithItem struct {
	ContextExpr  Expr
	OptionalVars Expr
}

// Match is a match statement.
type Match struct {
	stmtNode
	Subject Expr
	Cases   []*MatchCase
}

// MatchCase is one case of a match; Guard may be nil.
type MatchCase struct {
	Span
	Pattern Pattern
	Guard   Expr
	Body    []Stmt
}

// Raise is a raise statement; Exc and Cause may be nil.
type Raise struct {
	stmtNode
	Exc   Expr
	Cause Expr
}

// Try is a try statement; Star reports whether its handlers are except*.
type Try struct {
	stmtNode
	Star      bool
	Body      []Stmt
	Handlers  []*ExceptHandler
	Orelse    []Stmt
	Finalbody []Stmt
}

// ExceptHandler is an except clause; Type is nil for a bare except, Name is
// empty without as.
type ExceptHandler struct {
	Span
	Type     Expr
	Name     string
	NameSpan Span
	Body     []Stmt
}

// Assert is an assert statement; Msg may be nil.
type Assert struct {
	stmtNode
	Test Expr
	Msg  Expr
}

// Import is an import statement.
type Import struct {
	stmtNode
	Names []Alias
}

// ImportFrom is a from … import statement. Module is empty for "from . import";
// Level is the number of leading dots.
type ImportFrom struct {
	stmtNode
	Module string
	Names  []Alias
	Level  int
}

// Alias is an imported name (or "*"), with the name it is bound to if as is given.
type Alias struct {
	Span
	Name   string
	AsName string
}

// Global is a global statement.
type Global struct {
	stmtNode
	Names []string
}

// Nonlocal is a nonlocal statement.
type Nonlocal struct {
	stmtNode
	Names []string
}

// ExprStmt is an expression statement (Expr in CPython's ast).
type ExprStmt struct {
	stmtNode
	Value Expr
}

// Pass is a pass statement.
type Pass struct{ stmtNode }

// Break is a break statement.
type Break struct{ stmtNode }

// Continue is a continue statement.
type Continue struct{ stmtNode }

// TypeAlias is a type statement (3.12).
type TypeAlias struct {
	stmtNode
	Name       *Name
	TypeParams []TypeParam
	Value      Expr
}

// TypeVar is a type parameter T, T: bound or T = default.
type TypeVar struct {
	typeParamNode
	Name    string
	Bound   Expr
	Default Expr
}

// ParamSpec is a type parameter **P.
type ParamSpec struct {
	typeParamNode
	Name    string
	Default Expr
}

// TypeVarTuple is a type parameter *Ts.
type TypeVarTuple struct {
	typeParamNode
	Name    string
	Default Expr
}

// MatchValue compares with a value.
type MatchValue struct {
	patternNode
	Value Expr
}

// MatchSingleton compares with None, True or False.
type MatchSingleton struct {
	patternNode
	Kind ConstKind
}

// MatchSequence is a sequence pattern.
type MatchSequence struct {
	patternNode
	Patterns []Pattern
}

// MatchMapping is a mapping pattern; Rest is the name behind **, or empty.
type MatchMapping struct {
	patternNode
	Keys     []Expr
	Patterns []Pattern
	Rest     string
}

// MatchClass is a class pattern.
type MatchClass struct {
	patternNode
	Cls         Expr
	Patterns    []Pattern
	KwdAttrs    []string
	KwdPatterns []Pattern
}

// MatchStar is *name; an empty Name is *_.
type MatchStar struct {
	patternNode
	Name string
}

// MatchAs is "pattern as name", a capture (nil Pattern) or _ (empty Name).
type MatchAs struct {
	patternNode
	Pattern Pattern
	Name    string
}

// MatchOr is a choice of patterns.
type MatchOr struct {
	patternNode
	Patterns []Pattern
}
