package panther_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// wire connects a client to a sandbox behind a real socket. Each request has a
// connection of its own, since net/http itself repeats reads on kept ones.
func wire(t *testing.T, change ...func(*panther.Options)) *rig {
	t.Helper()
	r := connectForOps(t)
	road := http.DefaultTransport.(*http.Transport).Clone()
	road.DisableKeepAlives = true
	web := httptest.NewServer(r.server)
	t.Cleanup(web.Close)
	r.client, r.log = dial(t, road, append([]func(*panther.Options){func(o *panther.Options) { o.Host = web.URL }}, change...)...)
	return r
}

func TestOverHTTP(t *testing.T) {
	eachOp(t, func(t *testing.T, o op) { o.check(t, wire(t), 1, false, true, false) })
}

// TestOwnTransport leaves the transport to the client. The sandbox itself checks
// what comes.
func TestOwnTransport(t *testing.T) {
	s := openSandbox(t, sandbox.Options{})
	seed(t, s, panther.Rule, numbered(3)...)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	c, err := panther.NewClient(panther.Options{Host: web.URL, Token: secret})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.List(t.Context(), panther.Rule)
	if err != nil || len(list) != 3 || c.Tenant() != strings.TrimPrefix(web.URL, "http://") {
		t.Errorf("%d rules of %s, %v", len(list), c.Tenant(), err)
	}
}

func TestBrokenSockets(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the commit %v", after), func(t *testing.T) {
			eachOp(t, func(t *testing.T, o op) {
				r := wire(t)
				r.fault(sandbox.Fault{Break: true, After: after, Times: 1})
				if o.once {
					o.check(t, r, 1, true, after, true)
				} else {
					o.check(t, r, 2, false, true, false)
				}
			})
		})
	}
}

