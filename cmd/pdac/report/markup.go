package report

import (
	"html"
	"path"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/sync"
)

// Links says where on the web the files and commits of a repository are. The zero value
// makes no links.
type Links struct {
	// Repository is the address of the repository, such as
	// https://github.com/acme/detections.
	Repository string
	// Separator is what GitLab has between the address and the rest: "/-".
	Separator string
	// Root is the folder of the content, relative to the top of the git repository.
	Root string
	// Revision is the commit that has the files if a report does not name one.
	Revision string
}

// repositoryAddress matches addresses that mean nothing in Markdown and HTML.
var repositoryAddress = lazyregexp.New(`^https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._~-]+)+$`)

// longestAddress is the longest path that is linked, in bytes.
const longestAddress = 1_000

// file returns the address of a file at a revision; "" if it is unknown.
func (l Links) file(revision, name string) string {
	if revision = strings.TrimSuffix(revision, "-dirty"); !isHash(revision) {
		revision = l.Revision
	}
	if !isHash(revision) || name == "" || !repositoryAddress.MatchString(l.Repository) {
		return ""
	}
	escaped := escapePath(path.Join(l.Root, name))
	if len(escaped) > longestAddress {
		return ""
	}
	return l.Repository + l.Separator + "/blob/" + revision + "/" + escaped
}

// shortHash is how much of the id of a commit is in addresses, which both forges complete.
const shortHash = 12

// commit returns the address of a commit; "" if it is unknown.
func (l Links) commit(hash string) string {
	if !isHash(hash) || !repositoryAddress.MatchString(l.Repository) {
		return ""
	}
	return l.Repository + l.Separator + "/commit/" + hash[:shortHash]
}

// escapePath writes every byte with a meaning in an address, in Markdown or in HTML as
// an escape.
func escapePath(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '/', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// markup writes what is on a line of a comment: as Markdown, or as HTML where Markdown
// is not read, such as in a summary.
type markup struct {
	quote  quoter
	strong func(string) string
	// link links a text that is already written, unless the address is "".
	link  func(text, address string) string
	links Links
}

// inMarkdown and inHTML return the two kinds of markup.
func inMarkdown(l Links) markup {
	return markup{quote: code, links: l,
		strong: func(s string) string { return "**" + s + "**" },
		link: func(text, address string) string {
			if address == "" {
				return text
			}
			return "[" + text + "](" + address + ")"
		},
	}
}

func inHTML(l Links) markup {
	return markup{quote: tag, links: l,
		strong: func(s string) string { return "<b>" + s + "</b>" },
		link: func(text, address string) string {
			if address == "" {
				return text
			}
			return `<a href="` + html.EscapeString(address) + `">` + text + "</a>"
		},
	}
}

// revision writes a revision with a link to its commit.
func (m markup) revision(s string) string {
	return m.link(m.quote(shortRevision(s), 60), m.links.commit(strings.TrimSuffix(s, "-dirty")))
}

// commit writes who made a commit, with a link to it.
func (m markup) commit(c sync.Commit) string {
	who := c
	who.Time = nil
	out := commit(who, m.quote)
	if address := m.links.commit(c.Hash); address != "" {
		return m.link(out[:7], address) + out[7:]
	}
	return out
}

// entity writes the kind and the id of an entity, with a link to its file, or else with
// its path.
func (m markup) entity(kind, id, file, address string) string {
	out := m.quote(kind, 40) + " " + m.link(m.quote(id, 120), address)
	if address == "" && file != "" {
		out += " in " + m.quote(file, 200)
	}
	return out
}
