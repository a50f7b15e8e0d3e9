package panther_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/panther"
)

// TestTheProxysRefusal: a proxy that won't connect is named with its answer, and is
// asked again only where that may help.
func TestTheProxysRefusal(t *testing.T) {
	for status, dials := range map[int]int{http.StatusProxyAuthRequired: 1, http.StatusForbidden: 1, http.StatusBadGateway: 2} {
		asked := 0
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if r.Method != http.MethodConnect || r.Header.Get("X-API-Key") != "" {
				t.Errorf("the proxy got %s with the token %q", r.Method, r.Header.Get("X-API-Key"))
			}
			w.WriteHeader(status)
		}))
		defer proxy.Close()
		at, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		// The client's own transport explains the refusal, so it is made here as the
		// client makes it, with another proxy.
		old := http.DefaultTransport
		own := old.(*http.Transport).Clone()
		own.Proxy = http.ProxyURL(at)
		http.DefaultTransport = own
		c, err := panther.NewClient(panther.Options{Host: "api.acme.runpanther.net", Token: secret, Tries: 2, FirstWait: 1, LongestWait: 1})
		http.DefaultTransport = old
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.List(t.Context(), panther.Rule)
		want := `the proxy "` + at.Host + `" answered "` + fmt.Sprintf("%d %s", status, http.StatusText(status)) + `" to a connection to "api.acme.runpanther.net:443"; check HTTPS_PROXY, or list the host in NO_PROXY`
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: got %v, want it to say %s", status, err, want)
		}
		if asked != dials {
			t.Errorf("%d: asked %d times, want %d", status, asked, dials)
		}
	}
}

// TestAWrongCertificateForAHostWithoutAPI: a wildcard name may lead to another
// server, whose certificate shows it.
func TestAWrongCertificateForAHostWithoutAPI(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	road := web.Client().Transport.(*http.Transport).Clone()
	road.TLSClientConfig.ServerName = ""
	road.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, web.Listener.Addr().String())
	}
	for host, want := range map[string]string{
		"https://panther.corp.invalid": `not panther.corp.invalid`,
		"panther.corp.invalid":         `not api.panther.corp.invalid; "panther.corp.invalid" means https://api.panther.corp.invalid, as in panther_analysis_tool`,
	} {
		c, err := panther.NewClient(panther.Options{Host: host, Token: secret, Transport: road})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.List(t.Context(), panther.Rule); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SSL_CERT_FILE") {
			t.Errorf("%s: got %v, want it to say %q", host, err, want)
		}
	}
}
