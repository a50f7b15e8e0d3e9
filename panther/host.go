package panther

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// graphQL is the path that users of Panther's own tool have in PANTHER_API_HOST
// (source: Panther's documentation); the REST API is on the same host.
const graphQL = "/public/graphql"

// ParseHost reads the address of a Panther deployment as people write it: a
// host name, a URL, or the GraphQL address of Panther's own tool. It gives the
// base of the REST API. Plain http is taken only for a loopback address, since
// the token travels in a header.
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

// Loopback tells whether a host name or address is this machine's own.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
