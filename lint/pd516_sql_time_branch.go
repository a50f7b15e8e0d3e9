package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/sqllex"
)

// rulePD516 finds time filters that count only on one side of an OR.
func rulePD516() Rule {
	return Rule{
		ID: "PD516", Name: "sql-time-branch", Severity: Warning,
		Doc: Doc{
			What: "The time filter of a query is joined with AND to only one side of an OR.",
			Why:  "AND binds before OR, so the other side reads all stored data: `a OR b AND p_occurs_since('1 d')` is `a OR (b AND p_occurs_since('1 d'))`. The query is slow, and returns the same rows in every run.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog WHERE a = 1 OR b = 2 AND p_occurs_since('1 d')
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Query: SELECT actor FROM panther_logs.public.okta_systemlog WHERE (a = 1 OR b = 2) AND p_occurs_since('1 d')
`,
		},
		Spec: pd516,
	}
}

func pd516(p *SpecPass) {
	for _, q := range sqlQueries(p) {
		if q.query == nil || q.query.Templated {
			continue
		}
		for i, t := range q.query.Tokens {
			if t.Kind == sqllex.Word && strings.EqualFold(t.Text, "WHERE") {
				if or := lostBound(q.query.Tokens[i+1:]); or != nil {
					f := p.Report(pieceRange(p, q.node, or.Start, or.End), "the time filter counts only on one side of this OR")
					f.Hint = "write brackets around what is joined with OR"
				}
			}
		}
	}
}

// clauseEnds are the words that end a WHERE clause.
var clauseEnds = strings.Fields("group order limit having qualify union intersect except minus window")

// lostBound looks through what follows WHERE. It returns the first OR of its top level
// if a time filter is on one side of it and not on the other.
func lostBound(ts []sqllex.Token) *sqllex.Token {
	var or *sqllex.Token
	depth, bound, with, without := 0, false, false, false
	branch := func() {
		with, without, bound = with || bound, without || !bound, false
	}
loop:
	for i := range ts {
		t := &ts[i]
		word := ""
		if t.Kind == sqllex.Word {
			word = strings.ToLower(t.Text)
		}
		switch {
		case t.Kind == sqllex.Symbol && t.Text == "(", word == "case":
			depth++
		case t.Kind == sqllex.Symbol && t.Text == ")", word == "end":
			if depth--; depth < 0 {
				break loop
			}
		case t.Kind == sqllex.Symbol && t.Text == ";", depth == 0 && slices.Contains(clauseEnds, word):
			break loop
		case depth == 0 && word == "or":
			if or == nil {
				or = t
			}
			branch()
		case slices.Contains(timeWords, word):
			bound = true
		}
	}
	branch()
	if or == nil || !with || !without {
		return nil
	}
	return or
}
