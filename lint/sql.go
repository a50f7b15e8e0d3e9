package lint

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/sqllex"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// sqlQuery is an SQL query in a spec.
type sqlQuery struct {
	key   string
	node  *yaml.Node
	query *sqllex.Query // nil if it can't be parsed
	fault *sqllex.Error
}

// sqlKeys are the keys that contain SQL for Snowflake. Athena and Databricks name
// tables differently. Query can also contain PantherFlow, which is not SQL.
var sqlKeys = []string{"Query", "SnowflakeQuery"}

// sqlQueries returns the SQL queries of a saved or scheduled query.
func sqlQueries(p *SpecPass) []sqlQuery {
	return Once(p, "sql", func(p *SpecPass) []sqlQuery {
		if p.Item.Type != repo.TypeScheduledQuery && p.Item.Type != repo.TypeSavedQuery {
			return nil
		}
		var out []sqlQuery
		for _, key := range sqlKeys {
			n := p.Value(key)
			if n == nil || n.Kind != yaml.ScalarNode || !isSQL(n.Value) {
				continue
			}
			q := sqlQuery{key: key, node: n}
			var err error
			if q.query, err = sqllex.Read(n.Value); err != nil {
				errors.As(err, &q.fault)
			}
			out = append(out, q)
		}
		return out
	})
}

// isSQL distinguishes SQL from PantherFlow: SQL starts with SELECT or WITH, after
// comments, brackets and template statements, which import macros and produce no
// text. A query that starts with a template expression can be either.
func isSQL(text string) bool {
	for {
		text = strings.TrimLeft(text, " \t\r\n(;")
		switch {
		case strings.HasPrefix(text, "--"), strings.HasPrefix(text, "//"):
			_, text, _ = strings.Cut(text, "\n")
			continue
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
			continue
		case strings.HasPrefix(text, "{%"):
			_, text, _ = strings.Cut(text, "%}")
			continue
		case strings.HasPrefix(text, "{#"):
			_, text, _ = strings.Cut(text, "#}")
			continue
		}
		word, _, _ := strings.Cut(text+" ", " ")
		word = strings.ToUpper(strings.Fields(word + " x")[0])
		return word == "SELECT" || word == "WITH" || strings.HasPrefix(word, "SELECT*")
	}
}

// pieceRange finds part of a scalar's value in the file. Offsets differ, because YAML
// folds and indents text, so it searches for the nth occurrence of the part.
func pieceRange(p *SpecPass, n *yaml.Node, start, end int) Range {
	piece := n.Value[start:end]
	nth := strings.Count(n.Value[:start], piece)
	from, _ := p.Source.nodeOffsets(n)
	for at := from; piece != ""; nth-- {
		i := strings.Index(p.Source.Text[at:], piece)
		if i < 0 {
			break
		}
		if at += i; nth == 0 {
			return p.Source.Range(at, at+len(piece))
		}
		at += len(piece)
	}
	return p.Source.Node(n)
}

// sqlKnownTable reports whether a table can exist in Panther: its name has the form
// database.public.table, is one of Snowflake's account usage views, or is listed in
// the configuration (source: Panther's documentation of its data lake).
func sqlKnownTable(t sqllex.Table, configured []string) bool {
	name := strings.ToLower(t.Name())
	if slices.ContainsFunc(configured, func(g string) bool {
		ok, err := path.Match(strings.ToLower(g), name)
		return ok && err == nil
	}) {
		return true
	}
	parts := strings.Split(name, ".")
	if len(t.Parts) != 3 || slices.Contains(parts, "") {
		return false
	}
	return strings.EqualFold(t.Parts[1], "public") || strings.EqualFold(t.Parts[0], "snowflake") && strings.EqualFold(t.Parts[1], "account_usage")
}
