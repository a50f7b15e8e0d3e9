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

// sqlQuery is a text of SQL in a spec.
type sqlQuery struct {
	key   string
	node  *yaml.Node
	query *sqllex.Query // nil where it can't be read
	fault *sqllex.Error
}

// sqlKeys are the keys whose SQL is Snowflake's. Athena and Databricks name
// tables in other ways, and PantherFlow, which Query may hold too, is no SQL.
var sqlKeys = []string{"Query", "SnowflakeQuery"}

// sqlQueries returns the SQL of a saved or scheduled query.
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

// isSQL distinguishes SQL from PantherFlow: it begins with SELECT or WITH, after comments,
// brackets, and statements of a template, which import macros and give no text
// themselves. What begins with an expression of a template may be anything.
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

// pieceRange finds a piece of a text in the file. YAML folds and indents the text, so
// that offsets differ; that the piece is the so-manieth of its kind does not.
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

// sqlKnownTable reports whether a table's name is one that Panther has: of the form
// database.public.table, one of Snowflake's own about the account, or one of the
// configuration (source: Panther's documentation of its data lake).
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
