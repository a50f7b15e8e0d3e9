package report

import (
	"net/url"
	"path"
	"strings"
)

// Hyperlinks makes links in text with the escape sequence OSC 8. The zero value makes
// none.
type Hyperlinks struct {
	// On says that the terminal supports them.
	On bool
	// Root is the absolute path of the repository's folder, with slashes, and Host the
	// name of this machine, which a terminal compares with its own.
	Root, Host string
}

// to returns a text that links to an address; the text alone without one.
func (h Hyperlinks) to(address, text string) string {
	if !h.On || address == "" {
		return text
	}
	// A link ends at a string terminator, so nothing of the address may be a control
	// character; url.URL escapes them.
	return "\x1b]8;;" + address + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// file returns a text that links to a file of the repository.
func (h Hyperlinks) file(name, text string) string {
	if h.Root == "" || name == "" {
		return text
	}
	full := path.Join(h.Root, name)
	if !strings.HasPrefix(full, "/") { // a drive of Windows
		full = "/" + full
	}
	return h.to((&url.URL{Scheme: "file", Host: h.Host, Path: full}).String(), text)
}
