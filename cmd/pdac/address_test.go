package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/rogpeppe/go-internal/testscript"
)

// companyNet is a network whose proxy opens every TLS connection with certificates of
// its own CA, as many companies do. Behind it, every host is a Panther.
type companyNet struct {
	panther *sandbox.Server
	ca      *x509.Certificate
	caKey   *ecdsa.PrivateKey

	mu sync.Mutex
	// base is where the last request went, without the path in the REST API.
	base string
}

// startCompany sets HTTPS_PROXY, and writes the CA to company-ca.pem.
func startCompany(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := sandbox.Open(context.Background(), sandbox.Options{Token: "sesame"})
	ts.Check(err)
	c := &companyNet{panther: s}
	c.caKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	der, err := c.sign(&x509.Certificate{Subject: pkix.Name{CommonName: "Acme CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, &c.caKey.PublicKey)
	ts.Check(err)
	c.ca, err = x509.ParseCertificate(der)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("company-ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	proxy := httptest.NewServer(http.HandlerFunc(c.connect))
	here := httptest.NewServer(http.HandlerFunc(c.serve))
	ts.Defer(func() { proxy.Close(); here.Close(); s.Close() })
	ts.Setenv("HTTPS_PROXY", proxy.URL)
	ts.Setenv("PANTHER_API_TOKEN", "sesame")
	ts.Setenv("LOOPBACK", here.Listener.Addr().String())
	companies.Store(ts, c)
}

var companies sync.Map

// sign signs a certificate with the CA, or with itself if it is the CA.
func (c *companyNet) sign(cert *x509.Certificate, key *ecdsa.PublicKey) ([]byte, error) {
	cert.SerialNumber, cert.NotBefore, cert.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := c.ca
	if parent == nil {
		parent = cert
	}
	return x509.CreateCertificate(rand.Reader, cert, parent, key, c.caKey)
}

// connect answers a CONNECT request, and serves the connection itself.
func (c *companyNet) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT is allowed", http.StatusMethodNotAllowed)
		return
	}
	raw, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(raw, "HTTP/1.1 200 Connection established\r\n\r\n")
	conn := tls.Server(raw, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := c.sign(&x509.Certificate{DNSNames: []string{hello.ServerName}}, &key.PublicKey)
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
	}})
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		req.RemoteAddr = "127.0.0.1:1"
		answer := httptest.NewRecorder()
		c.serve(answer, req)
		if answer.Result().Write(conn) != nil {
			return
		}
	}
}

func (c *companyNet) serve(w http.ResponseWriter, r *http.Request) {
	const api = "/api-tokens/self"
	path, ok := strings.CutSuffix(r.URL.EscapedPath(), api)
	if !ok {
		http.NotFound(w, r)
		return
	}
	c.mu.Lock()
	c.base = r.Host + path
	c.mu.Unlock()
	r.URL.Path, r.URL.RawPath = api, ""
	c.panther.ServeHTTP(w, r)
}

// addresses runs "pdac auth status" for each line of a file, "ADDRESS | BASE", with
// the address in each place where it can be set, and compares where the request went.
// "ADDRESS | ! TEXT" is refused with that text.
func addresses(ts *testscript.TestScript, _ bool, args []string) {
	v, ok := companies.Load(ts)
	if !ok {
		ts.Fatalf("start it first, with: company")
	}
	c := v.(*companyNet)
	dir := ts.MkAbs("addressed")
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		address, want, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if !ok {
			continue
		}
		loopback := ts.Getenv("LOOPBACK")
		address, want = strings.ReplaceAll(strings.TrimSpace(address), "LOOPBACK", loopback), strings.ReplaceAll(strings.TrimSpace(want), "LOOPBACK", loopback)
		for _, source := range []string{"--host", "PANTHER_API_HOST", "pdac.yaml", ".panther_settings.yml"} {
			ts.Check(os.RemoveAll(dir))
			ts.Check(os.MkdirAll(dir, 0o755))
			ts.Setenv("PANTHER_API_HOST", "")
			ts.Setenv("PDAC_ALLOWED_HOSTS", "")
			if !strings.Contains(address, ".runpanther.net") {
				ts.Setenv("PDAC_ALLOWED_HOSTS", address)
			}
			run := []string{"auth", "status", "-C", dir}
			switch source {
			case "--host":
				run = append(run, "--host", address)
			case "PANTHER_API_HOST":
				ts.Setenv(source, address)
			case "pdac.yaml":
				ts.Check(os.WriteFile(filepath.Join(dir, source), []byte("version: 1\napi:\n  host: "+address+"\n"), 0o644))
			default:
				ts.Check(os.WriteFile(filepath.Join(dir, source), []byte("api_host: "+address+"\n"), 0o644))
			}
			c.mu.Lock()
			c.base = ""
			c.mu.Unlock()
			err := ts.Exec("pdac", run...)
			if text, refused := strings.CutPrefix(want, "! "); refused {
				if err == nil || c.base != "" || !strings.Contains(ts.ReadFile("stderr"), text) || !strings.Contains(ts.ReadFile("stderr"), "host from "+source) {
					ts.Fatalf("%s in %s: %v, asked %q: %s", address, source, err, c.base, ts.ReadFile("stderr"))
				}
				continue
			}
			tenant := strings.TrimSuffix(want, ":443")
			if err != nil || c.base != want || !strings.Contains(ts.ReadFile("stdout"), " "+tenant+" (reached)") {
				ts.Fatalf("%s in %s: asked %q, want %q (%v)\n%s%s", address, source, c.base, want, err, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
			}
		}
	}
}

// prefixed serves a handler below a path only.
func prefixed(path string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.EscapedPath(), path+"/") {
			// As Amazon API Gateway does for a path that it doesn't have.
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"message":"Missing Authentication Token"}`)
			return
		}
		http.StripPrefix(path, h).ServeHTTP(w, r)
	})
}
