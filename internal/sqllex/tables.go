package sqllex

import (
	"slices"
	"strings"
)

// Table is a table or view that a query reads.
type Table struct {
	// Parts are the parts of its name, without quotes.
	Parts      []string
	Start, End int
	// Star is the star's token if a SELECT * reads directly from the table.
	Star *Token
}

// Name returns the name with dots.
func (t Table) Name() string { return strings.Join(t.Parts, ".") }

// Query is the result of reading a query.
type Query struct {
	Tokens []Token
	// Tables lists the tables that the query reads, in order. It does not
	// include names that the query defines (WITH name AS …), functions, or what
	// a template fills in.
	Tables []Table
	// Names lists the names that the query defines, in lower case, sorted.
	Names []string
	// Templated reports whether the query contains a template.
	Templated bool
	// slashes are the offsets of comments that start with //.
	slashes []int
}

// Read splits a query into tokens and finds its tables. The error is an *Error.
func Read(sql string) (*Query, error) {
	tokens, slashes, err := lex(sql)
	if err != nil {
		return nil, err
	}
	q := &Query{Tokens: tokens, slashes: slashes}
	q.Templated = slices.ContainsFunc(tokens, func(t Token) bool { return t.Kind == Template })
	q.Names = names(tokens)
	r := reader{tokens: tokens, query: q}
	if err := r.read(); err != nil {
		return nil, err
	}
	return q, nil
}

