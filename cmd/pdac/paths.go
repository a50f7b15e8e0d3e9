package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/repo"
)

// paths reads the paths of a repository that a person named: relative ones start
// from -C, or from the current folder. missing allows those that don't exist.
func (a *app) paths(p place, args []string, missing bool) ([]string, error) {
	return repo.ResolvePaths(args, repo.PathOptions{Root: p.root, Dir: a.dir, Missing: missing})
}

// rootFromHere returns the repository's root as seen from the current folder; ""
// where they are the same.
func rootFromHere(root string) string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(here, root)
	if err != nil || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// hereFromRoot returns the current folder as seen from the repository's root; ""
// where they are the same, or the folder is outside.
func hereFromRoot(root string) string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	return below(root, here)
}

// rootFromTop returns the repository's root as seen from the top of the git
// repository around it; "" where they are the same, or there is none.
func rootFromTop(root string) string {
	top, ok := repo.TopLevel(root)
	if !ok {
		return ""
	}
	return below(top, root)
}

func below(root, path string) string {
	if rel, ok := repo.RelativePath(root, path); ok && rel != "." {
		return rel
	}
	return ""
}

// opener returns what opens the state of a folder that --ref and --staged choose.
func opener(ref string, staged bool) func(ctx context.Context, dir string) (repo.TreeCloser, error) {
	switch {
	case ref != "":
		return func(ctx context.Context, dir string) (repo.TreeCloser, error) { return repo.OpenCommit(ctx, dir, ref) }
	case staged:
		return repo.OpenIndex
	}
	return repo.OpenWorktree
}
