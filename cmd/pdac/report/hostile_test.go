package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// hostile draws texts that try to be something else than text. Each has the
// word EVIL in it, which must be found only where nothing has a meaning.
func hostile() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{
		"EVIL", "`", "``", "```", "````", "\n", "\r\n", "|", "\\", "\\|", " ", "  ", "\t", "::error::", "::", ":", "##[error]", "##vso[", "#",
		"\x1b[2J", "\x1b]0;t\x07", "\u009b1m", "\u202e", "\u200b", "\xff", "<script>", "</details>", "</code>", "<!--", "-->", "@org/team", "&lt;", "&#64;",
		"[x](javascript:1)", "![x](http://e)", "http://evil.example", "www.evil.example", "* ", "- ", "+", "~~~", "# H", "---", "@@ -1,1 +1,1 @@", "$", "é", "日本", "e\u0301",
		`\x1b`, "\x00", "(", ")", ",", ";", "\"",
	})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(part, 0, 8).Draw(t, "parts")
		if rapid.IntRange(0, 100).Draw(t, "long") == 0 {
			parts = append(parts, strings.Repeat(part.Draw(t, "unit"), 700))
		}
		return strings.Join(parts, "")
	})
}

func hostileValue() *rapid.Generator[any] {
	s := hostile()
	return rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Map(s, func(s string) any { return s }),
		rapid.Map(s, func(s string) any { return []any{s, s + "x"} }),
		rapid.Map(s, func(s string) any { return map[string]any{s: []any{s}} }),
		rapid.Map(s, func(s string) any {
			return []any{map[string]any{"name": s, "resource": `{"a":"b"}`, "expectedResult": true, s: s}}
		}),
	)
}

func hostileDirection() *rapid.Generator[diff.Direction] {
	return rapid.Map(rapid.OneOf(rapid.SampledFrom([]string{"weaker", "stronger", "neutral", "unknown"}), hostile()), func(s string) diff.Direction { return diff.Direction(s) })
}

func hostileAffected() *rapid.Generator[*sync.Affected] {
	return rapid.Custom(func(t *rapid.T) *sync.Affected {
		if !rapid.Bool().Draw(t, "has") {
			return nil
		}
		out := &sync.Affected{}
		for range rapid.IntRange(0, 7).Draw(t, "names") {
			out.Names = append(out.Names, sync.ChangedName{Name: hostile().Draw(t, "name"), How: hostile().Draw(t, "how")})
		}
		for range rapid.IntRange(0, 7).Draw(t, "entities") {
			out.Entities = append(out.Entities, sync.AffectedEntity{
				Kind: panther.Kind(hostile().Draw(t, "kind")), ID: hostile().Draw(t, "id"), Path: hostile().Draw(t, "path"),
				Uses: []string{hostile().Draw(t, "uses")}, Through: rapid.SliceOfN(hostile(), 0, 2).Draw(t, "through"), Changed: rapid.Bool().Draw(t, "changed"),
			})
		}
		return out
	})
}

func hostileReasons() *rapid.Generator[[]diff.Reason] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) diff.Reason {
		return diff.Reason{Field: hostile().Draw(t, "field"), Direction: hostileDirection().Draw(t, "direction"), Text: hostile().Draw(t, "text")}
	}), 0, 9)
}

