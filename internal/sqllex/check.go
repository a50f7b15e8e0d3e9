package sqllex

import (
	"fmt"
	"slices"
	"strings"
)

// Dialect is the database that runs a query.
type Dialect string

// The dialects.
const (
	Snowflake  Dialect = "snowflake"
	Athena     Dialect = "athena"
	Databricks Dialect = "databricks"
)

var (
	// operators need a value on both sides, and conditions one after them.
	comparisons = []string{"=", "<", ">", "!"}
	operators   = []string{"AND", "OR", "LIKE", "ILIKE", "RLIKE", "REGEXP", "IN", "BETWEEN", "IS"}
	// wanting are the keywords after which something must follow.
	wanting = append([]string{"WHERE", "ON", "BY", "HAVING", "QUALIFY", "SELECT", "FROM", "JOIN", "NOT", "WHEN", "THEN", "UNION", "LIMIT"}, operators...)
	// clauses start another part of a query.
	clauses = []string{"WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "UNION", "INTERSECT", "FROM", "JOIN", "THEN", "ELSE", "WHEN", "END"}
	// parts go on with a statement that a semicolon has ended.
	parts = []string{"AND", "OR", "WHERE", "GROUP", "ORDER", "HAVING", "QUALIFY", "LIMIT", "JOIN", "ON", "UNION", "FROM", ")", ","}
	// tests may follow IS and IS NOT.
	tests = []string{"NULL", "TRUE", "FALSE", "DISTINCT", "UNKNOWN"}
)

// Check returns the first place where the query can't be right in any reading: a
// comma or an operator twice, an operator without a value, a comparison that IS does
// not know, a comment of another language, a statement that ends too early. It
// returns nil if there is none.
func (q *Query) Check(d Dialect) *Error {
	if d != Snowflake && len(q.slashes) > 0 {
		return &Error{q.slashes[0], "// starts no comment in this database; write --"}
	}
	c := checker{ts: q.Tokens}
	for i := range c.ts {
		if err := c.at(i, q.Templated); err != nil {
			return err
		}
	}
	if err := c.end(q.Templated); err != nil {
		return err
	}
	if q.Templated {
		return nil
	}
	return c.brackets()
}

type checker struct{ ts []Token }

// word returns the token at i in capitals, if it is a keyword or a symbol.
func (c checker) word(i int) string {
	if i < 0 || i >= len(c.ts) || c.ts[i].Kind != Word && c.ts[i].Kind != Symbol || c.field(i) {
		return ""
	}
	return strings.ToUpper(c.ts[i].Text)
}

// field reports whether a token is a part of a dotted name, such as x.from and x:by.
func (c checker) field(i int) bool {
	return c.ts[i].Kind == Word && i > 0 && (c.ts[i-1].is(".") || c.ts[i-1].is(":") || c.ts[i-1].is("@"))
}

// glued reports whether a token follows the one before it without a space.
func (c checker) glued(i int) bool { return i > 0 && c.ts[i-1].End == c.ts[i].Start }

func (c checker) at(i int, templated bool) *Error {
	t, word, next := c.ts[i], c.word(i), c.word(i+1)
	fault := func(format string, args ...any) *Error { return &Error{t.Start, fmt.Sprintf(format, args...)} }
	if word == "" || i+1 == len(c.ts) {
		if word == "#" {
			return fault("# starts no comment in SQL; write --")
		}
		return nil
	}
	comparison := slices.Contains(comparisons, word)
	switch {
	case word == "#":
		return fault("# starts no comment in SQL; write --")
	case word == "," && next == "," && !c.glued(i+1) && c.macro(i):
		return nil
	case word == "," && (next == "," || next == ")") && !templated, word == "(" && next == ",":
		return fault("%q is followed by %q, with no value between them", word, next)
	case comparison && c.glued(i+1):
		return nil // the last part of the operator counts
	case comparison && (slices.Contains(comparisons, next) || slices.Contains(operators, next)):
		return fault("the operator is followed by %s, with no value between them", next)
	case word == "IS":
		return c.is(i)
	case slices.Contains(operators, word) && (slices.Contains(comparisons, next) || slices.Contains(operators, next) || next == ","):
		return fault("%s is followed by %s, with no value between them", word, next)
	case (word == "WHERE" || word == "HAVING") && (next == "AND" || next == "OR" || slices.Contains(comparisons, next)):
		return fault("%s is followed by %s, with no condition between them", word, next)
	case (word == "AND" || word == "OR" || word == "WHERE" || word == "HAVING" || comparison) && (slices.Contains(clauses, next) || next == ")" || next == ";"):
		what := word
		if comparison {
			what = "the operator"
		}
		return fault("%s is followed by %s, with no condition or value between them", what, next)
	case (word == "(" || word == ",") && (next == "AND" || next == "OR"):
		return fault("%s is followed by %s, with no condition between them", word, next)
	case word == ";" && slices.Contains(parts, next):
		return fault("the statement ends here, but %s continues it; remove the semicolon", next)
	}
	return nil
}

// macro reports whether a comma is between the arguments of one of Panther's macros,
// which may be left out: p_occurs_since(1d, , start_time). Queries that wrote two
// commas without a space between them failed.
func (c checker) macro(i int) bool {
	depth := 0
	for ; i > 0; i-- {
		switch {
		case c.ts[i].is(")"):
			depth++
		case c.ts[i].is("(") && depth > 0:
			depth--
		case c.ts[i].is("("):
			return strings.HasPrefix(strings.ToLower(c.ts[i-1].Text), "p_")
		}
	}
	return false
}

// is checks what follows IS.
func (c checker) is(i int) *Error {
	what, j := "IS", i+1
	if c.word(j) == "NOT" {
		what, j = "IS NOT", j+1
	}
	if j >= len(c.ts) || i > 0 && (c.ts[i-1].is("AS") || c.ts[i-1].is(",") || c.ts[i-1].is("SELECT")) {
		return nil // the end is checked elsewhere; others are names
	}
	t := c.ts[j]
	switch {
	case t.Kind == Number, t.Kind == String:
		operator := map[string]string{"IS": "=", "IS NOT": "<>"}[what]
		return &Error{c.ts[i].Start, fmt.Sprintf("%s is followed by %s, but takes only NULL, TRUE and FALSE; write %s %s", what, t.Text, operator, t.Text)}
	case slices.Contains(operators, c.word(j)), slices.Contains(comparisons, c.word(j)), c.word(j) == ")" || c.word(j) == ",":
		return &Error{c.ts[i].Start, fmt.Sprintf("%s is followed by %s, but takes only NULL, TRUE, FALSE and DISTINCT FROM", what, t.Text)}
	case t.Kind == Word && what == "IS NOT" && !slices.ContainsFunc(tests, t.is):
		return &Error{c.ts[i].Start, fmt.Sprintf("IS NOT is followed by %s, but takes only NULL, TRUE, FALSE and DISTINCT FROM", t.Text)}
	}
	return nil
}

// end checks that the statement doesn't end too early.
func (c checker) end(templated bool) *Error {
	last := len(c.ts) - 1
	for last >= 0 && c.ts[last].is(";") {
		last--
	}
	if last < 0 {
		return nil
	}
	word := c.word(last)
	switch {
	case slices.Contains(wanting, word), word == "," || word == "." || slices.Contains(comparisons, word):
		return &Error{c.ts[last].Start, fmt.Sprintf("the query ends after %s, where something must follow", word)}
	}
	if templated {
		return nil
	}
	var open []int
	for i := range c.ts {
		switch c.word(i) {
		case "CASE":
			open = append(open, i)
		case "END":
			open = open[:max(len(open)-1, 0)]
		}
	}
	if len(open) > 0 && c.word(open[0]+1) == "WHEN" {
		return &Error{c.ts[open[0]].Start, "the CASE that starts here is never closed; add END"}
	}
	return nil
}

// brackets checks that square brackets are closed, inside round ones.
func (c checker) brackets() *Error {
	var open []int
	for i, t := range c.ts {
		switch {
		case t.is("("), t.is("["):
			open = append(open, i)
		case t.is(")"), t.is("]"):
			if len(open) == 0 {
				return &Error{t.Start, "this closing bracket has no opening bracket; remove it, or add one before it"}
			}
			last := c.ts[open[len(open)-1]]
			open = open[:len(open)-1]
			if last.is("(") != t.is(")") {
				return &Error{last.Start, fmt.Sprintf("the bracket is closed by %s", t.Text)}
			}
		}
	}
	if len(open) > 0 {
		return &Error{c.ts[open[len(open)-1]].Start, "the bracket is never closed; add ]"}
	}
	return nil
}
