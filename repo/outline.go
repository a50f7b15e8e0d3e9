package repo

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"golang.org/x/sync/errgroup"
)

// Outline is what a glance at a spec shows.
type Outline struct {
	Path string
	Type Type
	// Kind is empty if Panther's REST API does not support it.
	Kind panther.Kind
	ID   string
	// LogTypes, Tags and Statuses are its values of these keys.
	LogTypes, Tags, Statuses []string
}

// Outlines returns the outlines of all content, by path. It reads lines, not YAML, and skips
// what it can't read: it is for completion in a shell, which must be quick and may be wrong
// about a spec that is written in an unusual way.
func Outlines(ctx context.Context, t Tree, o Options) ([]Outline, error) {
	o = o.orDefault()
	entries, err := Entries(ctx, t, o)
	if err != nil {
		return nil, err
	}
	if err := checkPatterns(o); err != nil {
		return nil, err
	}
	content, _ := newChooser(entries, o).choose(entries)
	found := make([]Outline, len(content))
	var g errgroup.Group
	g.SetLimit(o.Workers)
	for i, e := range content {
		g.Go(func() error {
			if src, err := t.Read(ctx, e.Path, o.MaxFileBytes); err == nil {
				found[i] = OutlineOf(e.Path, src)
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(o Outline) bool { return o.ID == "" }), nil
}

// OutlineOf returns the outline of a spec; one without an ID is none.
func OutlineOf(path string, src []byte) Outline {
	out := Outline{Path: path}
	ids := map[string]string{}
	has := map[string]bool{}
	var list *[]string
	for line := range bytes.Lines(bytes.TrimPrefix(src, []byte("\ufeff"))) {
		text := strings.TrimRight(string(line), "\r\n\t ")
		if text == "" || text[0] == '#' {
			continue
		}
		if text[0] == ' ' || text[0] == '-' {
			if item, ok := strings.CutPrefix(strings.TrimLeft(text, " "), "- "); ok && list != nil {
				*list = append(*list, plainScalar(item))
			}
			continue
		}
		key, value, ok := strings.Cut(text, ":")
		if list = nil; !ok {
			continue
		}
		key = plainScalar(key)
		has[key] = true
		value = strings.TrimSpace(value)
		switch key {
		case analysisType:
			out.Type = Type(plainScalar(value))
		case "Status":
			out.Statuses = append(out.Statuses, plainScalar(value))
		case "LogTypes":
			list = &out.LogTypes
		case "Tags":
			list = &out.Tags
		default:
			ids[key] = value
		}
		if inner, ok := strings.CutPrefix(value, "["); ok && list != nil {
			for item := range strings.SplitSeq(strings.TrimSuffix(inner, "]"), ",") {
				if item = plainScalar(strings.TrimSpace(item)); item != "" {
					*list = append(*list, item)
				}
			}
		}
	}
	if out.ID = plainScalar(ids[out.Type.IDKey()]); out.ID == "" {
		return parsedOutline(path, src)
	}
	if out.Type != TypeRule {
		out.Kind, _, _ = kindOf(out.Type, nil)
	} else if has["Filename"] {
		out.Kind = panther.Rule
	} else if has["Detection"] {
		out.Kind = panther.SimpleRule
	}
	return out
}

// parsedOutline is the outline of a spec that is written in an unusual way, such as JSON.
func parsedOutline(path string, src []byte) Outline {
	out := Outline{Path: path}
	if !mayBeSpec(src) {
		return out
	}
	if it := ReadSpec(path, src).Item; it != nil {
		out.Type, out.Kind, out.ID = it.Type, it.Kind, it.ID
		out.LogTypes, out.Tags, out.Statuses = nodeTexts(yamlcore.Lookup(it.Root, "LogTypes")), nodeTexts(yamlcore.Lookup(it.Root, "Tags")), nodeTexts(yamlcore.Lookup(it.Root, "Status"))
	}
	return out
}

// plainScalar removes the quotes and the comment of a scalar on one line.
func plainScalar(s string) string {
	if s == "" {
		return ""
	}
	if q := s[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(s[1:], q); end >= 0 {
			return s[1 : 1+end]
		}
		return ""
	}
	if i := strings.Index(s, " #"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}
