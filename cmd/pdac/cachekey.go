package main

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"runtime"
)

const cacheKeyBytes = 32

// cacheKey gives the user's secret that seals cached results, and makes it the
// first time. It lies outside of every repository, so that nobody can commit a
// cache that hides findings. Without a place for it there is no cache.
func (a *app) cacheKey() []byte {
	dir := a.userCache()
	if dir == "" {
		return nil
	}
	file := filepath.Join(dir, "pdac", "cache-key")
	if key, err := os.ReadFile(file); err == nil && len(key) == cacheKeyBytes {
		return key
	}
	key := make([]byte, cacheKeyBytes)
	rand.Read(key) // never fails
	if os.MkdirAll(filepath.Dir(file), 0o700) != nil || os.WriteFile(file, key, 0o600) != nil {
		return nil
	}
	return key
}

// userCache is the folder for the user's caches, by the process's environment.
func (a *app) userCache() string {
	if dir := a.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if runtime.GOOS == "windows" {
		return a.Getenv("LocalAppData")
	}
	home := a.Getenv("HOME")
	if !filepath.IsAbs(home) {
		return ""
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Caches")
	}
	return filepath.Join(home, ".cache")
}
