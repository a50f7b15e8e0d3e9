package sync

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// Intent is what an apply is about to write. It is kept from before the first write
// until the deployment is recorded, so that the next run knows the writes of one that
// was killed, or whose record failed, from edits in the console.
type Intent struct {
	FormatVersion string `json:"format_version"`
	Tenant        string `json:"tenant"`
	Revision      string `json:"revision,omitempty"`
	// Root is the deployed folder, relative to the top of its git repository.
	Root string `json:"root,omitempty"`
	// Changes lists what is written.
	Changes []IntendedChange `json:"changes"`
	// Hash identifies a stored intent, and Shared says that the remote has it.
	Hash   string `json:"-"`
	Shared bool   `json:"-"`
}

// IntendedChange is one change of an Intent.
type IntendedChange struct {
	Kind     panther.Kind `json:"kind"`
	ID       string       `json:"id"`
	Action   Action       `json:"action"`
	Replaces panther.Kind `json:"replaces,omitempty"`
	Path     string       `json:"path,omitempty"`
	// Was is the fingerprint of the recorded entity, and WasReplaced that of the one
	// that a replace deletes; "" if none is recorded. Once the record has another
	// entity, the change no longer counts.
	Was         string `json:"was,omitempty"`
	WasReplaced string `json:"was_replaced,omitempty"`
	// Fields contains the written values; nil clears a field.
	Fields map[string]any `json:"fields,omitempty"`
}

// Key returns the key of the written entity.
func (c IntendedChange) Key() panther.Key { return panther.Key{Kind: c.Kind, ID: c.ID} }

// removed returns the entity that the change deletes.
func (c IntendedChange) removed() (panther.Key, bool) {
	switch c.Action {
	case Delete:
		return c.Key(), true
	case Replace:
		return panther.Key{Kind: c.Replaces, ID: c.ID}, true
	}
	return panther.Key{}, false
}

// MaxIntent bounds a stored intent, in bytes.
const MaxIntent = maxStored

// NewIntent returns what an apply of a plan may write; nil for nothing. base is the
// recorded deployment, nil for none, and root the deployed folder.
func NewIntent(p *Plan, base *Base, root string, o ApplyOptions) *Intent {
	in := &Intent{FormatVersion: FormatVersion, Tenant: p.Tenant, Revision: p.Revision, Root: root}
	for _, c := range p.Changes {
		held := o.HoldDeletes && (c.Action == Replace || c.Action == Delete && c.MovedTo == "")
		if held || c.held(o.Allow) != "" || o.Stale[c.Key()] != "" {
			continue
		}
		ic := IntendedChange{Kind: c.Kind, ID: c.ID, Action: c.Action, Replaces: c.Replaces, Path: c.Path, Was: base.print(c.Key())}
		if old, ok := c.Replaced(); ok {
			ic.WasReplaced = base.print(old)
		}
		if c.Action != Delete {
			ic.Fields = map[string]any{}
			for _, fc := range c.Fields {
				if _, ok := c.Kind.Field(fc.Name); ok && (c.Action == Update || fc.After != nil) {
					ic.Fields[fc.Name] = fc.After
				}
			}
		}
		in.Changes = append(in.Changes, ic)
	}
	if len(in.Changes) == 0 {
		return nil
	}
	return in
}

// Bytes returns the intent as JSON: one text, or several intents with a part of the
// changes each if it is larger than a limit.
func (in *Intent) Bytes(limit int) ([][]byte, error) {
	text, err := json.Marshal(in)
	if err != nil || len(text) <= limit || len(in.Changes) < 2 {
		return [][]byte{text}, err
	}
	var out [][]byte
	half := len(in.Changes) / 2
	for _, changes := range [][]IntendedChange{in.Changes[:half], in.Changes[half:]} {
		part := *in
		part.Changes = changes
		texts, err := part.Bytes(limit)
		if err != nil {
			return nil, err
		}
		out = append(out, texts...)
	}
	return out, nil
}

