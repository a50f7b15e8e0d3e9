package forge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pdac-dev/pdac/panther"
)

// maxAnswer is the largest answer that is read, in bytes. A page has up to 100 comments.
const maxAnswer = 32 << 20

// parseAPI checks the address of an API.
func parseAPI(name, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Hostname() == "":
		return nil, fmt.Errorf("%s is not an address; write it like https://github.example/api/v3", name)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s has more than a host and a path; pass the token separately", name)
	case u.Scheme != "https" && (u.Scheme != "http" || !panther.Loopback(u.Hostname())):
		return nil, fmt.Errorf("%s %q must start with https://, because the token is sent there", name, u.Redacted())
	}
	return u, nil
}

// checkToken refuses a token that can't be one.
func checkToken(token string) error {
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the token is empty or has characters that a token can't have")
	}
	return nil
}

// transport sends the token to one host, and repeats what failed for a while.
type transport struct {
	o      Options
	api    *url.URL
	header string
	value  string
}

func (o Options) client(api *url.URL, header, value string) *http.Client {
	return &http.Client{
		Transport: &transport{o: o, api: api, header: header, value: value},
		// A redirect could lead to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip sends a request until it is answered. A POST is repeated only if it was
// refused, because it may have taken effect otherwise.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.api.Scheme || req.URL.Host != t.api.Host {
		return nil, fmt.Errorf("the token is only for %s, not for %s", t.api.Host, req.URL.Host)
	}
	var last *http.Response
	resp, err := backoff.Retry(req.Context(), func() (*http.Response, error) {
		resp, text, err := t.attempt(req)
		if err != nil {
			if req.Method == http.MethodPost || req.Context().Err() != nil {
				err = backoff.Permanent(err)
			}
			last = nil
			return nil, err
		}
		last = resp
		switch wait := t.wait(resp.Header); {
		case limited(resp, text):
			if wait > t.o.LongestRetryAfter {
				return resp, nil
			}
			t.o.Logger.Info("waiting, because of a rate limit", "host", t.api.Host, "wait", wait)
			return nil, &backoff.RetryAfterError{Duration: wait}
		case resp.StatusCode >= 500 && req.Method != http.MethodPost:
			return nil, fmt.Errorf("%s %s answered %d", req.Method, req.URL.Path, resp.StatusCode)
		}
		return resp, nil
	}, backoff.WithBackOff(t.o.waits()), backoff.WithMaxTries(uint(t.o.Tries)), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			t.o.Logger.Debug("retrying", "method", req.Method, "path", req.URL.Path, "wait", wait, "why", err)
		}))
	if err != nil && last != nil && req.Context().Err() == nil {
		return last, nil // the last answer says more
	}
	return resp, err
}

// attempt sends a request once and reads the whole answer.
func (t *transport) attempt(req *http.Request) (*http.Response, string, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.o.Timeout)
	defer cancel()
	again := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, "", err
		}
		again.Body = body
	}
	again.Header.Set(t.header, t.value)
	again.Header.Set("User-Agent", t.o.UserAgent)
	resp, err := t.o.Transport.RoundTrip(again)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, "", fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, "", fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	t.o.Progress()
	t.o.Logger.Debug("call", "method", req.Method, "path", req.URL.Path, "status", resp.StatusCode, "bytes", len(body))
	return resp, string(body), nil
}

// limited reports whether a rate limit refused a request. GitHub answers 403 or 429 for
// its primary and its secondary limits (source: GitHub's documentation of rate limits);
// GitLab answers 429.
func limited(resp *http.Response, text string) bool {
	text = strings.ToLower(text)
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-Ratelimit-Remaining") == "0" ||
			strings.Contains(text, "secondary rate limit") || strings.Contains(text, "abuse detection")
	}
	return false
}

// wait returns how long a rate limit asks to wait.
func (t *transport) wait(h http.Header) time.Duration {
	if s := h.Get("Retry-After"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 {
			return time.Duration(min(n, 1<<20)) * time.Second
		}
		if at, err := http.ParseTime(s); err == nil {
			return max(at.Sub(t.o.Now()), 0)
		}
	}
	if h.Get("X-Ratelimit-Remaining") == "0" {
		if at, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(min(at, 1<<40), 0).Sub(t.o.Now()), t.o.FirstWait)
		}
	}
	return t.o.LimitedWait
}

// firstLine cuts what a server says to one line.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300]) + "…"
	}
	return s
}
