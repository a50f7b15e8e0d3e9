package unittest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/cachefile"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/repo"
)

// CoverageResult says which lines of Python tests reach.
type CoverageResult struct {
	// Tests is the result of the unit tests.
	Tests *Result
	// Files are by path.
	Files []CoveredFile
	// Partial are the globals and data models that are not in Files because detections that
	// use them were not selected.
	Partial int
	Took    time.Duration
}

// CoveredFile is a Python file.
type CoveredFile struct {
	Path string
	// Role is detection, global or data_model.
	Role string
	// Lines are the statements that can run, in order.
	Lines []CoveredLine
	// Functions are those of the file, in order.
	Functions []CoveredFunction
	// Source is the text.
	Source string
	// Fault says why the file can't be parsed.
	Fault string
}

// CoveredLine is a statement, and how many detections have tests that reach it. Its
// lines are those up to its own block.
type CoveredLine struct{ Line, EndLine, Hits int }

// CoveredFunction is a function, and how many detections have tests that reach it.
type CoveredFunction struct {
	Name          string
	Line, EndLine int
	Hits          int
}

// Count returns how many lines tests reach, and how many there are.
func (f *CoveredFile) Count() (s Score) {
	for _, l := range f.Lines {
		s.All++
		if l.Hits > 0 {
			s.Noticed++
		}
	}
	return s
}

// Count returns how many lines tests reach, and how many there are.
func (r *CoverageResult) Count() (s Score) {
	for i := range r.Files {
		s.add(r.Files[i].Count())
	}
	return s
}

// Cover runs the unit tests, and finds the lines of Python that they reach.
func Cover(ctx context.Context, in Input, o Options) (*CoverageResult, error) {
	start := time.Now()
	r := newRun(in, o)
	defer r.close()
	r.lines = true
	if err := r.all(ctx, in); err != nil {
		return nil, err
	}
	out := &CoverageResult{Tests: r.res}
	if err := r.cover(ctx, out); err != nil {
		return nil, err
	}
	out.Took = time.Since(start)
	if r.noPython != nil {
		return out, &NoPythonError{r.noPython}
	}
	return out, nil
}

// linesRecord is which lines the tests of a detection reach, by file.
type linesRecord struct{ files []fileLines }

type fileLines struct {
	path  string
	lines []int
}

func codeLines(c *cachefile.Coder, r *linesRecord) {
	cachefile.List(c, &r.files, func(c *cachefile.Coder, f *fileLines) {
		cachefile.Text(c, &f.path)
		cachefile.List(c, &f.lines, (*cachefile.Coder).Int)
	})
}

// reached keeps the lines of an answer that are of the detection's files.
func (u *unit) reached(a pyrun.Answer) {
	own := u.files()
	by := map[string][]int{}
	for path, lines := range a.Lines {
		if slices.Contains(own, path) {
			by[path] = append(by[path], lines...)
		}
	}
	for path, lines := range a.Loads {
		if slices.Contains(own, path) {
			by[path] = append(by[path], lines...)
		}
	}
	u.covered = &linesRecord{}
	for _, path := range sortedKeys(by) {
		slices.Sort(by[path])
		u.covered.files = append(u.covered.files, fileLines{path, slices.Compact(by[path])})
	}
}

func (r *run) cover(ctx context.Context, out *CoverageResult) error {
	kept := openSide(r.opts.Cache, "lines", codeLines)
	var again []*unit
	for _, u := range r.units {
		switch {
		case !u.python() || len(u.results) == 0:
		case u.covered != nil:
			if u.lasting() {
				kept.put(u, r, u.covered)
			}
		case u.cached:
			if u.covered = kept.get(u.key, r.opts.Now); u.covered == nil {
				again = append(again, u)
			}
		}
	}
	if err := r.coverAgain(ctx, again, kept); err != nil {
		return err
	}
	kept.save()
	hits := map[string]map[int]int{}
	for _, u := range r.units {
		if u.covered == nil {
			continue
		}
		for _, f := range u.covered.files {
			if hits[f.path] == nil {
				hits[f.path] = map[int]int{}
			}
			for _, n := range f.lines {
				hits[f.path][n]++
			}
		}
	}
	roles := r.coveredFiles(out)
	files := make([]CoveredFile, len(roles))
	paths := sortedKeys(roles)
	err := parallel(ctx, r.opts.workers(), len(paths), func(ctx context.Context, i int) error {
		files[i] = CoveredFile{Path: paths[i], Role: roles[paths[i]]}
		text, err := r.now.body(ctx, paths[i])
		if err != nil {
			files[i].Fault = err.Error()
			return ctx.Err()
		}
		files[i].read(text, hits[paths[i]])
		return nil
	})
	out.Files = files
	return err
}

// coverAgain runs the tests of detections whose results are of an earlier run, for their
// lines.
func (r *run) coverAgain(ctx context.Context, units []*unit, kept *side[linesRecord]) error {
	if len(units) == 0 {
		return nil
	}
	if err := r.open(ctx, units); err != nil || r.pool == nil {
		return err
	}
	fresh := make([]*unit, len(units))
	requests := make([]pyrun.Request, len(units))
	err := parallel(ctx, r.opts.workers(), len(units), func(ctx context.Context, i int) error {
		fresh[i] = &unit{item: units[i].item}
		err := r.prepare(ctx, fresh[i])
		requests[i] = fresh[i].request
		return err
	})
	if err != nil {
		return err
	}
	return r.pool.Run(ctx, requests, func(i int, a pyrun.Answer) bool {
		units[i].reached(a)
		kept.put(units[i], r, units[i].covered)
		return true
	})
}

