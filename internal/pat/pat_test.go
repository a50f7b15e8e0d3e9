package pat

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func files(pairs ...string) fs.FS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

// found lists findings as "path:line [fate] text => becomes".
func found(t *testing.T, f Found) string {
	t.Helper()
	var b strings.Builder
	for _, x := range f.Findings {
		fmt.Fprintf(&b, "%s:%d [%s] %s => %s\n", x.Path, x.Line, x.Fate, x.Text, x.Becomes)
	}
	return b.String()
}

func find(t *testing.T, files fs.FS, o Options) Found {
	t.Helper()
	f, err := Find(files, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCommands checks what becomes of command lines, as public pipelines have them.
func TestCommands(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"panther_analysis_tool test --path .", `[by hand] panther_analysis_tool test --path . => pdac test (the step "test" of the pdac workflow)`},
		{"pipenv run panther_analysis_tool test --path rules --filter Severity=High LogTypes=A.B --minimum-tests 2", `=> pdac test rules --filter Severity=High --filter LogTypes=A.B --minimum-tests 2 (`},
		{"pat test --skip-disabled-tests --show-failures-only 2> errors.txt || true", `[by hand] pat test --skip-disabled-tests --show-failures-only => pdac test --filter Enabled=true (the step "test" of the pdac workflow; --show-failures-only: not needed: pdac test shows only what does not pass)`},
		{"panther_analysis_tool upload --api-host ${{ env.API_HOST }} --api-token ${{ env.API_TOKEN }} --skip-tests", `=> pdac apply --skip-tests (after pdac plan; the pdac workflow plans a pull request and applies its merge)`},
		{"panther_analysis_tool upload --filter Enabled=true Severity=High", `=> pdac apply --filter Enabled=true --filter Severity=High (after pdac plan`},
		{"panther_analysis_tool upload --path rules --auto-disable-base", `[no counterpart] panther_analysis_tool upload --path rules --auto-disable-base => pdac apply (after pdac plan; the pdac workflow plans a pull request and applies its merge; --path: pdac reads the whole repository, or the folder of -C; --only KIND/GLOB chooses; --auto-disable-base: disable the bases`},
		{"panther_analysis_tool update-custom-schemas --path schemas/", "[no counterpart] panther_analysis_tool update-custom-schemas --path schemas/ => no counterpart: pdac deploys no log schemas; keep this step"},
		{"exit $(panther_analysis_tool check-packs)", "[by hand] panther_analysis_tool check-packs => pdac lint --select PD206,PD207,PD208"},
		{"panther_analysis_tool --debug check-connection --api-token x", "=> pdac auth status"},
		{"panther_analysis_tool validate --path .", "=> pdac lint && pdac plan (lint checks without Panther; Panther itself is not asked"},
		{"panther_analysis_tool delete --no-confirm --analysis-id A B", "=> pdac apply --allow-delete (after the files are removed"},
		{"alias pup='panther_analysis_tool upload --path rules'", "panther_analysis_tool upload --path rules =>"},
		{"PANTHER_MINIMUM_TESTS: 2", "[by hand] PANTHER_MINIMUM_TESTS: 2 => pdac does not read it; --minimum-tests: pdac test --minimum-tests"},
		{"panther_analysis_tool ${{ vars.DEBUG_FLAG }} upload --path lookup_tables/aws/ --filter AnalysisType=lookup_table --api-token x", "=> no counterpart: pdac does not deploy what AnalysisType=lookup_table chooses; keep this step"},
		{"panther_analysis_tool $FLAGS test", "=> pdac test"},
		{"panther_analysis_tool_upload:", ""},
		{"PANTHER_KMS_KEY=x", "=> pdac does not read it"},
		{"pip install panther-analysis-tool==1.7.0", "=> remove it once nothing else runs PAT"},
		{"from panther_analysis_tool.util import x", "[no counterpart]"},
		{"AWS_ACCESS_KEY_ID: x", ""},
		{"# panther_analysis_tool test", ""},
		{"- name: Run panther_analysis_tool test", ""},
		{"pat the cat and test it", ""},
		{"dapat upload data", ""},
		{"compat test", ""},
	} {
		got := found(t, find(t, files("Makefile", "x:\n\t"+c.line+"\n"), Options{}))
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s\n got  %s want %s", c.line, got, c.want)
		}
	}
}

