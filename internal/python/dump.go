package python

import (
	"sort"
	"strconv"
)

// Dump returns a module in the format of ast.dump(tree,
// include_attributes=True) in CPython 3.11: columns count bytes of UTF-8 from
// 0. Nodes that do not exist in 3.11 are written as in later versions.
func Dump(m *Module) string { return string(appendDump(nil, m)) }

// appendDump is like Dump, but appends to b.
func appendDump(b []byte, m *Module) []byte {
	d := dumper{b: b, lines: m.lines}
	d.raw("Module(body=")
	d.stmts(m.Body)
	d.raw(", type_ignores=[])")
	return d.b
}

type dumper struct {
	b     []byte
	lines lineTable
	line  int // of the last position, because the next is usually near
	// code leaves out positions and docstrings.
	code bool
}

// AppendCode appends a statement in the format of Dump, without positions and
// docstrings. Two statements with the same code do the same, whatever their comments
// and their formatting.
func AppendCode(b []byte, s Stmt) []byte {
	d := &dumper{b: b, code: true}
	d.stmt(s)
	return d.b
}

// Docstring reports whether a statement is a text that does nothing, such as a
// docstring.
func Docstring(s Stmt) bool {
	e, ok := s.(*ExprStmt)
	if !ok {
		return false
	}
	c, ok := e.Value.(*Constant)
	return ok && c.Kind == Str
}

// definition writes the body of a function or a class.
func (d *dumper) definition(list []Stmt) {
	if d.code && len(list) > 0 && Docstring(list[0]) {
		list = list[1:]
	}
	d.body(", body=", list)
}

func (d *dumper) raw(s string) { d.b = append(d.b, s...) }

func (d *dumper) position(off int32) (line, col int) {
	i := d.line
	switch {
	case i < len(d.lines) && d.lines[i] <= off && (i+1 == len(d.lines) || off < d.lines[i+1]):
	case i+1 < len(d.lines) && d.lines[i+1] <= off && (i+2 == len(d.lines) || off < d.lines[i+2]):
		i++
	default:
		i = sort.Search(len(d.lines), func(i int) bool { return d.lines[i] > off }) - 1
	}
	d.line = i
	return i + 1, int(off - d.lines[i])
}

func (d *dumper) attrs(n Node, first bool) {
	if d.code {
		d.raw(")")
		return
	}
	if !first {
		d.raw(", ")
	}
	line, col := d.position(int32(n.Pos()))
	d.raw("lineno=")
	d.b = strconv.AppendInt(d.b, int64(line), 10)
	d.raw(", col_offset=")
	d.b = strconv.AppendInt(d.b, int64(col), 10)
	line, col = d.position(int32(n.End()))
	d.raw(", end_lineno=")
	d.b = strconv.AppendInt(d.b, int64(line), 10)
	d.raw(", end_col_offset=")
	d.b = strconv.AppendInt(d.b, int64(col), 10)
	d.raw(")")
}

// end closes a node that has at least one field.
func (d *dumper) end(n Node) { d.attrs(n, false) }

func (d *dumper) str(field, s string) {
	d.raw(field)
	d.b = appendRepr(d.b, s)
}

// opt writes a field that CPython omits if it is None.
func (d *dumper) opt(field string, e Expr) {
	if e != nil {
		d.raw(field)
		d.expr(e)
	}
}

func (d *dumper) sub(field string, e Expr) {
	d.raw(field)
	d.expr(e)
}

func dumpList[T any](d *dumper, list []T, one func(T)) {
	d.raw("[")
	for i, x := range list {
		if i > 0 {
			d.raw(", ")
		}
		one(x)
	}
	d.raw("]")
}

func (d *dumper) exprs(field string, list []Expr) {
	d.raw(field)
	dumpList(d, list, func(e Expr) {
		if e == nil {
			d.raw("None")
			return
		}
		d.expr(e)
	})
}

func (d *dumper) stmts(list []Stmt) { dumpList(d, list, d.stmt) }

func (d *dumper) body(field string, list []Stmt) {
	d.raw(field)
	d.stmts(list)
}

func (d *dumper) names(field string, list []string) {
	d.raw(field)
	dumpList(d, list, func(s string) { d.b = appendRepr(d.b, s) })
}

func (d *dumper) op(field string, o Operator) {
	d.raw(field)
	d.raw(operatorNames[o])
	d.raw("()")
}

func (d *dumper) ctx(c Context) {
	switch c {
	case Load:
		d.raw(", ctx=Load()")
	case Store:
		d.raw(", ctx=Store()")
	default:
		d.raw(", ctx=Del()")
	}
}

func (d *dumper) generators(list []Comprehension) {
	d.raw(", generators=")
	dumpList(d, list, func(c Comprehension) {
		d.sub("comprehension(target=", c.Target)
		d.sub(", iter=", c.Iter)
		d.exprs(", ifs=", c.Ifs)
		if c.IsAsync {
			d.raw(", is_async=1)")
		} else {
			d.raw(", is_async=0)")
		}
	})
}

func (d *dumper) keywords(list []*Keyword) {
	d.raw(", keywords=")
	dumpList(d, list, func(k *Keyword) {
		d.raw("keyword(")
		if k.Arg != "" {
			d.str("arg=", k.Arg)
			d.raw(", ")
		}
		d.sub("value=", k.Value)
		d.end(k)
	})
}

func (d *dumper) arg(a *Arg) {
	d.str("arg(arg=", a.Arg)
	d.opt(", annotation=", a.Annotation)
	d.end(a)
}

func (d *dumper) arguments(a *Arguments) {
	d.raw("arguments(posonlyargs=")
	dumpList(d, a.Posonlyargs, d.arg)
	d.raw(", args=")
	dumpList(d, a.Args, d.arg)
	if a.Vararg != nil {
		d.raw(", vararg=")
		d.arg(a.Vararg)
	}
	d.raw(", kwonlyargs=")
	dumpList(d, a.Kwonlyargs, d.arg)
	d.exprs(", kw_defaults=", a.KwDefaults)
	if a.Kwarg != nil {
		d.raw(", kwarg=")
		d.arg(a.Kwarg)
	}
	d.exprs(", defaults=", a.Defaults)
	d.raw(")")
}

func (d *dumper) typeParams(list []TypeParam) {
	if len(list) == 0 {
		return
	}
	d.raw(", type_params=")
	dumpList(d, list, d.typeParam)
}

func (d *dumper) typeParam(t TypeParam) {
	switch t := t.(type) {
	case *TypeVar:
		d.str("TypeVar(name=", t.Name)
		d.opt(", bound=", t.Bound)
		d.opt(", default_value=", t.Default)
	case *ParamSpec:
		d.str("ParamSpec(name=", t.Name)
		d.opt(", default_value=", t.Default)
	case *TypeVarTuple:
		d.str("TypeVarTuple(name=", t.Name)
		d.opt(", default_value=", t.Default)
	}
	d.end(t)
}

func (d *dumper) aliases(list []Alias) {
	dumpList(d, list, func(a Alias) {
		d.str("alias(name=", a.Name)
		if a.AsName != "" {
			d.str(", asname=", a.AsName)
		}
		d.end(a)
	})
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}
