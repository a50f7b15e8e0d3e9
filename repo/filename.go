package repo

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/panther"
)

// tokens splits an id into lower-case words; camel splits AccessKeyMade too.
func tokens(id string, camel bool) []string {
	var b strings.Builder
	rs := []rune(id)
	for i, r := range rs {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			b.WriteByte(' ')
			continue
		}
		if camel && i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(rs[i-1]) || unicode.IsDigit(rs[i-1]) || unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(b.String())
}

// naming is how a folder names files after the ids in them.
type naming struct {
	sep   string
	camel bool
	drop  int // the number of leading words of the id to drop
}

var plainName = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_]*$`)

// fileName returns the name for an entity's files without extension, in the
// style of nearby items, and the extension of the spec.
func (p *Placer) fileName(e panther.Entity, near []*Item) (name, ext string) {
	ext = ".yml"
	yaml := 0
	for _, it := range near {
		if path.Ext(it.Path) == ".yaml" {
			yaml++
		}
	}
	if yaml*2 > len(near) {
		ext = ".yaml"
	}
	if e.Kind == panther.Global && plainName.MatchString(e.ID) && !reserved(e.ID) && len(e.ID) <= longestName {
		return e.ID, ext // the module's name, which others import
	}
	if e.Kind == panther.DataModel && len(near) == 0 {
		if lt := texts(e.Fields[panther.FieldLogTypes]); len(lt) > 0 {
			return safe(strings.Join(tokens(lt[0], false), "_")+"_data_model", string(e.Kind)+"\x00"+e.ID), ext
		}
	}
	n := manner(e, near)
	words := tokens(e.ID, n.camel)
	if n.drop < len(words) {
		words = words[n.drop:]
	}
	return safe(strings.Join(words, n.sep), string(e.Kind)+"\x00"+e.ID), ext
}

// manner returns the naming that explains most of the existing names.
func manner(e panther.Entity, near []*Item) naming {
	best, most := naming{sep: "_", camel: true}, 0
	for _, camel := range []bool{true, false} {
		for _, sep := range []string{"_", "-", "."} {
			mine := tokens(e.ID, camel)
			for drop := 0; drop < 4 && drop < max(len(mine), 1); drop++ {
				hits := 0
				for _, it := range near {
					theirs := tokens(it.ID, camel)
					if len(theirs) <= drop || !slices.Equal(theirs[:drop], mine[:min(drop, len(mine))]) {
						continue
					}
					if stem := strings.TrimSuffix(path.Base(it.Path), path.Ext(it.Path)); strings.EqualFold(stem, strings.Join(theirs[drop:], sep)) {
						hits++
					}
				}
				if hits > most {
					best, most = naming{sep, camel, drop}, hits
				}
			}
		}
	}
	return best
}

// longestName is the maximum length of a file name, far below the limit of any
// file system.
const longestName = 100

// safe returns a name that is valid on every file system. If characters are
// lost, it adds a digest of whole, so that different ids have different names.
func safe(name, whole string) string {
	var b strings.Builder
	lost := false
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.':
			b.WriteRune(r)
		default:
			lost = true
		}
	}
	out := strings.Trim(b.String(), "_-.")
	if whole == "" {
		return out[:min(len(out), longestName)]
	}
	sum := sha256.Sum256([]byte(whole))
	digest := hex.EncodeToString(sum[:4])
	if len(out) > longestName {
		out, lost = strings.Trim(out[:longestName-9], "_-."), true
	}
	switch {
	case out == "":
		kind, _, _ := strings.Cut(whole, "\x00")
		return kind + "_" + digest
	case lost:
		return out + "_" + digest
	case reserved(out):
		kind, _, _ := strings.Cut(whole, "\x00")
		return out + "_" + kind
	}
	return out
}

// reserved reports whether a name is reserved on Windows, with any extension.
func reserved(name string) bool {
	head, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch head {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(head) == 4 && (strings.HasPrefix(head, "com") || strings.HasPrefix(head, "lpt")) && head[3] >= '0' && head[3] <= '9'
}
