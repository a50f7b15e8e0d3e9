package sandbox

import (
	"bytes"
	"encoding/json"
)

// person is a user of the web console, with the fields that the sandbox returns.
type person struct {
	ID         string            `json:"id"`
	Email      string            `json:"email"`
	GivenName  string            `json:"givenName"`
	FamilyName string            `json:"familyName"`
	Role       map[string]string `json:"role"`
	Enabled    bool              `json:"enabled"`
	Status     string            `json:"status"`
}

// consolePerson is the only user: the one who makes the edits of the helpers.
var consolePerson = person{
	ID: "console", Email: "console@sandbox.example", GivenName: "Console", FamilyName: "User",
	Role: map[string]string{"id": "admin", "name": "Admin"}, Enabled: true, Status: "CONFIRMED",
}

func (s *Server) listUsers(c *call) *answer {
	const list = "users"
	after, refused := c.cursor(list)
	if refused != nil {
		return refused
	}
	p := newPage(s.pageLimit(c, s.options.DefaultPageSize))
	if string(after) < consolePerson.ID {
		raw, err := json.Marshal(consolePerson)
		if err != nil {
			return broken(err)
		}
		p.add([]byte(consolePerson.ID), func(dst []byte) []byte { return append(dst, raw...) })
	}
	return p.answer(list, false)
}

// changedBy starts a stored entity of a kind that can be listed by who changed it last.
const changedBy = `"lastModifiedBy":`

// withoutChanger removes who changed an entity last where Panther does not report it.
func (s *Server) withoutChanger(k *kind, raw []byte) []byte {
	rest, has := bytes.CutPrefix(raw, []byte("{"+changedBy))
	if !has || k.reportsChanger {
		return raw
	}
	d := json.NewDecoder(bytes.NewReader(rest))
	var by json.RawMessage
	if d.Decode(&by) != nil {
		return raw
	}
	// A comma follows, and then the other fields.
	return append([]byte("{"), rest[d.InputOffset()+1:]...)
}