// coveredFiles returns the roles of the files to report, by path. A global and a data model
// count only if all detections that use them were selected.
func (r *run) coveredFiles(out *CoverageResult) map[string]string {
	roles := map[string]string{}
	selected := map[*specFacts]bool{}
	add := func(path, role string) {
		if r.now.bodies[path] != nil {
			roles[path] = role
		}
	}
	for _, u := range r.units {
		selected[u.spec] = true
	}
	partial := map[string]bool{}
	all := r.now.items()
	for _, it := range all {
		for _, g := range append(slices.Clone(it.modules), it.models...) {
			if !selected[it.spec] {
				partial[g.BodyPath] = true
			}
		}
	}
	for _, f := range r.now.specs {
		role := map[repo.Type]string{repo.TypeGlobal: "global", repo.TypeDataModel: "data_model"}[f.Type]
		if role == "" || r.now.bodies[f.BodyPath] == nil {
			continue
		}
		used := slices.ContainsFunc(r.units, func(u *unit) bool { return slices.Contains(u.modules, f) || slices.Contains(u.models, f) })
		switch {
		case partial[f.BodyPath]:
			if used {
				out.Partial++
			}
		case used || len(r.units) == len(all):
			add(f.BodyPath, role)
		}
	}
	for _, u := range r.units {
		if u.python() {
			add(u.code.BodyPath, "detection")
		}
	}
	return roles
}

// read finds the lines of a file that can run, and counts which ran.
func (f *CoveredFile) read(text string, hits map[int]int) {
	m, err := python.Parse([]byte(text), python.Options{})
	f.Source = text
	if err != nil {
		f.Fault = err.Error()
		return
	}
	f.Source = m.Source
	lines := func(from, to int) (int, int) {
		first, _ := m.Position(from)
		last, _ := m.Position(max(from, to-1))
		return first, last
	}
	most := func(first, last int) (n int) {
		for i := first; i <= last; i++ {
			n = max(n, hits[i])
		}
		return n
	}
	python.Inspect(m, func(n python.Node) bool {
		if d, ok := n.(*python.FunctionDef); ok && len(d.Body) > 0 {
			first, last := lines(d.Pos(), d.End())
			begin, _ := lines(d.Body[0].Pos(), d.Body[0].Pos()+1)
			hits := 0
			if begin > first {
				hits = most(begin, last)
			}
			f.Functions = append(f.Functions, CoveredFunction{Name: d.Name, Line: first, EndLine: last, Hits: hits})
		}
		s, ok := n.(python.Stmt)
		if !ok {
			return true
		}
		if end, runs := own(s); runs {
			first, last := lines(s.Pos(), end)
			f.Lines = append(f.Lines, CoveredLine{first, last, most(first, last)})
		}
		return true
	})
	slices.SortFunc(f.Lines, func(a, b CoveredLine) int { return cmp.Or(a.Line-b.Line, a.EndLine-b.EndLine) })
	// Several statements of one line are one line.
	f.Lines = slices.CompactFunc(f.Lines, func(a, b CoveredLine) bool { return a.Line == b.Line })
	slices.SortStableFunc(f.Functions, func(a, b CoveredFunction) int { return a.Line - b.Line })
}

// own returns where the own code of a statement ends, and whether it can run: declarations
// and texts that document something can't.
func own(s python.Stmt) (end int, runs bool) {
	switch s := s.(type) {
	case *python.FunctionDef, *python.ClassDef, *python.Try, *python.Global, *python.Nonlocal, *python.TypeAlias:
		return 0, false
	case *python.ExprStmt:
		_, constant := s.Value.(*python.Constant)
		return s.End(), !constant
	case *python.AnnAssign:
		return s.End(), s.Value != nil
	case *python.If:
		return s.Test.End(), !constant(s.Test)
	case *python.While:
		return s.Test.End(), !constant(s.Test)
	case *python.For:
		return s.Iter.End(), true
	case *python.With:
		return s.Items[len(s.Items)-1].ContextExpr.End(), true
	case *python.Match:
		return s.Subject.End(), true
	}
	return s.End(), true
}

func constant(e python.Expr) bool {
	_, is := e.(*python.Constant)
	return is
}

// Missing returns the ranges of lines that no test reaches, such as "12, 20-24".
func (f *CoveredFile) Missing() [][2]int {
	var out [][2]int
	open := false // the last statement was not reached either
	for _, l := range f.Lines {
		switch {
		case l.Hits > 0:
			open = false
		case open:
			out[len(out)-1][1] = l.EndLine
		default:
			out, open = append(out, [2]int{l.Line, l.EndLine}), true
		}
	}
	return out
}

// byMissing orders files by how many of their lines no test reaches.
func byMissing(a, b *CoveredFile) int {
	x, y := a.Count(), b.Count()
	return cmp.Or((y.All-y.Noticed)-(x.All-x.Noticed), strings.Compare(a.Path, b.Path))
}

// Worst returns the files with lines that no test reaches, those with most first.
func (r *CoverageResult) Worst() (out []*CoveredFile) {
	for i := range r.Files {
		if s := r.Files[i].Count(); s.Noticed < s.All || r.Files[i].Fault != "" {
			out = append(out, &r.Files[i])
		}
	}
	slices.SortFunc(out, byMissing)
	return out
}