// TestLines checks lines that continue, and the places where calls are looked for.
func TestLines(t *testing.T) {
	f := find(t, files(
		".github/workflows/deploy.yaml", "jobs:\n  a:\n    steps:\n      - run: |\n          panther_analysis_tool upload \\\n            --path detections \\\n            --skip-tests\r\n          echo done\n      - uses: aws-actions/configure-aws-credentials@v4\n",
		"scripts/up.sh", "pat upload\n",
		"README.md", "Run pat upload.\n",
		"node_modules/x/Makefile", "\tpat upload\n",
		"deprecated.txt", "A.B\n",
		"team/.pat-root", "",
	), Options{Folder: "team"})
	got := found(t, f)
	for _, want := range []string{".github/workflows/deploy.yaml:5 [by hand] panther_analysis_tool upload --path detections --skip-tests => pdac apply --skip-tests", ".github/workflows/deploy.yaml:9 [by hand]", "scripts/up.sh:1", "deprecated.txt:0 [mapped]", "team/.pat-root:0 [mapped]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 5 {
		t.Errorf("there are %d findings:\n%s", n, got)
	}
	if !f.Any() || find(t, files("deprecated.txt", "A\n"), Options{}).Any() {
		t.Error("a list of retired ids alone is no set-up of PAT")
	}
}

// TestSettings checks every setting of a settings file.
func TestSettings(t *testing.T) {
	f := find(t, files(".panther_settings.yml", `api_host: api.acme.runpanther.net
path: ./detections/
ignore_files:
  - rules/old.yml
  - ./rules/older.yml
valid_table_names: [custom.*]
ignore_table_names: true
minimum_tests: 2
skip_disabled_tests: true
show_failures_only: true
out:
max_retries: 3
`), Options{})
	s := f.Settings
	if s.Host != "api.acme.runpanther.net" || !slices.Equal(s.Only, []string{"detections/**"}) || !slices.Equal(s.Exclude, []string{"rules/old.yml", "rules/older.yml"}) ||
		!slices.Equal(s.Tables, []string{"custom.*"}) || !s.AnyTable || !slices.Equal(s.TestArgs, []string{"--minimum-tests", "2", "--filter", "Enabled=true"}) {
		t.Errorf("the settings are %+v", s)
	}
	if !slices.Equal(f.Idle, []string{".panther_settings.yml"}) || f.HasToken {
		t.Errorf("idle are %q; has token: %v", f.Idle, f.HasToken)
	}
	if got := found(t, f); strings.Contains(got, "out:") || !strings.Contains(got, ".panther_settings.yml:12 [mapped] max_retries: 3 => api.tries of pdac.yaml") {
		t.Error(got)
	}
	for _, c := range []struct{ text, want string }{
		{"api_token: s3cret\n", "[by hand] api_token: (secret) => put the token into the environment variable PANTHER_API_TOKEN, and delete it here."},
		{"filter:\n  Severity: High\n", "[by hand] filter: {…} => --filter KEY=VALUE of pdac test, plan and apply"},
		{"aws_profile: prod\n", "[no counterpart] aws_profile: prod => pdac calls Panther's API with a token"},
		{"auto_disable_base: true\n", "[no counterpart] auto_disable_base: true"},
		{"colour: red\n", "[by hand] colour: red => pdac does not know this setting; check whether anything uses it"},
		{"path: .\n", "[mapped] path: . => the folder of pdac.yaml"},
		{"ignore_table_names: false\n", "[mapped] ignore_table_names: false => the default of pdac"},
	} {
		f := find(t, files(".panther_settings.yml", c.text), Options{})
		got := found(t, f)
		if !strings.Contains(got, c.want) || strings.Contains(got, "s3cret") {
			t.Errorf("%s\n got  %s want %s", c.text, got, c.want)
		}
		if mapped := strings.Contains(c.want, "[mapped]"); mapped != (len(f.Idle) == 1) {
			t.Errorf("%s: idle are %q", c.text, f.Idle)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"a: [\n", ".panther_settings.yml: "},
		{"- a\n", ".panther_settings.yml: "},
	} {
		if f := find(t, files(".panther_settings.yml", c.text), Options{}); len(f.Unread) != 1 || !strings.HasPrefix(f.Unread[0], c.want) {
			t.Errorf("%q: unread are %q", c.text, f.Unread)
		}
	}
	big := files("Makefile", strings.Repeat("x", maxBytes+1))
	if f := find(t, big, Options{}); !slices.Equal(f.Unread, []string{"Makefile: it is too large to look through"}) {
		t.Errorf("unread are %q", f.Unread)
	}
}

// TestSettingsOfAFolder checks paths where the detections are a folder of the repository.
func TestSettingsOfAFolder(t *testing.T) {
	for _, c := range []struct{ file, path, only, fate string }{
		{".panther_settings.yml", "sec/det", "", "mapped"},
		{".panther_settings.yml", "sec", "", "mapped"},
		{".panther_settings.yml", "sec/det/rules/", "rules/**", "mapped"},
		{".panther_settings.yml", "other", "", "by hand"},
		{".panther_settings.yml", "../x", "", "by hand"},
		{"sec/det/.panther_settings.yml", ".", "", "mapped"},
		{"sec/det/.panther_settings.yml", "./rules", "rules/**", "mapped"},
		{"sec/det/.panther_settings.yml", "..", "", "mapped"},
	} {
		f := find(t, files(c.file, "path: "+c.path+"\nignore_files: [sec/det/a.yml, rules/b.yml]\n"), Options{Folder: "sec/det"})
		if got := strings.Join(f.Settings.Only, " "); got != c.only || !strings.Contains(found(t, f), "["+c.fate+"] path: ") {
			t.Errorf("%+v: only %q\n%s", c, got, found(t, f))
		}
		want := "a.yml"
		if strings.Contains(c.file, "/") {
			want = "sec/det/a.yml rules/b.yml"
		}
		if got := strings.Join(f.Settings.Exclude, " "); got != want {
			t.Errorf("%+v: exclude %q, want %q", c, got, want)
		}
	}
}

