package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/sync/record"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xeipuuv/gojsonschema"
)

// deployed writes a record as an apply does: "deployed DIR TENANT RESULT" records
// the YAML and Python files of DIR as a deployment of HEAD. The result is "all",
// "part", or "dirty" for a deployment of uncommitted files. The nth deployment is
// of the nth day of 2026.
func deployed(ts *testscript.TestScript, _ bool, args []string) {
	dir, tenant, result := ts.MkAbs(args[0]), args[1], args[2]
	ctx := context.Background()
	s, err := record.Open(ctx, dir, git.Options{})
	ts.Check(err)
	before, err := s.History(ctx, tenant, 0)
	ts.Check(err)
	n := record.New{
		Tenant: tenant, Actor: "Ada <ada@example.com>", Time: time.Date(2026, 1, 1+len(before), 9, 30, 0, 0, time.UTC),
		Counts: record.Counts{Created: 3 - min(2, len(before)), Updated: len(before), Unchanged: 20}, Files: map[string][]byte{},
	}
	if len(before) > 0 {
		n.Parent = before[0].Hash
	}
	n.Revision, err = gittest.Try(dir, "rev-parse", "HEAD")
	ts.Check(err)
	n.Revision = strings.TrimSpace(n.Revision)
	switch result {
	case "part":
		n.Partial, n.Counts.Failed = true, 1
	case "dirty":
		n.Revision += "-dirty"
	}
	ts.Check(filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if ext := filepath.Ext(p); ext != ".yml" && ext != ".py" {
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		n.Files[filepath.ToSlash(rel)], err = os.ReadFile(p)
		return err
	}))
	_, err = s.Write(ctx, n)
	ts.Check(err)
}

// What the command prints as JSON is what the schema says.
func TestHistoryIsWhatItsSchemaSays(t *testing.T) {
	dir := gittest.New(t, nil)
	s, err := record.Open(t.Context(), dir, git.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parent := ""
	for i, files := range []map[string][]byte{{"a.yml": []byte("a\n"), "b.yml": []byte("b\n")}, {"a.yml": []byte("A\n"), "c.yml": []byte("c\n")}} {
		d, err := s.Write(t.Context(), record.New{
			Tenant: "acme.example.com", Revision: []string{"", strings.Repeat("ab12", 10) + "-dirty"}[i], Actor: "Ada <a@example.com>",
			Time: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC), Parent: parent, Partial: i == 1, Files: files,
		})
		if err != nil {
			t.Fatal(err)
		}
		parent = d.Hash
	}
	l := gojsonschema.NewSchemaLoader()
	l.Validate, l.Draft, l.AutoDetect = true, gojsonschema.Draft7, false
	schema, err := l.Compile(gojsonschema.NewStringLoader(schemas.History()))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--limit", "1"}, {}, {parent}, {"ab12"}, {"--host", "elsewhere.example.com"}} {
		var out, complaints strings.Builder
		args = append([]string{"history", "-C", dir, "--format", "json"}, args...)
		if !strings.Contains(strings.Join(args, " "), "--host") {
			args = append(args, "--host", "acme.example.com")
		}
		code := Main(t.Context(), Process{
			Args: args, In: strings.NewReader(""), Out: &out, Err: &complaints, Getenv: func(string) string { return "" },
			Now: time.Now, Width: func() int { return 0 },
		})
		if code != exitOK {
			t.Fatalf("%v: %s", args, complaints.String())
		}
		got, err := schema.Validate(gojsonschema.NewStringLoader(out.String()))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Valid() {
			t.Errorf("%v: %v\n%s", args, got.Errors(), out.String())
		}
		// It must refuse something, or it says nothing.
		var v map[string]any
		if err := json.Unmarshal([]byte(out.String()), &v); err != nil {
			t.Fatal(err)
		}
		for key := range v {
			less := map[string]any{}
			for k, x := range v {
				if k != key {
					less[k] = x
				}
			}
			if got, err := schema.Validate(gojsonschema.NewGoLoader(less)); err != nil || got.Valid() {
				t.Errorf("the schema takes a history without %q (%v)", key, err)
			}
		}
	}
}