func hostilePlan() *rapid.Generator[*sync.Plan] {
	s := hostile()
	return rapid.Custom(func(t *rapid.T) *sync.Plan {
		p := &sync.Plan{
			Tenant: s.Draw(t, "tenant"), Revision: s.Draw(t, "revision"), Base: hostileBase().Draw(t, "base"), Only: rapid.SliceOfN(s, 0, 7).Draw(t, "only"),
			Policies: sync.Policies{OnDrift: sync.Policy(s.Draw(t, "on_drift")), OnConflict: sync.Policy(s.Draw(t, "on_conflict"))},
			Gone:     []string{s.Draw(t, "gone")},
		}
		count := rapid.IntRange(0, 3)
		p.Summary = sync.Summary{Delete: count.Draw(t, "deletes"), Drifted: count.Draw(t, "drifted"), Conflicts: count.Draw(t, "conflicts"), Kept: count.Draw(t, "kept"), Converged: count.Draw(t, "converged")}
		change := func() sync.Change {
			c := sync.Change{
				Kind:   panther.Kind(rapid.OneOf(rapid.SampledFrom([]string{"rule", "simple_rule", "data_model"}), s).Draw(t, "kind")),
				ID:     s.Draw(t, "id"),
				Action: sync.Action(rapid.OneOf(rapid.SampledFrom([]string{"create", "update", "update", "delete"}), s).Draw(t, "action")),
				Path:   s.Draw(t, "path"), DependsOn: []string{s.Draw(t, "dependency")}, Cause: hostileCause().Draw(t, "cause"), Reason: s.Draw(t, "reason"),
				Commits: hostileCommits().Draw(t, "commits"), Edited: hostileEdit().Draw(t, "edited"),
				Direction: hostileDirection().Draw(t, "direction"), Reasons: hostileReasons().Draw(t, "reasons"), Affected: hostileAffected().Draw(t, "affected"),
				Guards: rapid.SliceOfN(s, 0, 2).Draw(t, "held by"),
			}
			for range rapid.IntRange(0, 4).Draw(t, "fields") {
				c.Fields = append(c.Fields, sync.FieldChange{
					Name: rapid.OneOf(rapid.SampledFrom([]string{
						"severity", "displayName", "description", "tags", "reports", "tests", "body", "detection", "alertTitle", "mappings", "enabled", "threshold"}), s).Draw(t, "field"),
					Before: hostileValue().Draw(t, "before"), After: hostileValue().Draw(t, "after"), Deployed: hostileValue().Draw(t, "deployed"), Cause: hostileCause().Draw(t, "field cause"),
				})
			}
			return c
		}
		for range rapid.IntRange(0, 25).Draw(t, "changes") {
			p.Changes = append(p.Changes, change())
		}
		for range rapid.IntRange(0, 6).Draw(t, "kept changes") {
			p.Kept = append(p.Kept, change())
		}
		for range rapid.IntRange(0, 8).Draw(t, "unmanaged") {
			p.Unmanaged = append(p.Unmanaged, sync.Unmanaged{Kind: panther.Kind(s.Draw(t, "kind")), ID: s.Draw(t, "id"), Managed: rapid.Bool().Draw(t, "managed"), Edited: hostileEdit().Draw(t, "edited")})
		}
		p.Diagnostics = hostileDiagnostics().Draw(t, "diagnostics")
		p.Guards = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) sync.GuardHit {
			g := sync.GuardHit{ID: s.Draw(t, "guard"), Do: s.Draw(t, "do"), Message: s.Draw(t, "message"), Path: s.Draw(t, "path"), Line: 1, Changes: rapid.SliceOfN(s, 0, 7).Draw(t, "guarded"), Deployed: rapid.Bool().Draw(t, "deployed")}
			if rapid.Bool().Draw(t, "allowed") {
				g.Allowed = &sync.Allowance{By: rapid.OneOf(rapid.Just("commit"), s).Draw(t, "by"), Commit: s.Draw(t, "commit"), Author: s.Draw(t, "author")}
			}
			return g
		}), 0, 5).Draw(t, "guards")
		return p
	})
}

func hostileDiagnostics() *rapid.Generator[[]repo.Diagnostic] {
	s := hostile()
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) repo.Diagnostic {
		return repo.Diagnostic{
			Severity: repo.Severity(rapid.OneOf(rapid.SampledFrom([]string{"error", "warning", "info"}), s).Draw(t, "severity")),
			Message:  s.Draw(t, "message"), Path: s.Draw(t, "path"), Line: rapid.IntRange(0, 3).Draw(t, "line"),
			Kind: s.Draw(t, "kind"), ID: s.Draw(t, "id"),
		}
	}), 0, 30)
}