// TestIdle checks which workflows do nothing but run PAT.
func TestIdle(t *testing.T) {
	const head = "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup-python@v5\n"
	for _, c := range []struct {
		steps string
		idle  bool
	}{
		{"      - run: pip install panther_analysis_tool\n      - run: panther_analysis_tool test && panther_analysis_tool upload\n", true},
		{"      - run: |\n          pipenv install\n          make venv\n          # upload\n          pipenv run panther_analysis_tool upload\n", true},
		{"      - run: pip install panther_analysis_tool\n", false},
		{"      - run: panther_analysis_tool upload\n      - run: make lint\n", false},
		{"      - run: panther_analysis_tool upload; rm -r x\n", false},
		{"      - run: panther_analysis_tool upload | tee log\n", false},
		{"      - run: panther_analysis_tool upload\n      - uses: slackapi/slack-github-action@v1\n", false},
		{"      - run: panther_analysis_tool upload\n  b:\n    uses: acme/x/.github/workflows/y.yml@v1\n", false},
		{"      - run: panther_analysis_tool upload\n      - run: panther_analysis_tool update-custom-schemas --path s\n", false},
		{"      - run: panther_analysis_tool upload --auto-disable-base\n", false},
		{"      - run: panther_analysis_tool upload\n      - name: nothing\n", false},
	} {
		f := find(t, files(".github/workflows/x.yml", head+c.steps), Options{})
		if got := len(f.Idle) == 1; got != c.idle {
			t.Errorf("idle: %v, want %v:\n%s", got, c.idle, c.steps)
		}
	}
	for _, text := range []string{"a: [", "panther_analysis_tool: 1", "jobs: panther_analysis_tool upload", "jobs: {a: {steps: 1}} # panther_analysis_tool upload"} {
		if onlyRunsPAT([]byte(text)) {
			t.Errorf("%q counts as a workflow", text)
		}
	}
}

// TestManyCallsOnOneLine takes no time that grows with the square.
func TestManyCallsOnOneLine(t *testing.T) {
	f := find(t, files("Makefile", strings.Repeat("pat test --path a ", 50_000)), Options{})
	if len(f.Findings) != 50_000 || f.Findings[0].Becomes == "" {
		t.Errorf("there are %d findings", len(f.Findings))
	}
}

// TestKeepUploads keeps the pipelines that upload, and no others.
func TestKeepUploads(t *testing.T) {
	const head = "jobs:\n  a:\n    steps:\n      - run: "
	f := find(t, files(".github/workflows/test.yml", head+"pat test\n", ".github/workflows/up.yml", head+"pat test && pat upload\n", "Makefile", "\tpat upload\n\tpat upload --filter AnalysisType=pack\n"), Options{})
	if !slices.Equal(f.Idle, []string{".github/workflows/test.yml", ".github/workflows/up.yml"}) {
		t.Fatalf("idle are %q", f.Idle)
	}
	f.KeepUploads("there are tables")
	if !slices.Equal(f.Idle, []string{".github/workflows/test.yml"}) {
		t.Errorf("idle are %q", f.Idle)
	}
	if got := found(t, f); strings.Count(got, "; keep it for now: there are tables\n") != 2 {
		t.Error(got)
	}
}

// FuzzFind looks through any text, as a pipeline, a script and a settings file.
func FuzzFind(f *testing.F) {
	f.Add([]byte("jobs:\n  a:\n    steps:\n      - run: pat upload --filter A=b \\\n  --path x\n"))
	f.Add([]byte("api_host: x\nignore_files: [a, b]\nfilter: {a: b}\n"))
	f.Add([]byte("pat test --api-host ${{ x }} '\"`"))
	f.Fuzz(func(t *testing.T, src []byte) {
		got := find(t, files(".github/workflows/a.yml", string(src), "Makefile", string(src), ".panther_settings.yml", string(src)), Options{})
		for _, x := range got.Findings {
			if x.Becomes == "" || x.Fate == "" || strings.ContainsAny(x.Text, "\n\r") || len([]rune(x.Text)) > maxText {
				t.Errorf("a finding is %+v", x)
			}
		}
	})
}
