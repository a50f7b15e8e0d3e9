package sync

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Asked is a value of a plan whose commits are looked for: that of a field, or the
// identity of what is in a spec, which says when an entity came or went.
type Asked struct {
	// Path is the file that has the value, and OldPath where it was when it was
	// deployed; "" if it was not.
	Path, OldPath string
	// Name is the name of the field or identityPart.
	Name string
	// Now and Was are the wanted and the deployed value as texts, and Identity the
	// identity of a spec; see SpecParts.
	Now, Was, Identity string
	// Whole says that the value has several lines, so that several commits may have
	// made it.
	Whole bool
	// Recent says that only commits after the deployment are of interest: those that
	// made a new entity. Last says the opposite for the case that there are none.
	Recent, Last bool
	// Change numbers the change that it is about.
	Change int

	change *Change
	// field is the index of the field; -1 for the whole entity.
	field int
}

// Key returns the key of the entity.
func (a Asked) Key() panther.Key { return a.change.Key() }

// The parts of a spec besides its fields.
const (
	identityPart = ""
	kindPart     = "\x00kind"
	statusPart   = "\x00status"
	filePart     = "\x00file"
)

// specID returns the identity of an entity's spec. Types of rules share it.
func specID(k panther.Key) string { return k.Kind.SpecIDKey() + "/" + k.ID }

// SpecParts returns the fields of a spec as texts by name, for finding out when they
// changed, and the spec's identity as "". sql is the key of the deployed SQL of a
// query. It returns nil if the content is not a spec that can be read.
func SpecParts(path string, content []byte, sql string) map[string]string {
	it := repo.ReadSpec(path, content).Item
	if it == nil {
		return nil
	}
	out := map[string]string{identityPart: it.Type.IDKey() + "/" + it.ID, kindPart: string(it.Kind), statusPart: it.Status, filePart: string(content)}
	if it.Kind == "" {
		return out
	}
	if slices.Contains(it.SQLKeys(), sql) {
		it = it.WithSQL(sql)
	}
	e := it.Entity().Entity
	for _, f := range it.Kind.Fields() {
		if f.Name != panther.FieldBody {
			out[f.Name] = partText(f, e.Fields[f.Name])
		}
	}
	return out
}

// BodyParts returns the text of a Python file as that of its field.
func BodyParts(content []byte) map[string]string {
	f, _ := panther.Rule.Field(panther.FieldBody)
	return map[string]string{panther.FieldBody: partText(f, strings.TrimPrefix(string(content), "\ufeff"))}
}

// partText returns a value's meaning as lines of text.
func partText(f panther.Field, v any) string {
	switch v := f.Canonical(v).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		text, err := json.MarshalIndent(v, "", " ") // with sorted keys
		if err != nil {
			return ""
		}
		return string(text)
	}
}

// Files are the files of an entity that a plan asks for.
type Files struct {
	// Body is the Python file, and Spec and WasBody are the deployed files; "" for
	// none.
	Body, Spec, WasBody string
	// Identity is what the spec's path has now, and Status that spec's Status; ""
	// for nothing. See SpecParts.
	Identity, Status string
	// Text is the text of the spec.
	Text string
}

// Asked returns the values whose commits the plan shows.
func (p *Plan) Asked(files func(Change) Files) []Asked {
	var out []Asked
	n := 0
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for i := range list {
			c := &list[i]
			if !c.has(CauseCommit) && !c.has(CauseConflict) {
				continue
			}
			n++
			for _, a := range c.asked(files(*c)) {
				a.Change = n
				out = append(out, a)
			}
		}
	}
	return out
}