// times draws a time or none.
func times() *rapid.Generator[*time.Time] {
	return rapid.Custom(func(t *rapid.T) *time.Time {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), 0).UTC()
		return &at
	})
}

func hostileCause() *rapid.Generator[sync.Cause] {
	return rapid.Custom(func(t *rapid.T) sync.Cause {
		return sync.Cause(rapid.OneOf(rapid.SampledFrom([]string{"", "commit", "drift", "conflict", "mixed", "adopt"}), hostile()).Draw(t, "cause"))
	})
}

func hostileEdit() *rapid.Generator[*sync.Edit] {
	return rapid.Custom(func(t *rapid.T) *sync.Edit {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return &sync.Edit{At: times().Draw(t, "at"), CreatedBy: hostile().Draw(t, "by")}
	})
}

func hostileBase() *rapid.Generator[*sync.BaseInfo] {
	s := hostile()
	return rapid.Custom(func(t *rapid.T) *sync.BaseInfo {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return &sync.BaseInfo{Record: s.Draw(t, "record"), Revision: s.Draw(t, "revision"), Actor: s.Draw(t, "actor"), Root: s.Draw(t, "root"), Time: times().Draw(t, "time")}
	})
}

func hostileCommits() *rapid.Generator[[]sync.Commit] {
	s := hostile()
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) sync.Commit {
		return sync.Commit{
			Path: s.Draw(t, "path"), Hash: rapid.OneOf(rapid.Just(strings.Repeat("0a", 20)), s).Draw(t, "hash"),
			Author: s.Draw(t, "author"), Email: s.Draw(t, "email"), Subject: s.Draw(t, "subject"),
			Time: times().Draw(t, "time"), Uncommitted: rapid.Bool().Draw(t, "uncommitted"),
		}
	}), 0, 3)
}

func hostileDrift() *rapid.Generator[*sync.Drift] {
	s := hostile()
	return rapid.Custom(func(t *rapid.T) *sync.Drift {
		d := &sync.Drift{Drift: true, Tenant: s.Draw(t, "tenant"), Base: hostileBase().Draw(t, "base"), Only: rapid.SliceOfN(s, 0, 7).Draw(t, "only")}
		for range rapid.IntRange(0, 15).Draw(t, "entities") {
			e := sync.DriftedEntity{
				Direction: hostileDirection().Draw(t, "direction"), Reasons: hostileReasons().Draw(t, "reasons"),
				Kind: panther.Kind(rapid.OneOf(rapid.SampledFrom([]string{"rule", "simple_rule", "data_model"}), s).Draw(t, "kind")), ID: s.Draw(t, "id"),
				State: sync.DriftState(rapid.OneOf(rapid.SampledFrom([]string{"edited", "edited", "deleted", "unmanaged"}), s).Draw(t, "state")),
				Path:  s.Draw(t, "path"), Edited: hostileEdit().Draw(t, "edited"),
			}
			for range rapid.IntRange(0, 3).Draw(t, "fields") {
				e.Fields = append(e.Fields, sync.DriftedField{
					Name:     rapid.OneOf(rapid.SampledFrom([]string{"severity", "description", "tags", "reports", "tests", "body", "detection", "mappings", "enabled"}), s).Draw(t, "field"),
					Deployed: hostileValue().Draw(t, "deployed"), Live: hostileValue().Draw(t, "live"),
				})
			}
			d.Entities = append(d.Entities, e)
		}
		d.Summary.Managed = rapid.IntRange(0, 2).Draw(t, "managed")
		d.Diagnostics = hostileDiagnostics().Draw(t, "diagnostics")
		return d
	})
}

