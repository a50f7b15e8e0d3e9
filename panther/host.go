package panther

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// graphQL is the path in PANTHER_API_HOST for users of Panther's own tool
// (source: Panther's documentation). The REST API is on the same host.
const graphQL = "/public/graphql"

// ParseHost parses the address of a Panther deployment: a host name, a URL, or
// the GraphQL address of Panther's own tool. It returns the base URL of the
// REST API. Plain http is accepted only for a loopback address, because the
// token is sent in a header.
func ParseHost(s string) (*url.URL, error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return nil, fmt.Errorf("the Panther host is empty")
	}
	if !strings.Contains(text, "://") {
		scheme := "https://"
		if host, _, _ := strings.Cut(text, "/"); Loopback(hostOnly(host)) {
			scheme = "http://"
		}
		text = scheme + text
	}
	u, err := url.Parse(text)
	if err != nil && strings.ContainsAny(s, "@?#") {
		return nil, fmt.Errorf("the Panther host is not a valid address and contains more than a host; write it like api.acme.runpanther.net, and pass the token separately")
	}
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the Panther host %q is not a valid address; write it like api.acme.runpanther.net", s)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the Panther host %q contains more than a host; write it like api.acme.runpanther.net, and pass the token separately", u.Hostname())
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the Panther host %q starts with %s://; use https://", s, u.Scheme)
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return nil, fmt.Errorf("the Panther host %q uses http, which would expose the token to the network; use https://", s)
	}
	path := strings.TrimSuffix(u.Path, "/")
	if path != "" && path != graphQL {
		return nil, fmt.Errorf("the Panther host %q has the path %q; remove it", s, u.Path)
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

func hostOnly(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		return h
	}
	return strings.Trim(hostport, "[]")
}

// Loopback reports whether a host name or address is the local machine.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
