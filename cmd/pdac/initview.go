package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/docs/workflows"
	"github.com/pdac-dev/pdac/internal/pat"
	"github.com/pdac-dev/pdac/internal/setup"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// initView prints what init does and what is left to do.
type initView struct {
	*app
	site *site
	plan setup.Plan
	// kinds counts the specs that are deployed.
	kinds map[panther.Kind]int
	dry   bool
}

func (v *initView) printf(format string, args ...any) { fmt.Fprintf(v.Out, format, args...) }

// files lists what is written.
func (v *initView) files() {
	if v.site.fresh {
		v.printf("+ .git  a git repository, which holds the record of deployments\n")
	}
	tab := tabwriter.NewWriter(v.Out, 0, 0, 2, ' ', 0)
	for _, c := range v.plan.Changes {
		mark := "+"
		switch {
		case c.After == nil:
			mark = "-"
		case c.Exists():
			mark = "~"
		}
		fmt.Fprintf(tab, "%s %s\t%s\n", mark, report.Clean(c.Path), c.For)
	}
	tab.Flush()
	for _, k := range v.plan.Kept {
		v.printf("  %s stays as it is: %s\n", report.Clean(k.Path), report.Clean(k.Why))
	}
	switch n := len(v.plan.Changes); {
	case n == 0 && !v.site.fresh:
		v.printf("Nothing to do: the repository is set up for pdac.\n")
	case v.dry:
		v.printf("\n")
		var diffs []repo.FileChange
		for _, c := range v.plan.Changes {
			if strings.HasSuffix(c.Path, ".schema.json") {
				continue // generated, and thousands of lines
			}
			diffs = append(diffs, c.FileChange)
		}
		if err := report.Diffs(v.Out, diffs, v.color(v.OutTerminal)); err != nil {
			v.note("the differences could not be shown: %v", err)
		}
		v.printf("\nNothing was written.\n")
	}
}

// left says which files were not changed.
func (v *initView) left(left []setup.Change) {
	for _, c := range left {
		v.printf("  %s was not changed\n", report.Clean(c.Path))
	}
}

// pat says what replaces each use of panther_analysis_tool.
func (v *initView) pat() {
	found := v.site.opts.PAT
	for _, u := range found.Unread {
		v.note("warning: not looked at for panther_analysis_tool: %s", report.Clean(u))
	}
	if len(found.Findings) == 0 {
		return
	}
	gone := map[string]bool{}
	for _, c := range v.plan.Changes {
		gone[c.Path] = c.After == nil
	}
	v.printf("\nWhat belongs to panther_analysis_tool (PAT) here, and what becomes of it:\n")
	for _, group := range []struct {
		title string
		fate  pat.Fate
		gone  bool
	}{
		{"Deleted with its file", "", true},
		{"Done", pat.Mapped, false},
		{"To replace or remove by hand", pat.ByHand, false},
		{"No counterpart in pdac", pat.NoCounterpart, false},
	} {
		first := true
		for _, f := range found.Findings {
			if gone[f.Path] != group.gone || !group.gone && f.Fate != group.fate {
				continue
			}
			if first {
				v.printf("\n%s\n", group.title)
				first = false
			}
			where := f.Path
			if f.Line > 0 {
				where = fmt.Sprintf("%s:%d", f.Path, f.Line)
			}
			v.printf("  %s: %s\n      → %s\n", report.Clean(where), report.Clean(f.Text), report.Clean(f.Becomes))
		}
	}
	if len(found.Idle) > 0 && !v.site.opts.RemovePAT {
		v.printf("\nNothing but PAT needs %s; pdac init --remove-pat deletes %s.\n", report.Clean(strings.Join(found.Idle, ", ")), map[bool]string{true: "it", false: "them"}[len(found.Idle) == 1])
	}
}

