package yamledit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/yamledit"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// order is what new keys are placed by in the golden files.
var order = yamledit.Place{Order: []string{"AnalysisType", "RuleID", "Enabled", "Severity", "Description", "Tags", "Tests"}}

// TestGolden reads testdata/*.txtar. Each has a file "before", a file "edit"
// with one edit a line, as JSON, and what comes of it: "after", and "errors"
// where an edit is refused.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string][]byte{}
			for _, f := range a.Files {
				parts[f.Name] = f.Data
			}
			after, errs := apply(t, parts["before"], string(parts["edit"]))
			if *update {
				a.Files = []txtar.File{{Name: "before", Data: parts["before"]}, {Name: "edit", Data: parts["edit"]}, {Name: "after", Data: after}}
				if errs != "" {
					a.Files = append(a.Files, txtar.File{Name: "errors", Data: []byte(errs)})
				}
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(parts["after"]), string(after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(string(parts["errors"]), errs); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func apply(t *testing.T, src []byte, edits string) (after []byte, errs string) {
	t.Helper()
	d, err := yamledit.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(edits), "\n") {
		var e struct {
			Set, Delete, Insert, Move, Arrange []any
			To                                 any
			At                                 int
			Order                              []string
		}
		dec := json.NewDecoder(bytes.NewReader([]byte(line)))
		dec.UseNumber()
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case e.Set != nil:
			err = d.Set(path(e.Set), e.To, order)
		case e.Delete != nil:
			err = d.Delete(path(e.Delete))
		case e.Insert != nil:
			err = d.Insert(path(e.Insert), e.At, e.To)
		case e.Move != nil:
			p := path(e.Move)
			err = d.Move(p[:len(p)-1], p[len(p)-1].(int), e.At)
		case e.Arrange != nil:
			err = d.Arrange(path(e.Arrange), e.Order)
		}
		if err != nil {
			errs += err.Error() + "\n"
		}
	}
	return d.Bytes(), errs
}

func path(steps []any) yamledit.Path {
	p := yamledit.Path{}
	for _, s := range steps {
		if n, ok := s.(json.Number); ok {
			i, _ := n.Int64()
			p = append(p, int(i))
		} else {
			p = append(p, s)
		}
	}
	return p
}
