package sandbox_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/pdac-dev/pdac/panther/sandbox"
)

func TestEverythingIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "sandbox.db")
	s, err := sandbox.Open(t.Context(), sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range sandbox.Collections() {
		entity := sample(c, "Acme")
		entity["id"] = "Acme." + string(c)
		if _, err := s.Put(t.Context(), c, entity); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SeedAlerts(t.Context(), sandbox.Alert{Title: "kept"}); err != nil {
		t.Fatal(err)
	}
	id := s.Token().ID
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = sandbox.Open(t.Context(), sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range sandbox.Collections() {
		if n, err := s.Count(c); n != 1 || err != nil {
			t.Errorf("%d %s, %v", n, c, err)
		}
	}
	if s.Token().ID != id {
		t.Error("the token's id changed")
	}
	api := strict(t, s)
	if page := api.page("/alerts"); len(page.Results) != 1 || page.Results[0]["title"] != "kept" {
		t.Errorf("alerts %v", page)
	}
	// What must be unique is still known.
	api.do(409, "POST", "/queries", sample(sandbox.Queries, "Acme"))
	other := sample(sandbox.DataModels, "Acme")
	other["id"] = "Other"
	api.do(400, "POST", "/data-models", other)
	api.do(409, "POST", "/rules", sample(sandbox.Rules, "Acme.simple-rules"))
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bolt := func(name string, change func(*bbolt.Tx) error) string {
		path := filepath.Join(dir, name)
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(change), db.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	format := func(text string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("pdac sandbox"))
			if err != nil {
				return err
			}
			return b.Put([]byte("format"), []byte(text))
		}
	}
	short := filepath.Join(dir, "short.db")
	s, err := sandbox.Open(t.Context(), sandbox.Options{Path: short})
	if err != nil {
		t.Fatal(err)
	}
	// The last commit is large and the one before it small, so the file's two headers differ in how long it has to be.
	large := rule("Large")
	large["body"] = strings.Repeat("x", 3<<20)
	if _, err := s.Put(t.Context(), sandbox.Rules, large); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(short, 1<<20); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path string
		is   error
		says string
	}{
		"a text":             {write("text.db", "not a database\n"), sandbox.ErrNotSandbox, "different format"},
		"a long text":        {write("long.db", strings.Repeat("not a database\n", 10_000)), sandbox.ErrNotSandbox, "different format"},
		"another database":   {bolt("other.db", func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err }), sandbox.ErrNotSandbox, "another program"},
		"a newer format":     {bolt("newer.db", format("2")), nil, "newer pdac (format 2"},
		"no format":          {bolt("none.db", format("")), sandbox.ErrNotSandbox, "no format"},
		"a file cut short":   {short, sandbox.ErrNotSandbox, "truncated"},
		"a folder":           {dir, sandbox.ErrNotSandbox, "not a regular file"},
		"below a plain file": {filepath.Join(write("plain", ""), "sandbox.db"), nil, "plain"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before, _ := os.ReadFile(test.path)
			s, err := sandbox.Open(t.Context(), sandbox.Options{Path: test.path})
			if err == nil {
				t.Fatal(s.Close(), "it was opened")
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v", err)
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), filepath.Base(test.path)) && test.is != nil {
				t.Errorf("error %q does not say %q and the path", err, test.says)
			}
			if after, _ := os.ReadFile(test.path); string(after) != string(before) && !strings.HasSuffix(name, "database") {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAnEmptyFileIsANewSandbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	strict(t, open(t, sandbox.Options{Path: path})).page("/rules")
}

func TestTheFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.db")
	first, err := sandbox.Open(t.Context(), sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sandbox.Open(t.Context(), sandbox.Options{Path: path, LockTimeout: 10 * time.Millisecond})
	if !errors.Is(err, sandbox.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	strict(t, open(t, sandbox.Options{Path: path})).page("/rules")
}

func TestAfterClose(t *testing.T) {
	s, err := sandbox.Open(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api := strict(t, s)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	api.do(503, "GET", "/rules", nil)
	api.do(503, "GET", "/rules/a", nil)
	api.do(503, "PUT", "/rules/a", rule("a"))
	api.do(503, "DELETE", "/rules/a", nil)
	api.do(503, "GET", "/alerts", nil)
	if _, err := s.Count(sandbox.Rules); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("count: %v", err)
	}
	if err := s.Delete(t.Context(), sandbox.Rules, "a"); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("delete: %v", err)
	}
}

func TestOpenWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sandbox.Open(ctx, sandbox.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestAWriteThatWasGivenUp(t *testing.T) {
	s := open(t, sandbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, sandbox.Rules, rule("Acme")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n, err := s.Count(sandbox.Rules); n != 0 || err != nil {
		t.Errorf("%d rules, %v", n, err)
	}
}

func TestATemporarySandboxLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	s, err := sandbox.Open(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fillSmall(t, s, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
