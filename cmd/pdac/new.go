package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/starter"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/spf13/cobra"
)

type newOptions struct {
	starter.Options
	dryRun bool
}

func newNew(a *app) *cobra.Command {
	o := &newOptions{}
	cmd := &cobra.Command{
		Use:   "new KIND ID",
		Short: "Write a new spec to start from",
		Long: `Write a new spec with its Python file and its unit tests, which pass: in the folder
of similar ones, named as they are. The kinds are
` + strings.Join(starter.Kinds()[:4], ", ") + `,
` + strings.Join(starter.Kinds()[4:], ", ") + `.

If templates/ has a spec of that kind, the new one is made from it, unless lint
would report the result. In a template, {{id}}, {{name}}, {{file}}, {{log_type}},
{{resource_type}}, {{query}}, {{severity}}, {{table}}, {{every}}, {{rule_1}} and
{{rule_2}} are replaced, and keys such as RuleID and Filename are set.

Nothing is written if the id exists, or if lint finds an error in the new files.`,
		Example: `  pdac new rule Acme.Okta.Login --log-type Okta.SystemLog
  pdac new simple-rule Acme.Okta.Reset --log-type Okta.SystemLog --severity high
  pdac new policy Acme.S3.Encrypted --resource-type AWS.S3.Bucket
  pdac new query 'Acme Logins' --log-type Okta.SystemLog --every 60
  pdac new scheduled-rule Acme.Okta.Many --query 'Acme Logins'
  pdac new correlation-rule Acme.Pair --rule Acme.Okta.Reset --rule Acme.Okta.Login
  pdac new data-model Acme.Okta --log-type Okta.SystemLog
  pdac new global acme_text`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("%s needs a kind and an id, but got %s; use for example: pdac new rule Acme.Okta.Login --log-type Okta.SystemLog", cmd.CommandPath(), report.Count(len(args), "argument", "arguments"))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return starter.Kinds(), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Kind, o.ID = args[0], args[1]
			for _, name := range changedFlags(cmd, "severity", "name", "template") {
				if err := notEmpty(cmd, name); err != nil {
					return err
				}
			}
			if cmd.Flags().Changed("every") && o.Every <= 0 {
				return fmt.Errorf("--every %d is not a number of minutes; use one from 2 on", o.Every)
			}
			if o.BuiltIn && o.Template != "" {
				return fmt.Errorf("--built-in and --template can't be used together")
			}
			return a.newSpec(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.LogTypes, "log-type", nil, "log type that the rule, the data model or the query reads (repeatable)")
	f.StringArrayVar(&o.ResourceTypes, "resource-type", nil, "resource type that the policy checks (repeatable)")
	f.StringArrayVar(&o.Queries, "query", nil, "scheduled query whose rows the scheduled rule judges (repeatable)")
	f.StringArrayVar(&o.Rules, "rule", nil, "rule that the correlation rule watches; the second follows the first (repeatable)")
	f.StringVar(&o.Severity, "severity", "", "info, low, medium, high or critical (default medium)")
	f.StringVar(&o.Name, "name", "", "display name (default: the words of the id)")
	f.IntVar(&o.Every, "every", 0, "minutes between the runs of a query, which makes it a scheduled one")
	f.StringVar(&o.Template, "template", "", "make it from this template, whatever lint finds in the result")
	f.BoolVar(&o.BuiltIn, "built-in", false, "ignore the templates of the repository")
	f.BoolVar(&o.dryRun, "dry-run", false, "write nothing; show the new files")
	_ = cmd.RegisterFlagCompletionFunc("severity", cobra.FixedCompletions([]string{"info", "low", "medium", "high", "critical"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) newSpec(ctx context.Context, o *newOptions) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	tree, err := repo.OpenWorktree(ctx, p.root)
	if err != nil {
		return err
	}
	defer tree.Close()
	at := starter.Repository{Tree: tree, Content: p.cfg.RepoOptions()}
	s, err := starter.New(ctx, at, o.Options)
	if err != nil {
		return err
	}
	found, err := a.lintNew(ctx, p, tree, s)
	if err != nil {
		return err
	}
	unused := ""
	if s.Template != "" && o.Template == "" && len(found) > 0 {
		plain := o.Options
		plain.BuiltIn = true
		other, err := starter.New(ctx, at, plain)
		if err != nil {
			return err
		}
		clean, err := a.lintNew(ctx, p, tree, other)
		if err != nil {
			return err
		}
		if len(clean) < len(found) {
			unused = fmt.Sprintf("%s was not used: lint would report the new spec (%s); --template %s uses it all the same", report.Clean(s.Template), report.Clean(briefly(found)), report.Clean(quoted(s.Template)))
			s, found = other, clean
		}
	}
	if o.Template == "" {
		for _, f := range found {
			// A team's own rules may want what only a template can have.
			if f.Severity == lint.Error && strings.HasPrefix(f.Rule, "PD") {
				return fmt.Errorf("nothing was written, because lint would report %s at %s:%d: %s", f.Rule, f.Path, f.Range.Line, f.Message)
			}
		}
	}
	if unused != "" {
		a.note("%s", unused)
	}
	return a.writeNew(p, o, s, found)
}

// writeNew writes or shows the new files, and says what is next.
func (a *app) writeNew(p place, o *newOptions, s starter.Start, found []lint.Finding) error {
	paths := slices.Sorted(maps.Keys(s.Files))
	if o.dryRun {
		var diffs []repo.FileChange
		for _, name := range paths {
			diffs = append(diffs, repo.FileChange{Path: name, After: s.Files[name]})
		}
		return report.Diffs(a.Out, diffs, a.color(a.OutTerminal))
	}
	disk, err := atomicfile.OpenFolder(p.root)
	if err != nil {
		return err
	}
	defer disk.Close()
	const journal = "new.json"
	if _, err := disk.UndoInterrupted(journal, ""); err != nil {
		return fmt.Errorf("remove what an interrupted run wrote: %w", err)
	}
	for _, name := range paths {
		if disk.Exists(name) {
			return fmt.Errorf("nothing was written, because %s exists", name)
		}
	}
	if err := disk.ChangeAll(journal, "", s.Files, false); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	for _, name := range paths {
		fmt.Fprintln(a.Out, report.Clean(fromHere(p.root, name)))
	}
	if s.Template != "" {
		a.note("Made from %s.", report.Clean(s.Template))
	}
	for _, f := range found {
		a.note("%s:%d: %s %s: %s", report.Clean(fromHere(p.root, f.Path)), f.Range.Line, f.Severity, f.Rule, report.Clean(f.Message))
	}
	spec := quoted(fromHere(p.root, s.Spec))
	next := "pdac lint " + spec
	if bytes.Contains(s.Files[s.Spec], []byte("\nTests:")) {
		next += "; pdac test " + spec
	}
	a.note("Now replace what is marked with TODO, and check it: %s", report.Clean(next))
	return nil
}

// fromHere is the path of a file below a root from the current folder.
func fromHere(root, name string) string {
	file := filepath.Join(root, filepath.FromSlash(name))
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, file); err == nil {
			file = rel
		}
	}
	return filepath.ToSlash(file)
}

// lintNew lints the repository with the new files, and returns the findings in them.
func (a *app) lintNew(ctx context.Context, p place, tree repo.Tree, s starter.Start) ([]lint.Finding, error) {
	in := lint.Input{Tree: repo.Overlay{Base: tree, Files: s.Files}, Paths: slices.Sorted(maps.Keys(s.Files))}
	opts := a.lintConfig(p)
	opts.Cache = lint.UserCache(p.root, a.Getenv)
	res, err := lint.Run(ctx, in, opts)
	if err != nil {
		return nil, fmt.Errorf("check the new files: %w", err)
	}
	return slices.DeleteFunc(res.Findings, func(f lint.Finding) bool { return s.Files[f.Path] == nil }), nil
}

// briefly lists the rules of findings.
func briefly(found []lint.Finding) string {
	var out []string
	for _, f := range found {
		if text := fmt.Sprintf("%s %s", f.Severity, f.Rule); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}
