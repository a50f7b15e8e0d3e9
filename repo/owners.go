package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/owners"
	"github.com/pdac-dev/pdac/internal/suggest"
)

// Owners says who owns the files of a repository, by its CODEOWNERS. A nil *Owners
// knows none.
type Owners struct {
	// Path is that of the file, from the top of the git repository; "" for none.
	Path string
	// root is the folder of the repository, from there.
	root string
	file *owners.File
	// broken is why the file can't be used; nil if it can.
	broken error
}

// ReadOwners reads the CODEOWNERS that belongs to a state of a folder. The file is at the
// top of the git repository: t is the state of the folder, and open returns that of
// another one. A file that can't be read is a diagnostic.
func ReadOwners(ctx context.Context, root string, t Tree, open func(ctx context.Context, dir string) (TreeCloser, error)) (*Owners, error) {
	o := &Owners{}
	top, ok := TopLevel(root)
	if rel, below := RelativePath(top, root); ok && below && rel != "." {
		o.root = rel
		up, err := open(ctx, top)
		if err != nil {
			o.Path, o.broken = owners.Places()[0], err
			return o, ctx.Err()
		}
		defer up.Close()
		t = up
	} else {
		top = root
	}
	for _, p := range owners.Places() {
		text, err := readOwners(ctx, top, p, t, open)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var size *git.SizeError
		if errors.As(err, &size) {
			err = fmt.Errorf("it has %d bytes, more than the %d that GitHub accepts", size.Size, owners.MaxBytes)
		}
		if o.Path = p; err == nil {
			o.file, err = owners.Parse(text)
		}
		o.broken = err
		break
	}
	return o, nil
}

// readOwners reads one of the places from the top. Trees have no hidden files, so those
// in a hidden folder are read as those of that folder.
func readOwners(ctx context.Context, top, place string, t Tree, open func(ctx context.Context, dir string) (TreeCloser, error)) ([]byte, error) {
	dir, name := path.Split(place)
	if !strings.HasPrefix(dir, ".") {
		return t.Read(ctx, place, owners.MaxBytes)
	}
	folder := filepath.Join(top, dir)
	if t.Describe().Kind == git.KindWorktree {
		if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
			return nil, fs.ErrNotExist // a link may lead anywhere
		}
	}
	hidden, err := open(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer hidden.Close()
	return hidden.Read(ctx, name, owners.MaxBytes)
}

// Of returns the owners of files, given from the root of the repository, each once.
func (o *Owners) Of(paths ...string) []string {
	if o == nil {
		return nil
	}
	from := make([]string, len(paths))
	for i, p := range paths {
		if p != "" {
			from[i] = path.Join(o.root, p)
		}
	}
	return o.OfTop(from...)
}

// OfTop is Of for paths from the top of the git repository.
func (o *Owners) OfTop(paths ...string) []string {
	if o == nil {
		return nil
	}
	var out []string
	for _, p := range paths {
		for _, name := range o.file.Of(p) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Known reports whether there is a file that can be used.
func (o *Owners) Known() bool { return o != nil && o.file != nil }

// maxOwnerFaults is the maximum number of lines that a diagnostic names.
const maxOwnerFaults = 5

// Names returns all owners that the file names, sorted.
func (o *Owners) Names() []string {
	if !o.Known() {
		return nil
	}
	return o.file.Names()
}

// Diagnostics says what of the file can't be read.
func (o *Owners) Diagnostics() []Diagnostic {
	switch {
	case o == nil || o.Path == "":
		return nil
	case o.broken != nil:
		return []Diagnostic{{Severity: SeverityWarning, Path: o.Path, Message: fmt.Sprintf("the owners are unknown: %v", o.broken)}}
	case len(o.file.Problems) == 0:
		return nil
	}
	all := o.file.Problems
	var lines []string
	for _, p := range all[:min(len(all), maxOwnerFaults)] {
		lines = append(lines, fmt.Sprintf("line %d (%s)", p.Line, p.Message))
	}
	if more := len(all) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("%d more", more))
	}
	return []Diagnostic{{Severity: SeverityInfo, Topic: "lines of CODEOWNERS that can't be read", Path: o.Path, Line: all[0].Line, Message: "skipped, because it can't be read, so the owners of what it is about may be wrong: " + strings.Join(lines, ", ")}}
}

// Check returns an error if the file names none of some owners; flag is the flag that
// has them.
func (o *Owners) Check(flag string, names []string) error {
	switch {
	case len(names) == 0:
		return nil
	case o == nil || o.Path == "":
		return fmt.Errorf("%s %q needs a CODEOWNERS file, and there is no %s", flag, names[0], strings.Join(owners.Places(), ", "))
	case o.broken != nil:
		return fmt.Errorf("%s %q: %s can't be used: %w", flag, names[0], o.Path, o.broken)
	}
	known := o.file.Names()
	for _, name := range names {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			return fmt.Errorf("%s %q is not named in %s%s", flag, name, o.Path, suggest.DidYouMean(name, known))
		}
	}
	return nil
}

// AnyOwner reports whether one of some owners is wanted. The case of letters does not
// matter, as on GitHub and GitLab.
func AnyOwner(have, wanted []string) bool {
	return slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(h, w) })
	})
}
