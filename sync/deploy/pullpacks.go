package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"gopkg.in/yaml.v3"
)

// PackList is a pack that lists what was deleted in the console.
type PackList struct {
	// Path is the pack's spec, and Line the line of the first id.
	Path string `json:"path"`
	Line int    `json:"line"`
	// IDs lists the ids, in the order of the pack.
	IDs []string `json:"ids"`
	// Updated reports whether the pull takes them out of the pack.
	Updated bool `json:"updated"`
	// Reason is why that is not possible; "" if it is.
	Reason string `json:"reason,omitempty"`
	// after is the pack without them.
	after []byte
}

// UpdatePacks makes the pull take what was deleted out of the packs that list it.
func (p *Pull) UpdatePacks() {
	for i := range p.Packs {
		if l := &p.Packs[i]; l.Reason == "" {
			p.Files[l.Path], l.Updated = l.after, true
		}
	}
}

// deleted returns what is gone in Panther and from the repository: what this pull
// removes, and what an earlier one has removed since the last deployment.
func (b *puller) deleted() map[panther.Key]bool {
	out := map[panther.Key]bool{}
	for _, e := range b.pull.Entities {
		if e.What == PullDeleted {
			out[e.Key()] = true
		}
	}
	if b.base == nil {
		return out
	}
	for _, it := range b.base.Repo.Items {
		k := it.Key()
		_, live := b.live[k]
		if it.Deployable() && !live && b.items[k] == nil && b.opts.Only.MatchKey(k) && !b.unreadable.Has(k.Kind) {
			out[k] = true
		}
	}
	return out
}

// references finds what in the repository still names what was deleted: packs,
// which UpdatePacks edits, and other specs, which are reported.
func (b *puller) references() {
	gone := b.deleted()
	ids := map[string]bool{}
	for k := range gone {
		ids[k.ID] = true
	}
	for _, it := range b.repo.Items {
		if !gone[it.Key()] && it.Type != repo.TypePack {
			delete(ids, it.ID) // another entity has the id
		}
	}
	for _, s := range b.repo.Skipped {
		delete(ids, s.ID)
	}
	if len(gone) == 0 {
		return
	}
	for _, it := range b.repo.Items {
		if it.Type == repo.TypePack {
			b.pack(it, ids)
		}
	}
	b.users(gone)
}

// pack finds ids in a pack, and prepares the pack without them.
func (b *puller) pack(it *repo.Item, ids map[string]bool) {
	list := yamlcore.Lookup(yamlcore.Lookup(it.Root, "PackDefinition"), "IDs")
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	found := PackList{Path: it.Path, IDs: []string{}}
	var at []int
	for i, n := range list.Content {
		if n = yamlcore.Deref(n); n.Kind == yaml.ScalarNode && ids[n.Value] {
			if len(at) == 0 {
				found.Line = n.Line
			}
			at, found.IDs = append(at, i), append(found.IDs, n.Value)
		}
	}
	if len(at) == 0 {
		return
	}
	doc, err := yamledit.Parse(b.content(it.Path))
	for _, i := range slices.Backward(at) {
		if err == nil {
			err = doc.Delete(yamledit.Path{"PackDefinition", "IDs", i})
		}
	}
	switch {
	case err != nil:
		found.Reason = err.Error()
	case len(at) == len(list.Content):
		found.Reason = "nothing else is in the pack; remove the pack, or list something else in it"
	default:
		found.after = doc.Bytes()
	}
	b.pull.Packs = append(b.pull.Packs, found)
}

// users reports the specs that use what was deleted by name: they fail without it.
func (b *puller) users(gone map[panther.Key]bool) {
	var entities []panther.Entity
	for _, key := range slices.SortedFunc(maps.Keys(b.items), panther.Key.Compare) {
		if !gone[key] {
			entities = append(entities, b.items[key].Entity().Entity)
		}
	}
	by := sync.UsedBy(entities, gone)
	for _, key := range slices.SortedFunc(maps.Keys(gone), panther.Key.Compare) {
		var users []string
		for _, k := range by[key] {
			users = append(users, b.items[k].Path)
		}
		for _, it := range b.repo.Items {
			base := yamlcore.Lookup(it.Root, "BaseDetection")
			if it.Type == repo.TypeRule && base != nil && base.Value == key.ID && slices.Contains(panther.Rule.Family(), key.Kind) {
				users = append(users, it.Path)
			}
		}
		if len(users) == 0 {
			continue
		}
		b.pull.Diagnostics = append(b.pull.Diagnostics, repo.Diagnostic{
			Severity: repo.SeverityWarning, Kind: string(key.Kind), ID: key.ID,
			Message: fmt.Sprintf("it was deleted in the console, but is still used by %s; change or remove what uses it", strings.Join(users, ", ")),
		})
	}
}
