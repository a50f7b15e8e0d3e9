package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// getters are the methods of the event, and of its parts, that return None for what is
// missing, and whether their default is a keyword argument.
var getters = map[string]bool{"get": false, "deep_get": true, "deep_walk": true, "udm": true}

// added are the parts that Panther adds to every event.
var added = map[string]bool{
	"event\x00p_log_type": true, "event\x00p_row_id": true, "event\x00p_event_time": true, "event\x00p_parse_time": true, "event\x00p_schema_version": true,
	"event\x00p_source_id": true, "event\x00p_source_label": true,
}

// takesNone are functions that fail if the argument of an index is None, and the default
// that fits.
var takesNone = map[string]struct {
	arg      int
	fallback string
}{
	"len": {0, "[]"}, "iter": {0, "[]"}, "sorted": {0, "[]"}, "list": {0, "[]"}, "set": {0, "[]"}, "tuple": {0, "[]"}, "frozenset": {0, "[]"},
	"any": {0, "[]"}, "all": {0, "[]"}, "sum": {0, "[]"}, "enumerate": {0, "[]"}, "reversed": {0, "[]"}, "dict": {0, "{}"},
	"int": {0, ""}, "float": {0, ""}, "abs": {0, ""}, "round": {0, ""}, "filter": {1, "[]"}, "map": {1, "[]"},
	"re.match": {1, `""`}, "re.search": {1, `""`}, "re.fullmatch": {1, `""`}, "re.findall": {1, `""`}, "re.finditer": {1, `""`},
	"re.split": {1, `""`}, "re.sub": {2, `""`}, "json.loads": {0, ""}, "fnmatch.fnmatch": {0, `""`}, "base64.b64decode": {0, `""`},
}

// changers are the methods that change a dict or a list.
var changers = []string{"update", "setdefault", "popitem", "clear", "pop", "append", "extend", "insert", "remove", "sort", "reverse"}

// resultTypes are the types of what functions and the methods of texts return.
var resultTypes = map[string]string{
	"len": "a number", "int": "a number", "float": "a number", "sum": "a number", "str": "a string", "repr": "a string", "list": "a list",
	"sorted": "a list", "dict": "a dict", "set": "a set", "tuple": "a tuple", "bool": "true or false", "any": "true or false", "all": "true or false",
	"isinstance": "true or false", "re.match": "a match or None", "re.search": "a match or None", "re.fullmatch": "a match or None",
	"re.findall": "a list", "re.sub": "a string", "json.dumps": "a string", "filter": "an iterator", "map": "an iterator",
}

var methodTypes = map[string]string{
	"lower": "a string", "upper": "a string", "strip": "a string", "title": "a string", "capitalize": "a string", "format": "a string", "join": "a string",
	"split": "a list", "splitlines": "a list", "startswith": "true or false", "endswith": "true or false",
}

// dictMethods are the methods of a dict that read it.
var dictMethods = []string{"get", "items", "keys", "values", "copy"}

var textMethods = []string{
	"lower", "upper", "strip", "lstrip", "rstrip", "startswith", "endswith", "split", "rsplit", "splitlines", "replace", "casefold", "title", "capitalize", "isdigit",
	"partition", "rpartition", "removeprefix", "removesuffix", "find", "encode", "isnumeric", "isalpha", "swapcase", "zfill",
}

// textOrDict returns the default that has a method or an attribute.
func textOrDict(attr string) string {
	switch {
	case slices.Contains(dictMethods, attr):
		return "{}"
	case slices.Contains(textMethods, attr):
		return `""`
	}
	return ""
}

// use notes that a value which may be None is used as if it never was. After it, the
// value is not None: otherwise nothing would have come after it.
func (f *flow) use(at, in python.Expr, v value, how, fallback string, st *facts) *facts {
	if v.null == nil {
		return st
	}
	if other := strings.HasPrefix(v.path, "?"); other && fallback != `""` {
		return st // a dict of the code's own, whose keys it may well know
	}
	if f.guarded == 0 {
		f.uses = append(f.uses, nullUse{at: at, in: in, from: v.null, how: how, fallback: fallback, negated: f.negated > 0})
	}
	return st.know(f, v.path)
}

// call goes through a call.
func (f *flow) call(e *python.Call, st *facts) (value, *facts) {
	v, _, st := f.callWith(e, st)
	return v, st
}

