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
	if _, err := os.ReadDir(abs); err != nil {
		return "", fmt.Errorf("read the repository's folder %q: %w", dir, err)
	}
	top, inGit := toplevel(abs)
	if exists(abs, FileName) || inGit && top == abs {
		return abs, nil
	}
	if named && repo.HasContentFolder(abs) {
		// A folder that was given explicitly is used if it contains anything to
		// load.
		return abs, nil
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

// PartOf returns the repository that a folder is only a part of, or "" if it is
// a whole repository itself. toplevel finds the git repository around a folder.
func PartOf(root string, toplevel func(string) (string, bool)) string {
	above, configured := Above(root)
	if above == root {
		return ""
	}
	top, inGit := toplevel(root)
	switch {
	case top == root || !inGit && !configured:
		return ""
	case !inGit:
		return above
	}
	return top
}

// ForImport returns the pdac.yaml of a repository that pdac import creates.
// Both arguments may be empty.
func ForImport(host, tokenEnv string) []byte {
	out := "version: 1\n"
	if host != "" {
		out += fmt.Sprintf("api:\n  host: %s\n", host)
		if tokenEnv != "" {
			out += fmt.Sprintf("  token_env: %s\n", tokenEnv)
		}
	}
	return []byte(out + "# Everything that was live is deployed, whatever its Status says.\n" +
		"deploy:\n  exclude_status: []\n")
}