// names finds the names defined by WITH: NAME AS (, or NAME (columns) AS (.
func names(ts []Token) []string {
	var out []string
	for i, t := range ts {
		if t.Kind != Word && t.Kind != Quoted || i == 0 {
			continue
		}
		before := ts[i-1]
		if !before.is("WITH") && !before.is("RECURSIVE") && !before.is(",") && before.Kind != Template {
			continue
		}
		j := i + 1
		if j < len(ts) && ts[j].is("(") {
			j = matching(ts, j) + 1
		}
		if j+1 < len(ts) && ts[j].is("AS") && (ts[j+1].is("(") || ts[j+1].Kind == Template) {
			out = append(out, strings.ToLower(t.Text))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matching returns the closing bracket of a bracket, or the last token.
func matching(ts []Token, open int) int {
	depth := 0
	for i := open; i < len(ts); i++ {
		switch {
		case ts[i].is("("):
			depth++
		case ts[i].is(")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(ts) - 1
}

// level is a query inside brackets, or the outermost one.
type level struct {
	open     Token
	selects  bool   // after SELECT, so FROM names tables
	from     bool   // inside FROM, where a comma starts another table
	star     *Token // of SELECT *
	starUsed bool
}

type reader struct {
	tokens []Token
	query  *Query
	levels []level
}

// afterFrom lists the words that end the tables of a FROM.
var afterFrom = []string{"WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "MINUS", "WINDOW", "OFFSET", "FETCH", "SET", "VALUES"}

func (r *reader) read() error {
	r.levels = []level{{}}
	for i := 0; i < len(r.tokens); i++ {
		t := r.tokens[i]
		at := &r.levels[len(r.levels)-1]
		switch {
		case t.is("("):
			r.levels = append(r.levels, level{open: t})
		case t.is(")"):
			if len(r.levels) == 1 {
				if r.query.Templated {
					continue
				}
				return &Error{t.Start, "this closing bracket has no opening bracket; remove it, or add one before it"}
			}
			r.levels = r.levels[:len(r.levels)-1]
		case t.is(";"):
			*at = level{open: at.open}
		case t.is("SELECT") && !r.isField(i):
			*at = level{open: at.open, selects: true, star: r.star(i)}
		case t.is("FROM") && at.selects && !r.isField(i) && !r.distinct(i):
			at.from = true
			if err := r.wanted(i); err != nil {
				return err
			}
			i = r.table(i + 1)
		case (t.is("JOIN") && !r.isField(i) || t.is(",")) && at.from:
			if err := r.wanted(i); err != nil {
				return err
			}
			i = r.table(i + 1)
		case at.from && t.Kind == Word && slices.ContainsFunc(afterFrom, t.is) && !r.isField(i):
			at.from = false
		}
	}
	if len(r.levels) > 1 && !r.query.Templated {
		return &Error{r.levels[len(r.levels)-1].open.Start, "the bracket is never closed; add )"}
	}
	return nil
}

// reserved lists the words that can't be table names without quotes.
var reserved = []string{"WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "UNION", "INTERSECT", "MINUS", "ON", "FROM", "JOIN", "AND", "OR"}

// wanted returns an error unless a table may follow the token at i, which
// requires one.
func (r *reader) wanted(i int) error {
	if i+1 >= len(r.tokens) || !slices.ContainsFunc(reserved, r.tokens[i+1].is) {
		return nil
	}
	what := strings.ToUpper(r.tokens[i].Text)
	if what == "," {
		what = "the comma"
	}
	return &Error{r.tokens[i].Start, what + " is followed by " + strings.ToUpper(r.tokens[i+1].Text) + ", with no table between them"}
}

// isField reports whether a word is part of a dotted name: x.from.
func (r *reader) isField(i int) bool {
	return i > 0 && (r.tokens[i-1].is(".") || r.tokens[i-1].is(":"))
}

// distinct reports whether a FROM belongs to IS [NOT] DISTINCT FROM, which is a
// comparison.
func (r *reader) distinct(i int) bool {
	return i > 1 && r.tokens[i-1].is("DISTINCT") && (r.tokens[i-2].is("IS") || r.tokens[i-2].is("NOT"))
}

// star returns the star of SELECT *, SELECT DISTINCT * and SELECT t.*.
func (r *reader) star(i int) *Token {
	for i++; i < len(r.tokens) && (r.tokens[i].is("DISTINCT") || r.tokens[i].is("ALL")); i++ {
	}
	for i+2 < len(r.tokens) && (r.tokens[i].Kind == Word || r.tokens[i].Kind == Quoted) && r.tokens[i+1].is(".") {
		i += 2
	}
	if i < len(r.tokens) && r.tokens[i].is("*") {
		return &r.tokens[i]
	}
	return nil
}

// table reads a table name at i and returns its last token, or the token before
// if there is none.
func (r *reader) table(i int) int {
	start := i
	if i >= len(r.tokens) {
		return i - 1
	}
	if r.tokens[i].is("ONLY") {
		i++
	}
	var t Table
	end := i
	for ; end < len(r.tokens); end += 2 {
		p := r.tokens[end]
		if p.Kind != Word && p.Kind != Quoted {
			return max(start-1, end-1) // a bracket, a template, @stage, a string
		}
		if len(t.Parts) == 0 && p.Kind == Word && slices.ContainsFunc([]string{"LATERAL", "TABLE", "VALUES", "UNNEST", "SELECT"}, p.is) {
			return start - 1
		}
		t.Parts = append(t.Parts, p.Text)
		t.Start, t.End = r.tokens[i].Start, p.End
		if end+1 >= len(r.tokens) || !r.tokens[end+1].is(".") {
			break
		}
		// In Snowflake, db..table means the default schema.
		if end+2 < len(r.tokens) && r.tokens[end+2].is(".") {
			t.Parts = append(t.Parts, "")
			end++
		}
	}
	if end >= len(r.tokens) {
		return len(r.tokens) - 1
	}
	if next := end + 1; next < len(r.tokens) && (r.tokens[next].is("(") || r.tokens[next].Kind == Template && r.tokens[next].Start == r.tokens[end].End) {
		return end // a function, or a name that continues in a template
	}
	at := &r.levels[len(r.levels)-1]
	if len(t.Parts) == 1 {
		if _, own := slices.BinarySearch(r.query.Names, strings.ToLower(t.Parts[0])); own {
			return end
		}
	}
	if at.star != nil && !at.starUsed {
		at.starUsed, t.Star = true, at.star
	}
	r.query.Tables = append(r.query.Tables, t)
	return end
}
