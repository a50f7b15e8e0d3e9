package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/repo/config"
)

// shouting is a rule that isn't one of pdac's own.
func shouting() lint.Rule {
	return lint.Rule{
		ID: "ACME01", Name: "shouting", Severity: lint.Warning,
		Doc: lint.Doc{
			What: "A title is in capitals.",
			Bad:  "\n-- rules/a.yml --\nAnalysisType: rule\nRuleID: A\nDisplayName: ALARM\n",
			Good: "\n-- rules/a.yml --\nAnalysisType: rule\nRuleID: A\nDisplayName: Alarm\n",
		},
		Options: []lint.Option{{Name: "allowed", Doc: "Titles that may be in capitals.", Default: []string{"AWS"}}},
		Spec: func(p *lint.SpecPass) {
			v := p.Value("DisplayName")
			if v == nil || v.Value != strings.ToUpper(v.Value) {
				return
			}
			for _, a := range p.Strings("allowed") {
				if a == v.Value {
					return
				}
			}
			p.ReportNode(v, "the title %q is in capitals", v.Value)
		},
	}
}

// titles is a rule of one's own over the whole repository.
func titles() lint.Rule {
	return lint.Rule{
		ID: "ACME02", Name: "same-title", Severity: lint.Info, Doc: lint.Doc{What: "Two specs have the same title."},
		CollectSpec: func(p *lint.SpecPass) []lint.Fact {
			return []lint.Fact{{Name: "title", Value: p.Facts.DisplayName.Value, Range: p.Facts.DisplayName.Range}}
		},
		Repo: func(p *lint.RepoPass) {
			seen := map[string]*lint.Facts{}
			for f := range p.Specs() {
				for _, fact := range p.Collected(f) {
					if other := seen[fact.Value]; other != nil {
						p.Report(f, fact.Range, "the title of %s", other.Path)
					}
					seen[fact.Value] = f
				}
			}
		},
	}
}

