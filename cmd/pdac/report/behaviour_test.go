package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/diff/behaviour"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/pdac-dev/pdac/sync"
	"pgregory.net/rapid"
)

// sampleBehaviour has everything that a comparison can say.
func sampleBehaviour() *behaviour.Report {
	name := func(kind, id string) behaviour.Name { return behaviour.Name{Kind: kind, ID: id} }
	test := func(of, test, before, after string) behaviour.Example {
		return behaviour.Example{Origin: behaviour.Origin{Detection: of, Test: test, Path: "rules/x.yml", Line: 9}, Before: before, After: after}
	}
	title := []behaviour.Example{test("Acme.Okta.Login", "abroad", "Login of ada", "Login of ada from DE"), test("Acme.Okta.Other", "a|b", "", "x`y")}
	return &behaviour.Report{
		Before: "v1", After: "the working tree", Python: "3.11.7",
		Summary: behaviour.Summary{Compared: 40, Same: 36, Changed: 3, Unknown: 1, Events: 1212, Corpus: 12, Runs: 4200, Verdicts: 3, Outputs: map[string]int{"title": 14, "severity": 1, "dedup": 14}, NotRun: 2, NotComparable: 1, LeftOut: 70, CorpusLeftOut: 5},
		Lines:   behaviour.Lines{Changed: 9, Reached: 5, Missed: []behaviour.FileLines{{Path: "rules/x.py", Lines: []int{3, 7, 8, 9}}}, Removed: 3, RemovedReached: 1, RemovedMissed: []behaviour.FileLines{{Path: "rules/old.py", Lines: []int{4, 5}}}},
		Sources: []behaviour.Source{
			{Name: name("data_model", "Acme.DM"), Users: 1, Same: 1, Events: 3}, {Name: name("global", "acme_identity"), Users: 37, Same: 34, Events: 412},
			{Name: name("global", "acme_unused")}, {Name: name("global", "acme_untested"), Users: 2},
		},
		Detections: []behaviour.Detection{
			{Name: name("policy", "Acme.Bucket"), Path: "policies/b.yml", Causes: []string{"python"}, Events: 2, Changes: []behaviour.Change{{What: behaviour.Verdict, Before: behaviour.Alert, After: behaviour.NoAlert, Events: 1, Examples: []behaviour.Example{{Origin: behaviour.Origin{Detection: "Acme.Bucket", Test: "open", Old: true, Path: "policies/b.yml"}}}}}},
			{Name: name("rule", "Acme.Okta.Login"), Path: "rules/l.yml", Causes: []string{"global acme_identity", "Detection"}, Events: 20, NotComparable: 1,
				Changes: []behaviour.Change{{What: "severity", Events: 1, Examples: []behaviour.Example{test("Acme.Okta.Login", "abroad", "LOW", "HIGH")}}, {What: "title", Events: 5, Examples: title}, {What: "dedup", Events: 5, Examples: title}}},
			{Name: name("rule", "Acme.GitHub.CloneBurst"), Path: "rules/c.yml", Causes: []string{"python"}, Events: 14, NotRun: []behaviour.NotRun{{Reason: "needs a mock: boto3.client()", Events: 2}}, Changes: []behaviour.Change{
				{What: behaviour.Verdict, Before: behaviour.Alert, After: behaviour.NoAlert, Events: 1, Examples: []behaviour.Example{test("Acme.GitHub.CloneBurst", "internal domain", "", "")}},
				{What: behaviour.Verdict, Before: behaviour.NoAlert, After: "fails with KeyError", Events: 2, Examples: []behaviour.Example{{Origin: behaviour.Origin{Path: "events/Acme.Log/benign.jsonl", Line: 3}}}},
			}},
			{Name: name("rule", "Acme.Quiet"), Path: "rules/q.yml", Causes: []string{"python"}, Changes: []behaviour.Change{}},
		},
		Added: []behaviour.Name{name("rule", "Acme.New")}, Removed: []behaviour.Name{name("rule", "Acme.Old"), name("policy", "Acme.Older")}, Unread: []string{"rules/broken.yml", "rules/odd.yml"},
	}
}

