package panther_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"pgregory.net/rapid"
)

func TestAddressesAsPeopleWriteThem(t *testing.T) {
	const gateway = "abc123.execute-api.us-west-2.amazonaws.com"
	for _, tc := range []struct{ in, base, tenant, former, short string }{
		{"api.acme.runpanther.net", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"api.acme.runpanther.net/", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{" api.acme.runpanther.net\n", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"API.Acme.runpanther.net", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"api.acme.runpanther.net:8443", "https://api.acme.runpanther.net:8443", "api.acme.runpanther.net:8443", "", "api.acme.runpanther.net:8443"},
		{"api.acme.runpanther.net/public/graphql", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"acme.runpanther.net", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "acme.runpanther.net", "api.acme.runpanther.net"},
		{"acme.runpanther.net/", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "acme.runpanther.net", "api.acme.runpanther.net"},
		{"acme.runpanther.net:8443", "https://api.acme.runpanther.net:8443", "api.acme.runpanther.net:8443", "acme.runpanther.net:8443", "api.acme.runpanther.net:8443"},
		{"acme.runpanther.net/public/graphql", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "acme.runpanther.net", "api.acme.runpanther.net"},
		{"apiary.example", "https://api.apiary.example", "api.apiary.example", "apiary.example", "api.apiary.example"},
		{"https://acme.runpanther.net", "https://acme.runpanther.net", "acme.runpanther.net", "", "https://acme.runpanther.net"},
		{"https://acme.runpanther.net:8443/", "https://acme.runpanther.net:8443", "acme.runpanther.net:8443", "", "https://acme.runpanther.net:8443"},
		{"https://api.acme.runpanther.net/public/graphql", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"HTTPS://API.acme.runpanther.net/public/graphql/", "https://api.acme.runpanther.net", "api.acme.runpanther.net", "", "api.acme.runpanther.net"},
		{"https://host.example/public/graphql", "https://host.example", "host.example", "", "https://host.example"},
		{"https://" + gateway + "/v1/public/graphql", "https://" + gateway + "/v1", gateway + "/v1", "", gateway + "/v1"},
		{"https://" + gateway + "/v1/public/graphql/", "https://" + gateway + "/v1", gateway + "/v1", "", gateway + "/v1"},
		{"https://" + gateway + "/v1", "https://" + gateway + "/v1", gateway + "/v1", "", gateway + "/v1"},
		{"https://" + gateway + "/v1/", "https://" + gateway + "/v1", gateway + "/v1", "", gateway + "/v1"},
		{gateway + "/v1", "https://" + gateway + "/v1", gateway + "/v1", "", gateway + "/v1"},
		{gateway, "https://" + gateway, gateway, "", gateway},
		{"https://host.example//v1//public/graphql", "https://host.example/v1", "host.example/v1", "", "https://host.example/v1"},
		{"https://host.example/a/./b/../Panther", "https://host.example/a/Panther", "host.example/a/Panther", "", "https://host.example/a/Panther"},
		{"https://host.example/a%20b%2Fc", "https://host.example/a%20b%2Fc", "host.example/a%20b%2Fc", "", "https://host.example/a%20b%2Fc"},
		{"https://host.example/public", "https://host.example/public", "host.example/public", "", "https://host.example/public"},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080", "", "127.0.0.1:8080"},
		{"127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1", "127.0.0.1:8080/v1", "", "127.0.0.1:8080/v1"},
		{"http://127.0.0.1:8080/v1/public/graphql", "http://127.0.0.1:8080/v1", "127.0.0.1:8080/v1", "", "127.0.0.1:8080/v1"},
		{"localhost:1/", "http://localhost:1", "localhost:1", "", "localhost:1"},
		{"https://localhost:8443", "https://localhost:8443", "localhost:8443", "", "https://localhost:8443"},
		{"http://[::1]:99", "http://[::1]:99", "[::1]:99", "", "[::1]:99"},
		{"10.0.0.7:8443", "https://10.0.0.7:8443", "10.0.0.7:8443", "", "10.0.0.7:8443"},
	} {
		a, err := panther.ParseAddress(tc.in)
		if err != nil || a.String() != tc.base || a.Tenant() != tc.tenant || a.FormerTenant() != tc.former || a.Short() != tc.short {
			t.Errorf("%q: got %s, tenant %q, former %q, short %q (%v), want %+v", tc.in, a, a.Tenant(), a.FormerTenant(), a.Short(), err, tc)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "the Panther host is empty",
		"http://api.acme.runpanther.net":     "uses http, which would expose the token to the network; use https://",
		"http://api.acme.runpanther.net/v1":  "uses http, which would expose the token to the network; use https://",
		"ftp://x":                            "starts with ftp://; use https://",
		"https://user:pw@host/v1":            `"host" has a user name or a password in front; remove it, and pass the token separately`,
		"pw@host":                            `"host" has a user name or a password in front; remove it, and pass the token separately`,
		"https://host?x=pw":                  `"host" has a query or a fragment (after "?" or "#"); remove it, and pass the token separately`,
		"https://host/v1?":                   `has a query or a fragment`,
		"acme.runpanther.net#pw":             `has a query or a fragment`,
		"https://host/v1/public/graphql?pw":  `has a query or a fragment`,
		"http://localhost.evil.example":      "uses http",
		"https://":                           "is not a valid address; write it like api.acme.runpanther.net or https://api.acme.runpanther.net",
		"https:///v1":                        "is not a valid address",
		"a b":                                "is not a valid address",
		"https://host:notaport":              "is not a valid address",
		"https://host:99999":                 "has the port 99999, which does not exist; ports are 1 to 65535",
		"host:0/v1":                          "has the port 0, which does not exist",
		"https://host/internal/graphql":      "has the path /internal/graphql; write it with /public/graphql, or without a path",
		"host/v1/Public/GraphQL/":            "has the path /v1/Public/GraphQL/; write it with /public/graphql, or without a path",
		"https://x:pw%zz@api.acme.example/a": "is not a valid address and contains more than a host and a path; write it like",
	} {
		_, err := panther.ParseAddress(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to say %q", in, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: the error shows a password: %v", in, err)
		}
	}
}

// TestAddressesAreStable: the base, the short form and the GraphQL address of a
// deployment are addresses of the same deployment, and different bases have
// different tenants unless only the scheme differs.
func TestAddressesAreStable(t *testing.T) {
	part := rapid.SampledFrom([]string{"acme", "api", "example", "execute-api", "runpanther.net", "localhost", "127.0.0.1", "A"})
	path := rapid.SampledFrom([]string{"v1", "public", "graphql", "a%2Fb", "a b", ".", "..", "", "V1"})
	rapid.Check(t, func(r *rapid.T) {
		draw := func() (panther.Address, bool) {
			text := rapid.SampledFrom([]string{"", "https://", "http://"}).Draw(r, "scheme") + strings.Join(rapid.SliceOfN(part, 1, 3).Draw(r, "host"), ".")
			if rapid.Bool().Draw(r, "port") {
				text += ":8443"
			}
			for _, p := range rapid.SliceOfN(path, 0, 4).Draw(r, "path") {
				text += "/" + p
			}
			a, err := panther.ParseAddress(text)
			return a, err == nil
		}
		a, ok := draw()
		if !ok {
			return
		}
		for _, text := range []string{a.String(), a.String() + "/", a.Short(), a.String() + "/public/graphql"} {
			if strings.HasSuffix(a.String(), "/public/graphql") {
				continue // the address of a deployment whose path ends like that can't be written
			}
			if b, err := panther.ParseAddress(text); err != nil || b.String() != a.String() || b.Tenant() != a.Tenant() {
				r.Fatalf("%q: got %s (%v), want %s", text, b, err, a)
			}
		}
		b, ok := draw()
		trim := func(a panther.Address) string { _, rest, _ := strings.Cut(a.String(), "://"); return rest }
		if ok && (trim(a) == trim(b)) != (a.Tenant() == b.Tenant()) {
			r.Fatalf("%s and %s have the tenants %q and %q", a, b, a.Tenant(), b.Tenant())
		}
	})
}