// readXML sees that a report is well formed.
func readXML(t *rapid.T, text string) {
	dec := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

func hostileResult() *rapid.Generator[*sync.Result] {
	return rapid.Custom(func(t *rapid.T) *sync.Result {
		r := hostileRun().Draw(t, "run")
		if rapid.Bool().Draw(t, "put back") {
			r.Undo = hostileRun().Draw(t, "undo")
		}
		if s := hostile(); rapid.Bool().Draw(t, "recorded") {
			r.Record = &sync.RecordNote{
				Ref: s.Draw(t, "ref"), Hash: s.Draw(t, "hash"), Remote: s.Draw(t, "remote"), Problem: s.Draw(t, "problem"),
				Pushed: rapid.Bool().Draw(t, "pushed"), Raced: rapid.Bool().Draw(t, "raced"), Both: rapid.SliceOfN(s, 0, 12).Draw(t, "both"),
			}
		}
		return r
	})
}

func hostileRun() *rapid.Generator[*sync.Result] {
	s := hostile()
	return rapid.Custom(func(t *rapid.T) *sync.Result {
		r := &sync.Result{Tenant: s.Draw(t, "tenant"), Interrupted: rapid.Bool().Draw(t, "interrupted")}
		for range rapid.IntRange(0, 15).Draw(t, "changes") {
			r.Changes = append(r.Changes, sync.ChangeResult{
				Direction: hostileDirection().Draw(t, "direction"), Reasons: hostileReasons().Draw(t, "reasons"),
				Kind: panther.Kind(s.Draw(t, "kind")), ID: s.Draw(t, "id"), Path: s.Draw(t, "path"),
				Action:  sync.Action(rapid.OneOf(rapid.Just("create"), s).Draw(t, "action")),
				Outcome: rapid.SampledFrom([]sync.Outcome{sync.Done, sync.Already, sync.Refused, sync.Failed, sync.NotTried, sync.Held}).Draw(t, "outcome"),
				Reason:  s.Draw(t, "reason"), Warnings: []string{s.Draw(t, "warning")},
				Tests: []panther.TestResult{{Name: s.Draw(t, "test"), Reason: s.Draw(t, "why")}},
			})
		}
		return r
	})
}

func drawn(t *rapid.T, write func(*bytes.Buffer) error) string {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever the content, no line of a text moves the cursor or commands a CI
// system, and no text of a JSON report does.
func TestHostileText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, r, ds := hostilePlan().Draw(t, "plan"), hostileResult().Draw(t, "result"), hostileDiagnostics().Draw(t, "diagnostics")
		d := hostileDrift().Draw(t, "drift")
		o := report.PlanOptions{Verbose: rapid.Bool().Draw(t, "verbose"), Width: rapid.IntRange(0, 100).Draw(t, "width"), HoldDeletes: rapid.Bool().Draw(t, "hold")}
		tolerated := rapid.SliceOf(rapid.SampledFrom(sync.DriftStates())).Draw(t, "tolerated")
		outputs := map[string]string{
			"plan":   drawn(t, func(b *bytes.Buffer) error { return report.Plan(b, p, o) }),
			"drift":  drawn(t, func(b *bytes.Buffer) error { return report.Drift(b, d, report.DriftOptions{PlanOptions: o}) }),
			"result": drawn(t, func(b *bytes.Buffer) error { return report.Result(b, r, report.ResultOptions{Verbose: o.Verbose}) }),
			"list":   drawn(t, func(b *bytes.Buffer) error { return report.Diagnostics(b, ds, report.DiagnosticsOptions{}) }),
			"progress": drawn(t, func(b *bytes.Buffer) error {
				steps := report.NewProgress(b, report.ProgressOptions{})
				steps.Start(len(r.Changes))
				for _, c := range r.Changes {
					steps.Step(c)
				}
				steps.Finish()
				return nil
			}),
			"json": drawn(t, func(b *bytes.Buffer) error {
				return report.Plan(b, p, report.PlanOptions{Format: report.JSON})
			}),
			"drift as json": drawn(t, func(b *bytes.Buffer) error {
				return report.Drift(b, d, report.DriftOptions{PlanOptions: report.PlanOptions{Format: report.JSON}})
			}),
			"result as json": drawn(t, func(b *bytes.Buffer) error {
				return report.Result(b, r, report.ResultOptions{Format: report.JSON})
			}),
			"junit": drawn(t, func(b *bytes.Buffer) error {
				return report.Drift(b, d, report.DriftOptions{PlanOptions: report.PlanOptions{Format: report.JUnit}, Tolerated: tolerated})
			}),
		}
		readXML(t, outputs["junit"])
		for name, out := range outputs {
			for line := range strings.Lines(out) {
				if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
					t.Fatalf("%s: %q: %s", name, line, why)
				}
			}
		}
	})
}