func (c *Change) asked(files Files) []Asked {
	id := specID(c.Key())
	switch {
	case c.Moved:
		return nil
	case c.Action == Delete:
		return []Asked{{Path: c.Path, Name: identityPart, Now: files.Identity, Was: id, Identity: id, Whole: true, change: c, field: -1}}
	}
	var out []Asked
	if c.Action == Replace && c.Cause != CauseConflict {
		// The spec decides as what it exists.
		return []Asked{{Path: c.Path, OldPath: files.Spec, Name: kindPart, Now: string(c.Kind), Was: string(c.Replaces), Identity: id, change: c, field: -1}}
	}
	created := c.Action == Create && c.Cause == CauseCommit
	if created {
		// A spec can become content by its status. Whatever it was, somebody added it.
		out = append(out, Asked{Path: c.Path, Name: statusPart, Now: files.Status, Identity: id, Recent: true, change: c, field: -1},
			Asked{Path: c.Path, Name: identityPart, Now: id, Identity: id, Last: true, change: c, field: -1})
	}
	for i, fc := range c.Fields {
		f, ok := c.Kind.Field(fc.Name)
		if !ok || fc.Carried || c.Action == Create && c.Cause == CauseConflict && c.asDeployed(fc) {
			continue // it is recreated unchanged, or it is Panther's value
		}
		if fc.Cause != CauseCommit && fc.Cause != CauseConflict && c.Action == Update {
			continue
		}
		a := Asked{Path: c.Path, OldPath: files.Spec, Name: fc.Name, Now: partText(f, fc.After), Was: partText(f, fc.Deployed), Identity: id, Recent: created, change: c, field: i}
		if fc.Name == panther.FieldBody {
			a.Path, a.OldPath, a.Identity = files.Body, files.WasBody, ""
		}
		a.Whole = f.Type != panther.Text || strings.Contains(a.Now+a.Was, "\n")
		switch f.Type {
		case panther.Bool, panther.Integer, panther.Enum:
			a.Whole = false
		}
		a.Whole = a.Whole && !created
		if a.Path != "" {
			out = append(out, a)
		}
	}
	if len(out) == 0 && c.Action == Create && c.Path != "" {
		// What was only removed from the spec is in no field.
		out = append(out, Asked{Path: c.Path, OldPath: files.Spec, Name: filePart, Now: files.Text, Identity: id, change: c, field: -1})
	}
	return out
}

// maxFieldCommits is the maximum number of commits of one field in a plan.
const maxFieldCommits = 10

// Attribute adds the commits that were found for what the plan asked, in its order.
func (p *Plan) Attribute(asked []Asked, found [][]Commit) {
	for i, a := range asked {
		list := found[i][:min(len(found[i]), maxFieldCommits)]
		if a.field < 0 && a.change.Action == Delete && len(found[i]) > 0 {
			list = found[i][len(found[i])-1:] // the later ones changed what took its place
		}
		for _, c := range list {
			c.Path = a.Path
			a.change.attribute(c)
			if a.field < 0 || a.change.Action != Update {
				continue
			}
			f := &a.change.Fields[a.field]
			switch {
			case c.TakenBack:
				f.TakenBack = true
			case c.Uncommitted:
				f.Uncommitted = true
			default:
				f.Commits = append(f.Commits, c.Hash)
			}
		}
	}
	for _, list := range [][]Change{p.Changes, p.Kept} {
		for _, c := range list {
			slices.SortStableFunc(c.Commits, func(x, y Commit) int { return cmp.Or(c.rank(x)-c.rank(y), newer(x, y)) })
		}
	}
}

// attribute adds a commit, once for each file.
func (c *Change) attribute(by Commit) {
	if !slices.ContainsFunc(c.Commits, func(o Commit) bool {
		return o.Hash == by.Hash && o.Path == by.Path && o.TakenBack == by.TakenBack
	}) {
		c.Commits = append(c.Commits, by)
	}
}

// newer puts newer commits first.
func newer(x, y Commit) int {
	if x.Time == nil || y.Time == nil {
		return 0
	}
	return y.Time.Compare(*x.Time)
}

// rank puts the commits of the spec before those of the body.
func (c Change) rank(by Commit) int {
	if by.Path == c.Path {
		return 0
	}
	return 1
}

// CommitsOf returns the commits of a field: those that changed it, or those of its
// file if the plan does not say more.
func (c Change) CommitsOf(f FieldChange) []Commit {
	if f.Cause != CauseCommit && f.Cause != CauseConflict {
		return nil
	}
	var out, ofFile []Commit
	known := f.Uncommitted || f.TakenBack || len(f.Commits) > 0
	for _, by := range c.Commits {
		if (by.Path == c.Path) != (f.Name != panther.FieldBody) {
			continue
		}
		ofFile = append(ofFile, by)
		if slices.Contains(f.Commits, by.Hash) || by.TakenBack && f.TakenBack || by.Uncommitted && f.Uncommitted {
			out = append(out, by)
		}
	}
	switch {
	case known || c.attributed():
		return out
	case ofFile == nil:
		return c.Commits
	}
	return ofFile
}

// attributed reports whether the plan knows which commit changed which field. Plans
// of older versions don't.
func (c Change) attributed() bool {
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return f.Uncommitted || f.TakenBack || len(f.Commits) > 0 })
}