// TestAnswersThatStopHalfway: the status says success and the connection ends
// before the answer does.
func TestAnswersThatStopHalfway(t *testing.T) {
	eachOp(t, func(t *testing.T, o op) {
		if o.name == "delete" {
			return // its answer has no body
		}
		r := connectForOps(t)
		var n atomic.Int64
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if n.Add(1) > 1 {
				r.server.ServeHTTP(w, q)
				return
			}
			done := httptest.NewRecorder()
			r.server.ServeHTTP(done, q)
			w.Header().Set("Content-Length", fmt.Sprint(done.Body.Len()))
			_, _ = w.Write(done.Body.Bytes()[:done.Body.Len()/2])
		}))
		t.Cleanup(web.Close)
		road := &http.Transport{DisableKeepAlives: true}
		r.client, _ = dial(t, road, func(o *panther.Options) { o.Host = web.URL })
		if o.once {
			o.check(t, r, 1, true, true, true)
		} else {
			o.check(t, r, 2, false, true, false)
		}
	})
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestRefusedConnections: nothing has gone out, so even a create is repeated, if
// the host has answered before.
func TestRefusedConnections(t *testing.T) {
	eachOp(t, func(t *testing.T, o op) {
		r := connectForOps(t)
		web := httptest.NewServer(r.server)
		t.Cleanup(web.Close)
		nobody := closedPort(t)
		var dials atomic.Int64
		inner := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials.Add(1) <= 2 {
				addr = nobody
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
		first := true // Panther answers once before its connections are refused
		road := roundTrip(func(req *http.Request) (*http.Response, error) {
			if first {
				first = false
				return reply(404, `{"message":"no token"}`), nil
			}
			return inner.RoundTrip(req)
		})
		r.client, _ = dial(t, road, func(o *panther.Options) { o.Host = web.URL })
		if _, err := r.client.Self(t.Context()); err == nil {
			t.Fatal("the first answer was no error")
		}
		o.check(t, r, 1, false, true, false)
		if dials.Load() != 3 {
			t.Errorf("%d connections were tried", dials.Load())
		}
	})
}

// TestNobodyThere: whatever keeps a connection from being made, nothing was
// sent, and that is known.
func TestNobodyThere(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "") // errors name it
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of handshakes
	secure.StartTLS()
	t.Cleanup(secure.Close)
	nobody := closedPort(t)
	proxy := &url.URL{Scheme: "http", Host: nobody}
	silentHost, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never says a word
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silentHost.Close() })

	for _, tc := range []struct {
		name, host string
		// handshake bounds a TLS handshake, and timeout the whole call.
		handshake, timeout time.Duration
		proxy              *url.URL
		dials              int
		want               string
	}{
		{name: "refused", host: "http://" + nobody, dials: 1, want: "connection"},
		{name: "no such name", host: "https://no-such-host.invalid", dials: 1, want: `host "no-such-host.invalid" not found; check the host`},
		{name: "no api. name", host: "no-such-host.invalid", dials: 1, want: `host "api.no-such-host.invalid" not found; "no-such-host.invalid" means https://api.no-such-host.invalid, as in panther_analysis_tool; if this Panther has no such host, use the full URL, such as https://no-such-host.invalid`},
		{name: "a certificate that nobody signed", host: secure.URL, dials: 1, want: "certificate signed by unknown authority; if a company proxy or your own CA signed it, set SSL_CERT_FILE to a PEM file with that CA (on macOS and Windows, add the CA to the system)"},
		{name: "https to a plain server", host: "https://" + plain.Listener.Addr().String(), dials: 3, want: "HTTP response to HTTPS client"},
		{name: "a proxy that isn't there", host: "https://api.acme.runpanther.net", proxy: proxy, dials: 1, want: "check HTTPS_PROXY, or list Panther's host in NO_PROXY"},
		{name: "a proxy without a name", host: "https://api.acme.runpanther.net", proxy: &url.URL{Scheme: "http", Host: "no-such-host.invalid:3128"}, dials: 1, want: `the proxy "no-such-host.invalid" was not found; check HTTPS_PROXY, or list Panther's host in NO_PROXY`},
		{name: "no handshake", host: "https://" + silentHost.Addr().String(), handshake: time.Millisecond, dials: 3, want: "handshake timeout"},
		{name: "no handshake in time", host: "https://" + silentHost.Addr().String(), timeout: 20 * time.Millisecond, dials: 3, want: "no complete response within 20ms"},
	} {
		for _, o := range ops {
			t.Run(tc.name+" "+o.name, func(t *testing.T) {
				var dials atomic.Int64
				road := &http.Transport{TLSHandshakeTimeout: tc.handshake, Proxy: http.ProxyURL(tc.proxy)}
				road.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials.Add(1)
					if name, _, _ := net.SplitHostPort(addr); strings.HasSuffix(name, "no-such-host.invalid") {
						return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}}
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
				c, _ := dial(t, road, func(o *panther.Options) {
					o.Host, o.Tries, o.RequestsPerSecond, o.Timeout = tc.host, 3, -1, tc.timeout
				})
				err := o.call(t.Context(), c)
				var send *panther.SendError
				if !errors.As(err, &send) || send.Sent || panther.Uncertain(err) || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want it to say %q and that nothing was sent", err, tc.want)
				}
				if int(dials.Load()) != tc.dials {
					t.Errorf("%d connections were tried, want %d", dials.Load(), tc.dials)
				}
			})
		}
	}
}

// TestTransportsOfOtherMakes: a transport that doesn't tell how far a request
// came is believed when it says that it couldn't connect, and else not.
func TestTransportsOfOtherMakes(t *testing.T) {
	for step, sent := range map[string]bool{"dial": false, "read": true, "write": true} {
		eachOp(t, func(t *testing.T, o op) {
			r := connectForOps(t)
			n := 0
			r.client, _ = dial(t, roundTrip(func(q *http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return nil, &net.OpError{Op: step, Net: "tcp", Err: errors.New("no road")}
				}
				return r.server.Transport().RoundTrip(q)
			}))
			if sent && o.once {
				o.check(t, r, 0, true, false, true)
			} else {
				o.check(t, r, 1, false, true, false)
			}
		})
	}
}

