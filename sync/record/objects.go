package record

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// objectKind is a kind of object, by its number in packs.
type objectKind byte

const (
	kindCommit objectKind = 1
	kindTree   objectKind = 2
	kindBlob   objectKind = 3
)

func (k objectKind) String() string {
	return map[objectKind]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob"}[k]
}

// object is one thing for git to store.
type object struct {
	kind objectKind
	body []byte
	hash string
}

// hashing is how a repository names its objects.
type hashing struct{ sha256 bool }

func (h hashing) new() hash.Hash {
	if h.sha256 {
		return sha256.New()
	}
	return sha1.New()
}

func (h hashing) digits() int {
	if h.sha256 {
		return sha256Digits
	}
	return sha1Digits
}

func (h hashing) object(kind objectKind, body []byte) object {
	sum := h.new()
	sum.Write(objectHead(kind, len(body)))
	sum.Write(body)
	return object{kind: kind, body: body, hash: hex.EncodeToString(sum.Sum(nil))}
}

func objectHead(kind objectKind, size int) []byte {
	return append(strconv.AppendInt([]byte(kind.String()+" "), int64(size), 10), 0)
}

// objectSet collects objects, each once, those that others name before them.
type objectSet struct {
	hashing
	list []object
	seen map[string]bool
}

func (s *objectSet) add(kind objectKind, body []byte) string {
	o := s.object(kind, body)
	if !s.seen[o.hash] {
		s.seen[o.hash] = true
		s.list = append(s.list, o)
	}
	return o.hash
}

// folder is a git tree in the making.
type folder struct {
	files   map[string]string
	folders map[string]*folder
}

func newFolder() *folder { return &folder{files: map[string]string{}, folders: map[string]*folder{}} }

// addFiles adds blobs and trees, and gives the tree that holds all files.
func (s *objectSet) addFiles(files map[string][]byte) (string, error) {
	top := newFolder()
	for _, p := range slices.Sorted(maps.Keys(files)) {
		if reason := badPath(p); reason != "" {
			return "", &PathError{Path: p, Reason: reason}
		}
		if n := len(files[p]); n > maxFile {
			return "", &PathError{Path: p, Reason: fmt.Sprintf("has %d bytes, more than the %d that git servers take", n, maxFile)}
		}
		at := top
		parts := strings.Split(p, "/")
		for i, part := range parts[:len(parts)-1] {
			if _, clash := at.files[part]; clash {
				return "", &PathError{Path: p, Reason: fmt.Sprintf("lies in %q, which is a file too", strings.Join(parts[:i+1], "/"))}
			}
			next := at.folders[part]
			if next == nil {
				next = newFolder()
				at.folders[part] = next
			}
			at = next
		}
		name := parts[len(parts)-1]
		if at.folders[name] != nil {
			return "", &PathError{Path: p, Reason: "is a folder of other files too"}
		}
		at.files[name] = s.add(kindBlob, files[p])
	}
	return s.addFolder(top)
}

func (s *objectSet) addFolder(f *folder) (string, error) {
	type entry struct{ sortBy, mode, name, hash string }
	entries := make([]entry, 0, len(f.files)+len(f.folders))
	for name, hash := range f.files {
		entries = append(entries, entry{name, "100644", name, hash})
	}
	for name, sub := range f.folders {
		hash, err := s.addFolder(sub)
		if err != nil {
			return "", err
		}
		// git sorts folders as if their names ended in a slash.
		entries = append(entries, entry{name + "/", "40000", name, hash})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.sortBy, b.sortBy) })
	var body []byte
	for _, e := range entries {
		raw, err := hex.DecodeString(e.hash)
		if err != nil {
			return "", fmt.Errorf("write the folder of %q: %w", e.name, err)
		}
		body = append(append(append(body, e.mode+" "+e.name...), 0), raw...)
	}
	return s.add(kindTree, body), nil
}

// gitAlias is a name that Windows may take for git's own folder.
var gitAlias = regexp.MustCompile(`(?i)^git~[0-9]+[ .]*(:.*)?$`)

// driveLetter starts a path that is absolute on Windows, and that nothing reads.
var driveLetter = regexp.MustCompile(`^[A-Za-z]:[/\\]`)

// badPath says why a path can't be recorded. What can be loaded can be recorded,
// but for what git servers refuse.
func badPath(p string) string {
	switch {
	case p == "":
		return "names no file"
	case strings.ContainsRune(p, 0):
		return "holds a NUL character, which no file name can"
	case strings.HasPrefix(p, "/"), strings.HasPrefix(p, `\`), driveLetter.MatchString(p):
		return "is an absolute path; give it relative to the repository's folder"
	}
	for part := range strings.SplitSeq(p, "/") {
		switch {
		case part == "..":
			return `leads upwards with ".."`
		case part == "" || part == ".":
			return fmt.Sprintf("has a part %q that names nothing", part)
		case strings.HasPrefix(part, "."):
			return "is hidden, and hidden files are not content"
		case gitAlias.MatchString(part):
			return "has a name that stands for git's own folder on Windows"
		}
	}
	return ""
}
