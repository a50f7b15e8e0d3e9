package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"go.etcd.io/bbolt"
)

// graphQLPath is that of Panther's GraphQL API, of which the sandbox serves the numbers of alerts and the names of log types.
const graphQLPath = "/public/graphql"

// maxTokens is how long a query may be. It bounds its depth, too.
const maxTokens = 1000

//go:embed api.graphql
var apiSchema string

var loadAPISchema = sync.OnceValues(func() (*ast.Schema, error) {
	return gqlparser.LoadSchema(&ast.Source{Name: "api.graphql", Input: apiSchema})
})

// graphQL answers a query. As in Panther, what is wrong with a query is in a successful response.
func (s *Server) graphQL(r *http.Request, token TokenInfo) *answer {
	if r.Method != http.MethodPost {
		a := failure(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not allowed on %s; use POST", r.Method, graphQLPath))
		a.header = http.Header{"Allow": {http.MethodPost}}
		return a
	}
	raw, err := readUpTo(r, s.options.MaxBodyBytes)
	if err != nil {
		return badRequest(fmt.Sprintf("the body can't be read: %v", err))
	}
	q, err := readQuery(raw)
	var wrong gqlerror.List
	switch {
	case errors.As(err, &wrong):
		return graphQLErrors("GRAPHQL_VALIDATION_FAILED", wrong...)
	case err != nil:
		return badRequest(err.Error())
	}
	for _, f := range fieldsOf(q.fields) {
		if missing, known := graphQLNeeds[f.Name]; known && !missing.metBy(token.Permissions) {
			return forbidden(fmt.Sprintf("this API token lacks the permission %s, which %s needs", missing, f.Name))
		}
	}
	data := map[string]any{}
	for _, f := range fieldsOf(q.fields) {
		switch f.Name {
		case "metrics":
			m, err := s.metrics(f, q.variables)
			if err != nil {
				return graphQLErrors("BAD_USER_INPUT", gqlerror.Wrap(err))
			}
			data[f.Alias] = m
		case "schemas":
			data[f.Alias] = s.schemas(f)
		case "__typename":
			data[f.Alias] = "Query"
		default:
			return graphQLErrors("BAD_USER_INPUT", gqlerror.Errorf("the sandbox does not answer %s", f.Name))
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"data": data})
}

// graphQLNeeds are the permissions of queries.
var graphQLNeeds = map[string]need{"metrics": {SummaryRead}, "schemas": {LogSourceRead}}

// schemas lists the log types of the options, on one page as Panther does.
func (s *Server) schemas(f *ast.Field) map[string]any {
	out := map[string]any{}
	for _, f := range fieldsOf(f.SelectionSet) {
		switch f.Name {
		case "edges":
			list := []any{}
			for _, name := range s.options.LogTypes {
				edge := map[string]any{}
				for _, e := range fieldsOf(f.SelectionSet) {
					node := map[string]any{}
					for _, n := range fieldsOf(e.SelectionSet) {
						node[n.Alias] = map[string]any{"name": name, "isArchived": false, "isManaged": true, "__typename": "Schema"}[n.Name]
					}
					edge[e.Alias] = any(node)
					if e.Name == "__typename" {
						edge[e.Alias] = "SchemasOutputEdge"
					}
				}
				list = append(list, edge)
			}
			out[f.Alias] = list
		case "__typename":
			out[f.Alias] = "SchemasOutput"
		}
	}
	return out
}

// query is a valid query with the values of its variables.
type query struct {
	fields    ast.SelectionSet
	variables map[string]any
}

// readQuery reads the body of a request, and checks it against the schema. The errors of the query itself are a
// gqlerror.List.
func readQuery(body []byte) (query, error) {
	var asked struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return query{}, fmt.Errorf("the body is no GraphQL request: %w", err)
	}
	schema, err := loadAPISchema()
	if err != nil {
		return query{}, fmt.Errorf("read the sandbox's GraphQL schema: %w", err)
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: asked.Query}, maxTokens)
	if err != nil {
		return query{}, gqlerror.List{gqlerror.Wrap(err)}
	}
	if wrong := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(wrong) > 0 {
		return query{}, wrong
	}
	op := doc.Operations.ForName(asked.OperationName)
	if op == nil {
		return query{}, gqlerror.List{gqlerror.Errorf("no operation is named %q", asked.OperationName)}
	}
	variables, err := validator.VariableValues(schema, op, asked.Variables)
	if err != nil {
		return query{}, gqlerror.List{gqlerror.Wrap(err)}
	}
	return query{op.SelectionSet, variables}, nil
}

func graphQLErrors(code string, list ...*gqlerror.Error) *answer {
	type one struct {
		Message    string            `json:"message"`
		Extensions map[string]string `json:"extensions"`
	}
	var out []one
	for _, e := range list {
		out = append(out, one{e.Message, map[string]string{"code": code}})
	}
	return jsonAnswer(http.StatusOK, map[string]any{"errors": out})
}

// fieldsOf returns the fields of a selection, those of fragments too.
func fieldsOf(set ast.SelectionSet) []*ast.Field {
	var out []*ast.Field
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			out = append(out, s)
		case *ast.InlineFragment:
			out = append(out, fieldsOf(s.SelectionSet)...)
		case *ast.FragmentSpread:
			out = append(out, fieldsOf(s.Definition.SelectionSet)...)
		}
	}
	return out
}

// metrics counts the alerts of rules between two times.
func (s *Server) metrics(f *ast.Field, variables map[string]any) (map[string]any, error) {
	input, _ := f.ArgumentMap(variables)["input"].(map[string]any)
	var from, to time.Time
	for name, at := range map[string]*time.Time{"fromDate": &from, "toDate": &to} {
		text, _ := input[name].(string)
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("%s is %q, which is not a time like 2006-01-02T15:04:05.000Z", name, text)
		}
		*at = parsed
	}
	rules, order, total, err := s.countAlerts(from, to)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, f := range fieldsOf(f.SelectionSet) {
		switch f.Name {
		case "alertsPerRule":
			list := []any{}
			for _, id := range order {
				one := map[string]any{}
				for _, f := range fieldsOf(f.SelectionSet) {
					one[f.Alias] = map[string]any{"entityId": id, "label": id, "value": rules[id], "__typename": "SeriesWithEntityID"}[f.Name]
				}
				list = append(list, one)
			}
			out[f.Alias] = list
		case "totalAlerts":
			out[f.Alias] = total
		case "__typename":
			out[f.Alias] = "MetricsOutput"
		}
	}
	return out, nil
}

// countAlerts counts the alerts of each rule, in the order of their first ones, and all.
func (s *Server) countAlerts(from, to time.Time) (rules map[string]int, order []string, total int, err error) {
	rules = map[string]int{}
	err = s.store.view(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(alertBucket).Cursor()
		for key, raw := cursor.Seek(alertKey(from, "")); key != nil; key, raw = cursor.Next() {
			var a Alert
			if err := json.Unmarshal(raw, &a); err != nil {
				return fmt.Errorf("read a stored alert: %w", err)
			}
			if !a.CreatedAt.Before(to) {
				return nil
			}
			if a.Type != "ALERT" {
				continue
			}
			total++
			if a.Detection == nil || a.Detection.Type == "POLICY" {
				continue
			}
			if rules[a.Detection.ID]++; rules[a.Detection.ID] == 1 {
				order = append(order, a.Detection.ID)
			}
		}
		return nil
	})
	return rules, order, total, err
}
