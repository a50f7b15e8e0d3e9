package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
)

// TestPlanAgreesWithGitDiff changes a generated repository at random, commits,
// and compares the plan from the one commit to the other, item by item, with
// what "git diff" says of the files.
func TestPlanAgreesWithGitDiff(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	gittest.Need(t)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := t.TempDir()
			run := func(args ...string) string {
				t.Helper()
				return gittest.Run(t, dir, args...)
			}
			before := synth.Repo(150, seed)
			after, silent := mutate(before, rand.New(rand.NewPCG(seed, 1)))
			commit := func(files synth.Files) {
				t.Helper()
				for _, top := range []string{"rules", "policies", "queries", "global_helpers"} {
					if err := os.RemoveAll(filepath.Join(dir, top)); err != nil {
						t.Fatal(err)
					}
				}
				if err := files.Write(dir); err != nil {
					t.Fatal(err)
				}
				run("add", "-A")
				run("commit", "-q", "-m", "state")
			}
			run("init", "-q", "-b", "main")
			commit(before)
			commit(after)

			db := filepath.Join(t.TempDir(), "panther.db")
			var out bytes.Buffer
			if code := Main(t.Context(), process(&out, nil, "apply", "-C", dir, "--ref", "HEAD~1", "--sandbox-db", db, "-q")); code != exitOK {
				t.Fatalf("apply: %d\n%s", code, &out)
			}
			out.Reset()
			if code := Main(t.Context(), process(&out, nil, "plan", "-C", dir, "--ref", "HEAD", "--sandbox-db", db, "--delete", "--format", "json")); code != exitOK {
				t.Fatalf("plan: %d\n%s", code, &out)
			}
			var plan struct {
				Changes []struct{ Kind, ID, Action string }
			}
			if err := json.Unmarshal(out.Bytes(), &plan); err != nil {
				t.Fatal(err)
			}
			var planned []string
			for _, c := range plan.Changes {
				planned = append(planned, c.Action+" "+c.ID)
			}
			want := expected(run("diff", "--name-status", "--no-renames", "HEAD~1", "HEAD"), before, after, silent)
			slices.Sort(planned)
			slices.Sort(want)
			if diff := cmp.Diff(want, planned); diff != "" {
				t.Errorf("git and the plan disagree (-git +plan):\n%s", diff)
			}
			if len(want) < 10 {
				t.Errorf("only %d items changed: the test shows little", len(want))
			}
		})
	}
}

// mutate changes some items, removes some, adds some, and reformats some
// without a change of meaning; the last are named in silent, by path.
func mutate(before synth.Files, r *rand.Rand) (after synth.Files, silent map[string]bool) {
	after, silent = before.Clone(), map[string]bool{}
	var specs []string
	for p := range before {
		if strings.HasSuffix(p, ".yml") {
			specs = append(specs, p)
		}
	}
	slices.Sort(specs)
	for _, p := range specs {
		py := strings.TrimSuffix(p, ".yml") + ".py"
		switch r.IntN(10) {
		case 0:
			after[p] = strings.Replace(after[p], "Description: ", "Description: revised ", 1)
			if after[p] == before[p] || strings.Contains(after[p], "revised >") {
				after[p] = strings.Replace(before[p], "DisplayName: \"", "DisplayName: \"revised ", 1)
			}
		case 1:
			if _, ok := after[py]; ok {
				after[py] += "\n# one more line\n"
			}
		case 2:
			if !strings.Contains(p, "global") && !strings.Contains(p, "queries") {
				delete(after, p)
				delete(after, py)
			}
		case 3:
			after[p] = "# reformatted\n" + strings.ReplaceAll(after[p], "Enabled: true", "Enabled: True  # as before")
			silent[p] = true
		case 4:
			if strings.HasPrefix(p, "rules/group") {
				fresh := strings.Replace(p, "rule_", "fresh_", 1)
				after[fresh] = strings.Replace(before[p], "Synth.Rule.", "Synth.Fresh.", 1)
				after[filepath.ToSlash(filepath.Join(filepath.Dir(p), filepath.Base(py)))] = before[py]
			}
		}
	}
	return after, silent
}

// expected turns git's list of changed files into the changes of items.
func expected(nameStatus string, before, after synth.Files, silent map[string]bool) []string {
	idIn := func(text string) string {
		for _, line := range strings.Split(text, "\n") {
			for _, key := range []string{"RuleID: ", "PolicyID: ", "GlobalID: ", "QueryName: "} {
				if id, ok := strings.CutPrefix(line, key); ok {
					return id
				}
			}
		}
		return ""
	}
	touched := map[string]string{} // spec → git's letter
	for _, line := range strings.Split(strings.TrimSpace(nameStatus), "\n") {
		letter, p, _ := strings.Cut(line, "\t")
		if spec, ok := strings.CutSuffix(p, ".py"); ok {
			// Every spec that names the file changes with it; a new or lost file
			// comes with its spec.
			for other, text := range after {
				if letter == "M" && strings.HasSuffix(other, ".yml") && filepath.Dir(other) == filepath.Dir(p) && strings.Contains(text, "Filename: "+filepath.Base(spec)+".py") && touched[other] == "" {
					touched[other] = "M"
				}
			}
			continue
		}
		if !silent[p] {
			touched[p] = letter
		}
	}
	var out []string
	for p, letter := range touched {
		switch letter {
		case "A":
			out = append(out, "create "+idIn(after[p]))
		case "D":
			out = append(out, "delete "+idIn(before[p]))
		default:
			out = append(out, "update "+idIn(after[p]))
		}
	}
	return out
}
