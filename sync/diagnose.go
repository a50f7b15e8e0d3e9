package sync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// diagnose collects the diagnostics of the plan: problems in files, and general
// notes.
func (b *builder) diagnose() {
	p := b.plan
	var ds []repo.Diagnostic
	for _, d := range b.repo.Diagnostics {
		ds = append(ds, b.soften(d))
	}
	for _, d := range append(p.Diagnostics, b.droppedSpecs()...) {
		ds = append(ds, b.soften(d))
	}
	slices.SortStableFunc(ds, func(x, y repo.Diagnostic) int {
		if (x.Path == "") != (y.Path == "") {
			return map[bool]int{true: 1, false: -1}[x.Path == ""]
		}
		return cmp.Or(strings.Compare(x.Path, y.Path), x.Line-y.Line, x.Column-y.Column)
	})
	say := func(s repo.Severity, format string, args ...any) {
		ds = append(ds, repo.Diagnostic{Severity: s, Message: fmt.Sprintf(format, args...)})
	}
	always := func(topic, format string, args ...any) {
		say(repo.SeverityInfo, format, args...)
		ds[len(ds)-1].Topic = topic
	}
	if b.blind() && (b.opts.Delete || len(b.kept) > 0) {
		say(repo.SeverityWarning, "no deletes are planned, because %s can't be read and may define what seems to be missing; fix it first", strings.Join(b.repo.Unread, ", "))
	}
	if p.Unsynced = b.unsyncedKeys(); len(p.Unsynced) > 0 {
		counts := make([]string, len(p.Unsynced))
		for i, k := range p.Unsynced {
			counts[i] = fmt.Sprintf("%s (%d)", k.Key, len(k.Specs))
		}
		always("keys that are not synced", "kept in the repository and not synced, because Panther's REST API has no field for them: %s; pdac plan -v lists the specs", strings.Join(counts, ", "))
	}
	if n := len(b.asleep); n > 0 {
		always("specs excluded by their Status", "live in Panther and left unchanged, because their Status excludes them from deployment: %s", some(b.asleep))
	}
	ds = append(ds, ReleasedNote(p.Released)...)
	ds = append(ds, b.idleReleases()...)
	ds = append(ds, b.outweighed()...)
	if len(b.opts.Only) == 0 {
		ds = append(ds, b.opts.Policies.Accepted.idle(b.opts.Unreadable, b.anyEntity, nil)...)
	}
	ds = append(ds, b.sides()...)
	ds = append(ds, b.matchless()...)
	ds = append(ds, b.oneID()...)
	ds = append(append(ds, b.move()...), b.renames()...)
	ds = append(ds, b.olderDeployment()...)
	ds = append(ds, b.managedUpdates()...)
	ds = append(ds, b.unreadable()...)
	if ds == nil {
		ds = []repo.Diagnostic{}
	}
	p.Diagnostics = ds
}

