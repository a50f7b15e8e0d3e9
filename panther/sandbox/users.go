package sandbox

import "encoding/json"

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
