package repo

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/panther"
	"golang.org/x/sync/errgroup"
)

// SkipReason is why a spec is not content.
type SkipReason string

// The reasons.
const (
	// SkipFolder: no folder in its path has a name that counts.
	SkipFolder SkipReason = "folder"
	// SkipOther: it is in a folder for templates, test data or installed code.
	SkipOther SkipReason = "other_folder"
	// SkipOnly: content.only does not name it.
	SkipOnly SkipReason = "only"
	// SkipExclude: content.exclude names it.
	SkipExclude SkipReason = "exclude"
)

// SkipReasons returns all reasons in display order.
func SkipReasons() []SkipReason { return []SkipReason{SkipFolder, SkipOther, SkipOnly, SkipExclude} }

// Setting returns the key of pdac.yaml that makes such a spec content.
func (r SkipReason) Setting() string {
	switch r {
	case SkipOnly:
		return "content.only"
	case SkipExclude:
		return "content.exclude"
	}
	return "content.include"
}

// advice says how to take specs in with the setting.
func (r SkipReason) advice(n int) string {
	them := "them"
	if n == 1 {
		them = "it"
	}
	if r == SkipExclude {
		return fmt.Sprintf("to take %s in, remove %s from content.exclude", them, them)
	}
	return fmt.Sprintf("to take %s in, name %s in %s", them, them, r.Setting())
}

// why says why n specs are skipped, after their number.
func (r SkipReason) why(n int) string {
	are := "specs are "
	if n == 1 {
		are = "spec is "
	}
	switch r {
	case SkipOther:
		return are + "in folders for templates, test data or other projects"
	case SkipOnly:
		return are + "not in content.only"
	case SkipExclude:
		return are + "excluded by content.exclude"
	}
	return are + "outside the folders that count as content"
}

// Skipped is a spec that is not content. It is not loaded, but what it names is
// in the repository.
type Skipped struct {
	Path   string     `json:"path"`
	Reason SkipReason `json:"reason"`
	// Setting is the key of pdac.yaml that makes it content.
	Setting string `json:"setting"`
	// Type, Kind and ID are empty if they are unknown.
	Type Type         `json:"type,omitempty"`
	Kind panther.Kind `json:"kind,omitempty"`
	ID   string       `json:"id,omitempty"`
	// BodyPath is the Python file that it names, if it can be parsed.
	BodyPath string `json:"-"`
}

// Item returns what is known of the spec as an item.
func (s Skipped) Item() *Item { return &Item{Path: s.Path, Type: s.Type, Kind: s.Kind, ID: s.ID} }

// Advice says how to take the spec in.
func (s Skipped) Advice() string {
	if s.Reason == SkipExclude {
		return fmt.Sprintf("remove %s from content.exclude of pdac.yaml", s.Path)
	}
	return fmt.Sprintf("name %s in %s of pdac.yaml", s.Path, s.Setting)
}

// SkippedNotes reports skipped specs: how many there are, why, and which setting
// takes them in.
func SkippedNotes(all []Skipped) []Diagnostic {
	var out []Diagnostic
	for _, reason := range SkipReasons() {
		var paths []string
		for _, s := range all {
			if s.Reason == reason {
				paths = append(paths, s.Path)
			}
		}
		if n := len(paths); n > 0 {
			out = append(out, Diagnostic{Severity: SeverityInfo, Topic: "specs that are not content", Message: fmt.Sprintf(
				"%d %s: %s; %s of pdac.yaml", n, reason.why(n), some(paths, 3), reason.advice(n))})
		}
	}
	return out
}

