package panther

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// APIError is an error response from Panther.
type APIError struct {
	Status       int
	Method, Path string
	// Message is Panther's own text, or the start of the body if there is none.
	Message string
	// Tests contains the unit tests that failed, if Panther ran them.
	Tests []TestResult
	// Advice says how to fix the problem.
	Advice string
	// reads reports that the request changes nothing in Panther.
	reads bool
}

// TestResult is the result of one unit test of a detection.
type TestResult struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Errored bool   `json:"errored"`
	// Reason is the error of the test's functions or of Panther, in one line.
	Reason string `json:"reason,omitempty"`
}

// Error is Panther's message, the failed unit tests and the advice, on one line.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Panther answered %d %s to %s %s", e.Status, strings.ToLower(http.StatusText(e.Status)), e.Method, e.Path)
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	for _, t := range e.Tests {
		verb := "failed"
		if t.Errored {
			verb = "could not run"
		}
		fmt.Fprintf(&b, "; unit test %q %s", t.Name, verb)
		if t.Reason != "" {
			fmt.Fprintf(&b, " (%s)", t.Reason)
		}
	}
	if e.Advice != "" {
		fmt.Fprintf(&b, "; %s", e.Advice)
	}
	return b.String()
}

// SendError is a request that got no complete response.
type SendError struct {
	Method, Path string
	// Sent reports whether Panther may have received the request and acted on
	// it.
	Sent bool
	Err  error
	// late reports that the response did not come in time, and reads that the request
	// changes nothing in Panther.
	late, reads bool
}

