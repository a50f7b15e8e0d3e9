package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/filewatch"
)

// watchTests runs tests, and runs them again whenever a file is saved that may matter. The
// cache leaves only those to run that the file affects. It ends with the context, and with the
// exit code of the last run.
func (a *app) watchTests(ctx context.Context, o *testOptions, args []string) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	// Before the first run, so that nothing saved meanwhile is missed.
	w, err := filewatch.New(p.root, hidden)
	if err != nil {
		return fmt.Errorf("--watch: %w", err)
	}
	defer w.Close()
	for {
		last := a.test(ctx, o, args)
		var code exitCode
		switch {
		case ctx.Err() != nil:
			return last
		case last != nil && !errors.As(last, &code):
			a.showError(last.Error())
			last = exitCode(exitFailed)
		}
		a.note("\nwaiting for changes; Ctrl-C ends")
		changed, err := a.nextChange(ctx, w)
		switch {
		case ctx.Err() != nil:
			return last
		case err != nil:
			return fmt.Errorf("--watch: %w", err)
		}
		a.note("\nchanged: %s", report.Clean(changed))
	}
}

// nextChange waits for a change that may matter, and names the files.
func (a *app) nextChange(ctx context.Context, w *filewatch.Watcher) (string, error) {
	defer a.watch.wait()()
	for {
		changed, err := w.Wait(ctx)
		if errors.Is(err, filewatch.ErrOverflow) {
			return "many files", nil
		}
		if err != nil {
			return "", err
		}
		var names []string
		for _, c := range changed {
			if c.Dir || slices.Contains([]string{".py", ".yml", ".yaml", ".expect", ".jsonl"}, strings.ToLower(path.Ext(c.Path))) {
				names = append(names, c.Path)
			}
		}
		const most = 3
		switch n := len(names); {
		case n > most:
			return fmt.Sprintf("%s and %s", strings.Join(names[:most], ", "), report.Count(n-most, "other", "others")), nil
		case n > 0:
			return strings.Join(names, ", "), nil
		}
	}
}

// hidden reports whether a file or folder is hidden, as .git and .pdac are.
func hidden(p string) bool {
	name := path.Base(p)
	return strings.HasPrefix(name, ".") && name != ".panther_settings.yml"
}
