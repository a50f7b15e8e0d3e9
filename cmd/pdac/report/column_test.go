package report_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// columnWidth is how wide GitHub shows a comment, in pixels.
const columnWidth = 760

var acmeLinks = report.Links{Repository: "https://github.com/acme/rules", Root: "content"}

var acmeCommits = []sync.Commit{
	{Path: "rules/r.yml", Hash: strings.Repeat("ab", 20), Author: "Ada Lovelace", Subject: "Raise what the pager hears of"},
	{Path: "rules/r.yml", Hash: strings.Repeat("cd", 20), Author: "Grace Hopper", Subject: "Lower what it doesn't"},
}

// threeChanges is a small plan: a delete, a change that weakens, and a new rule.
func threeChanges() *sync.Plan {
	return judged(&sync.Plan{
		FormatVersion: sync.FormatVersion, Tenant: "acme.runpanther.net", Revision: strings.Repeat("3f", 20),
		Base:    &sync.BaseInfo{Record: strings.Repeat("0c", 20), Revision: strings.Repeat("2e", 20), Actor: "Ada Lovelace <ada@acme.example>"},
		Summary: sync.Summary{Create: 1, Update: 1, Delete: 1, Unchanged: 1204},
		Changes: []sync.Change{
			{Kind: panther.Rule, ID: "Okta.Admin", Action: sync.Create, Path: "rules/okta admin.yml", Cause: sync.CauseCommit, Commits: acmeCommits[:1], Fields: []sync.FieldChange{{Name: "severity", After: "HIGH"}}},
			{Kind: panther.Rule, ID: "AWS.Console.Login", Action: sync.Update, Path: "rules/aws_console_login.yml", Cause: sync.CauseCommit, Commits: acmeCommits, LiveFingerprint: "sha256:00", Fields: []sync.FieldChange{
				{Name: "description", Before: "Somebody logged in.", After: "Somebody logged in to the console, which is only for administrators, from an address that no one of them has ever used before.", Cause: sync.CauseCommit, Commits: []string{acmeCommits[1].Hash}},
				{Name: "enabled", Before: true, After: false, Cause: sync.CauseCommit, Commits: []string{acmeCommits[0].Hash}},
				{Name: "severity", Before: "CRITICAL", After: "LOW", Cause: sync.CauseCommit, Commits: []string{acmeCommits[0].Hash}},
				{Name: "body", Before: oldBody, After: strings.Replace(oldBody, "ConsoleLogin\"", "ConsoleLogin\" and "+strings.Repeat("event.get('somewhere') and ", 9)+"True", 1), Cause: sync.CauseCommit, Commits: []string{acmeCommits[1].Hash}},
			}},
			{Kind: panther.Policy, ID: "AWS.S3.Old", Action: sync.Delete, Path: "policies/old.yml", Cause: sync.CauseCommit, Commits: acmeCommits[1:], LiveFingerprint: "sha256:01", Fields: []sync.FieldChange{{Name: "severity", Before: "LOW"}}},
		},
	})
}

// manyChanges is a plan that no comment has room for.
func manyChanges() *sync.Plan {
	p := threeChanges()
	p.Changes = nil
	for i := range 300 {
		c := sync.Change{Kind: panther.Rule, ID: fmt.Sprintf("AWS.CloudTrail.Rule.%03d", i), Path: fmt.Sprintf("rules/aws_cloudtrail_rules/rule_%03d.yml", i), Cause: sync.CauseCommit, Commits: acmeCommits[i%2 : i%2+1]}
		switch {
		case i%10 == 0:
			c.Action, c.Fields = sync.Create, []sync.FieldChange{{Name: "severity", After: "HIGH"}}
		case i%15 == 1:
			c.Action, c.Fields = sync.Delete, []sync.FieldChange{{Name: "severity", Before: "LOW"}}
		default:
			c.Action = sync.Update
			c.Fields = []sync.FieldChange{{Name: "body", Before: oldBody, After: strings.Replace(oldBody, "ConsoleLogin", fmt.Sprint("Login", i), 1), Cause: sync.CauseCommit, Commits: []string{c.Commits[0].Hash}}}
			if i%7 == 0 {
				c.Fields = append(c.Fields, sync.FieldChange{Name: "threshold", Before: num(1), After: num(i), Cause: sync.CauseCommit, Commits: []string{c.Commits[0].Hash}})
			}
		}
		p.Changes = append(p.Changes, c)
	}
	p.Summary = sync.Summary{Create: 30, Update: 250, Delete: 20, Unchanged: 904}
	return judged(p)
}

