package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/spf13/cobra"
)

// lintModes are the flags of lint that are for editors, and for looking at lint itself.
type lintModes struct {
	stdinName    string
	showSettings string
	showFiles    bool
	addIgnore    string
	adding       bool
	statistics   bool
}

func (o *lintModes) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.stdinName, "stdin-filename", "", "check standard input as this file, as an editor has it, and show only its findings")
	f.BoolVar(&o.statistics, "statistics", false, "count the findings of each rule")
	f.StringVar(&o.addIgnore, "add-ignore", "", "add a comment with this reason that ignores each finding; with --diff, show what would be added")
	f.BoolVar(&o.showFiles, "show-files", false, "list the files that lint checks")
	f.StringVar(&o.showSettings, "show-settings", "", "show which rules apply to this file, and what sets each")
}

// check refuses flags that make no sense together.
func (o *lintModes) check(cmd *cobra.Command) error {
	for _, name := range changedFlags(cmd, "stdin-filename", "show-settings", "add-ignore") {
		if strings.TrimSpace(cmd.Flags().Lookup(name).Value.String()) == "" {
			what := map[string]string{"stdin-filename": "name the file that standard input is", "show-settings": "name a file", "add-ignore": "say why the findings may stay"}
			return fmt.Errorf("--%s is empty; %s, or omit it", name, what[name])
		}
	}
	o.adding = cmd.Flags().Changed("add-ignore")
	for _, m := range []struct {
		mode string
		with []string
	}{
		{"stdin-filename", []string{"ref", "staged", "changed-since", "write-baseline", "show-settings", "show-files", "add-ignore", "owner"}},
		{"show-settings", []string{"ref", "staged", "changed-since", "write-baseline", "show-files", "add-ignore", "fix", "diff", "statistics", "output", "owner", "filter", "fail-on"}},
		{"show-files", []string{"changed-since", "write-baseline", "add-ignore", "fix", "diff", "statistics", "output", "owner", "filter", "fail-on", "format"}},
		{"add-ignore", []string{"ref", "staged", "write-baseline", "fix", "owner", "filter", "statistics"}},
		{"statistics", []string{"write-baseline", "diff"}},
	} {
		if set := changedFlags(cmd, m.with...); cmd.Flags().Changed(m.mode) && len(set) > 0 {
			return fmt.Errorf("--%s and --%s can't be used together", m.mode, set[0])
		}
	}
	if format := report.Format(cmd.Flags().Lookup("format").Value.String()); o.statistics && !slices.Contains(report.StatisticsFormats(), format) {
		return fmt.Errorf("--statistics can't be shown as %q; use %s", format, report.FormatNames(report.StatisticsFormats()))
	}
	return nil
}

// terminalLinks says which hyperlinks findings have in text.
func (a *app) terminalLinks(root string) report.Hyperlinks {
	if !a.hyperlinks() {
		return report.Hyperlinks{}
	}
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return report.Hyperlinks{On: true}
	}
	return report.Hyperlinks{On: true, Root: filepath.ToSlash(abs), Host: host}
}

// placeOf is the place for a run about a single file: without -C, the repository around
// the file, if its path is absolute. Editors name files this way, and run pdac anywhere.
func (a *app) placeOf(name string) (place, error) {
	if a.dir == "" && filepath.IsAbs(name) {
		dir := filepath.Dir(name)
		_, configured := config.Above(dir)
		if _, inGit := repo.TopLevel(dir); inGit || configured {
			return a.placeAt(dir, false)
		}
	}
	return a.place()
}

func isFolder(p place, path string) bool {
	info, err := os.Stat(filepath.Join(p.root, filepath.FromSlash(path)))
	return err == nil && info.IsDir()
}

