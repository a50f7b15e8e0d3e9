package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/pdac-dev/pdac/panther"
)

// description is the OpenAPI document, prepared for finding the operation of a request. It is read-only.
type description struct {
	paths map[string]map[string]*routers.Route // template, method
}

// loadDescription parses the embedded document once per process; it never changes.
var loadDescription = sync.OnceValues(func() (*description, error) {
	return describe(panther.OpenAPI())
})

// describe prepares a document.
func describe(source []byte) (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		return nil, fmt.Errorf("read the embedded OpenAPI description: %w", err)
	}
	// Tokens are checked here, because the library's check copies every body.
	doc.Servers, doc.Security = nil, nil
	d := &description{paths: map[string]map[string]*routers.Route{}}
	for template, item := range doc.Paths.Map() {
		methods := map[string]*routers.Route{}
		for method, op := range item.Operations() {
			methods[method] = &routers.Route{Spec: doc, Path: template, PathItem: item, Method: method, Operation: op}
		}
		d.paths[template] = methods
	}
	return d, nil
}

var (
	errNoPath   = errors.New("no such path")
	errNoMethod = errors.New("no such method on this path")
	errBadPath  = errors.New("the path is not escaped properly")
)

// match is a request's operation: the first segment of its path (the collection), the rest of its template, and the id
// in its path, if any.
type match struct {
	route      *routers.Route
	collection string
	tail       string // "", "/{id}" or "/{id}/rotate"
	id         string
	allow      []string // with errNoMethod: the allowed methods
}

func (m match) pathParams() map[string]string {
	if m.tail == "" {
		return nil
	}
	return map[string]string{"id": m.id}
}

// find uses the escaped path, because an id may contain slashes.
func (d *description) find(method string, u *url.URL) (match, error) {
	var m match
	segments := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	m.collection = segments[0]
	switch {
	case len(segments) == 2:
		m.tail = "/{id}"
	case len(segments) == 3:
		m.tail = "/{id}/" + segments[2]
	case len(segments) > 3:
		return m, errNoPath
	}
	methods, ok := d.paths["/"+m.collection+m.tail]
	if !ok {
		return m, errNoPath
	}
	if m.tail != "" {
		id, err := url.PathUnescape(segments[1])
		if err != nil {
			return m, errBadPath
		}
		if id == "" {
			return m, errNoPath
		}
		m.id = id
	}
	if m.route, ok = methods[method]; !ok {
		for have := range methods {
			m.allow = append(m.allow, have)
		}
		slices.Sort(m.allow)
		return m, errNoMethod
	}
	return m, nil
}

func (m match) input(r *http.Request, query url.Values) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request:     r,
		PathParams:  m.pathParams(),
		QueryParams: query,
		Route:       m.route,
		Options:     filterOptions,
	}
}

// filterOptions exclude the body, which is decoded and checked here, once. The check does not change the request.
var filterOptions = &openapi3filter.Options{
	ExcludeRequestBody:    true,
	SkipSettingDefaults:   true,
	IncludeResponseStatus: true,
}

// check compares a request and its body with the description and returns the decoded body, with numbers exactly as
// sent. The error is a plain sentence.
func (m match) check(r *http.Request, query url.Values, body []byte) (any, error) {
	if err := openapi3filter.ValidateRequest(r.Context(), m.input(r, query)); err != nil {
		return nil, errors.New(explain(err))
	}
	wanted := m.route.Operation.RequestBody
	if wanted == nil {
		return nil, nil
	}
	if len(body) == 0 {
		return nil, errors.New("the body is missing")
	}
	contentType := r.Header.Get("Content-Type")
	content := wanted.Value.Content.Get(contentType)
	if content == nil {
		return nil, fmt.Errorf("the body's type is %q: send JSON, with the header Content-Type: application/json", contentType)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body has more text after the JSON")
	}
	if err := content.Schema.Value.VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
		return nil, errors.New("the body is not valid: " + explainValue(err))
	}
	return value, nil
}