// ReadIntent parses what Bytes returned.
func ReadIntent(src []byte) (*Intent, error) {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var in Intent
	if err := dec.Decode(&in); err != nil {
		return nil, fmt.Errorf("read what an earlier apply was about to write: %s", yamlcore.PlainJSON(err))
	}
	if major, _, _ := strings.Cut(in.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("what an earlier apply was about to write has the format_version %q, and this pdac reads 1.x; use the version of pdac that applied", in.FormatVersion)
	}
	for _, c := range in.Changes {
		if _, err := panther.ParseKind(string(c.Kind)); err != nil || c.ID == "" {
			return nil, fmt.Errorf("read what an earlier apply was about to write: %q/%q is no entity", c.Kind, c.ID)
		}
		for name, v := range c.Fields {
			if f, ok := c.Kind.Field(name); ok {
				if err := f.Check(v); err != nil {
					return nil, fmt.Errorf("read what an earlier apply was about to write: %w", err)
				}
			}
		}
	}
	return &in, nil
}

// Wanted returns the change of an intent that gives a recorded entity all values of
// another one.
func (b *Base) Wanted(e panther.Entity) IntendedChange {
	c := IntendedChange{Kind: e.Kind, ID: e.ID, Action: Update, Was: b.print(e.Key), Fields: map[string]any{}}
	for _, f := range e.Kind.Fields() {
		if v, owned := e.Fields[f.Name]; owned || !f.KeepsLive {
			c.Fields[f.Name] = v
		}
	}
	return c
}

// SomeKeys names some entities in a sentence.
func SomeKeys(keys []panther.Key) string { return some(names(keys)) }

// print returns the fingerprint of a recorded entity; "" for none.
func (b *Base) print(k panther.Key) string {
	if b == nil {
		return ""
	}
	e, ok := b.entities[k]
	if !ok {
		return ""
	}
	return e.Fingerprint()
}

// unfinished is an entity of a deployment that was not recorded.
type unfinished struct {
	entity panther.Entity
	// gone says that the deployment deleted it, and lost that this was to replace it, and
	// that the new one is not live either: nothing detects under this id.
	gone, lost           bool
	revision, root, path string
}

// Resume makes the base what was deployed with certainty: the recorded deployment, and
// those writes of unrecorded ones that are live. They are neither drift nor conflicts.
// intents are the unrecorded ones, the oldest first, and seen reports whether a kind
// was read. It returns the entities that differ from the record.
func (b *Base) Resume(live Live, seen func(panther.Kind) bool, intents []*Intent) []panther.Key {
	if b == nil {
		return nil
	}
	writes, deletes := map[panther.Key][]intended{}, map[panther.Key]unfinished{}
	for _, in := range intents {
		for _, c := range in.Changes {
			if key := c.Key(); c.Action != Delete && b.print(key) == c.Was {
				writes[key] = append(writes[key], intended{c, in.Revision, in.Root})
			}
			was, lost := c.Was, false
			if c.Action == Replace {
				_, replaced := live[c.Key()]
				was, lost = c.WasReplaced, !replaced
			}
			if key, ok := c.removed(); ok && b.print(key) == was {
				deletes[key] = unfinished{gone: true, lost: lost, revision: in.Revision}
			}
		}
	}
	b.resumed, b.origins = map[panther.Key]unfinished{}, nil
	for key, list := range writes {
		if have, ok := live[key]; ok {
			b.resumeWritten(have, list)
		}
	}
	for key, u := range deletes {
		if _, is := live[key]; !is && seen(key.Kind) && !b.supplanted(key, live) {
			b.resumed[key] = u
		}
	}
	var out []panther.Key
	for key, u := range b.resumed {
		if _, recorded := b.entities[key]; recorded || !u.gone {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, panther.Key.Compare)
	return out
}

// supplanted reports whether the id of an entity belongs to another type now that no
// deployment created: somebody changed it in the console, and deleted the entity for that.
func (b *Base) supplanted(k panther.Key, live Live) bool {
	return slices.ContainsFunc(k.Siblings(), func(o panther.Key) bool {
		_, is := live[o]
		_, ours := b.Entity(o)
		return is && !ours
	})
}

// intended is a change of an unrecorded deployment of a revision, from a folder.
type intended struct {
	IntendedChange
	revision, root string
}

// resumeWritten takes over what unrecorded deployments wrote to a live entity.
func (b *Base) resumeWritten(have panther.Entity, list []intended) {
	was, recorded := b.entities[have.Key]
	last := list[len(list)-1]
	out := unfinished{root: last.root, path: last.Path, entity: panther.Entity{Key: have.Key, Fields: map[string]any{}, Year: was.Year}}
	for name, v := range was.Fields {
		out.entity.Fields[name] = v
	}
	created := false
	for _, c := range list {
		created = created || c.Action != Update
	}
	if !recorded && (!created || !b.mostly(have, list)) {
		return // somebody else created it
	}
	changed := !recorded
	for _, f := range have.Kind.Fields() {
		is := have.Fields[f.Name]
		if recorded && f.Equal(was.Fields[f.Name], is) {
			continue
		}
		for _, c := range list {
			v, sent := c.Fields[f.Name]
			if !sent && c.Action == Update {
				continue
			}
			if !recorded && v != nil {
				out.entity.Fields[f.Name], out.revision = v, c.revision
			}
			if b.became(have.Key, f, v, is) {
				if out.entity.Fields[f.Name] = is; is == nil {
					delete(out.entity.Fields, f.Name)
				}
				out.revision, changed = c.revision, true
			}
		}
	}
	if out.revision == "" {
		out.revision = last.revision
	}
	if changed {
		b.resumed[have.Key] = out
	}
}

// mostly reports whether more than half of a live entity is what unrecorded
// deployments wrote. The rest may have been edited after that.
func (b *Base) mostly(have panther.Entity, list []intended) bool {
	same, all := 0, 0
	for _, f := range have.Kind.Fields() {
		is := have.Fields[f.Name]
		sent, equal := false, false
		for _, c := range list {
			v, ok := c.Fields[f.Name]
			sent, equal = sent || ok, equal || ok && b.became(have.Key, f, v, is)
		}
		if sent {
			all++
		}
		if equal {
			same++
		}
	}
	return 2*same > all || all == 0
}

// became reports whether a live value is one that was sent, in any form in which
// Panther is known or likely to store it: trimmed, or in another case.
func (b *Base) became(k panther.Key, f panther.Field, sent, is any) bool {
	if f.Equal(sent, is) || b.formOf(k, f, sent, is) {
		return true
	}
	plain := func(v any) string {
		return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(yamlcore.CanonicalJSON(v), `\n`, " ")), " "))
	}
	switch f.Type {
	case panther.Text, panther.Set:
		return sent != nil && is != nil && plain(sent) == plain(is)
	}
	return false
}