// readUnsaved makes standard input a file of the repository, and the only one to show.
func (a *app) readUnsaved(p place, name string, in *lint.Input, opts lint.Options) error {
	paths, err := a.paths(p, []string{name}, true)
	if err != nil {
		return fmt.Errorf("--stdin-filename: %w", err)
	}
	if isFolder(p, paths[0]) {
		return fmt.Errorf("--stdin-filename: %q is a folder; name the file that standard input is", name)
	}
	if ext := strings.ToLower(filepath.Ext(name)); !slices.Contains([]string{".yml", ".yaml", ".py"}, ext) {
		return fmt.Errorf("--stdin-filename: %q is neither YAML nor Python; lint checks .yml, .yaml and .py files", name)
	}
	if a.InTerminal {
		return errors.New("--stdin-filename reads the file from standard input, which is a terminal; pipe the file in")
	}
	limit := maxUnsaved(opts)
	text, err := io.ReadAll(io.LimitReader(a.In, limit+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if int64(len(text)) > limit {
		return fmt.Errorf("standard input is larger than the limit of %d bytes for a file", limit)
	}
	t, ok := in.Tree.(repo.TreeCloser)
	if !ok {
		return errors.New("--stdin-filename needs a working tree")
	}
	in.Tree, in.Paths, in.Exact = repo.WithFile(t, paths[0], text), paths, true
	return nil
}

// maxUnsaved is the limit of a file, as lint reads it.
func maxUnsaved(opts lint.Options) int64 { return cmp.Or(opts.Content.MaxFileBytes, 5<<20) }

// writeUnsaved prints standard input with its fixes. An editor replaces its text with
// that, so it is printed without fixes too.
func (a *app) writeUnsaved(ctx context.Context, in lint.Input, opts lint.Options, fixed *lint.Fixed) error {
	text, changed := fixed.Files[in.Paths[0]]
	if !changed {
		var err error
		if text, err = in.Tree.Read(ctx, in.Paths[0], maxUnsaved(opts)); err != nil {
			return err
		}
	}
	if _, err := a.Out.Write(text); err != nil {
		return fmt.Errorf("write the fixed file: %w", err)
	}
	return nil
}

// showLintFiles lists the files that lint checks.
func (a *app) showLintFiles(ctx context.Context, p place, in lint.Input, opts lint.Options) error {
	files, err := lint.FilesOf(ctx, in, opts)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		where := "the repository"
		if len(in.Paths) > 0 {
			where = strings.Join(in.Paths, ", ")
		}
		return fmt.Errorf("lint would check no file in %s; correct the path, or name it in content.include of pdac.yaml", report.Clean(where))
	}
	if err := report.Files(a.Out, files, report.FindingsOptions{TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root)}); err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	return nil
}

// showLintSettings shows what applies to a file.
func (a *app) showLintSettings(ctx context.Context, p place, name string, t repo.Tree, opts lint.Options, format report.Format) error {
	paths, err := a.paths(p, []string{name}, false)
	if err != nil {
		return fmt.Errorf("--show-settings: %w", err)
	}
	if isFolder(p, paths[0]) {
		return fmt.Errorf("--show-settings: %q is a folder; name a file", name)
	}
	s, err := lint.SettingsOf(ctx, t, paths[0], opts)
	if err != nil {
		return err
	}
	view := report.SettingsOptions{Format: format, Color: a.color(a.OutTerminal), Verbose: a.verbose, Baseline: p.cfg.Lint.Baseline, SQL: opts.SQL, Since: p.cfg.Lint.Since.Text}
	if err := report.Settings(a.Out, s, view); err != nil {
		return fmt.Errorf("show the settings: %w", err)
	}
	return nil
}

// addIgnores adds ignore comments for the findings, or shows them with --diff.
func (a *app) addIgnores(ctx context.Context, p place, o *lintOptions, in lint.Input, opts lint.Options) (*lint.Result, error) {
	added, err := lint.AddIgnores(ctx, in, opts, o.addIgnore)
	if err != nil {
		return nil, err
	}
	if o.diff {
		if err := report.FixDiff(a.Out, &added.Fixed, report.FindingsOptions{Color: a.color(a.OutTerminal), TextRoot: rootFromHere(p.root), TextFolder: hereFromRoot(p.root)}); err != nil {
			return nil, fmt.Errorf("show the comments: %w", err)
		}
	} else if err := added.Write(p.root); err != nil {
		return nil, err
	}
	verb := "Added"
	if o.diff {
		verb = "--add-ignore would add"
	}
	if added.Applied > 0 {
		a.note("%s %s for %s in %s.", verb, report.Count(added.Applied, "comment", "comments"), report.Count(added.Ignored, "finding", "findings"), report.Count(len(added.Files), "file", "files"))
	}
	for i, f := range added.Left {
		if i == maxLeft {
			a.note("… %s without a comment", report.Count(len(added.Left)-i, "more finding", "more findings"))
			break
		}
		a.note("no comment for %s: %s: %s", report.Clean(f.Where()), f.Rule, report.Clean(f.Why))
	}
	if o.diff {
		return added.Before, nil
	}
	return added.Result, nil
}

// maxLeft is how many findings without a comment are listed.
const maxLeft = 20
