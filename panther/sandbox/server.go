package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Server is an embedded Panther. It is an http.Handler, and its methods are safe for concurrent use.
type Server struct {
	options     Options
	description *description
	kinds       map[Collection]*kind
	store       *store
	tokens      *tokens
	faults      *Faults
	log         *slog.Logger
}

// Open opens the sandbox file, and creates it if it is missing. It fails if another process has the file open
// ([ErrLocked]), if it is not a sandbox file ([ErrNotSandbox]), or if a newer pdac created it. Only waiting for the
// lock takes time, so ctx is checked before that.
func Open(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	d, err := loadDescription()
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, options)
	if err != nil {
		return nil, err
	}
	t, err := openTokens(ctx, st, options)
	if err != nil {
		return nil, errors.Join(err, st.close())
	}
	return &Server{options: options, description: d, kinds: kinds(), store: st, tokens: t, faults: options.Faults,
		log: options.Logger}, nil
}

// Close waits for writes in progress, then closes the file. Later requests get a 503.
func (s *Server) Close() error {
	if err := s.store.close(); err != nil {
		return fmt.Errorf("close the sandbox: %w", err)
	}
	return nil
}

// ID identifies the sandbox. It is created with the file, so a recreated file counts as another Panther.
func (s *Server) ID() string { return s.store.id }

// Faults returns the server's faults, for adding and removing them.
func (s *Server) Faults() *Faults { return s.faults }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	effect := s.faults.meet(r)
	if err := effect.wait(r.Context()); err != nil {
		breakConnection(w) // the client has gone, or is to get nothing
		return
	}
	a := effect.before
	if a == nil && !effect.breakBefore {
		a = s.answer(r, effect.pageSize)
	}
	if effect.after != nil && a.status < http.StatusBadRequest {
		a = effect.after
	}
	if effect.odd != "" {
		a = effect.odd.change(a)
	}
	broke := effect.breakBefore || effect.breakAfter
	if broke {
		s.log.LogAttrs(r.Context(), slog.LevelDebug, "sandbox closed the connection", slog.String("method", r.Method), slog.String("path", r.URL.Path))
		breakConnection(w)
		return
	}
	if a.cause != nil {
		s.log.LogAttrs(r.Context(), slog.LevelError, "sandbox failed", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", a.cause))
	}
	err := a.write(w)
	if s.log.Enabled(r.Context(), slog.LevelDebug) {
		attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", a.status),
			slog.Int("bytes", len(a.body)), slog.Duration("took", time.Since(start))}
		if err != nil {
			attrs = append(attrs, slog.Any("error", err))
		}
		s.log.LogAttrs(r.Context(), slog.LevelDebug, "sandbox request", attrs...)
	}
}

// call is a request that is authorized and matches the description.
type call struct {
	ctx      context.Context
	kind     *kind // nil for tokens and alerts
	id       string
	query    url.Values
	body     map[string]any // nil without a body
	actor    actor
	value    string // the value of the token
	pageSize int    // a fault's maximum, or 0
}

func (s *Server) answer(r *http.Request, pageSize int) *answer {
	value := r.Header.Get("X-API-Key")
	token, refused := s.tokens.admit(value, r.RemoteAddr)
	if refused != nil {
		return refused
	}
	if r.URL.Path == graphQLPath {
		return s.graphQL(r, token)
	}
	m, err := s.description.find(r.Method, r.URL)
	switch {
	case errors.Is(err, errNoMethod):
		a := failure(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not allowed on %s; use one of %s", r.Method, r.URL.Path, strings.Join(m.allow, ", ")))
		a.header = http.Header{"Allow": {strings.Join(m.allow, ", ")}}
		return a
	case errors.Is(err, errBadPath):
		return badRequest(fmt.Sprintf("the path %q is not escaped properly", r.URL.EscapedPath()))
	case err != nil:
		return notFound(fmt.Sprintf("nothing was found at %s; escape ids in a path, with a slash as %%2F", r.URL.EscapedPath()))
	}
	if k := s.kinds[Collection(m.collection)]; k != nil && k.since > s.options.Era {
		return notFound(fmt.Sprintf("nothing was found at %s; a deployment of %d has no %s", r.URL.EscapedPath(), s.options.Era, k.collection))
	}
	if missing := s.needs(m, r.Method, token); !missing.metBy(token.Permissions) {
		return forbidden(fmt.Sprintf("this API token lacks the permission %s, which %s %s needs", missing, r.Method, m.route.Path))
	}
	c := &call{ctx: r.Context(), kind: s.kinds[Collection(m.collection)], id: m.id, value: value,
		actor: actor{ID: token.ID, Type: "api-token"}, pageSize: pageSize}
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return badRequest(fmt.Sprintf("the query %q can't be parsed: %v", r.URL.RawQuery, err))
	}
	if refused := s.readBody(r, m, c); refused != nil {
		return refused
	}
	return s.dispatch(m, r.Method, c)
}

// readBody reads the body and checks the whole request against the description.
func (s *Server) readBody(r *http.Request, m match, c *call) *answer {
	raw, err := readUpTo(r, s.options.MaxBodyBytes)
	switch {
	case errors.Is(err, errTooLarge):
		return badRequest(fmt.Sprintf("the body is larger than %d bytes", s.options.MaxBodyBytes))
	case err != nil:
		return badRequest("the body could not be read completely")
	}
	value, err := m.check(r, c.query, raw)
	if err != nil {
		return badRequest(err.Error())
	}
	c.body, _ = value.(map[string]any) // every body in the description is an object
	return nil
}

var errTooLarge = errors.New("the body is too large")

func readUpTo(r *http.Request, most int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > most {
		return nil, errTooLarge
	}
	var b bytes.Buffer
	b.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead) // read a body of known length in one piece
	if _, err := b.ReadFrom(io.LimitReader(r.Body, most+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > most {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

func (s *Server) dispatch(m match, method string, c *call) *answer {
	switch {
	case m.collection == "alerts":
		return s.listAlerts(c)
	case m.collection == "users":
		return s.listUsers(c)
	case m.collection == "api-tokens":
		return s.serveToken(m.tail, c)
	case m.tail == "" && method == http.MethodGet:
		return s.list(c)
	case m.tail == "":
		return s.create(c)
	case method == http.MethodGet:
		return s.get(c)
	case method == http.MethodDelete:
		return s.delete(c)
	default: // PUT, or POST on a query
		return s.replace(c)
	}
}

// needs returns the permissions of which a request needs one.
func (s *Server) needs(m match, method string, token TokenInfo) need {
	switch k := s.kinds[Collection(m.collection)]; {
	case k != nil && method == http.MethodGet:
		return k.read
	case k != nil:
		return k.write
	case m.collection == "alerts":
		return need{AlertRead}
	case m.collection == "users":
		return need{UserRead}
	case m.id == "self" || m.id == token.ID:
		return nil
	case method == http.MethodGet:
		return need{OrganizationAPITokenRead}
	}
	return need{OrganizationAPITokenModify}
}
