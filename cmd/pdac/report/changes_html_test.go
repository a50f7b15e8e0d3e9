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
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
	"github.com/pdac-dev/pdac/sync/record"
)

// fiveEdits is a drift by two people and a token.
func fiveEdits() *sync.Drift {
	ada := &panther.Actor{Type: panther.ActorUser, ID: "u1", Name: "Ada Lovelace"}
	grace := &panther.Actor{Type: panther.ActorUser, ID: "u2", Name: "Grace Hopper"}
	token := &panther.Actor{Type: panther.ActorToken, ID: "t1", Name: "terraform"}
	d := &sync.Drift{
		FormatVersion: sync.FormatVersion, Drift: true, Tenant: "acme.runpanther.net",
		Base:    &sync.BaseInfo{Record: strings.Repeat("0c", 20), Revision: strings.Repeat("2e", 20), Actor: "Ada Lovelace <ada@acme.example>", Time: at(3, 9)},
		Summary: sync.DriftSummary{Edited: 3, Deleted: 1, Unmanaged: 1, InStep: 1198, Live: 1203, Weaker: 2},
		Entities: []sync.DriftedEntity{
			{Kind: panther.Rule, ID: "AWS.Console.Login", State: sync.DriftEdited, Path: "rules/aws_console_login.yml", Owners: []string{"@acme/cloud"}, Edited: &sync.Edit{At: at(5, 16), ChangedBy: ada}, Fields: []sync.DriftedField{
				{Name: "severity", Deployed: "CRITICAL", Live: "LOW"}, {Name: "tags", Deployed: words("AWS", "Identity"), Live: words("AWS", "Noisy")},
				{Name: "body", Deployed: oldBody, Live: strings.Replace(oldBody, `"ConsoleLogin"`, `"ConsoleLogin" and not event.get("service")`, 1)},
			}},
			{Kind: panther.Rule, ID: "Okta.Admin", State: sync.DriftEdited, Path: "rules/okta admin.yml", Owners: []string{"@acme/identity"}, Edited: &sync.Edit{At: at(5, 17), ChangedBy: ada}, Fields: []sync.DriftedField{
				{Name: "enabled", Deployed: true, Live: false},
				{Name: "tests", Deployed: words(map[string]any{"name": "admin", "expectedResult": true, "resource": `{"role":"admin"}`}), Live: words(map[string]any{"name": "admin", "expectedResult": false, "resource": `{"role":"admin","mfa":true}`})},
			}},
			{Kind: panther.Query, ID: "Failed logins, weekly", State: sync.DriftEdited, Path: "queries/failed_logins.yml", Edited: &sync.Edit{At: at(9, 8), ChangedBy: token}, Fields: []sync.DriftedField{
				{Name: "sql", Deployed: "SELECT user\nFROM logins\nWHERE ok = false\n", Live: "SELECT user, count(*)\nFROM logins\nWHERE ok = false AND p_occurs_since('7 d')\nGROUP BY user\n"},
			}},
			{Kind: panther.Policy, ID: "AWS.S3.Public", State: sync.DriftDeleted, Path: "policies/s3.yml", Owners: []string{"@acme/cloud"}, Fields: []sync.DriftedField{{Name: "severity", Deployed: "HIGH"}, {Name: "body", Deployed: "def policy(resource):\n    return not resource.get(\"Public\")\n"}}},
			{Kind: panther.Rule, ID: "Console.Try", State: sync.DriftUnmanaged, Edited: &sync.Edit{At: at(10, 11), CreatedBy: "Grace Hopper", ChangedBy: grace}, Fields: []sync.DriftedField{{Name: "severity", Live: "INFO"}, {Name: "body", Live: "def rule(event):\n    return True\n"}}},
		},
	}
	d.Entities[0].Alerts = &sync.Alerts{Count: 412}
	for i, e := range d.Entities {
		d.Entities[i].Direction, d.Entities[i].Reasons = verdict(e.Kind, e.State != sync.DriftUnmanaged, e.State != sync.DriftDeleted, func(before, after map[string]any) {
			for _, f := range e.Fields {
				before[f.Name], after[f.Name] = f.Deployed, f.Live
			}
		})
	}
	return d
}

