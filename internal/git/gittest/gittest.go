// Package gittest makes git repositories for tests, with the git program and
// without the settings of the user who runs the tests.
package gittest

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// T is what the functions here need of a test, a benchmark or rapid's check.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// The author and committer of commits, unless a test sets another one.
const (
	Name  = "Ada"
	Email = "ada@example.com"
	// When is the time of their commits, in seconds.
	When = 1_767_323_045
)

// Need skips a test where there is no git program.
func Need(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("this test makes repositories with git, which was not found on PATH")
	}
}

// Env is the environment without the user's settings of git, plus more. Local
// repositories may be cloned and fetched from.
func Env(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "GIT_") || strings.HasPrefix(kv, "HOME=") || strings.HasPrefix(kv, "XDG_")
	})
	env = append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "HOME="+os.DevNull)
	return append(env, more...)
}

// identity makes git's commits the same on every run.
func identity() []string {
	when := fmt.Sprintf("%d +0000", When)
	return []string{"GIT_AUTHOR_NAME=" + Name, "GIT_AUTHOR_EMAIL=" + Email, "GIT_AUTHOR_DATE=" + when,
		"GIT_COMMITTER_NAME=" + Name, "GIT_COMMITTER_EMAIL=" + Email, "GIT_COMMITTER_DATE=" + when}
}

func command(dir string, args ...string) *exec.Cmd {
	settings := []string{"-c", "protocol.file.allow=always", "-c", "core.autocrlf=false", "-c", "core.fsync=none", "-c", "gc.auto=0",
		"-c", "advice.detachedHead=false", "-c", "init.templateDir=", "-c", "init.defaultBranch=main"}
	cmd := exec.Command("git", append(settings, args...)...)
	cmd.Dir, cmd.Env = dir, Env(identity()...)
	return cmd
}

// Try runs git in a folder and returns its output, or on failure what it wrote.
func Try(dir string, args ...string) (string, error) {
	cmd := command(dir, args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return out.String() + complaints.String(), err
	}
	return out.String(), nil
}

// Run runs git in a folder and returns its output without the last line feed.
func Run(t T, dir string, args ...string) string {
	t.Helper()
	out, err := Try(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// Import feeds a stream to "git fast-import".
func Import(t T, dir, stream string) {
	t.Helper()
	cmd := command(dir, "fast-import", "--quiet")
	cmd.Stdin = strings.NewReader(stream)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

// Dir makes a temporary folder whose path has no links, as it has on macOS.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Write writes files into a folder: content by path. A content of "-> x" is a
// symbolic link.
func Write(t T, dir string, files map[string]string) {
	t.Helper()
	for p, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(p))
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		target, link := strings.CutPrefix(content, "-> ")
		switch {
		case err != nil:
		case link:
			_ = os.Remove(full)
			err = os.Symlink(target, full)
		default:
			err = os.WriteFile(full, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// New makes a repository whose branch main has a commit for each of some states of
// all its files. The last one is checked out.
func New(t testing.TB, initOptions []string, states ...map[string]string) string {
	t.Helper()
	Need(t)
	dir := filepath.Join(Dir(t), "repo")
	Run(t, filepath.Dir(dir), append(append([]string{"init", "--quiet", "--initial-branch=main"}, initOptions...), dir)...)
	var in strings.Builder
	for i, files := range states {
		message := []string{"first", "second", "third", "fourth"}[i]
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter %s <%s> %d +0000\ndata %d\n%s\ndeleteall\n", Name, Email, When, len(message)+1, message+"\n")
		for _, p := range slices.Sorted(maps.Keys(files)) {
			mode, content := "100644", files[p]
			if target, link := strings.CutPrefix(content, "-> "); link {
				mode, content = "120000", target
			}
			fmt.Fprintf(&in, "M %s inline %s\ndata %d\n%s\n", mode, quote(p), len(content), content)
		}
	}
	if len(states) > 0 {
		Import(t, dir, in.String())
		Run(t, dir, "reset", "--quiet", "--hard")
	}
	return dir
}

// quote writes a path as fast-import reads it.
func quote(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}

// Commit commits all of a working tree and returns the commit.
func Commit(t T, dir, message string) string {
	t.Helper()
	return CommitAt(t, dir, message, time.Unix(When, 0))
}

// CommitAt is Commit at another time than When.
func CommitAt(t T, dir, message string, at time.Time) string {
	t.Helper()
	Run(t, dir, "add", "--all")
	when := fmt.Sprintf("%d +0000", at.Unix())
	cmd := command(dir, "commit", "--quiet", "--allow-empty", "-m", message)
	cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+when, "GIT_COMMITTER_DATE="+when)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git commit: %v\n%s", err, out)
	}
	return Run(t, dir, "rev-parse", "HEAD")
}

// URL is a local repository's address, as git treats one on a server.
func URL(dir string) string {
	if runtime.GOOS == "windows" {
		return "file:///" + filepath.ToSlash(dir)
	}
	return "file://" + dir
}

// Clone clones a repository by its path or address.
func Clone(t testing.TB, from string, options ...string) string {
	t.Helper()
	to := filepath.Join(Dir(t), "clone")
	Run(t, filepath.Dir(to), append(append([]string{"clone", "--quiet"}, options...), from, to)...)
	return to
}

// Fsck checks a repository.
func Fsck(t T, dir string) {
	t.Helper()
	if out, err := Try(dir, "fsck", "--strict", "--no-dangling"); err != nil || strings.Contains(out, "error") {
		t.Fatalf("git fsck in %s: %v\n%s", dir, err, out)
	}
}

// Long says whether to run everything: with PDAC_TEST_LONG set, tests try all
// combinations and many more random cases.
func Long() bool { return os.Getenv("PDAC_TEST_LONG") != "" }

// Slow skips a test that runs git very often where -short is given.
func Slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("this test runs git very often")
	}
}

// Checks is how many random cases a test tries that runs git in each: usual of
// them, few with -short, and ten times as many with PDAC_TEST_LONG set.
func Checks(usual, few int) int {
	switch {
	case testing.Short():
		return few
	case Long():
		return 10 * usual
	}
	return usual
}

// SetChecks makes rapid try as many cases as Checks says, of at most 15 steps,
// unless the command line says otherwise.
func SetChecks(t *testing.T, usual, few int) {
	t.Helper()
	n := Checks(usual, few)
	if testing.Short() {
		n *= 5 // rapid divides by five then
	}
	for name, n := range map[string]int{"rapid.checks": n, "rapid.steps": 15} {
		f := flag.Lookup(name)
		if f == nil || f.Value.String() != f.DefValue || name == "rapid.steps" && Long() {
			continue
		}
		if err := f.Value.Set(fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}
