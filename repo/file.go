package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

const analysisType = "AnalysisType"

type file struct {
	path string
	// root is the top mapping, where there is one.
	root        *yaml.Node
	item        *Item
	diagnostics []Diagnostic
}

type loader struct {
	tree   Tree
	opts   Options
	budget *budget
	files  *fileCache
	// sha256 says that git names contents by SHA-256.
	sha256 bool
}

// budget bounds all the bytes that one load may read.
type budget struct {
	left  atomic.Int64
	total int64
}

func newBudget(total int64) *budget {
	b := &budget{total: total}
	b.left.Store(total)
	return b
}

func (b *budget) take(n int) error {
	if b.left.Add(-int64(n)) < 0 {
		return fmt.Errorf("the repository's content is larger than %d bytes, the most that is read at once", b.total)
	}
	return nil
}

// fileCache keeps what was read, to be held against the last commit at the end.
type fileCache struct {
	entries map[string]git.Entry
	mu      sync.Mutex
	read    map[string]readFile
}

// readFile is what was read of a file, and git's name of it, which is missing
// where nobody needs it.
type readFile struct {
	src  []byte
	hash string
}

func newFileCache(entries []git.Entry) *fileCache {
	c := &fileCache{entries: make(map[string]git.Entry, len(entries)), read: map[string]readFile{}}
	for _, e := range entries {
		c.entries[e.Path] = e
	}
	return c
}

func (l *loader) read(ctx context.Context, p string) ([]byte, string, error) {
	src, err := l.tree.Read(ctx, p, l.opts.MaxFileBytes)
	if err != nil {
		return nil, "", err
	}
	if err := l.budget.take(len(src)); err != nil {
		return nil, "", err
	}
	c := readFile{src: src}
	if l.opts.Cache != nil {
		c.hash = git.BlobHash(src, l.sha256)
	}
	l.files.note(p, c)
	return src, c.hash, nil
}

// skip tells whether a file needn't be read, since a cache knows its content by
// its name. What would be refused is read, to be refused.
func (l *loader) skip(p string, hash string, src []byte) bool {
	if int64(len(src)) > l.opts.MaxFileBytes || l.budget.take(len(src)) != nil {
		return false
	}
	l.files.note(p, readFile{src: src, hash: hash})
	return true
}

// sources gives the bytes of all that was read.
func (c *fileCache) sources() map[string][]byte {
	out := make(map[string][]byte, len(c.read))
	for p, f := range c.read {
		out[p] = f.src
	}
	return out
}

// stored is git's name of what a file holds, where the tree knows it: a link's
// is the name of its target's name.
func stored(e git.Entry) string {
	if e.Link {
		return ""
	}
	return e.Hash
}

// load reads one YAML file. What isn't a spec gives an empty file.
func (l *loader) load(ctx context.Context, e git.Entry) file {
	s, f := l.spec(ctx, e)
	if f.path == "" {
		f = s.file(e.Path)
	}
	if f.item != nil {
		l.body(ctx, &f)
		f.item.Excluded = excluded(f.item.Status, l.opts.ExcludeStatus)
	}
	return f
}

// spec gives what a YAML file says, from the cache where that knows it, or a file
// with the fault where it can't be read.
func (l *loader) spec(ctx context.Context, e git.Entry) (spec, file) {
	cache := l.opts.Cache
	if hash := stored(e); hash != "" {
		if s, ok := known(cache, specsOf, specKey{e.Path, hash}); ok && l.skip(e.Path, hash, s.src) {
			return s, file{}
		}
	}
	src, hash, err := l.read(ctx, e.Path)
	if err != nil {
		f := file{path: e.Path}
		f.fault(ruleMalformed, 0, 0, err.Error())
		return spec{}, f
	}
	if s, ok := known(cache, specsOf, specKey{e.Path, hash}); ok {
		return s, file{}
	}
	f := parse(e.Path, src)
	s := spec{item: f.item, diagnostics: f.diagnostics, src: src}
	if cache != nil {
		s = keep(cache, specsOf, specKey{e.Path, hash}, s)
	}
	return s, file{}
}

