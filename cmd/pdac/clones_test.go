package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/sync/record"
)

// gate lets the requests of one program wait, once one of them matches, until it
// is opened.
type gate struct {
	panther       http.Handler
	method, path  string
	reached, open chan struct{}
	shut          bool
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.shut && r.Method == g.method && strings.HasPrefix(r.URL.Path, g.path) {
		g.shut = false // the program has one request under way: it runs with --parallelism 1
		close(g.reached)
		<-g.open
	}
	g.panther.ServeHTTP(w, r)
}

// team is two clones of one bare repository, whose pipelines deploy to one
// Panther.
type team struct {
	*company
	origin, a, b string
	server       *sandbox.Server
	ref          string
}

const teamConfig = "version: 1\ndeployments:\n  remote: origin\n"

func simpleRule(id, severity string) string {
	return "AnalysisType: rule\nRuleID: " + id + "\nEnabled: true\nSeverity: " + severity + "\nDetection: [{Key: k, Condition: Exists}]\n"
}

func newTeam(t *testing.T) *team {
	needPrograms(t)
	tm := &team{company: newCompany(t), server: newPanther(t)}
	for _, token := range []string{"a", "b"} {
		tm.serve(token, tm.server)
	}
	var err error
	if tm.ref, err = record.RefName(tm.tenant()); err != nil {
		t.Fatal(err)
	}
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tm.origin, tm.a, tm.b = filepath.Join(top, "origin.git"), filepath.Join(top, "a"), filepath.Join(top, "b")
	gittest.Run(t, top, "init", "-q", "--bare", "-b", "main", tm.origin)
	gittest.Run(t, top, "clone", "-q", tm.origin, tm.a)
	gittest.Run(t, tm.a, "checkout", "-q", "-B", "main")
	tm.put(t, tm.a, "pdac.yaml", teamConfig)
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "High"))
	tm.put(t, tm.a, "rules/two.yml", simpleRule("Two", "High"))
	tm.save(t, tm.a)
	gittest.Run(t, tm.a, "push", "-q", "origin", "main")
	gittest.Run(t, top, "clone", "-q", tm.origin, tm.b)
	out := mustEnd(t, exitOK, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	if !strings.Contains(out, "pushed to origin") {
		t.Fatalf("the first apply:\n%s", out)
	}
	return tm
}

func (tm *team) put(t testing.TB, dir, path, text string) {
	t.Helper()
	full := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, full, text, 0o644)
}

func (tm *team) save(t testing.TB, dir string) {
	t.Helper()
	gittest.Run(t, dir, "add", "-A")
	gittest.Run(t, dir, "commit", "-q", "-m", "work in "+filepath.Base(dir))
}

// race starts an apply in one folder, stops it at a request, runs another one
// in another folder from beginning to end, and lets the first one go on. It gives
// what the first one said, which has to end with that code.
func (tm *team) race(t testing.TB, code int, dir, method, path string, args []string, meanwhile func()) string {
	t.Helper()
	g := &gate{panther: tm.server, method: method, path: path, reached: make(chan struct{}), open: make(chan struct{}), shut: true}
	tm.serve("slow", g)
	cmd := tm.pdac("slow", dir, append([]string{"apply", "--auto-approve", "--parallelism", "1"}, args...)...)
	said := make(chan string, 1)
	go func() {
		out, _ := cmd.CombinedOutput()
		said <- string(out)
	}()
	select {
	case <-g.reached:
	case out := <-said:
		t.Fatalf("it ended before its turn: %s", out)
	}
	func() {
		defer close(g.open) // also if the other one fails the test
		meanwhile()
	}()
	out := <-said
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("the slower apply ended with %d, not %d:\n%s", got, code, out)
	}
	return out
}

// recordIsLive: what the record of a clone says is what Panther holds.
func (tm *team) recordIsLive(t testing.TB, dir string, want int) string {
	t.Helper()
	hash, entities := recorded(t, dir, tm.tenant())
	live := liveIn(t, tm.server)
	if len(entities) != want {
		t.Errorf("the record holds %d entities, not %d", len(entities), want)
	}
	for key, e := range entities {
		if l, ok := live[key]; !ok || !diff.Same(e, l) {
			t.Errorf("%s is recorded as %v and is %v", key, e.Fields, l.Fields)
		}
	}
	gittest.Run(t, dir, "fsck", "--strict", "--no-dangling")
	return hash
}

