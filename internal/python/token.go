package python

type kind uint8

// token is only twelve bytes: a file has about one for every six bytes.
type token struct {
	kind       kind
	level      uint8 // open brackets around it, including itself if it opens one
	start, end int32
}

const (
	tEnd kind = iota
	tError
	tNewline
	tIndent
	tDedent
	tName
	tNumber
	tString
	tBad // a character that is not a token, such as $ or ?

	tLPar
	tRPar
	tLSqb
	tRSqb
	tLBrace
	tRBrace
	tColon
	tComma
	tSemi
	tDot
	tEllipsis
	tArrow
	tWalrus
	tEqual

	// Binary operators, in the order of the precedence table.
	tBar
	tCaret
	tAmp
	tLShift
	tRShift
	tPlus
	tMinus
	tStar
	tSlash
	tDoubleSlash
	tPercent
	tAt
	tDoubleStar
	tTilde

	tEqEq
	tNotEq
	tLtGt
	tLess
	tLessEq
	tGreater
	tGreaterEq

	tPlusEq
	tMinusEq
	tStarEq
	tAtEq
	tSlashEq
	tPercentEq
	tAmpEq
	tBarEq
	tCaretEq
	tLShiftEq
	tRShiftEq
	tDoubleStarEq
	tDoubleSlashEq

	kwFalse
	kwNone
	kwTrue
	kwAnd
	kwAs
	kwAssert
	kwAsync
	kwAwait
	kwBreak
	kwClass
	kwContinue
	kwDef
	kwDel
	kwElif
	kwElse
	kwExcept
	kwFinally
	kwFor
	kwFrom
	kwGlobal
	kwIf
	kwImport
	kwIn
	kwIs
	kwLambda
	kwNonlocal
	kwNot
	kwOr
	kwPass
	kwRaise
	kwReturn
	kwTry
	kwWhile
	kwWith
	kwYield
)

func keyword(s string) kind {
	switch len(s) {
	case 2:
		switch s {
		case "as":
			return kwAs
		case "if":
			return kwIf
		case "in":
			return kwIn
		case "is":
			return kwIs
		case "or":
			return kwOr
		}
	case 3:
		switch s {
		case "and":
			return kwAnd
		case "def":
			return kwDef
		case "del":
			return kwDel
		case "for":
			return kwFor
		case "not":
			return kwNot
		case "try":
			return kwTry
		}
	case 4:
		switch s {
		case "None":
			return kwNone
		case "True":
			return kwTrue
		case "elif":
			return kwElif
		case "else":
			return kwElse
		case "from":
			return kwFrom
		case "pass":
			return kwPass
		case "with":
			return kwWith
		}
	case 5:
		switch s {
		case "False":
			return kwFalse
		case "async":
			return kwAsync
		case "await":
			return kwAwait
		case "break":
			return kwBreak
		case "class":
			return kwClass
		case "raise":
			return kwRaise
		case "while":
			return kwWhile
		case "yield":
			return kwYield
		}
	case 6:
		switch s {
		case "assert":
			return kwAssert
		case "except":
			return kwExcept
		case "global":
			return kwGlobal
		case "import":
			return kwImport
		case "lambda":
			return kwLambda
		case "return":
			return kwReturn
		}
	case 7:
		if s == "finally" {
			return kwFinally
		}
	case 8:
		switch s {
		case "continue":
			return kwContinue
		case "nonlocal":
			return kwNonlocal
		}
	}
	return tName
}

// binaryOps contains the precedence and operator of the left-associative
// operators.
var binaryOps = [256]struct {
	prec uint8
	op   Operator
}{
	tBar: {1, BitOr}, tCaret: {2, BitXor}, tAmp: {3, BitAnd}, tLShift: {4, LShift}, tRShift: {4, RShift},
	tPlus: {5, Add}, tMinus: {5, Sub}, tStar: {6, Mult}, tSlash: {6, Div}, tDoubleSlash: {6, FloorDiv},
	tPercent: {6, Mod}, tAt: {6, MatMult},
}

func augOp(k kind) (Operator, bool) {
	switch k {
	case tPlusEq:
		return Add, true
	case tMinusEq:
		return Sub, true
	case tStarEq:
		return Mult, true
	case tAtEq:
		return MatMult, true
	case tSlashEq:
		return Div, true
	case tPercentEq:
		return Mod, true
	case tAmpEq:
		return BitAnd, true
	case tBarEq:
		return BitOr, true
	case tCaretEq:
		return BitXor, true
	case tLShiftEq:
		return LShift, true
	case tRShiftEq:
		return RShift, true
	case tDoubleStarEq:
		return Pow, true
	case tDoubleSlashEq:
		return FloorDiv, true
	}
	return 0, false
}
