package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
)

// Oddity is an odd way of answering with success.
type Oddity string

// The oddities.
const (
	// OtherID does what is asked, and names another id in the answer.
	OtherID Oddity = "other-id"
	// Page answers with a web page, as a login page in front of an API does, and does
	// nothing.
	Page Oddity = "page"
	// Blank does what is asked, and answers with an empty body.
	Blank Oddity = "blank"
	// Garbled puts a byte into the descriptions of the answer that is not UTF-8.
	Garbled Oddity = "garbled"
	// Ignored answers that it did what is asked, and does nothing.
	Ignored Oddity = "ignored"
)

// Oddities lists them.
func Oddities() []Oddity { return []Oddity{OtherID, Page, Blank, Garbled, Ignored} }

// instead is the answer in place of doing what is asked; nil to do it.
func (o Oddity) instead(r *http.Request) *answer {
	switch {
	case o == Page:
		return &answer{status: http.StatusOK, contentType: "text/html", body: []byte("<!doctype html><title>Sign in</title>")}
	case o == Ignored && r.Method == http.MethodDelete:
		return noContent()
	case o == Ignored && r.Method != http.MethodGet:
		body, err := readUpTo(r, defaultMaxBodyBytes)
		if err != nil {
			return badRequest(err.Error())
		}
		return ok(body)
	}
	return nil
}

// change makes a successful answer odd.
func (o Oddity) change(a *answer) *answer {
	if a.status >= http.StatusBadRequest {
		return a
	}
	out := *a
	switch o {
	case OtherID:
		var whole map[string]json.RawMessage
		if json.Unmarshal(a.body, &whole) != nil {
			return a
		}
		var inner map[string]json.RawMessage
		if json.Unmarshal(whole["data"], &inner) == nil && inner != nil { // a global
			inner["id"] = json.RawMessage(`"another"`)
			whole["data"], _ = json.Marshal(inner)
		} else {
			whole["id"] = json.RawMessage(`"another"`)
		}
		out.body, _ = json.Marshal(whole)
	case Blank:
		out.body = nil
	case Garbled:
		out.body = bytes.ReplaceAll(slices.Clone(a.body), []byte(`"description":"`), []byte("\"description\":\"\xff"))
	}
	return &out
}
