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
	"gopkg.in/yaml.v3"
)

const analysisType = "AnalysisType"

type file struct {
	path string
	// root is the top-level mapping, if there is one.
	root        *yaml.Node
	item        *Item
	diagnostics []Diagnostic
	documents   *Documents
}

type loader struct {
	tree    Tree
	opts    Options
	chooser *chooser
	budget  *budget
	files   *fileCache
	// sha256 reports whether git uses SHA-256.
	sha256 bool
}

// budget limits the total bytes that one load may read.
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
		return fmt.Errorf("the repository's content is larger than %d bytes, the maximum that pdac reads", b.total)
	}
	return nil
}

// fileCache keeps files that were read, for comparing them with the last commit
// at the end.
type fileCache struct {
	entries map[string]git.Entry
	mu      sync.Mutex
	read    map[string]readFile
	// names are the files by folder and extension.
	names func() map[string][]string
}

// readFile is the content of a file and its git hash, which is empty if it is
// not needed.
type readFile struct {
	src  []byte
	hash string
}

func newFileCache(entries []git.Entry) *fileCache {
	c := &fileCache{entries: make(map[string]git.Entry, len(entries)), read: map[string]readFile{}}
	for _, e := range entries {
		c.entries[e.Path] = e
	}
	c.names = sync.OnceValue(func() map[string][]string {
		out := map[string][]string{}
		for _, e := range entries {
			key := path.Dir(e.Path) + "/" + path.Ext(e.Path)
			out[key] = append(out[key], path.Base(e.Path))
		}
		for _, list := range out {
			slices.Sort(list)
		}
		return out
	})
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

// skip reports whether a file needn't be read, because the cache has its
// content by hash. A file that exceeds a limit is read, so that it is refused.
func (l *loader) skip(p string, hash string, src []byte) bool {
	if int64(len(src)) > l.opts.MaxFileBytes || l.budget.take(len(src)) != nil {
		return false
	}
	l.files.note(p, readFile{src: src, hash: hash})
	return true
}

// sources returns the content of all files that were read.
func (c *fileCache) sources() map[string][]byte {
	out := make(map[string][]byte, len(c.read))
	for p, f := range c.read {
		out[p] = f.src
	}
	return out
}

// stored returns the git hash of a file's content, if the tree knows it. The
// hash of a link is that of its target's name.
func stored(e git.Entry) string {
	if e.Link {
		return ""
	}
	return e.Hash
}

// load reads one YAML file. A file that is not a spec gives an empty result.
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

// spec returns the content of a YAML file, if possible from the cache. If it
// can't be read, it returns a file with the error.
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
	f := file{path: e.Path, documents: l.opts.Documents}
	f.parse(src)
	s := spec{item: f.item, diagnostics: f.diagnostics, src: src}
	if cache != nil {
		s = keep(cache, specsOf, specKey{e.Path, hash}, s)
	}
	return s, file{}
}

// parse parses the text of a YAML file.
func parse(path string, src []byte) file {
	f := file{path: path}
	f.parse(src)
	return f
}

// parse parses the text of a YAML file. If it is not a spec, f is unchanged.
func (f *file) parse(src []byte) {
	if bytes.HasPrefix(src, lfsPointer) {
		f.fault(ruleMalformed, 1, 1, CheckText(src).(*yamlcore.Error).Message)
		return
	}
	if !mayBeSpec(src) {
		return
	}
	doc, err := f.documents.parse(src)
	if err != nil {
		if line := MergeConflict(src); line > 0 {
			f.fault(ruleMalformed, line, 1, ConflictMessage)
			return
		}
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

// The lint rules for problems that prevent reading a spec.
const (
	ruleMalformed    = "PD101"
	ruleDuplicateKey = "PD102"
	ruleType         = "PD103"
	ruleMissingKey   = "PD104"
)

func (f *file) fault(rule string, line, column int, message string) {
	f.diagnostics = append(f.diagnostics, Diagnostic{Severity: SeverityError, Message: message, Path: f.path, Line: line, Column: column, Rule: rule})
}

// mayBeSpec skips parsing files that can't be specs. It ignores NUL bytes, so
// that a spec saved as UTF-16 is found and reported.
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

// read converts a parsed document to an item and adds problems to f's
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
		f.fault(ruleMalformed, root.Line, root.Column, "a spec must be the only document in its file; move the part after \"---\" to its own file")
		return
	}
	it := &Item{Path: f.path, Type: t, Root: root}
	id := yamlcore.Lookup(root, t.IDKey())
	switch {
	case id == nil:
		f.fault(ruleMissingKey, root.Line, root.Column, fmt.Sprintf("the %s has no %q; add it%s", t, t.IDKey(), f.misspelt(root)))
		return
	case id.Kind != yaml.ScalarNode || isNull(id) || strings.TrimSpace(id.Value) == "":
		f.fault(ruleMissingKey, id.Line, id.Column, fmt.Sprintf("%q must be a non-empty string", t.IDKey()))
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

// spoil marks the item as not deployable and adds the reason.
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