func severityOf(t testing.TB, tm *team, id string) any {
	t.Helper()
	return liveIn(t, tm.server)[panther.Key{Kind: panther.SimpleRule, ID: id}].Fields["severity"]
}

// TestTwoAppliesAtOnce has two pipelines deploy at the same time, in both orders,
// other entities and the same one.
func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	for _, slow := range []string{"a", "b"} {
		t.Run(slow+" is slower, other entities", func(t *testing.T) {
			tm := newTeam(t)
			here, there := tm.a, tm.b
			if slow == "b" {
				here, there = tm.b, tm.a
			}
			tm.put(t, here, "rules/one.yml", simpleRule("One", "Low"))
			tm.save(t, here)
			tm.put(t, there, "rules/two.yml", simpleRule("Two", "Info"))
			tm.save(t, there)
			said := tm.race(t, exitError, here, "PUT", "/", nil, func() {
				mustEnd(t, exitOK, tm.pdac("b", there, "apply", "--auto-approve"))
			})
			for _, want := range []string{"another apply to the same Panther was recorded during this one", "One"} {
				if !strings.Contains(said, want) {
					t.Errorf("the slower one doesn't say %q:\n%s", want, said)
				}
			}
			hash := tm.recordIsLive(t, here, 2)
			if there := gittest.Run(t, tm.origin, "rev-parse", tm.ref); there != hash {
				t.Errorf("the record is %s here and %s at origin", hash, there)
			}
			if n := strings.Count(gittest.Run(t, tm.origin, "log", "--format=%H", tm.ref), "\n") + 1; n != 4 {
				t.Errorf("origin has %d records, not the first, both, and the one that joins them", n)
			}
			// Each clone lacks the other's commit, which nobody has pushed yet. The last
			// record has the parents of its own, which is enough for that one; the plan
			// of the other clone says that it may take it back. Once both have both,
			// there is nothing to do.
			for dir, want := range map[string]string{
				there: "the history of this revision lacks: simple_rule/One (severity)",
				here:  `simple_rule/Two: the deployed revision ` + gittest.Run(t, there, "rev-parse", "HEAD")[:12] + ` is not in this repository, and "origin" does not have it either; push it`,
			} {
				line := map[string]string{here: "Two", there: "One"}[dir]
				out := mustEnd(t, exitChanges, tm.pdac("a", dir, "plan", "--detailed-exitcode"))
				if !strings.Contains(out, want) {
					t.Errorf("the plan in %s doesn't say what it takes back:\n%s", filepath.Base(dir), out)
				}
				if !strings.Contains(out, line) || strings.Contains(out, "drift") && !strings.Contains(out, "0 drift") {
					t.Errorf("the plan in %s:\n%s", filepath.Base(dir), out)
				}
			}
			gittest.Run(t, there, "push", "-q", "origin", "main")
			gittest.Run(t, here, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
			gittest.Run(t, here, "push", "-q", "origin", "main")
			gittest.Run(t, there, "pull", "-q", "--ff-only", "origin", "main")
			for _, dir := range []string{here, there} {
				mustEnd(t, exitOK, tm.pdac("a", dir, "plan", "--detailed-exitcode"))
				mustEnd(t, exitOK, tm.pdac("a", dir, "apply", "--auto-approve"))
				tm.recordIsLive(t, dir, 2)
			}
		})
		t.Run(slow+" is slower, the same entity", func(t *testing.T) {
			tm := newTeam(t)
			here, there := tm.a, tm.b
			if slow == "b" {
				here, there = tm.b, tm.a
			}
			tm.put(t, here, "rules/one.yml", simpleRule("One", "Low"))
			tm.save(t, here)
			tm.put(t, there, "rules/one.yml", simpleRule("One", "Info"))
			tm.save(t, there)
			// It has planned, and looks at the entity once more before its write.
			said := tm.race(t, exitError, here, "GET", "/simple-rules/One", nil, func() {
				mustEnd(t, exitOK, tm.pdac("b", there, "apply", "--auto-approve"))
			})
			if !strings.Contains(said, "it was changed in Panther since the plan was made: severity was \"HIGH\" and is now \"INFO\"") {
				t.Errorf("the slower one says:\n%s", said)
			}
			if got := severityOf(t, tm, "One"); got != "INFO" {
				t.Errorf("the faster one's write was overwritten: %v", got)
			}
			hash := tm.recordIsLive(t, here, 2)
			if there := gittest.Run(t, tm.origin, "rev-parse", tm.ref); there != hash {
				t.Errorf("the record is %s here and %s at origin", hash, there)
			}
			if n := strings.Count(gittest.Run(t, tm.origin, "log", "--format=%H", tm.ref), "\n") + 1; n != 2 {
				t.Errorf("origin has %d records, though the second apply did nothing", n)
			}
			mustEnd(t, exitOK, tm.pdac("a", there, "plan", "--detailed-exitcode"))
			mustEnd(t, exitChanges, tm.pdac("a", here, "plan", "--detailed-exitcode"))
		})
		t.Run(slow+" is slower, the same entity in the same moment", func(t *testing.T) {
			tm := newTeam(t)
			here, there := tm.a, tm.b
			if slow == "b" {
				here, there = tm.b, tm.a
			}
			tm.put(t, here, "rules/one.yml", simpleRule("One", "Low"))
			tm.save(t, here)
			tm.put(t, there, "rules/one.yml", simpleRule("One", "Info"))
			tm.save(t, there)
			// It has looked, and its write is on the way: Panther takes both.
			said := tm.race(t, exitError, here, "PUT", "/simple-rules/One", []string{"--format", "json"}, func() {
				mustEnd(t, exitOK, tm.pdac("b", there, "apply", "--auto-approve"))
			})
			if !strings.Contains(said, `"raced": true`) || !strings.Contains(said, `"simple_rule/One"`) || !strings.Contains(said, `"both"`) {
				t.Errorf("the slower one doesn't say that both wrote it:\n%s", said)
			}
			if got := severityOf(t, tm, "One"); got != "LOW" {
				t.Errorf("live is %v", got)
			}
			tm.recordIsLive(t, here, 2)
			mustEnd(t, exitOK, tm.pdac("a", here, "plan", "--detailed-exitcode"))
			mustEnd(t, exitChanges, tm.pdac("a", there, "plan", "--detailed-exitcode"))
		})
	}
}

