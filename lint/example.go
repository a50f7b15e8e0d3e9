package lint

import (
	"context"
	"slices"
	"time"

	"github.com/pdac-dev/pdac/repo"
	"github.com/rogpeppe/go-internal/txtar"
)

// ExampleFile is one file of an example.
type ExampleFile struct{ Path, Text string }

// Example returns the files of Doc.Bad or Doc.Good.
func Example(text string) (out []ExampleFile) {
	for _, f := range txtar.Parse([]byte(text)).Files {
		out = append(out, ExampleFile{Path: f.Name, Text: string(f.Data)})
	}
	return out
}

// exampleDay is the date on which examples are linted, so that their findings stay
// the same.
var exampleDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// LintExample runs a rule over an example with the rule's defaults, and returns
// what it finds.
func LintExample(ctx context.Context, r Rule, text string) (*Result, error) {
	o := Options{Rules: []Rule{r}, Select: []string{"all"}, Now: exampleDay, Workers: 1}
	if r.byLoader {
		// Ignore comments are about other rules, which must run for it.
		o.Rules = nil
	}
	if !r.AboutComments() {
		o.Select = []string{r.ID}
	}
	files := map[string][]byte{}
	for _, f := range Example(text) {
		files[f.Path] = []byte(f.Text)
	}
	res, err := Run(ctx, Input{Tree: repo.Overlay{Files: files}}, o)
	if err != nil {
		return nil, err
	}
	res.Findings = slices.DeleteFunc(res.Findings, func(f Finding) bool { return f.Rule != r.ID })
	return res, nil
}
