package panther

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// graphQL is the path in PANTHER_API_HOST for users of Panther's own tool
// (source: Panther's documentation). The REST API is beside it.
const graphQL = "/public/graphql"

// apiPrefix is what Panther's own tool puts in front of a host that is not a
// URL (source: panther_analysis_tool 1.7).
const apiPrefix = "api."

// Address is the address of a Panther deployment.
type Address struct {
	base *url.URL
	// bare is the host as it was given, if "api." was put in front of it; ""
	// otherwise.
	bare string
}

// ParseAddress parses the address of a Panther deployment:
//
//   - a URL, such as https://ID.execute-api.REGION.amazonaws.com/v1, which is
//     used as it is;
//   - the GraphQL address of Panther's own tool, which is such a URL followed by
//     /public/graphql;
//   - a host, such as api.acme.runpanther.net. A host without "api." gets it, as
//     in Panther's own tool: acme.runpanther.net is api.acme.runpanther.net. A
//     deployment whose host has no such name needs a URL. IP addresses, this
//     machine and hosts of Amazon API Gateway are used as they are.
//
// Plain http is accepted only for a loopback address, because the token is sent
// in a header.
func ParseAddress(s string) (Address, error) {
	text := strings.TrimSpace(s)
	if text == "" {
		return Address{}, errors.New("the Panther host is empty")
	}
	bare := !strings.Contains(text, "://")
	if bare {
		scheme := "https://"
		if host, _, _ := strings.Cut(text, "/"); Loopback(hostOnly(host)) {
			scheme = "http://"
		}
		text = scheme + text
	}
	const example = "write it like api.acme.runpanther.net or https://api.acme.runpanther.net"
	u, err := url.Parse(text)
	if err != nil && strings.ContainsAny(s, "@?#") {
		return Address{}, fmt.Errorf("the Panther host is not a valid address and contains more than a host and a path; %s, and pass the token separately", example)
	}
	if err != nil || u.Hostname() == "" {
		return Address{}, fmt.Errorf("the Panther host %q is not a valid address; %s", s, example)
	}
	switch {
	case u.User != nil:
		return Address{}, fmt.Errorf("the Panther host %q has a user name or a password in front; remove it, and pass the token separately", u.Hostname())
	case strings.ContainsAny(text, "?#"):
		return Address{}, fmt.Errorf(`the Panther host %q has a query or a fragment (after "?" or "#"); remove it, and pass the token separately`, u.Hostname())
	case u.Scheme != "https" && u.Scheme != "http":
		return Address{}, fmt.Errorf("the Panther host %q starts with %s://; use https://", s, u.Scheme)
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return Address{}, fmt.Errorf("the Panther host %q uses http, which would expose the token to the network; use https://", s)
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return Address{}, fmt.Errorf("the Panther host %q has the port %s, which does not exist; ports are 1 to 65535", s, u.Port())
	}
	a := Address{base: &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: "/"}}
	// JoinPath removes dots and double slashes.
	path := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(a.base.JoinPath(u.EscapedPath()).EscapedPath(), "/"), graphQL), "/")
	if strings.HasSuffix(strings.ToLower(path), "/graphql") {
		return Address{}, fmt.Errorf("the Panther host %q has the path %s; write it with %s, or without a path", s, u.EscapedPath(), graphQL)
	}
	if a.base = a.base.JoinPath(path); path == "" {
		a.base.Path = ""
	}
	if bare && !isWhole(a.base.Hostname()) {
		a.bare = a.base.Host
		a.base.Host = apiPrefix + a.base.Host
	}
	return a, nil
}

// isWhole reports whether a host without a scheme is used without "api." in
// front.
func isWhole(host string) bool {
	return strings.HasPrefix(host, apiPrefix) || net.ParseIP(host) != nil || Loopback(host) || strings.Contains(host, ".execute-api.")
}

// String is the base URL of the REST API, without a slash at its end.
func (a Address) String() string { return a.base.String() }

// Tenant names the deployment in plans and records: its host, with the port and
// the path if it has them. Deployments with different paths on one host have
// different names.
func (a Address) Tenant() string { return a.base.Host + a.base.EscapedPath() }

// ownHost matches the hosts of the API of deployments that Panther runs itself
// (source: Panther's documentation): api.TENANT.runpanther.net, and
// TENANT.runpanther.net. Others below that domain are not for tokens:
// logs.TENANT.runpanther.net hands what it receives to whoever owns the tenant.
var ownHost = lazyregexp.New(`^(api\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?\.runpanther\.net$`)

// Own reports whether the address is that of the API of a deployment that Panther
// runs itself, where nobody but Panther sees the requests.
func (a Address) Own() bool {
	return a.base != nil && a.base.Scheme == "https" && ownHost.MatchString(a.base.Hostname())
}

// Within reports whether the address is another one, or a path below it.
func (a Address) Within(other Address) bool {
	return strings.HasPrefix(a.String()+"/", other.String()+"/")
}

// FormerTenant is the name that records of the same setting had when "api." was
// not put in front of hosts; "" if it is the same.
func (a Address) FormerTenant() string {
	if a.bare == "" {
		return ""
	}
	return a.bare + a.base.EscapedPath()
}

// Short is the shortest text that ParseAddress reads as this address.
func (a Address) Short() string {
	if short, err := ParseAddress(a.Tenant()); err == nil && short.String() == a.String() {
		return a.Tenant()
	}
	return a.String()
}

// meaning explains a host that "api." was put in front of; "" for others.
func (a Address) meaning() string {
	if a.bare == "" {
		return ""
	}
	whole := *a.base
	whole.Host = a.bare
	return fmt.Sprintf("%q means %s, as in panther_analysis_tool; if this Panther has no such host, use the full URL, such as %s",
		a.bare, a.base.Scheme+"://"+a.base.Host, whole.String())
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
