package unittest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// logic is what one side runs for a detection.
type logic struct {
	// missing says why nothing runs; "" otherwise.
	missing string
	kind    pyrun.Kind
	// path and body are the Python; spec the match expression of a simple detection.
	path, body string
	spec       *detection.Spec
	filters    *detection.Spec
	code, own  *repo.Item
	// static are the outputs of an alert whose functions return none.
	static map[string]string
}

// parsedSpecs keeps the specs of a side that were parsed.
type parsedSpecs struct {
	mu    sync.Mutex
	items map[*specFacts]*repo.Item
}

// parsed returns a spec, which is parsed once.
func (h *half) parsed(ctx context.Context, f *specFacts) (*repo.Item, error) {
	h.specs.mu.Lock()
	it := h.specs.items[f]
	h.specs.mu.Unlock()
	if it != nil {
		return it, nil
	}
	it, err := h.item(ctx, f)
	if err != nil {
		return nil, err
	}
	h.specs.mu.Lock()
	defer h.specs.mu.Unlock()
	if h.specs.items == nil {
		h.specs.items = map[*specFacts]*repo.Item{}
	}
	h.specs.items[f] = it
	return it, nil
}

// logic reads what a side runs for a detection.
func (h *half) logic(ctx context.Context, it *item) (*logic, error) {
	l := &logic{missing: it.missing}
	if l.missing != "" {
		return l, nil
	}
	var err error
	if l.own, err = h.parsed(ctx, it.spec); err != nil {
		return nil, err
	}
	if l.code, err = h.parsed(ctx, it.code); err != nil {
		return nil, err
	}
	l.filters, _ = filtersOf(l.code, l.own)
	l.static = map[string]string{"severity": strings.ToUpper(l.scalar("Severity")), "title": cmp.Or(l.scalar("DisplayName"), it.spec.ID)}
	switch {
	case it.python():
		l.kind, l.path = it.moduleKind(), it.code.BodyPath
		if l.body, err = h.body(ctx, it.code.BodyPath); err != nil {
			l.missing = it.code.BodyPath + ": " + err.Error()
		}
	case it.code.Type != repo.TypeCorrelationRule:
		if l.spec, _ = detection.Read(l.code.Root); l.spec == nil {
			l.missing = "its match expression can't be read"
		}
	}
	return l, ctx.Err()
}

// scalar returns a value of the spec, or else of its base.
func (l *logic) scalar(key string) string {
	if v := scalar(l.own.Root, key); v != "" {
		return v
	}
	return scalar(l.code.Root, key)
}

// logicKeys are the keys of specs that decide what a detection does with an event. Other
// keys mean the same for all events, and every plan shows them.
var logicKeys = []string{"Detection", "InlineFilters", "AlertTitle", "DynamicSeverities", "AlertContext"}

// causes sets what of a detection's code differs, and reads both sides if something does.
func (c *comparison) causes(ctx context.Context, p *pair, models map[string]behaviour.Name) error {
	before, after := p.items[0], p.items[1]
	var hashes [2]map[string]string
	for k, it := range p.items {
		hashes[k] = map[string]string{}
		for _, g := range it.modules {
			hashes[k][g.ID] = c.sides[k].bodyHash(g)
		}
	}
	add := func(cause string) { p.causes = append(p.causes, cause) }
	if before.python() != after.python() || before.python() && before.moduleKind() != after.moduleKind() || before.missing != after.missing {
		add("type")
	} else if before.python() && before.body.Hash != after.body.Hash {
		add("python")
	}
	for _, name := range sortedKeys(hashes[1]) {
		if was, there := hashes[0][name]; there && was != hashes[1][name] {
			add("global " + name)
			p.sources = append(p.sources, behaviour.Name{Kind: "global", ID: name})
		}
	}
	keysDiffer := before.spec.Hash != after.spec.Hash || before.code != nil && after.code != nil && before.code.Hash != after.code.Hash
	if len(p.causes) == 0 && !keysDiffer && (len(models) == 0 || !after.python()) {
		return nil
	}
	for k, it := range p.items {
		l, err := c.sides[k].logic(ctx, it)
		if err != nil {
			return err
		}
		p.code[k] = l
	}
	if keysDiffer && before.missing == "" && after.missing == "" {
		for _, key := range logicKeys {
			if p.code[0].text(key) != p.code[1].text(key) {
				add(key)
			}
		}
	}
	if after.python() && c.usesModels(ctx, p) {
		for _, t := range p.logTypes() {
			if m, changed := models[t]; changed && !slices.Contains(p.sources, m) {
				add("data model " + m.ID)
				p.sources = append(p.sources, m)
			}
		}
	}
	return ctx.Err()
}

