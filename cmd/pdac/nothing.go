package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/repo"
)

// contentNotes shows notes about the settings of content, and reports whether
// content that they name is missing.
func (a *app) contentNotes(notes []repo.Diagnostic) (missing bool, err error) {
	var errs []repo.Diagnostic
	for _, d := range notes {
		switch text := report.Clean(d.String()); {
		case d.Severity == repo.SeverityError:
			errs = append(errs, d)
		case a.quiet && d.Severity == repo.SeverityWarning && d.Path == "":
			// A setting without effect is a mistake, which --quiet must not hide.
			fmt.Fprintln(a.Err, text)
		default:
			a.note("%s", text)
		}
	}
	return len(errs) > 0, report.Diagnostics(a.Err, errs, report.DiagnosticsOptions{Color: a.color(a.ErrTerminal)})
}

// nothingLinted returns an error if lint had nothing to check. Files that a hook
// names are something, even if they are no specs; folders without any are not.
func nothingLinted(p place, in lint.Input, res *lint.Result) error {
	if len(in.Paths) > 0 && len(res.Findings) == 0 && !slices.ContainsFunc(in.Paths, func(path string) bool {
		info, err := os.Stat(filepath.Join(p.root, filepath.FromSlash(path)))
		return err != nil || !info.IsDir() || !slices.Contains(res.Outside, path)
	}) {
		return fmt.Errorf("nothing was checked: no specs were found in %s; check the path, or run pdac lint without paths for the whole repository", report.Clean(strings.Join(in.Paths, ", ")))
	}
	if res.Specs > 0 || len(in.Paths) > 0 {
		return nil
	}
	c := p.cfg.Content
	err := &repo.EmptyError{Root: p.root, Revision: in.Tree.Describe(), Include: c.Include, Only: c.Only, Skipped: res.Skipped}
	if res.Files > 0 {
		return fmt.Errorf("%s checked, but %w", report.Count(res.Files, "Python file was", "Python files were"), err)
	}
	return fmt.Errorf("nothing was checked: %w", err)
}

// nothingTested returns an error if test had no test to run. That a change affects no
// detection, and that no test failed in the last run, are results. It warns of a glob of --only
// that is idle beside others.
func (a *app) nothingTested(p place, o *testOptions, in lint.Input, res *unittest.Result, args []string) error {
	if len(res.Tests)+len(res.Faults)+len(res.Few) > 0 || in.Before != nil {
		if len(res.Unmatched) < len(o.only) {
			for _, g := range res.Unmatched {
				a.note("warning: --only %q matches no detection of the repository; check the kind and the id", g)
			}
		}
		return nil
	}
	var by []string
	for _, g := range o.only {
		by = append(by, fmt.Sprintf("--only %q", g))
	}
	for _, f := range o.filters {
		by = append(by, fmt.Sprintf("--filter %q", f))
	}
	where := ""
	if len(args) > 0 {
		where = " in " + report.Clean(strings.Join(args, ", "))
	}
	switch c := p.cfg.Content; {
	case res.Specs == 0 && len(in.Paths) == 0:
		return fmt.Errorf("nothing was tested: %w", &repo.EmptyError{Root: p.root, Revision: in.Tree.Describe(), Include: c.Include, Only: c.Only, Skipped: res.Skipped})
	case o.failed:
	case res.Detections == 0 && len(by) > 0:
		return fmt.Errorf("nothing was tested: no detection%s matches %s; check the values: --only takes KIND/ID, such as rule/AWS.*", where, report.Clean(strings.Join(by, " and ")))
	case res.Detections == 0 && len(args) > 0:
		return fmt.Errorf("nothing was tested: no detections were found%s; check the path, or run pdac test without paths for the whole repository", where)
	case len(o.names) > 0:
		return fmt.Errorf("nothing was tested: no name of a test%s matches --run %q; check it, also for capital letters", where, strings.Join(o.names, ", "))
	}
	return nil
}

// unknownPaths returns an error for paths that exist in none of the states that
// lint reads, and not on disk if it reads that too.
func unknownPaths(ctx context.Context, in lint.Input, root string, disk bool, named []string) error {
	var states []string
	missing := map[string]bool{}
	for _, p := range in.Paths {
		_, err := os.Lstat(filepath.Join(root, filepath.FromSlash(p)))
		missing[p] = p != "." && (!disk || err != nil)
	}
	for _, t := range []repo.Tree{in.Tree, in.Before} {
		if t == nil {
			continue
		}
		entries, err := t.Entries(ctx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			for at := e.Path; at != ""; at = parent(at) {
				delete(missing, at)
			}
		}
		if r := t.Describe(); r.Ref != "" {
			states = append(states, fmt.Sprintf("%q", r.Ref))
		}
	}
	for i, p := range in.Paths {
		if missing[p] {
			where := ""
			if states = slices.Compact(states); len(states) > 0 {
				where = " in " + strings.Join(states, " or ")
			}
			return fmt.Errorf("%q does not exist%s", named[i], where)
		}
	}
	return nil
}

// parent returns the folder of a path; "" at the top.
func parent(p string) string { return p[:max(strings.LastIndexByte(p, '/'), 0)] }
