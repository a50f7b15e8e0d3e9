package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// renames reports new entities that look like deleted ones under another id: in the
// same file, or with mostly the same content.
func (b *builder) renames() []repo.Diagnostic {
	gone := map[panther.Key]panther.Entity{}
	paths := map[string]panther.Key{}
	for _, c := range b.plan.Changes {
		if c.Action == Delete && c.MovedTo == "" && b.opts.Base != nil {
			gone[c.Key()] = b.live[c.Key()]
			if !c.Moved {
				paths[c.Path] = c.Key()
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	created := map[panther.Key]Change{}
	for _, c := range b.plan.Changes {
		if c.Action == Create && c.Cause == CauseCommit {
			created[c.Key()] = c
		}
	}
	specs := make(map[panther.Key]string, len(b.repo.Items))
	for _, it := range b.repo.Items {
		specs[it.Key()] = it.Path
	}
	known := indexContent(gone)
	var out []repo.Diagnostic
	var more []string
	taken := map[panther.Key]bool{}
	for _, e := range b.desired {
		_, isNew := created[e.Key]
		path := specs[e.Key]
		old, same := paths[path]
		same = same && old.Kind == e.Kind && old.ID != e.ID
		if !same && isNew {
			old, same = known.like(e)
		}
		if !same || taken[old] {
			continue
		}
		taken[old] = true
		if len(out) == maxRenames {
			more = append(more, e.Key.String())
			continue
		}
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Path: path, Kind: string(e.Kind), ID: e.ID, Message: fmt.Sprintf(
			"%s looks like a rename of %s; until that is deleted, both are live%s. To make it one step, add this to moved in pdac.yaml: {kind: %s, from: %s, to: %s}",
			e.Key, old, alerting(e.Kind), e.Kind, yamlID(old.ID), yamlID(e.ID))})
	}
	if len(more) > 0 {
		out = append(out, repo.Diagnostic{Severity: repo.SeverityWarning, Message: fmt.Sprintf("these look like renames of deleted entities, too: %s", some(more))})
	}
	return out
}

// alerting is what two live entities of a kind mean, after a sentence.
func alerting(k panther.Kind) string {
	switch k {
	case panther.Global, panther.DataModel, panther.Query:
		return ""
	}
	return ", and both will alert"
}

// maxRenames is the maximum number of renames with a message each.
const maxRenames = 10

// yamlID writes an id as a value of YAML.
func yamlID(id string) string {
	if strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	}) || strings.Trim(id, "0123456789.-") == "" {
		return fmt.Sprintf("%q", id)
	}
	return id
}

// contentIndex finds entities by the lines of their content.
type contentIndex struct {
	keys  []panther.Key
	sizes []int
	lines map[string][]int
}

// maxShared is in how many entities a line may be to say something about one.
const maxShared = 20

func indexContent(entities map[panther.Key]panther.Entity) *contentIndex {
	x := &contentIndex{lines: map[string][]int{}}
	keys := make([]panther.Key, 0, len(entities))
	for k := range entities {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, panther.Key.Compare)
	for _, k := range keys {
		lines := contentLines(entities[k])
		x.keys, x.sizes = append(x.keys, k), append(x.sizes, len(lines))
		for l := range lines {
			if len(x.lines[l]) <= maxShared {
				x.lines[l] = append(x.lines[l], len(x.keys)-1)
			}
		}
	}
	return x
}

// like returns the entity of the same kind with the most lines in common, if these are
// two of three.
func (x *contentIndex) like(e panther.Entity) (panther.Key, bool) {
	lines := contentLines(e)
	counts := map[int]int{}
	rare := 0
	for l := range lines {
		list := x.lines[l]
		if len(list) > maxShared {
			continue
		}
		rare++
		for _, i := range list {
			if x.keys[i].Kind == e.Kind {
				counts[i]++
			}
		}
	}
	best, most := -1, 0
	for i, n := range counts {
		if n > most || n == most && i < best {
			best, most = i, n
		}
	}
	if best < 0 || most < 2 || 3*most < 2*max(rare, x.sizes[best]) {
		return panther.Key{}, false
	}
	return x.keys[best], true
}

// contentLines returns the distinct lines of an entity's fields.
func contentLines(e panther.Entity) map[string]bool {
	out := map[string]bool{}
	for _, f := range e.Kind.Fields() {
		v := e.Fields[f.Name]
		if f.Empty(v) || v == f.Default {
			continue
		}
		for l := range strings.Lines(partText(f, v)) {
			if l = strings.TrimSpace(l); len(l) > 1 {
				out[f.Name+" "+l] = true
			}
		}
	}
	return out
}
