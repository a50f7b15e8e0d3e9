package lint

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/sqllex"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// sqlQuery is an SQL query in a spec.
type sqlQuery struct {
	key     string
	dialect sqllex.Dialect
	node    *yaml.Node
	query   *sqllex.Query // nil if it can't be parsed
	fault   *sqllex.Error
}

// dialectOf returns the database for which a key has SQL, and whether its text is
// deployed: pdac.yaml may say that one database is. Query has no database of its own.
func (s *settings) dialectOf(p *SpecPass, key string) (sqllex.Dialect, bool) {
	if key == panther.AnySQLKey {
		own := p.Value(panther.SQLKey(s.dialect))
		return sqllex.Dialect(cmp.Or(s.dialect, string(sqllex.Snowflake))), s.dialect == "" || own == nil
	}
	for _, d := range panther.SQLDialects() {
		if panther.SQLKey(d) == key {
			return sqllex.Dialect(d), s.dialect == "" || s.dialect == d
		}
	}
	return "", false
}

// sqlQueries returns the SQL queries of a saved or scheduled query that are deployed.
// Query can also contain PantherFlow, which is not SQL.
func sqlQueries(p *SpecPass) []sqlQuery {
	return Once(p, "sql", func(p *SpecPass) []sqlQuery {
		if p.Item.Type != repo.TypeScheduledQuery && p.Item.Type != repo.TypeSavedQuery {
			return nil
		}
		var out []sqlQuery
		for _, key := range panther.SQLKeys() {
			n := p.Value(key)
			dialect, deployed := p.settings.dialectOf(p, key)
			if n == nil || !deployed || n.Kind != yaml.ScalarNode || !isSQL(n.Value) {
				continue
			}
			q := sqlQuery{key: key, dialect: dialect, node: n}
			var err error
			if q.query, err = sqllex.Read(n.Value); err != nil {
				errors.As(err, &q.fault)
			} else {
				q.fault = q.query.Check(dialect)
			}
			out = append(out, q)
		}
		return out
	})
}

// snowflakeQueries returns the queries for Snowflake that can be parsed. The other
// databases name tables differently.
func snowflakeQueries(p *SpecPass) (out []sqlQuery) {
	for _, q := range sqlQueries(p) {
		if q.query != nil && q.dialect == sqllex.Snowflake {
			out = append(out, q)
		}
	}
	return out
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
