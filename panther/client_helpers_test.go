package panther_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
)

// secret is the token of every test. It is long, so that a text that is cut
// short might still show a part of it.
const secret = "tkn-Zq7XwVuT5sRqPoNm3lKjIhGfEdCbA-0123456789-end"

// rig is a client in front of an embedded Panther.
type rig struct {
	t      testing.TB
	server *sandbox.Server
	client *panther.Client
	log    *logBook
}

// connect opens a sandbox and a client of it. All traffic is checked against
// the description; at the end all bodies must be closed and no log show the token.
func connect(t testing.TB, o sandbox.Options, change ...func(*panther.Options)) *rig {
	t.Helper()
	s := openSandbox(t, o)
	c, book := dial(t, s.Transport(), change...)
	return &rig{t, s, c, book}
}

// connectFuture is connect to a Panther whose entities have fields that the description
// lacks.
func connectFuture(t testing.TB, o sandbox.Options) *rig {
	t.Helper()
	s := openSandbox(t, o)
	c, book := dialAllowing(t, s.Transport(), sandbox.ContractOptions{Unknown: true})
	return &rig{t, s, c, book}
}

func openSandbox(t testing.TB, o sandbox.Options) *sandbox.Server {
	t.Helper()
	o.Token = secret
	s, err := sandbox.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial makes a client over a transport that keeps to the description.
func dial(t testing.TB, next http.RoundTripper, change ...func(*panther.Options)) (*panther.Client, *logBook) {
	t.Helper()
	return dialAllowing(t, next, sandbox.ContractOptions{}, change...)
}

// dialAllowing is dial but for some responses that the description doesn't have.
func dialAllowing(t testing.TB, next http.RoundTripper, o sandbox.ContractOptions, change ...func(*panther.Options)) (*panther.Client, *logBook) {
	t.Helper()
	return dialWith(t, sandbox.Contract(next, o, func(err error) { t.Error(err) }), change...)
}

// dialOdd makes a client over a transport whose answers are wrong on purpose.
// Its requests are checked anyway.
func dialOdd(t testing.TB, next http.RoundTripper, change ...func(*panther.Options)) (*panther.Client, *logBook) {
	t.Helper()
	return dialWith(t, sandbox.Contract(next, sandbox.ContractOptions{}, func(err error) {
		if strings.HasPrefix(err.Error(), "request ") {
			t.Error(err)
		}
	}), change...)
}

func dialWith(t testing.TB, next http.RoundTripper, change ...func(*panther.Options)) (*panther.Client, *logBook) {
	t.Helper()
	book := &logBook{}
	bodies := &bodyWatch{next: next}
	o := panther.Options{
		Host: "localhost", Token: secret, Transport: bodies, FirstWait: time.Millisecond, LongestWait: time.Millisecond,
		Logger: slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&o)
	}
	c, err := panther.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := bodies.open.Load(); n != 0 {
			t.Errorf("%d bodies of answers were left open", n)
		}
		noSecret(t, "the log", book.String())
	})
	return c, book
}

// noSecret fails when a text shows the token or a recognisable part of it.
func noSecret(t testing.TB, where, text string) {
	t.Helper()
	const part = 12
	for i := 0; i+part <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+part]) {
			t.Errorf("%s shows the token: %s", where, text)
			return
		}
	}
}

// logBook keeps what is logged.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// bodyWatch counts the bodies that are open.
type bodyWatch struct {
	next http.RoundTripper
	open atomic.Int64
}

func (w *bodyWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.open.Add(1)
	resp.Body = &watchedBody{ReadCloser: resp.Body, once: sync.OnceFunc(func() { w.open.Add(-1) })}
	return resp, nil
}

type watchedBody struct {
	io.ReadCloser
	once func()
}

func (b *watchedBody) Close() error {
	b.once()
	return b.ReadCloser.Close()
}

// roundTrip makes a function a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply makes an answer; headers are in pairs.
func reply(status int, body string, headers ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// always answers every request in the same way and counts them.
func always(n *atomic.Int64, status int, body string, headers ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		n.Add(1)
		return reply(status, body, headers...), nil
	}
}

// fault switches a fault on.
func (r *rig) fault(f sandbox.Fault) *sandbox.Injection {
	r.t.Helper()
	i, err := r.server.Faults().Add(f)
	if err != nil {
		r.t.Fatal(err)
	}
	return i
}

// requests reports how many requests f makes.
func (r *rig) requests(f func()) int {
	before := r.server.Faults().Requests()
	f()
	return r.server.Faults().Requests() - before
}

