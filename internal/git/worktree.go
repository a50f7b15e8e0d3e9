package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// WorktreeTree is a folder on disk. It includes what a sparse checkout omits, from
// the index, since git counts that as unchanged and not as deleted. It is safe
// for concurrent use.
type WorktreeTree struct {
	dir  string
	disk *os.Root
	// gitDir identifies git's own folder, whatever name a path uses for it.
	gitDir  os.FileInfo
	options Options
	// plain are the files that Entries found that aren't links, and nested the
	// repositories that it skipped.
	plain  atomic.Pointer[map[string]bool]
	nested atomic.Pointer[[]string]
	// submodules are those that HEAD names.
	submodules atomic.Pointer[[]string]

	// skipped are the files that a sparse checkout omits, with their folders.
	skipped map[string]fileObject
	folders map[string]bool
	// stored holds their content.
	stored *Repository

	// reading bounds the files that are open at a time: the system's limit for a
	// process may be small, and more don't make it faster.
	reading chan struct{}

	mu   sync.Mutex
	repo *Repository
}

// maxReading takes at most twice as many open files, since folders are opened too.
const maxReading = 6

// Worktree opens a folder, which doesn't have to be in a git repository.
func Worktree(ctx context.Context, root string, o Options) (*WorktreeTree, error) {
	dir, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the folder %q: %w", root, err)
	}
	disk, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &PathError{Path: root, Reason: "can't be opened as a folder: " + reason(err), Err: err}
	}
	t := &WorktreeTree{dir: dir, disk: disk, options: o, reading: make(chan struct{}, maxReading)}
	t.gitDir, _ = disk.Stat(gitName)
	if err := t.findSkipped(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// findSkipped reads the index only in sparse checkouts.
func (t *WorktreeTree) findSkipped(ctx context.Context) error {
	l, err := findLayout(t.dir, false)
	if err != nil {
		return nil // no git repository, or a broken one, which HeadHashes reports
	}
	if _, err := os.Stat(filepath.Join(l.gitDir, "info", "sparse-checkout")); err != nil {
		return nil
	}
	r, err := t.repository()
	if err != nil {
		return err
	}
	files, err := ask(ctx, r, func(e engine) ([]fileObject, error) { return e.skipped(ctx) })
	if err != nil {
		return fmt.Errorf("find the files that the sparse checkout omits: %w", err)
	}
	t.stored = r
	t.skipped = make(map[string]fileObject, len(files))
	for _, f := range files {
		if CheckPath(f.path) == nil && !f.nested {
			t.skipped[f.path] = f
			r.wanted = append(r.wanted, f.hash)
		}
	}
	t.folders = foldersOf(t.skipped)
	return nil
}

// repository opens the git repository when it is first needed.
func (t *WorktreeTree) repository() (*Repository, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.repo != nil {
		return t.repo, nil
	}
	r, err := open(t.dir, "the last commit", false, t.options)
	if err == nil {
		t.repo = r
	}
	return r, err
}

// Close releases the folder.
func (t *WorktreeTree) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.disk.Close()
	if t.repo != nil {
		err = errors.Join(err, t.repo.Close())
		t.repo = nil
	}
	return err
}

// Describe says that it is a working tree; HeadHashes returns the commit that it
// is based on.
func (t *WorktreeTree) Describe() Revision { return Revision{Kind: KindWorktree} }

