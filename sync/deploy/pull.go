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

// PullOptions configures a pull.
type PullOptions struct {
	// Only limits the pull to matching entities; empty for all.
	Only     sync.Filter
	Policies sync.Policies
	// Adopt also creates files for live entities that were never deployed from
	// here.
	Adopt bool
	// TakeConflicts takes Panther's value if both sides changed.
	TakeConflicts bool
	// Source is the content that is changed; see Session.Write and Session.Commit.
	Source Source
}

// PullState is the result of a pull for one entity.
type PullState string

// The results of a pull for an entity.
const (
	// PullEdited: fields were written to its files.
	PullEdited PullState = "edited"
	// PullDeleted: it was deleted in the console, so its files are removed.
	PullDeleted PullState = "deleted"
	// PullAdopted: it was unmanaged, and files were created for it.
	PullAdopted PullState = "adopted"
	// PullConflict: both sides changed, and the repository's value is kept.
	PullConflict PullState = "conflict"
	// PullAccepted: the edits are accepted in pdac.yaml, so they stay in Panther only.
	PullAccepted PullState = "accepted"
	// PullFailed: it could not be written to its files.
	PullFailed PullState = "failed"
)

// PullEntity is one entity of a pull.
type PullEntity struct {
	Kind panther.Kind `json:"kind"`
	ID   string       `json:"id"`
	What PullState    `json:"what"`
	// Files lists the changed files, relative to the repository's root.
	Files []string `json:"files"`
	// Fields lists the fields that were written, are in conflict, or are accepted.
	Fields []string   `json:"fields,omitempty"`
	Edited *sync.Edit `json:"edited,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// Key returns the key of the entity.
func (e PullEntity) Key() panther.Key { return panther.Key{Kind: e.Kind, ID: e.ID} }

// Pull is the result of a pull before it is written.
type Pull struct {
	FormatVersion string         `json:"format_version"`
	Tenant        string         `json:"tenant"`
	Base          *sync.BaseInfo `json:"base,omitempty"`
	Entities      []PullEntity   `json:"entities"`
	// Packs lists the packs that list what was deleted in the console; see
	// UpdatePacks.
	Packs []PackList `json:"packs,omitempty"`
	// Managed counts entities that are maintained by Panther's packs, which are
	// never adopted.
	Managed int `json:"managed,omitempty"`
	// Unreadable lists the kinds that Panther refuses to list. Their files stay
	// as they are.
	Unreadable  sync.Unreadable   `json:"unreadable,omitempty"`
	Diagnostics []repo.Diagnostic `json:"diagnostics"`
	// Branch is the branch that it was committed on; nil if files were written.
	Branch *Branch `json:"branch,omitempty"`
	// Files contains the new content of changed files, by path relative to the
	// repository's root; nil for a removed file.
	Files map[string][]byte `json:"-"`
	// before contains their previous content, nil for new files.
	before map[string][]byte
}

// Count returns the number of entities with a result.
func (p *Pull) Count(w PullState) int {
	n := 0
	for _, e := range p.Entities {
		if e.What == w {
			n++
		}
	}
	return n
}

// Changes returns the changed files, sorted by path.
func (p *Pull) Changes() []repo.FileChange {
	var out []repo.FileChange
	for _, path := range sortedPaths(p.Files) {
		out = append(out, repo.FileChange{Path: path, Before: p.before[path], After: p.Files[path]})
	}
	return out
}

// Pull determines how the files must change to include the edits made in the
// console since the last deployment. It writes nothing; see Session.Write.
func (s *Session) Pull(ctx context.Context, api sync.Lister, o PullOptions) (*Pull, error) {
	policies := o.Policies.On(s.o.Now())
	policies.OnDrift, policies.OnConflict = sync.Keep, sync.Keep
	plan, err := s.Plan(ctx, api, PlanOptions{Source: o.Source, Only: o.Only, Policies: policies, Fresh: o.Adopt, ForPull: true})
	if err != nil {
		return nil, err
	}
	p := &Pull{FormatVersion: sync.FormatVersion, Tenant: s.o.Tenant, Base: plan.Base, Unreadable: plan.Unreadable, Entities: []PullEntity{}, Diagnostics: []repo.Diagnostic{},
		Files: map[string][]byte{}, before: s.repo.Sources}
	for _, d := range plan.Diagnostics {
		if d.Severity != repo.SeverityInfo {
			p.Diagnostics = append(p.Diagnostics, d)
		}
	}
	p.Diagnostics = slices.Concat(p.Diagnostics, repo.SkippedNotes(s.repo.Skipped), sync.ReleasedNote(plan.Released))
	b := puller{Session: s, pull: p, opts: o, items: map[panther.Key]*repo.Item{}, bodies: map[panther.Key]string{}}
	for _, it := range s.repo.Items {
		if it.Deployable() {
			b.items[it.Key()] = it
		}
	}
	changes := plan.Kept
	if plan.Base == nil {
		// The cause of differences is unknown, so take Panther's side.
		changes = slices.DeleteFunc(slices.Clone(plan.Changes), func(c sync.Change) bool { return c.Action != sync.Update })
		changes = append(changes, retyped(plan.Kept)...)
	}
	for _, c := range changes {
		b.take(c)
	}
	b.unseen(ctx)
	if o.Adopt {
		if b.entries, err = s.entries(ctx, o.Source); err != nil {
			return nil, err
		}
		b.adopt(plan.Unmanaged)
	}
	b.shared()
	b.references()
	slices.SortStableFunc(p.Entities, func(x, y PullEntity) int { return x.Key().Compare(y.Key()) })
	return p, s.verify(ctx, p, o, policies)
}

// retyped returns the differences that only a change of a spec's type resolves.
func retyped(list []sync.Change) []sync.Change {
	return slices.DeleteFunc(slices.Clone(list), func(c sync.Change) bool { return c.Action != sync.Replace })
}

func (s *Session) entries(ctx context.Context, src Source) ([]git.Entry, error) {
	t, _, err := s.open(ctx, src)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Entries(ctx)
}

// verify plans with the new files: what was pulled must no longer differ from
// Panther, and nothing else may have changed.
func (s *Session) verify(ctx context.Context, p *Pull, o PullOptions, policies sync.Policies) error {
	if len(p.Files) == 0 {
		return nil
	}
	t, content, err := s.open(ctx, o.Source)
	if err != nil {
		return err
	}
	defer t.Close()
	after, err := repo.Load(ctx, repo.Overlay{Base: t, Files: p.Files}, content)
	if err != nil {
		return err
	}
	after, _ = sync.ChooseSQL(after, s.base, s.live, s.o.SQL)
	plan, err := sync.BuildPlan(ctx, after, s.live, sync.PlanOptions{Tenant: s.o.Tenant, Only: o.Only, Policies: policies, Base: s.base, Unreadable: s.unreadable})
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
					return fmt.Errorf("nothing was written: after this pull, %s of %s would still differ from Panther; please report this, and copy the edit by hand", f.Name, c.Key())
				}
			}
		}
	}
	return nil
}
