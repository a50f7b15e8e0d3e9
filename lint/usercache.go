package lint

import "github.com/pdac-dev/pdac/internal/cachefile"

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

// UserCache returns the cache of a repository for the current user: named for the running program, and sealed with a secret
// in the user's own cache folder. The secret is created if needed and is never in a
// repository, so that nobody can commit a cache that hides findings. Without a place
// for the secret the cache is zero.
func UserCache(root string, getenv func(string) string) Cache {
	key := cachefile.UserKey(getenv)
	if key == nil {
		return Cache{}
	}
	return Cache{Root: root, Build: cachefile.BuildID(), Key: key}
}
