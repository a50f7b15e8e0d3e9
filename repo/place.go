package repo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo/tree"
	"github.com/pdac-dev/pdac/yamlcore"
	"gopkg.in/yaml.v3"
)

// Placer finds the files for entities that have none yet: where their siblings
// are, or by the conventional layout where there are none. It never gives a
// path twice, nor one that differs from another in case alone. A Placer must
// not be used by several goroutines at once.
type Placer struct {
	items   []*Item
	taken   map[string]bool   // lower-case paths without their ending
	folders map[string]string // lower-case folders and how they are spelt
	queries map[string]string // folders of queries by name
	inside  func(tree.Entry) bool
	exclude []string
	whole   bool
}

// NewPlacer looks at a loaded repository. entries are all files of the tree
// that it was loaded from, and o the options.
func NewPlacer(r *Repo, entries []tree.Entry, o Options) *Placer {
	p := &Placer{taken: map[string]bool{}, folders: map[string]string{}, queries: map[string]string{}, exclude: o.Exclude}
	p.whole = len(o.Include) == 0 && !slices.ContainsFunc(entries, inContentFolder)
	p.inside = included(entries, o)
	if p.whole && len(r.Items) == 0 {
		// The first file decides what counts, so it goes to a folder that does.
		p.inside = inContentFolder
	}
	for _, e := range entries {
		p.take(e.Path)
	}
	for _, it := range slices.Concat(r.Items, r.Named) {
		p.take(it.Path)
		if it.BodyPath != "" {
			p.take(it.BodyPath)
		}
	}
	for _, it := range r.Items {
		if it.Kind == "" || p.outside(it.Path) {
			continue
		}
		p.items = append(p.items, it)
		if it.Kind == panther.Query {
			p.queries[it.ID] = path.Dir(it.Path)
		}
	}
	return p
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
	return !p.inside(tree.Entry{Path: file}) || matchAny(p.exclude, file)
}

// Place gives the path for the spec of an entity and keeps it for it. The error
// says that no folder that counts as content can be found.
func (p *Placer) Place(e panther.Entity) (string, error) {
	folder, near := p.siblings(e)
	if folder == "" {
		folder, near = p.conventional(e)
	}
	if spelt := p.folders[strings.ToLower(folder)]; spelt != "" {
		folder = spelt
	}
	if top, _, _ := strings.Cut(folder, "/"); p.whole && len(p.items) > 0 && IsContentFolder(top) {
		// A folder of this name would make all others count no more.
		folder = p.busiest()
	}
	if p.outside(path.Join(folder, "x.yml")) {
		return "", fmt.Errorf("there is no place for the new spec of %s: %s is not among the folders that count as content; name it in content.include of pdac.yaml", e.Key, folder)
	}
	name, ext := p.fileName(e, near)
	stem := name
	for i := 2; p.taken[stemOf(path.Join(folder, stem+ext))]; i++ {
		stem = fmt.Sprintf("%s_%d", name, i)
	}
	file := path.Join(folder, stem+ext)
	p.take(file)
	return file, nil
}

// busiest is the folder with most items.
func (p *Placer) busiest() string {
	counts := map[string]int{}
	for _, it := range p.items {
		counts[path.Dir(it.Path)]++
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b string) int {
		return cmp.Or(counts[a]-counts[b], strings.Compare(b, a))
	})
}

// family is the kinds that live together.
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

// siblings finds the folder of the items that have most in common with an
// entity: its log types, resource types or tables first, then the beginning of
// its id. "" where none has enough.
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
		score := mine.score(it)
		c.best, c.sum = max(c.best, score), c.sum+score
		c.items = append(c.items, it)
	}
	if len(folders) == 0 {
		return "", nil
	}
	if e.Kind == panther.ScheduledRule {
		// Scheduled rules often stand beside their queries.
		for _, q := range texts(e.Fields["scheduledQueries"]) {
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
	case p.whole || len(folders) == 1 && (e.Kind == panther.Global || e.Kind == panther.DataModel || e.Kind == panther.Query && path.Dir(best) == "."):
	case e.Kind == panther.Global || e.Kind == panther.DataModel:
	default:
		return "", nil
	}
	// Nothing in common, and no folder of its own to be made: where most are.
	most := slices.MaxFunc(dirs, func(a, b string) int {
		return cmp.Or(len(folders[a].items)-len(folders[b].items), strings.Compare(b, a))
	})
	return most, folders[most].items
}

// enough is the score from which items are siblings: a trait shared, or two
// words of the id.
const enough = 20

type traits struct {
	kind  panther.Kind
	ids   []string
	words []string // log types, resource types, tables
}

func (t traits) score(it *Item) int {
	o := traits{ids: tokens(it.ID, false), words: wordsOf(it)}
	score := 0
	for _, w := range t.words {
		if slices.Contains(o.words, w) {
			// A rule over one log type says more than one over ten.
			score = max(score, 40-min(len(o.words), 10)-min(len(t.words), 10))
		}
	}
	for i := 0; i < len(t.ids) && i < len(o.ids) && t.ids[i] == o.ids[i]; i++ {
		score += 10
	}
	if it.Kind == t.kind {
		score++
	}
	return score
}

