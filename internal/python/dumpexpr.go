package python

import "strconv"

func (d *dumper) expr(e Expr) {
	switch e := e.(type) {
	case *Name:
		d.str("Name(id=", e.ID)
		d.ctx(e.Ctx)
	case *Constant:
		d.raw("Constant(value=")
		d.b = e.appendValue(d.b)
		if e.U {
			d.raw(", kind='u'")
		}
	case *Attribute:
		d.sub("Attribute(value=", e.Value)
		d.str(", attr=", e.Attr)
		d.ctx(e.Ctx)
	case *Call:
		d.sub("Call(func=", e.Func)
		d.exprs(", args=", e.Args)
		d.keywords(e.Keywords)
	case *Subscript:
		d.sub("Subscript(value=", e.Value)
		d.sub(", slice=", e.Slice)
		d.ctx(e.Ctx)
	case *Starred:
		d.sub("Starred(value=", e.Value)
		d.ctx(e.Ctx)
	case *List:
		d.exprs("List(elts=", e.Elts)
		d.ctx(e.Ctx)
	case *Tuple:
		d.exprs("Tuple(elts=", e.Elts)
		d.ctx(e.Ctx)
	case *Slice:
		if d.slice(e) {
			return
		}
	case *BoolOp:
		d.op("BoolOp(op=", e.Op)
		d.exprs(", values=", e.Values)
	case *NamedExpr:
		d.sub("NamedExpr(target=", e.Target)
		d.sub(", value=", e.Value)
	case *BinOp:
		d.sub("BinOp(left=", e.Left)
		d.op(", op=", e.Op)
		d.sub(", right=", e.Right)
	case *UnaryOp:
		d.op("UnaryOp(op=", e.Op)
		d.sub(", operand=", e.Operand)
	case *Lambda:
		d.raw("Lambda(args=")
		d.arguments(e.Args)
		d.sub(", body=", e.Body)
	case *IfExp:
		d.sub("IfExp(test=", e.Test)
		d.sub(", body=", e.Body)
		d.sub(", orelse=", e.Orelse)
	case *Dict:
		d.exprs("Dict(keys=", e.Keys)
		d.exprs(", values=", e.Values)
	case *Set:
		d.exprs("Set(elts=", e.Elts)
	case *ListComp:
		d.sub("ListComp(elt=", e.Elt)
		d.generators(e.Generators)
	case *SetComp:
		d.sub("SetComp(elt=", e.Elt)
		d.generators(e.Generators)
	case *DictComp:
		d.sub("DictComp(key=", e.Key)
		d.sub(", value=", e.Value)
		d.generators(e.Generators)
	case *GeneratorExp:
		d.sub("GeneratorExp(elt=", e.Elt)
		d.generators(e.Generators)
	case *Await:
		d.sub("Await(value=", e.Value)
	case *Yield:
		d.raw("Yield(")
		if e.Value == nil {
			d.attrs(e, true)
			return
		}
		d.sub("value=", e.Value)
	case *YieldFrom:
		d.sub("YieldFrom(value=", e.Value)
	case *Compare:
		d.sub("Compare(left=", e.Left)
		d.raw(", ops=")
		dumpList(d, e.Ops, func(o Operator) { d.op("", o) })
		d.exprs(", comparators=", e.Comparators)
	case *FormattedValue:
		d.sub("FormattedValue(value=", e.Value)
		d.raw(", conversion=")
		d.b = strconv.AppendInt(d.b, int64(e.Conversion), 10)
		d.opt(", format_spec=", e.FormatSpec)
	case *JoinedStr:
		d.exprs("JoinedStr(values=", e.Values)
	}
	d.end(e)
}

// slice writes a slice, and reports whether it is complete.
func (d *dumper) slice(e *Slice) bool {
	d.raw("Slice(")
	sep := ""
	for _, f := range [...]struct {
		name string
		e    Expr
	}{{"lower=", e.Lower}, {"upper=", e.Upper}, {"step=", e.Step}} {
		if f.e != nil {
			d.raw(sep)
			d.sub(f.name, f.e)
			sep = ", "
		}
	}
	if sep == "" {
		d.attrs(e, true)
		return true
	}
	return false
}
