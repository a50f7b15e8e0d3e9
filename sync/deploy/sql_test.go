package deploy_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git"
	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/deploy"
	"pgregory.net/rapid"
)

// sqlTeam is a repository of queries and its Panther.
type sqlTeam struct {
	t      fatal
	dir    string
	server *sandbox.Server
	client *panther.Client
	now    time.Time
	// sql is the setting.
	sql string
}

func newSQLTeam(t testing.TB, rt fatal, cleanup func(func())) *sqlTeam {
	dir, err := os.MkdirTemp("", "pdac-sql-")
	check(rt, err)
	s, err := sandbox.Open(context.Background(), sandbox.Options{Token: "secret"})
	check(rt, err)
	cleanup(func() {
		s.Close()
		os.RemoveAll(dir)
	})
	c, err := panther.NewClient(panther.Options{Host: "localhost", Token: "secret", Transport: s.Transport()})
	check(rt, err)
	gittest.Run(t, dir, "init", "-q", "-b", "main")
	return &sqlTeam{t: rt, dir: dir, server: s, client: c, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
}

func (w *sqlTeam) commit(files synth.Files) {
	w.t.Helper()
	check(w.t, files.Write(w.dir))
	gittest.Run(w.t, w.dir, "add", "-A")
	gittest.Run(w.t, w.dir, "commit", "-q", "--allow-empty", "-m", "work")
}

func (w *sqlTeam) session() *deploy.Session {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	now := w.now
	s, err := deploy.Open(context.Background(), deploy.Options{
		Root: w.dir, SQL: w.sql, Git: git.Options{Env: gittest.Env()}, Tenant: "test", Actor: "Ada <ada@example.com>", Now: func() time.Time { return now },
	})
	check(w.t, err)
	return s
}

func (w *sqlTeam) plan() (*deploy.Session, *sync.Plan) {
	w.t.Helper()
	s := w.session()
	p, err := s.Plan(context.Background(), w.client, deploy.PlanOptions{})
	check(w.t, err)
	return s, p
}

func (w *sqlTeam) apply() {
	w.t.Helper()
	s, p := w.plan()
	if r := s.Apply(context.Background(), w.client, p, deploy.ApplyOptions{}); !r.OK() || r.Record.Problem != "" {
		w.t.Fatalf("%+v", r)
	}
}

// quiet wants no difference and no drift.
func (w *sqlTeam) quiet(when string) {
	w.t.Helper()
	if _, p := w.plan(); !p.Empty() || p.Summary.Converged > 0 || len(p.Kept) > 0 {
		w.t.Fatalf("%s, the plan holds %v", when, shown(p))
	}
	d, err := w.session().Drift(context.Background(), w.client, deploy.DriftOptions{})
	check(w.t, err)
	if len(d.Entities) > 0 {
		w.t.Fatalf("%s, this drifted: %+v", when, d.Entities)
	}
}

func (w *sqlTeam) live(name string) string {
	w.t.Helper()
	e, err := w.server.Get(sandbox.Queries, name)
	check(w.t, err)
	return e["sql"].(string)
}

func (w *sqlTeam) notes(p *sync.Plan) []string {
	var out []string
	for _, d := range p.Diagnostics {
		if d.Severity != repo.SeverityInfo || strings.Contains(d.Message, "SQL") || strings.Contains(d.Message, "deploy.sql") {
			out = append(out, d.String())
		}
	}
	return out
}

func query(name string, texts ...string) string {
	out := "AnalysisType: saved_query\nQueryName: " + name + "\n"
	for _, t := range texts {
		key, sql, _ := strings.Cut(t, "=")
		out += key + ": " + sql + "\n"
	}
	return out
}

// TestPropertyWhicheverSQLIsLive: an unchanged repository plans nothing, before and
// after the first record, and a console edit goes into the text that is deployed.
func TestPropertyWhicheverSQLIsLive(t *testing.T) {
	gittest.Need(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newSQLTeam(t, rt, rt.Cleanup)
		files := synth.Files{}
		liveKey := map[string]string{}
		for i := range rapid.IntRange(1, 4).Draw(rt, "queries") {
			name := fmt.Sprintf("Q%d", i)
			keys := rapid.SliceOfNDistinct(rapid.SampledFrom(panther.SQLKeys()), 1, 4, rapid.ID).Draw(rt, "keys")
			var texts []string
			for _, k := range keys {
				texts = append(texts, k+"=SELECT "+rapid.SampledFrom([]string{k, "1"}).Draw(rt, "text"))
			}
			files["queries/"+name+".yml"] = query(name, texts...)
			liveKey[name] = rapid.SampledFrom(keys).Draw(rt, "live")
			_, sql, _ := strings.Cut(texts[slices.Index(keys, liveKey[name])], "=")
			_, err := w.server.Put(context.Background(), sandbox.Queries, map[string]any{"name": name, "sql": sql})
			check(rt, err)
		}
		w.commit(files)
		if _, p := w.plan(); !p.Empty() {
			rt.Fatalf("the plan holds %v", shown(p))
		}
		w.apply()
		w.quiet("after the first record")
		for name := range liveKey {
			check(rt, w.server.Edit(context.Background(), sandbox.Queries, name, func(e map[string]any) { e["sql"] = "SELECT 'edited'" }))
		}
		s := w.session()
		pull, err := s.Pull(context.Background(), w.client, deploy.PullOptions{})
		check(rt, err)
		check(rt, s.Write(pull, false))
		for name, key := range liveKey {
			before := files["queries/"+name+".yml"]
			after := string(pull.Files["queries/"+name+".yml"])
			// The edited text is the one that was live, or one that was equal to it.
			n := 0
			for i, line := range strings.Split(before, "\n") {
				if got := strings.Split(after, "\n")[i]; got != line {
					n++
					was, _, _ := strings.Cut(line, ": ")
					equal := strings.TrimPrefix(line, was) == strings.TrimPrefix(lineOf(before, key), key)
					if was != key && !equal {
						rt.Fatalf("%s: %q was edited, and live is %s", name, line, key)
					}
				}
			}
			if n != 1 {
				rt.Fatalf("%s: %d lines changed:\n%s\n%s", name, n, before, after)
			}
		}
		w.commit(nil)
		w.apply()
		w.quiet("after the pull")
	})
}

