package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/pat"
	"github.com/pdac-dev/pdac/internal/setup"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync/deploy"
	"github.com/spf13/cobra"
)

type initOptions struct {
	forge, branch       string
	baseline, removePAT bool
	dryRun, yes         bool
}

func newInit(a *app) *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Set up a repository for pdac",
		Long: `Write what a repository of detections needs: pdac.yaml, the hook for pre-commit,
JSON Schemas and their setting for editors, and pipelines that lint, test and plan
pull requests, apply merges, and report drift every night. Pipelines are those of
GitHub or GitLab, by the address of the remote origin.

Files that exist are edited in place: comments stay, and only what is missing is
added. pdac asks before it changes them; without a terminal, it changes them only
with --yes. Pipelines that exist are never replaced. A second run finds nothing
to do.

A repository that uses panther_analysis_tool (PAT) is recognized: its settings go
into pdac.yaml, and each other use is listed with the line and with what replaces
it, or that nothing does. At the end, pdac says which secrets and permissions to
create, lints the repository, and with a token checks the connection to Panther.

DIR is the folder of the detections, which may be a folder of a larger repository;
by default, it is the top of the git repository, or the current folder.`,
		Example: `  pdac init
  pdac init --dry-run               show what would be written
  pdac init security/detections     a folder of a larger repository
  pdac init --baseline              report only new findings from now on
  pdac init --yes --remove-pat      also delete what only PAT needs`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.setUp(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.forge, "ci", "", "write pipelines for github, gitlab or none (default: by the remote origin)")
	f.StringVar(&o.branch, "main-branch", "", "the branch whose merges are applied (default: that of the remote origin)")
	f.BoolVar(&o.baseline, "baseline", false, "write the findings of today to "+setup.BaselineFile+", so that lint reports only new ones")
	f.BoolVar(&o.removePAT, "remove-pat", false, "delete pipelines and settings that nothing but panther_analysis_tool needs")
	f.BoolVar(&o.dryRun, "dry-run", false, "write nothing; show what would be written")
	f.BoolVarP(&o.yes, "yes", "y", false, "change files that exist without asking")
	_ = cmd.RegisterFlagCompletionFunc("ci", cobra.FixedCompletions(setup.Forges(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// site is the repository that is set up.
type site struct {
	// dir is the folder of the detections, and top that of the git repository; fresh
	// says that there is none yet.
	dir, top string
	fresh    bool
	opts     setup.Options
}

func (a *app) setUp(ctx context.Context, o *initOptions, args []string) error {
	s, err := a.site(ctx, o, args)
	if err != nil {
		return err
	}
	a.dir = s.dir
	plan, err := setup.Build(s.top, s.opts)
	if err != nil {
		return err
	}
	if s.opts.PAT.Any() {
		if err := a.keepUploads(ctx, s, plan); err != nil {
			return err
		}
		if plan, err = setup.Build(s.top, s.opts); err != nil {
			return err
		}
	}
	if plan, err = a.withBaseline(ctx, o, s, plan); err != nil {
		return err
	}
	kinds, err := a.kindsOf(ctx, place{root: s.dir, cfg: plan.Config})
	if err != nil {
		return err
	}
	v := &initView{app: a, site: s, plan: plan, kinds: kinds, dry: o.dryRun}
	v.files()
	left, err := a.writeSetup(ctx, o, s, plan)
	if err != nil {
		return err
	}
	v.left(left)
	v.pat()
	res, lintErr := a.lintSite(ctx, s, plan)
	v.todo(res)
	if err := v.lint(res, lintErr); err != nil {
		return err
	}
	if o.dryRun {
		return nil
	}
	if err := a.statusAfterInit(ctx, plan); err != nil {
		return err
	}
	if len(left) > 0 {
		were := "exist and were"
		if len(left) == 1 {
			were = "exists and was"
		}
		return fmt.Errorf("not everything is set up: %s %s not changed; look at the changes with pdac init --dry-run, and make them with pdac init --yes", strings.Join(setup.Paths(left), ", "), were)
	}
	return nil
}

// site finds the folder to set up, and what is known of it.
func (a *app) site(ctx context.Context, o *initOptions, args []string) (*site, error) {
	s := &site{}
	dir := a.dir
	if len(args) > 0 {
		if dir != "" {
			return nil, fmt.Errorf("the folder is named twice, as %q and with -C %q; use one of the two", args[0], dir)
		}
		dir = args[0]
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	switch info, err := os.Stat(abs); {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("the folder %q does not exist; create it first", dir)
	case err != nil:
		return nil, fmt.Errorf("read the folder: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%q is not a folder", dir)
	}
	s.dir, s.top, s.fresh = abs, abs, true
	if top, ok := repo.TopLevel(abs); ok {
		s.top, s.fresh = top, false
	}
	if dir == "" && s.top != abs {
		up, ok := config.Above(abs)
		if !ok || len(up) < len(s.top) {
			return nil, fmt.Errorf("the current folder is not the top of the git repository %q; to set up all of it, use pdac init -C %s; if only this folder has detections, use pdac init . here", s.top, quoted(s.top))
		}
		s.dir = up
	}
	rel, err := filepath.Rel(s.top, s.dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder in the repository: %w", err)
	}
	s.opts = setup.Options{Folder: filepath.ToSlash(rel), Branch: o.branch, Commit: buildCommit(), Host: a.host, RemovePAT: o.removePAT}
	if err := a.origin(ctx, o, s); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(s.top)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	defer root.Close()
	s.opts.PAT, err = pat.Find(root.FS(), pat.Options{Folder: s.opts.Folder})
	if err != nil {
		return nil, err
	}
	if s.opts.Host != "" {
		address, err := panther.ParseAddress(s.opts.Host)
		if err != nil {
			return nil, err
		}
		s.opts.Host = address.Short()
	}
	if host := s.opts.PAT.Settings.Host; host != "" {
		address, err := panther.ParseAddress(host)
		if err != nil {
			a.note("warning: api_host of %s was not used: %s", report.Clean(s.opts.PAT.SettingsFile), report.Clean(err.Error()))
			s.opts.PAT.Settings.Host = ""
		} else {
			s.opts.PAT.Settings.Host = address.Short()
		}
	}
	return s, nil
}

// origin sets the forge and the branch.
func (a *app) origin(ctx context.Context, o *initOptions, s *site) error {
	remote := ""
	if !s.fresh {
		r, err := git.Open(ctx, s.top, git.Options{})
		if err != nil {
			return err
		}
		defer r.Close()
		remote = r.RemoteURL("origin")
		if s.opts.Branch == "" {
			s.opts.Branch = r.DefaultBranch(ctx)
		}
	}
	if o.branch != "" {
		if _, err := git.CheckBranch(o.branch); err != nil {
			return fmt.Errorf("--main-branch: %w", err)
		}
	}
	switch {
	case o.forge == "":
		s.opts.Forge = setup.Detect(remote, func(name string) bool {
			_, err := os.Lstat(filepath.Join(s.top, filepath.FromSlash(name)))
			return err == nil
		})
	case slices.Contains(setup.Forges(), o.forge):
		s.opts.Forge = setup.Forge(o.forge)
	default:
		return fmt.Errorf("unknown --ci %q; use %s", o.forge, strings.Join(setup.Forges(), ", "))
	}
	return nil
}

var fullCommit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// buildCommit is the commit that this pdac was built from, or "" if that is not known for
// certain.
func buildCommit() string {
	if c := readBuild().commit; fullCommit.MatchString(c) {
		return c
	}
	return ""
}

// writeSetup writes the plan, and returns the changes of files that exist and were not
// made, because nobody agreed.
func (a *app) writeSetup(ctx context.Context, o *initOptions, s *site, plan setup.Plan) (left []setup.Change, err error) {
	if o.dryRun || len(plan.Changes) == 0 && !s.fresh {
		return nil, nil
	}
	todo := plan.Changes
	existing := slices.DeleteFunc(slices.Clone(todo), func(c setup.Change) bool { return !c.Exists() })
	if len(existing) > 0 && !o.yes {
		agreed := false
		if a.InTerminal {
			var diffs []repo.FileChange
			for _, c := range existing {
				diffs = append(diffs, c.FileChange)
			}
			if err := report.Diffs(a.Out, diffs, a.color(a.OutTerminal)); err != nil {
				return nil, err
			}
			if agreed, err = a.ask(ctx, fmt.Sprintf("Change %s? Only \"yes\" will be accepted: ", report.Count(len(existing), "file that exists", "files that exist"))); err != nil {
				return nil, err
			}
		}
		if !agreed {
			left = existing
			todo = slices.DeleteFunc(slices.Clone(todo), setup.Change.Exists)
		}
	}
	if s.fresh {
		disk, err := atomicfile.OpenFolder(s.dir)
		if err != nil {
			return nil, err
		}
		defer disk.Close()
		if err := deploy.StartGit(s.dir, disk); err != nil {
			return nil, err
		}
	}
	return left, setup.Apply(s.top, todo)
}
