package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Transport returns a RoundTripper that passes requests directly to the server, whatever their host, without a socket.
// The caller's goroutine does the work. Requests come from 127.0.0.1. If the context ends, the error is that of the
// context; if a fault closes the connection, the error wraps io.ErrUnexpectedEOF.
func (s *Server) Transport() http.RoundTripper { return &transport{server: s} }

type transport struct{ server *Server }

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	defer body.Close() //nolint:errcheck // a RoundTripper closes the body and has nowhere to say more
	if r.URL == nil {
		return nil, errors.New("the request has no URL")
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := r.WithContext(ctx)
	in.URL = cloneURL(r.URL)
	in.Body = body
	in.Header = r.Header.Clone()
	if in.Header == nil {
		in.Header = http.Header{}
	}
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	w := &memoryResponse{header: http.Header{}}
	t.server.ServeHTTP(w, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.broken {
		return nil, fmt.Errorf("the sandbox closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return w.response(r), nil
}

func cloneURL(u *url.URL) *url.URL {
	copied := *u
	return &copied
}

// memoryResponse collects a response. The server does not reuse a written body, so it is not copied.
type memoryResponse struct {
	header http.Header
	status int
	body   []byte
	broken bool
}

func (w *memoryResponse) Header() http.Header    { return w.header }
func (w *memoryResponse) WriteHeader(status int) { w.status = status }

func (w *memoryResponse) Write(p []byte) (int, error) {
	if w.body == nil {
		w.body = p
	} else {
		w.body = append(w.body, p...)
	}
	return len(p), nil
}

func (w *memoryResponse) breakConnection() { w.broken = true }

func (w *memoryResponse) response(r *http.Request) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(bytes.NewReader(w.body)), ContentLength: int64(len(w.body)), Request: r,
	}
}

// breakConnection ends an exchange without a response.
func breakConnection(w http.ResponseWriter) {
	if memory, isMemory := w.(interface{ breakConnection() }); isMemory {
		memory.breakConnection()
		return
	}
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close() // it is meant to look broken
		return
	}
	// net/http documents this for aborting a response: it closes the stream and logs nothing.
	panic(http.ErrAbortHandler)
}
