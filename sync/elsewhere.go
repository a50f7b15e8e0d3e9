package sync

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pdac-dev/pdac/panther"
)

// elsewhere is the folder of a record that holds what was deployed from other
// folders of the git repository than the record's own, each under its name in
// one piece: what is missing in one folder wasn't removed from another one.
const elsewhere = "kept-elsewhere"

// Reroot gives the path in a record of the folder to of what has a path in a
// record of the folder from. Folders are named from the top of the git
// repository; "" is the top.
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

// origin gives the folder from which a file of a record was deployed, and its
// path there; recorded is the record's own folder.
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

// escapeRoot writes a folder as one name that isn't hidden.
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

// keptFolder is what Recorded puts before the files that can't keep their place.
var keptFolder = regexp.MustCompile(`^(kept-[0-9]+/)+`)

// place gives the folder from which an entity was deployed, the path of its
// spec there, and whether that place may hold something else today, seen from
// the folder here.
func (b *Base) place(k panther.Key, here string) (root, spec string, moved bool) {
	it := b.item(k)
	if b.Info.Record == "" {
		return b.Info.Root, it.Path, false
	}
	root, spec = origin(it.Path, b.Info.Root)
	own := keptFolder.ReplaceAllString(spec, "")
	return root, own, own != spec || spec != it.Path && root != here
}
