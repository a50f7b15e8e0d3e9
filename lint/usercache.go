package lint

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

// Cache says where results are kept from run to run. Without Root, Build or Key
// nothing is kept.
type Cache struct {
	// Root is the repository's folder. The results are below it, in .pdac/cache,
	// unless that is a link.
	Root string
	// Build names the program and its rules: results of another build aren't used.
	Build string
	// Key seals the results, so that a cache that somebody else put there isn't used.
	Key []byte
}

const cacheKeyBytes = 32

// UserCache returns the cache of a repository for the current user: named for the running program, and sealed with a secret
// in the user's own cache folder. The secret is created if needed and is never in a
// repository, so that nobody can commit a cache that hides findings. Without a place
// for the secret the cache is zero.
func UserCache(root string, getenv func(string) string) Cache {
	key := userKey(getenv)
	if key == nil {
		return Cache{}
	}
	return Cache{Root: root, Build: buildID(), Key: key}
}

func userKey(getenv func(string) string) []byte {
	dir := userCacheDir(getenv)
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, "pdac", "cache-key")
	if key, err := readfile.Bounded(file, cacheKeyBytes); err == nil && len(key) == cacheKeyBytes {
		return key
	}
	key := make([]byte, cacheKeyBytes)
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

// buildID identifies the running program by the size and the time of its file,
// beside the version in it, which is the same for every build of a tree with
// uncommitted changes. It is "" if the file can't be read.
func buildID() string {
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
