package main

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/lint/unittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
	"github.com/pdac-dev/pdac/sync/deploy"
)

// sandboxTests returns what runs unit tests for the embedded Panther. Without a Python that is
// an error, so that nothing counts as tested that is not.
func (a *app) sandboxTests(ctx context.Context) (func(context.Context, sandbox.Tested) (map[string]string, error), error) {
	opts := a.testConfig(ctx, place{cfg: config.Default()}, "")
	opts.Content, opts.Cache = deploy.RecordContent(repo.Options{}), unittest.Cache{}
	found, err := opts.Python(nil)
	if err != nil {
		return nil, fmt.Errorf("--run-tests: %w; install it, or name it with PDAC_PYTHON", err)
	}
	opts.Python = func(pyrun.Known) (*pyrun.Python, error) { return found, nil }
	return func(ctx context.Context, d sandbox.Tested) (map[string]string, error) {
		files := map[string][]byte{}
		add := func(c sandbox.Collection, name string, raw []byte) error {
			kind, ok := kindOf(c)
			if !ok {
				return fmt.Errorf("run the unit tests of %s: no kind has the collection %s", d.ID, c)
			}
			e, err := panther.UnmarshalEntity(kind, raw)
			if err != nil {
				return fmt.Errorf("run the unit tests of %s: %w", d.ID, err)
			}
			f, err := repo.DraftSpec(e, repo.NewSpecOptions{Path: name})
			var bad *repo.WriteBackError
			if errors.As(err, &bad) {
				return nil // what no spec can express is not used
			}
			maps.Copy(files, f.Files())
			return err
		}
		if err := add(d.Collection, "tested.yml", d.Entity); err != nil {
			return nil, err
		}
		for from, list := range d.Stored {
			for i, raw := range list {
				if err := add(from, fmt.Sprintf("%s/%d.yml", from, i), raw); err != nil {
					return nil, err
				}
			}
		}
		res, err := unittest.Run(ctx, unittest.Input{Tree: repo.Overlay{Files: files}, Paths: []string{"tested.yml"}}, opts)
		if err != nil {
			return nil, fmt.Errorf("run the unit tests of %s: %w", d.ID, err)
		}
		out := map[string]string{}
		for i := range res.Tests {
			if t := &res.Tests[i]; res.Fails(t) {
				out[t.Name] = report.TestOutcome(t)
			}
		}
		return out, nil
	}, nil
}

// kindOf returns the kind that a collection of the API is for.
func kindOf(c sandbox.Collection) (panther.Kind, bool) {
	for _, k := range panther.Kinds() {
		if k.Collection() == "/"+string(c) || k.Collection() == string(c) {
			return k, true
		}
	}
	return "", false
}