// TestADeleteRacesWithACreate: what one apply deletes and the other makes again
// stays in the record.
func TestADeleteRacesWithACreate(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	if err := os.Remove(filepath.Join(tm.a, "rules/one.yml")); err != nil {
		t.Fatal(err)
	}
	tm.put(t, tm.a, "rules/two.yml", simpleRule("Two", "Low"))
	tm.put(t, tm.a, "rules/three.yml", simpleRule("Three", "Low"))
	tm.save(t, tm.a)
	tm.put(t, tm.b, "rules/one.yml", simpleRule("One", "Info"))
	tm.save(t, tm.b)
	// The delete goes first here, since it is asked for alone.
	said := tm.race(t, exitOK, tm.a, "DELETE", "/", []string{"--allow-delete", "--only", "*/One"}, func() {})
	if !strings.Contains(said, "1 deleted") {
		t.Fatalf("the delete:\n%s", said)
	}
	said = tm.race(t, exitError, tm.a, "PUT", "/", nil, func() {
		// It takes the delete back, which its history lacks.
		mustEnd(t, exitOK, tm.pdac("b", tm.b, "apply", "--auto-approve", "--only", "*/One", "--allow-older"))
	})
	if !strings.Contains(said, "another apply to the same Panther") {
		t.Errorf("%s", said)
	}
	tm.recordIsLive(t, tm.a, 3)
}

// TestTwoProcessesInOneClone: they share the record without a remote.
func TestTwoProcessesInOneClone(t *testing.T) {
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	tm.put(t, tm.a, "pdac.yaml", "version: 1\n")
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "Low"))
	tm.put(t, tm.a, "rules/two.yml", simpleRule("Two", "Info"))
	said := tm.race(t, exitError, tm.a, "PUT", "/", []string{"--only", "*/One"}, func() {
		mustEnd(t, exitOK, tm.pdac("b", tm.a, "apply", "--auto-approve", "--only", "*/Two"))
	})
	if !strings.Contains(said, "another apply to the same Panther was recorded during this one") || !strings.Contains(said, "One") {
		t.Errorf("the slower one says:\n%s", said)
	}
	tm.recordIsLive(t, tm.a, 2)
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "plan", "--detailed-exitcode"))
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "drift"))
	if n := strings.Count(gittest.Run(t, tm.a, "log", "--format=%H", tm.ref), "\n") + 1; n != 3 {
		t.Errorf("%d records, want three in a row", n)
	}
}