// seed stores entities as somebody in the web console would.
func (r *rig) seed(kind panther.Kind, ids ...string) {
	r.t.Helper()
	seed(r.t, r.server, kind, ids...)
}

func seed(t testing.TB, s *sandbox.Server, kind panther.Kind, ids ...string) {
	t.Helper()
	for _, id := range ids {
		raw, err := sample(kind, id).Request(false)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(t.Context(), collection(kind), m); err != nil {
			t.Fatal(err)
		}
	}
}

// live reads an entity past the client; ok reports whether it is there.
func (r *rig) live(key panther.Key) (panther.Entity, bool) {
	r.t.Helper()
	m, err := r.server.Get(collection(key.Kind), key.ID)
	if err != nil {
		return panther.Entity{}, false
	}
	raw, err := json.Marshal(m)
	if err != nil {
		r.t.Fatal(err)
	}
	e, err := panther.UnmarshalEntity(key.Kind, raw)
	if err != nil {
		r.t.Fatal(err)
	}
	return e, true
}

func collection(k panther.Kind) sandbox.Collection {
	return sandbox.Collection(strings.TrimPrefix(k.Collection(), "/"))
}

func ids(list []panther.Entity) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("Acme.Thing.%05d", i)
	}
	return out
}

// sample is an entity that uses every field of its kind.
func sample(kind panther.Kind, id string) panther.Entity {
	all := map[string]any{
		"enabled": true, "displayName": "Acme " + id, "description": "What it finds.\n\nAnd why.", "runbook": "Call <someone> & ask.", "reference": "https://example.com/?a&b",
		"severity": "HIGH", "logTypes": []any{"Acme." + id, "Acme.Zwei"}, "tags": []any{"b", "a"},
		"reports": map[string]any{"CIS": []any{"3.5", "1.10"}}, "outputIDs": []any{"o-1"}, "summaryAttributes": []any{"p_any_ip", "a"},
		"dedupPeriodMinutes": json.Number("15"), "threshold": json.Number("3"), "createAlert": true,
		"inlineFilters": "- All:\n    - {Key: a, Condition: Equals, Value: yes}\n",
		"tests": []any{map[string]any{"name": "one", "expectedResult": true, "resource": `{"a": 1.50, "b": [true]}`,
			"mocks": []any{map[string]any{"objectName": "now", "returnValue": "1"}}}},
		"body": "def rule(event):\n    return \"ü\" in event\n", "detection": "- Key: name\n  Condition: Equals\n  Value: yes\n",
		"alertTitle": "'{user} logged in'", "alertContext": "- KeyName: a\n  KeyValue: {Key: b}\n", "groupBy": "- Key: a\n",
		"dynamicSeverities": "- ChangeTo: LOW\n  Conditions: [{Key: a, Condition: Exists}]\n",
		"scheduledQueries":  []any{"Q 1"}, "resourceTypes": []any{"AWS.S3.Bucket"}, "suppressions": []any{"test-*"},
		"mappings":          []any{map[string]any{"name": "source_ip", "path": "ip"}, map[string]any{"name": "actor", "method": "who"}},
		"schedule.disabled": true, "schedule.cron": "0 1 * * *", "schedule.timeoutMinutes": json.Number("5"), "sql": "SELECT 1\n",
		"emailConfig.recipients": []any{"ada@example.com", "bob@example.com"}, "emailConfig.sendEmpty": true, "emailConfig.preferAttachment": false,
	}
	e := panther.Entity{Key: panther.Key{Kind: kind, ID: id}, Fields: map[string]any{}}
	for _, f := range kind.Fields() {
		if v, ok := all[f.Name]; ok {
			e.Fields[f.Name] = v
		}
	}
	if kind == panther.CorrelationRule {
		e.Fields["detection"] = "- Group:\n    - {ID: One, RuleID: Acme.One}\n    - {ID: Two, RuleID: Acme.Two, Absence: yes}\n"
		e.Fields["tests"] = []any{map[string]any{"name": "one", "expectedResult": true,
			"ruleOutputs": []any{map[string]any{"id": "One", "matches": map[string]any{"user": map[string]any{"ada": []any{json.Number("0"), json.Number("60")}}}}, map[string]any{"id": "Two"}}}}
	}
	if kind == panther.DataModel {
		e.Fields["logTypes"] = []any{"Acme." + id} // one enabled data model a log type
	}
	return e
}

// named lists the kinds whose own id is in the path.
func named() []panther.Kind {
	return slices.DeleteFunc(panther.Kinds(), panther.Kind.ServerID)
}
