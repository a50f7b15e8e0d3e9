package repo

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"gopkg.in/yaml.v3"
)

// body reads the spec's Python file.
func (l *loader) body(ctx context.Context, f *file) {
	it := f.item
	name := yamlcore.Lookup(it.Root, "Filename")
	if _, has := it.Kind.Field(panther.FieldBody); !has {
		return
	}
	if name == nil || name.Kind != yaml.ScalarNode || isNull(name) || name.Value == "" {
		if needsBody(it.Kind) {
			f.spoil(it.Pos("Filename"), fmt.Sprintf("the %s has no \"Filename\"; name its Python file, next to the spec", it.Type))
		}
		return
	}
	pos := Position{name.Line, name.Column}
	if why := badFilename(name.Value); why != "" {
		f.spoil(pos, fmt.Sprintf("Filename %q %s; name a file next to the spec", name.Value, why))
		return
	}
	p := path.Join(path.Dir(it.Path), name.Value)
	if _, there := l.files.entries[p]; !there {
		f.spoil(pos, fmt.Sprintf("Filename %q names a file that does not exist: %s%s", name.Value, p, l.files.near(p)))
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
		f.spoil(pos, fmt.Sprintf("the Python file %s is empty, but Panther requires content", p))
		return
	}
	it.BodyPath, it.Body = p, b.text
}

// python returns a Python file, if possible from the cache.
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
		return "contains a backslash"
	case path.IsAbs(name) || len(name) > 1 && name[1] == ':':
		return "is an absolute path"
	case strings.ContainsRune(name, 0):
		return "contains a NUL"
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return `points outside its folder with ".."`
		}
	}
	return ""
}

// maxNear is the maximum number of files that a missing one is compared with.
const maxNear = 500

// near suggests a file in the same folder.
func (c *fileCache) near(p string) string {
	names := c.names()[path.Dir(p)+"/"+path.Ext(p)]
	if len(names) > maxNear {
		return ""
	}
	return suggest.DidYouMean(path.Base(p), names)
}
