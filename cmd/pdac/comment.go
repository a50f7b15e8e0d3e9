package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/forge"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

type commentOptions struct {
	result, repository string
	number             int
	labels             []string
	dryRun             bool
}

func newComment(a *app) *cobra.Command {
	o := &commentOptions{}
	cmd := &cobra.Command{
		Use:   "comment PLAN",
		Short: "Show a saved plan in the pull request",
		Long: `Write a saved plan into the pull request of a CI job on GitHub, or into the merge
request of one on GitLab: one comment for each Panther, which is updated in place,
and removed if nothing changes. The whole text also goes to the job summary of
GitHub, and the most important lines become annotations. pdac finds the pull
request in the variables of the job, and sends the token in GITHUB_TOKEN (or
GH_TOKEN, or GITLAB_TOKEN) only to GITHUB_API_URL (or CI_API_V4_URL). With
--result it shows what an apply did, in the pull request whose merge made the
commit.`,
		Example: `  pdac plan --out plan.json && pdac comment plan.json
  pdac comment plan.json --label weaker --label deletes=needs-review
  pdac apply plan.json --format json > result.json; pdac comment plan.json --result result.json
  pdac comment plan.json --dry-run              print the comment, and send nothing`,
		Args: needs("saved plan", "pdac comment plan.json"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.comment(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.result, "result", "", "show what an apply of the plan did: the file of apply --format json")
	f.StringVar(&o.repository, "repo", "", "repository of the pull request (default: that of the CI job)")
	f.IntVar(&o.number, "pull-request", 0, "number of the pull request or merge request (default: that of the CI job)")
	f.StringArrayVar(&o.labels, "label", nil, "set a label if the plan has "+strings.Join(labelKinds(), ", ")+", and remove it otherwise: KIND, for pdac:KIND, or KIND=LABEL")
	f.BoolVar(&o.dryRun, "dry-run", false, "print the comment, and send nothing")
	return cmd
}

// labelled are the kinds of --label, and which plans have them.
var labelled = []struct {
	kind string
	has  func(*sync.Plan) bool
}{
	{"changes", func(p *sync.Plan) bool { return !p.Empty() }},
	{"deletes", func(p *sync.Plan) bool { return p.Summary.Delete+p.Summary.Replace > 0 }},
	{"weaker", func(p *sync.Plan) bool { return p.Summary.Weaker > 0 }},
	{"drift", func(p *sync.Plan) bool { return p.Summary.Drifted > 0 }},
	{"conflicts", func(p *sync.Plan) bool { return p.Summary.Conflicts > 0 }},
	{"guards", func(p *sync.Plan) bool {
		return slices.ContainsFunc(p.Guards, func(g sync.GuardHit) bool { return g.Allowed == nil })
	}},
	{"errors", func(p *sync.Plan) bool { return len(p.Errors()) > 0 }},
}

func labelKinds() []string {
	var out []string
	for _, l := range labelled {
		out = append(out, l.kind)
	}
	return out
}

// longestLabel is the longest name that GitHub accepts, in characters.
const longestLabel = 50

// labelsFor returns the labels to set and to remove.
func (o *commentOptions) labelsFor(p *sync.Plan) (add, remove []string, err error) {
	for _, text := range o.labels {
		kind, name, named := strings.Cut(text, "=")
		i := slices.Index(labelKinds(), kind)
		switch {
		case i < 0:
			return nil, nil, fmt.Errorf("unknown --label %q; use one of %s, or for example %s=needs-review", text, strings.Join(labelKinds(), ", "), labelled[1].kind)
		case !named:
			name = "pdac:" + kind
		case strings.TrimSpace(name) == "" || strings.Contains(name, ",") || len([]rune(name)) > longestLabel:
			return nil, nil, fmt.Errorf("--label %q: a label has 1 to %d characters and no comma", text, longestLabel)
		}
		if labelled[i].has(p) {
			add = append(add, name)
		} else {
			remove = append(remove, name)
		}
	}
	// One label can be for several kinds.
	return add, slices.DeleteFunc(remove, func(s string) bool { return slices.Contains(add, s) }), nil
}

func (a *app) comment(ctx context.Context, o *commentOptions, name string) error {
	plan, result, err := a.savedForComment(ctx, name, o.result)
	if err != nil {
		return err
	}
	add, remove, err := o.labelsFor(plan)
	if err != nil {
		return err
	}
	env, err := forge.Detect(a.Getenv)
	if err != nil {
		return err
	}
	if o.number < 0 {
		return fmt.Errorf("--pull-request %d is not the number of a pull request", o.number)
	}
	if o.repository != "" {
		env.Repository = o.repository
	}
	if o.number > 0 {
		env.Number = o.number
	}
	view := a.commentView(env, name)
	body, err := report.Comment(plan, result, view)
	if err != nil {
		return err
	}
	if o.dryRun {
		_, err := fmt.Fprint(a.Out, body)
		return err
	}
	if result == nil && a.Getenv("GITHUB_ACTIONS") != "" {
		if err := a.annotate(plan); err != nil {
			return err
		}
	}
	summarized, err := a.summarize(env.Summary, plan, result, view)
	if err != nil {
		return err
	}
	if plan.Silent() && result == nil {
		body = ""
	}
	where := map[forge.Kind]string{forge.OnGitHub: "pull request", forge.OnGitLab: "merge request"}[env.Kind]
	only := func(why string) error {
		if summarized {
			why += "; the plan is only in the job summary"
		}
		a.note("No comment was written: %s.", report.Clean(why))
		return nil
	}
	switch {
	case env.Token == "" && env.ReadOnly != "":
		return only(env.ReadOnly)
	case env.Repository == "":
		return fmt.Errorf("the repository of the %s is unknown; run this in a job of GitHub Actions or GitLab CI, or use --repo and --pull-request", where)
	case env.Token == "":
		return fmt.Errorf("no token to write the comment with; set %s in the environment of this step", env.TokenNames)
	}
	opts := forge.Options{UserAgent: "pdac/" + buildVersion(), Progress: a.watch.tick, Logger: a.logger(), Now: a.Now}
	if env.Number == 0 {
		if env.Number, err = env.NumberOfCommit(ctx, opts); err != nil {
			return err
		}
		if env.Number == 0 && (env.OnBranch || summarized) {
			return only("this job is for no " + where)
		}
	}
	if env.Number == 0 {
		return fmt.Errorf("this job is for no %s; use --pull-request to name one", where)
	}
	comments, err := env.Comments(opts)
	if err != nil {
		return err
	}
	outcome, address, err := comments.Put(ctx, []string{report.Marker("plan", plan.Tenant), report.Marker("result", plan.Tenant)}, body)
	if err == nil && result == nil {
		err = comments.Label(ctx, add, remove)
	}
	if err != nil {
		if env.ReadOnly != "" && forge.ReadOnly(err) {
			return only(env.ReadOnly)
		}
		if ctx.Err() != nil { // not as for other commands, which write nothing then
			return errors.New("stopped before the comment was complete; run the command again")
		}
		return fmt.Errorf("%s %d of %s: %w", where, env.Number, env.Repository, err)
	}
	a.said(outcome, address, where, env)
	return nil
}

// said reports what became of the comment.
func (a *app) said(outcome forge.Outcome, address, where string, env forge.Environment) {
	text := map[forge.Outcome]string{
		forge.Created: "Created the comment", forge.Updated: "Updated the comment", forge.Unchanged: "The comment is up to date",
		forge.Removed: "Nothing changes; removed the comment", forge.Nothing: "Nothing changes; there is no comment",
	}[outcome]
	if address == "" {
		address = fmt.Sprintf("%s %d of %s", where, env.Number, env.Repository)
	}
	fmt.Fprintf(a.Out, "%s: %s\n", text, report.Clean(address))
}

// savedForComment reads the plan, and the result if there is one.
func (a *app) savedForComment(ctx context.Context, name, resultName string) (*sync.Plan, *sync.Result, error) {
	if name == "-" && resultName == "-" {
		return nil, nil, errors.New("only one of the plan and --result can be standard input")
	}
	saved, err := a.readSaved(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	if saved.Plan == nil {
		return nil, nil, fmt.Errorf("%s is not a plan; pdac plan --out writes one", name)
	}
	if resultName == "" {
		return saved.Plan, nil, nil
	}
	of, err := a.readSaved(ctx, resultName)
	switch {
	case err != nil:
		return nil, nil, err
	case of.Result == nil:
		return nil, nil, fmt.Errorf("%s is not the result of an apply; pdac apply --format json writes one", resultName)
	case of.Result.Tenant != saved.Plan.Tenant:
		return nil, nil, fmt.Errorf("%s is about %s, but the plan %s is about %s", resultName, of.Result.Tenant, name, saved.Plan.Tenant)
	}
	return saved.Plan, of.Result, nil
}

// commentView returns how a comment is written.
func (a *app) commentView(env forge.Environment, name string) report.PlanOptions {
	view := report.PlanOptions{Format: report.Markdown, OnMerge: true, HoldDeletes: true}
	view.Links = a.linksOf(env)
	// Without a configuration, deletes are held back.
	if p, err := a.place(); err == nil {
		view.HoldDeletes = p.cfg.Deploy.Deletes != "allow"
	}
	view.Rest = report.Rest{Run: env.Run, Summary: env.Summary != "", File: name}
	return view
}

// links returns the links of Markdown and HTML in a CI job; none for other formats and
// elsewhere.
func (a *app) links(format report.Format) report.Links {
	if format != report.Markdown && format != report.HTML {
		return report.Links{}
	}
	env, err := forge.Detect(a.Getenv)
	if err != nil {
		return report.Links{}
	}
	return a.linksOf(env)
}

func (a *app) linksOf(env forge.Environment) report.Links {
	out := report.Links{Repository: env.Web, Separator: env.Separator, Revision: env.Commit}
	if p, err := a.place(); err == nil {
		out.Root = rootFromTop(p.root)
	}
	return out
}

// maxSummary is how large a job summary can be, in bytes (source: GitHub's documentation
// of workflow commands).
const maxSummary = 1 << 20

// summarize adds the whole text to the job summary, and reports whether it did.
func (a *app) summarize(file string, plan *sync.Plan, result *sync.Result, view report.PlanOptions) (bool, error) {
	if file == "" {
		return false, nil
	}
	fail := func(err error) (bool, error) {
		return false, fmt.Errorf("write the job summary %q of GITHUB_STEP_SUMMARY: %w", file, err)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fail(err)
	}
	const least = 8_000 // for what can't be cut
	room := maxSummary - int(min(info.Size(), maxSummary)) - 1_000
	if room < least {
		a.note("The job summary is full; the plan is not in it.")
		return false, nil
	}
	view.MaxSize, view.Rest.Summary = room, false
	text, err := report.Comment(plan, result, view)
	if err != nil {
		return false, err
	}
	if _, err := f.WriteString("\n" + text); err != nil {
		return fail(err)
	}
	if err := f.Close(); err != nil {
		return fail(err)
	}
	return true, nil
}
