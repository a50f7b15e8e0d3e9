package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// unseen reports edits in the console that are not pulled because the spec
// can't be parsed or is not part of the content.
func (b *puller) unseen(ctx context.Context) {
	if b.base == nil {
		return
	}
	var aside []string
	drift := sync.FindDrift(ctx, b.base, b.live, sync.DriftOptions{Only: b.opts.Only, Policies: b.opts.Policies, Unreadable: b.unreadable})
	for _, e := range drift.Entities {
		it := b.items[e.Key()]
		if e.State == sync.DriftUnmanaged || it != nil && it.Entity().OK() {
			continue
		}
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Name)
		}
		c := sync.Change{Kind: e.Kind, ID: e.ID, Edited: e.Edited}
		names := func(it *repo.Item) bool { return it.ID == e.ID && (it.Kind == e.Kind || it.Kind == "") }
		i := slices.IndexFunc(b.repo.Items, names)
		switch {
		case it != nil || i >= 0 && b.repo.Items[i].Broken:
			b.add(c, PullFailed, []string{}, fields, fmt.Sprintf("%s has errors; fix it and pull again", b.repo.Items[i].Path))
		case i >= 0 || slices.ContainsFunc(b.repo.Skipped, func(s repo.Skipped) bool { return names(s.Item()) }):
			aside = append(aside, e.Key().String())
		case slices.Contains(b.repo.Unread, e.Path):
			b.add(c, PullFailed, []string{}, fields, fmt.Sprintf("%s can't be parsed; fix it and pull again", e.Path))
		}
	}
	if len(aside) > 0 {
		b.pull.Diagnostics = append(b.pull.Diagnostics, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf(
			"changed in Panther but not pulled, because their specs are excluded by their Status, or by content or deploy.sql in pdac.yaml: %s", strings.Join(aside, ", "))})
	}
}

type puller struct {
	*Session
	pull  *Pull
	opts  PullOptions
	items map[panther.Key]*repo.Item
	// bodies contains the Python files of the entities whose body was pulled.
	bodies map[panther.Key]string
	// entries lists all files of the working tree.
	entries []git.Entry
}

func (b *puller) add(c sync.Change, what PullState, files, fields []string, reason string) {
	b.pull.Entities = append(b.pull.Entities, PullEntity{
		Kind: c.Kind, ID: c.ID, What: what, Files: files, Fields: fields, Edited: c.Edited, Reason: reason,
	})
}

// where says where a difference was made in Panther.
func where(c sync.Change) string { return c.Edited.Where(func(name string) string { return name }) }

// take handles one difference.
func (b *puller) take(c sync.Change) {
	it := b.items[c.Key()]
	old, replaces := c.Replaced()
	switch {
	case replaces && b.live[old].Managed:
	case replaces && slices.ContainsFunc(c.Fields, func(f sync.FieldChange) bool { return f.Cause == sync.CauseConflict }):
		b.add(c, PullConflict, []string{}, nil, fmt.Sprintf("it was %s when it was deployed, and was edited %s since; restore its old files with git and pull again to keep the edit, or apply with --on-conflict revert --allow-delete to replace it", old.Kind.Article(), where(c)))
	case replaces:
		b.add(c, PullConflict, []string{}, nil, fmt.Sprintf("it is %s in Panther, and a pull does not change the type of a spec; remove its files and pull with --adopt to take it as it is there", old.Kind.Article()))
	case c.Action == sync.Delete && b.live[c.Key()].Managed: // never deleted, so there is nothing to decide
	case c.Action == sync.Delete && c.Cause == sync.CauseConflict:
		b.add(c, PullConflict, []string{}, nil, fmt.Sprintf("it was removed from the repository and edited %s; restore its files with git and pull again to keep it, or apply with --on-conflict revert --allow-delete to delete it", where(c)))
	case c.Action == sync.Delete || it == nil:
	case c.Action == sync.Create && c.Cause == sync.CauseConflict && !b.opts.TakeConflicts:
		b.add(c, PullConflict, []string{}, nil, "it was deleted in Panther and changed in the repository; pull with --take-conflicts to remove its files, or apply with --on-conflict revert to create it again")
	case c.Action == sync.Create:
		b.remove(c, it)
	default:
		b.edit(c, it)
	}
}

