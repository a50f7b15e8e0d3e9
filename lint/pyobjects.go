package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
)

// methodCalls collects the calls of methods of the objects that functions and classes
// make: NOISE.name() after NOISE = make_noise(event). Value begins with the method,
// after a dot, and the function.
func methodCalls(b *body, own map[string]bool) (out []Fact) {
	for _, c := range b.symbols().Classes {
		own[c.Name] = true
	}
	objects := b.objects(own)
	for _, c := range b.calls {
		a, ok := c.Func.(*python.Attribute)
		if !ok {
			continue
		}
		made := ""
		switch v := a.Value.(type) {
		case *python.Name:
			made = objects[v.ID]
		case *python.Call:
			made = b.maker(v, own)
		}
		if made == "" {
			continue
		}
		module, name, _ := strings.Cut(made, ".")
		if value, ok := argumentsOf("."+a.Attr+" "+name, c.Call); ok {
			out = append(out, Fact{Name: strings.Clone(module), Value: value, Range: b.rangeOf(a.NameSpan)})
		}
	}
	return out
}

// objects returns the variables that are only ever assigned what one function or class
// makes, as maker returns it.
func (b *body) objects(own map[string]bool) map[string]string {
	out, bindings := map[string]string{}, map[string]int{}
	python.Inspect(b.module, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Name:
			if n.Ctx != python.Load {
				bindings[n.ID]++
			}
		case *python.Arg:
			bindings[n.Arg]++
		case *python.Assign:
			t, ok := n.Targets[0].(*python.Name)
			c, call := n.Value.(*python.Call)
			if !ok || !call || len(n.Targets) != 1 {
				break
			}
			if made := b.maker(c, own); made != "" && (out[t.ID] == "" || out[t.ID] == made) {
				out[t.ID] = made
				bindings[t.ID]--
			}
		}
		return true
	})
	for name, made := range out {
		if made == "" || bindings[name] > 0 || b.bound[name] != "" || own[name] {
			delete(out, name)
		}
	}
	return out
}

// maker returns the module, "" for the file itself, and the name of what a call calls,
// joined with a dot; "" if that is unknown or in the standard library.
func (b *body) maker(c *python.Call, own map[string]bool) string {
	switch fn := c.Func.(type) {
	case *python.Name:
		switch q := b.bound[fn.ID]; {
		case b.rebound[fn.ID]:
			return ""
		case own[fn.ID] && q == "":
			return "." + fn.ID
		case q != "" && strings.Count(q, ".") == 1 && !python.Stdlib(q):
			return q
		}
	case *python.Attribute:
		if root, ok := fn.Value.(*python.Name); ok && !b.rebound[root.ID] && b.bound[root.ID] != "" && !strings.Contains(b.bound[root.ID], ".") && !python.Stdlib(b.bound[root.ID]) {
			return b.bound[root.ID] + "." + fn.Attr
		}
	}
	return ""
}

// classes returns the classes of the objects that a function or a class makes; nil if
// one is unknown.
func (p *PythonFacts) classes(maker string) (out []*PythonClass) {
	names := []string{maker}
	if f, ok := p.onlyFunction(maker); ok {
		names = f.Makes
	}
	for _, name := range names {
		all := p.named().classes[name]
		if len(all) != 1 {
			return nil
		}
		out = append(out, all[0])
	}
	return out
}

// checkMethod checks a call of a method; parts are its name, what made the object, and
// the arguments.
func (p *RepoPass) checkMethod(f, g *Facts, fact Fact, parts []string) {
	name := strings.TrimPrefix(parts[0], ".")
	n, err := strconv.Atoi(parts[2])
	if err != nil || strings.HasPrefix(name, "__") {
		return
	}
	var wrong, hint string
	var at *PythonFunction
	open, names := false, []string{}
	classes := g.Python.classes(parts[1])
	for _, c := range classes {
		open = open || c.Open || slices.Contains(c.Attributes, name)
		for i := range c.Methods {
			m := &c.Methods[i]
			if names = append(names, m.Name); m.Name != name {
				continue
			}
			if m.Decorated || len(m.Params) == 0 {
				return
			}
			bare := *m
			if m.Params[0].Kind == Positional || m.Params[0].Kind == PositionalOnly {
				bare.Params = m.Params[1:]
			}
			w := bare.misfit(n, parts[3:])
			if w == "" {
				return // it fits one of them
			}
			wrong, hint, at = name+" "+w, "it is defined as "+m.signature(), m
		}
	}
	switch {
	case len(classes) == 0 || at == nil && open:
		return
	case at == nil:
		wrong = fmt.Sprintf("%s has no method %q", classes[0].Name, name)
		at = &PythonFunction{Range: classes[0].Range}
		if near, ok := p.nearest(name, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	out := p.reportBody(f, fact.Range, "%s", wrong)
	out.Key, out.Hint = fact.Value, hint
	out.Related = []Location{{Path: g.Path, Range: at.Range, Message: "the definition"}}
}
