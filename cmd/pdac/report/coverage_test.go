package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint/coverage"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
)

// covered is the coverage of a small repository, whose texts are hostile.
func covered(t testing.TB) *coverage.Report {
	t.Helper()
	r, err := repo.Load(t.Context(), synth.Files{
		"rules/a.yml": ("AnalysisType: rule\nRuleID: A.One\nDisplayName: \"</script><script>alert(1)</script>\\e[31m\"\nEnabled: true\nSeverity: High\nDetection: [{KeyPath: a, Condition: Exists}]\n" +
			"LogTypes: [AWS.CloudTrail, \"<b>&\"]\nReports: {MITRE ATT&CK: [TA0001:T1078.004, TA0003:T1098, \"TA0007:T1078\"]}\n"),
		"rules/b.yml": "AnalysisType: rule\nRuleID: B.Two\nEnabled: false\nDetection: [{KeyPath: a, Condition: Exists}]\nLogTypes: [Okta.SystemLog]\nReports: {MITRE ATT&CK: [TA0001:T1078, TA0040:T1485, TA0003:T1004]}\n",
		"rules/c.yml": "AnalysisType: rule\nRuleID: C.Three\nEnabled: true\nDetection: [{KeyPath: a, Condition: Exists}]\nLogTypes: [Okta.SystemLog]\n",
	}, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := coverage.Of(r, coverage.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func coverageAs(t testing.TB, o report.CoverageOptions) string {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return report.Coverage(b, covered(t), o) })
}

func TestCoverageGolden(t *testing.T) {
	for name, o := range map[string]report.CoverageOptions{
		"coverage.txt":         {},
		"coverage-color.txt":   {Format: report.Table, Color: true},
		"coverage-verbose.txt": {Verbose: true},
		"coverage-quiet.txt":   {Quiet: true},
		"coverage-layer.json":  {Format: report.Navigator},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, coverageAs(t, o)) })
	}
}

func TestCoverageJSON(t *testing.T) {
	var c coverage.Report
	if err := json.Unmarshal([]byte(coverageAs(t, report.CoverageOptions{Format: report.JSON})), &c); err != nil {
		t.Fatal(err)
	}
	if c.FormatVersion != "1.0" || c.Summary.Detections != 3 || len(c.Tactics) != 14 || len(c.Notes) != 2 || c.ATTACKVersion == "" || c.ATTACKNotice == "" {
		t.Errorf("%+v", c)
	}
}

// TestCoverageJSONIsWhatItsSchemaSays, and the schema asks for all that is there.
func TestCoverageJSONIsWhatItsSchemaSays(t *testing.T) {
	l := gojsonschema.NewSchemaLoader()
	l.Validate, l.Draft, l.AutoDetect = true, gojsonschema.Draft7, false
	schema, err := l.Compile(gojsonschema.NewStringLoader(schemas.Coverage()))
	if err != nil {
		t.Fatal(err)
	}
	text := coverageAs(t, report.CoverageOptions{Format: report.JSON})
	got, err := schema.Validate(gojsonschema.NewStringLoader(text))
	if err != nil || !got.Valid() {
		t.Fatal(err, got.Errors())
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	for key := range v {
		less := maps.Clone(v)
		delete(less, key)
		if got, err := schema.Validate(gojsonschema.NewGoLoader(less)); err != nil || got.Valid() {
			t.Errorf("the schema takes a coverage without %q (%v)", key, err)
		}
	}
}

// TestCoveragePageIsWhole: the page is well formed, loads nothing from
// elsewhere, runs no script but its own, and says everything in text.
func TestCoveragePageIsWhole(t *testing.T) {
	page := coverageAs(t, report.CoverageOptions{Format: report.HTML})
	for _, want := range []string{
		"<title>MITRE ATT&amp;CK coverage</title>", "default-src 'none'", `<b id="s-tech">2</b> <span>of <span id="o-tech">216</span></span>`,
		`<option value="0" data-name="&lt;b&gt;&amp;">&lt;b&gt;&amp; (2)</option>`, `<option value="1" data-name="AWS.CloudTrail">AWS.CloudTrail (2)</option>`,
		`&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m`, "The MITRE Corporation", "T1078 (Valid Accounts) is not under TA0007",
		"prefers-color-scheme: dark", `href="https://attack.mitre.org/techniques/T1078/004/"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	// A link leads elsewhere only when somebody follows it.
	if bad := regexp.MustCompile(`(?i)(src|srcset|@import|url\()\s*[=(]|<link|<img|<iframe|<base|\bon[a-z]+=`).FindString(page); bad != "" {
		t.Errorf("the page holds %q", bad)
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two elements have the id %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:popovertarget|aria-labelledby)="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !ids[m[1]] {
			t.Errorf("no element has the id %s", m[1])
		}
	}
	balanced(t, page)
}

// balanced reads the page as XML that knows HTML's elements without an end.
func balanced(t *testing.T, page string) {
	t.Helper()
	body := regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`).ReplaceAllString(page, "")
	d := xml.NewDecoder(strings.NewReader(strings.Replace(body, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "input", "br"}, xml.HTMLEntity
	var open []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well formed: %v (open: %v)", err, open)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("still open: %v", open)
	}
}

func TestCoverageUnknownFormat(t *testing.T) {
	err := report.Coverage(io.Discard, covered(t), report.CoverageOptions{Format: report.Markdown})
	if err == nil || err.Error() != `coverage can't be shown as "markdown"; use one of table, json, navigator, html` {
		t.Error(err)
	}
}

func BenchmarkCoverageHTML(b *testing.B) {
	c := covered(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := report.Coverage(io.Discard, c, report.CoverageOptions{Format: report.HTML}); err != nil {
			b.Fatal(err)
		}
	}
}
