// Command history lints real history: the state before each of a list of commits that
// fixed something, and the state after it. A fix counts as found if lint reports a
// warning or an error in a file of the fix that the fix takes away:
//
//	make history CORPUS=~/panther-analysis COMMITS=fixes.txt
//
// The first word of each line of the list is a commit; the rest is ignored.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pdac-dev/pdac/lint"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("history", flag.ContinueOnError)
	corpus := f.String("corpus", "", "a git repository of detections, with its history")
	list := f.String("commits", "", "a file with a commit at the start of each line")
	selected := f.String("select", "default", "the rules to run")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *corpus == "" || *list == "" {
		return errors.New("name the repository with -corpus, and the list of commits with -commits")
	}
	text, err := os.ReadFile(*list)
	if err != nil {
		return fmt.Errorf("read the list of commits: %w", err)
	}
	cache, err := os.MkdirTemp("", "pdac-history-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(cache)
	h := &history{dir: *corpus, options: lint.Options{
		Select: strings.Split(*selected, ","), Now: time.Unix(0, 0),
		Cache: lint.Cache{Root: cache, Build: "history", Key: []byte("history")},
	}}
	return h.table(ctx, string(text), out)
}

// history is a repository whose fixes are linted.
type history struct {
	dir     string
	options lint.Options
}

// table writes a line a finding that a fix takes away, and the count of the fixes.
func (h *history) table(ctx context.Context, list string, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COMMIT\tRULE\tLINE\tPLACE\tMESSAGE")
	commits, found, onTarget := 0, 0, 0
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		commits++
		gone, err := h.gone(ctx, words[0])
		if err != nil {
			return fmt.Errorf("lint commit %s and its parent: %w", words[0], err)
		}
		near := false
		for _, g := range gone {
			at := "elsewhere"
			if g.changed {
				at, near = "changed", true
			}
			fmt.Fprintf(w, "%.8s\t%s\t%s\t%s\t%s\n", words[0], g.Rule, at, g.Where(), g.Message)
		}
		if len(gone) > 0 {
			found++
		}
		if near {
			onTarget++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%d of %d fixes were found, %d of them where the fix changes something\n", found, commits, onTarget)
	return err
}

// taken is a finding that a fix takes away.
type taken struct {
	lint.Finding
	// changed is set if the fix changes the lines of the finding, or adds to the file what
	// the finding says to add.
	changed bool
}

// gone lists the warnings and errors in files of a fix that the fix takes away.
// Those in files that it deletes or renames are not counted.
func (h *history) gone(ctx context.Context, commit string) (out []taken, err error) {
	files, err := h.files(ctx, commit)
	if err != nil {
		return nil, err
	}
	before, err := h.lint(ctx, commit+"^")
	if err != nil {
		return nil, err
	}
	after, err := h.lint(ctx, commit)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, f := range after {
		left[key(f)]++
	}
	for _, f := range before {
		if left[key(f)]--; left[key(f)] >= 0 || f.Severity == lint.Info {
			continue
		}
		lines, in := files[f.Path]
		if !in {
			continue
		}
		t := taken{Finding: f}
		asked := toAdd(f)
		for _, l := range lines {
			last := max(f.Range.EndLine, f.Range.Line)
			t.changed = t.changed || l.from <= last && f.Range.Line <= l.to || asked != "" && strings.Contains(l.added, asked)
		}
		out = append(out, t)
	}
	return out, nil
}

// toAdd returns what a finding says to add to its file ("add Acme.one to the pack").
func toAdd(f lint.Finding) string {
	rest, ok := strings.CutPrefix(f.Hint, "add ")
	what, _, named := strings.Cut(rest, " to the ")
	if !ok || !named {
		return ""
	}
	return what
}

// key identifies a finding whose line may have moved.
func key(f lint.Finding) string { return f.Rule + "\x00" + f.Path + "\x00" + f.Message }

func (h *history) lint(ctx context.Context, rev string) ([]lint.Finding, error) {
	in, err := lint.Open(ctx, h.dir, lint.State{Ref: rev})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	res, err := lint.Run(ctx, in, h.options)
	if err != nil {
		return nil, err
	}
	return res.Findings, nil
}

// lines is a part of a file, with the line before it and the line after it: what a fix
// adds goes between two lines.
type lines struct {
	from, to int
	added    string
}

// files lists the files that a commit changes, with the lines of its parent that it
// changes.
func (h *history) files(ctx context.Context, commit string) (map[string][]lines, error) {
	cmd := exec.CommandContext(ctx, "git", "-C", h.dir, "diff", "--no-ext-diff", "--no-renames", "--no-color", "--diff-filter=M", "-U0", commit+"^", commit, "--")
	var fault bytes.Buffer
	cmd.Stderr = &fault
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git diff: %w: %s", err, bytes.TrimSpace(fault.Bytes()))
	}
	out, file := map[string][]lines{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutPrefix(line, "--- a/"); ok {
			file = path.Clean(name)
			out[file] = nil
			continue
		}
		rest, ok := strings.CutPrefix(line, "@@ -")
		if text, is := strings.CutPrefix(line, "+"); is && len(out[file]) > 0 {
			out[file][len(out[file])-1].added += text + "\n"
		}
		if !ok {
			continue
		}
		span, _, _ := strings.Cut(rest, " ")
		start, length, several := strings.Cut(span, ",")
		from, err := strconv.Atoi(start)
		if err != nil {
			continue
		}
		n := 1
		if several {
			if n, err = strconv.Atoi(length); err != nil {
				continue
			}
		}
		out[file] = append(out[file], lines{from: from, to: max(from+n-1, from)})
	}
	return out, nil
}
