package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/sync"
	"github.com/spf13/cobra"
)

// savedViews are what may be in a file that pdac show reads.
var savedViews = []report.View{report.PlanView, report.DriftView, report.ResultView}

func newShow(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show a saved plan, drift report or result",
		Long: `Read a file that was written by pdac plan --out, or by plan, drift or apply with
--format json, and show it in any format. pdac reads neither Panther nor the
repository, so one plan can produce the text for the log and the Markdown for the
pull request. Use - to read standard input.`,
		Example: `  pdac plan --out plan.json -q && pdac show plan.json --format markdown
  pdac drift --format json > drift.json; pdac show drift.json --format junit
  pdac show plan.json -v`,
		Args: needs("saved file", "pdac show plan.json"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), args[0], format) },
	}
	addFormat(cmd, &format, savedViews...)
	return cmd
}

func (a *app) show(ctx context.Context, name, asked string) error {
	format, err := parseFormat(asked, savedViews...)
	if err != nil {
		return err
	}
	saved, err := a.readSaved(ctx, name)
	if err != nil {
		return err
	}
	shown := report.PlanView
	switch {
	case saved.Drift != nil:
		shown = report.DriftView
	case saved.Result != nil:
		shown = report.ResultView
	}
	if legal := report.Formats(shown); !slices.Contains(legal, format) {
		return fmt.Errorf("%s is %s, which can't be shown with --format %s; use one of %s", name, string(shown), format, report.FormatNames(legal))
	}
	view := a.planView(format)
	switch {
	case saved.Drift != nil:
		err = report.Drift(a.Out, saved.Drift, report.DriftOptions{PlanOptions: view})
	case saved.Result != nil:
		err = report.Result(a.Out, saved.Result, report.ResultOptions{Format: format, Links: a.links(format), Color: view.Color, Verbose: a.verbose, Quiet: a.quiet})
	default:
		// Without a configuration, deletes are held back.
		p, placeErr := a.place()
		view.HoldDeletes = placeErr != nil || p.cfg.Deploy.Deletes != "allow"
		err = report.Plan(a.Out, saved.Plan, view)
	}
	if err != nil {
		return fmt.Errorf("show %q: %w", name, err)
	}
	return nil
}

func (a *app) readSaved(ctx context.Context, name string) (sync.Saved, error) {
	text, err := a.savedText(ctx, name)
	if err != nil {
		return sync.Saved{}, fmt.Errorf("read the saved file: %w", err)
	}
	saved, err := sync.ReadSaved(bytes.NewReader(text))
	if err != nil {
		err = fmt.Errorf("read %q: %w", name, err)
	}
	return saved, err
}

// savedText reads a file, a pipe, or standard input for "-". A pipe's writer may take
// longer than ctx.
func (a *app) savedText(ctx context.Context, name string) ([]byte, error) {
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		var r read
		if name == "-" {
			r.text, r.err = readfile.All(a.In, sync.MaxSavedBytes)
		} else {
			r.text, r.err = readfile.Piped(name, sync.MaxSavedBytes)
		}
		done <- r
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.text, r.err
	}
}
