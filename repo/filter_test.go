package repo_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/schemas"
	"pgregory.net/rapid"
)

func filters(t *testing.T, texts ...string) repo.Filters {
	t.Helper()
	fs, err := repo.ParseFilters("--filter", texts)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// TestFilters match specs, and live entities as if they were specs.
func TestFilters(t *testing.T) {
	const spec = "AnalysisType: rule\nRuleID: A.B\nFilename: a.py\nEnabled: true\nSeverity: High\nLogTypes: [AWS.ALB, &x AWS.CloudTrail]\n" +
		"DedupPeriodMinutes: 60\nReports:\n  MITRE ATT&CK: [TA0001:T1078]\nTags: []\nReference: ~\n"
	entity := panther.Entity{Key: panther.Key{Kind: panther.Rule, ID: "A.B"}, Fields: map[string]any{
		"enabled": true, "severity": "HIGH", "logTypes": []any{"AWS.ALB", "AWS.CloudTrail"}, "dedupPeriodMinutes": json.Number("60"),
		"reports": map[string]any{"MITRE ATT&CK": []any{"TA0001:T1078"}}, "tags": []any{}, "reference": "", "body": "def rule(e): ...",
	}}
	item := repo.ReadSpec("rules/a.yml", []byte(spec)).Item
	for text, want := range map[string]bool{
		"":                                  true,
		"Severity=High":                     true,
		"Severity=high,Critical":            true,
		"Severity=HIGH":                     true,
		"Severity=Low":                      false,
		"Severity!=Low":                     true,
		"Severity!=Low,High":                false,
		"Enabled=true":                      true,
		"Enabled=False":                     false,
		"AnalysisType=rule":                 true,
		"AnalysisType!=policy,global":       true,
		"LogTypes=aws.cloudtrail":           true,
		"LogTypes=AWS":                      false,
		"LogTypes!=AWS.ALB":                 false,
		"RuleID=A.B":                        true,
		"DedupPeriodMinutes=60":             true,
		"Reports=MITRE ATT&CK":              true,
		`Tags=""`:                           true,
		`Tags!=""`:                          false,
		`Reference=""`:                      true,
		`Status=""`:                         true,
		"Status!=Deprecated":                true,
		`Severity="",High`:                  true,
		"Severity=High LogTypes=AWS.ALB":    true,
		"Severity=High LogTypes=Okta.Event": false,
		" Severity = Low , High":            true,
	} {
		var list []string
		switch {
		case strings.HasPrefix(text, " "):
			list = []string{text}
		case strings.Contains(text, " LogTypes"):
			list = strings.Split(text, " ")
		case text != "":
			list = []string{text}
		}
		fs := filters(t, list...)
		if got := fs.Match(item.Root); got != want {
			t.Errorf("%q matches the spec: %v", text, got)
		}
		if got := fs.MatchEntity(entity); got != want {
			t.Errorf("%q matches the entity: %v", text, got)
		}
	}
	query := panther.Entity{Key: panther.Key{Kind: panther.Query, ID: "Q"}, Fields: map[string]any{"schedule.disabled": true, "schedule.rateMinutes": int64(5), "sql": "select 1"}}
	for text, want := range map[string]bool{"Enabled=false": true, "Enabled=true": false, "AnalysisType=scheduled_query": true, "AnalysisType=saved_query": false, "QueryName=Q": true, "Schedule=RateMinutes": true, `Schedule=""`: false, `EmailConfig=""`: true} {
		if got := filters(t, text).MatchEntity(query); got != want {
			t.Errorf("%q matches the query: %v", text, got)
		}
	}
}

// TestFilterMistakes are explained.
func TestFilterMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"Severity":           `--filter "Severity" must have the form KEY=VALUE, such as Severity=High,Critical`,
		"=High":              `--filter "=High" must have the form KEY=VALUE, such as Severity=High,Critical`,
		"Status=":            `--filter "Status=" must have the form KEY=VALUE, such as Severity=High,Critical; write 'Status=""' for specs without the key`,
		"Tags=a,,b":          `--filter "Tags=a,,b" has an empty value; remove a comma, or write "" for specs without the key`,
		"severity=High":      `--filter "severity=High": specs have no key "severity"; did you mean "Severity"?`,
		"Colour=red":         `--filter "Colour=red": specs have no key "Colour"; use a top-level key such as AnalysisType, Enabled, Severity, LogTypes, ResourceTypes, Tags, Status`,
		"Severity=Hihg":      `--filter "Severity=Hihg": Severity can't be "Hihg"; use one of Info, Low, Medium, High, Critical; did you mean "High"?`,
		"AnalysisType=rules": `--filter "AnalysisType=rules": AnalysisType can't be "rules"; use one of correlation_rule, datamodel, global, lookup_table, pack, policy, rule, saved_query, scheduled_prompt, scheduled_query, scheduled_rule; did you mean "rule"?`,
		"Enabled=yes":        `--filter "Enabled=yes": Enabled can't be "yes"; use one of true, false`,
	} {
		if _, err := repo.ParseFilters("--filter", []string{text}); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// TestFilterKeys are the top-level keys of the schemas of specs.
func TestFilterKeys(t *testing.T) {
	want := map[string]bool{}
	for _, kind := range schemas.SpecKinds() {
		text, _ := schemas.Spec(kind)
		var s struct{ Properties map[string]any }
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		for k := range s.Properties {
			want[k] = true
		}
	}
	var all []string
	for k := range want {
		all = append(all, k)
	}
	got := repo.FilterKeys()
	slices.Sort(all)
	slices.Sort(got)
	if d := cmp.Diff(all, got); d != "" {
		t.Errorf("the keys of filters (+) differ from those of the schemas (-):\n%s", d)
	}
}

// TestFiltersRoundTrip: what is parsed is written so that it is read again, and a
// filter and its opposite never agree.
func TestFiltersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := repo.Filter{
			Key: rapid.SampledFrom([]string{"Tags", "Status", "LogTypes"}).Draw(t, "key"), Not: rapid.Bool().Draw(t, "not"),
			Values: rapid.SliceOfN(rapid.StringMatching(`([a-zA-Z.:=! ]*[a-zA-Z.:=!])?`).Filter(func(s string) bool { return s == strings.TrimSpace(s) }), 1, 4).Draw(t, "values"),
		}
		read, err := repo.ParseFilters("--filter", []string{f.String()})
		if err != nil || len(read) != 1 || !cmp.Equal(read[0], f) {
			t.Fatalf("%q is read as %#v (%v), written from %#v", f, read, err, f)
		}
		tags := rapid.SliceOfN(rapid.SampledFrom(append([]string{"x"}, f.Values...)), 0, 3).Draw(t, "tags")
		var list []any
		for _, tag := range tags {
			list = append(list, tag)
		}
		e := panther.Entity{Key: panther.Key{Kind: panther.Rule, ID: "A"}, Fields: map[string]any{"tags": list, "logTypes": list}}
		opposite := f
		opposite.Not = !f.Not
		if (repo.Filters{f}).MatchEntity(e) == (repo.Filters{opposite}).MatchEntity(e) {
			t.Fatalf("%s and its opposite agree about %v", f, tags)
		}
	})
}

func FuzzParseFilters(f *testing.F) {
	for _, s := range []string{"Severity=High,Critical", "Status!=Deprecated", `Tags=""`, "Tags==,", "=", "LogTypes= a , b "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fs, err := repo.ParseFilters("--filter", []string{text})
		if err != nil {
			return
		}
		again, err := repo.ParseFilters("--filter", fs.Texts())
		if err != nil || !cmp.Equal(fs, again) {
			t.Errorf("%q is %q, which is read as %q (%v)", text, fs.Texts(), again.Texts(), err)
		}
	})
}
