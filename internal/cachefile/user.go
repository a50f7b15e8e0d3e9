package cachefile

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/internal/readfile"
)

const keyBytes = 32

// UserKey returns the secret that seals the caches of the current user. It is created if
// needed, in the user's own cache folder, and is never in a repository, so that nobody
// can commit a cache with results of their own. It is nil without a place for it.
func UserKey(getenv func(string) string) []byte {
	dir := UserDir(getenv)
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, "cache-key")
	if key, err := readfile.Bounded(file, keyBytes); err == nil && len(key) == keyBytes {
		return key
	}
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails
	// The user's own folder, whatever links are there.
	if os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return nil
	}
	if atomicfile.WriteIn(filepath.Dir(file), filepath.Base(file), 0o600, key) != nil {
		return nil
	}
	return key
}

// UserDir is pdac's folder in the user's cache folder; "" where there is no such folder.
func UserDir(getenv func(string) string) string {
	if dir := userCacheDir(getenv); dir != "" {
		return filepath.Join(dir, "pdac")
	}
	return ""
}

// userCacheDir is os.UserCacheDir for an environment that is passed in, and without
// an error where there is no such folder.
func userCacheDir(getenv func(string) string) string {
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if runtime.GOOS == "windows" {
		return getenv("LocalAppData")
	}
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return ""
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Caches")
	}
	return filepath.Join(home, ".cache")
}

// BuildID identifies the running program by the size and the time of its file,
// beside the version in it, which is the same for every build of a tree with
// uncommitted changes. It is "" if the file can't be read.
func BuildID() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	revision := ""
	if b, ok := debug.ReadBuildInfo(); ok {
		revision = b.Main.Version
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				revision += " " + s.Value
			}
		}
	}
	return fmt.Sprintf("%s %d %d", revision, info.Size(), info.ModTime().UnixNano())
}
