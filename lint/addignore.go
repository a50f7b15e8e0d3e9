package lint

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pdac-dev/pdac/repo"
)

// AddedIgnores is a repository with ignore comments for its findings. Nothing is written
// yet.
type AddedIgnores struct {
	// Fixed has the files that change, and the results before and after; Applied counts
	// the comments.
	Fixed
	// Ignored counts the findings that the comments hide.
	Ignored int
	// Left are the findings that no comment can hide in place.
	Left []LeftFinding
}

// LeftFinding is a finding without an ignore comment.
type LeftFinding struct {
	Finding
	// Why says why it has none.
	Why string
}

// maxReason is the maximum number of bytes of a reason.
const maxReason = 500

// AddIgnores adds comments that ignore all shown findings. A comment is on a line of its
// own above the finding, at the end of the finding's line where that isn't possible, and
// at the head of the file for a finding about the file as a whole. Files are only
// inserted into, and each is parsed again: it must mean the same, and all other comments
// must apply to the same lines. In the end the repository is linted once more, and a
// file in which that finds anything new stays as it is.
func AddIgnores(ctx context.Context, in Input, o Options, reason string) (*AddedIgnores, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return nil, errors.New("the reason of the ignore comments is empty; say why the findings may stay")
	case len(reason) > maxReason:
		return nil, fmt.Errorf("the reason of the ignore comments has %d bytes; at most %d are allowed", len(reason), maxReason)
	case !utf8.ValidString(reason) || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsPrint(r) }):
		return nil, fmt.Errorf("the reason %q contains a line break or another character that a comment can't have", reason)
	}
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	out := &AddedIgnores{Fixed: Fixed{Files: map[string][]byte{}, Old: map[string][]byte{}}}
	if out.Before, err = run(ctx, in, o); err != nil {
		return nil, err
	}
	out.Result = out.Before
	byPath := map[string][]Finding{}
	for _, f := range out.Before.Findings {
		switch r := out.Before.RuleOf(f); {
		case r.AboutComments():
			out.leave("findings about comments can't be ignored by comments", f)
		default:
			byPath[f.Path] = append(byPath[f.Path], f)
		}
	}
	made := map[string][]*newIgnore{}
	for _, p := range slices.Sorted(maps.Keys(byPath)) {
		text, err := in.Tree.Read(ctx, p, o.maxFile())
		if err != nil {
			out.leave("the file can't be read", byPath[p]...)
			continue
		}
		a := annotator{path: p, text: text, rules: o.settings.rules, reason: reason}
		wanted, after := a.annotate(byPath[p], out.leave)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(wanted) > 0 {
			out.Old[p], out.Files[p], made[p] = text, after, wanted
		}
	}
	if err := out.prove(ctx, in, o, made); err != nil {
		return nil, err
	}
	for _, list := range made {
		out.Applied += len(list)
		for _, w := range list {
			out.Ignored += len(w.findings)
		}
	}
	slices.SortStableFunc(out.Left, func(a, b LeftFinding) int { return a.compare(b.Finding) })
	return out, nil
}

func (out *AddedIgnores) leave(why string, list ...Finding) {
	for _, f := range list {
		out.Left = append(out.Left, LeftFinding{f, why})
	}
}

// prove lints the repository with the comments. Of a file in which a finding is still
// there, or a new one appears, nothing is kept.
func (out *AddedIgnores) prove(ctx context.Context, in Input, o Options, made map[string][]*newIgnore) error {
	base := in.Tree
	for len(out.Files) > 0 {
		in.Tree = repo.Overlay{Base: base, Files: maps.Clone(out.Files)}
		res, err := run(ctx, in, o)
		if err != nil {
			return err
		}
		allowed := map[string]bool{}
		for _, f := range out.Before.all {
			allowed[f.Fingerprint] = true
		}
		for _, list := range made {
			for _, w := range list {
				for _, f := range w.findings {
					delete(allowed, f.Fingerprint)
				}
			}
		}
		bad := map[string]string{}
		for _, f := range res.all {
			if out.Files[f.Path] != nil && !allowed[f.Fingerprint] && bad[f.Path] == "" {
				bad[f.Path] = fmt.Sprintf("with comments in the file, lint would report %s: %s", f.Rule, f.Message)
			}
		}
		if len(bad) == 0 {
			out.Result = res
			return nil
		}
		for p, why := range bad {
			for _, w := range made[p] {
				out.leave(why, w.findings...)
			}
			delete(out.Files, p)
			delete(out.Old, p)
			delete(made, p)
		}
	}
	return nil
}
