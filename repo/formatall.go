package repo

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/internal/atomicfile"
)

// FileChange is a file before and after a change; nil where it doesn't exist.
type FileChange struct {
	Path          string
	Before, After []byte
}

// FormatOptions says what FormatTree looks at.
type FormatOptions struct {
	Content Options
	// Paths limits it to some files and folders, from the root; none are all. A
	// file among them is formatted even if it is not content.
	Paths []string
}

// Formatting is what the canonical form changes in a repository. Nothing is
// written yet.
type Formatting struct {
	// Changes are the specs that aren't in their canonical form, sorted by path.
	Changes []FileChange
	// Failed are the specs that can't be formatted and stay as they are.
	Failed []FormatFailure
	// Skipped are the specs among Paths that aren't content, and stay as they
	// are.
	Skipped []Skipped
	// Outside are the Paths with nothing to format.
	Outside []string
	// Specs is the number of specs among Paths that are content, and Notes reports
	// settings of content without effect.
	Specs int
	Notes []Diagnostic
}

// FormatFailure is a spec that can't be formatted, and why.
type FormatFailure struct {
	Path string
	Err  error
}

// FormatTree formats the specs of a tree. Links are skipped: the file that they
// lead to is formatted where it is.
func FormatTree(ctx context.Context, t Tree, o FormatOptions) (*Formatting, error) {
	entries, err := t.Entries(ctx)
	if err != nil {
		return nil, err
	}
	limits := o.Content.orDefault()
	limits.Named = o.Paths
	content, err := FindContent(ctx, t, entries, limits)
	if err != nil {
		return nil, err
	}
	out := &Formatting{Skipped: Below(content.Skipped, o.Paths), Notes: content.Notes}
	for _, p := range o.Paths {
		one := []string{p}
		if !slices.ContainsFunc(content.Specs, func(e Entry) bool { return below(e.Path, one) }) && len(Below(out.Skipped, one)) == 0 {
			out.Outside = append(out.Outside, p)
		}
	}
	for _, e := range content.Specs {
		if e.Link || !below(e.Path, o.Paths) {
			continue
		}
		limits.Progress()
		before, err := t.Read(ctx, e.Path, limits.MaxFileBytes)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var after []byte
		if err != nil || mayBeSpec(before) {
			out.Specs++
		}
		if err == nil {
			after, err = Format(e.Path, before)
		}
		if err != nil {
			out.Failed = append(out.Failed, FormatFailure{e.Path, err})
		} else if !bytes.Equal(before, after) {
			out.Changes = append(out.Changes, FileChange{e.Path, before, after})
		}
	}
	return out, nil
}

// WriteChanges writes changed files below a folder, and nothing outside it. If a
// file differs from its Before, WriteChanges returns an error, and does not write
// that file or the ones after it.
func WriteChanges(dir string, changes []FileChange) error {
	disk, err := atomicfile.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer disk.Close()
	for _, c := range changes {
		if err := disk.Check(c.Path); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
	}
	for _, c := range changes {
		if err := disk.ReplaceUnchanged(c.Path, c.Before, c.After); err != nil {
			return fmt.Errorf("write %q: %w; run the command again", c.Path, err)
		}
	}
	return nil
}
