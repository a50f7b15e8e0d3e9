package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// TestPullAsksAboutPacks: on a terminal a person is asked whether what was deleted
// also leaves the packs, and only the word counts as yes.
func TestPullAsksAboutPacks(t *testing.T) {
	for answer, want := range map[string]bool{"yes\n": true, "y\n": false, "\n": false} {
		dir := t.TempDir()
		t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
		gittest.Run(t, dir, "init", "-q")
		extract(t, dir, `-- pdac.yaml --
version: 1
-- rules/a.yml --
AnalysisType: global
GlobalID: a
Filename: a.py
-- rules/a.py --
A = 1
-- packs/p.yml --
AnalysisType: pack
PackID: P
PackDefinition:
  IDs:
    - a
    - other
`)
		gittest.CommitAt(t, dir, "first", time.Unix(1e9, 0))
		p := process(io.Discard, nil, "apply", "--sandbox", "-C", dir)
		if code := Main(t.Context(), p); code != exitOK {
			t.Fatalf("apply ended with %d", code)
		}
		s, err := sandbox.Open(t.Context(), sandbox.Options{Path: filepath.Join(dir, ".pdac", "sandbox.db"), Token: sandboxToken, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(t.Context(), sandbox.Globals, "a"); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var asked bytes.Buffer
		p = process(io.Discard, nil, "pull", "--sandbox", "-C", dir)
		p.In, p.InTerminal, p.Err = strings.NewReader(answer), true, &asked
		if code := Main(t.Context(), p); code != exitOK {
			t.Fatalf("answer %q: ended with %d: %s", answer, code, &asked)
		}
		if !strings.Contains(asked.String(), `take 1 id out of packs/p.yml? Only "yes" will be accepted: `) {
			t.Errorf("asked: %s", &asked)
		}
		pack, err := os.ReadFile(filepath.Join(dir, "packs", "p.yml"))
		if err != nil || strings.Contains(string(pack), "- a\n") == want {
			t.Errorf("answer %q: the pack is %q (%v)", answer, pack, err)
		}
	}
}