func TestOriginIsNotReached(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	tm.put(t, tm.b, "rules/one.yml", simpleRule("One", "Low"))
	mustEnd(t, exitOK, tm.pdac("b", tm.b, "plan"))
	gone := tm.origin + ".gone"
	if err := os.Rename(tm.origin, gone); err != nil {
		t.Fatal(err)
	}
	out := mustEnd(t, exitOK, tm.pdac("b", tm.b, "plan"))
	for _, want := range []string{"warning", "the last deployment by others is unknown, so their changes may show as console edits", "there is no git repository at its address", "One"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan doesn't say %q:\n%s", want, out)
		}
	}
	for _, args := range [][]string{{"apply", "--auto-approve"}, {"rollback", "--auto-approve"}} {
		out = mustEnd(t, exitError, tm.pdac("b", tm.b, args...))
		if !strings.Contains(out, "nothing was applied, because the last deployment is unknown") || !strings.Contains(out, `fetch the deployment record from "origin"`) {
			t.Errorf("%v says:\n%s", args, out)
		}
	}
	out, _ = ended(t, tm.pdac("b", tm.b, "drift"))
	if !strings.Contains(out, "the last deployment by others is unknown") {
		t.Errorf("the drift says:\n%s", out)
	}
	if got := severityOf(t, tm, "One"); got != "HIGH" {
		t.Errorf("something was applied: %v", got)
	}
	if err := os.Rename(gone, tm.origin); err != nil {
		t.Fatal(err)
	}
	mustEnd(t, exitOK, tm.pdac("b", tm.b, "apply", "--auto-approve"))
	tm.recordIsLive(t, tm.b, 2)
}

// TestThePushIsRefused: what was written stays, is recorded here, and said;
// the next apply shares it.
func TestThePushIsRefused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	hook := filepath.Join(tm.origin, "hooks", "update")
	tm.put(t, tm.origin, "hooks/update", "")
	write(t, hook, "#!/bin/sh\necho nobody may push here\nexit 1\n", 0o755)
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "Low"))
	out := mustEnd(t, exitError, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	for _, want := range []string{"1 updated", "One", `push the deployment record to "origin": it rejects the push`, "nobody may push here", "allow pushes to refs/pdac/deployments/"} {
		if !strings.Contains(out, want) {
			t.Errorf("it doesn't say %q:\n%s", want, out)
		}
	}
	hash := tm.recordIsLive(t, tm.a, 2)
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "plan", "--detailed-exitcode"))
	if err := os.Remove(hook); err != nil {
		t.Fatal(err)
	}
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	if there := gittest.Run(t, tm.origin, "rev-parse", tm.ref); there != hash {
		t.Errorf("the record is %s here and %s at origin", hash, there)
	}
}

// TestDiverged: a record that never reached origin, and another one there.
func TestDiverged(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "Low"))
	tm.put(t, tm.a, "pdac.yaml", "version: 1\n")
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	tm.put(t, tm.b, "rules/two.yml", simpleRule("Two", "Low"))
	// To b, what a did looks like somebody's click.
	mustEnd(t, exitOK, tm.pdac("b", tm.b, "apply", "--auto-approve", "--only", "*/Two"))
	tm.put(t, tm.a, "pdac.yaml", teamConfig)
	out := mustEnd(t, exitError, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	for _, want := range []string{"nothing was applied", "have recorded different deployments", "neither follows the other", `git update-ref -d ` + tm.ref} {
		if !strings.Contains(out, want) {
			t.Errorf("it doesn't say %q:\n%s", want, out)
		}
	}
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "plan"))
	// What it says helps.
	gittest.Run(t, tm.a, "update-ref", "-d", tm.ref)
	mustEnd(t, exitOK, tm.pdac("a", tm.a, "apply", "--auto-approve", "--only", "*/One"))
	tm.recordIsLive(t, tm.a, 2)
}

