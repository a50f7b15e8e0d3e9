package sync_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// TestWhere selects by fields of the API and by what a list adds to them.
func TestWhere(t *testing.T) {
	entity := func(k panther.Kind, id string, fields map[string]any) panther.Entity {
		return panther.Entity{Key: panther.Key{Kind: k, ID: id}, Fields: fields}
	}
	live := sync.Live{}
	for _, e := range []panther.Entity{
		entity(panther.Rule, "R1", map[string]any{"severity": "HIGH", "enabled": true, "tags": []any{"a", "b c"}, "reports": map[string]any{"CIS": []any{"1"}}, "body": "x"}),
		entity(panther.Rule, "R2", map[string]any{"severity": "LOW", "enabled": false, "dedupPeriodMinutes": int64(15), "reference": "https://a/?b=c,d", "body": "x"}),
		entity(panther.Query, "Q1", map[string]any{"schedule.disabled": true, "sql": "select 1"}),
		entity(panther.Query, "Q2", map[string]any{"schedule.disabled": false, "sql": "select 1"}),
		entity(panther.Global, "G", map[string]any{"body": "x"}),
	} {
		live[e.Key] = e
	}
	for _, c := range []struct {
		where []string
		want  string
	}{
		{nil, "G Q1 Q2 R1 R2"},
		{[]string{"severity=high"}, "R1"},
		{[]string{"severity=HIGH,LOW"}, "R1 R2"},
		{[]string{"severity=HIGH,LOW,enabled=false"}, "R2"},
		{[]string{"severity=HIGH,LOW", "enabled=false"}, "R2"},
		{[]string{"severity!=HIGH"}, "G Q1 Q2 R2"},
		{[]string{"enabled=false"}, "Q1 R2"},
		{[]string{"enabled=true"}, "Q2 R1"},
		{[]string{`enabled=""`}, "G"},
		{[]string{"kind=query,global"}, "G Q1 Q2"},
		{[]string{"id=r1, Q2"}, "Q2 R1"},
		{[]string{"tags=b c"}, "R1"},
		{[]string{"reports=cis"}, "R1"},
		{[]string{"dedupPeriodMinutes=60"}, "R1"},
		{[]string{`reference!=""`}, "R2"},
		{[]string{"state=only_live"}, "G Q1 Q2 R1 R2"},
		{[]string{"state=drifted"}, ""},
		{[]string{"path=rules/a.yml"}, ""},
		{[]string{"owner=@x"}, "R1"},
		{[]string{`tags="b c"`}, "R1"},
		{[]string{`reference="https://a/?b=c,d",kind=rule`}, "R2"},
		{[]string{`id=R1, "https://a/?b=c,d", "Q2" `}, "Q2 R1"},
	} {
		w, err := sync.ParseWhere("--where", c.where)
		if err != nil {
			t.Fatal(err)
		}
		again, err := sync.ParseWhere("--where", w.Texts())
		if err != nil || !cmp.Equal(again.Texts(), w.Texts()) {
			t.Errorf("%q is written as %q, which is read as %q (%v)", c.where, w.Texts(), again.Texts(), err)
		}
		l, err := sync.List(t.Context(), &repo.Repo{}, live, sync.ListOptions{Where: w, OwnersOf: func(k panther.Key) []string {
			if k.ID == "R1" {
				return []string{"@X"}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, e := range l.Entities {
			if i > 0 {
				got += " "
			}
			got += e.ID
		}
		if got != c.want {
			t.Errorf("%q selects %s, want %s", c.where, got, c.want)
		}
	}
}

// TestWhereMistakes are explained.
func TestWhereMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"HIGH":                 `--where "HIGH" must have the form FIELD=VALUE, such as severity=HIGH,enabled=false; write reference="" for entities without a value`,
		"severity=":            `--where "severity=" must have the form FIELD=VALUE, such as severity=HIGH,enabled=false; write reference="" for entities without a value`,
		"severity=HIGH,":       `--where "severity=HIGH," must have the form FIELD=VALUE, such as severity=HIGH,enabled=false; write reference="" for entities without a value`,
		"Severity=HIGH":        `--where "Severity=HIGH": there is no field "Severity"; did you mean "severity"?`,
		"severity=HIGH,CRITIC": `--where "severity=HIGH,CRITIC": severity can't be "CRITIC"; use one of INFO, LOW, MEDIUM, HIGH, CRITICAL; did you mean "CRITICAL"?`,
		"kind=rules":           `--where "kind=rules": kind can't be "rules"; use one of global, data_model, query, rule, simple_rule, scheduled_rule, correlation_rule, policy; did you mean "rule"?`,
		`tags="a`:              `--where "tags=\"a": a value that begins with " must end with ", and a " in it is written as ""`,
		"enabled=yes":          `--where "enabled=yes": enabled can't be "yes"; use one of true, false`,
	} {
		if _, err := sync.ParseWhere("--where", []string{text}); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func FuzzParseWhere(f *testing.F) {
	for _, s := range []string{"severity=HIGH,LOW,enabled=false", `reference!=""`, "id==", "tags=a=b", "tags= ,", `tags="a,""b", "c=d" ,kind=rule`, `tags="" ,id=""""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := sync.ParseWhere("--where", []string{text})
		if err != nil {
			return
		}
		again, err := sync.ParseWhere("--where", w.Texts())
		if err != nil || !cmp.Equal(w.Texts(), again.Texts()) {
			t.Errorf("%q is %q, which is read as %q (%v)", text, w.Texts(), again.Texts(), err)
		}
	})
}