// Entries lists the files that exist now, sorted by path.
func (t *WorktreeTree) Entries(ctx context.Context) ([]Entry, error) {
	var nested []string
	w := walk{nested: &nested, now: time.Now(), budget: &budget{what: fmt.Sprintf("the folder %q", t.dir), max: t.options.maxEntries()}}
	// The time is from before any file is read, so that a change in between has another
	// stamp.
	entries, err := t.walk(ctx, "", w, nil)
	if err != nil {
		return nil, err
	}
	plain := make(map[string]bool, len(entries))
	all := make(map[string]bool, len(entries))
	for _, e := range entries {
		all[e.Path] = true
		if !e.Link {
			plain[e.Path] = true
		}
	}
	for p, o := range t.skipped {
		if !all[p] {
			entries = append(entries, Entry{Path: p, Size: -1, Link: o.link, Hash: o.hash})
		}
	}
	slices.Sort(nested)
	t.plain.Store(&plain)
	t.nested.Store(&nested)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

// Nested lists the folders that Entries skipped because they are git repositories
// of their own, sorted; it is empty before Entries. After HeadHashes it includes
// the submodules of the last commit that aren't checked out.
func (t *WorktreeTree) Nested() []string {
	all := map[string]bool{}
	for _, list := range []*[]string{t.nested.Load(), t.submodules.Load()} {
		if list == nil {
			continue
		}
		for _, p := range *list {
			all[p] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// walk is what one walk over a folder needs.
type walk struct {
	now time.Time
	// nested receives the repositories that are skipped.
	nested *[]string
	budget *budget
}

// walk appends what it finds.
func (t *WorktreeTree) walk(ctx context.Context, dir string, w walk, out []Entry) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found, err := readDir(filepath.Join(t.dir, filepath.FromSlash(dir)), w.budget)
	if err != nil {
		return nil, fmt.Errorf("list the folder %q: %w", dir, err)
	}
	if dir != "" && slices.ContainsFunc(found, func(e fs.DirEntry) bool { return e.Name() == gitName }) && isRepository(filepath.Join(t.dir, filepath.FromSlash(dir))) {
		*w.nested = append(*w.nested, dir)
		return out, nil
	}
	for _, e := range found {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		p := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if out, err = t.walk(ctx, p, w, out); err != nil {
				return nil, err
			}
		case e.Type() == fs.ModeSymlink:
			out = append(out, Entry{Path: p, Size: -1, Link: true})
		case e.Type().IsRegular():
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // it was deleted in the meantime
			}
			if err != nil {
				return nil, fmt.Errorf("read %q: %w", p, err)
			}
			out = append(out, Entry{Path: p, Size: info.Size(), Stamp: stampOf(info, w.now)})
		}
	}
	return out, nil
}

// Read returns the content of a file of at most limit bytes, following links. It
// never leaves the folder, and never enters hidden folders or nested git
// repositories. The errors are *PathError, *LinkError and *SizeError where the
// file is at fault.
func (t *WorktreeTree) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	t.reading <- struct{}{}
	defer func() { <-t.reading }()
	at := path
	if plain := t.plain.Load(); plain == nil || !(*plain)[path] {
		var err error
		if at, err = follow(path, func(p string) (node, error) { return t.look(ctx, p) }); err != nil {
			return nil, err
		}
	}
	name, err := filepath.Localize(at)
	if err != nil {
		return nil, &PathError{Path: path, Reason: "is not a valid file name on this system", Err: err}
	}
	f, err := t.disk.OpenFile(name, os.O_RDONLY|readfile.NonBlock, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if o, ok := t.skipped[at]; ok {
			return t.stored.read(ctx, path, o.hash, limit)
		}
		return nil, &PathError{Path: path, Reason: "does not exist", Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, &PathError{Path: path, Reason: "can't be opened: " + reason(err), Err: err}
	}
	defer f.Close()
	content, err := readFile(f, path, limit)
	if err != nil {
		return nil, err
	}
	return content, nil
}

func readFile(f *os.File, path string, limit int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, &PathError{Path: path, Reason: "can't be read: " + reason(err), Err: err}
	}
	if !info.Mode().IsRegular() {
		return nil, &PathError{Path: path, Reason: "is not a regular file"}
	}
	if info.Size() > limit {
		return nil, &SizeError{Path: path, Size: info.Size(), Limit: limit}
	}
	// One byte more shows whether the file grew in between.
	content := make([]byte, info.Size()+1)
	n, err := io.ReadFull(f, content)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return content[:n:n], nil
	}
	if err != nil {
		return nil, &PathError{Path: path, Reason: "can't be read: " + reason(err), Err: err}
	}
	return nil, &PathError{Path: path, Reason: "changed while it was read; try again"}
}

// reason is the system's error without the path, which the caller names.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// look says what is at a path whose folders aren't links.
func (t *WorktreeTree) look(ctx context.Context, path string) (node, error) {
	name, err := filepath.Localize(path)
	if err != nil {
		return node{kind: nodeForeign, reason: "is not a valid file name on this system"}, nil
	}
	info, err := t.disk.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return storedNode(ctx, t.stored, t.skipped, t.folders, path)
	}
	if err != nil {
		return node{}, &PathError{Path: path, Reason: "can't be opened: " + reason(err), Err: err}
	}
	switch {
	case info.Mode().IsRegular():
		return node{kind: nodeFile}, nil
	case info.IsDir():
		if t.gitDir != nil && os.SameFile(info, t.gitDir) {
			return node{kind: nodeForeign, reason: "is git's own folder"}, nil
		}
		if isRepository(filepath.Join(t.dir, name)) {
			return node{kind: nodeForeign, reason: "is in another git repository"}, nil
		}
		return node{kind: nodeFolder}, nil
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := t.disk.Readlink(name)
		if err != nil {
			return node{}, &PathError{Path: path, Reason: "can't be read: " + reason(err), Err: err}
		}
		return node{kind: nodeLink, target: filepath.ToSlash(target)}, nil
	}
	return node{kind: nodeForeign, reason: "is not a regular file"}, nil
}

// SHA256 reports whether the repository uses SHA-256 hashes, for BlobHash. Without a
// git repository it is false.
func (t *WorktreeTree) SHA256() bool {
	r, err := t.repository()
	return err == nil && r.config.sha256()
}

// HeadHashes returns git's hash of every file that HEAD holds below the folder,
// and HEAD's commit. A link has the hash of the file that it leads to, which is
// what Read returns. Without a git repository, and before the first commit, it
// returns nothing and no error. SameBlob compares.
func (t *WorktreeTree) HeadHashes(ctx context.Context) (map[string]string, string, error) {
	r, err := t.repository()
	var none *NotRepositoryError
	if errors.As(err, &none) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	files, commit, err := r.headFiles(ctx)
	if err != nil || commit == "" {
		return nil, "", err
	}
	var submodules []string
	files = slices.DeleteFunc(files, func(f fileObject) bool {
		if f.nested {
			submodules = append(submodules, f.path)
		}
		return f.nested
	})
	t.submodules.Store(&submodules)
	objects := byPath(files)
	folders := foldersOf(objects)
	out := make(map[string]string, len(files))
	for _, f := range files {
		out[f.path] = f.hash
		if !f.link {
			continue
		}
		at, err := follow(f.path, func(p string) (node, error) { return storedNode(ctx, r, objects, folders, p) })
		var link *LinkError
		var path *PathError
		switch {
		case err == nil:
			out[f.path] = objects[at].hash
		case !errors.As(err, &link) && !errors.As(err, &path):
			return nil, "", err
		}
	}
	return out, commit, nil
}
