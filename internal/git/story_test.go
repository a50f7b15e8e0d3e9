package git_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"pgregory.net/rapid"
)

// state is what a commit holds: a mode and a content by path.
type state map[string][2]string

// story is a history to be made, the oldest commit first.
type story []chapter

type chapter struct {
	parents []int
	when    int64
	files   state
	message string
}

// tell makes a repository of a story, whose last commit is main's.
func (s story) tell(t testing.TB, dir string) {
	t.Helper()
	gittest.Run(t, filepath.Dir(dir), "init", "--quiet", "--initial-branch=main", dir)
	var in strings.Builder
	for i, c := range s {
		message := c.message
		if message == "" {
			message = fmt.Sprintf("commit %d", i)
		}
		fmt.Fprintf(&in, "commit refs/heads/c%d\nmark :%d\nauthor Writer %d <w%d@example.com> %d +0130\ncommitter C <c@example.com> %d +0000\ndata %d\n%s\n",
			i, i+1, i, i, c.when+7, c.when, len(message), message)
		for n, p := range c.parents {
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge"}[min(n, 1)], p+1)
		}
		in.WriteString("deleteall\n")
		for _, p := range slices.Sorted(maps.Keys(c.files)) {
			fmt.Fprintf(&in, "M %s inline %q\ndata %d\n%s\n", c.files[p][0], p, len(c.files[p][1]), c.files[p][1])
		}
	}
	fmt.Fprintf(&in, "reset refs/heads/main\nfrom :%d\n", len(s))
	gittest.Import(t, dir, in.String())
}

// askedFor are paths that the random histories hold, and some that they never do.
var askedFor = []string{
	"top.yml", "rules/a.yml", "rules/a.py", "rules/x", "rules/x/y.yml", "rules/x/z.yml", "rules/x.yml", "rules/x-1", "rules/x0/y.yml",
	"rules-old/a.yml", "rules", "deep/er/est/a.yml", "never/there.yml", "rules/never.yml",
}

// drawStory draws a history with merges, deletions, additions again, renames,
// changed modes, files that become folders, and clocks that go wrong.
func drawStory(t *rapid.T) story {
	paths := rapid.SampledFrom(askedFor[:12])
	var s story
	n := rapid.IntRange(1, 14).Draw(t, "commits")
	when := int64(1_700_000_000)
	for i := range n {
		c := chapter{files: state{}}
		if i > 0 {
			for range rapid.SampledFrom([]int{1, 1, 1, 2, 2, 3}).Draw(t, "parents") {
				if p := rapid.IntRange(max(0, i-4), i-1).Draw(t, "parent"); !slices.Contains(c.parents, p) {
					c.parents = append(c.parents, p)
				}
			}
			if rapid.IntRange(0, 15).Draw(t, "root") == 0 {
				c.parents = nil
			}
		}
		for n, p := range c.parents {
			for _, path := range slices.Sorted(maps.Keys(s[p].files)) {
				if n == 0 || rapid.Bool().Draw(t, "theirs") {
					c.files[path] = s[p].files[path]
				}
			}
		}
		changes := rapid.IntRange(0, 3).Draw(t, "changes")
		if len(c.parents) == 0 {
			changes += 4
		}
		for range changes {
			p := paths.Draw(t, "path")
			switch rapid.SampledFrom([]string{"write", "write", "write", "delete", "rename", "mode"}).Draw(t, "change") {
			case "write":
				c.files[p] = [2]string{"100644", rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "content")}
			case "delete":
				delete(c.files, p)
			case "rename":
				if to := paths.Draw(t, "to"); c.files[p] != [2]string{} {
					c.files[to] = c.files[p]
					delete(c.files, p)
				}
			case "mode":
				if f, ok := c.files[p]; ok {
					c.files[p] = [2]string{rapid.SampledFrom([]string{"100644", "100755", "120000"}).Draw(t, "mode"), f[1]}
				}
			}
		}
		// A path can't be a file and a folder at once.
		for p := range c.files {
			for q := range c.files {
				if strings.HasPrefix(q, p+"/") {
					delete(c.files, p)
				}
			}
		}
		when += rapid.SampledFrom([]int64{10, 10, 10, 0, 0, -1000, 5000}).Draw(t, "seconds")
		c.when = when
		s = append(s, c)
	}
	return s
}
