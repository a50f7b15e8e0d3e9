package repo

import (
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
)

// SQLKeys returns the keys of a query's spec that have a text, in order of
// precedence. It is empty for other specs.
func (it *Item) SQLKeys() []string {
	if it.Kind != panther.Query || it.Root == nil {
		return nil
	}
	var out []string
	for _, key := range panther.SQLKeys() {
		if n := yamlcore.Lookup(it.Root, key); n != nil && !isNull(n) {
			out = append(out, key)
		}
	}
	return out
}

// SQLText returns the text under one of SQLKeys.
func (it *Item) SQLText(key string) string { return lookupScalar(it, key) }

// WithSQL returns a copy of a query that is deployed with the text under a key.
func (it *Item) WithSQL(key string) *Item {
	out := *it
	out.SQLKey = key
	return &out
}

// WithoutSQL returns a copy of a query that is not deployed, because it has no
// text for the database that the texts are chosen for.
func (it *Item) WithoutSQL() *Item {
	out := *it
	out.NoSQL = true
	return &out
}

// sqlKey returns the key of the text that is deployed; "" if there is none.
func (it *Item) sqlKey() string {
	keys := it.SQLKeys()
	for _, key := range keys {
		if key == it.SQLKey {
			return key
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}
