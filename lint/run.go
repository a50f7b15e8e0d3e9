package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"golang.org/x/sync/errgroup"
)

// Input is the state of a repository to lint. Open makes one of a folder.
type Input struct {
	// Tree is the state to lint: a working tree, a revision, the index, or files in
	// memory.
	Tree repo.Tree
	// Before is the state to compare it with; may be nil. If it is set, a finding is
	// shown when its file or a related one differs, or when it is new.
	Before repo.Tree
	// Paths are files and folders from the repository's root. If there are any, a
	// finding is shown when it or a related place is in one of them, and when it is a
	// broken one in the body of a spec among them. A file among them is looked at even
	// if it is not content.
	Paths []string
	// Exact limits the findings with Paths to those in the paths themselves, and the
	// fixes to those that change nothing else: an editor shows a single file.
	Exact bool
}

// Options says how to lint. The zero Options runs the default rules.
type Options struct {
	// Rules are the rules to choose from; nil means Rules(). Append to those to add
	// rules of your own, or list only the rules you want.
	Rules []Rule
	// Config is the section "lint" of pdac.yaml.
	Config config.Lint
	// Select replaces the rules that the configuration selects, and Ignore adds to
	// the ones it ignores: ids, the start of ids (PD2), names, "default" or "all".
	Select, Ignore []string
	// SQL is the database whose SQL is deployed, one of panther.SQLDialects; "" if
	// none is chosen.
	SQL string
	// Content says which files count, and limits what is read.
	Content repo.Options
	// Now decides which ignore comments have expired; zero is the current time.
	Now time.Time
	// Baseline holds the findings that are known; may be nil.
	Baseline *Baseline
	// Cache keeps results from run to run; the zero Cache keeps none.
	Cache Cache
	// Workers is how many files are read at once (one per processor).
	Workers int

	settings *settings
}

// prepared checks the options and fills in the defaults.
func (o Options) prepared() (Options, error) {
	var err error
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.settings, err = newSettings(o)
	return o, err
}

func (o Options) workers() int    { return cmp.Or(o.Workers, runtime.GOMAXPROCS(0)) }
func (o Options) maxFile() int64  { return cmp.Or(o.Content.MaxFileBytes, 5<<20) }
func (o Options) maxTotal() int64 { return cmp.Or(o.Content.MaxTotalBytes, 1<<30) }

// Result is what a run found.
type Result struct {
	// Findings are those to show, sorted by path and place.
	Findings []Finding
	// Files is how many specs and Python files the whole repository has.
	Files int
	// Specs is how many of them are specs, or look like specs and can't be read.
	Specs int
	// Ignored counts the findings that a comment hides, Known those of the
	// baseline, and Elsewhere those outside the subset.
	Ignored, Known, Elsewhere int
	// Owners are those to whose files the findings are limited, and OtherOwners counts
	// those in files of others; see Own.
	Owners      []string
	OtherOwners int
	// Filters are the values to whose specs the findings are limited, and OtherSpecs
	// counts the findings in other files; see Result.Filter.
	Filters    []string
	OtherSpecs int
	// Stale are entries of the baseline that no finding matches any more.
	Stale []BaselineEntry
	// Outside lists the paths of the Input that hold no content.
	Outside []string
	// Skipped lists the specs, among the paths of the Input, that are not content.
	Skipped []repo.Skipped
	// Notes reports folders that are not read, and settings of content without
	// effect.
	Notes []repo.Diagnostic
	// Tunings are those that comments explain, sorted by path and place.
	Tunings []Tuning
	// Changed lists the files that differ from the state before, sorted.
	Changed []string
	// Running are the rules that ran, sorted by id.
	Running []Rule

	owners *repo.Owners
	// checked are the specs and Python files.
	checked []string
	// all are the findings of the whole repository that no comment hides.
	all []Finding
}

// RuleOf returns the rule of a finding.
func (r *Result) RuleOf(f Finding) Rule {
	for _, rule := range r.Running {
		if rule.ID == f.Rule {
			return rule
		}
	}
	rule, _ := builtIn().find(f.Rule)
	return rule
}

