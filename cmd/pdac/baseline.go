package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/lint"
)

// baselineFile names the baseline: the flag's file, seen from the current
// folder, else that of pdac.yaml, seen from the root; "" for none.
func (a *app) baselineFile(p place, o *lintOptions) (string, error) {
	switch {
	case o.baseline != "":
		return o.baseline, nil
	case p.cfg.Lint.Baseline != "":
		return filepath.Join(p.root, filepath.FromSlash(p.cfg.Lint.Baseline)), nil
	case o.writeBaseline:
		return "", errors.New("say where the baseline belongs: with --baseline FILE, or as lint.baseline in pdac.yaml")
	}
	return "", nil
}

func readBaseline(path string) (*lint.Baseline, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no baseline %q; --write-baseline makes it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	b, err := lint.ParseBaseline(text)
	if err != nil {
		return nil, fmt.Errorf("the baseline %q can't be used: %w", path, err)
	}
	return b, nil
}

func (a *app) writeBaseline(path string, res *lint.Result) error {
	b := res.Baseline()
	text, err := b.Encode()
	if err != nil {
		return err
	}
	if err := writeFile(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}); err != nil {
		return fmt.Errorf("write the baseline to %q: %w", path, err)
	}
	a.note("%s written to %s.", report.Count(len(b.Entries), "finding", "findings"), report.Clean(path))
	return nil
}