var marker = regexp.MustCompile(`^<!-- pdac:(plan|drift|result) [A-Za-z0-9._:-]* -->$`)

// ours are all the words and signs that a comment has outside quotes.
var ours = regexp.MustCompile(`^[A-Za-z0-9 ,.:;%|#*()'+▼▲→_—-]*$`)

// tags are the lines of HTML: folds, and in their summaries what marks a word.
var (
	tags    = regexp.MustCompile(`^(<details><summary>[^<>]*((<code>[^<>]*</code>|<b>[^<>]*</b>|<a href="` + address + `">(<code>[^<>]*</code>|[0-9a-f]{7})</a>)[^<>]*)*</summary>|</details>)$`)
	quoted  = regexp.MustCompile(`<code>[^<>]*</code>`)
	targets = regexp.MustCompile(` href="` + address + `"`)
	linked  = regexp.MustCompile(`\[([^\[\]]*)\]\(` + address + `\)`)
)

const address = `https://github\.com/acme/rules/(actions/runs/7|commit/[0-9a-f]{12}|blob/[0-9a-f]{40}/[A-Za-z0-9/._%-]*)`

// checkMarkdown reads a comment as GitHub does, as far as that matters here:
// fences first, then code spans; and sees that nothing of the content is left.
func checkMarkdown(t *rapid.T, md string) {
	fence, open := "", 0
	for i, line := range strings.Split(strings.TrimSuffix(md, "\n"), "\n") {
		if why := unsafe(line); why != "" {
			t.Fatalf("line %q: %s", line, why)
		}
		if fence != "" {
			if bare := strings.TrimLeft(line, " "); len(line)-len(bare) < 4 && strings.HasPrefix(bare, fence) && strings.Trim(bare, "` \t") == "" {
				fence = ""
			} else if !strings.ContainsAny(line[:1], "+- @#") {
				t.Fatalf("the line %q of a difference has no sign", line)
			}
			continue
		}
		switch {
		case i == 0 && marker.MatchString(line):
		case strings.HasPrefix(line, "```"):
			fence = strings.TrimSuffix(line, "diff")
		case strings.HasPrefix(line, "<"):
			if !tags.MatchString(line) || strings.Contains(targets.ReplaceAllString(quoted.ReplaceAllString(line, ""), ""), "EVIL") {
				t.Fatalf("the line %q has other tags than ours", line)
			}
			open += strings.Count(line, "<details>") - strings.Count(line, "</details>")
		default:
			if rest := linked.ReplaceAllString(unquoted(line), "$1"); !ours.MatchString(rest) || strings.Contains(rest, "EVIL") {
				t.Fatalf("the line %q has %q outside quotes", line, rest)
			}
		}
	}
	if fence != "" || open != 0 {
		t.Fatalf("a fence or a fold is left open in\n%s", md)
	}
}

var entitiesOnly = regexp.MustCompile(`<code>([^<>&]|&#\d+;)*</code>`)

// unquoted removes what is in code spans, by CommonMark's rule: a run of
// backticks is closed by the next run of the same length.
func unquoted(s string) string {
	s = entitiesOnly.ReplaceAllString(s, "")
	var out strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		rest, closed := s[i+n:], false
		for at := 0; at < len(rest); {
			j := strings.IndexByte(rest[at:], '`')
			if j < 0 {
				break
			}
			at += j
			m := len(rest[at:]) - len(strings.TrimLeft(rest[at:], "`"))
			at += m
			if m == n {
				s, closed = rest[at:], true
				break
			}
		}
		if !closed {
			out.WriteString(s[i : i+n])
			s = rest
		}
	}
	return out.String() + s
}