// Broken reports whether a finding is about something that can't work; see
// Rule.Broken. A finding whose severity the configuration lowers isn't.
func (r *Result) Broken(f Finding) bool {
	return f.Severity == Error && !f.Works && r.RuleOf(f).Broken
}

// Run lints a repository. The same input produces the same result. An error
// means that the repository could not be read or the options are wrong; problems
// of single files are findings.
func Run(ctx context.Context, in Input, o Options) (*Result, error) {
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	return run(ctx, in, o)
}

// run is Run with prepared options.
func run(ctx context.Context, in Input, o Options) (*Result, error) {
	if in.Tree == nil {
		return nil, errors.New("there is no tree to lint")
	}
	o.Content.Named, o.Content.Cache = in.Paths, repo.NewCache() // for both states
	opened := sync.OnceValue(func() *cache { return openCache(o) })
	go opened() // while the tree is listed
	defer func() { opened().close() }()
	now, err := scan(ctx, in.Tree, o, opened)
	if err != nil {
		return nil, err
	}
	res := &Result{Files: now.files, Specs: now.specs, Ignored: now.ignored, all: now.findings, Running: slices.Clone(o.settings.running),
		Skipped: repo.Below(now.skipped, in.Paths), Notes: now.notes, Tunings: now.tunings(in.Paths, o.Now)}
	for _, r := range now.records {
		if r.outlined() != nil {
			res.checked = append(res.checked, r.Path)
		}
	}
	shown := func(Finding) bool { return true }
	if in.Before != nil {
		before, err := scan(ctx, in.Before, o, opened)
		if err != nil {
			return nil, fmt.Errorf("lint the state to compare with: %w", err)
		}
		if res.Changed, err = changed(ctx, before, now); err != nil {
			return nil, err
		}
		known := make(map[string]bool, len(before.findings))
		for _, f := range before.findings {
			known[f.Fingerprint] = true
		}
		differs := About(res.Changed)
		shown = func(f Finding) bool { return differs(f) || !known[f.Fingerprint] }
	}
	if len(in.Paths) > 0 {
		inPaths, inBodies, all := About(in.Paths), About(now.bodies(in.Paths)), shown
		shown = func(f Finding) bool { return all(f) && (inPaths(f) || inBodies(f) && res.Broken(f)) }
		if in.Exact {
			shown = func(f Finding) bool { return all(f) && inPaths(Finding{Path: f.Path}) }
		}
		res.Outside = outside(in.Paths, now)
	}
	known := o.Baseline.matcher()
	for _, f := range now.findings {
		switch isKnown := known.take(f); {
		case !shown(f):
			res.Elsewhere++
		case isKnown:
			res.Known++
		default:
			res.Findings = append(res.Findings, f)
		}
	}
	res.Stale = known.left(o.settings)
	opened().keepStamps(now.stamps())
	opened().save()
	return res, nil
}

// About reports whether a finding or a related place is in one of some files and
// folders.
func About(paths []string) func(Finding) bool {
	set := make(map[string]bool, len(paths))
	for _, p := range paths {
		set[strings.TrimSuffix(p, "/")] = true
	}
	has := func(p string) bool {
		for {
			if set[p] {
				return true
			}
			if p == "." || p == "" {
				return false
			}
			p = path.Dir(p)
		}
	}
	return func(f Finding) bool {
		return has(f.Path) || slices.ContainsFunc(f.Related, func(l Location) bool { return has(l.Path) })
	}
}

// bodies lists the Python files that the specs in some files and folders name. A spec
// can't work without a body that does.
func (s *state) bodies(paths []string) (out []string) {
	in := About(paths)
	for _, r := range s.records {
		if of := r.outlined(); of != nil && of.BodyPath != "" && in(Finding{Path: r.Path}) {
			out = append(out, of.BodyPath)
		}
	}
	return out
}

// outside lists the paths below which nothing counts as content.
func outside(paths []string, s *state) (out []string) {
	counts := map[string]bool{}
	for _, r := range s.records {
		for p := r.Path; !counts[p]; p = path.Dir(p) {
			counts[p] = true
		}
	}
	for _, p := range paths {
		if !counts[strings.TrimSuffix(p, "/")] {
			out = append(out, p)
		}
	}
	return out
}