// hostileChanges has texts that try to be more than text, in every place.
func hostileChanges() *sync.Plan {
	texts := []string{
		"EVIL<script>alert(1)</script>", "EVIL</code></summary></details><img src=http://evil.example/x onerror=alert(1)>", "EVIL `` ``` ```` @acme/security #1 GH-1",
		"EVIL\n```\n</details>\n\n# EVIL\n\n[x](javascript:alert(1)) ![x](http://evil.example/i.png)", "EVIL|a|b|\n|---|---|\n", "EVIL\n::error::x\n##[error]x", "EVIL\u202egnp.exe\u2066",
		"EVIL" + strings.Repeat("x", 3000), strings.Repeat("EVIL😀👩‍👩‍👧‍👦é漢字", 40), "EVIL https://evil.example www.evil.example evil@evil.example", "EVIL --> <!-- <style>*{display:none}</style>", "EVIL\x1b[2J\x00\xff",
		strings.Repeat("\t", 60) + "EVIL",
	}
	p := &sync.Plan{FormatVersion: sync.FormatVersion, Tenant: texts[0], Revision: strings.Repeat("3f", 20), Base: &sync.BaseInfo{Record: texts[1], Revision: texts[2], Actor: texts[3]}, Only: texts[4:6]}
	for i, s := range texts {
		at := func(n int) string { return texts[(i+n)%len(texts)] }
		commits := []sync.Commit{{Path: s, Hash: fmt.Sprintf("%040x", i), Author: at(1), Subject: at(2)}}
		p.Changes = append(p.Changes, sync.Change{Kind: panther.Rule, ID: s, Action: []sync.Action{sync.Update, sync.Update, sync.Delete, sync.Create}[i%4], Path: at(3), Cause: sync.CauseCommit, Commits: commits, Guards: texts[i : i+1], Fields: []sync.FieldChange{
			{Name: "displayName", Before: s, After: at(4), Cause: sync.CauseCommit}, {Name: "body", Before: at(5) + "\n" + s, After: at(6) + "\n" + at(7), Cause: sync.CauseCommit},
			{Name: "tags", Before: words(s), After: words(at(1)), Cause: sync.CauseCommit}, {Name: "severity", Before: s, After: at(2), Cause: sync.CauseCommit}, {Name: at(3), Before: s, After: at(2), Cause: sync.CauseCommit},
		}})
		p.Diagnostics = append(p.Diagnostics, repo.Diagnostic{Severity: repo.SeverityError, Message: s, Path: at(1), Line: 1})
		p.Unmanaged = append(p.Unmanaged, sync.Unmanaged{Kind: panther.Rule, ID: s, Edited: &sync.Edit{CreatedBy: at(1)}})
		p.Guards = append(p.Guards, sync.GuardHit{ID: s, Do: sync.GuardHold, Message: at(1), Path: at(2), Line: 1, Changes: texts[:3]})
	}
	return judged(p)
}

// TestCommentsFitTheirColumn shows comments as GitHub does, in a browser, with every fold
// open: nothing is wider than the column, and content is nothing but text.
func TestCommentsFitTheirColumn(t *testing.T) {
	comments := map[string]*sync.Plan{"three": threeChanges(), "many": manyChanges(), "hostile": hostileChanges(), "behaviour": behaviourChanges()}
	pages := map[string]string{}
	for name, p := range comments {
		md := plan(t, p, report.PlanOptions{Format: report.Markdown, Links: acmeLinks, HoldDeletes: true, OnMerge: true, Rest: report.Rest{Run: "https://github.com/acme/rules/actions/runs/7", Summary: true, File: "plan.json"}})
		golden(t, "comment-"+name+".md", md)
		if len(md) >= 65_536 {
			t.Errorf("%s has %d bytes", name, len(md))
		}
		pages["/"+name] = rendered(t, md)
	}
	applied := written(t, func(b *bytes.Buffer) error {
		return report.Result(b, threeChanges().Unstarted(strings.Repeat("because ", 40)+strings.Repeat("x", 300)), report.ResultOptions{Format: report.Markdown, Links: acmeLinks})
	})
	pages["/result"] = rendered(t, applied)
	b := newBrowser(t, pages)
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		b.open(name)
		b.check(name, ask[[]string](b, measureColumn)...)
		b.picture(strings.TrimPrefix(name, "/"))
	}
}

