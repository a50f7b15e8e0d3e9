package panther

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// OtherError says that Panther answered a request about one entity with another one.
type OtherError struct {
	Method, Path string
	// Asked is the entity of the request, and Got that of the answer.
	Asked, Got Key
}

// Error names both entities.
func (e *OtherError) Error() string {
	return fmt.Sprintf("Panther answered %s %s, which is about %s, with %s", e.Method, e.Path, e.Asked, e.Got)
}

// IsOther reports whether Panther answered with another entity than it was asked about.
func IsOther(err error) bool {
	var other *OtherError
	return errors.As(err, &other)
}

// sameAs returns an error if an answer is about another entity than the request. A query
// may have another name in the console now, so only its server id counts, if it is known.
func (c *Client) sameAs(asked Entity, got Entity, method, path string, body []byte) error {
	if asked.ServerID != "" && asked.ServerID == got.ServerID || asked.ServerID == "" && asked.ID == got.ID {
		return nil
	}
	err := &OtherError{Method: method, Path: path, Asked: asked.Key, Got: got.Key}
	if asked.ServerID != "" {
		err.Asked.ID, err.Got.ID = asked.ServerID, got.ServerID
	}
	err.Got.ID = c.said(err.Got.ID)
	return c.unread(method, body, err)
}

// Refuted returns the error of a write that may have taken effect after reading back
// showed that it has not. It says what was found, in place of what Panther reported.
func Refuted(err error, found string) error {
	var doubt *doubtful
	if errors.As(err, &doubt) && doubt.reported {
		found = "Panther reported success, but " + found
	}
	return Explained(err, found)
}

// Explained returns the error of a write that may have taken effect with what reading
// back found, in place of the doubt.
func Explained(err error, found string) error {
	var doubt *doubtful
	if !errors.As(err, &doubt) {
		return fmt.Errorf("%w; %s", err, found)
	}
	return &doubtful{err: doubt.err, why: found}
}

// A pageError is a web page in place of an answer.
type pageError struct{ method, path string }

func (e *pageError) Error() string {
	return fmt.Sprintf("the response to %s %s is a web page and not JSON; a proxy or a login page may have answered in place of Panther, so check the host", e.method, e.path)
}

// pageAnswer is the error for a web page that a call was answered with.
func pageAnswer(k call) error {
	err := &pageError{k.method, k.path}
	if !k.reads() {
		return &doubtful{err: err, why: "it is unknown whether Panther received the request"}
	}
	return err
}

// isPage reports whether a body is a web page.
func isPage(h http.Header, body []byte) bool {
	start := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n\ufeff")
	return strings.HasPrefix(start, "<") || start != "" && !strings.HasPrefix(start, "{") && !strings.HasPrefix(start, "[") && strings.Contains(h.Get("Content-Type"), "html")
}

// maxSaid and maxShort are how many characters of a text of the server, and of a name in
// it, an error quotes; maxTests is how many failed tests it lists.
const (
	maxSaid  = 500
	maxShort = 120
	maxTests = 50
)

// said returns a text of the server as an error quotes it: one line of a limited length,
// without the token and without characters that a terminal acts on.
func (c *Client) said(text string) string { return c.cut(text, maxSaid) }

func (c *Client) cut(text string, limit int) string {
	if len(text) > 64*maxSaid {
		text = text[:64*maxSaid] // hide looks at all of it
	}
	text = strings.ToValidUTF8(c.hide(text), "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > limit {
		text = strings.TrimSpace(string(runes[:limit])) + "…"
	}
	return text
}
