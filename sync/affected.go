package sync

import (
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/pychange"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Affected is what the change of a global reaches: what changed in its code, and who
// uses that.
type Affected struct {
	// Names lists the changed functions, classes and other names, sorted. An empty name
	// is code that runs on import, or all of the code if it can't be compared.
	Names []ChangedName `json:"names"`
	// Entities lists what uses a changed or removed name directly or through other
	// globals, without globals, sorted.
	Entities []AffectedEntity `json:"entities"`
}

// ChangedName is a name of a global. How is "changed", "removed" or "added".
type ChangedName struct {
	Name string `json:"name"`
	How  string `json:"how"`
}

// AffectedEntity is an entity whose code uses what changed in a global.
type AffectedEntity struct {
	Kind panther.Kind `json:"kind"`
	ID   string       `json:"id"`
	// Path is its spec; empty if the repository has none.
	Path string `json:"path,omitempty"`
	// Uses lists the names that it uses, as "module.name", and Through the other globals
	// between it and the changed one, sorted.
	Uses    []string `json:"uses"`
	Through []string `json:"through,omitempty"`
	// Changed says that the plan changes it, too.
	Changed bool `json:"changed,omitempty"`
}

// Key returns the key of the entity.
func (e AffectedEntity) Key() panther.Key { return panther.Key{Kind: e.Kind, ID: e.ID} }

// Untouched returns the entities that the plan does not change itself.
func (a *Affected) Untouched() []AffectedEntity {
	return slices.DeleteFunc(slices.Clone(a.Entities), func(e AffectedEntity) bool { return e.Changed })
}

// reach finds what the plan's changes of globals reach. It looks at the code that is
// live after the plan.
func (p *Plan) reach(live Live, r *repo.Repo) {
	changed := map[panther.Key]Change{}
	some := false
	for _, c := range p.Changes {
		changed[c.Key()] = c
		some = some || c.changesGlobal()
	}
	if !some {
		return
	}
	x := reacher{modules: map[string]*pychange.Module{}, globals: map[string]string{}, bodies: map[panther.Key]string{}, changed: changed, paths: map[panther.Key]string{}}
	for key, e := range live {
		x.put(key, bodyOf(e))
	}
	for _, c := range p.Changes {
		if old, ok := c.Replaced(); ok {
			x.put(old, "")
		}
		if c.Action == Delete {
			x.put(c.Key(), "")
			continue
		}
		for _, f := range c.Fields {
			if text, ok := f.After.(string); ok && f.Name == panther.FieldBody {
				x.put(c.Key(), text)
			}
		}
	}
	for _, it := range r.Items {
		x.paths[it.Key()] = it.Path
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.changesGlobal() {
			c.Affected = x.of(c.ID, bodyOf(live[c.Key()]))
		}
	}
}

// changesGlobal reports whether a change changes or removes the code of a global.
func (c Change) changesGlobal() bool {
	return c.Kind == panther.Global && (c.Action == Delete || c.Action == Update && slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return f.Name == panther.FieldBody }))
}

func bodyOf(e panther.Entity) string {
	text, _ := e.Fields[panther.FieldBody].(string)
	return text
}

// reacher has the code after a plan, and parses each text once.
type reacher struct {
	// globals are the bodies of globals by id, and bodies those of all others.
	globals map[string]string
	bodies  map[panther.Key]string
	modules map[string]*pychange.Module
	changed map[panther.Key]Change
	paths   map[panther.Key]string
}

func (x *reacher) put(k panther.Key, body string) {
	switch {
	case k.Kind == panther.Global && body == "":
		delete(x.globals, k.ID)
	case k.Kind == panther.Global:
		x.globals[k.ID] = body
	case body == "":
		delete(x.bodies, k)
	default:
		x.bodies[k] = body
	}
}

// module parses a text; nil if it is not Python.
func (x *reacher) module(body string) *pychange.Module {
	m, known := x.modules[body]
	if !known {
		m, _ = pychange.Parse(body)
		x.modules[body] = m
	}
	return m
}