func TestHostileMarkdown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, d := hostilePlan().Draw(t, "plan"), hostileDrift().Draw(t, "drift")
		size := rapid.SampledFrom([]int{1, 8_000, 9_000, 12_000, 20_000, 0}).Draw(t, "size")
		links := rapid.SampledFrom([]report.Links{{}, {Repository: "https://github.com/acme/rules", Root: "content", Revision: strings.Repeat("0b", 20)}}).Draw(t, "links")
		o := report.PlanOptions{Format: report.Markdown, MaxSize: size, HoldDeletes: true, OnMerge: true, Links: links, Rest: report.Rest{Run: "https://github.com/acme/rules/actions/runs/7", Summary: true, File: "EVIL`.json"}}
		most := map[int]int{0: 60_000, 1: 8_000}[size]
		if most == 0 {
			most = size
		}
		for _, show := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return report.Plan(b, p, o) },
			func(b *bytes.Buffer) error { return report.Drift(b, d, report.DriftOptions{PlanOptions: o}) },
			func(b *bytes.Buffer) error {
				return report.Diagnostics(b, p.Diagnostics, report.DiagnosticsOptions{Format: report.Markdown, MaxSize: size})
			},
		} {
			md := drawn(t, show)
			if len(md) > most {
				t.Fatalf("%d bytes where %d are allowed", len(md), most)
			}
			checkMarkdown(t, md)
		}
		r := hostileResult().Draw(t, "result")
		both, err := report.Comment(p, r, o)
		if err != nil || len(both) > most {
			t.Fatalf("%d bytes where %d are allowed: %v", len(both), most, err)
		}
		checkMarkdown(t, both)
		md := drawn(t, func(b *bytes.Buffer) error {
			return report.Result(b, r, report.ResultOptions{Format: report.Markdown, Links: links})
		})
		if len(md) > 60_000 {
			t.Fatalf("%d bytes", len(md))
		}
		checkMarkdown(t, md)
	})
}

func TestMarker(t *testing.T) {
	for tenant, want := range map[string]string{
		"acme.runpanther.net":    "<!-- pdac:plan acme.runpanther.net -->",
		"127.0.0.1:8080":         "<!-- pdac:plan 127.0.0.1:8080 -->",
		"a --><script>":          "<!-- pdac:plan a_--__script_ -->",
		"":                       "<!-- pdac:plan  -->",
		strings.Repeat("x", 300): "<!-- pdac:plan " + strings.Repeat("x", 200) + " -->",
	} {
		if got := report.Marker("plan", tenant); got != want {
			t.Errorf("%q: got %s", tenant, got)
		}
		p := &sync.Plan{Tenant: tenant}
		if md := plan(t, p, report.PlanOptions{Format: report.Markdown}); !strings.HasPrefix(md, want+"\n### ") {
			t.Errorf("the comment does not begin with its marker:\n%s", md)
		}
	}
}

// quotedID gives the id of an entity as a comment quotes it.
func quotedID(t *testing.T, c sync.Change) string {
	t.Helper()
	md := plan(t, &sync.Plan{Changes: []sync.Change{c}}, report.PlanOptions{Format: report.Markdown})
	_, line, _ := strings.Cut(md, "\n- **delete** `rule` ")
	line, _, _ = strings.Cut(line, "\n")
	return line
}

func TestMarkdownQuotes(t *testing.T) {
	for id, want := range map[string]string{
		"AWS.Root":               "`AWS.Root`",
		"@org/team #1 <b>":       "`@org/team #1 <b>`",
		"a`b":                    "``a`b``",
		"``a`":                   "``` ``a` ```",
		"a|b`<@c":                "<code>a&#124;b&#96;&#60;&#64;c</code>",
		" x ":                    "`  x  `",
		"a\nb":                   "`a\\nb`",
		"a\\":                    "`a\\`",
		strings.Repeat("é", 130): "`" + strings.Repeat("é", 120) + "…`",
	} {
		if got := quotedID(t, sync.Change{Kind: panther.Rule, ID: id, Action: sync.Delete}); got != want {
			t.Errorf("%q: got %q, want %s", id, got, want)
		}
	}
}

