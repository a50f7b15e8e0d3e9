package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/attack"
	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/lint/coverage"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/schemas"
)

func loaded(t testing.TB, files synth.Files) *repo.Repo {
	t.Helper()
	r, err := repo.Load(t.Context(), files, repo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mappedRule is a rule with mappings.
func mappedRule(id, logType string, enabled bool, mappings ...string) string {
	return fmt.Sprintf("AnalysisType: rule\nRuleID: %s\nEnabled: %v\nSeverity: High\nDetection: [{KeyPath: a, Condition: Exists}]\nLogTypes: [%s]\nReports: {MITRE ATT&CK: [%s]}\n", id, enabled, logType, strings.Join(mappings, ", "))
}

// trend is the coverage of a repository that gained, lost and kept techniques.
func trend(t testing.TB) *coverage.Report {
	t.Helper()
	before := synth.Files{
		"rules/kept.yml": mappedRule("A.Kept", "AWS.CloudTrail", true, "TA0001:T1078", "TA0006:T1110.001"),
		"rules/lost.yml": mappedRule("B.Lost", "Okta.SystemLog", true, "TA0040:T1485"),
	}
	now := synth.Files{
		"rules/kept.yml": before["rules/kept.yml"],
		"rules/lost.yml": mappedRule("B.Lost", "Okta.SystemLog", false, "TA0040:T1485"),
		"rules/new.yml":  mappedRule("C.New", "AWS.CloudTrail", true, "TA0003:T1098.001", "TA0008:T1021"),
		"rules/none.yml": mappedRule("D.Unmapped", "GitHub.Audit", true),
	}
	c, err := coverage.Compared(loaded(t, now), loaded(t, before), "v3.94", coverage.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func coverageText(t testing.TB, c *coverage.Report, f report.Format) string {
	t.Helper()
	return written(t, func(b *bytes.Buffer) error { return report.Coverage(b, c, report.CoverageOptions{Format: f}) })
}

func TestCoverageTrend(t *testing.T) {
	if errs := holds(t, schemas.Coverage(), coverageText(t, trend(t), report.JSON)); len(errs) > 0 {
		t.Error(errs)
	}
	golden(t, "coverage-trend.txt", coverageText(t, trend(t), report.Table))
	page := coverageText(t, trend(t), report.HTML)
	for _, want := range []string{"&#43;2 techniques, −1 technique, &#43;1 sub-technique since v3.94", `data-step="gained"`, `data-step="lost"`, "Only gained and lost"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	balanced(t, page)
}

// unmapped is a repository with detections, none of which has a technique.
func unmapped(t testing.TB) *coverage.Report {
	t.Helper()
	c, err := coverage.Of(loaded(t, synth.Files{"rules/a.yml": mappedRule("A.One", "AWS.CloudTrail", true)}), coverage.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noDetections is a repository without detections.
func noDetections(t testing.TB) *coverage.Report {
	t.Helper()
	c, err := coverage.Of(loaded(t, synth.Files{"global_helpers/a.yml": "AnalysisType: global\nGlobalID: a\nFilename: a.py\n", "global_helpers/a.py": "A = 1\n"}), coverage.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNoCoverageSaysWhatToDo(t *testing.T) {
	for _, f := range []report.Format{report.Table, report.HTML} {
		text := coverageText(t, unmapped(t), f)
		for _, want := range []string{"No detection is mapped to a technique. Name the tactic and the technique under Reports of a rule, a policy or a correlation rule:", "- TA0001:T1078"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q", f, want)
			}
		}
	}
	if text := coverageText(t, noDetections(t), report.Table); !strings.Contains(text, "The repository has no rules, policies or correlation rules.") {
		t.Error(text)
	}
}

// TestCoveragePages shows the page in Chromium.
func TestCoveragePages(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	b := newBrowser(t, map[string]string{
		"/trend": coverageText(t, trend(t), report.HTML), "/hostile": coverageText(t, covered(t), report.HTML), "/none": coverageText(t, unmapped(t), report.HTML),
		"/empty": coverageText(t, noDetections(t), report.HTML),
	})
	testCoverageFilters(t, b)
	testCoverageSizes(t, b)
	testCoveragePrint(t, b)
	for name, want := range map[string]string{"none": "No detection is mapped to a technique.", "empty": "The repository has no rules, policies or correlation rules."} {
		b.open("/" + name)
		if text := ask[string](b, `document.querySelector(".advice").innerText`); !strings.Contains(text, "Nothing is covered yet") || !strings.Contains(text, want) || !strings.Contains(text, "- TA0001:T1078") {
			t.Errorf("%s: the page says: %s", name, text)
		}
		b.check(name, ask[[]string](b, measurePage)...)
		b.picture("coverage-" + name)
	}
}

// coverageState is what the page says: the tiles, the line of the filter, and the
// techniques that are shown.
const coverageState = `["s-tech", "o-tech", "s-sub", "o-sub", "s-on", "s-off", "s-all", "s-allon", "s-none"].map((i) => document.getElementById(i).textContent).join(" ") +
	" | " + document.getElementById("f-count").textContent + " | " +
	(document.getElementById("nothing").hidden ? Array.from(document.querySelectorAll(".cell")).filter((c) => !c.hidden && !c.classList.contains("l0")).map((c) => c.dataset.c).join(" ") : "nothing")`

func testCoverageFilters(t *testing.T, b *browser) {
	check := func(hash, want string) {
		t.Helper()
		if got := ask[string](b, coverageState); got != want {
			t.Errorf("%s: the page says\n%s\nwant\n%s", hash, got, want)
		}
		if got := ask[string](b, `decodeURIComponent(location.hash)`); got != hash {
			t.Errorf("the address is %q, want %q", got, hash)
		}
	}
	open := func(hash, want string) {
		t.Helper()
		ask[bool](b, fmt.Sprintf(`(() => { history.replaceState(null, "", location.pathname + %q); window.dispatchEvent(new Event("hashchange")); return true; })()`, hash))
		check(hash, want)
	}
	b.open("/trend#log=Okta.SystemLog&q=data&show=gaps&enabled=1&view=compact")
	check("#log=Okta.SystemLog&q=data&show=gaps&enabled=1&view=compact", "0 18 0 27 0 0 0 0 0 | 18 techniques shown: log type Okta.SystemLog, only gaps, “data”, enabled only | ")
	// Techniques and sub-techniques with their totals, mapped detections on and off, and all
	// detections: how many, enabled, and without a technique.
	open("", "4 216 2 475 2 1 4 3 1 |  | T1078 T1098 T1110 T1021 T1485")
	open("#log=AWS.CloudTrail", "4 216 2 475 2 0 2 2 0 | 216 techniques shown: log type AWS.CloudTrail | T1078 T1098 T1110 T1021")
	open("#log=Okta.SystemLog", "0 216 0 475 0 1 1 0 0 | 216 techniques shown: log type Okta.SystemLog | T1485")
	open("#log=Okta.SystemLog&enabled=1", "0 216 0 475 0 0 0 0 0 | 216 techniques shown: log type Okta.SystemLog, enabled only | ")
	open("#log=Okta.SystemLog&show=covered", "0 216 0 475 0 1 1 0 0 | 0 techniques shown: log type Okta.SystemLog, only covered | nothing")
	open("#show=gaps", "4 216 2 475 2 1 4 3 1 | 214 techniques shown: only gaps | T1485")
	open("#show=changed", "4 216 2 475 2 1 4 3 1 | 3 techniques shown: only gained and lost | T1098 T1021 T1485")
	open("#q=brute+force", "1 1 1 4 1 0 1 1 0 | 1 technique shown: “brute force” | T1110")
	open("#q=d.unmapped", "0 0 0 0 0 0 1 1 1 | 0 techniques shown: “d.unmapped” | nothing")
	// What the address names and the page doesn't have is dropped when somebody filters.
	b.open("/none")
	b.open("/trend#log=Nope&show=what&view=compact")
	ask[bool](b, `(() => { const s = document.getElementById("f-show"); s.value = "covered"; s.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`)
	check("#show=covered&view=compact", "4 216 2 475 2 1 4 3 1 | 4 techniques shown: only covered | T1078 T1098 T1110 T1021")
	ask[bool](b, `(() => { document.querySelector("[data-log]").click(); return true; })()`)
	check("#log=AWS.CloudTrail&show=covered&view=compact", "4 216 2 475 2 0 2 2 0 | 4 techniques shown: log type AWS.CloudTrail, only covered | T1078 T1098 T1110 T1021")
	ask[bool](b, `(() => { document.getElementById("f-reset").click(); return true; })()`)
	b.until(`location.hash === ""`)
	check("", "4 216 2 475 2 1 4 3 1 |  | T1078 T1098 T1110 T1021 T1485")
	ask[bool](b, `(() => { location.hash = "q=nothinglikethis"; return true; })()`)
	b.until(`!document.getElementById("nothing").hidden`)
	if text := ask[string](b, `document.getElementById("nothing").innerText`); text != "No technique matches the filter. Choose another log type, find something else, or use Reset." {
		t.Errorf("without a match the page says %q", text)
	}
	b.picture("coverage-nothing")
	b.check("filters")
}

func testCoverageSizes(t *testing.T, b *browser) {
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"trend", "hostile"} {
			if name == "hostile" && scheme == "dark" {
				continue
			}
			b.open("/" + name)
			b.check(name+" "+scheme, ask[[]string](b, measurePage)...)
			b.picture("coverage-" + name + "-" + scheme)
		}
	}
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1400, 900)); err != nil {
		t.Fatal(err)
	}
	b.open("/none")
	b.open("/trend#view=compact")
	if wide := ask[int](b, `(() => { const m = document.getElementById("matrix"); return m.scrollWidth - m.clientWidth; })()`); wide > 0 {
		t.Errorf("the compact matrix is %d px wider than 1,400 px", wide)
	}
	b.check("compact", ask[[]string](b, measurePage)...)
	b.picture("coverage-compact")
	// On a phone only the matrix is scrolled sideways, and not even that in the compact view.
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 800)); err != nil {
		t.Fatal(err)
	}
	b.open("/none")
	b.open("/trend#view=compact")
	b.check("phone", ask[[]string](b, measurePage)...)
	b.picture("coverage-phone")
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
}

// testCoveragePrint reads the paper: it has all tactics, and all techniques that the
// filter lets through, whichever view is on the screen.
func testCoveragePrint(t *testing.T, b *browser) {
	for _, hash := range []string{"", "#show=covered&view=compact"} {
		b.open("/none")
		b.open("/trend" + hash)
		pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
		if folder := os.Getenv("PDAC_PICTURES"); folder != "" && err == nil {
			err = os.WriteFile(filepath.Join(folder, "coverage"+strings.NewReplacer("#", "-", "=", "-", "&", "-").Replace(hash)+".pdf"), pdf, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		text := pdfText(t, pdf)
		want := []string{"MITRE ATT&CK coverage", "+2 techniques, −1 technique, +1 sub-technique since v3.94", "The MITRE Corporation"}
		for _, x := range attack.Tactics() {
			want = append(want, x.Name, x.ID)
		}
		for _, x := range attack.Techniques() {
			if x.State == attack.Active && x.Parent() == "" && (hash == "" || x.ID == "T1078") {
				want = append(want, x.Name+x.ID)
			}
		}
		if hash != "" {
			want = append(want, "4 techniques shown: only covered")
		}
		for _, w := range want {
			if !strings.Contains(text, unspaced(w)) {
				t.Errorf("%q is not on paper, with %q in the address", w, hash)
			}
		}
		if hash != "" && strings.Contains(text, unspaced("Wi-Fi NetworksT1669")) {
			t.Error("what the filter hides is on paper")
		}
	}
	b.check("print")
}
