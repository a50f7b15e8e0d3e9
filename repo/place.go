package repo

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// Placer chooses the files of new entities: next to similar items, or in the
// conventional layout if there are none. It never returns the same path twice,
// nor one that differs from another only in case. A Placer is not safe for
// concurrent use.
type Placer struct {
	items   []sibling
	taken   map[string]bool   // lower-case paths without extension
	folders map[string]string // lower-case folders and their spelling
	queries map[string]string // folders of queries by name
	next    map[string]int    // the number to try for a path that is taken
	// base is the folder that contains all content folders.
	base    string
	chooser *chooser
}

// NewPlacer returns a Placer for a loaded repository. entries are all files of
// its tree, and o the options of the load.
func NewPlacer(r *Repo, entries []Entry, o Options) *Placer {
	c := newChooser(entries, o)
	p := &Placer{taken: map[string]bool{}, folders: map[string]string{}, queries: map[string]string{}, next: map[string]int{}, chooser: c}
	if c.whole && len(r.Items) == 0 {
		// The first file determines what is content, so it goes into a content
		// folder.
		c.whole = false
	}
	for _, e := range entries {
		p.take(e.Path)
	}
	for _, it := range r.Items {
		p.take(it.Path)
		if it.BodyPath != "" {
			p.take(it.BodyPath)
		}
	}
	for _, s := range r.Skipped {
		p.take(s.Path)
	}
	bases := map[string]bool{}
	for _, it := range r.Items {
		if it.Kind == "" || p.outside(it.Path) {
			continue
		}
		bases[path.Dir(c.folder(path.Dir(it.Path)).root)] = true
		p.items = append(p.items, sibling{it, traits{kind: it.Kind, ids: tokens(it.ID, false), words: wordsOf(it)}})
		if it.Kind == panther.Query {
			p.queries[it.ID] = path.Dir(it.Path)
		}
	}
	if len(bases) == 1 && !c.whole {
		for p.base = range bases {
		}
	}
	return p
}

// sibling is an item with its traits.
type sibling struct {
	*Item
	traits traits
}

func stemOf(p string) string { return strings.ToLower(strings.TrimSuffix(p, path.Ext(p))) }

func (p *Placer) take(file string) {
	p.taken[stemOf(file)] = true
	p.taken[strings.ToLower(file)] = true
	for dir := path.Dir(file); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if low := strings.ToLower(dir); p.folders[low] == "" {
			p.folders[low] = dir
		}
	}
}

func (p *Placer) outside(file string) bool {
	return p.chooser.skips(file) != ""
}

// Place returns the path for the spec of an entity and reserves it. It fails if
// there is no content folder for it.
func (p *Placer) Place(e panther.Entity) (string, error) {
	folder, near := p.siblings(e)
	if folder == "" {
		folder, near = p.conventional(e)
		folder = path.Join(p.base, folder)
	}
	if spelt := p.folders[strings.ToLower(folder)]; spelt != "" {
		folder = spelt
	}
	if p.chooser.whole && len(p.items) > 0 && p.chooser.folder(folder).root != "" {
		// A folder with this name would stop all others from being content.
		folder = p.busiest()
	}
	if p.outside(path.Join(folder, "x.yml")) {
		setting := p.chooser.skips(path.Join(folder, "x.yml")).Setting()
		return "", fmt.Errorf("no content folder for the new spec of %s: %s is not one of them; change %s in pdac.yaml", e.Key, folder, setting)
	}
	name, ext := p.fileName(e, near)
	stem := name
	first := stemOf(path.Join(folder, name+ext))
	for i := max(2, p.next[first]); p.taken[stemOf(path.Join(folder, stem+ext))]; i++ {
		stem = fmt.Sprintf("%s_%d", name, i)
		p.next[first] = i + 1
	}
	file := path.Join(folder, stem+ext)
	p.take(file)
	return file, nil
}

// busiest returns the folder with the most items.
func (p *Placer) busiest() string {
	counts := map[string]int{}
	for _, it := range p.items {
		counts[path.Dir(it.Path)]++
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b string) int {
		return cmp.Or(counts[a]-counts[b], strings.Compare(b, a))
	})
}

// family returns a common kind for kinds that share folders.
func family(k panther.Kind) panther.Kind {
	if k == panther.SimpleRule {
		return panther.Rule
	}
	return k
}

type candidate struct {
	best, sum int
	items     []*Item
}

