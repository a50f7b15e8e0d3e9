package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// rulePD307 finds import cycles between globals.
func rulePD307() Rule {
	return Rule{
		ID: "PD307", Name: "import-cycle", Severity: Error,
		Doc: Doc{
			What: "Globals import each other in a cycle.",
			Why:  "The first global to be imported needs names of another one that are not defined yet, so the import fails. There is also no valid deployment order.",
			Bad: `
-- global_helpers/a.yml --
AnalysisType: global
GlobalID: a
Filename: a.py
-- global_helpers/a.py --
from b import two

one = 1
-- global_helpers/b.yml --
AnalysisType: global
GlobalID: b
Filename: b.py
-- global_helpers/b.py --
from a import one

two = one + one
`,
			Good: `
-- global_helpers/a.yml --
AnalysisType: global
GlobalID: a
Filename: a.py
-- global_helpers/a.py --
one = 1
-- global_helpers/b.yml --
AnalysisType: global
GlobalID: b
Filename: b.py
-- global_helpers/b.py --
from a import one

two = one + one
`,
			Configure: "Imports inside a function or under `if TYPE_CHECKING` are not counted, because they don't run when the module is imported.",
		},
		CollectPython: pd307Collect,
		Repo:          pd307,
	}
}

// pd307Collect collects the modules that are imported when the file is imported.
// Imports in functions run later, imports for types never run, and imports in a
// try may fail, so these are not included.
func pd307Collect(p *PythonPass) (out []Fact) {
	if p.module() == nil {
		return nil
	}
	var visit func(n python.Node)
	visit = func(n python.Node) {
		switch n := n.(type) {
		case python.Expr, *python.FunctionDef:
			return
		case *python.Try:
			if len(n.Handlers) > 0 {
				return
			}
		case *python.If:
			if typesOnly(n) {
				return
			}
		case *python.Import:
			for _, a := range n.Names {
				out = append(out, Fact{Name: strings.Clone(a.Name), Range: p.File.rangeOf(a.Span)})
			}
		case *python.ImportFrom:
			if n.Level == 0 {
				out = append(out, Fact{Name: strings.Clone(n.Module), Range: p.File.header(n)})
			}
		}
		python.Children(n, visit)
	}
	visit(p.module())
	return out
}

// maxImportSteps is the maximum number of imports that are followed to find cycles. Later
// cycles are found once the first ones are gone.
const maxImportSteps = 200_000

// globalImport is the import of a global by another one.
type globalImport struct {
	to string
	at Range
}

// onCycles drops the globals that are on no cycle because no way leads out of them, or
// none into them.
func onCycles(imports map[string][]globalImport) {
	users := map[string][]string{}
	for id, list := range imports {
		for _, i := range list {
			users[i.to] = append(users[i.to], id)
		}
	}
	// drop removes those that nothing is left for, and then what only they kept.
	drop := func(left map[string]int, behind func(string) []string) {
		var ends []string
		for id := range imports {
			if left[id] == 0 {
				ends = append(ends, id)
			}
		}
		for len(ends) > 0 {
			id := ends[len(ends)-1]
			ends = ends[:len(ends)-1]
			for _, other := range behind(id) {
				if left[other]--; left[other] == 0 {
					ends = append(ends, other)
				}
			}
			delete(imports, id)
		}
	}
	left := map[string]int{}
	for id, list := range imports {
		left[id] = len(list)
	}
	drop(left, func(id string) []string { return users[id] })
	left = map[string]int{}
	for _, list := range imports {
		for _, i := range list {
			left[i.to]++
		}
	}
	drop(left, func(id string) (out []string) {
		for _, i := range imports[id] {
			out = append(out, i.to)
		}
		return out
	})
}

func pd307(p *RepoPass) {
	edges := map[string][]globalImport{}
	file := map[string]*Facts{}
	var ids []string
	for g := range p.Specs(repo.TypeGlobal) {
		id := g.Spec.ID.Value
		f := p.File(g.Spec.BodyPath)
		if f == nil || f.Python == nil || id == "" || file[id] != nil {
			continue
		}
		file[id] = f
		ids = append(ids, id)
		edges[id] = nil // one that imports nothing ends the ways to it
		for _, i := range p.Collected(f) {
			if p.Global(i.Name) != nil {
				edges[id] = append(edges[id], globalImport{i.Name, i.Range})
			}
		}
	}
	slices.Sort(ids)
	onCycles(edges)
	told := map[string]bool{}
	steps := 0
	for _, start := range ids {
		if told[start] || len(edges[start]) == 0 || steps > maxImportSteps {
			continue
		}
		// Find the shortest path from the global back to itself.
		from := map[string]globalImport{}
		queue := []string{start}
		for len(queue) > 0 && from[start].to == "" {
			at := queue[0]
			queue = queue[1:]
			steps += len(edges[at])
			for _, e := range edges[at] {
				if _, seen := from[e.to]; !seen {
					from[e.to] = globalImport{at, e.at}
					queue = append(queue, e.to)
				}
			}
		}
		if from[start].to == "" {
			continue
		}
		way := []string{start}
		for at := from[start].to; at != start; at = from[at].to {
			way = append(way, at)
		}
		way = append(way, start)
		slices.Reverse(way)
		out := p.reportBody(file[start], from[way[1]].at, "import cycle between globals: %s", strings.Join(way, " → "))
		out.Hint = "move the shared code to a separate global, or import inside the function that needs it"
		out.Key = strings.Join(way, " ")
		for _, id := range way[1 : len(way)-1] {
			out.Related = append(out.Related, Location{Path: file[id].Path, Message: "imports the next one"})
		}
		for _, id := range way {
			told[id] = true
		}
	}
}