func lineOf(text, key string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, key+":") {
			return line
		}
	}
	return ""
}

// TestWithoutASettingWhatIsLiveGoesOn: an edit of the repository, or of the console,
// doesn't turn a query over to another database, and the choice is noted once.
func TestWithoutASettingWhatIsLiveGoesOn(t *testing.T) {
	gittest.Need(t)
	w := newSQLTeam(t, t, t.Cleanup)
	_, err := w.server.Put(t.Context(), sandbox.Queries, map[string]any{"name": "Q", "sql": "SELECT 'a'"})
	check(t, err)
	w.commit(synth.Files{"queries/q.yml": query("Q", "SnowflakeQuery=SELECT 's'", "AthenaQuery=SELECT 'a'")})
	w.apply()
	w.quiet("after the first apply")

	// Both texts change, and a new query has no live text to go by.
	w.commit(synth.Files{
		"queries/q.yml":   query("Q", "SnowflakeQuery=SELECT 's2'", "AthenaQuery=SELECT 'a2'"),
		"queries/new.yml": query("New", "AthenaQuery=SELECT 'new a'", "SnowflakeQuery=SELECT 'new s'"),
		"queries/one.yml": query("One", "DatabricksQuery=SELECT 'only'"),
	})
	_, p := w.plan()
	want := "info: queries with SQL for several databases are deployed with the text that is live already, or else with Snowflake's: AthenaQuery (2); choose one with deploy.sql in pdac.yaml (snowflake, athena, databricks)"
	if got := w.notes(p); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
	// A saved plan is recorded with the same texts.
	var file bytes.Buffer
	check(t, sync.WritePlan(&file, p))
	p, err = sync.ReadPlan(&file)
	check(t, err)
	s := w.session()
	check(t, s.Reload(t.Context(), p))
	if r := s.Apply(t.Context(), w.client, p, deploy.ApplyOptions{}); !r.OK() || r.Count(sync.Done) != 3 {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[string]string{"Q": "SELECT 'a2'", "New": "SELECT 'new a'", "One": "SELECT 'only'"} {
		if got := w.live(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	w.quiet("after the saved plan")

	// With the only live text edited in the console, the record knows whose it was.
	check(t, w.server.Edit(t.Context(), sandbox.Queries, "Q", func(e map[string]any) { e["sql"] = "SELECT 'by hand'" }))
	check(t, w.server.Edit(t.Context(), sandbox.Queries, "New", func(e map[string]any) { e["sql"] = "SELECT 'by hand'" }))
	if _, p = w.plan(); len(p.Changes) != 2 || p.Changes[0].Cause != sync.CauseDrift || p.Changes[1].Fields[0].After != "SELECT 'a2'" {
		t.Errorf("%v %+v", shown(p), p.Changes)
	}
}

// TestWithASetting: its text is deployed, or else Query; a query with neither is left
// alone, and said once.
func TestWithASetting(t *testing.T) {
	gittest.Need(t)
	w := newSQLTeam(t, t, t.Cleanup)
	w.commit(synth.Files{
		"queries/both.yml":  query("Both", "SnowflakeQuery=SELECT 's'", "AthenaQuery=SELECT 'a'"),
		"queries/any.yml":   query("Any", "SnowflakeQuery=SELECT 's'", "Query=SELECT 'any'"),
		"queries/other.yml": query("Other", "SnowflakeQuery=SELECT 's'"),
	})
	w.apply() // everything is Snowflake's at first
	for name, want := range map[string]string{"Both": "SELECT 's'", "Any": "SELECT 's'", "Other": "SELECT 's'"} {
		if got := w.live(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	w.sql = "athena"
	_, p := w.plan()
	if got, want := shown(p), []string{"update query/Any sql commit", "update query/Both sql commit"}; !slices.Equal(got, want) || p.Summary.NotDeployable != 1 {
		t.Errorf("planned %v, %+v", got, p.Summary)
	}
	want := "info: not deployed, because they have neither AthenaQuery nor Query, and deploy.sql in pdac.yaml is athena: Other"
	if got := w.notes(p); !slices.Equal(got, []string{want}) {
		t.Errorf("%q", got)
	}
	w.apply()
	for name, want := range map[string]string{"Both": "SELECT 'a'", "Any": "SELECT 'any'", "Other": "SELECT 's'"} {
		if got := w.live(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	w.quiet("after the setting")
	// A pull writes into the deployed text.
	check(t, w.server.Edit(t.Context(), sandbox.Queries, "Both", func(e map[string]any) { e["sql"] = "SELECT 'by hand'" }))
	pull, err := w.session().Pull(t.Context(), w.client, deploy.PullOptions{})
	check(t, err)
	if got, want := string(pull.Files["queries/both.yml"]), query("Both", "SnowflakeQuery=SELECT 's'", "AthenaQuery=SELECT 'by hand'"); got != want {
		t.Errorf("pulled:\n%s", got)
	}
}
