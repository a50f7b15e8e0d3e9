package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// ImportOptions says what is imported.
type ImportOptions struct {
	// Dir is the new repository's folder: one that isn't there yet, or is empty.
	Dir string
	// Only are the entities to import; none for all.
	Only sync.Filter
	// SkipManaged leaves out what Panther's packs maintain.
	SkipManaged bool
	// Config is the text of its pdac.yaml.
	Config []byte
	Tenant string
}

// Import makes a new repository from what is live: a spec for every entity, and
// its Python beside it. What can't be written so that it says what is live is
// left out and told about. Nothing is written before all of it is known.
func Import(ctx context.Context, api sync.Lister, o ImportOptions) (*Pull, error) {
	if err := empty(o.Dir); err != nil {
		return nil, err
	}
	live, odd, err := sync.Fetch(ctx, api, o.Only)
	if err != nil {
		return nil, err
	}
	p := &Pull{FormatVersion: sync.FormatVersion, Tenant: o.Tenant, Entities: []PullEntity{}, Diagnostics: append([]repo.Diagnostic{}, odd...),
		Files: map[string][]byte{}, before: map[string][]byte{}}
	var entities []panther.Entity
	for key, e := range live {
		switch {
		case !o.Only.MatchKey(key):
		case e.Managed && o.SkipManaged:
			p.Managed++
		default:
			entities = append(entities, e)
		}
	}
	slices.SortFunc(entities, func(x, y panther.Entity) int { return x.Compare(y.Key) })
	for _, n := range newFiles(&repo.Repo{}, nil, repo.Options{}, entities) {
		e := PullEntity{Kind: n.key.Kind, ID: n.key.ID, What: PullAdopted, Files: sortedPaths(n.files)}
		if n.err != nil {
			e.What, e.Reason, e.Files = PullFailed, n.err.Error(), []string{}
		}
		for path, content := range n.files {
			p.Files[path] = content
		}
		p.Entities = append(p.Entities, e)
	}
	if err := agrees(ctx, p, live, o); err != nil {
		return nil, err
	}
	p.Files["pdac.yaml"] = o.Config
	for _, path := range sortedPaths(p.Files) {
		// Nothing of a new folder can be lost, so no file waits for the disk.
		full := filepath.Join(o.Dir, filepath.FromSlash(path))
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		if err == nil {
			err = os.WriteFile(full, p.Files[path], 0o644)
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
	}
	return p, start(o.Dir)
}

// empty refuses a folder that holds anything but an empty git repository.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into %q: %w", dir, err)
	}
	for _, e := range entries {
		if e.Name() != ".git" && e.Name() != ".pdac" {
			return fmt.Errorf("%q is not empty (it holds %s); name a new folder, or use pdac pull --adopt to add what is live to a repository", dir, e.Name())
		}
	}
	return nil
}

// start makes the folder a git repository where it is in none.
func start(dir string) error {
	if _, ok := git.TopLevel(dir); ok {
		return nil
	}
	_, err := gogit.PlainInitWithOptions(dir, &gogit.PlainInitOptions{InitOptions: gogit.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName("main")}})
	if err != nil {
		return fmt.Errorf("make %q a git repository: %w", dir, err)
	}
	return nil
}

// agrees plans with the new files: nothing that was written may differ.
func agrees(ctx context.Context, p *Pull, live sync.Live, o ImportOptions) error {
	r, err := repo.Load(ctx, overlay{closingTree: nothing{}, changed: p.Files}, repo.Options{})
	if err != nil {
		return err
	}
	plan, err := sync.BuildPlan(ctx, r, live, sync.PlanOptions{Tenant: o.Tenant, Only: o.Only})
	if err != nil {
		return err
	}
	for _, c := range plan.Changes {
		return fmt.Errorf("nothing was written: the new spec of %s would differ from Panther in %s; please report this, and leave it out with --only", c.Key(), c.Fields[0].Name)
	}
	for _, d := range plan.Errors() {
		return fmt.Errorf("nothing was written: the new repository would have an error: %s; please report this", d)
	}
	return nil
}

// nothing is a tree without files.
type nothing struct{}

func (nothing) Entries(context.Context) ([]git.Entry, error) { return nil, nil }
func (nothing) Read(_ context.Context, path string, _ int64) ([]byte, error) {
	return nil, fmt.Errorf("read %s: %w", path, fs.ErrNotExist)
}
func (nothing) Describe() git.Revision { return git.Revision{} }
func (nothing) Close() error           { return nil }
