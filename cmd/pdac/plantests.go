package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// The values of deploy.tests: whether unit tests stop a plan.
const (
	testsRequire = "require"
	testsOff     = "off"
)

// requiresTests reports whether unit tests may stop a plan. Tests run Python, so a plan, which
// is made of what nobody has reviewed yet, runs them only if a flag or the deployed pdac.yaml
// asks for it; applying asks for it with its own pdac.yaml, too.
func (a *app) requiresTests(ctx context.Context, p place, s *deploy.Session, plan *sync.Plan, f planFlags, applying bool) (bool, error) {
	if f.tests != "" {
		return f.tests == testsRequire, nil
	}
	if wanted := p.cfg.Deploy.Tests == testsRequire; wanted && applying {
		return true, nil
	}
	return approved(ctx, s, plan, p.cfg.Deploy.Tests == testsRequire, "tests: require", "--tests require", func(d *config.Deploy) bool { return d.Tests == testsRequire })
}

// approved reports whether the last deployed pdac.yaml has a setting that makes a plan run Python. A
// plan may be of what nobody has reviewed, so that the setting of the planned one does not count;
// a note of the plan says so.
func approved(ctx context.Context, s *deploy.Session, plan *sync.Plan, now bool, setting, flag string, has func(*config.Deploy) bool) (bool, error) {
	deployed, err := s.DeployedConfig(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	why := "it has not been deployed yet"
	if err != nil {
		// A clone may lack that revision.
		why = fmt.Sprintf("the last deployed one can't be read: %v", err)
	} else if has(&deployed.Deploy) {
		return true, nil
	}
	if now {
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo,
			Message: fmt.Sprintf("%s in %s has no effect on this plan, because %s, and a plan may be of Python that nobody has reviewed; to run it all the same, use %s", setting, config.FileName, why, flag)})
	}
	return false, nil
}

// testWritten runs the unit tests of what the plan would write, and adds to it an error for
// each detection with a test that does not pass.
func (a *app) testWritten(ctx context.Context, p place, s *deploy.Session, plan *sync.Plan, f planFlags, applying bool) error {
	paths := slices.Sorted(maps.Keys(s.Written(plan)))
	if len(paths) == 0 {
		return nil
	}
	if required, err := a.requiresTests(ctx, p, s, plan, f, applying); err != nil || !required {
		return err
	}
	defer a.moreMemory()()
	t, err := opener(f.ref, f.staged)(ctx, p.root)
	if err != nil {
		return err
	}
	defer t.Close()
	opts := a.testConfig(ctx, p, "")
	opts.Progress = func(int, int) { a.watch.tick() }
	res, err := unittest.Run(ctx, unittest.Input{Tree: t, Paths: paths}, opts)
	var noPython *unittest.NoPythonError
	switch {
	case errors.As(err, &noPython) && errors.Is(noPython, pyrun.ErrNoPython):
		return fmt.Errorf("run the unit tests of what would be written: %w; install it, or name it with PDAC_PYTHON; to plan without tests, use --tests off", noPython)
	case err != nil:
		return fmt.Errorf("run the unit tests of what would be written: %w; to plan without tests, use --tests off", err)
	}
	stopped, others := failures(res, s.Deploys)
	if len(stopped) > 0 {
		plan.Diagnostics = append(plan.Diagnostics, stopped...)
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo,
			Message: "unit tests stop this plan; pdac test shows what failed, and --tests off plans without them"})
	}
	if others > 0 {
		plan.Diagnostics = append(plan.Diagnostics, repo.Diagnostic{Severity: repo.SeverityInfo,
			Message: fmt.Sprintf("what this plan writes also fails unit tests of %s that it does not deploy; see them with: pdac test", report.Count(others, "detection", "detections"))})
	}
	return nil
}

// failures returns an error for each detection that is deployed and has a test that does not
// pass, and how many others there are.
func failures(res *unittest.Result, deploys func(panther.Key) bool) (out []repo.Diagnostic, others int) {
	at := map[panther.Key]int{}
	more := map[panther.Key]int{}
	for i := range res.Tests {
		t := &res.Tests[i]
		if !res.Fails(t) {
			continue
		}
		k := panther.Key{Kind: panther.Kind(t.Kind), ID: t.ID}
		if _, known := at[k]; known {
			more[k]++
			continue
		}
		if at[k] = len(out); !deploys(k) {
			at[k] = -1
			others++
			continue
		}
		out = append(out, repo.Diagnostic{Severity: repo.SeverityError, Kind: t.Kind, ID: t.ID, Path: t.Path, Line: t.Line,
			Message: fmt.Sprintf("unit test %q of %s/%s: %s", t.Name, t.Kind, t.ID, strings.TrimSpace(report.TestOutcome(t)))})
	}
	for k, n := range more {
		if i := at[k]; i >= 0 {
			out[i].Message += fmt.Sprintf("; and %s of it", report.Count(n, "other test", "other tests"))
		}
	}
	return out, others
}