// parse reads a YAML file's text.
func parse(path string, src []byte) file {
	f := file{path: path}
	f.parse(src)
	return f
}

// parse reads the text of a YAML file. What isn't a spec leaves f as it is.
func (f *file) parse(src []byte) {
	if !mayBeSpec(src) {
		return
	}
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		var at *yamlcore.Error
		if !errors.As(err, &at) {
			at = &yamlcore.Error{Line: 1, Message: err.Error()}
		}
		rule := ruleMalformed
		if at.DuplicateKey {
			rule = ruleDuplicateKey
		}
		f.fault(rule, at.Line, at.Column, at.Message)
		return
	}
	if doc.Root == nil || doc.Root.Kind != yaml.MappingNode {
		return
	}
	f.root = doc.Root
	f.read(doc)
}

func excluded(status string, list []string) bool {
	for _, s := range list {
		if status != "" && strings.EqualFold(s, status) {
			return true
		}
	}
	return false
}

// The lint rules that stand for what keeps a spec from being read.
const (
	ruleMalformed    = "PD101"
	ruleDuplicateKey = "PD102"
	ruleType         = "PD103"
	ruleMissingKey   = "PD104"
)

func (f *file) fault(rule string, line, column int, message string) {
	f.diagnostics = append(f.diagnostics, Diagnostic{Severity: SeverityError, Message: message, Path: f.path, Line: line, Column: column, Rule: rule})
}

// mayBeSpec spares the parser what can't be a spec. NUL bytes are looked
// through, so that a spec saved as UTF-16 is found and told about.
func mayBeSpec(src []byte) bool {
	if bytes.IndexByte(src, 0) >= 0 {
		src = bytes.ReplaceAll(src, []byte{0}, nil)
	}
	if bytes.Contains(src, []byte(analysisType)) {
		return true
	}
	for _, key := range idKeys {
		if bytes.HasPrefix(src, []byte(key+":")) || bytes.Contains(src, []byte("\n"+key+":")) {
			return true
		}
	}
	return false
}

// read turns a parsed document into an item; what is wrong goes to f's
// diagnostics.
func (f *file) read(doc *yamlcore.Document) {
	root := doc.Root
	typeNode := yamlcore.Lookup(root, analysisType)
	if typeNode == nil {
		for _, key := range idKeyNames() {
			if yamlcore.Lookup(root, key) != nil {
				f.fault(ruleType, root.Line, root.Column, fmt.Sprintf("the file has %q, so it looks like a spec, but no %q; add it%s", key, analysisType, f.misspelt(root)))
				return
			}
		}
		return
	}
	t := Type(typeNode.Value)
	if idKeys[t] == "" || typeNode.Kind != yaml.ScalarNode {
		f.fault(ruleType, typeNode.Line, typeNode.Column, fmt.Sprintf("unknown %s %q; use one of %s%s", analysisType, typeNode.Value, strings.Join(Types(), ", "), suggest.DidYouMean(typeNode.Value, Types())))
		return
	}
	if doc.More {
		f.fault(ruleMalformed, root.Line, root.Column, "a spec must be the only document of its file; move what stands after \"---\" to a file of its own")
		return
	}
	it := &Item{Path: f.path, Type: t, Root: root}
	id := yamlcore.Lookup(root, t.IDKey())
	switch {
	case id == nil:
		f.fault(ruleMissingKey, root.Line, root.Column, fmt.Sprintf("the %s has no %q; add it%s", t, t.IDKey(), f.misspelt(root)))
		return
	case id.Kind != yaml.ScalarNode || isNull(id) || strings.TrimSpace(id.Value) == "":
		f.fault(ruleMissingKey, id.Line, id.Column, fmt.Sprintf("%q must be a text that isn't empty", t.IDKey()))
		return
	}
	it.ID = id.Value
	if s := yamlcore.Lookup(root, "Status"); s != nil && s.Kind == yaml.ScalarNode {
		it.Status = s.Value
	}
	f.item = it
	kind, wrong, at := kindOf(t, root)
	it.Kind = kind
	if wrong != "" {
		f.spoil(it.Pos(at), wrong)
	}
}