// text returns a key of the logic as JSON.
func (l *logic) text(key string) string {
	n := yamlcore.Lookup(l.own.Root, key)
	if n == nil {
		n = yamlcore.Lookup(l.code.Root, key)
	}
	if n == nil {
		return ""
	}
	v, err := yamlcore.Value(n)
	if err != nil {
		return err.Error()
	}
	out, err := json.Marshal(v)
	return string(out) + textOf(err)
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// logTypes are the log types, resource types or queries whose events both sides get.
func (p *pair) logTypes() (out []string) {
	for _, l := range p.code {
		if l == nil || l.missing != "" {
			continue
		}
		for _, t := range typesOf(l.own, l.code) {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// typesOf lists what a detection gets events of. Resource types and queries have names of
// their own kind: AWS.CloudTrail is a log type, too.
func typesOf(own, code *repo.Item) []string {
	for _, it := range []*repo.Item{own, code} {
		for _, key := range []string{"LogTypes", "ResourceTypes", "ScheduledQueries"} {
			list := texts(yamlcore.Lookup(it.Root, key))
			if kind := map[string]string{"ResourceTypes": "resource ", "ScheduledQueries": "query "}[key]; kind != "" {
				for i := range list {
					list[i] = kind + list[i]
				}
			}
			if len(list) > 0 {
				return list
			}
		}
	}
	return nil
}

// bodyHash names the content of a spec's Python file; "" for none.
func (st *state) bodyHash(f *specFacts) string {
	if b := st.bodies[f.BodyPath]; b != nil {
		return b.Hash
	}
	return ""
}

// changedModels returns the log types whose data model differs, with its name.
func changedModels(before, after *state) map[string]behaviour.Name {
	out := map[string]behaviour.Name{}
	name := func(m *specFacts) string {
		if m == nil {
			return ""
		}
		return m.Hash
	}
	body := func(st *state, m *specFacts) string {
		if m == nil {
			return ""
		}
		return st.bodyHash(m)
	}
	for _, side := range []*state{before, after} {
		for t, m := range side.models {
			b, a := before.models[t], after.models[t]
			if name(b) != name(a) || body(before, b) != body(after, a) {
				if a != nil {
					m = a
				}
				out[t] = behaviour.Name{Kind: "data_model", ID: m.ID}
			}
		}
	}
	return out
}

// usesModels reports whether the Python of a pair asks data models.
func (c *comparison) usesModels(ctx context.Context, p *pair) bool {
	for k, it := range p.items {
		if !it.python() {
			continue
		}
		for _, f := range append([]*specFacts{it.code}, it.modules...) {
			text, err := c.sides[k].body(ctx, f.BodyPath)
			if err == nil && strings.Contains(text, "udm") {
				return true
			}
		}
	}
	return false
}

// changedLines returns the lines of each side's Python that are not in that of the other one,
// by path.
func (c *comparison) changedLines(ctx context.Context) (out [2]map[string][]int, err error) {
	out = [2]map[string][]int{{}, {}}
	add := func(specs [2]*specFacts) error {
		var texts [2]string
		for k, f := range specs {
			if f == nil || f.BodyPath == "" {
				continue
			}
			if _, known := out[k][f.BodyPath]; known {
				return nil
			}
			if texts[k], err = c.sides[k].body(ctx, f.BodyPath); err != nil {
				return ctx.Err()
			}
		}
		for k, f := range specs {
			if f != nil && f.BodyPath != "" {
				out[k][f.BodyPath] = newLines(texts[1-k], texts[k])
			}
		}
		return nil
	}
	var errs []error
	for _, p := range c.pairs {
		for k, it := range p.items {
			if !it.python() {
				continue
			}
			errs = append(errs, add([2]*specFacts{p.items[0].code, p.items[1].code}))
			for _, g := range it.modules {
				specs := [2]*specFacts{c.sides[0].globals[g.ID], c.sides[1].globals[g.ID]}
				specs[k] = g
				errs = append(errs, add(specs))
			}
		}
	}
	for _, side := range out {
		for path, lines := range side {
			if len(lines) == 0 {
				delete(side, path)
			}
		}
	}
	return out, errors.Join(errs...)
}

// newLines lists the lines that a text has and another one has not.
func newLines(before, after string) (out []int) {
	for _, h := range textdiff.Lines(before, after, 0) {
		n := h.NewStart
		for _, l := range h.Lines {
			if l.Op == textdiff.Delete {
				continue
			}
			if l.Op == textdiff.Insert {
				out = append(out, n)
			}
			n++
		}
	}
	return out
}