// callWith goes through a call. It also returns the values that it is given.
func (f *flow) callWith(e *python.Call, st *facts) (value, []value, *facts) {
	var base value
	method, ok := e.Func.(*python.Attribute)
	if ok {
		base, st = f.eval(method.Value, st)
		how := "calls ." + method.Attr + "() on it"
		st = f.use(method.Value, e, base, how, textOrDict(method.Attr), st)
	} else {
		_, st = f.eval(e.Func, st)
	}
	args := make([]value, len(e.Args), len(e.Args)+1)
	for i, a := range e.Args {
		args[i], st = f.eval(a, st)
	}
	for _, k := range e.Keywords {
		var v value
		if v, st = f.eval(k.Value, st); k.Arg == "" {
			st = f.use(k.Value, e, v, "unpacks it", "{}", st)
		}
	}
	if ok && base.path != "" {
		if keyword, gets := getters[method.Attr]; gets {
			return f.got(e, e.Args, keyword, base, method.Attr, st), nil, st
		}
		if base.part() && slices.Contains(changers, method.Attr) {
			f.changes = append(f.changes, eventChange{e, f.b.short(method.Value), "calls ." + method.Attr + "() on it"})
		}
	}
	if ok && method.Attr == "get" && base == (value{}) && len(e.Args) == 1 && len(e.Keywords) == 0 {
		if n, isName := method.Value.(*python.Name); isName && !f.b.imported(n) && f.local(n.ID) {
			// Some other dict, which often is a part of the event.
			return f.got(e, e.Args, false, value{path: "?" + n.ID, loose: true}, "get", st), nil, st
		}
	}
	name := f.b.name(e.Func)
	if i := strings.LastIndexByte(name, '.'); i >= 0 && name[i+1:] == "deep_get" && f.b.imported(e.Func) && len(args) > 0 && args[0].path != "" {
		return f.got(e, e.Args[1:], true, args[0], "deep_get", st), nil, st
	}
	if name == "isinstance" && len(args) == 2 && args[0].part() && !strings.HasPrefix(args[0].path, "?") {
		f.typeChecks = append(f.typeChecks, e)
	}
	if t, ok := takesNone[name]; ok && len(e.Args) > t.arg {
		if _, starred := e.Args[t.arg].(*python.Starred); !starred {
			st = f.use(e.Args[t.arg], e, args[t.arg], "passes it to "+name+"()", t.fallback, st)
		}
	}
	if ok && method.Attr == "join" && len(e.Args) == 1 {
		if _, text := method.Value.(*python.Constant); text {
			st = f.use(e.Args[0], e, args[0], "joins it", "[]", st)
		}
	}
	v := value{is: resultTypes[name]}
	if v.is == "" && ok {
		if v.is = methodTypes[method.Attr]; f.b.imported(method) {
			v.is = ""
		}
	}
	return v, append(args, base), st
}

// local reports whether a name is a variable or a parameter, and not one of the file.
func (f *flow) local(name string) bool {
	_, top := f.b.symbols().Defined[name]
	return !top && f.b.rebound[name]
}

// got returns what is known of the value of a call of get and its kind.
func (f *flow) got(e *python.Call, keys []python.Expr, keyword bool, base value, method string, st *facts) value {
	v := value{path: base.path, loose: base.loose || method == "deep_walk"}
	var fallback python.Expr
	if keyword {
		for _, k := range e.Keywords {
			if k.Arg == "default" {
				fallback = k.Value
			} else {
				v = v.in("=" + k.Arg)
			}
			if k.Arg == "" || v.path == "" {
				return v
			}
		}
	} else {
		for _, k := range e.Keywords {
			if k.Arg == "default" { // which the event takes, too
				fallback = k.Value
			}
		}
		if len(keys) == 2 {
			fallback, keys = keys[1], keys[:1]
		}
	}
	if method == "udm" || method == "deep_walk" {
		v = v.in(method + "()")
	}
	for _, k := range keys {
		if _, starred := k.(*python.Starred); starred {
			return value{}
		}
		if v = v.at(f, k); v.path == "" {
			return v
		}
	}
	if fallback != nil {
		v.otherwise = valueType(fallback)
	}
	if (fallback == nil || isNone(fallback)) && len(keys) > 0 && !added[v.path] && !st.knows(v.path) {
		v.null = &source{call: e, keyword: keyword}
	}
	return v
}

// outcome notes what a return of a function that Panther calls can return.
func (f *flow) outcome(s *python.Return, e python.Expr, st *facts) {
	add := func(at python.Expr, v value) {
		f.results = append(f.results, result{f.function, s, at, v})
	}
	switch e := e.(type) {
	case *python.IfExp:
		_, yes, no := f.cond(e.Test, st)
		f.outcome(s, e.Body, yes)
		f.outcome(s, e.Orelse, no)
	case *python.BoolOp:
		for _, x := range e.Values[:len(e.Values)-1] {
			v, yes, no := f.cond(x, st)
			if e.Op == python.And {
				// It is returned where it is false: None, or an empty value.
				if v.is == "" && v.null == nil {
					v.is = v.otherwise
				}
				st = yes
			} else {
				v.null = nil
				st = no
			}
			add(x, v)
		}
		f.outcome(s, e.Values[len(e.Values)-1], st)
	default:
		v, _ := f.eval(e, st)
		if isNone(e) {
			v.is = "None"
		}
		add(e, v)
	}
}
