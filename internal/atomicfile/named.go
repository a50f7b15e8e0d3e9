package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// CheckNamed returns an error if a path that a person named is in a git repository and
// leads out of it over a link. Whoever wrote the commit made the link, and the person may
// not know of it. A link in a home folder that is a repository is the person's own.
func CheckNamed(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil // nothing can be written there either
	}
	home, _ := os.UserHomeDir()
	to := ""
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, gitName)); err == nil && dir != home {
			if to == "" {
				to = real(Target(abs))
			}
			if top := real(dir); to != top && !strings.HasPrefix(to, strings.TrimSuffix(top, string(filepath.Separator))+string(filepath.Separator)) {
				return fmt.Errorf("%q leads over a link out of the git repository %q, to %q; name the file itself, or delete the link", path, dir, to)
			}
		}
		if filepath.Dir(dir) == dir {
			return nil
		}
	}
}

// real returns a path without links, as far as it exists.
func real(path string) string {
	if got, err := filepath.EvalSymlinks(path); err == nil {
		return got
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(real(Target(dir)), filepath.Base(path))
	}
	return path
}
