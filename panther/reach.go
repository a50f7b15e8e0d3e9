package panther

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// noHost is a host name that does not exist, which retrying can't fix.
type noHost struct {
	dns *net.DNSError
	// proxy is set if it is the host of the proxy.
	proxy bool
	// meaning explains the name if it is not what was given.
	meaning string
}

// Error names the host, and how it was derived from the setting.
func (e *noHost) Error() string {
	switch {
	case e.proxy:
		return fmt.Sprintf("the proxy %q was not found; check HTTPS_PROXY, or list Panther's host in NO_PROXY", e.dns.Name)
	case e.meaning != "":
		return fmt.Sprintf("host %q not found; %s", e.dns.Name, e.meaning)
	}
	return fmt.Sprintf("host %q not found; check the host", e.dns.Name)
}

func (e *noHost) Unwrap() error { return e.dns }

// advised is an error with what to do about it.
type advised struct {
	err    error
	advice string
}

func (e *advised) Error() string { return e.err.Error() + "; " + e.advice }
func (e *advised) Unwrap() error { return e.err }

// proxyError is a proxy that refused to connect to Panther.
type proxyError struct {
	status      int
	text        string
	proxy, host string
}

// Error names the proxy, its answer and the setting.
func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %q answered %q to a connection to %q; check HTTPS_PROXY, or list the host in NO_PROXY", e.proxy, e.text, e.host)
}

// proxyAnswer explains a proxy's refusal to connect. Without it, the error is only the
// text of the status.
func proxyAnswer(_ context.Context, proxy *url.URL, request *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{status: answer.StatusCode, text: answer.Status, proxy: proxy.Host, host: request.Host}
}

// maxCertBytes bounds the file of SSL_CERT_FILE, which is read to explain an error.
const maxCertBytes = 16 << 20

// unreached explains a failure before the request was sent that depends on the
// host, the network or the certificate; nil for other failures.
func (c *Client) unreached(err error) error {
	var op *net.OpError
	proxied := errors.As(err, &op) && op.Op == "proxyconnect"
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return &noHost{dns: dns, proxy: proxied, meaning: c.address.meaning()}
	}
	var refused *proxyError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &refused):
		return err
	case errors.As(err, &certificate):
		return c.untrusted(certificate)
	case proxied:
		return &advised{err, "check HTTPS_PROXY, or list Panther's host in NO_PROXY"}
	case op != nil && op.Op == "dial" && !op.Timeout() && c.address.bare != "":
		return &advised{err, c.address.meaning()}
	}
	return nil
}

// untrusted adds how to trust a certificate, if that can help.
func (c *Client) untrusted(err *tls.CertificateVerificationError) error {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		if meaning := c.address.meaning(); meaning != "" {
			return &advised{err, meaning}
		}
		return err
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &advised{err, "check the clock of this machine"}
	}
	// Go ignores a file that it can't use.
	if file := os.Getenv("SSL_CERT_FILE"); file != "" && runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		pem, readErr := readfile.Bounded(file, maxCertBytes)
		switch {
		case readErr != nil:
			return &advised{err, fmt.Sprintf("SSL_CERT_FILE is set to %q, which can't be read (%v)", file, readErr)}
		case !x509.NewCertPool().AppendCertsFromPEM(pem):
			return &advised{err, fmt.Sprintf("SSL_CERT_FILE is set to %q, which has no certificates in PEM form", file)}
		}
		return &advised{err, fmt.Sprintf("SSL_CERT_FILE is set to %q, which lacks the CA that signed it; add the CA if it is your company's", file)}
	}
	return &advised{err, "if a company proxy or your own CA signed it, set SSL_CERT_FILE to a PEM file with that CA (on macOS and Windows, add the CA to the system)"}
}
