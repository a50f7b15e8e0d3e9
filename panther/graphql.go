package panther

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// query asks Panther's GraphQL API, and reads the data of the answer. about says what is asked
// for, with the permission for it. The answer itself is for errors, until release is called.
func (c *Client) query(ctx context.Context, about, query string, input, data any) (raw []byte, release func(), err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"input": input}})
	if err != nil {
		return nil, nil, err
	}
	// What is asked for are lists, which are larger than one entity.
	raw, release, err = c.answer(ctx, call{method: http.MethodPost, path: graphQL, body: body, read: true, list: true, about: about})
	if err != nil {
		return nil, nil, err
	}
	said := struct {
		Data   any `json:"data"`
		Errors []struct{ Message string }
	}{Data: data}
	switch err := json.Unmarshal(raw, &said); {
	case err != nil:
		err = c.unread(http.MethodGet, raw, fmt.Errorf("the response is not what was asked for: %s", yamlcore.PlainJSON(err)))
		release()
		return nil, nil, err
	case len(said.Errors) > 0:
		err := fmt.Errorf("the answer of Panther is: %s", c.said(said.Errors[0].Message))
		release()
		return nil, nil, err
	}
	return raw, release, nil
}

// schemaNames is the query for the names of log schemas (source: Panther's published GraphQL schema, which returns all
// of them on one page). It needs the permission LogSourceRead.
const schemaNames = `query SchemaNames($input: SchemasInput!) { schemas(input: $input) { edges { node { name } } } }`

// LogTypes returns the log types that Panther knows, its own and custom ones, sorted. It is one call of Panther's GraphQL
// API, and needs the permission LogSourceRead. Archived schemas are left out.
func (c *Client) LogTypes(ctx context.Context) ([]string, error) {
	var said struct {
		Schemas struct {
			Edges []struct {
				Node struct {
					Name string `json:"name"`
				} `json:"node"`
			} `json:"edges"`
		} `json:"schemas"`
	}
	raw, release, err := c.query(ctx, "the log types (LogSourceRead)", schemaNames, map[string]any{"isArchived": false}, &said)
	if err != nil {
		return nil, fmt.Errorf("read the log types: %w", err)
	}
	defer release()
	var out []string
	for _, e := range said.Schemas.Edges {
		if e.Node.Name != "" {
			out = append(out, e.Node.Name)
		}
	}
	if len(out) == 0 {
		return nil, c.unread(http.MethodGet, raw, errors.New("read the log types: the response has none; check the host, and that log sources are set up in Panther (the sandbox has those of pdac sandbox serve --log-type)"))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