func TestTrustedTLS(t *testing.T) {
	r := connectForOps(t)
	web := httptest.NewTLSServer(r.server)
	t.Cleanup(web.Close)
	r.client, _ = dial(t, web.Client().Transport, func(o *panther.Options) { o.Host = web.URL })
	ops[8].check(t, r, 1, false, true, false)
}

// TestRedirectsAreNotFollowed: the token must not travel, not even on the same
// host, since nobody has said that the other address is Panther's.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, elsewhere := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d elsewhere %v", status, elsewhere), func(t *testing.T) {
				var mu sync.Mutex
				var seen []http.Header
				other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, q.Header)
				}))
				t.Cleanup(other.Close)
				var n atomic.Int64
				here := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					n.Add(1)
					to := "/else" + q.URL.Path
					if elsewhere {
						to = other.URL + q.URL.Path
					}
					http.Redirect(w, q, to, status)
				}))
				t.Cleanup(here.Close)
				for i, o := range ops {
					c, _ := dialOdd(t, &http.Transport{DisableKeepAlives: true}, func(o *panther.Options) { o.Host = here.URL })
					err := o.call(t.Context(), c)
					var api *panther.APIError
					if !errors.As(err, &api) || api.Status != status || panther.Uncertain(err) {
						t.Errorf("%s: got %v", o.name, err)
						continue
					}
					for _, text := range []string{"it redirects to ", "pdac sends the token only to the configured host; check the host"} {
						if !strings.Contains(err.Error(), text) {
							t.Errorf("%s: %v does not say %q", o.name, err, text)
						}
					}
					if int(n.Load()) != i+1 {
						t.Errorf("%s: %d requests", o.name, n.Load())
					}
				}
				if len(seen) != 0 {
					t.Errorf("the other server got %v", seen)
				}
			})
		}
	}
}

// TestConnectionsAreKept: a client that forgets to read or close a body needs a
// new connection for the next call.
func TestConnectionsAreKept(t *testing.T) {
	r := connectForOps(t)
	var opened atomic.Int64
	web := httptest.NewUnstartedServer(r.server)
	web.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	web.Start()
	t.Cleanup(web.Close)
	road := &http.Transport{}
	t.Cleanup(road.CloseIdleConnections)
	c, _ := dial(t, road, func(o *panther.Options) { o.Host, o.PageSize = web.URL, 1 })
	r.seed(panther.Rule, numbered(10)...)
	for _, f := range []sandbox.Fault{{Status: 503, HTML: true, Times: 2}, {Status: 429, Skip: 4, Times: 2}} {
		r.fault(f)
	}
	for range 3 {
		if _, err := c.List(t.Context(), panther.Rule); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Get(t.Context(), panther.Key{Kind: panther.Rule, ID: "none"}, ""); !panther.IsNotFound(err) {
			t.Error(err)
		}
		if _, err := c.Create(t.Context(), sample(panther.Rule, "R"), panther.WriteOptions{}); !panther.IsExists(err) {
			t.Error(err)
		}
		if err := c.Delete(t.Context(), panther.Key{Kind: panther.Rule, ID: "none"}, ""); err != nil {
			t.Error(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections were opened", n)
	}
}

// TestWhatIsSent looks at the requests as they come in.
func TestWhatIsSent(t *testing.T) {
	r := wire(t, func(o *panther.Options) { o.UserAgent = "pdac/test" })
	r.server.Faults().OnRequest(func(_ int, q *http.Request) {
		kind := ""
		if q.ContentLength > 0 {
			kind = "application/json"
		}
		for name, want := range map[string]string{
			"X-API-Key": secret, "User-Agent": "pdac/test", "Accept": "application/json", "Content-Type": kind,
		} {
			if got := q.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", q.Method, q.URL, name, got, want)
			}
		}
		noSecret(t, "the address", q.URL.String())
		others := q.Header.Clone()
		others.Del("X-API-Key")
		noSecret(t, "another header", fmt.Sprint(others))
	})
	for _, o := range ops {
		if err := o.call(t.Context(), r.client); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
	}
}