// siblings returns the folder of the items that have the most in common with an
// entity: its log types, resource types or tables first, then the start of its
// id. It returns "" if none has enough in common.
func (p *Placer) siblings(e panther.Entity) (string, []*Item) {
	mine := traitsOf(e)
	folders := map[string]*candidate{}
	for _, it := range p.items {
		if family(it.Kind) != family(e.Kind) {
			continue
		}
		dir := path.Dir(it.Path)
		c := folders[dir]
		if c == nil {
			c = &candidate{}
			folders[dir] = c
		}
		score := mine.score(it.traits)
		c.best, c.sum = max(c.best, score), c.sum+score
		c.items = append(c.items, it.Item)
	}
	if len(folders) == 0 {
		return "", nil
	}
	for _, f := range e.Kind.Fields() {
		if f.Refers != panther.Query {
			continue
		}
		// Scheduled rules are often next to their queries.
		for _, q := range texts(e.Fields[f.Name]) {
			if c := folders[p.queries[q]]; c != nil && p.queries[q] != "" {
				c.best += 100
			}
		}
	}
	dirs := slices.SortedFunc(maps.Keys(folders), func(a, b string) int {
		x, y := folders[a], folders[b]
		return cmp.Or(y.best-x.best, y.sum-x.sum, len(y.items)-len(x.items), strings.Compare(a, b))
	})
	best := dirs[0]
	switch {
	case folders[best].best >= enough:
		return best, folders[best].items
	case p.chooser.whole || len(folders) == 1 && (e.Kind == panther.Global || e.Kind == panther.DataModel || e.Kind == panther.Query && path.Dir(best) == "."):
	case e.Kind == panther.Global || e.Kind == panther.DataModel || e.Kind == panther.CorrelationRule:
	default:
		return "", nil
	}
	// Nothing in common, and no folder can be created: use the busiest one.
	most := slices.MaxFunc(dirs, func(a, b string) int {
		return cmp.Or(len(folders[a].items)-len(folders[b].items), strings.Compare(b, a))
	})
	return most, folders[most].items
}

// enough is the minimum score of siblings: one shared trait, or two words of
// the id.
const enough = 20

// maxWords is the maximum number of words of an item that are compared.
const maxWords = 50

type traits struct {
	kind  panther.Kind
	ids   []string
	words []string // log types, resource types, tables
}

func (t traits) score(o traits) int {
	score := 0
	for _, w := range t.words[:min(len(t.words), maxWords)] {
		if slices.Contains(o.words[:min(len(o.words), maxWords)], w) {
			// A rule for one log type is more specific than one for ten.
			score = max(score, 40-min(len(o.words), 10)-min(len(t.words), 10))
		}
	}
	for i := 0; i < len(t.ids) && i < len(o.ids) && t.ids[i] == o.ids[i]; i++ {
		score += 10
	}
	if o.kind == t.kind {
		score++
	}
	return score
}

var table = lazyregexp.New(`(?i)panther_[a-z]+\.public\.([a-z0-9_]+)`)

func tables(sql string) []string {
	var out []string
	for _, m := range table.FindAllStringSubmatch(sql, -1) {
		out = append(out, strings.ToLower(m[1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func traitsOf(e panther.Entity) traits {
	t := traits{kind: e.Kind, ids: tokens(e.ID, false)}
	for _, f := range e.Kind.Fields() {
		if f.Reads {
			t.words = append(t.words, texts(e.Fields[f.Name])...)
		}
	}
	if sql, ok := e.Fields[panther.FieldSQL].(string); ok {
		t.words = append(t.words, tables(sql)...)
	}
	return t
}

// readKeys are the keys of specs that list what an entity reads.
var readKeys = func() []string {
	var out []string
	for _, k := range panther.Kinds() {
		for _, f := range k.Fields() {
			if f.Reads && !slices.Contains(out, f.SpecKey) {
				out = append(out, f.SpecKey)
			}
		}
	}
	return out
}()

func wordsOf(it *Item) []string {
	var out []string
	for _, key := range readKeys {
		if n := yamlcore.Lookup(it.Root, key); n != nil && n.Kind == yaml.SequenceNode {
			for _, c := range n.Content {
				out = append(out, yamlcore.Deref(c).Value)
			}
		}
	}
	if it.Kind == panther.Query {
		for _, key := range panther.SQLKeys() {
			out = append(out, tables(lookupScalar(it, key))...)
		}
	}
	return out
}

func lookupScalar(it *Item, key string) string {
	if n := yamlcore.Lookup(it.Root, key); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// conventional returns the folder that public content uses for such an entity.
func (p *Placer) conventional(e panther.Entity) (string, []*Item) {
	of := func(root, suffix string, words []string, drop int) string {
		name := common(words, drop)
		if name == "" {
			name = "general"
		}
		return path.Join(root, name+suffix)
	}
	switch e.Kind {
	case panther.Global:
		return "global_helpers", nil
	case panther.DataModel:
		return "data_models", nil
	case panther.Policy:
		return of("policies", "_policies", texts(e.Fields[panther.FieldResourceTypes]), 1), nil
	case panther.ScheduledRule:
		return "rules/scheduled_rules", nil
	case panther.CorrelationRule:
		return "correlation_rules", nil
	case panther.Query:
		sql, _ := e.Fields[panther.FieldSQL].(string)
		t := tables(sql)
		if len(t) == 0 {
			return "queries", nil
		}
		for i := range t {
			t[i], _, _ = strings.Cut(t[i], "_")
		}
		return of("queries", "_queries", t, 0), nil
	}
	return of("rules", "_rules", texts(e.Fields[panther.FieldLogTypes]), 0), nil
}

// common returns the common prefix of the names, in words. Of a single name it
// drops the last drop words.
func common(names []string, drop int) string {
	var out []string
	for i, n := range names {
		t := tokens(n, false)
		if len(t) > drop+1 {
			t = t[:len(t)-drop]
		}
		if i == 0 {
			out = t
			continue
		}
		k := 0
		for k < len(out) && k < len(t) && out[k] == t[k] {
			k++
		}
		out = out[:k]
	}
	return safe(strings.Join(out, "_"), "")
}