// todo lists what pdac can't do itself.
func (v *initView) todo(res *lint.Result) {
	if len(v.plan.Changes) == 0 {
		return
	}
	var steps []string
	read, modify := v.permissions()
	tokens := fmt.Sprintf("In Panther (Settings, API Tokens), create a token to plan with %s, and one to apply that also has %s.", read, modify)
	switch v.site.opts.Forge {
	case setup.GitHub:
		steps = append(steps, tokens, fmt.Sprintf("On GitHub (Settings, Environments), create panther-read and panther. Each gets the secret PANTHER_API_TOKEN, the token to plan or to apply, and the variable PANTHER_API_HOST%s. Allow panther only for the branch %s, and add reviewers if each apply needs an approval.", v.host(), orMain(v.site.opts.Branch)))
	case setup.GitLab:
		steps = append(steps, tokens, fmt.Sprintf("On GitLab (Settings, CI/CD, Variables), create PANTHER_API_TOKEN twice, masked, with the environment scopes panther-read and panther, and PANTHER_API_HOST%s. GITLAB_TOKEN is a project access token with the scopes api and write_repository and the role Developer, for comments and the record of deployments. Protect the environment panther, and create a pipeline schedule for the drift.", v.host()))
	default:
		steps = append(steps, tokens)
	}
	if v.site.opts.Commit == "" && v.site.opts.Forge != setup.None {
		steps = append(steps, fmt.Sprintf("In the pipelines, replace %s… with a commit of pdac that you have reviewed. This pdac does not know which commit it was built from.", workflows.Commit[:8]))
	}
	if res == nil {
		steps = append(steps, "Write the first detection, such as pdac new rule Acme.Okta.Login --log-type Okta.SystemLog; or commit these files, and take over what is live: pdac pull --adopt.")
	}
	if slices.ContainsFunc(v.plan.Changes, func(c setup.Change) bool { return c.Path == setup.PreCommitFile }) {
		steps = append(steps, "Run pre-commit install (pre-commit.com) in each clone, so that git runs the hook.")
	}
	if !v.dry {
		steps = append(steps, "Look at the files, and commit them.")
	}
	v.printf("\nTo do\n")
	for i, s := range steps {
		for j, line := range wrap(s, helpWidth-5) {
			head := "    "
			if j == 0 {
				head = fmt.Sprintf("%2d. ", i+1)
			}
			v.printf("%s %s\n", head[:3], line)
		}
	}
}

// host names Panther's host if it is known.
func (v *initView) host() string {
	if h := v.plan.Config.API.Host; h != "" {
		return " (" + report.Clean(h) + ")"
	}
	return ""
}

func orMain(branch string) string {
	if branch == "" {
		return workflows.Branch
	}
	return report.Clean(branch)
}

// permissions lists what tokens need for the content, or for all kinds if there is none.
func (v *initView) permissions() (read, modify string) {
	list := func(of func(panther.Kind) []string) string {
		var out []string
		add := func(word string, covered []string) {
			if !slices.ContainsFunc(covered, func(p string) bool { return slices.Contains(out, p) }) {
				out = append(out, word)
			}
		}
		// Alternatives come last: another kind may need one of them anyway.
		for _, alternatives := range []bool{false, true} {
			for _, k := range panther.Kinds() {
				if all := of(k); (len(all) > 1) == alternatives && (len(v.kinds) == 0 || v.kinds[k] > 0) {
					add(strings.Join(all, " or "), all)
				}
			}
		}
		return strings.Join(out, ", ")
	}
	return list(func(k panther.Kind) []string { return k.Permissions().Read }), list(func(k panther.Kind) []string { return k.Permissions().Modify })
}

// lint shows what lint finds, in short.
func (v *initView) lint(res *lint.Result, err error) error {
	v.printf("\n")
	switch {
	case err != nil:
		return fmt.Errorf("the files are written, but lint could not run: %w", err)
	case res == nil:
		v.printf("lint: there is nothing to check yet.\n")
	case len(res.Findings) == 0 && res.Known > 0:
		v.printf("lint: no new findings in %s; %s.\n", report.Count(res.Files, "file", "files"), report.Count(res.Known, "known one is in the baseline", "known ones are in the baseline"))
	case len(res.Findings) == 0:
		v.printf("lint: no findings in %s.\n", report.Count(res.Files, "file", "files"))
	default:
		v.printf("lint: %s in %s. pdac lint shows them", findingCounts(res), report.Count(res.Files, "file", "files"))
		if v.plan.Config.Lint.Baseline == "" {
			v.printf("; pdac init --baseline makes it report only new ones")
		}
		v.printf(".\n")
	}
	return nil
}

// findingCounts counts findings by severity.
func findingCounts(res *lint.Result) string {
	var out []string
	for _, s := range []struct {
		of        lint.Severity
		one, many string
	}{{lint.Error, "error", "errors"}, {lint.Warning, "warning", "warnings"}, {lint.Info, "note", "notes"}} {
		if n := res.Count(s.of); n > 0 {
			out = append(out, report.Count(n, s.one, s.many))
		}
	}
	return strings.Join(out, " and ")
}
