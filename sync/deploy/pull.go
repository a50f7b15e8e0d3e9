package deploy

import (
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// PullOptions says what is pulled.
type PullOptions struct {
	// Only are the entities to look at; none for all.
	Only     sync.Filter
	Policies sync.Policies
	// Adopt also makes files for what is live and was never deployed from here.
	Adopt bool
	// TakeConflicts takes Panther's value where both sides changed.
	TakeConflicts bool
}

// PullState is what became of one entity of a pull.
type PullState string

// The states.
const (
	// PullEdited: fields were taken over into its files.
	PullEdited PullState = "edited"
	// PullDeleted: it was deleted in the console, and its files go.
	PullDeleted PullState = "deleted"
	// PullAdopted: it was unmanaged, and has files now.
	PullAdopted PullState = "adopted"
	// PullConflict: both sides changed, and the repository's value stays.
	PullConflict PullState = "conflict"
	// PullFailed: it could not be written into its files.
	PullFailed PullState = "failed"
)

// PullEntity is one entity of a pull.
type PullEntity struct {
	Kind panther.Kind `json:"kind"`
	ID   string       `json:"id"`
	What PullState    `json:"what"`
	// Files are those that change, from the repository's root.
	Files []string `json:"files"`
	// Fields are those that were taken over, or are in conflict.
	Fields []string   `json:"fields,omitempty"`
	Edited *sync.Edit `json:"edited,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// Key names the entity.
func (e PullEntity) Key() panther.Key { return panther.Key{Kind: e.Kind, ID: e.ID} }

// Pull is what a pull does, before it is written.
type Pull struct {
	FormatVersion string         `json:"format_version"`
	Tenant        string         `json:"tenant"`
	Base          *sync.BaseInfo `json:"base,omitempty"`
	Entities      []PullEntity   `json:"entities"`
	// Managed counts what Panther's packs maintain, which is never adopted.
	Managed     int               `json:"managed,omitempty"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
	// Files has the new content of every file that changes, by path from the
	// repository's root; nil for one that goes.
	Files map[string][]byte `json:"-"`
	// before has their content until now, nil for new ones.
	before map[string][]byte
}

// Count gives how many entities ended in one way.
func (p *Pull) Count(w PullState) int {
	n := 0
	for _, e := range p.Entities {
		if e.What == w {
			n++
		}
	}
	return n
}

// FileChange is a file before and after a pull; nil where it isn't there.
type FileChange struct {
	Path          string
	Before, After []byte
}

// Changes lists the files that change, by path.
func (p *Pull) Changes() []FileChange {
	var out []FileChange
	for _, path := range sortedPaths(p.Files) {
		out = append(out, FileChange{path, p.before[path], p.Files[path]})
	}
	return out
}

// Pull finds out how the files must change so that they say what somebody
// changed in the console since the last deployment. It writes nothing: see
// Session.Write.
func (s *Session) Pull(ctx context.Context, api sync.Lister, o PullOptions) (*Pull, error) {
	policies := o.Policies
	policies.OnDrift, policies.OnConflict = sync.Keep, sync.Keep
	plan, err := s.Plan(ctx, api, PlanOptions{Only: o.Only, Policies: policies})
	if err != nil {
		return nil, err
	}
	p := &Pull{FormatVersion: sync.FormatVersion, Tenant: s.o.Tenant, Base: plan.Base, Entities: []PullEntity{}, Diagnostics: []repo.Diagnostic{},
		Files: map[string][]byte{}, before: s.repo.Sources}
	for _, d := range plan.Diagnostics {
		if d.Severity != repo.SeverityInfo {
			p.Diagnostics = append(p.Diagnostics, d)
		}
	}
	b := puller{Session: s, pull: p, opts: o, items: map[panther.Key]*repo.Item{}, bodies: map[panther.Key]string{}}
	for _, it := range s.repo.Items {
		if it.Deployable() {
			b.items[it.Key()] = it
		}
	}
	changes := plan.Kept
	if plan.Base == nil {
		// Nobody knows who made a difference, so Panther's side is taken.
		changes = slices.DeleteFunc(slices.Clone(plan.Changes), func(c sync.Change) bool { return c.Action != sync.Update })
	}
	for _, c := range changes {
		b.take(c)
	}
	b.unseen(ctx)
	if o.Adopt {
		if b.entries, err = s.entries(ctx); err != nil {
			return nil, err
		}
		b.adopt(plan.Unmanaged)
	}
	b.shared()
	slices.SortStableFunc(p.Entities, func(x, y PullEntity) int { return x.Key().Compare(y.Key()) })
	return p, s.verify(ctx, p, o, policies)
}

func (s *Session) entries(ctx context.Context) ([]git.Entry, error) {
	t, _, err := s.open(ctx, Source{})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Entries(ctx)
}

// verify plans with the files as they would be: what was pulled must not differ
// from Panther any more, and nothing else may have changed.
func (s *Session) verify(ctx context.Context, p *Pull, o PullOptions, policies sync.Policies) error {
	if len(p.Files) == 0 {
		return nil
	}
	t, content, err := s.open(ctx, Source{})
	if err != nil {
		return err
	}
	defer t.Close()
	after, err := repo.Load(ctx, overlay{closingTree: t, changed: p.Files}, content)
	if err != nil {
		return err
	}
	plan, err := sync.BuildPlan(ctx, after, s.live, sync.PlanOptions{Tenant: s.o.Tenant, Only: o.Only, Policies: policies, Base: s.base})
	if err != nil {
		return err
	}
	pulled := map[panther.Key]PullEntity{}
	for _, e := range p.Entities {
		if e.What == PullEdited || e.What == PullAdopted || e.What == PullDeleted {
			pulled[e.Key()] = e
		}
	}
	for _, list := range [][]sync.Change{plan.Changes, plan.Kept} {
		for _, c := range list {
			e, ok := pulled[c.Key()]
			if !ok {
				continue
			}
			for _, f := range c.Fields {
				if slices.Contains(e.Fields, f.Name) || e.What != PullEdited {
					return fmt.Errorf("nothing was written: with the files as they would be, %s of %s would still differ from Panther; please report this, and take the edit over by hand", f.Name, c.Key())
				}
			}
		}
	}
	return nil
}