// spoil marks the item as one that can't be deployed and says why.
func (f *file) spoil(pos Position, message string) {
	f.item.Broken = true
	f.diagnostics = append(f.diagnostics, f.item.diagnose(SeverityError, pos, message))
}

func (f *file) misspelt(root *yaml.Node) string {
	legal := append([]string{analysisType}, idKeyNames()...)
	for i := 0; i+1 < len(root.Content); i += 2 {
		word := root.Content[i].Value
		if w, ok := suggest.Nearest(word, legal); ok && w != word {
			return fmt.Sprintf(" (line %d has %q; did you mean %q?)", root.Content[i].Line, word, w)
		}
	}
	return ""
}

// body reads the Python file that the spec names.
func (l *loader) body(ctx context.Context, f *file) {
	it := f.item
	name := yamlcore.Lookup(it.Root, "Filename")
	if it.Kind == "" || it.Kind == panther.SimpleRule || it.Kind == panther.Query {
		return
	}
	if name == nil || name.Kind != yaml.ScalarNode || isNull(name) || name.Value == "" {
		if needsBody(it.Kind) {
			f.spoil(it.Pos("Filename"), fmt.Sprintf("the %s has no \"Filename\"; name its Python file, which stands beside the spec", it.Type))
		}
		return
	}
	pos := Position{name.Line, name.Column}
	if why := badFilename(name.Value); why != "" {
		f.spoil(pos, fmt.Sprintf("Filename %q %s; name a file beside the spec", name.Value, why))
		return
	}
	p := path.Join(path.Dir(it.Path), name.Value)
	if _, there := l.files.entries[p]; !there {
		f.spoil(pos, fmt.Sprintf("Filename %q names no file: there is no %s%s", name.Value, p, l.files.near(p)))
		return
	}
	b, err := l.python(ctx, p)
	if err != nil {
		f.spoil(pos, fmt.Sprintf("Filename %q can't be read: %v", name.Value, err))
		return
	}
	if b.fault != nil {
		d := Diagnostic{Severity: SeverityError, Path: p, Kind: string(it.Kind), ID: it.ID}
		d.Line, d.Column, d.Message = b.place()
		it.Broken = true
		f.diagnostics = append(f.diagnostics, d)
		return
	}
	if needsBody(it.Kind) && b.blank {
		f.spoil(pos, fmt.Sprintf("the Python file %s is empty, and Panther requires a text", p))
		return
	}
	it.BodyPath, it.Body = p, b.text
}

// python gives a Python file, from the cache where that knows it.
func (l *loader) python(ctx context.Context, p string) (body, error) {
	cache := l.opts.Cache
	if hash := stored(l.files.entries[p]); hash != "" {
		if b, ok := known(cache, bodiesOf, hash); ok && l.skip(p, hash, b.src) {
			return b, nil
		}
	}
	src, hash, err := l.read(ctx, p)
	if err != nil {
		return body{}, err
	}
	if cache == nil {
		return readBody(src), nil
	}
	if b, ok := known(cache, bodiesOf, hash); ok {
		return b, nil
	}
	return keep(cache, bodiesOf, hash, readBody(src)), nil
}

func badFilename(name string) string {
	switch {
	case strings.ContainsAny(name, "\\"):
		return "has a backslash"
	case path.IsAbs(name) || len(name) > 1 && name[1] == ':':
		return "is an absolute path"
	case strings.ContainsRune(name, 0):
		return "holds a NUL"
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return `leads out of its folder with ".."`
		}
	}
	return ""
}

// near suggests a file of the same folder.
func (c *fileCache) near(p string) string {
	var names []string
	for other := range c.entries {
		if path.Dir(other) == path.Dir(p) && path.Ext(other) == path.Ext(p) {
			names = append(names, path.Base(other))
		}
	}
	slices.Sort(names)
	return suggest.DidYouMean(path.Base(p), names)
}