// twoThousand is a plan with many changes, of which each has a body.
func twoThousand() *sync.Plan {
	p := threeChanges()
	p.Changes = nil
	body := strings.Repeat("# a line of a body that is as long as lines usually are\n", 40)
	kinds := []panther.Kind{panther.Rule, panther.Rule, panther.Rule, panther.Policy, panther.ScheduledRule, panther.Global}
	for i := range 2_000 {
		c := sync.Change{Kind: kinds[i%len(kinds)], ID: fmt.Sprintf("AWS.CloudTrail.Rule.%04d", i), Path: fmt.Sprintf("rules/aws_cloudtrail_rules/rule_%04d.yml", i), Action: sync.Update, Cause: sync.CauseCommit, LiveFingerprint: "sha256:00"}
		commit := sync.Commit{Path: c.Path, Hash: fmt.Sprintf("%040x", i%90), Author: []string{"Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Hedy Lamarr"}[i%90%4], Time: at(1+i%90%20, i%24), Subject: "Tune what the pager hears of"}
		c.Commits, c.Owners = []sync.Commit{commit}, []string{[]string{"@acme/cloud", "@acme/identity", "@acme/network"}[i%3]}
		c.Fields = []sync.FieldChange{{Name: "body", Before: oldBody + body, After: strings.Replace(oldBody, "ConsoleLogin", fmt.Sprint("Login", i), 1) + body + "# end\n", Cause: sync.CauseCommit, Commits: []string{commit.Hash}}}
		switch {
		case i%10 == 0:
			c.Action, c.Fields = sync.Create, []sync.FieldChange{{Name: "severity", After: "HIGH"}, {Name: "body", After: oldBody + body}}
		case i%15 == 1:
			c.Action, c.Fields = sync.Delete, []sync.FieldChange{{Name: "severity", Before: "LOW"}, {Name: "body", Before: oldBody}}
		case i%7 == 0 && c.Kind != panther.Global:
			c.Fields = append(c.Fields, sync.FieldChange{Name: "severity", Before: "HIGH", After: "LOW", Cause: sync.CauseCommit, Commits: []string{commit.Hash}})
		}
		p.Changes = append(p.Changes, c)
	}
	p.Summary = sync.Summary{Create: 200, Update: 1667, Delete: 133, Unchanged: 12}
	return judged(p)
}

var acmeDeployments = []record.Deployment{
	{Hash: strings.Repeat("0c", 20), Revision: strings.Repeat("2e", 20), Actor: "Ada Lovelace <ada@acme.example>", Time: *at(3, 9), Counts: record.Counts{Updated: 4}},
	{Hash: strings.Repeat("0b", 20), Revision: strings.Repeat("2d", 20), Actor: "Grace Hopper <grace@acme.example>", Time: *at(1, 15), Counts: record.Counts{Created: 2, Deleted: 1}},
}

func page5(t *testing.T) string {
	return written(t, func(b *bytes.Buffer) error {
		return report.Drift(b, fiveEdits(), report.DriftOptions{PlanOptions: report.PlanOptions{Format: report.HTML, Links: acmeLinks, Deployments: acmeDeployments}})
	})
}

// TestPages shows plans and drift reports in a browser: they do what they say, with any
// content, and nothing else.
func TestPages(t *testing.T) {
	html := report.PlanOptions{Format: report.HTML, Links: acmeLinks, HoldDeletes: true}
	pages := map[string]string{
		"/none": plan(t, empty(), html), "/drift": page5(t), "/sample": plan(t, withError(sample()), html), "/three": plan(t, threeChanges(), html),
		"/many": plan(t, twoThousand(), html), "/hostile": plan(t, hostileChanges(), html), "/behaviour": plan(t, behaviourChanges(), html),
		"/lines": lines(t, sampleLines(), report.LinesOptions{TestsOptions: report.TestsOptions{Format: report.HTML}}),
	}
	b := newBrowser(t, pages)
	b.open("/none")
	b.check("none")
	if text := ask[string](b, `document.body.innerText`); !strings.Contains(text, "No changes. Panther matches the repository (1,204 entities).") {
		t.Errorf("a plan without changes says: %s", text)
	}
	b.picture("page-none")
	b.open("/behaviour")
	b.check("behaviour")
	if text := ask[string](b, `document.querySelector("section[aria-labelledby=behaviour]").innerText`); !strings.Contains(text, "rule Acme.GitHub.CloneBurst (python)") || !strings.Contains(text, "update global acme_identity: 37 detections use it, 34 behave the same on 412 events") {
		t.Errorf("the behaviour says: %s", text)
	}
	testPageFilters(t, b)
	testPageDifferences(t, b)
	testManyChanges(t, b)
	testHostilePage(t, b)
	testLinesPage(t, b)
}

// shownRows lists the changes that are shown.
const shownRows = `Array.from(document.querySelectorAll(".row")).filter((r) => !r.hidden).map((r) => r.dataset.key).join(" ")`

