package git

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// getObject gives an object of any kind by its hash. The body belongs to the
// caller's call alone: it is valid until the next one.
type getObject func(hash string) (kind string, body []byte, err error)

// commitObject is what matters of a commit for walking through history.
type commitObject struct {
	hash string
	// tree is in git's binary form, as trees name trees.
	tree    string
	parents []string
	// when is the committer's time, in seconds.
	when int64
}

func parseCommit(hash string, body []byte) (*commitObject, error) {
	c := &commitObject{hash: hash}
	for key, value := range commitHeaders(body) {
		switch key {
		case "tree":
			raw, err := hex.DecodeString(string(value))
			if err != nil {
				return nil, fmt.Errorf("commit %s is damaged: it names no tree", hash)
			}
			c.tree = string(raw)
		case "parent":
			c.parents = append(c.parents, string(value))
		case "committer":
			_, _, when := parsePerson(value)
			c.when = when.Unix()
		}
	}
	if c.tree == "" {
		return nil, fmt.Errorf("commit %s is damaged: it names no tree", hash)
	}
	return c, nil
}

// commitHeaders gives the lines before the message, without the later lines of
// those that have several.
func commitHeaders(body []byte) func(yield func(key string, value []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for len(body) > 0 && body[0] != '\n' {
			var line []byte
			line, body, _ = bytes.Cut(body, []byte("\n"))
			key, value, _ := bytes.Cut(line, []byte(" "))
			if len(key) > 0 && !yield(string(key), value) {
				return
			}
		}
	}
}

// parsePerson reads "Name <mail> 1700000000 +0100". What can't be read is zero.
func parsePerson(value []byte) (name, mail string, when time.Time) {
	when = time.Unix(0, 0).UTC()
	open := bytes.IndexByte(value, '<')
	end := bytes.LastIndexByte(value, '>')
	if open < 0 || end < open {
		return strings.TrimSpace(string(value)), "", when
	}
	name = strings.TrimSpace(string(value[:open]))
	mail = strings.TrimSpace(string(value[open+1 : end]))
	f := strings.Fields(string(value[end+1:]))
	if len(f) == 0 {
		return name, mail, when
	}
	seconds, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return name, mail, when
	}
	when = time.Unix(seconds, 0).UTC()
	if len(f) > 1 {
		if zone, err := time.Parse("-0700", f[1]); err == nil {
			_, offset := zone.Zone()
			when = when.In(time.FixedZone("", offset))
		}
	}
	return name, mail, when
}

const longestSubject = 300

// describeCommit reads who made a commit, when and why.
func describeCommit(body []byte) About {
	var c About
	text := func(s string) string { return s }
	for key, value := range commitHeaders(body) {
		switch key {
		case "author":
			c.Author, c.Mail, c.Time = parsePerson(value)
		case "encoding":
			if name := strings.ToLower(string(value)); name == "latin1" || name == "latin-1" || name == "iso-8859-1" || name == "iso8859-1" {
				text = fromLatin1
			}
		}
	}
	_, message, _ := bytes.Cut(body, []byte("\n\n"))
	paragraph, _, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(string(message), "\r\n", "\n"), "\n"), "\n\n")
	c.Subject = oneLine(text(paragraph), longestSubject)
	c.Author, c.Mail = oneLine(text(c.Author), longestSubject), oneLine(text(c.Mail), longestSubject)
	return c
}

func fromLatin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}

// oneLine makes one line of a text that anybody may have written.
func oneLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// treeObject is a folder as git stores it.
type treeObject struct {
	entries []treeEntry
	size    int
}

// treeEntry is a file or folder; the zero entry is one that isn't there. Hash is
// in git's binary form.
type treeEntry struct {
	name string
	mode uint32
	hash string
}

const modeFolder = 0o40000

func (e treeEntry) folder() bool { return e.mode == modeFolder }

// parseTree reads a tree whose hashes have so many bytes.
func parseTree(body []byte, hashSize int) (*treeObject, error) {
	text := string(body)
	t := &treeObject{size: len(text), entries: make([]treeEntry, 0, len(text)/(hashSize+20))}
	for len(text) > 0 {
		space := strings.IndexByte(text, ' ')
		end := strings.IndexByte(text, 0)
		if space < 0 || end < space || len(text) < end+1+hashSize {
			return nil, fmt.Errorf("a tree is damaged: it ends in the middle of an entry")
		}
		mode, err := strconv.ParseUint(text[:space], 8, 32)
		if err != nil {
			return nil, fmt.Errorf("a tree is damaged: it has an entry of mode %q", text[:space])
		}
		t.entries = append(t.entries, treeEntry{name: text[space+1 : end], mode: canonicalMode(uint32(mode)), hash: text[end+1 : end+1+hashSize]})
		text = text[end+1+hashSize:]
	}
	return t, nil
}

// canonicalMode is the mode that git sees: of a file's permissions only whether
// it can be run counts.
func canonicalMode(mode uint32) uint32 {
	const kind, file, link, submodule = 0o170000, 0o100000, 0o120000, 0o160000
	switch mode & kind {
	case file:
		if mode&0o100 != 0 {
			return file | 0o755
		}
		return file | 0o644
	case link:
		return link
	case modeFolder:
		return modeFolder
	}
	return submodule
}

// find looks for a name, as a file's and as a folder's.
func (t *treeObject) find(name string) treeEntry {
	for _, folder := range []bool{false, true} {
		i, ok := slices.BinarySearchFunc(t.entries, name, func(e treeEntry, name string) int {
			return compareNames(e.name, e.folder(), name, folder)
		})
		if ok {
			return t.entries[i]
		}
	}
	return treeEntry{}
}

// compareNames is the order of a tree: git sorts folders as if a slash ended
// their names.
func compareNames(a string, aFolder bool, b string, bFolder bool) int {
	n := min(len(a), len(b))
	if c := strings.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	return int(byteAt(a, aFolder, n)) - int(byteAt(b, bFolder, n))
}

func byteAt(name string, folder bool, i int) byte {
	switch {
	case i < len(name):
		return name[i]
	case folder:
		return '/'
	}
	return 0
}

// treeCache keeps the trees of the last commits: a parent's trees are wanted
// again when it is visited itself. When the young ones are many they become the
// old ones, and those that were old go.
type treeCache struct {
	young, old map[string]*treeObject
	size       int
}

// maxTrees bounds the young trees, in bytes.
const maxTrees = 8 << 20

func (c *treeCache) get(hash string) *treeObject {
	if t := c.young[hash]; t != nil {
		return t
	}
	t := c.old[hash]
	if t != nil {
		c.put(hash, t)
	}
	return t
}

func (c *treeCache) put(hash string, t *treeObject) {
	if c.young == nil || c.size > maxTrees {
		c.old, c.young, c.size = c.young, map[string]*treeObject{}, 0
	}
	c.young[hash] = t
	c.size += t.size
}