// edit writes the fields that differ in Panther to the entity's files.
func (b *puller) edit(c sync.Change, it *repo.Item) {
	var fields, conflicts, garbled []string
	live := b.live[c.Key()]
	known, by := c.AcceptedFields()
	if by != nil {
		b.add(c, PullAccepted, []string{}, known, fmt.Sprintf("accepted in %s, so not pulled; remove that entry to pull it", by.Place()))
	}
	for _, f := range c.Fields {
		if slices.Contains(known, f.Name) {
			continue
		}
		if slices.Contains(live.Garbled, f.Name) {
			garbled = append(garbled, f.Name)
		} else if f.Cause == sync.CauseConflict && !b.opts.TakeConflicts {
			conflicts = append(conflicts, f.Name)
		} else {
			fields = append(fields, f.Name)
		}
	}
	if len(conflicts) > 0 {
		b.add(c, PullConflict, []string{}, conflicts, "changed in both the repository and the console; pull with --take-conflicts to take Panther's value, or apply with --on-conflict revert")
	}
	if len(garbled) > 0 {
		b.add(c, PullFailed, []string{}, garbled, live.GarbledReason())
	}
	if len(fields) == 0 {
		return
	}
	src := repo.Source{Spec: b.content(it.Path), Body: b.content(it.BodyPath), BodyPath: it.BodyPath}
	got, err := it.WriteBack(src, b.live[c.Key()], fields)
	var partly *repo.WriteBackError
	if errors.As(err, &partly) {
		// The fields that could be written are valid despite the error.
		var left []string
		for _, f := range partly.Faults {
			left = append(left, f.Field)
		}
		fields = slices.DeleteFunc(fields, func(f string) bool { return slices.Contains(left, f) || slices.Contains(left, "") })
		b.add(c, PullFailed, []string{}, left, err.Error())
	} else if err != nil {
		b.add(c, PullFailed, []string{}, fields, err.Error())
		return
	}
	if len(fields) == 0 {
		return
	}
	files := b.put(nil, it.Path, src.Spec, got.Spec)
	if got.BodyPath != "" {
		if got.BodyPath != src.BodyPath {
			// An existing file may belong to another spec.
			src.Body = b.content(got.BodyPath)
		}
		files = b.put(files, got.BodyPath, src.Body, got.Body)
		if slices.Contains(fields, panther.FieldBody) {
			b.bodies[c.Key()] = got.BodyPath
		}
	}
	b.add(c, PullEdited, files, fields, "")
}

// content returns a file with the edits pulled so far.
func (b *puller) content(path string) []byte {
	if path == "" {
		return nil
	}
	if c, ok := b.pull.Files[path]; ok {
		return c
	}
	return b.repo.Sources[path]
}

func (b *puller) put(files []string, path string, before, after []byte) []string {
	if bytes.Equal(before, after) && before != nil {
		return files
	}
	b.pull.Files[path] = after
	return append(files, path)
}

// remove removes the files of an entity that was deleted in the console.
func (b *puller) remove(c sync.Change, it *repo.Item) {
	files := repo.RemoveFiles(b.repo, it)
	for _, f := range files {
		b.pull.Files[f] = nil
	}
	b.add(c, PullDeleted, files, nil, "")
}

// adopt creates files for live entities that were never deployed from here.
func (b *puller) adopt(list []sync.Unmanaged) {
	var entities []panther.Entity
	for _, u := range list {
		if u.Managed {
			b.pull.Managed++
			continue
		}
		entities = append(entities, b.live[panther.Key{Kind: u.Kind, ID: u.ID}])
	}
	for _, n := range newFiles(b.repo, b.entries, b.o.Content, entities) {
		c := sync.Change{Kind: n.key.Kind, ID: n.key.ID}
		if n.err != nil {
			b.add(c, PullFailed, []string{}, nil, n.err.Error())
			continue
		}
		var files []string
		for _, path := range sortedPaths(n.files) {
			files = b.put(files, path, nil, n.files[path])
		}
		reason := ""
		if len(n.lost) > 0 {
			reason = "a spec has no key for " + strings.Join(n.lost, ", ") + "; an apply keeps their live values"
		}
		b.add(c, PullAdopted, files, nil, reason)
	}
}

// shared finds Python files that are named by several specs and differ between
// them in Panther: no single text can match all of them.
func (b *puller) shared() {
	users := map[string][]*repo.Item{}
	for _, it := range b.repo.Items {
		if it.BodyPath != "" {
			users[it.BodyPath] = append(users[it.BodyPath], it)
		}
	}
	for i, e := range b.pull.Entities {
		body, took := b.bodies[e.Key()]
		if e.What != PullEdited || !took {
			continue
		}
		it := b.items[e.Key()]
		for _, other := range users[body] {
			if other == it || b.agree(it, other, body) {
				continue
			}
			b.pull.Entities[i].What = PullFailed
			b.pull.Entities[i].Reason = fmt.Sprintf("its Python file %s is also used by %s, which has a different body in Panther; give one of them its own file and pull again", body, other.Key())
			b.undo(&b.pull.Entities[i])
			break
		}
	}
}

// agree reports whether the live body of one entity also matches another entity
// that names the same file.
func (b *puller) agree(it, other *repo.Item, body string) bool {
	if !other.Deployable() {
		return it.BodyPath == body // it changes with the file, as before
	}
	f, _ := other.Kind.Field(panther.FieldBody)
	theirs, live := b.live[other.Key()]
	return live && f.Equal(theirs.Fields[f.Name], b.live[it.Key()].Fields[f.Name])
}

// undo removes an entity's files from the pull.
func (b *puller) undo(e *PullEntity) {
	for _, f := range e.Files {
		delete(b.pull.Files, f)
	}
	e.Files = []string{}
}