// TestBehaviourGroups: detections that a global changes in the same way are shown as one, and
// with --verbose each.
func TestBehaviourGroups(t *testing.T) {
	r := &behaviour.Report{Before: "v1", After: "v2", Summary: behaviour.Summary{Compared: 9, Changed: 9}}
	for i := range 9 {
		d := behaviour.Detection{Name: behaviour.Name{Kind: "rule", ID: fmt.Sprintf("Acme.%d", i)}, Causes: []string{"global acme"}, Events: 10, NotRun: []behaviour.NotRun{{Reason: "needs a mock", Events: 2}}}
		what := "title"
		if i == 7 {
			what = "severity" // alone
		}
		d.Changes = []behaviour.Change{{What: what, Events: 2, Examples: []behaviour.Example{{Origin: behaviour.Origin{Detection: d.ID, Test: "x", Path: "p"}, Before: "a", After: "b"}}}}
		if i == 8 {
			d.Changes = append([]behaviour.Change{{What: behaviour.Verdict, Before: behaviour.Alert, After: behaviour.NoAlert, Events: 1}}, d.Changes...)
		}
		r.Detections = append(r.Detections, d)
	}
	for name, o := range map[string]report.BehaviourOptions{"text": {}, "verbose": {Verbose: true}, "markdown": {Format: report.Markdown}} {
		golden(t, "behaviour-groups."+name, written(t, func(b *bytes.Buffer) error { return report.Behaviour(b, r, o) }))
	}
}

func sampleCorpus() *behaviour.Corpus {
	return &behaviour.Corpus{
		State: "the working tree", Python: "3.11.7", Summary: behaviour.CorpusSummary{Events: 30, Benign: 20, Attacks: 10, Unused: 1, Detections: 3, Runs: 90, FalseAlerts: 4, Missed: 1, NotRun: 2, LeftOut: 3, CorpusLeftOut: 1},
		Detections: []behaviour.CorpusDetection{
			{Name: behaviour.Name{Kind: "rule", ID: "Acme.Loud"}, Path: "rules/l.yml", Events: 30, Attacks: 9, Benign: 4, Examples: []behaviour.Origin{{Path: "events/A/benign.jsonl", Line: 2}, {Detection: "Acme.Other", Test: "no", Path: "rules/o.yml", Line: 4}}},
			{Name: behaviour.Name{Kind: "rule", ID: "Acme.Weak"}, Path: "rules/w.yml", Events: 30, Examples: []behaviour.Origin{}, Failures: []behaviour.NotRun{{Reason: "fails with KeyError", Events: 3}}},
		},
		Missed: []behaviour.Origin{{Path: "events/A/attack.jsonl", Line: 5}},
	}
}

func TestBehaviourGoldens(t *testing.T) {
	for _, f := range report.Formats(report.BehaviourView) {
		golden(t, "behaviour."+string(f), written(t, func(b *bytes.Buffer) error {
			return report.Behaviour(b, sampleBehaviour(), report.BehaviourOptions{Format: f})
		}))
		golden(t, "corpus."+string(f), written(t, func(b *bytes.Buffer) error {
			return report.Corpus(b, sampleCorpus(), report.BehaviourOptions{Format: f})
		}))
	}
	asJSON := report.BehaviourOptions{Format: report.JSON}
	validate(t, schemas.Behaviour(), written(t, func(b *bytes.Buffer) error { return report.Behaviour(b, sampleBehaviour(), asJSON) }))
	validate(t, schemas.Corpus(), written(t, func(b *bytes.Buffer) error { return report.Corpus(b, sampleCorpus(), asJSON) }))
	p := threeChanges()
	p.Behaviour = sampleBehaviour()
	p.Changes, p.Policies = nil, threeWay().Policies
	validate(t, schemas.Plan(), plan(t, p, report.PlanOptions{Format: report.JSON}))
	for _, err := range []error{report.Behaviour(io.Discard, sampleBehaviour(), report.BehaviourOptions{Format: "junit"}), report.Corpus(io.Discard, sampleCorpus(), report.BehaviourOptions{Format: "junit"})} {
		if err == nil || !strings.HasSuffix(err.Error(), `can't be shown as "junit"; use one of text, json, markdown`) {
			t.Errorf("got %v", err)
		}
	}
}

