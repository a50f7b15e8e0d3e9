// Package setup makes a repository of detections ready for pdac: it works out which files
// to write, and changes files that exist by editing them in place. Nothing is written
// before everything is known.
package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/pat"
	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// A Forge is where pipelines run.
type Forge string

// The forges. None writes no pipelines.
const (
	GitHub Forge = "github"
	GitLab Forge = "gitlab"
	None   Forge = "none"
)

// Forges lists them.
func Forges() []string { return []string{string(GitHub), string(GitLab), string(None)} }

// BaselineFile is where a baseline is written, beside pdac.yaml.
const BaselineFile = "lint-baseline.json"

// Options says what to set up.
type Options struct {
	// Folder is the folder of the detections below the top of the git repository, with
	// slashes; "." is the top.
	Folder string
	Forge  Forge
	Branch string
	// Commit is the commit of pdac that pipelines run, or "" if it is unknown.
	Commit string
	// Host is Panther's host for pdac.yaml, or "".
	Host string
	// Baseline is the text of a lint baseline to write, or nil.
	Baseline []byte
	// PAT is what was found of panther_analysis_tool, and RemovePAT deletes the files
	// that nothing needs any more.
	PAT       pat.Found
	RemovePAT bool
}

// A Change is a file to write, or to delete if After is nil.
type Change struct {
	repo.FileChange
	// For says what the file is for.
	For string
}

// Exists reports whether the change is of a file that exists.
func (c Change) Exists() bool { return c.Before != nil }

// Plan is what a set-up writes.
type Plan struct {
	// Changes are those of the set-up, in the order in which people read them.
	Changes []Change
	// Kept lists files that stay as they are although the set-up would write others,
	// with the reason.
	Kept []Kept
	// Config is the pdac.yaml after the changes.
	Config *config.Config
}

// Kept is a file that is not changed.
type Kept struct{ Path, Why string }

// maxBytes bounds what is read of a file that is changed.
const maxBytes = 4 << 20

// builder collects a plan.
type builder struct {
	Options
	top  string
	plan Plan
}

// Build works out a set-up. top is the top of the git repository.
func Build(top string, o Options) (Plan, error) {
	b := &builder{Options: o, top: top}
	for _, step := range []func() error{b.config, b.baseline, b.preCommit, b.editor, b.pipelines, b.removals} {
		if err := step(); err != nil {
			return Plan{}, err
		}
	}
	return b.plan, nil
}

// at returns the path of a file in the folder of the detections.
func (b *builder) at(name string) string { return path.Join(b.Folder, name) }

// read returns a file, or nil if there is none. What can't be written later is an error.
func (b *builder) read(name string) ([]byte, error) {
	disk, err := atomicfile.OpenFolder(b.top)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	if err := disk.Check(name); err != nil {
		return nil, fmt.Errorf("%s can't be written: %w", name, err)
	}
	text, err := readfile.Bounded(filepath.Join(b.top, filepath.FromSlash(name)), maxBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist) && disk.Exists(name):
		return nil, fmt.Errorf("%s can't be written: it is a link to a file that does not exist; remove the link, or create the file", name)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if text == nil {
		text = []byte{}
	}
	return text, nil
}

// write adds a change, unless the file is like that already.
func (b *builder) write(name string, before, after []byte, what string) {
	if before != nil && string(before) == string(after) {
		return
	}
	b.plan.Changes = append(b.plan.Changes, Change{repo.FileChange{Path: name, Before: before, After: after}, what})
}

func (b *builder) keep(name, format string, args ...any) {
	b.plan.Kept = append(b.plan.Kept, Kept{name, fmt.Sprintf(format, args...)})
}

func (b *builder) baseline() error {
	if b.Baseline == nil {
		return nil
	}
	name := b.at(BaselineFile)
	before, err := b.read(name)
	if err == nil {
		b.write(name, before, b.Baseline, "the findings of today, which lint does not report")
	}
	return err
}

// removals deletes what belongs only to PAT.
func (b *builder) removals() error {
	if !b.RemovePAT {
		return nil
	}
	for _, name := range b.PAT.Idle {
		before, err := b.read(name)
		if err != nil {
			return err
		}
		if before != nil {
			b.plan.Changes = append(b.plan.Changes, Change{repo.FileChange{Path: name, Before: before}, "nothing needs it any more"})
		}
	}
	return nil
}

// Apply writes the changes, all or none of them. It fails if a file is no longer as it was
// when the plan was made.
func Apply(top string, changes []Change) error {
	disk, err := atomicfile.OpenFolder(top)
	if err != nil {
		return err
	}
	defer disk.Close()
	if _, err := disk.UndoInterrupted(journal, ""); err != nil {
		return fmt.Errorf("undo what an interrupted set-up wrote: %w", err)
	}
	files := map[string][]byte{}
	for _, c := range changes {
		if c.Before == nil && disk.Exists(c.Path) {
			return fmt.Errorf("nothing was written: %s: %w", c.Path, atomicfile.ErrChanged)
		}
		if c.Before != nil {
			same, err := disk.Holds(c.Path, c.Before)
			if err == nil && !same {
				err = atomicfile.ErrChanged
			}
			if err != nil {
				return fmt.Errorf("nothing was written: %s: %w", c.Path, err)
			}
		}
		files[c.Path] = c.After
	}
	if err := disk.ChangeAll(journal, "", files, true); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}

// journal is the file among pdac's own that says what a running set-up writes.
const journal = "init.json"

// Detect says which forge the repository belongs to, by the address of its remote. Where
// no address says it, the files of the forges decide, and then it is GitHub.
func Detect(remote string, exists func(string) bool) Forge {
	host := git.HostOf(remote)
	switch {
	case strings.Contains(host, "gitlab"):
		return GitLab
	case strings.Contains(host, "github"):
		return GitHub
	case exists(".gitlab-ci.yml") && !exists(".github/workflows"):
		return GitLab
	}
	return GitHub
}

// Paths lists the paths of changes.
func Paths(changes []Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Path)
	}
	slices.Sort(out)
	return out
}
