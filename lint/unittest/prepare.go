package unittest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/detection"
	"github.com/pdac-dev/pdac/internal/glob"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// prepare reads the tests of a detection, judges those that need no Python, and makes the
// request for the others.
func (r *run) prepare(ctx context.Context, u *unit) error {
	it := u.item
	if it.tests == nil || !it.tests.HasTests {
		return nil
	}
	spec, err := r.now.item(ctx, it.tests)
	if err != nil {
		return err
	}
	if u.tests, err = spec.UnitTests(); err != nil {
		return err
	}
	u.results, u.chosen = make([]Test, len(u.tests)), make([]bool, len(u.tests))
	for i, t := range u.tests {
		u.chosen[i] = r.wanted(it, t.Name)
		u.results[i] = Test{ID: it.spec.ID, Kind: it.kind(), Path: it.tests.Path, Line: t.Line, Name: t.Name, Expected: t.Expected}
		if it.python() {
			u.results[i].Main = it.moduleKind().Main()
		}
		if t.Fault != nil && u.chosen[i] {
			u.results[i].fail(Errored, Error{Type: "InvalidTest", Message: t.Fault.Error()})
		}
	}
	if it.missing != "" {
		u.notRun(it.missing)
		return nil
	}
	code, err := r.now.item(ctx, it.code)
	if err != nil {
		return err
	}
	own, err := r.now.item(ctx, it.spec)
	if err != nil {
		return err
	}
	if !it.python() {
		r.judgeInGo(u, code, own)
		return nil
	}
	return r.preparePython(ctx, u, code, own)
}

// preparePython makes the request of a detection in Python.
func (r *run) preparePython(ctx context.Context, u *unit, code, own *repo.Item) error {
	body, err := r.now.body(ctx, u.code.BodyPath)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		u.notRun(fmt.Sprintf("%s: %v", u.code.BodyPath, err))
		return nil
	}
	createAlert := scalar(own.Root, "CreateAlert")
	if createAlert == "" {
		createAlert = scalar(code.Root, "CreateAlert")
	}
	u.noAlert = strings.EqualFold(createAlert, "false")
	u.request = pyrun.Request{ID: u.spec.ID, Kind: u.moduleKind(), Path: u.code.BodyPath, Body: body, Lines: r.lines}
	filters := u.filtersOf(code, own)
	for i, t := range u.tests {
		if !u.chosen[i] || u.results[i].Status != "" {
			continue
		}
		if u.filter(i, filters) {
			continue
		}
		u.asked = append(u.asked, i)
		u.request.Tests = append(u.request.Tests, pyrun.Test{Event: compact(t.Event), Mocks: mocksOf(t)})
	}
	return nil
}

func mocksOf(t repo.UnitTest) (out []pyrun.Mock) {
	for _, m := range t.Mocks {
		out = append(out, pyrun.Mock{Name: m.Name, Value: m.Value})
	}
	return out
}

// notRun sets the status of all tests that have none.
func (u *unit) notRun(reason string) {
	for i := range u.results {
		if u.results[i].Status == "" && u.chosen[i] {
			u.results[i].Status, u.results[i].Reason = NotRun, reason
		}
	}
}

func chosenName(name string, globs []string) bool {
	for _, g := range globs {
		if glob.Match(g, name) {
			return true
		}
	}
	return len(globs) == 0
}

// setup reads what all Python shares.
func (st *state) setup(ctx context.Context) (pyrun.Setup, error) {
	out := pyrun.Setup{Globals: map[string]pyrun.Source{}}
	for _, name := range sortedKeys(st.globals) {
		g := st.globals[name]
		if st.bodies[g.BodyPath] == nil {
			continue
		}
		if text, err := st.body(ctx, g.BodyPath); err == nil {
			out.Globals[name] = pyrun.Source{Path: g.BodyPath, Text: text}
		}
	}
	for _, f := range st.specs {
		if f.Type != repo.TypeDataModel || !f.Enabled {
			continue
		}
		it, err := st.item(ctx, f)
		if err != nil {
			return out, err
		}
		m := pyrun.DataModel{ID: f.ID, LogTypes: append([]string{}, f.LogTypes...), Mappings: mappings(it.Root)}
		if st.bodies[f.BodyPath] != nil {
			if m.Body, err = st.body(ctx, f.BodyPath); err == nil {
				m.Path = f.BodyPath
			}
		}
		out.DataModels = append(out.DataModels, m)
	}
	return out, ctx.Err()
}

// mappings reads those of a data model.
func mappings(root *yaml.Node) []pyrun.Mapping {
	out := []pyrun.Mapping{}
	list := yamlcore.Lookup(root, "Mappings")
	if list == nil || list.Kind != yaml.SequenceNode {
		return out
	}
	for _, c := range list.Content {
		m := pyrun.Mapping{Name: scalar(c, "Name"), Path: scalar(c, "Path"), Method: scalar(c, "Method")}
		if m.Path != "" {
			m.Steps = steps(m.Path)
		}
		out = append(out, m)
	}
	return out
}

// steps parses the path of a mapping; nil if it can't be read.
func steps(path string) []any {
	parsed, err := detection.ParsePath(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."))
	if err != nil {
		return nil
	}
	out := make([]any, 0, len(parsed))
	for _, s := range parsed {
		switch {
		case s.Index == "*":
			out = append(out, nil)
		case s.Index != "":
			n, err := strconv.Atoi(s.Index)
			if err != nil {
				return nil
			}
			out = append(out, n)
		default:
			out = append(out, s.Key)
		}
	}
	return out
}

// compact removes the spaces of a JSON text, and keeps its numbers as they are.
func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
