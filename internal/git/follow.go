package git

import (
	"io/fs"
	"path"
	"strings"
)

// maxLinks bounds a chain of links, as Linux does.
const maxLinks = 40

type nodeKind int

const (
	nodeMissing nodeKind = iota
	nodeFile
	nodeFolder
	nodeLink
	// nodeForeign exists but isn't content of this tree.
	nodeForeign
)

type node struct {
	kind nodeKind
	// target is a link's target.
	target string
	// reason says why a foreign node isn't content.
	reason string
}

// follow finds the regular file that a path names, through links in any of its
// parts. look says what is at a path whose folders aren't links.
func follow(start string, look func(path string) (node, error)) (string, error) {
	var target string
	linked, links := false, 0
	fail := func(linkReason, pathReason string, err error) error {
		if linked {
			return &LinkError{Path: start, Target: target, Reason: linkReason}
		}
		return &PathError{Path: start, Reason: pathReason, Err: err}
	}
	var at string
	kind := nodeFolder
	pending := strings.Split(start, "/")
	for len(pending) > 0 {
		part := pending[0]
		pending = pending[1:]
		if part == "" || part == "." {
			continue
		}
		if kind != nodeFolder {
			return "", fail("does not exist", "does not exist", fs.ErrNotExist)
		}
		if part == ".." {
			if at == "" {
				return "", fail("leads out of the folder that is read", "leads out of the folder that is read", nil)
			}
			at = strings.TrimPrefix(path.Dir("/"+at), "/")
			continue
		}
		if strings.HasPrefix(part, ".") {
			return "", fail("is hidden", "is hidden; hidden files are ignored", nil)
		}
		n, err := look(path.Join(at, part))
		if err != nil {
			return "", err
		}
		switch n.kind {
		case nodeMissing:
			return "", fail("does not exist", "does not exist", fs.ErrNotExist)
		case nodeForeign:
			return "", fail(n.reason, n.reason, nil)
		case nodeLink:
			linked, target = true, n.target
			if links++; links > maxLinks {
				return "", fail("leads back to itself", "", nil)
			}
			if n.target == "" {
				return "", fail("does not exist", "", nil)
			}
			if strings.HasPrefix(n.target, "/") || isWindowsAbsolute(n.target) {
				return "", fail("is an absolute path", "", nil)
			}
			pending = append(strings.Split(n.target, "/"), pending...)
		default:
			at, kind = path.Join(at, part), n.kind
		}
	}
	if kind != nodeFile {
		return "", fail("is a folder", "is a folder; name a file", nil)
	}
	return at, nil
}

// foldersOf returns every folder that holds one of the paths, at any depth.
func foldersOf[T any](files map[string]T) map[string]bool {
	out := map[string]bool{}
	for p := range files {
		for dir := path.Dir(p); dir != "." && !out[dir]; dir = path.Dir(dir) {
			out[dir] = true
		}
	}
	return out
}
