package sqllex_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/sqllex"
	"pgregory.net/rapid"
)

func tables(t *testing.T, sql string) string {
	t.Helper()
	q, err := sqllex.Read(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out []string
	for _, x := range q.Tables {
		name := x.Name()
		if x.Star != nil {
			name += "*"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestTables(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT a FROM db.public.t":                                                  "db.public.t",
		"select * from db.public.t limit 3":                                          "db.public.t*",
		"SELECT t.* FROM db.public.t AS t":                                           "db.public.t*",
		"SELECT count(*) FROM db.public.t":                                           "db.public.t",
		"SELECT DISTINCT * FROM a.b.c, d.e.f g, h":                                   "a.b.c* d.e.f h",
		`SELECT 1 FROM "My Db"."public"."T ""x"""`:                                   `My Db.public.T "x"`,
		"SELECT 1 FROM a JOIN b ON a.x = b.x LEFT OUTER JOIN c USING (x), d":         "a b c d",
		"WITH x AS (SELECT * FROM a.b.c), y(n) AS (SELECT 1 FROM X) SELECT * FROM y": "a.b.c*",
		"WITH RECURSIVE x AS (SELECT 1 FROM x) SELECT 1 FROM x, z":                   "z",
		"SELECT 1 FROM (SELECT 2 FROM t) s WHERE x IN (SELECT y FROM u)":             "t u",
		"SELECT 1 FROM t, LATERAL FLATTEN(input => t.x) f, u":                        "t u",
		"SELECT 1 FROM t CROSS JOIN LATERAL (SELECT 1 FROM u)":                       "t u",
		"SELECT 1 FROM TABLE(generator(rowcount => 3)), flatten(x), v":               "v",
		"SELECT EXTRACT(year FROM ts), TRIM(BOTH 'x' FROM y) FROM t":                 "t",
		"SELECT a IS NOT DISTINCT FROM b FROM t":                                     "t",
		"SELECT x.from, y:from::string FROM t":                                       "t",
		"SELECT 1 -- FROM no\n// FROM no\n/* FROM no */ FROM t -- , u":               "t",
		"SELECT 'it''s FROM no', 'a\\' FROM no', $$ FROM no $$ FROM t":               "t",
		"SELECT 1 FROM t WHERE a IN (1, 2), b":                                       "t",
		"SELECT 1 FROM t UNION ALL SELECT * FROM u ORDER BY 1, 2":                    "t u*",
		"SELECT 1 FROM {{ table }}, t":                                               "t",
		"SELECT 1 FROM {{ db }}.public.t":                                            "",
		"SELECT 1 FROM db.public.{{ t }}":                                            "",
		"SELECT 1 FROM db.public.x_{{ t }}":                                          "",
		"SELECT 1 FROM @stage/x":                                                     "",
		"SELECT 1 FROM VALUES (1), (2)":                                              "",
		"SELECT 1 FROM db..t":                                                        "db..t",
		"SELECT 1; SELECT 2 FROM t":                                                  "t",
		"DELETE FROM t":                                                              "",
		"":                                                                           "",
		"SELECT 1 FROM":                                                              "",
		"SELECT 1 FROM a.":                                                           "",
		"SELECT 1 FROM a ASOF JOIN b MATCH_CONDITION (a.x >= b.x)":                   "a b",
	} {
		if got := tables(t, sql); got != want {
			t.Errorf("%s\n got %q\nwant %q", sql, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 'a\nFROM t WHERE b = 'c' AND d = 'e'": "7 the string is never closed; add '",
		"SELECT 'a":      "7 the string is never closed; add '",
		`SELECT "a`:      `7 the quoted name is never closed; add "`,
		"SELECT $$a":     "7 the string is never closed; add $$",
		"SELECT 1 /* x":  "9 the comment is never closed; add */",
		"SELECT {{ x":    "7 the template is never closed; add }}",
		"SELECT {% x }}": "7 the template is never closed; add %}",
		"SELECT 1 FROM a JOIN b ON a.x = b.x, where 1": "35 the comma is followed by WHERE, with no table between them",
		"SELECT 1 from where a = 1":                    "9 FROM is followed by WHERE, with no table between them",
		"SELECT (1":                                    "7 the bracket is never closed; add )",
		"SELECT 1) FROM t":                             "8 this closing bracket has no opening bracket; remove it, or add one before it",
		"SELECT ((1) FROM (a) b":                       "7 the bracket is never closed; add )",
	} {
		_, err := sqllex.Read(sql)
		var at *sqllex.Error
		if !errors.As(err, &at) {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := fmt.Sprint(at.Offset, " ", at.Message); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
	// Brackets may be opened and closed by what a template fills in.
	if _, err := sqllex.Read("{% if x %} ( {% endif %} SELECT 1 )) {{ y }}"); err != nil {
		t.Error(err)
	}
}

// TestTokensCoverTheQuery: every token is what is at its offsets, in order.
func TestTokensCoverTheQuery(t *testing.T) {
	piece := rapid.SampledFrom([]string{"SELECT ", "FROM ", "a.b", "\"x y\"", "'t''s'", "(", ")", ",", "*", " -- c\n", "/*c*/", "{{x}}", "$$q$$", "12.5", "é", "\n", "WITH x AS ", ";", "`z`"})
	rapid.Check(t, func(t *rapid.T) {
		sql := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		tokens, err := sqllex.Lex(sql)
		if err != nil {
			return
		}
		last := 0
		for _, x := range tokens {
			if x.Start < last || x.End <= x.Start || x.End > len(sql) {
				t.Fatalf("%+v after %d in %q", x, last, sql)
			}
			if x.Kind != sqllex.Quoted && sql[x.Start:x.End] != x.Text {
				t.Fatalf("%+v is not %q", x, sql[x.Start:x.End])
			}
			last = x.End
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"SELECT * FROM a.b.c", "WITH x AS (SELECT 1) SELECT 1 FROM x, LATERAL FLATTEN(y)", "FROM .", "SELECT FROM a..", "{{", "select(((", "SELECT 1 FROM ONLY", "SELECT \"a\"\"b\" FROM `x`.y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		q, err := sqllex.Read(sql)
		if err != nil {
			return
		}
		for _, x := range q.Tables {
			if len(x.Parts) == 0 || x.Start < 0 || x.End > len(sql) || x.Start >= x.End {
				t.Fatalf("%+v in %q", x, sql)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sql := "WITH x AS (SELECT a, b FROM db.public.t WHERE p_occurs_since('1 d'))\n" + strings.Repeat("SELECT x.a, 'text', count(*) FROM x JOIN db.public.u ON x.a = u.a -- why\nUNION ALL\n", n) + "SELECT 1, 2, 3 FROM x"
			b.SetBytes(int64(len(sql)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sqllex.Read(sql); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