// TestShallowCheckout is what actions/checkout makes: one commit, no other refs.
func TestShallowCheckout(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	tm.put(t, tm.a, "pdac.yaml", "version: 1\n")
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "Low"))
	tm.save(t, tm.a)
	mustEnd(t, exitOK, tm.ci("a", tm.a, "apply", "--auto-approve"))
	if err := os.Remove(filepath.Join(tm.a, "rules/two.yml")); err != nil {
		t.Fatal(err)
	}
	tm.save(t, tm.a)
	gittest.Run(t, tm.a, "push", "-q", "origin", "main")
	shallow := filepath.Join(t.TempDir(), "shallow")
	gittest.Run(t, tm.a, "clone", "-q", "--depth", "1", "file://"+tm.origin, shallow)
	out := mustEnd(t, exitOK, tm.ci("b", shallow, "plan"))
	if !strings.Contains(out, "Two") || !strings.Contains(out, "1 to delete") {
		t.Errorf("the plan doesn't know what was deployed:\n%s", out)
	}
	mustEnd(t, exitOK, tm.ci("b", shallow, "apply", "--auto-approve", "--allow-delete"))
	hash := tm.recordIsLive(t, shallow, 1)
	if there := gittest.Run(t, tm.origin, "rev-parse", tm.ref); there != hash {
		t.Errorf("the record is %s here and %s at origin", hash, there)
	}
	gittest.Run(t, tm.origin, "fsck", "--strict", "--no-dangling")
	if n := strings.Count(gittest.Run(t, tm.origin, "log", "--format=%H", tm.ref), "\n") + 1; n != 3 {
		t.Errorf("origin has %d records", n)
	}
	// A fresh one can go back to the deployment before its own.
	mustEnd(t, exitOK, tm.ci("b", shallow, "rollback", "--auto-approve"))
	if got := severityOf(t, tm, "Two"); got != "HIGH" {
		t.Errorf("it was not brought back: %v", got)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	gittest.Run(t, tm.a, "clone", "-q", "--depth", "1", "file://"+tm.origin, fresh)
	out = mustEnd(t, exitError, tm.ci("b", fresh, "rollback", "--auto-approve"))
	if !strings.Contains(out, "the deployment before the last one isn't in this shallow clone; fetch it with git fetch --unshallow, or with fetch-depth: 0 in CI") {
		t.Errorf("a rollback past the edge says:\n%s", out)
	}
}

// ci prepares a run as a pipeline does.
func (tm *team) ci(token, dir string, args ...string) *exec.Cmd {
	cmd := tm.pdac(token, dir, args...)
	cmd.Env = append(cmd.Env, "CI=true", "GITHUB_ACTOR=robin")
	return cmd
}

func TestPipelineWithoutOrigin(t *testing.T) {
	tm := newTeam(t)
	tm.put(t, tm.a, "pdac.yaml", "version: 1\n")
	gittest.Run(t, tm.a, "remote", "remove", "origin")
	tm.put(t, tm.a, "rules/one.yml", simpleRule("One", "Low"))
	out := mustEnd(t, exitOK, tm.ci("a", tm.a, "apply", "--auto-approve"))
	if strings.Contains(out, "origin") || !strings.Contains(out, "Recorded as") {
		t.Errorf("%s", out)
	}
	tm.recordIsLive(t, tm.a, 2)
	if log := gittest.Run(t, tm.a, "log", "-1", "--format=%an%n%B", tm.ref); !strings.Contains(log, "robin") {
		t.Errorf("the record doesn't name who ran the pipeline:\n%s", log)
	}
	// Who names a remote means it.
	tm.put(t, tm.a, "pdac.yaml", teamConfig)
	out = mustEnd(t, exitError, tm.pdac("a", tm.a, "apply", "--auto-approve"))
	if !strings.Contains(out, "the repository has no remote of that name (it has none)") {
		t.Errorf("%s", out)
	}
}

func TestLinkedWorktree(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts pdac too often for the quick set")
	}
	tm := newTeam(t)
	linked := filepath.Join(t.TempDir(), "linked")
	gittest.Run(t, tm.a, "worktree", "add", "-q", linked, "-b", "side")
	mustEnd(t, exitOK, tm.pdac("a", linked, "plan", "--detailed-exitcode"))
	tm.put(t, linked, "rules/one.yml", simpleRule("One", "Low"))
	tm.put(t, linked, "rules/three.yml", simpleRule("Three", "Low"))
	tm.save(t, linked)
	out := mustEnd(t, exitOK, tm.pdac("a", linked, "plan"))
	if !strings.Contains(out, "work in linked") && !strings.Contains(out, gittest.Run(t, linked, "rev-parse", "--short=7", "HEAD")) {
		t.Errorf("the plan doesn't say who committed it:\n%s", out)
	}
	mustEnd(t, exitOK, tm.pdac("a", linked, "apply", "--auto-approve"))
	hash := tm.recordIsLive(t, linked, 3)
	if here := gittest.Run(t, tm.a, "rev-parse", tm.ref); here != hash {
		t.Errorf("the main one has %s, and the linked one %s", here, hash)
	}
	// What the other branch lacks counts as removed there.
	out = mustEnd(t, exitOK, tm.pdac("a", tm.a, "plan"))
	if !strings.Contains(out, "1 to delete") {
		t.Errorf("the plan of the main one:\n%s", out)
	}
}
