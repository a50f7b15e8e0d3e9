package lint

import (
	"context"
	"time"

	"github.com/pdac-dev/pdac/repo/config"
	"github.com/rogpeppe/go-internal/txtar"
)

// ExampleFile is one file of an example.
type ExampleFile struct{ Path, Text string }

// Example gives the files of Doc.Bad or Doc.Good.
func Example(text string) (out []ExampleFile) {
	for _, f := range txtar.Parse([]byte(text)).Files {
		out = append(out, ExampleFile{Path: f.Name, Text: string(f.Data)})
	}
	return out
}

// exampleDay is when examples are linted, so that what they show stays the same.
var exampleDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// LintExample gives what a rule finds in an example, with its defaults.
func LintExample(ctx context.Context, r Rule, text string) (*Result, error) {
	choose := []string{r.ID}
	if r.Family() == '0' {
		// Comments are about other rules, which must run for it.
		choose = []string{"all"}
	}
	s, err := NewSettings(config.Lint{}, Flags{Select: choose})
	if err != nil {
		return nil, err
	}
	t := Overlay{Files: map[string][]byte{}}
	for _, f := range Example(text) {
		t.Files[f.Path] = []byte(f.Text)
	}
	res, err := Run(ctx, Input{Tree: t}, Options{Settings: s, Now: exampleDay, Workers: 1})
	if err != nil {
		return nil, err
	}
	kept := res.Findings[:0]
	for _, f := range res.Findings {
		if f.Rule == r.ID {
			kept = append(kept, f)
		}
	}
	res.Findings = kept
	return res, nil
}