// state is the result of a scan of one tree.
type state struct {
	loader   *loader
	records  []*record
	findings []Finding
	files    int
	specs    int
	ignored  int
	skipped  []repo.Skipped
	notes    []repo.Diagnostic
}

// scan lints a whole tree.
func scan(ctx context.Context, t repo.Tree, o Options, opened func() *cache) (*state, error) {
	s, err := scanWith(ctx, t, o, opened)
	if errors.Is(err, errLostFacts) {
		opened().forget()
		s, err = scanWith(ctx, t, o, opened)
	}
	return s, err
}

func scanWith(ctx context.Context, t repo.Tree, o Options, opened func() *cache) (*state, error) {
	entries, err := repo.Entries(ctx, t, o.Content)
	if err != nil {
		return nil, err
	}
	content, err := repo.FindContent(ctx, t, entries, o.Content)
	if err != nil {
		return nil, err
	}
	s := &state{loader: newLoader(t, entries, o, opened()), skipped: content.Skipped, notes: append(content.Notes, o.settings.idlePaths(entries)...)}
	if s.records, err = s.loader.load(ctx, content); err != nil {
		return nil, err
	}
	var found []Finding
	for _, r := range s.records {
		if of := r.outlined(); of != nil {
			s.files++
			if !of.Python {
				s.specs++
			}
		}
		found = append(found, r.Findings...)
	}
	whole, err := s.whole(ctx, o)
	if err != nil {
		return nil, err
	}
	found = append(found, whole...)
	found = slices.DeleteFunc(found, func(f Finding) bool { return o.settings.severityAt(f.Rule, f.Path) == off })
	found = joinTwins(found)
	found = s.suppress(found, o)
	for i := range found {
		found[i].Severity = o.settings.severityOf(found[i])
	}
	s.addSnippets(ctx, found, func(string) bool { return true })
	slices.SortStableFunc(found, Finding.compare)
	fingerprint(found)
	s.findings = found
	return s, ctx.Err()
}

// joinTwins merges findings that say the same about the same place, such as of
// a Python file that two specs name, and sorts them all.
func joinTwins(found []Finding) []Finding {
	slices.SortStableFunc(found, Finding.compare)
	out := found[:0]
	for _, f := range found {
		if n := len(out) - 1; n >= 0 && out[n].compare(f) == 0 {
			for _, l := range f.Related {
				if len(out[n].Related) < maxRelated && !slices.Contains(out[n].Related, l) {
					out[n].Related = append(slices.Clip(out[n].Related), l)
				}
			}
			continue
		}
		out = append(out, f)
	}
	return out
}

func (s *state) paths() map[string]bool {
	out := make(map[string]bool, len(s.loader.entries))
	for p := range s.loader.entries {
		out[p] = true
	}
	return out
}

// runRepo runs the rules over the whole repository, side by side.
func (s *state) runRepo(ctx context.Context, r *Repository, o Options) ([]Finding, error) {
	found := make([][]*Finding, len(o.settings.running))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(o.workers())
	for i, rule := range o.settings.running {
		if rule.Repo == nil {
			continue
		}
		g.Go(func() error {
			p := &RepoPass{Repository: r, ctx: gctx, rule: rule, options: o.settings.options[rule.ID]}
			rule.Repo(p)
			found[i] = p.findings
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []Finding
	for _, list := range found {
		for _, f := range list {
			out = append(out, *f)
		}
	}
	return out, nil
}

// changed lists the files that differ between two states.
func changed(ctx context.Context, before, now *state) ([]string, error) {
	var out []string
	for p := range now.loader.entries {
		if _, was := before.loader.entries[p]; !was {
			out = append(out, p)
			continue
		}
		a, known := now.loader.known(p)
		if !known {
			continue // no rule has looked at it
		}
		b, known := before.loader.known(p)
		if !known {
			// A file that can't be read in one of the states counts as different.
			if _, _, err := before.loader.read(ctx, p); ctx.Err() != nil {
				return nil, ctx.Err()
			} else if err == nil {
				b, known = before.loader.known(p)
			}
		}
		if !known || !a.same(b) {
			out = append(out, p)
		}
	}
	for p := range before.loader.entries {
		if _, is := now.loader.entries[p]; !is {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out, nil
}