// unfinished returns what unrecorded deployments did to an entity.
func (b *Base) unfinished(k panther.Key) (unfinished, bool) {
	if b == nil {
		return unfinished{}, false
	}
	u, ok := b.resumed[k]
	return u, ok
}

// knows reports whether an entity is recorded or was deployed, also if a deployment that
// was not recorded has deleted it.
func (b *Base) knows(k panther.Key) bool {
	if b == nil {
		return false
	}
	_, recorded := b.entities[k]
	_, resumed := b.resumed[k]
	return recorded || resumed
}

// Settled reports whether an apply has made an intent obsolete: everything that the
// other run may have written is now in the record, or is not live.
func (a Applied) Settled(in *Intent) bool {
	filter, err := ParseFilter(a.Plan.Only)
	if err != nil {
		return false
	}
	r := recorder{Applied: a, only: a.scope(filter), changes: map[panther.Key]Change{}, kept: map[panther.Key]Change{}, results: map[panther.Key]ChangeResult{}}
	for _, c := range a.Result.Changes {
		r.results[c.Key()] = c
		if old, ok := c.Replaced(); ok {
			r.results[old] = c
		}
	}
	for _, c := range a.Plan.Kept {
		r.kept[c.Key()] = c
		if old, ok := c.Replaced(); ok {
			r.kept[old] = c
		}
	}
	wanted := map[panther.Key]bool{}
	for _, it := range a.Repo.Items {
		wanted[it.Key()] = wanted[it.Key()] || it.Deployable()
	}
	done := func(k panther.Key) bool {
		if _, kept := r.kept[k]; kept || !r.looked(k) {
			return false
		}
		if res, changed := r.results[k]; changed {
			return r.took(res.Key())
		}
		// What is live and left alone, such as the entity of an excluded spec, is not
		// recorded.
		u, resumed := a.Base.unfinished(k)
		return wanted[k] || (!resumed || u.gone) && !a.Begun.has(k)
	}
	for _, c := range in.Changes {
		old, removes := c.removed()
		if a.Base.print(c.Key()) != c.Was {
			continue // the record has it
		}
		if !done(c.Key()) || removes && !done(old) {
			return false
		}
	}
	return true
}

// Open reports whether something of an intent may still happen after an apply of it:
// the outcome of a request is unknown.
func (r *Result) Open() bool {
	return slices.ContainsFunc(r.Changes, func(c ChangeResult) bool { return c.uncertain }) || r.Undo != nil && r.Undo.Open()
}
