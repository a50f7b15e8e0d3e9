package sync

import (
	"net/url"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/panther"
)

// elsewhere is the folder of a record for entities deployed from other folders
// of the git repository, each under its escaped name. An entity that is missing
// in one folder was not removed from another.
const elsewhere = "kept-elsewhere"

// Reroot converts a path in a record of the folder from to one in a record of
// the folder to. Folders are relative to the top of the git repository; "" is
// the top.
func Reroot(file, from, to string) string {
	root, rest := origin(file, from)
	switch {
	case from == to:
		return file
	case root == to:
		return rest
	}
	return elsewhere + "/" + escapeRoot(root) + "/" + rest
}

// origin returns the folder that a file of a record was deployed from, and its
// path there. recorded is the folder of the record itself.
func origin(file, recorded string) (root, rest string) {
	if after, ok := strings.CutPrefix(file, elsewhere+"/"); ok {
		if name, rest, ok := strings.Cut(after, "/"); ok {
			if root, ok := unescapeRoot(name); ok {
				return root, rest
			}
		}
	}
	return recorded, file
}

// escapeRoot encodes a folder as a single name that is not hidden.
func escapeRoot(root string) string {
	if root == "" {
		root = "."
	}
	out := url.PathEscape(root)
	if after, ok := strings.CutPrefix(out, "."); ok {
		out = "%2E" + after
	}
	return out
}

func unescapeRoot(name string) (string, bool) {
	root, err := url.PathUnescape(name)
	if err != nil || escapeRoot(root) != name && root != "." {
		return "", false
	}
	if root == "." {
		root = ""
	}
	return root, true
}

// keptFolder matches the prefix that Recorded adds to files that can't keep
// their path.
var keptFolder = lazyregexp.New(`^(kept-[0-9]+/)+`)

// place returns the folder that an entity was deployed from, the path of its
// spec there, and whether other content may be at that path now, relative to
// the folder here.
func (b *Base) place(k panther.Key, here string) (root, spec string, moved bool) {
	it := b.item(k)
	if u, ok := b.unfinished(k); ok && (it == nil || !u.gone) {
		return u.root, u.path, false // its deployment was not recorded
	}
	if it == nil {
		return here, "", false
	}
	if b.Info.Record == "" {
		return b.Info.Root, it.Path, false
	}
	root, spec = origin(it.Path, b.Info.Root)
	own := keptFolder.ReplaceAllString(spec, "")
	return root, own, own != spec || spec != it.Path && root != here
}
