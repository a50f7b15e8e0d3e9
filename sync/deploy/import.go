package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// ImportOptions configures an import.
type ImportOptions struct {
	// Dir is the folder of the new repository, which must be missing or empty.
	Dir string
	// Only limits the import to matching entities; empty for all.
	Only sync.Filter
	// SkipManaged skips entities that are maintained by Panther's packs.
	SkipManaged bool
	// Config is the text of its pdac.yaml.
	Config []byte
	Tenant string
}

// Import creates a repository from the live entities: a spec for each, with its
// Python file. Entities that a spec can't express are skipped and reported.
// Nothing is written until everything is known.
func Import(ctx context.Context, api sync.Lister, o ImportOptions) (*Pull, error) {
	if err := atomicfile.CheckNamed(o.Dir); err != nil {
		return nil, err
	}
	if err := vacate(o.Dir); err != nil {
		return nil, err
	}
	found, err := sync.Fetch(ctx, api, o.Only)
	if err != nil {
		return nil, err
	}
	live := found.Live
	p := &Pull{FormatVersion: sync.FormatVersion, Tenant: o.Tenant, Entities: []PullEntity{}, Diagnostics: append([]repo.Diagnostic{}, found.Diagnostics...), Unreadable: found.Unreadable,
		Files: map[string][]byte{}, before: map[string][]byte{}}
	for _, k := range found.Unreadable {
		p.Diagnostics = append(p.Diagnostics, repo.Diagnostic{Severity: repo.SeverityWarning, Kind: string(k.Kind), Message: "not imported, because Panther refuses to list them: " + k.Reason})
	}
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
	if len(entities) == 0 && p.Managed == 0 {
		return nil, nothingToImport(o.Only, found.Unreadable, o.Tenant)
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
	if err := agrees(ctx, p, found, o); err != nil {
		return nil, err
	}
	p.Files["pdac.yaml"] = o.Config
	return p, lay(o.Dir, p.Files)
}

// importJournal is the file among pdac's own that says what a running import
// writes.
const importJournal = "import.json"

// lay writes the files of a new repository, all or none.
func lay(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the folder %q: %w", dir, err)
	}
	disk, err := atomicfile.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	if err := StartGit(dir, disk); err != nil {
		return err
	}
	// A new folder has nothing to lose, so files are not synced to disk.
	if err := disk.ChangeAll(importJournal, "", files, false); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	return nil
}

// vacate returns an error if a folder contains more than an empty git repository. It
// removes first what an import left there that was killed.
func vacate(dir string) error {
	disk, err := atomicfile.OpenFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer disk.Close()
	if _, err := disk.UndoInterrupted(importJournal, ""); err != nil {
		return fmt.Errorf("remove what an earlier import left in %q: %w", dir, err)
	}
	return empty(dir)
}

// nothingToImport returns the error for a Panther that has nothing to import.
func nothingToImport(only sync.Filter, unreadable sync.Unreadable, tenant string) error {
	switch {
	case len(only) > 0:
		return fmt.Errorf("nothing was imported, because nothing in %s matches --only; check the kind and the id", tenant)
	case len(unreadable) > 0:
		return fmt.Errorf("nothing was imported, because %s has no entities of the kinds that can be read: %s", tenant, unreadable[0].Reason)
	}
	return fmt.Errorf("nothing was imported, because %s has no entities; check the host", tenant)
}

// empty returns an error if a folder contains more than an empty git
// repository.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the folder %q: %w", dir, err)
	}
	for _, e := range entries {
		if e.Name() != ".git" && e.Name() != atomicfile.StateDir {
			return fmt.Errorf("%q is not empty (it contains %s); use a new folder, or use pdac pull --adopt to add what is live to a repository", dir, e.Name())
		}
	}
	return nil
}

// StartGit creates a git repository in the folder unless it is already in one. It is
// made among pdac's own files and then moved, so that it is whole or missing.
func StartGit(dir string, disk *atomicfile.Folder) error {
	if _, ok := git.TopLevel(dir); ok {
		return nil
	}
	made, err := disk.PrepareState("git")
	if err == nil {
		err = disk.RemoveStateTree("git") // of a killed import
	}
	if err == nil {
		err = git.Init(filepath.Join(dir, made))
	}
	if err == nil {
		err = disk.MoveState("git/.git", ".git")
	}
	if err == nil {
		err = disk.RemoveStateTree("git")
	}
	if err != nil {
		return fmt.Errorf("make %q a git repository: %w", dir, err)
	}
	return nil
}

// agrees plans with the new files and returns an error if anything would
// differ.
func agrees(ctx context.Context, p *Pull, found sync.Fetched, o ImportOptions) error {
	r, err := repo.Load(ctx, repo.Overlay{Files: p.Files}, repo.Options{})
	if err != nil {
		return err
	}
	plan, err := sync.BuildPlan(ctx, r, found.Live, sync.PlanOptions{Tenant: o.Tenant, Only: o.Only, Unreadable: found.Unreadable})
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