// readSkipped finds the specs among YAML files that are not content. A file that
// can't be read is no spec.
func (c *chooser) readSkipped(ctx context.Context, t Tree, files []git.Entry) ([]Skipped, error) {
	found := make([]*Skipped, len(files))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(c.o.Workers)
	for i, e := range files {
		g.Go(func() error {
			key, reason := specKey{e.Path, e.Hash}, c.skips(e.Path)
			if s, ok := known(c.o.Cache, skippedOf, key); ok && !e.Link && e.Hash != "" {
				found[i] = s.because(reason)
				return gctx.Err()
			}
			src, err := t.Read(gctx, e.Path, c.o.MaxFileBytes)
			if err == nil {
				found[i] = skippedSpec(e.Path, src, reason)
				if c.o.Cache != nil && !e.Link && e.Hash != "" {
					keep(c.o.Cache, skippedOf, key, found[i])
				}
			}
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []Skipped
	for _, s := range found {
		if s != nil {
			out = append(out, *s)
		}
	}
	return out, nil
}

// skippedSpec returns a spec that is not content, or nil if the file is none.
func skippedSpec(file string, src []byte, reason SkipReason) *Skipped {
	f := parse(file, src)
	out := &Skipped{Path: file, Reason: reason, Setting: reason.Setting()}
	if it := f.item; it != nil {
		out.Type, out.Kind, out.ID, out.BodyPath = it.Type, it.Kind, it.ID, it.BodyFile()
		return out
	}
	if len(f.diagnostics) == 0 {
		return nil
	}
	// It can't be parsed, but its lines may show what it is.
	lines := map[string]string{}
	for _, m := range topKey.FindAllSubmatch(src, -1) {
		lines[string(m[1])] = strings.Trim(string(m[2]), `"'`)
	}
	if lines[analysisType] == "" {
		return nil
	}
	out.Type = Type(lines[analysisType])
	out.ID = lines[out.Type.IDKey()]
	if out.Type != TypeRule {
		out.Kind, _, _ = kindOf(out.Type, nil)
	}
	return out
}

// because returns the spec with another reason; nil stays nil.
func (s *Skipped) because(r SkipReason) *Skipped {
	if s == nil {
		return nil
	}
	out := *s
	out.Reason, out.Setting = r, r.Setting()
	return &out
}

// topKey matches a key at the start of a line, and a value on the same line.
var topKey = lazyregexp.New(`(?m)^([A-Za-z]+):[ \t]+([^\s#][^\r\n#]*?)[ \t]*(?:#.*)?\r?$`)

// nester is a tree that knows the repositories inside it.
type nester interface{ Nested() []string }

// unfollowed returns the folders that are not read: links to folders, and nested
// repositories. Their content is unknown. A folder that would be content itself
// is a warning, and another one a note: a folder in it may be content.
func (c *chooser) unfollowed(ctx context.Context, t Tree, entries []git.Entry) (folders, unread []string, out []Diagnostic) {
	report := func(p, why string) {
		d := Diagnostic{Severity: SeverityInfo, Path: p, Message: why}
		switch c.skips(p + "/x.yml") {
		case "":
			d.Severity = SeverityWarning
			unread = append(unread, p)
		case SkipFolder:
		default:
			return
		}
		folders, out = append(folders, p), append(out, d)
	}
	if n, ok := t.(nester); ok {
		for _, p := range n.Nested() {
			report(p, "this folder is a separate git repository (perhaps a submodule), so its files are not loaded; run pdac in it")
		}
	}
	for _, e := range entries {
		if !e.Link || isYAML(e.Path) || path.Ext(e.Path) == ".py" {
			continue
		}
		var link *git.LinkError
		if _, err := t.Read(ctx, e.Path, c.o.MaxFileBytes); errors.As(err, &link) {
			report(e.Path, "this link is not followed, because it points to a folder or outside the repository; put the files themselves here")
		}
	}
	return folders, unread, out
}

// everything is the pattern that matches every file, if there is one.
const everything = "**"

// idle reports the patterns of the options that have no effect, which are
// probably mistakes.
func (c *chooser) idle(entries []git.Entry) []Diagnostic {
	var out []Diagnostic
	for _, key := range []struct {
		name     string
		patterns []string
	}{{"include", c.o.Include}, {"only", c.o.Only}, {"exclude", c.o.Exclude}} {
		for _, p := range key.patterns {
			one := []string{p}
			if clean(p) == everything {
				continue // of an empty repository, or of an empty record
			}
			if !slices.ContainsFunc(entries, func(e git.Entry) bool { return matchAny(one, e.Path) }) {
				// What include and only name is wanted, and it is missing.
				severity := SeverityError
				if key.name == "exclude" {
					severity = SeverityWarning
				}
				out = append(out, Diagnostic{Severity: severity, Message: fmt.Sprintf("content.%s: %q matches no file; correct it in pdac.yaml, or remove it", key.name, p)})
			}
		}
	}
	return append(out, c.needless(entries)...)
}

// needless reports the patterns of content.include that add nothing to the
// default folders, if files that no pattern matches are content too: whoever wrote
// them probably wants to read nothing else.
func (c *chooser) needless(entries []git.Entry) []Diagnostic {
	if len(c.o.Include) == 0 || len(c.o.Only) > 0 {
		return nil
	}
	adds, matches := make([]bool, len(c.o.Include)), make([]bool, len(c.o.Include))
	var beside string
	for _, e := range entries {
		if !isYAML(e.Path) || matchAny(c.o.Exclude, e.Path) {
			continue
		}
		f := c.folder(path.Dir(e.Path))
		usual := f.root != "" && !f.other
		matched := false
		for i := range c.o.Include {
			if matchAny(c.o.Include[i:i+1], e.Path) {
				matched, matches[i], adds[i] = true, true, adds[i] || !usual
			}
		}
		if usual && !matched && beside == "" {
			beside = f.root
		}
	}
	var needless []string
	for i, p := range c.o.Include {
		if matches[i] && !adds[i] {
			needless = append(needless, strconv.Quote(p))
		}
	}
	if beside == "" || len(needless) == 0 {
		return nil
	}
	return []Diagnostic{{Severity: SeverityWarning, Message: fmt.Sprintf(
		"content.include: %s adds nothing to the default folders, and others such as %s are content too; to read nothing else, use content.only, otherwise remove it",
		strings.Join(needless, ", "), beside)}}
}