var table = regexp.MustCompile(`(?i)panther_[a-z]+\.public\.([a-z0-9_]+)`)

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
	for _, f := range []string{"logTypes", "resourceTypes", "scheduledQueries"} {
		t.words = append(t.words, texts(e.Fields[f])...)
	}
	if sql, ok := e.Fields["sql"].(string); ok {
		t.words = append(t.words, tables(sql)...)
	}
	return t
}

func wordsOf(it *Item) []string {
	var out []string
	for _, key := range []string{"LogTypes", "ResourceTypes", "ScheduledQueries"} {
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

// conventional is the folder that public content has for such an entity.
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
		return of("policies", "_policies", texts(e.Fields["resourceTypes"]), 1), nil
	case panther.ScheduledRule:
		return "rules/scheduled_rules", nil
	case panther.Query:
		sql, _ := e.Fields["sql"].(string)
		t := tables(sql)
		if len(t) == 0 {
			return "queries", nil
		}
		for i := range t {
			t[i], _, _ = strings.Cut(t[i], "_")
		}
		return of("queries", "_queries", t, 0), nil
	}
	return of("rules", "_rules", texts(e.Fields["logTypes"]), 0), nil
}

// common is the beginning that all names share, in words; drop leaves off that
// many of the last words of a single name.
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

// tokens splits an id into lower-case words; camel splits AccessKeyMade too.
func tokens(id string, camel bool) []string {
	var b strings.Builder
	rs := []rune(id)
	for i, r := range rs {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			b.WriteByte(' ')
			continue
		}
		if camel && i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(rs[i-1]) || unicode.IsDigit(rs[i-1]) || unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// naming is how a folder's files are named after the ids in them.
type naming struct {
	sep   string
	camel bool
	drop  int // how many of the first words of the id are left off
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// fileName gives the name for an entity's files in the manner of the items
// near it, without ending, and the ending of the spec.
func (p *Placer) fileName(e panther.Entity, near []*Item) (name, ext string) {
	ext = ".yml"
	yaml := 0
	for _, it := range near {
		if path.Ext(it.Path) == ".yaml" {
			yaml++
		}
	}
	if yaml*2 > len(near) {
		ext = ".yaml"
	}
	if e.Kind == panther.Global && plainName.MatchString(e.ID) && !reserved(e.ID) && len(e.ID) <= longestName {
		return e.ID, ext // the module's name, as others import it
	}
	if e.Kind == panther.DataModel && len(near) == 0 {
		if lt := texts(e.Fields["logTypes"]); len(lt) > 0 {
			return safe(strings.Join(tokens(lt[0], false), "_")+"_data_model", string(e.Kind)+"\x00"+e.ID), ext
		}
	}
	n := manner(e, near)
	words := tokens(e.ID, n.camel)
	if n.drop < len(words) {
		words = words[n.drop:]
	}
	return safe(strings.Join(words, n.sep), string(e.Kind)+"\x00"+e.ID), ext
}

// manner finds the naming that gives most of the names that are there.
func manner(e panther.Entity, near []*Item) naming {
	best, most := naming{sep: "_", camel: true}, 0
	for _, camel := range []bool{true, false} {
		for _, sep := range []string{"_", "-", "."} {
			mine := tokens(e.ID, camel)
			for drop := 0; drop < 4 && drop < max(len(mine), 1); drop++ {
				hits := 0
				for _, it := range near {
					theirs := tokens(it.ID, camel)
					if len(theirs) <= drop || !slices.Equal(theirs[:drop], mine[:min(drop, len(mine))]) {
						continue
					}
					if stem := strings.TrimSuffix(path.Base(it.Path), path.Ext(it.Path)); strings.EqualFold(stem, strings.Join(theirs[drop:], sep)) {
						hits++
					}
				}
				if hits > most {
					best, most = naming{sep, camel, drop}, hits
				}
			}
		}
	}
	return best
}

// longestName bounds a file's name, far below what any file system allows.
const longestName = 100

// safe makes a name that every file system takes. What can't be kept is made up
// for by a digest of whole, so that different ids give different names.
func safe(name, whole string) string {
	var b strings.Builder
	lost := false
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.':
			b.WriteRune(r)
		default:
			lost = true
		}
	}
	out := strings.Trim(b.String(), "_-.")
	if whole == "" {
		return out[:min(len(out), longestName)]
	}
	sum := sha256.Sum256([]byte(whole))
	digest := hex.EncodeToString(sum[:4])
	if len(out) > longestName {
		out, lost = strings.Trim(out[:longestName-9], "_-."), true
	}
	switch {
	case out == "":
		kind, _, _ := strings.Cut(whole, "\x00")
		return kind + "_" + digest
	case lost:
		return out + "_" + digest
	case reserved(out):
		kind, _, _ := strings.Cut(whole, "\x00")
		return out + "_" + kind
	}
	return out
}

// reserved tells whether Windows keeps a name for itself, with any ending.
func reserved(name string) bool {
	head, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch head {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(head) == 4 && (strings.HasPrefix(head, "com") || strings.HasPrefix(head, "lpt")) && head[3] >= '0' && head[3] <= '9'
}
