// Package repo reads a repository of detections and writes to it.
//
// Load finds the specs in a tree of files and reads them: a Repo has an Item for
// each, with positions, and a Diagnostic for each problem. Item.Entity turns a
// spec into a panther.Entity, Item.WriteBack writes a live entity back into its
// files and keeps their text wherever it can, NewSpec and NewPlacer create files
// for an entity that has none, and Format formats a spec.
package repo

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Options defines which files are content. Zero fields mean the default.
type Options struct {
	// Include, Only and Exclude are globs of paths ("rules/**", or the name of a
	// folder). By default, files at the root are content, and the folders that
	// Panther's own tool reads, at any depth; or everything if there are none.
	// Include adds to the default, Only replaces it, and Exclude removes from
	// both.
	Include, Only, Exclude []string
	// Named lists files that are content in any case, because a person named
	// them.
	Named []string
	// ExcludeStatus lists the values of Status that are not deployed.
	ExcludeStatus []string
	// IDsByKind allows entities of different kinds to share an id, as in the
	// deployment record of a Panther that allows it.
	IDsByKind bool
	// MaxFileBytes is the maximum size of a file (5 MiB), MaxFiles the maximum
	// number of files (100,000), and MaxTotalBytes the maximum total size (1
	// GiB).
	MaxFileBytes  int64
	MaxFiles      int
	MaxTotalBytes int64
	// Workers is the maximum number of files that are read concurrently (one
	// per processor).
	Workers int
	// Cache is used for looking up and storing parsed files, if it is set.
	Cache *Cache
	// Documents keeps parsed YAML from run to run, if it is set.
	Documents *Documents
	// Progress is called for each file that was read, from several goroutines.
	Progress func()
}

func (o Options) orDefault() Options {
	o.MaxFileBytes = cmp.Or(o.MaxFileBytes, 5<<20)
	o.MaxFiles = cmp.Or(o.MaxFiles, 100_000)
	o.MaxTotalBytes = cmp.Or(o.MaxTotalBytes, 1<<30)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	if o.Progress == nil {
		o.Progress = func() {}
	}
	return o
}

// Repo is a loaded repository. It is not modified after loading.
type Repo struct {
	// Items lists the specs, sorted by path.
	Items []*Item
	// Revision is the revision that was loaded.
	Revision Revision
	// Uncommitted lists the loaded files of a working tree that differ from the
	// last commit, and specs of the commit that are missing, sorted. For an
	// index it lists all staged files. It is empty for a revision, and if there
	// is no commit.
	Uncommitted []string
	// Diagnostics lists problems in files, sorted by path and line.
	Diagnostics []Diagnostic
	// Skipped lists the specs that are not content, sorted by path: they are not
	// loaded, but the entities they name are in the repository.
	Skipped []Skipped
	// Unfollowed lists folders that are not read: links and nested repositories.
	Unfollowed []string
	// Unread lists files that could not be parsed as specs, so it is unknown
	// which entities they define.
	Unread []string
	// Sources contains every content file that was read, unchanged, by path.
	Sources map[string][]byte
}

// Errors returns the diagnostics that are errors.
func (r *Repo) Errors() []Diagnostic {
	return slices.DeleteFunc(slices.Clone(r.Diagnostics), func(d Diagnostic) bool { return d.Severity != SeverityError })
}

// RevisionText returns the revision that the repository was loaded from: the
// commit, with "-dirty" if the working tree differs. It is empty if there is no
// commit.
func (r *Repo) RevisionText() string {
	if r.Revision.Commit != "" && r.Revision.Dirty {
		return r.Revision.Commit + "-dirty"
	}
	return r.Revision.Commit
}

// Entries lists the files of a tree. More than o.MaxFiles are an error.
func Entries(ctx context.Context, t Tree, o Options) ([]Entry, error) {
	entries, err := t.Entries(ctx)
	if err != nil {
		return nil, err
	}
	if most := o.orDefault().MaxFiles; len(entries) > most {
		return nil, fmt.Errorf("the repository has %d files, more than the %d that limits.max_files allows; raise it in pdac.yaml, or check that this is the right folder", len(entries), most)
	}
	return entries, nil
}

// Load loads all specs of a tree. A file that can't be read is a diagnostic,
// and the others are still loaded. An error means that the tree itself can't be
// read.
func Load(ctx context.Context, t Tree, o Options) (*Repo, error) {
	o = o.orDefault()
	entries, err := Entries(ctx, t, o)
	if err != nil {
		return nil, err
	}
	if err := checkPatterns(o); err != nil {
		return nil, err
	}
	c := newChooser(entries, o)
	content, others := c.choose(entries)
	r := &Repo{Revision: t.Describe()}
	l := &loader{tree: t, opts: o, chooser: c, budget: newBudget(o.MaxTotalBytes), files: newFileCache(entries)}
	if h, ok := t.(hasher); ok && o.Cache != nil {
		l.sha256 = h.SHA256()
	}
	files := make([]file, len(content))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(o.Workers)
	for i, e := range content {
		g.Go(func() error {
			files[i] = l.load(gctx, e)
			o.Progress()
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, f := range files {
		r.Diagnostics = append(r.Diagnostics, f.diagnostics...)
		switch {
		case f.item != nil:
			r.Items = append(r.Items, f.item)
		case len(f.diagnostics) > 0:
			r.Unread = append(r.Unread, f.path)
		case !strings.Contains(f.path, "/"):
			// Files of other programs at the root don't change the plan.
			delete(l.files.read, f.path)
		}
	}
	r.Sources = l.files.sources()
	r.Diagnostics = append(r.Diagnostics, clashes(r.Items, o.IDsByKind)...)
	if r.Skipped, err = c.readSkipped(ctx, t, others); err != nil {
		return nil, err
	}
	r.Diagnostics = append(append(r.Diagnostics, SkippedNotes(r.Skipped)...), c.idle(entries)...)
	if err := l.describeDirt(ctx, r, content); err != nil {
		return nil, err
	}
	// Their content is unknown, so they count as unread.
	folders, unread, notes := c.unfollowed(ctx, t, entries)
	r.Unfollowed, r.Unread = folders, append(r.Unread, unread...)
	r.Diagnostics = append(r.Diagnostics, notes...)
	sortDiagnostics(r.Diagnostics)
	return r, nil
}

func sortDiagnostics(ds []Diagnostic) {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line, a.Column-b.Column)
	})
}

func isYAML(p string) bool {
	ext := strings.ToLower(path.Ext(p))
	return ext == ".yml" || ext == ".yaml"
}

// some joins the first items of a list.
func some(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// clashes finds ids that are used by more than one file, and marks their items.
func clashes(items []*Item, byKind bool) []Diagnostic {
	first := map[string]*Item{}
	var out []Diagnostic
	for _, it := range items {
		if it.ID == "" {
			continue
		}
		space := it.Type.IDKey() + "\x00" + it.ID
		if byKind {
			space = string(it.Kind) + "\x00" + space
		}
		other, taken := first[space]
		if !taken {
			first[space] = it
			continue
		}
		it.Broken, other.Broken = true, true
		pos, otherPos := it.ValuePos(it.Type.IDKey()), other.ValuePos(it.Type.IDKey())
		out = append(out, it.diagnose(SeverityError, pos, fmt.Sprintf(
			"%s %q is also the id of %s:%d; give one of them another id, or remove one",
			it.Type.IDKey(), it.ID, other.Path, otherPos.Line)))
	}
	return out
}
