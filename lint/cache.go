package lint

// cacheFormat counts up when what is kept changes its form.
const cacheFormat = 1

// cache keeps records by what they depend on. A nil cache keeps nothing.
type cache struct{}

// find gives the record of a file, or nil. bodyHash names the content that a
// spec's Python file has now.
func (c *cache) find(path, hash string, bodyHash func(path string) string) *record { return nil }

func (c *cache) put(r *record) *record { return r }

func openCache(Options) (*cache, error) { return nil, nil }

func (c *cache) save() error { return nil }
