package config

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pdac-dev/pdac/repo"
)

// FindRoot finds the repository's root for a folder that was given or is the
// working directory. The folder is the root if it has a pdac.yaml, a git
// repository or content folders. Otherwise it is the nearest parent with
// pdac.yaml or a git repository, or else the folder itself. toplevel returns
// the git repository around a folder.
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
		// A folder that was given explicitly is used if it contains anything to
		// load.
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

// Above returns the nearest folder, from dir upwards, that has a pdac.yaml.
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