// manyDifferences is a comparison that no comment has room for.
func manyDifferences() *behaviour.Report {
	r := sampleBehaviour()
	for i := range 500 {
		d := r.Detections[1]
		d.ID = fmt.Sprintf("Acme.Okta.Login.%03d", i)
		r.Detections = append(r.Detections, d)
	}
	return r
}

// TestBehaviourIsBounded: a comparison of any size leaves a comment its limit, and the changes
// of a plan their place.
func TestBehaviourIsBounded(t *testing.T) {
	for _, size := range []int{8_000, 20_000, 60_000} {
		out := written(t, func(b *bytes.Buffer) error {
			return report.Behaviour(b, manyDifferences(), report.BehaviourOptions{Format: report.Markdown, MaxSize: size})
		})
		if len(out) > size || !strings.Contains(out, "entries are omitted to limit the size") || !strings.Contains(out, "The change alters ") {
			t.Errorf("%d bytes for %d:\n%s", len(out), size, out[:500])
		}
	}
	p := threeChanges()
	p.Behaviour = manyDifferences()
	out := plan(t, p, report.PlanOptions{Format: report.Markdown})
	if len(out) > 60_000 || !strings.Contains(out, "AWS.S3.Old") {
		t.Errorf("%d bytes, without the changes", len(out))
	}
}

func hostileBehaviour() *rapid.Generator[*behaviour.Report] {
	s := hostile()
	origin := func(t *rapid.T) behaviour.Origin {
		return behaviour.Origin{Detection: s.Draw(t, "detection"), Test: s.Draw(t, "test"), Path: s.Draw(t, "path"), Line: 1}
	}
	return rapid.Custom(func(t *rapid.T) *behaviour.Report {
		r := &behaviour.Report{Before: s.Draw(t, "before"), After: s.Draw(t, "after"), Missing: s.Draw(t, "missing"), Summary: behaviour.Summary{Compared: 1, Changed: 1, Outputs: map[string]int{s.Draw(t, "output"): 1}}}
		r.Sources = append(r.Sources, behaviour.Source{Name: behaviour.Name{Kind: s.Draw(t, "kind"), ID: s.Draw(t, "id")}, Users: rapid.IntRange(0, 2).Draw(t, "users")})
		r.Lines = behaviour.Lines{Changed: 2, RemovedMissed: []behaviour.FileLines{{Path: s.Draw(t, "file"), Lines: []int{1}}}, Missed: []behaviour.FileLines{{Path: s.Draw(t, "file"), Lines: []int{1}}}}
		for range rapid.IntRange(0, 13).Draw(t, "detections") {
			d := behaviour.Detection{Name: behaviour.Name{Kind: s.Draw(t, "kind"), ID: s.Draw(t, "id")}, Causes: []string{s.Draw(t, "cause")}, NotRun: []behaviour.NotRun{{Reason: s.Draw(t, "reason"), Events: 1}}}
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				d.Changes = append(d.Changes, behaviour.Change{What: rapid.OneOf(rapid.SampledFrom([]string{behaviour.Verdict, "title"}), s).Draw(t, "what"), Before: s.Draw(t, "was"), After: s.Draw(t, "is"), Events: 1,
					Examples: []behaviour.Example{{Origin: origin(t), Before: s.Draw(t, "value"), After: s.Draw(t, "new value")}}})
			}
			r.Detections = append(r.Detections, d)
		}
		r.Added = []behaviour.Name{{Kind: s.Draw(t, "kind"), ID: s.Draw(t, "id")}}
		return r
	})
}