func testPageFilters(t *testing.T, b *browser) {
	check := func(what, want, rest string) {
		t.Helper()
		if got := ask[string](b, shownRows); got != want {
			t.Errorf("%s: %q is shown, want %q", what, got, want)
		}
		if got := ask[string](b, `document.getElementById("f-count").textContent + " " + decodeURIComponent(location.hash)`); got != rest {
			t.Errorf("%s: it says %q, want %q", what, got, rest)
		}
	}
	b.open("/drift")
	if text := ask[string](b, `document.querySelector("[data-key='rule/AWS.Console.Login'] summary").textContent`); !strings.Contains(text, "▼ weaker severity CRITICAL → LOW") || !strings.Contains(text, "raised 412 alerts in the last 7 days") {
		t.Errorf("a line says %q", text)
	}
	check("all, the most urgent ones first", "policy/AWS.S3.Public rule/AWS.Console.Login rule/Okta.Admin query/Failed logins, weekly rule/Console.Try", "5 changes ")
	ask[bool](b, `(() => { const s = document.querySelector("select[data-facet=who]"); s.value = Array.from(s.options).find((o) => o.dataset.name === "Ada Lovelace").value; s.dispatchEvent(new Event("change")); return true; })()`)
	check("who", "rule/AWS.Console.Login rule/Okta.Admin", "2 of 5 changes #who=Ada+Lovelace")
	ask[bool](b, `(() => { document.querySelector("button.tile.weaker").click(); const f = document.getElementById("f-text"); f.value = "service"; f.dispatchEvent(new Event("input")); return true; })()`)
	b.until(`location.hash.includes("q=service")`)
	check("search in the differences", "rule/AWS.Console.Login", "1 of 5 changes #who=Ada+Lovelace&direction=weaker&q=service")
	// The address alone restores all of it, also after a reload.
	b.open("/none")
	b.open("/drift#who=Ada+Lovelace&direction=weaker&q=service&view=split")
	check("restored", "rule/AWS.Console.Login", "1 of 5 changes #who=Ada+Lovelace&direction=weaker&q=service&view=split")
	b.open("/none")
	b.open("/drift#owner=%40acme%2Fcloud&action=deleted")
	check("owner and action", "policy/AWS.S3.Public", "1 of 5 changes #owner=@acme/cloud&action=deleted")
	b.open("/none")
	b.open("/drift#kind=nonsense&change=rule%2FConsole.Try")
	if !ask[bool](b, `document.querySelector("[data-key='rule/Console.Try']").open && document.activeElement.textContent.includes("Console.Try")`) {
		t.Error("the address of a change does not open it")
	}
	ask[bool](b, `(() => { location.hash = "who=nobody&q=nothinglikethis"; return true; })()`)
	b.until(`!document.getElementById("nothing").hidden`)
	b.check("filters")
}

func testPageDifferences(t *testing.T, b *browser) {
	openAll := `(() => { document.getElementById("f-open").click(); return true; })()`
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
			t.Fatal(err)
		}
		for name, hash := range map[string]string{"drift": "", "sample": "#view=split", "three": ""} {
			b.open("/none")
			b.open("/" + name + hash)
			b.picture("page-" + name + "-closed-" + scheme)
			ask[bool](b, openAll)
			b.until(`document.getElementById("f-open").textContent === "Close all"`)
			b.picture("page-" + name + "-" + scheme)
			b.check(name+" "+scheme, ask[[]string](b, measurePage)...)
		}
	}
	b.open("/none")
	b.open("/drift#change=rule%2FAWS.Console.Login")
	if got := ask[string](b, `document.querySelector(".row[open] .diff .a mark").textContent`); got != "Noisy" && !strings.Contains(got, "service") {
		t.Errorf("the first mark is %q", got)
	}
	ask[bool](b, `(() => { location.hash = "change=policy%2FAWS.S3.Public"; return true; })()`)
	b.until(`document.querySelector("[data-key='policy/AWS.S3.Public']").open`)
	for href, what := range map[string]string{"https://github.com/acme/rules/blob/" + strings.Repeat("2e", 20) + "/content/policies/s3.yml": "deleted file", "https://github.com/acme/rules/commit/2e2e2e2e2e2e": "deployed commit"} {
		if !ask[bool](b, `Array.from(document.links).some((a) => a.href === "`+href+`")`) {
			t.Errorf("there is no link to the %s", what)
		}
	}
	// On paper everything is open.
	b.open("/none")
	b.open("/drift")
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	if folder := os.Getenv("PDAC_PICTURES"); folder != "" && err == nil {
		err = os.WriteFile(filepath.Join(folder, "page-drift.pdf"), pdf, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := ask[int](b, `document.querySelectorAll(".row .diff").length`); n < 8 {
		t.Errorf("printing made only %d differences", n)
	}
	if n := ask[int](b, `document.querySelectorAll(".row[open]").length`); n != 0 {
		t.Errorf("%d changes stay open after printing", n)
	}
	b.check("print")
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	ask[bool](b, openAll)
	b.until(`document.getElementById("f-open").textContent === "Close all"`)
	b.check("paper", ask[[]string](b, measurePage)...)
	b.picture("page-drift-print")
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
		t.Fatal(err)
	}
	// On a phone nothing needs to be scrolled sideways.
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 800)); err != nil {
		t.Fatal(err)
	}
	b.open("/none")
	b.open("/drift#view=split")
	ask[bool](b, openAll)
	b.until(`document.getElementById("f-open").textContent === "Close all"`)
	b.check("phone", ask[[]string](b, measurePage)...)
	b.picture("page-drift-phone")
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
}