// Error says which request failed, and why.
func (e *SendError) Error() string {
	return fmt.Sprintf("no response from Panther to %s %s: %v", e.Method, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// doubtful is a failed call that may have taken effect.
type doubtful struct {
	err error
	why string
	// reported says that Panther reported success.
	reported bool
}

func (d *doubtful) Error() string { return d.err.Error() + "; " + d.why }
func (d *doubtful) Unwrap() error { return d.err }

// IsNotFound reports whether Panther responded that the entity does not exist.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsExists reports whether Panther refused a create because the entity exists.
func IsExists(err error) bool { return hasStatus(err, http.StatusConflict) }

func hasStatus(err error, status int) bool {
	var api *APIError
	return errors.As(err, &api) && api.Status == status
}

// Uncertain reports whether a write may have taken effect although it failed:
// the connection broke after the request was sent, a gateway gave up, or
// Panther reported success in a response that can't be parsed.
func Uncertain(err error) bool {
	var doubt *doubtful
	if errors.As(err, &doubt) {
		return true
	}
	var send *SendError
	if errors.As(err, &send) {
		return send.Sent && send.Method != http.MethodGet && !send.reads
	}
	var api *APIError
	return errors.As(err, &api) && api.Status >= 500 && api.Method != http.MethodGet && !api.reads
}

func (c *Client) apiError(k call, resp *http.Response, body []byte) error {
	var said struct {
		Message     string `json:"message"`
		TestResults []struct {
			Name            string
			Passed, Errored bool
			Error           *testError
			Functions       map[string]*struct {
				Output string
				Error  *testError
			}
		} `json:"testResults"`
	}
	e := &APIError{Status: resp.StatusCode, Method: k.method, Path: k.path, Advice: advice(resp.StatusCode, k), reads: k.reads()}
	// A part with an unexpected type must not hide the message.
	_ = json.Unmarshal(body, &said)
	page := strings.Contains(resp.Header.Get("Content-Type"), "html")
	if said.Message != "" {
		e.Message = c.said(said.Message)
	} else if t := strings.TrimSpace(c.hide(string(body))); t != "" && !page && !strings.HasPrefix(t, "<") {
		e.Message = c.cut(t, 40)
	}
	if e.Status == http.StatusForbidden && TokenRefused(e) {
		e.Advice = advice(http.StatusUnauthorized, k)
	}
	if e.Status == http.StatusForbidden && e.Message == noRoute {
		e.Advice = "the host has no API at this path; deployments behind Amazon API Gateway need a URL with its stage, such as https://ID.execute-api.REGION.amazonaws.com/v1"
	}
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode/100 == 3 {
		e.Message = fmt.Sprintf("it redirects to %q", c.said(to))
	}
	for _, t := range said.TestResults {
		if t.Passed && !t.Errored {
			continue
		}
		reason := t.Error.text()
		for _, name := range sortedKeys(t.Functions) {
			if f := t.Functions[name]; f != nil && f.Error.text() != "" && reason == "" {
				reason = name + ": " + f.Error.text()
			}
		}
		reason = c.said(reason)
		if len(e.Tests) == maxTests {
			break
		}
		e.Tests = append(e.Tests, TestResult{Name: c.cut(t.Name, maxShort), Passed: t.Passed, Errored: t.Errored, Reason: reason})
	}
	return e
}

// unread returns the error for a successful response that can't be used. The
// error quotes the response, which may contain the token, and a write has taken
// effect.
func (c *Client) unread(method string, answer []byte, err error) error {
	if text := string(answer); c.hide(text) != text {
		err = errors.New("the response can't be used, and is not quoted here because it contains the API token")
	}
	if method != http.MethodGet {
		return &doubtful{err: err, why: "Panther reported success, so the change may have taken effect", reported: true}
	}
	return err
}

// noRoute is what Amazon API Gateway answers for a path that it does not have.
const noRoute = "Missing Authentication Token"

// escapes matches the other ways in which JSON can write a character of a
// token.
var escapes = lazyregexp.New(`\\/|\\u00[0-7][0-9A-Fa-f]`)

// hide removes the token from a text. A server may echo what it was sent, and
// the token must not reach a log.
func (c *Client) hide(text string) string {
	plain := escapes.ReplaceAllStringFunc(text, func(e string) string {
		n, err := strconv.ParseUint(e[2:], 16, 8)
		if err != nil {
			return "/"
		}
		return string(rune(n))
	})
	if strings.Contains(plain, c.opts.Token) {
		text = plain
	}
	return strings.ReplaceAll(text, c.opts.Token, "[token]")
}

type testError struct{ Code, Message string }

// UnmarshalJSON reads an error, which is a plain text for a correlation rule.
func (t *testError) UnmarshalJSON(src []byte) error {
	if json.Unmarshal(src, &t.Message) == nil {
		return nil
	}
	type plain testError
	return json.Unmarshal(src, (*plain)(t))
}

func (t *testError) text() string {
	if t == nil {
		return ""
	}
	if t.Message != "" {
		return t.Message
	}
	return t.Code
}

// advice says what to do about a status.
func advice(status int, k call) string {
	switch status {
	case http.StatusUnauthorized:
		return "check the token; a new or rotated one takes up to a minute to work (pdac auth status --wait)"
	case http.StatusForbidden:
		return fmt.Sprintf("the token lacks the permission for %s, or this address is outside its allowed networks (pdac auth status shows both)", permissionFor(k))
	case http.StatusNotFound:
		if k.path == selfPath {
			return "check the host; some deployments need a URL with a path, such as /v1"
		}
	case http.StatusTooManyRequests:
		return "Panther is limiting requests; lower api.requests_per_second in pdac.yaml, or try again later"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "Panther did not recover while pdac retried; run the command again later"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "pdac sends the token only to the configured host; check the host"
	}
	return ""
}

// permissionFor returns the collection of a call, with the names of the
// permissions that are enough for it.
func permissionFor(k call) string {
	switch k.path {
	case graphQL:
		return k.about
	case alertsPath:
		return alertsPath + " (AlertRead)"
	}
	out := collectionOf(k.path)
	for _, kind := range Kinds() {
		if kind.Collection() != out {
			continue
		}
		names := kind.Permissions().Modify
		if k.reads() {
			names = kind.Permissions().Read
		}
		return fmt.Sprintf("%s (%s)", out, strings.Join(names, " or "))
	}
	return out
}

func collectionOf(path string) string {
	head, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + head
}