// of returns what the change of a global reaches; nil for nothing.
func (x *reacher) of(id, before string) *Affected {
	out := &Affected{Entities: []AffectedEntity{}}
	reached := reached{why: map[string]map[string]pychange.Cause{}}
	was, is := x.module(before), x.module(x.globals[id])
	var changed []string
	switch {
	case was == nil || is == nil && x.globals[id] != "":
		// Any name may be another one.
		reached.all = id
		out.Names = []ChangedName{{"", pychange.Changed}}
	default:
		if is == nil {
			is = &pychange.Module{}
		}
		for _, c := range pychange.Compare(was, is) {
			out.Names = append(out.Names, ChangedName{c.Name, c.How})
			if c.How != pychange.Added {
				changed = append(changed, c.Name)
			}
		}
		if len(out.Names) == 0 {
			return nil // comments and formatting
		}
		reached.why[id] = is.Affected(id, changed, func(pychange.Name) bool { return false })
	}
	x.through(id, &reached)
	for _, key := range slices.SortedFunc(maps.Keys(x.bodies), panther.Key.Compare) {
		if e, ok := x.entity(key, id, &reached); ok {
			out.Entities = append(out.Entities, e)
		}
	}
	return out
}

// reached has the names that use what changed, by module, with what they use.
type reached struct {
	why map[string]map[string]pychange.Cause
	// all is the module of which every name counts.
	all string
	// stars has the modules of which a module imports all names.
	stars map[string][]string
}

func (r *reached) has(n pychange.Name) bool { return r.depth(n, 0) }

// depth is has, through imports of all names, of which there are only few.
func (r *reached) depth(n pychange.Name, depth int) bool {
	names := r.why[n.Module]
	if n.Module == r.all || n.Name == pychange.Any && len(names) > 0 {
		return true
	}
	if _, ok := names[n.Name]; ok {
		return true
	}
	return depth < 5 && n.Name != "" && slices.ContainsFunc(r.stars[n.Module], func(star string) bool { return r.depth(pychange.Name{Module: star, Name: n.Name}, depth+1) })
}

// through adds the names of other globals that use what was reached.
func (x *reacher) through(id string, r *reached) {
	r.stars = map[string][]string{}
	queue := []string{id}
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for _, other := range slices.Sorted(maps.Keys(x.globals)) {
			if other == id || !strings.Contains(x.globals[other], from) {
				continue
			}
			m := x.module(x.globals[other])
			if m == nil || !m.Imports(from) {
				continue
			}
			if stars := m.Stars(); len(stars) > 0 && len(r.stars[other]) == 0 {
				r.stars[other] = stars
				queue = append(queue, other)
			}
			if found := m.Affected(other, nil, r.has); len(found) > len(r.why[other]) {
				r.why[other] = found
				queue = append(queue, other)
			}
		}
	}
}

// entity returns how an entity uses what was reached.
func (x *reacher) entity(key panther.Key, id string, r *reached) (AffectedEntity, bool) {
	body := x.bodies[key]
	near := r.all == id && strings.Contains(body, id)
	for module := range r.why {
		near = near || strings.Contains(body, module)
	}
	for module := range r.stars {
		near = near || strings.Contains(body, module)
	}
	if !near {
		return AffectedEntity{}, false
	}
	m := x.module(body)
	if m == nil {
		return AffectedEntity{}, false
	}
	uses := m.Uses(r.has)
	if len(uses) == 0 {
		return AffectedEntity{}, false
	}
	_, changed := x.changed[key]
	out := AffectedEntity{Kind: key.Kind, ID: key.ID, Path: x.paths[key], Changed: changed}
	between := map[string]bool{}
	for _, n := range uses {
		out.Uses = append(out.Uses, strings.TrimSuffix(n.Module+"."+n.Name, "."))
		// The causes lead to the changed module. They are acyclic, since each name was
		// reached after its cause, but content decides, so don't rely on it.
		for range 100 {
			if n.Module == id {
				break
			}
			between[n.Module] = true
			why, known := r.why[n.Module][n.Name]
			if i := slices.IndexFunc(r.stars[n.Module], func(star string) bool { return r.has(pychange.Name{Module: star, Name: n.Name}) }); !known && i >= 0 {
				why, known = pychange.Name{Module: r.stars[n.Module][i], Name: n.Name}, true
			}
			if !known || why == (pychange.Cause{}) {
				break
			}
			n = why
		}
	}
	out.Through = slices.Sorted(maps.Keys(between))
	return out, true
}