// measurePage returns what is wrong with a page, with everything open: what is wider than
// the window, texts with too little contrast, and controls without a name.
const measurePage = `(() => {
	const faults = [], wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
	if (wide > 0) faults.push('the page is ' + wide + ' px wider than the window');
	const rgb = (s) => (s.match(/[\d.]+/g) || []).map(Number);
	const lum = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0.99) return c; } return [255, 255, 255]; };
	for (const e of document.querySelectorAll('main *, header *, footer *')) {
		if (!Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim()) || ['SCRIPT', 'OPTION', 'NOSCRIPT'].includes(e.tagName) || !e.getClientRects().length) continue;
		const a = lum(rgb(getComputedStyle(e).color)), b = lum(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5 && !e.disabled) faults.push('contrast ' + ratio.toFixed(2) + ' of <' + e.tagName + ' class="' + e.className + '">: ' + e.textContent.trim().slice(0, 40));
	}
	for (const e of document.querySelectorAll('button, input, select, a')) {
		const name = e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels[0] && e.labels[0].textContent.trim());
		if (!name) faults.push('<' + e.tagName + ' class="' + e.className + '"> has no name');
	}
	for (const what of ['main', 'header', 'h1', '[role=search]', '[role=status]', 'a.skip']) if (document.querySelectorAll(what).length !== 1) faults.push('it has not one ' + what);
	let level = 1;
	for (const h of document.querySelectorAll('h1, h2, h3')) { const n = Number(h.tagName[1]); if (n > level + 1) faults.push('a heading of level ' + n + ' follows one of level ' + level); level = n; }
	return faults.slice(0, 20);
})()`

func testManyChanges(t *testing.T, b *browser) {
	b.open("/many")
	paint := ask[float64](b, `performance.getEntriesByType("paint").find((e) => e.name === "first-contentful-paint").startTime`)
	ready := ask[float64](b, `performance.getEntriesByType("navigation")[0].domComplete`)
	search := ask[float64](b, `(() => { const from = performance.now(), f = document.getElementById("f-text"); location.hash = "q=login1234"; window.dispatchEvent(new Event("hashchange")); return performance.now() - from; })()`)
	t.Logf("first paint after %.0f ms, ready after %.0f ms, first search %.0f ms", paint, ready, search)
	// A second is the promise; the machines of tests are busy.
	if paint > 3_000 {
		t.Errorf("the first paint took %.0f ms", paint)
	}
	if got := ask[string](b, shownRows); got != "scheduled_rule/AWS.CloudTrail.Rule.1234" {
		t.Errorf("found %q", got)
	}
	if n := ask[int](b, `document.querySelectorAll(".diff").length`); n > 0 {
		t.Errorf("%d differences were made that nobody opened", n)
	}
	b.picture("page-many")
	b.check("many")
}

func testHostilePage(t *testing.T, b *browser) {
	b.open("/hostile")
	ask[bool](b, `(() => { document.getElementById("f-open").click(); return true; })()`)
	b.until(`document.getElementById("f-open").textContent === "Close all"`)
	faults := ask[[]string](b, `(() => {
		const faults = [];
		for (const e of document.querySelectorAll('img, iframe, object, svg, video, base, form:not(.controls), script:not([type="application/json"]):not(:last-of-type), style:not(head style)')) faults.push('there is an element ' + e.outerHTML.slice(0, 80));
		for (const e of document.querySelectorAll('*')) for (const a of e.attributes) if (a.name.startsWith('on')) faults.push('there is an attribute ' + a.name);
		for (const a of document.links) if (!a.href.startsWith('https://github.com/acme/rules/') && !a.href.startsWith(location.origin)) faults.push('there is a link to ' + a.href);
		if (document.querySelectorAll('.row').length !== 13) faults.push('there are ' + document.querySelectorAll('.row').length + ' changes');
		if (/[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)) faults.push('a character that turns the direction is shown as it is');
		if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('the page is too wide');
		return faults;
	})()`)
	b.check("hostile", faults...)
	if !ask[bool](b, `(() => { const m = document.querySelector(".longline"); if (!m) return false; const n = m.closest("td").textContent.length; const td = m.closest("td"); m.click(); return td.textContent.length > n; })()`) {
		t.Error("a huge line is not shown on request")
	}
	b.picture("page-hostile")
}