// What does not fit is left out whole and counted: differences first, then rows.
func TestMarkdownLeavesOut(t *testing.T) {
	p := &sync.Plan{Tenant: "t"}
	for i := range 40 {
		p.Changes = append(p.Changes, sync.Change{Kind: panther.Rule, ID: strings.Repeat("x", 20) + string(rune('A'+i)), Action: sync.Update, Fields: []sync.FieldChange{
			{Name: "body", Before: strings.Repeat("a\n", 10), After: strings.Repeat("b\n", 10)},
		}})
	}
	show := func(size int) (rows, details int, md string) {
		md = plan(t, p, report.PlanOptions{Format: report.Markdown, MaxSize: size})
		return strings.Count(md, "- **update**") + strings.Count(md, "<b>update</b>"), strings.Count(md, "```diff"), md
	}
	rows, details, md := show(0)
	if rows != 40 || details != 40 || strings.Contains(md, "omitted to limit the size") {
		t.Errorf("with room: %d rows, %d differences\n%s", rows, details, md)
	}
	rows, details, md = show(6_000)
	if rows != 40 || details == 0 || details == 40 || !strings.Contains(md, "\nThe differences of "+number(40-details)+" entities are omitted to limit the size.\n") {
		t.Errorf("with less room: %d rows, %d differences\n%s", rows, details, md)
	}
	p.Changes = slices.Concat(p.Changes, p.Changes, p.Changes)
	rows, details, md = show(8_000)
	if rows == 0 || rows == 120 || details != 0 || !strings.Contains(md, "\n"+number(120-rows)+" changes are omitted to limit the size: "+number(120-rows)+" to update.\n") ||
		!strings.Contains(md, "\nThe differences of 120 entities are omitted to limit the size.\n") {
		t.Errorf("with little room: %d rows, %d differences\n%s", rows, details, md)
	}
	p.Diagnostics = slices.Repeat([]repo.Diagnostic{{Severity: repo.SeverityError, Message: "a fault with a long description"}}, 500)
	_, _, md = show(0)
	if listed := strings.Count(md, "- **error**"); listed == 0 || !strings.Contains(md, "- "+number(500-listed)+" more are omitted to limit the size ("+number(500-listed)+" errors)\n") {
		t.Errorf("%d errors are listed in\n%s", listed, md)
	}
}

// One large difference does not keep the small ones out, and says what it lacks.
func TestMarkdownCutsLargeDifferences(t *testing.T) {
	update := func(id, body string) sync.Change {
		return sync.Change{Kind: panther.Rule, ID: id, Action: sync.Update, Fields: []sync.FieldChange{{Name: "body", After: body}, {Name: "severity", Before: "LOW", After: "HIGH"}}}
	}
	p := &sync.Plan{Changes: []sync.Change{update("A", strings.Repeat("x\n", 500)), update("B", strings.Repeat(strings.Repeat("y", 900)+"\n", 100)), update("C", "z\n")}}
	md := plan(t, p, report.PlanOptions{Format: report.Markdown})
	for _, want := range []string{"\n# … 301 more lines\n@@ severity @@\n", "more lines of this field, 1 more field\n```", "\n+z\n"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Count(md, "```diff") != 3 {
		t.Error("a difference is missing")
	}
	fences := plan(t, &sync.Plan{Changes: []sync.Change{update("F", "```\n`````x\n")}}, report.PlanOptions{Format: report.Markdown})
	if strings.Count(fences, "\n``````diff\n") != 1 || strings.Count(fences, "\n``````\n") != 1 {
		t.Errorf("the fence is not longer than what it holds:\n%s", fences)
	}
}
