package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// answer is a response that is not written yet, so that a fault can replace it.
type answer struct {
	status      int
	contentType string // application/json if empty
	header      http.Header
	body        []byte
	cause       error // the reason for a 500
}

func ok(body []byte) *answer      { return &answer{status: http.StatusOK, body: body} }
func noContent() *answer          { return &answer{status: http.StatusNoContent} }
func badRequest(m string) *answer { return failure(http.StatusBadRequest, m) }
func unauthorized(m string) *answer {
	return failure(http.StatusUnauthorized, m)
}
func forbidden(m string) *answer { return failure(http.StatusForbidden, m) }
func notFound(m string) *answer  { return failure(http.StatusNotFound, m) }
func conflict(m string) *answer  { return failure(http.StatusConflict, m) }

// broken is a failure of the sandbox itself. The cause is logged; the client learns only that it failed.
func broken(err error) *answer {
	a := failure(http.StatusInternalServerError, "the sandbox failed; see its log for the reason")
	a.cause = err
	return a
}

func failure(status int, message string) *answer {
	body, _ := json.Marshal(map[string]string{"message": message}) // strings always encode
	return &answer{status: status, body: body}
}

func jsonAnswer(status int, v any) *answer {
	body, err := json.Marshal(v)
	if err != nil {
		return broken(fmt.Errorf("encode the response: %w", err))
	}
	return &answer{status: status, body: body}
}

func (a *answer) write(w http.ResponseWriter) error {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.status != http.StatusNoContent {
		contentType := a.contentType
		if contentType == "" {
			contentType = "application/json"
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.status == http.StatusNoContent {
		return nil
	}
	_, err := w.Write(a.body)
	return err
}