func ownFindings(t *testing.T, o lint.Options, files map[string]string) string {
	t.Helper()
	tree := repo.Overlay{Files: map[string][]byte{}}
	for p, text := range files {
		tree.Files[p] = []byte(text)
	}
	res, err := lint.Run(t.Context(), lint.Input{Tree: tree}, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range res.Findings {
		if res.RuleOf(f).ID != f.Rule {
			t.Errorf("the rule of %s is %q", f.Rule, res.RuleOf(f).ID)
		}
		out = append(out, f.Path+" "+f.Rule+" "+string(f.Severity))
	}
	return strings.Join(out, "; ")
}

func parseConfig(t *testing.T, text string) config.Lint {
	t.Helper()
	c, err := config.Parse([]byte("version: 1\nlint:\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c.Lint
}

// TestOwnRules: everything that pdac.yaml and comments say about pdac's own rules
// works for other rules, too.
func TestOwnRules(t *testing.T) {
	loud := "AnalysisType: rule\nRuleID: A\nSeverity: Hihg\nDisplayName: ALARM\n"
	all := append(lint.Rules(), shouting(), titles())
	for _, c := range []struct {
		name    string
		rules   []lint.Rule
		cfg     string
		choose  []string
		text    string
		want    string
		comment bool
	}{
		{name: "beside", rules: all, choose: []string{"ACME", "PD107"}, want: "a.yml PD107 error; a.yml ACME01 warning; b.yml ACME01 warning; b.yml ACME02 info"},
		{name: "default", rules: []lint.Rule{shouting(), titles()}, want: "a.yml ACME01 warning"},
		{name: "instead", rules: []lint.Rule{shouting()}, choose: []string{"all"}, want: "a.yml ACME01 warning"},
		{name: "none", rules: []lint.Rule{}, choose: []string{"all"}},
		{name: "start of an id", rules: all, choose: []string{"ACME0"}, want: "a.yml ACME01 warning; b.yml ACME01 warning; b.yml ACME02 info"},
		{name: "placeholder", rules: all, choose: []string{"ACMEXX"}, want: "a.yml ACME01 warning; b.yml ACME01 warning; b.yml ACME02 info"},
		{name: "name", rules: all, choose: []string{"same-title"}, want: "b.yml ACME02 info"},
		{name: "pdac.yaml", rules: all, cfg: "select: [PD107]\nseverity: {ACME01: error}", want: "a.yml PD107 error; a.yml ACME01 error"},
		{name: "path", rules: all, cfg: "select: [shouting]\npaths:\n  - {glob: '**', ignore: [ACME01]}"},
		{name: "ignored", rules: all, cfg: "select: [ACME]\nignore: [ACME02]", want: "a.yml ACME01 warning"},
		{name: "option", rules: all, cfg: "select: [ACME01]\noptions:\n  ACME01: {allowed: [ALARM]}"},
		{name: "comment", rules: all, choose: []string{"ACME01", "PD0"}, text: "DisplayName: ALARM # pdac:ignore acme01 -- so it is\n"},
		{name: "unused comment", rules: all, choose: []string{"ACME01", "PD0"}, text: "DisplayName: Alarm # pdac:ignore shouting -- so it is\n", want: "a.yml PD001 warning"},
		{name: "unknown in a comment", rules: []lint.Rule{shouting()}, choose: []string{"all"}, text: "DisplayName: Alarm # pdac:ignore PD107 -- so it is\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := lint.Options{Rules: c.rules, Select: c.choose}
			if c.cfg != "" {
				o.Config = parseConfig(t, c.cfg)
			}
			text := loud
			if c.text != "" {
				text = "AnalysisType: rule\nRuleID: A\n" + c.text
			}
			files := map[string]string{"a.yml": text, "b.yml": strings.Replace(strings.Replace(loud, "Hihg", "High", 1), "RuleID: A", "RuleID: B", 1)}
			if !strings.Contains(c.want, "b.yml") {
				delete(files, "b.yml")
			}
			o.Content = repo.Options{Include: []string{"**"}}
			if got := ownFindings(t, o, files); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			// The same with a cache, cold and warm.
			o.Cache = lint.Cache{Root: t.TempDir(), Build: "test", Key: []byte("test")}
			for range 2 {
				if got := ownFindings(t, o, files); got != c.want {
					t.Errorf("with a cache: found %q, want %q", got, c.want)
				}
			}
		})
	}
}

// TestOwnRulesShareNoCache: two lists of rules never use each other's results,
// even if the same rules run. Which rules exist decides what a comment may name.
func TestOwnRulesShareNoCache(t *testing.T) {
	malformed, err := lint.FindRule("PD002")
	if err != nil {
		t.Fatal(err)
	}
	o := lint.Options{Select: []string{"ACME01", "PD002"}, Cache: lint.Cache{Root: t.TempDir(), Build: "test", Key: []byte("test")}}
	files := map[string]string{"a.yml": "AnalysisType: rule\nRuleID: A\nDisplayName: ALARM # pdac:ignore PD107 -- why\n"}
	for range 2 {
		o.Rules = []lint.Rule{shouting(), malformed}
		if got := ownFindings(t, o, files); got != "a.yml ACME01 warning; a.yml PD002 warning" {
			t.Errorf("two rules: found %q", got)
		}
		o.Rules = append(lint.Rules(), shouting())
		if got := ownFindings(t, o, files); got != "a.yml ACME01 warning" {
			t.Errorf("all rules: found %q", got)
		}
	}
}

func TestRulesAreChecked(t *testing.T) {
	for want, change := range map[string]func(*lint.Rule){
		`rule "acme1": the id must be capital letters followed by digits, such as ACME01`:                          func(r *lint.Rule) { r.ID = "acme1" },
		`rule "PD1234": an id that begins with PD needs three digits; use another prefix for your own rules`:       func(r *lint.Rule) { r.ID = "PD1234" },
		`rule "ACME01": the name "Same Title" must be lower-case words joined by hyphens, such as duplicate-id`:    func(r *lint.Rule) { r.Name = "Same Title" },
		`rule "ACME01": the name "default" selects groups of rules; use another name`:                              func(r *lint.Rule) { r.Name = "default" },
		`rule "ACME01": the severity "loud" must be one of error, warning, info`:                                   func(r *lint.Rule) { r.Severity = "loud" },
		`rule "ACME01": Doc.What is empty; say in one sentence what the rule finds`:                                func(r *lint.Rule) { r.Doc.What = " " },
		`rule "ACME01": it has none of the functions Spec, Python and Repo, so it can find nothing`:                func(r *lint.Rule) { r.Spec = nil },
		`rule "ACME01": it collects facts, but has no function Repo to use them`:                                   func(r *lint.Rule) { r.CollectSpec = func(*lint.SpecPass) []lint.Fact { return nil } },
		`rule "ACME01": the default of option "n" has the type int64; use []string, string, int or bool`:           func(r *lint.Rule) { r.Options = []lint.Option{{Name: "n", Default: int64(1)}} },
		`rule "ACME01": an option has an empty or repeated name "n"`:                                               func(r *lint.Rule) { r.Options = []lint.Option{{Name: "n", Default: 1}, {Name: "n", Default: 1}} },
		`the rules PD107 (bad-enum) and PD107 (shouting) share an id or a name; every id and name must be unique`:  func(r *lint.Rule) { r.ID = "PD107" },
		`the rules ACME01 (bad-enum) and PD107 (bad-enum) share an id or a name; every id and name must be unique`: func(r *lint.Rule) { r.Name = "bad-enum" },
	} {
		r := shouting()
		change(&r)
		_, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{}}, lint.Options{Rules: append(lint.Rules(), r)})
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := lint.Run(t.Context(), lint.Input{}, lint.Options{}); err == nil {
		t.Error("no error without a tree")
	}
	_, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{}}, lint.Options{Rules: append(lint.Rules(), shouting()), Select: []string{"shoutin"}})
	if err == nil || !strings.Contains(err.Error(), `did you mean "shouting"?`) {
		t.Errorf("got %v", err)
	}
}

// TestOwnRuleHasExamples: the examples of a rule of one's own can be run.
func TestOwnRuleHasExamples(t *testing.T) {
	r := shouting()
	for text, want := range map[string]int{r.Doc.Bad: 1, r.Doc.Good: 0} {
		res, err := lint.LintExample(t.Context(), r, text)
		if err != nil || len(res.Findings) != want {
			t.Errorf("%d findings (%v), want %d, in%s", len(res.Findings), err, want, text)
		}
	}
	if got := r.Family(); got != "Custom rules" {
		t.Errorf("the family is %q", got)
	}
}

// TestCatalogueIsComplete: every function of a rule is in the catalogue, in a file
// that is named for the rule.
func TestCatalogueIsComplete(t *testing.T) {
	paths, err := filepath.Glob("pd[0-9]*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func rule(PD\d{3})\(\) Rule`)
	files := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			files[string(m[1])] = p
		}
	}
	for _, r := range lint.Rules() {
		want := strings.ToLower(r.ID) + "_" + strings.ReplaceAll(r.Name, "-", "_") + ".go"
		want = strings.Replace(want, "_test.go", "_tests.go", 1) // Go takes the former for tests
		if files[r.ID] != want {
			t.Errorf("%s is in %q, want %q", r.ID, files[r.ID], want)
		}
		delete(files, r.ID)
	}
	for id, p := range files {
		t.Errorf("%s of %s is not in the catalogue; add rule%s to catalogue.go", id, p, id)
	}
}
