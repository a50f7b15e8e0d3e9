package panther

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// APIError is an answer of Panther that isn't a success.
type APIError struct {
	Status       int
	Method, Path string
	// Message is Panther's own text, or the start of the body where it sent none.
	Message string
	// Tests holds the unit tests that failed, where Panther ran them.
	Tests []TestResult
	// Advice says what to do about it.
	Advice string
}

// TestResult is how one unit test of a detection went.
type TestResult struct {
	Name    string
	Passed  bool
	Errored bool
	// Reason is what the test's functions or Panther said, in one line.
	Reason string
}

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

// SendError is a call to which no whole answer came.
type SendError struct {
	Method, Path string
	// Sent tells that Panther may have got the request and acted on it.
	Sent bool
	Err  error
}

func (e *SendError) Error() string {
	return fmt.Sprintf("no answer from Panther to %s %s: %v", e.Method, e.Path, e.Err)
}

func (e *SendError) Unwrap() error { return e.Err }

// IsNotFound tells whether Panther said that the thing isn't there.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsExists tells whether Panther refused to create what exists already.
func IsExists(err error) bool { return hasStatus(err, http.StatusConflict) }

func hasStatus(err error, status int) bool {
	var api *APIError
	return errors.As(err, &api) && api.Status == status
}

// Uncertain tells that a write may have been done although it failed: the
// connection broke after the request went out, or a server in between gave up.
func Uncertain(err error) bool {
	var send *SendError
	if errors.As(err, &send) {
		return send.Sent
	}
	var api *APIError
	return errors.As(err, &api) && api.Status >= 500
}

// advice says what a person does about a status.
func advice(status int, path string) string {
	switch status {
	case http.StatusUnauthorized:
		return "check the token; a new or rotated one takes up to a minute to work (pdac auth status --wait)"
	case http.StatusForbidden:
		return fmt.Sprintf("the token lacks the permission for %s, or this address is outside its allowed networks (pdac auth status shows both)", collectionOf(path))
	case http.StatusTooManyRequests:
		return "Panther asks for fewer requests; lower api.requests_per_second in pdac.yaml, or try again later"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "Panther did not recover while pdac tried again; run the command again later"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "pdac sends the token to the configured host only; check the host"
	}
	return ""
}

func collectionOf(path string) string {
	head, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + head
}