// some joins the first items of a list.
func some(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// soften turns an error into a warning if the plan is limited to other
// entities: a broken file must not block deploying a different one.
func (b *builder) soften(d repo.Diagnostic) repo.Diagnostic {
	if d.Severity != repo.SeverityError {
		return d
	}
	if d.Path == "" && d.Kind != "" && !b.held[panther.Key{Kind: panther.Kind(d.Kind), ID: d.ID}] {
		// A problem only in Panther does not block plans that don't deploy the
		// entity.
		d.Severity = repo.SeverityWarning
	}
	if len(b.opts.Only) == 0 || b.opts.Rest && !b.excepts(d) {
		return d
	}
	if d.Kind != "" && b.scope.match(panther.Key{Kind: panther.Kind(d.Kind), ID: d.ID}) {
		return d // entities removed from the repository can match too
	}
	if !slices.ContainsFunc(b.about(d), b.scope.matchItem) && !slices.ContainsFunc(b.unreadSpecs(d.Path), b.scope.match) {
		d.Severity = repo.SeverityWarning
	}
	return d
}

// excepts reports whether a diagnostic is about an entity that the plan leaves out.
func (b *builder) excepts(d repo.Diagnostic) bool {
	return d.Kind != "" && b.opts.Except.MatchKey(panther.Key{Kind: panther.Kind(d.Kind), ID: d.ID}) || slices.ContainsFunc(b.about(d), b.opts.Except.matchItem) ||
		slices.ContainsFunc(b.unreadSpecs(d.Path), b.opts.Except.MatchKey)
}

// unreadSpecs returns the entities that were deployed from a file that can't be read now.
func (b *builder) unreadSpecs(path string) []panther.Key {
	if b.unread == nil {
		b.unread = map[string][]panther.Key{}
		if b.opts.Base == nil || len(b.repo.Unread) == 0 {
			return nil
		}
		for _, path := range b.repo.Unread {
			b.unread[path] = []panther.Key{}
		}
		for _, it := range b.opts.Base.Repo.Items {
			if it.Kind == "" {
				continue
			}
			if _, spec, _ := b.opts.Base.place(it.Key(), b.opts.Root); b.unread[spec] != nil {
				b.unread[spec] = append(b.unread[spec], it.Key())
			}
		}
	}
	return b.unread[path]
}

// about returns the specs that a diagnostic is about: the one in its file, and
// those that share its id. A global and a rule may both be named "C".
func (b *builder) about(d repo.Diagnostic) []*repo.Item {
	if b.byID == nil {
		b.byID = map[string][]*repo.Item{}
		for _, it := range b.repo.Items {
			b.byID[it.ID] = append(b.byID[it.ID], it)
		}
	}
	if d.ID == "" {
		return nil
	}
	same := b.byID[d.ID]
	if i := slices.IndexFunc(same, func(it *repo.Item) bool { return it.Path == d.Path }); i >= 0 {
		space := same[i].Type.IDKey()
		return slices.DeleteFunc(slices.Clone(same), func(it *repo.Item) bool { return it.Type.IDKey() != space })
	}
	return same
}

func (b *builder) unsyncedKeys() []UnsyncedKey {
	var out []UnsyncedKey
	for _, key := range slices.Sorted(maps.Keys(b.unsynced)) {
		specs := b.unsynced[key]
		slices.SortFunc(specs, func(x, y KeyPlace) int { return strings.Compare(x.Path, y.Path) })
		out = append(out, UnsyncedKey{Key: key, Specs: specs})
	}
	return out
}

// matchless warns of patterns without matches, and of a repository without specs.
func (b *builder) matchless() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, p := range b.opts.Only.unmatched(b.repo, b.opts.Base, b.live, b.opts.Unreadable) {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("--only %q matches nothing in the repository, in the last deployment or in Panther; check the kind and the id", p.text)})
	}
	switch n := len(b.repo.Skipped); {
	case len(b.repo.Items) > 0 || len(b.repo.Unread) > 0:
	case n > 0:
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("no spec is content: the repository has %d, and all are skipped; check content in pdac.yaml", n)})
	default:
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: "the repository has no specs; check the folder (-C) and content.include in pdac.yaml"})
	}
	return out
}

// olderDeployment reports which keys this Panther seems to have no field for.
func (b *builder) olderDeployment() []repo.Diagnostic {
	count := map[string]int{}
	for _, e := range b.desired {
		have, exists := b.live[e.Key]
		for _, f := range e.Kind.Fields() {
			if exists && !have.Shows(f) && !f.Equal(e.Fields[f.Name], nil) {
				count[f.SpecKey]++
			}
		}
	}
	var out []repo.Diagnostic
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(count)) {
		keys = append(keys, fmt.Sprintf("%s (%d)", key, count[key]))
	}
	if len(keys) > 0 {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityInfo, Message: fmt.Sprintf(
			"not compared, because this Panther does not return them and so seems to be older than these fields: %s", strings.Join(keys, ", "))})
	}
	return out
}

// managedUpdates warns that Panther's packs may overwrite the update.
func (b *builder) managedUpdates() []repo.Diagnostic {
	var out []repo.Diagnostic
	for _, c := range b.plan.Changes {
		if c.Action == Update && b.live[c.Key()].Managed {
			out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: c.Path, Kind: string(c.Kind), ID: c.ID,
				Message: fmt.Sprintf("%s is maintained by one of Panther's packs, which may overwrite this update; disable the pack, or give the spec its own id", c.Key())})
		}
	}
	return out
}
