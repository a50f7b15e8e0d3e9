package sandbox

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultExample is in every error about the text of a fault.
const faultExample = `write it like "POST /rules 503 3x after 1 retry-after 2"`

// ParseFault parses a fault as it is written in a shell:
//
//	METHOD PATH OUTCOME [Nx] [after N] [retry-after SECONDS]
//
// The method is "*" for all. The path is a pattern in which a star matches anything
// but a slash; it also matches everything below it. The outcome is an HTTP status,
// "reset" (the connection is closed), "timeout" (no response ever comes), one of the
// Oddities (an odd success) or a delay such as 2s, after which the request is answered
// as usual. "3x" hits only three
// requests, "after 1" leaves the first one alone, and "retry-after 2" adds that
// header.
func ParseFault(text string) (Fault, error) {
	bad := func(format string, args ...any) (Fault, error) {
		return Fault{}, fmt.Errorf("fault %q: %s; %s", text, fmt.Sprintf(format, args...), faultExample)
	}
	words := strings.Fields(text)
	if len(words) < 3 {
		return bad("it needs a method, a path and an outcome")
	}
	method := strings.ToUpper(words[0])
	if !slices.Contains([]string{"*", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}, method) {
		return bad("%q is not a method; use GET, POST, PUT, DELETE or *", words[0])
	}
	if err := checkFaultPath(words[1]); err != nil {
		return bad("%v", err)
	}
	f := Fault{Match: method + " " + words[1], Below: true}
	if len(words[1]) > 1 {
		f.Match = strings.TrimRight(f.Match, "/")
	}
	if !f.outcome(words[2]) {
		return bad("%q is not an outcome; use a status from 400 to 599, reset, timeout, %s, or a delay such as 2s", words[2], oddWords())
	}
	rest := words[3:]
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		if n, err := strconv.Atoi(strings.TrimSuffix(word, "x")); err == nil && strings.HasSuffix(word, "x") {
			if n < 1 || f.Times != 0 {
				return bad("%q must be a number of requests, given once, such as 3x", word)
			}
			f.Times = n
			continue
		}
		if word != "after" && word != "retry-after" {
			return bad("%q is unknown; after the outcome come Nx, after N, or retry-after SECONDS", word)
		}
		if len(rest) == 0 {
			return bad("%q needs a number", word)
		}
		n, err := strconv.Atoi(rest[0])
		if err != nil || n < 0 {
			return bad("%q after %q is not a number", rest[0], word)
		}
		if word == "after" {
			f.Skip = n
		} else {
			f.RetryAfter = strconv.Itoa(n)
		}
		rest = rest[1:]
	}
	if f.RetryAfter != "" && f.Status == 0 {
		return bad("retry-after needs a status, because %q has no response of its own", words[2])
	}
	return f, nil
}

// outcome sets what the fault does, and reports whether the word is one.
func (f *Fault) outcome(word string) bool {
	if status, err := strconv.Atoi(word); err == nil {
		f.Status = status
		return status >= 400 && status <= 599
	}
	switch word {
	case "reset":
		f.Break = true
		return true
	case "timeout":
		f.Hang = true
		return true
	}
	if slices.Contains(Oddities(), Oddity(word)) {
		f.Odd = Oddity(word)
		return true
	}
	d, err := time.ParseDuration(word)
	f.Latency = d
	return err == nil && d > 0
}

func oddWords() string {
	var out []string
	for _, o := range Oddities() {
		out = append(out, string(o))
	}
	return strings.Join(out, ", ")
}

// checkFaultPath returns an error for a pattern that can't match a path of the API.
func checkFaultPath(pattern string) error {
	if pattern == "*" {
		return nil
	}
	roots := []string{"alerts", "api-tokens"}
	for _, c := range Collections() {
		roots = append(roots, string(c))
	}
	slices.Sort(roots)
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%q is not a valid pattern", pattern)
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(pattern, "/"), "/")
	matches := func(root string) bool { ok, err := path.Match(first, root); return ok && err == nil }
	if !strings.HasPrefix(pattern, "/") || !slices.ContainsFunc(roots, matches) {
		return fmt.Errorf("%q is not a path of the API; use * or a path that starts with /%s", pattern, strings.Join(roots, ", /"))
	}
	return nil
}
