package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// Contract wraps a RoundTripper and checks each request and response against the API description: path, method,
// parameters, the token header, status, headers and bodies. Deviations are passed to report, and the exchange continues
// unchanged. report may be called concurrently. Bodies are read completely.
func Contract(next http.RoundTripper, o ContractOptions, report func(error)) http.RoundTripper {
	return &contract{next: next, options: o, report: report}
}

// ContractOptions say what a response may have that Panther's published description does not. The zero value allows
// nothing.
type ContractOptions struct {
	// Nulls allows null for values that may be empty, as pdac's own description does: clients must cope with it.
	Nulls bool
	// Unknown allows fields that are not described.
	Unknown bool
}

type contract struct {
	next    http.RoundTripper
	options ContractOptions
	report  func(error)
}

func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	d, err := loadDescription()
	if err != nil {
		return nil, err
	}
	sent, err := readAndClose(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	r = r.Clone(r.Context())
	r.Body = bodyOf(sent)
	m, problem := c.checkRequest(d, r, sent)
	if problem != nil {
		c.report(fmt.Errorf("request %s %s does not match the API description: %w", r.Method, r.URL.RequestURI(), problem))
	}
	response, err := c.next.RoundTrip(r)
	if err != nil || m.route == nil {
		return response, err
	}
	body, readErr := readAndClose(response.Body)
	if readErr != nil {
		// A broken connection does not violate the contract; the client sees it when it reads.
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{readErr}))
		return response, nil
	}
	response.Body = bodyOf(body)
	if err := c.checkAnswer(m, r, response, body); err != nil {
		c.report(fmt.Errorf("response %d to %s %s does not match the API description: %w", response.StatusCode, r.Method, r.URL.RequestURI(), err))
	}
	return response, nil
}

func (c *contract) checkRequest(d *description, r *http.Request, body []byte) (match, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	if r.URL.Path == graphQLPath && method == http.MethodPost {
		_, err := readQuery(body)
		return match{}, err
	}
	m, err := d.find(method, r.URL)
	if err != nil {
		m.route = nil
		return m, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return m, fmt.Errorf("its query can't be parsed: %w", err)
	}
	for name := range query {
		known := m.route.Operation.Parameters.GetByInAndName("query", name) != nil ||
			m.route.PathItem.Parameters.GetByInAndName("query", name) != nil
		if !known {
			return m, fmt.Errorf("unknown query parameter %q", name)
		}
	}
	if m.route.Operation.RequestBody == nil && len(body) > 0 {
		return m, errors.New("it has a body, but the operation takes none")
	}
	if r.Header.Get("X-API-Key") == "" {
		return m, errors.New("it has no token: the header X-API-Key is missing")
	}
	_, err = m.check(r, query, body)
	return m, err
}

func (c *contract) checkAnswer(m match, r *http.Request, response *http.Response, body []byte) error {
	if response.StatusCode == http.StatusNoContent && len(body) > 0 {
		return errors.New("it has a body, which a 204 must not have")
	}
	d, err := c.options.description()
	if err != nil {
		return err
	}
	m.route = d.paths[m.route.Path][m.route.Method]
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: m.input(r, nil),
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Body:                   bodyOf(body),
		Options:                filterOptions,
	})
}

func readAndClose(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(body)
	return data, errors.Join(err, body.Close())
}

func bodyOf(data []byte) io.ReadCloser {
	if len(data) == 0 {
		return http.NoBody
	}
	return io.NopCloser(bytes.NewReader(data))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