// measureColumn opens every fold and returns what is wrong.
const measureColumn = `(() => {
	const column = document.querySelector('article'), faults = [];
	for (const d of document.querySelectorAll('details')) d.open = true;
	const right = column.getBoundingClientRect().right;
	for (const e of column.querySelectorAll('*')) {
		if (!['DETAILS', 'SUMMARY', 'A', 'CODE', 'PRE', 'B', 'STRONG', 'P', 'UL', 'LI', 'H3'].includes(e.tagName)) faults.push('there is an element ' + e.tagName);
		if (e.tagName == 'A' && !e.href.startsWith('https://github.com/acme/rules/')) faults.push('there is a link to ' + e.href);
		const box = e.getBoundingClientRect();
		if (box.right > right + 0.5) faults.push(e.tagName + ' is ' + (box.right - right) + ' px too wide: ' + e.textContent.slice(0, 80));
		if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) faults.push(e.tagName + ' needs to be scrolled by ' + (e.scrollWidth - e.clientWidth) + ' px: ' + e.textContent.slice(0, 80));
	}
	const texts = document.createTreeWalker(column, NodeFilter.SHOW_TEXT);
	for (let n; n = texts.nextNode(); ) {
		if (!n.parentElement.closest('code, pre') && /EVIL|@|</.test(n.data)) faults.push('content is outside of quotes: ' + n.data.slice(0, 80));
	}
	if (document.querySelectorAll('article').length != 1 || column.children.length < 3) faults.push('the page is broken');
	return faults.slice(0, 20);
})()`

// rendered is a page with a comment as GitHub's Markdown and styles show it.
func rendered(t *testing.T, md string) string {
	t.Helper()
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe())).Convert([]byte(md), &b); err != nil {
		t.Fatal(err)
	}
	style, err := os.ReadFile(filepath.Join("testdata", "github-markdown.css"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>%s</style><article class="markdown-body" style="box-sizing: border-box; width: %dpx; padding: 16px; font-size: 14px">%s</article>`, style, columnWidth, b.String())
}

// Long lines of a difference are broken without losing anything, and none of them is
// wider than a comment.
func TestLongLinesAreBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab  \t漢😀-+@`")), 0, 600, -1).Draw(t, "text")
		p := &sync.Plan{Changes: []sync.Change{{Kind: panther.Rule, ID: "X", Action: sync.Update, Fields: []sync.FieldChange{{Name: "body", Before: "", After: text}}}}}
		md := drawn(t, func(b *bytes.Buffer) error { return report.Plan(b, p, report.PlanOptions{Format: report.Markdown}) })
		got := ""
		for line := range strings.Lines(md) {
			if !strings.HasPrefix(line, "+") {
				continue
			}
			line = strings.TrimSuffix(line, "\n")
			if n := uniseg.StringWidth(line) + 8*strings.Count(line, "\t"); n > 92 {
				t.Fatalf("%q has %d columns", line, n)
			}
			if more, ok := strings.CutPrefix(line, "+  ↪ "); ok {
				got += more
			} else {
				got += line[1:]
			}
		}
		if got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// What a comment has no room for is in the job summary.
func TestTheSummaryHasTheRest(t *testing.T) {
	for size, whole := range map[int]bool{0: false, 1 << 20: true} {
		md := plan(t, manyChanges(), report.PlanOptions{Format: report.Markdown, Links: acmeLinks, MaxSize: size, Rest: report.Rest{File: "a/plan.json"}})
		if n := strings.Count(md, "<b>update</b>") + strings.Count(md, "**update**"); n != 250 {
			t.Errorf("%d bytes have %d updates of 250", size, n)
		}
		if n := strings.Count(md, "```diff"); (n == 250) != whole || n < 20 {
			t.Errorf("%d bytes have the differences of %d updates", size, n)
		}
		if strings.Contains(md, "omitted to limit the size") == whole || strings.Contains(md, "The file `plan.json` of the job has everything; `pdac show` shows it.") == whole {
			t.Errorf("%d bytes: what is missing is not said right", size)
		}
	}
}
