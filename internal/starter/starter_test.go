package starter

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// all is one of each kind, in an order in which each finds what it needs.
var all = []Options{
	{Kind: "global", ID: "acme_text"},
	{Kind: "rule", ID: "Acme.Okta.Login", LogTypes: []string{"Okta.SystemLog"}},
	{Kind: "rule", ID: "Acme.Okta.High", LogTypes: []string{"Okta.SystemLog", "AWS.CloudTrail"}, Severity: "critical", Name: `It's: a \ #test`},
	{Kind: "simple_rule", ID: "Acme.Okta.Reset", LogTypes: []string{"Okta.SystemLog"}, Severity: "HIGH", Name: "It's: a #test of ours"},
	{Kind: "policy", ID: "Acme.S3.Encrypted", ResourceTypes: []string{"AWS.S3.Bucket"}},
	{Kind: "query", ID: "Acme: it's #1", LogTypes: []string{"Okta.SystemLog"}},
	{Kind: "query", ID: "Acme Logins, by hour", LogTypes: []string{"Okta.SystemLog"}, Every: 60},
	{Kind: "scheduled-rule", ID: "Acme.Okta.Many", Queries: []string{"Acme Logins, by hour"}},
	{Kind: "correlation-rule", ID: "Acme.Pair", Rules: []string{"Acme.Okta.Reset", "Acme.Okta.Login"}},
	{Kind: "correlation-rule", ID: "Acme.Twice", Rules: []string{"Acme.Okta.Login"}},
	{Kind: "data-model", ID: "true", LogTypes: []string{"Acme.Custom"}},
}

func start(t *testing.T, files map[string][]byte, o Options) (Start, error) {
	t.Helper()
	return New(t.Context(), Repository{Tree: repo.Overlay{Files: files}}, o)
}

// TestEveryKindIsClean writes each kind into one repository: lint with all its default
// rules finds nothing, and nothing is left to format.
func TestEveryKindIsClean(t *testing.T) {
	files := map[string][]byte{}
	var seen []string
	for _, o := range all {
		s, err := start(t, files, o)
		if err != nil {
			t.Fatalf("%s %s: %v", o.Kind, o.ID, err)
		}
		for name, text := range s.Files {
			if files[name] != nil {
				t.Errorf("%s exists", name)
			}
			files[name] = text
			if strings.Contains(string(text), "{{") {
				t.Errorf("%s has a placeholder:\n%s", name, text)
			}
		}
		if same, err := repo.Format(s.Spec, s.Files[s.Spec]); err != nil || string(same) != string(s.Files[s.Spec]) {
			t.Errorf("%s is not formatted: %v", s.Spec, err)
		}
		seen = append(seen, strings.ReplaceAll(o.Kind, "_", "-"))
	}
	for _, k := range Kinds() {
		if !slices.Contains(seen, k) {
			t.Errorf("the kind %s is not tested", k)
		}
	}
	res, err := lint.Run(context.Background(), lint.Input{Tree: repo.Overlay{Files: files}}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Findings {
		t.Errorf("%s:%d: %s %s: %s\n%s", f.Path, f.Range.Line, f.Severity, f.Rule, f.Message, files[f.Path])
	}
	if res.Specs != len(all) {
		t.Errorf("lint saw %d specs of %d", res.Specs, len(all))
	}
	if got := string(files["data_models/acme_custom_data_model.yml"]); !strings.Contains(got, "DataModelID: 'true'\n") {
		t.Errorf("an id that YAML takes for a boolean is not in quotes:\n%s", got)
	}
	want := []string{
		"correlation_rules/acme_pair.yml", "correlation_rules/acme_twice.yml", "data_models/acme_custom_data_model.yml", "global_helpers/acme_text.py", "global_helpers/acme_text.yml",
		"policies/aws_s3_policies/acme_s3_encrypted.py", "policies/aws_s3_policies/acme_s3_encrypted.yml",
	}
	got := slices.Sorted(maps.Keys(files))
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s is missing in %q", w, got)
		}
	}
}

