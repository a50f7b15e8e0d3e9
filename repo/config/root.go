package config

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/repo"
)

// FindRoot finds the repository's root for a folder that somebody named or
// is in. A folder with pdac.yaml, a git repository or content folders is
// one; else the nearest folder above with pdac.yaml or a git repository; else
// the folder itself. toplevel finds the git repository around a folder.
func FindRoot(dir string, named bool, toplevel func(string) (string, bool)) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		return "", fmt.Errorf("read the repository's folder %q: %w", dir, err)
	}
	top, inGit := toplevel(abs)
	if exists(abs, FileName) || inGit && top == abs {
		return abs, nil
	}
	if named {
		// Who names a folder means it, when there is anything to load in it.
		for _, e := range entries {
			if e.IsDir() && repo.IsContentFolder(e.Name()) {
				return abs, nil
			}
		}
	}
	if up, ok := Above(abs); ok && (!inGit || len(up) >= len(top)) {
		return up, nil
	}
	if inGit && !named {
		return top, nil
	}
	return abs, nil
}

// Above finds the nearest folder, from dir upwards, that has a pdac.yaml.
func Above(dir string) (string, bool) {
	for {
		if exists(dir, FileName) {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}
