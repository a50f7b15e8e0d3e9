package sqllex_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/sqllex"
)

func TestCheck(t *testing.T) {
	for _, tc := range []struct{ sql, at, want string }{
		{"SELECT a,, b FROM t", ",, b", `"," is followed by ","`},
		{"SELECT a FROM t WHERE p_occurs_since('24 h',, t)", ",, t", `"," is followed by ","`},
		{"SELECT f(a, , b) FROM t", ", , b", `"," is followed by ","`},
		{"SELECT f(a, ) FROM t", ", )", `"," is followed by ")"`},
		{"SELECT f(, a) FROM t", "(, a", `"(" is followed by ","`},
		{"SELECT a FROM t WHERE x AND and y", "AND and", "AND is followed by AND"},
		{"SELECT a FROM t WHERE x OR AND y", "OR AND", "OR is followed by AND"},
		{"SELECT a FROM t WHERE AND y", "WHERE AND", "WHERE is followed by AND"},
		{"SELECT a FROM t WHERE x = = 1", "= = 1", "the operator is followed by ="},
		{"SELECT a FROM t WHERE x = LIKE 'a'", "= LIKE", "the operator is followed by LIKE"},
		{"SELECT a FROM t WHERE x LIKE LIKE 'a'", "LIKE LIKE", "LIKE is followed by LIKE"},
		{"SELECT a FROM t WHERE (x AND) OR y", "AND)", "AND is followed by )"},
		{"SELECT a FROM t WHERE x AND GROUP BY a", "AND GROUP", "AND is followed by GROUP"},
		{"SELECT a FROM t WHERE x = GROUP BY a", "= GROUP", "the operator is followed by GROUP"},
		{"SELECT a FROM t WHERE GROUP BY a", "WHERE GROUP", "WHERE is followed by GROUP"},
		{"SELECT a FROM t WHERE code IS NOT 5", "IS NOT 5", "IS NOT is followed by 5, but takes only NULL, TRUE and FALSE; write <> 5"},
		{"SELECT a FROM t WHERE code is 'x'", "is 'x'", "write = 'x'"},
		{"SELECT a FROM t WHERE code IS NOT IN (1)", "IS NOT IN", "IS NOT is followed by IN"},
		{"SELECT a FROM t WHERE code IS NOT other", "IS NOT other", "IS NOT is followed by other"},
		{"SELECT a FROM t # why\n", "# why", "# starts no comment in SQL; write --"},
		{"SELECT a FROM t WHERE x = 1 #", "#", "# starts no comment"},
		{"SELECT a FROM t WHERE", "WHERE", "the query ends after WHERE"},
		{"SELECT a FROM t WHERE x = ;", "= ;", "the operator is followed by ;"},
		{"SELECT a FROM t ORDER BY", "BY", "the query ends after BY"},
		{"SELECT a FROM t WHERE x IN", "IN", "the query ends after IN"},
		{"SELECT a, b,", ",", "the query ends after ,"},
		{"SELECT a FROM t WHERE x = 1; AND y = 2", "; AND", "the statement ends here, but AND continues it"},
		{"SELECT CASE WHEN a THEN 1 FROM t", "CASE", "the CASE that starts here is never closed; add END"},
		{"SELECT a[0 FROM t", "[0", "the bracket is never closed; add ]"},
		{"SELECT f(a[0) FROM t", "[0)", "the bracket is closed by )"},
		{"SELECT a] FROM t", "] FROM", "this closing bracket has no opening bracket"},
	} {
		q, err := sqllex.Read(tc.sql)
		if err != nil {
			t.Errorf("%q: %v", tc.sql, err)
			continue
		}
		got := q.Check(sqllex.Snowflake)
		switch {
		case got == nil:
			t.Errorf("%q: nothing is found", tc.sql)
		case !strings.HasPrefix(tc.sql[got.Offset:], tc.at) && tc.sql[got.Offset:] != tc.at || !strings.Contains(got.Message, tc.want):
			t.Errorf("%q: got %q: %s; want %q: %s", tc.sql, tc.sql[got.Offset:], got.Message, tc.at, tc.want)
		}
	}
}

// TestCheckAccepts is about correct queries that look odd.
func TestCheckAccepts(t *testing.T) {
	for _, sql := range []string{
		"SELECT a, b, FROM t WHERE p_occurs_since(1d, , p_parse_time)",
		"SELECT * FROM t WHERE a <= 1 AND b >= 2 AND c <> 3 AND d != 4 AND NOT e AND f = -1 AND NOT NOT g",
		"SELECT a FROM t WHERE a IS NOT NULL AND b is not distinct from c AND d IS TRUE AND e NOT IN (1) AND f NOT LIKE 'x'",
		"SELECT a FROM t WHERE x BETWEEN 1 AND 2 AND y LIKE ANY ('a', 'b') AND z RLIKE '#' AND \"#\" = 1 -- # fine",
		"SELECT x.and, y:or:is, a.limit, requestParameters:[0], b[0]:c[1]::string AS is FROM t",
		"SELECT CASE WHEN a = 1 THEN 2 ELSE 3 END AS x, CASE y WHEN 1 THEN 2 END FROM t;",
		"SELECT f(x => 1, y => 2), z -> a, col = any(w), count(*) FROM t // a comment",
		"SELECT a FROM t WHERE {{ x }} AND {{ y }} GROUP BY a;;",
		"SELECT case_id, end FROM t WHERE a NOT BETWEEN 1 AND 2 QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1",
		"SELECT a FROM t JOIN u ON (a = b AND c) WHERE NOT (x OR y)",
	} {
		q, err := sqllex.Read(sql)
		if err != nil {
			t.Errorf("%q: %v", sql, err)
		} else if got := q.Check(sqllex.Snowflake); got != nil {
			t.Errorf("%q: %q: %s", sql, sql[got.Offset:], got.Message)
		}
	}
	q, err := sqllex.Read("SELECT a FROM t // why")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []sqllex.Dialect{sqllex.Athena, sqllex.Databricks} {
		if got := q.Check(d); got == nil || !strings.Contains(got.Message, "// starts no comment") {
			t.Errorf("%s: %v", d, got)
		}
	}
}