// TestPlaceholdersAreListed checks that each is used, and that texts use no other.
func TestPlaceholdersAreListed(t *testing.T) {
	text := ""
	err := fs.WalkDir(content, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var b []byte
			b, err = content.ReadFile(p)
			text += string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Placeholders() {
		text = strings.ReplaceAll(text, "{{"+p+"}}", "")
	}
	if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
		t.Error("a text has an unknown placeholder")
	}
	page, err := os.ReadFile("../../docs/init.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Placeholders() {
		if !strings.Contains(string(page), "`{{"+p+"}}`") {
			t.Errorf("docs/init.md does not name {{%s}}", p)
		}
	}
}

func acme(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	root := os.DirFS("../../testdata/acme")
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[p], err = fs.ReadFile(root, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestTemplates makes specs from templates of a repository.
func TestTemplates(t *testing.T) {
	files := map[string][]byte{
		"templates/a_rule.yaml": []byte("# Ours. Id: {{id}}\nAnalysisType: rule\nRuleID: X\nFilename: wrong.py\nDisplayName: '{{name}}'\nEnabled: true\nLogTypes: [A.B]\nSeverity: Low\nTags: [\"{{log_type}}\", Team]\n"),
		"templates/a_rule.py":   []byte("# {{name}}\ndef rule(event):\n    return bool(event.get(\"x\"))\n"),
		"templates/b_query.yml": []byte("AnalysisType: scheduled_query\nQueryName: X\nEnabled: true\nQuery: SELECT a FROM {{table}} WHERE p_occurs_since('1 d')\nSchedule: {RateMinutes: 5, TimeoutMinutes: 1}\n"),
		"templates/c_other.yml": []byte("AnalysisType: policy\nPolicyID: X\nFilename: none.py\n"),
		"templates/d_bad.yml":   []byte("a: [\n"),
		"templates/list.yml":    []byte("- a\n"),
	}
	s, err := start(t, files, Options{Kind: "rule", ID: "Acme.Login", LogTypes: []string{"Okta.SystemLog"}, Severity: "high"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.Files["rules/okta_systemlog_rules/acme_login.yml"]), "# Ours. Id: Acme.Login\nAnalysisType: rule\nRuleID: Acme.Login\nFilename: acme_login.py\nDisplayName: 'Acme Login'\nEnabled: true\nLogTypes: [Okta.SystemLog]\nSeverity: High\nTags: [\"Okta.SystemLog\", Team]\n"; s.Template != "templates/a_rule.yaml" || sorted(got) != sorted(want) {
		t.Errorf("from %q:\n%s", s.Template, got)
	}
	if got := string(s.Files["rules/okta_systemlog_rules/acme_login.py"]); !strings.HasPrefix(got, "# Acme Login\ndef rule(event):\n") {
		t.Errorf("the Python is\n%s", got)
	}
	s, err = start(t, files, Options{Kind: "query", ID: "Acme Q", LogTypes: []string{"Okta.SystemLog"}, Every: 30})
	if got := string(s.Files[s.Spec]); err != nil || !strings.Contains(got, "RateMinutes: 30,") || !strings.Contains(got, "FROM panther_logs.public.okta_systemlog ") {
		t.Errorf("%v\n%s", err, got)
	}
	// A saved query, a policy without its Python and a simple rule have no template.
	for _, o := range []Options{
		{Kind: "query", ID: "Acme Q", LogTypes: []string{"A.B"}}, {Kind: "policy", ID: "P", ResourceTypes: []string{"A.B"}}, {Kind: "simple-rule", ID: "P", LogTypes: []string{"A.B"}},
		{Kind: "rule", ID: "P", LogTypes: []string{"A.B"}, BuiltIn: true},
	} {
		if s, err := start(t, files, o); err != nil || s.Template != "" {
			t.Errorf("%s is made from %q: %v", o.Kind, s.Template, err)
		}
	}
	for name, want := range map[string]string{
		"templates/none.yml":    `read the template: `,
		"templates/b_query.yml": `the template "templates/b_query.yml" is not for a rule; its AnalysisType is "scheduled_query"`,
		"templates/d_bad.yml":   `read the template: templates/d_bad.yml: line `,
		"templates/list.yml":    `the template "templates/list.yml" is not for a rule, but no spec`,
	} {
		_, err := start(t, files, Options{Kind: "rule", ID: "P", LogTypes: []string{"A.B"}, Template: name})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	_, err = start(t, files, Options{Kind: "policy", ID: "P", ResourceTypes: []string{"A.B"}, Template: "templates/c_other.yml"})
	if want := `the template "templates/c_other.yml" is not for a policy; its Python file templates/c_other.py does not exist`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestSiblings checks folders and names beside those of the demo.
func TestSiblings(t *testing.T) {
	for want, o := range map[string]Options{
		"rules/okta_rules/new_thing.yml":  {Kind: "rule", ID: "Acme.Okta.NewThing", LogTypes: []string{"Okta.SystemLog"}},
		"global_helpers/acme_more.yml":    {Kind: "global", ID: "acme_more"},
		"correlation_rules/acme_pair.yml": {Kind: "correlation-rule", ID: "Acme.Pair", Rules: []string{"Acme.Okta.MfaFactorReset"}},
	} {
		o.BuiltIn = true
		if s, err := start(t, acme(t), o); err != nil || s.Spec != want {
			t.Errorf("%s is in %s, want %s: %v", o.ID, s.Spec, want, err)
		}
	}
}

// TestRefused reads the text of each error.
func TestRefused(t *testing.T) {
	login := []string{"Okta.SystemLog"}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Kind: "rulle", ID: "A"}, `unknown kind "rulle"; use one of rule, simple-rule, scheduled-rule, correlation-rule, policy, global, data-model, query; did you mean "rule"?`},
		{Options{Kind: "rule"}, "the id is empty; write it like Acme.Okta.Login"},
		{Options{Kind: "rule", ID: strings.Repeat("a", 201)}, "the id has 201 bytes, more than 200"},
		{Options{Kind: "rule", ID: "../x"}, `the id "../x" must have only letters, digits, dots, hyphens and _, such as Acme.Okta.Login`},
		{Options{Kind: "global", ID: "a-b"}, `detections import a global by its id, so "a-b" must be a name of Python: letters, digits and _, such as acme_text`},
		{Options{Kind: "global", ID: "class"}, `"class" is a keyword of Python, so nothing can import it; choose another id`},
		{Options{Kind: "global", ID: "json"}, `the standard library of Python has a module "json", so no import would reach this global; choose another id, such as json_helpers`},
		{Options{Kind: "query", ID: "a<b"}, `the name "a<b" has a character that Panther refuses (<, >, &, " or %), or a blank at an end`},
		{Options{Kind: "query", ID: "a "}, `the name "a " has a character that Panther refuses (<, >, &, " or %), or a blank at an end`},
		{Options{Kind: "rule", ID: "A", Name: "{x}"}, `the name "{x}" has a character that Panther refuses (<, >, &, " or %), a brace, or a blank at its start`},
		{Options{Kind: "rule", ID: "Acme.Okta.MfaFactorReset", LogTypes: login}, "rule Acme.Okta.MfaFactorReset exists already, in rules/okta_rules/mfa_factor_reset.yml; choose another id"},
		{Options{Kind: "correlation-rule", ID: "Acme.Okta.MfaFactorReset"}, "rule Acme.Okta.MfaFactorReset exists already, in rules/okta_rules/mfa_factor_reset.yml; choose another id"},
		{Options{Kind: "rule", ID: "acme.okta.MfaFactorReset", LogTypes: login}, "rule Acme.Okta.MfaFactorReset, in rules/okta_rules/mfa_factor_reset.yml, differs from acme.okta.MfaFactorReset only in case; choose another id"},
		{Options{Kind: "rule", ID: "Acme.PRODUCT.WHAT_HAPPENED", LogTypes: login}, "Acme.PRODUCT.WHAT_HAPPENED is the id of templates/rule.yml, which is not content; choose another id"},
		{Options{Kind: "rule", ID: "A", Severity: "urgent"}, `unknown --severity "urgent"; use one of Info, Low, Medium, High, Critical`},
		{Options{Kind: "global", ID: "A", Severity: "low"}, "--severity is not for a global, which has none"},
		{Options{Kind: "policy", ID: "A", LogTypes: login}, "--log-type is not for a policy"},
		{Options{Kind: "rule", ID: "A"}, "a rule needs a log type; name it with --log-type, such as --log-type AWS.CloudTrail"},
		{Options{Kind: "policy", ID: "A"}, "a policy needs a resource type; name it with --resource-type, such as --resource-type AWS."},
		{Options{Kind: "scheduled-rule", ID: "A"}, "a scheduled-rule needs the query whose rows it judges; name it with --query, such as --query 'Acme "},
		{Options{Kind: "correlation-rule", ID: "A"}, "a correlation-rule needs two rules that follow each other, or one twice; name them with --rule, such as --rule "},
		{Options{Kind: "rule", ID: "A", LogTypes: []string{"Okta System"}}, `--log-type "Okta System" is not the name of a log type; write it like Okta.SystemLog`},
		{Options{Kind: "rule", ID: "A", LogTypes: login, Every: 5}, "--every is not for a rule"},
		{Options{Kind: "query", ID: "A", LogTypes: login, Every: 1}, "--every 1 is not possible; Panther runs a query every 2 minutes or less often"},
		{Options{Kind: "scheduled-rule", ID: "A", Queries: []string{"nope"}}, `the repository has no query "nope"; create it with pdac new query NAME --every 60 --log-type TYPE`},
		{Options{Kind: "correlation-rule", ID: "A", Rules: []string{"Acme.Okta.MfaFactorReste"}}, `the repository has no rule "Acme.Okta.MfaFactorReste"; did you mean "Acme.Okta.MfaFactorReset"?; create it with pdac new rule ID --log-type TYPE`},
		{Options{Kind: "correlation-rule", ID: "A", Rules: []string{"a", "b", "c"}}, "--rule is there 3 times; name the two rules that follow each other, and add the others by hand"},
		{Options{Kind: "data-model", ID: "A", LogTypes: []string{"a", "b"}}, "a data-model is for one log type, but --log-type is there 2 times"},
		{Options{Kind: "data-model", ID: "A", LogTypes: login}, "Okta.SystemLog has a data model already, Acme.Okta.SystemLog in "},
	} {
		_, err := start(t, acme(t), c.o)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v\n got  %v\n want %s", c.o, err, c.want)
		}
	}
	files := map[string][]byte{"queries/q.yml": []byte("AnalysisType: saved_query\nQueryName: Q\nQuery: SELECT 1\n"), "global_helpers/acme_x.py": []byte("X = 1\n")}
	if _, err := start(t, files, Options{Kind: "scheduled-rule", ID: "A", Queries: []string{"Q"}}); err == nil || err.Error() != `the query "Q", in queries/q.yml, is a saved one without a schedule, so it never has rows to judge; make it a scheduled_query first` {
		t.Errorf("a saved query: %v", err)
	}
	if _, err := start(t, files, Options{Kind: "global", ID: "acme_x"}); err == nil || err.Error() != "the global acme_x needs the file acme_x.py, which exists in global_helpers; choose another id" {
		t.Errorf("a file that exists: %v", err)
	}
	// Another file never has its name taken.
	files = map[string][]byte{"rules/okta_systemlog_rules/a.py": []byte("X = 1\n")}
	if s, err := start(t, files, Options{Kind: "rule", ID: "A", LogTypes: login}); err != nil || s.Spec == "rules/okta_systemlog_rules/a.yml" {
		t.Errorf("it is in %s: %v", s.Spec, err)
	}
}

// FuzzTemplate makes a spec from any template.
func FuzzTemplate(f *testing.F) {
	f.Add([]byte("AnalysisType: rule\nRuleID: '{{id}}'\nFilename: x\nLogTypes: [{{log_type}}]\n"), []byte("def rule(event): return \"{{name}}\"\n"), "Name")
	f.Fuzz(func(t *testing.T, spec, body []byte, name string) {
		files := map[string][]byte{"templates/r.yml": spec, "templates/r.py": body}
		s, err := New(context.Background(), Repository{Tree: repo.Overlay{Files: files}}, Options{Kind: "rule", ID: "Acme.Login", Name: name, LogTypes: []string{"A.B"}})
		if err != nil {
			return
		}
		if it := repo.ReadSpec(s.Spec, s.Files[s.Spec]).Item; it != nil && it.ID != "Acme.Login" {
			t.Errorf("%q became the spec of %s", spec, it.ID)
		}
	})
}