// TestHostileBehaviour: whatever names and outputs are, every format stays what it is, also
// as part of a plan.
func TestHostileBehaviour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := hostileBehaviour().Draw(t, "report")
		c := &behaviour.Corpus{Missing: r.Missing}
		for _, d := range r.Detections {
			c.Detections = append(c.Detections, behaviour.CorpusDetection{Name: d.Name, Benign: 1, Failures: d.NotRun, Examples: []behaviour.Origin{{Path: r.Before, Line: 1}, {Detection: r.After, Test: r.Missing}}})
		}
		p := &sync.Plan{Tenant: "acme.example", Behaviour: r}
		for _, f := range []report.Format{report.Text, report.JSON, report.Markdown} {
			for _, out := range []string{
				drawn(t, func(b *bytes.Buffer) error {
					return report.Behaviour(b, r, report.BehaviourOptions{Format: f, Verbose: true})
				}),
				drawn(t, func(b *bytes.Buffer) error { return report.Corpus(b, c, report.BehaviourOptions{Format: f}) }),
				drawn(t, func(b *bytes.Buffer) error { return report.Plan(b, p, report.PlanOptions{Format: f}) }),
			} {
				for line := range strings.Lines(out) {
					if why := unsafe(strings.TrimSuffix(line, "\n")); why != "" {
						t.Fatalf("%s: %q: %s", f, line, why)
					}
				}
				if f == report.Markdown {
					checkMarkdown(t, out)
				}
			}
		}
	})
}

// behaviourChanges is a plan with a comparison whose values are long.
func behaviourChanges() *sync.Plan {
	p := threeChanges()
	p.Behaviour = sampleBehaviour()
	long := p.Behaviour.Detections[1].Changes[0].Examples[0]
	long.Before, long.After = `{"user": "`+strings.Repeat("x", 900)+`"}`, strings.Repeat("https://acme.example/a ", 40)
	long.Test, long.Path = strings.Repeat("t", 300), strings.Repeat("p/", 200)
	p.Behaviour.Detections[1].Changes[0].Examples[0] = long
	for i := range 12 {
		d := p.Behaviour.Detections[2]
		d.ID = fmt.Sprintf("Acme.GitHub.CloneBurst.%d", i)
		p.Behaviour.Detections = append(p.Behaviour.Detections, d)
	}
	return p
}

// TestBehaviourLongOutputs: what differs is shown, also far into a text, and is escaped once.
func TestBehaviourLongOutputs(t *testing.T) {
	start := strings.Repeat("a login ", 40)
	r := &behaviour.Report{Before: "HEAD", After: "the working tree", Summary: behaviour.Summary{Detections: 1, Compared: 1, Changed: 1}}
	for _, v := range [][2]string{{start + "old", start + "new\nline"}, {"{not \"json", "fails with KeyError"}, {`{"a": "` + start + `x"}`, `{"a": "` + start + `y"}`}} {
		r.Detections = append(r.Detections, behaviour.Detection{Name: behaviour.Name{Kind: "rule", ID: "Acme"}, Changes: []behaviour.Change{{What: "title", Events: 1,
			Examples: []behaviour.Example{{Origin: behaviour.Origin{Detection: "Acme", Test: "t"}, Before: v[0], After: v[1]}}}}})
	}
	for f, wants := range map[report.Format][]string{
		report.Text:     {`"…` + start[len(start)-40:] + `old" → "…` + start[len(start)-40:] + `new\nline"`, `"{not \"json" → fails with KeyError`, `login x"} → …`, `login y"}` + "\n"},
		report.Markdown: {"`…" + start[len(start)-40:] + "old` → `…" + start[len(start)-40:] + "new\\nline`"},
	} {
		got := written(t, func(b *bytes.Buffer) error {
			return report.Behaviour(b, r, report.BehaviourOptions{Format: f, Verbose: true})
		})
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %s", f, want, got)
			}
		}
	}
}
