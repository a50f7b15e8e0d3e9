package sync_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/synth"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo"
	"github.com/pdac-dev/pdac/sync"
)

// world is a repository's files, an embedded Panther and a client of it whose
// every request and answer is checked against the API description.
type world struct {
	t      testing.TB
	files  synth.Files
	server *sandbox.Server
	client *panther.Client
}

func newWorld(t testing.TB, files synth.Files, o sandbox.Options) *world {
	t.Helper()
	o.Token = "secret"
	s, err := sandbox.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{t: t, files: files, server: s}
	w.allow(sandbox.ContractOptions{})
	return w
}

// allow sets what responses may have that the description doesn't.
func (w *world) allow(o sandbox.ContractOptions) {
	w.t.Helper()
	w.client = w.newClient(sandbox.Contract(w.server.Transport(), o, func(err error) { w.t.Error(err) }))
}

func (w *world) newClient(transport http.RoundTripper) *panther.Client {
	w.t.Helper()
	c, err := panther.NewClient(panther.Options{
		Host: "localhost", Token: "secret", FirstWait: time.Millisecond, LongestWait: time.Millisecond, Tries: 3, Transport: transport,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) repo() *repo.Repo {
	w.t.Helper()
	r, err := repo.Load(context.Background(), w.files, repo.Options{ExcludeStatus: []string{"Experimental", "Deprecated"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) plan(o sync.PlanOptions) *sync.Plan {
	w.t.Helper()
	live, err := sync.Fetch(context.Background(), w.client, o.Only)
	if err != nil {
		w.t.Fatal(err)
	}
	o.Tenant, o.Unreadable = "test", live.Unreadable
	p, err := sync.BuildPlan(context.Background(), w.repo(), live.Live, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) apply(p *sync.Plan) *sync.Result {
	return sync.Apply(context.Background(), w.client, p, sync.ApplyOptions{})
}

// mustApply plans and applies, and wants all of it to succeed without a word.
func (w *world) mustApply() {
	w.t.Helper()
	r := w.apply(w.plan(sync.PlanOptions{}))
	for _, c := range r.Changes {
		if c.Outcome != sync.Done || len(c.Warnings) > 0 {
			w.t.Errorf("%s/%s: %s %s %v", c.Kind, c.ID, c.Outcome, c.Reason, c.Warnings)
		}
	}
	if p := w.plan(sync.PlanOptions{}); !p.Empty() {
		w.t.Fatalf("the plan after the apply is not empty: %s", lines(p))
	}
}

func (w *world) fault(f sandbox.Fault) *sandbox.Injection {
	w.t.Helper()
	i, err := w.server.Faults().Add(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w *world) edit(c sandbox.Collection, id string, change func(map[string]any)) {
	w.t.Helper()
	if err := w.server.Edit(context.Background(), c, id, change); err != nil {
		w.t.Fatal(err)
	}
}

// lines writes a plan in short: an action, a key and the fields.
func lines(p *sync.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		names := make([]string, 0, len(c.Fields))
		if c.Action == sync.Update {
			for _, f := range c.Fields {
				names = append(names, f.Name)
			}
		}
		fmt.Fprintf(&b, "%s %s %s\n", c.Action, c.Key(), strings.Join(names, ","))
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

func outcomes(r *sync.Result) map[string]sync.Outcome {
	out := map[string]sync.Outcome{}
	for _, c := range r.Changes {
		out[string(c.Kind)+"/"+c.ID] = c.Outcome
	}
	return out
}

func reason(r *sync.Result, key string) string {
	for _, c := range r.Changes {
		if string(c.Kind)+"/"+c.ID == key {
			return c.Reason
		}
	}
	return ""
}

// small has one of each that matters for the order: a chain of globals whose
// names are against it, a query with its rule, a data model.
func small() synth.Files {
	return synth.Files{
		"global_helpers/z.yml":    "AnalysisType: global\nGlobalID: z_base\nFilename: z.py\n",
		"global_helpers/z.py":     "def f(e):\n    return e\n",
		"global_helpers/a.yml":    "AnalysisType: global\nGlobalID: a_top\nFilename: a.py\n",
		"global_helpers/a.py":     "import z_base\n",
		"data_models/d.yml":       "AnalysisType: datamodel\nDataModelID: D\nEnabled: true\nLogTypes: [X.Y]\nMappings:\n  - Name: ip\n    Path: a.b\n",
		"queries/q.yml":           "AnalysisType: scheduled_query\nQueryName: Q one\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: 60, TimeoutMinutes: 1}\n",
		"rules/r.yml":             "AnalysisType: rule\nRuleID: R.A\nEnabled: true\nSeverity: High\nFilename: r.py\nLogTypes: [X.Y]\nTags: [b, a]\n",
		"rules/r.py":              "from a_top import f\ndef rule(e):\n    return True\n",
		"rules/s.yml":             "AnalysisType: scheduled_rule\nRuleID: S.A\nEnabled: true\nSeverity: Low\nFilename: s.py\nScheduledQueries: [Q one]\n",
		"rules/s.py":              "def rule(e):\n    return True\n",
		"rules/free.yml":          "AnalysisType: rule\nRuleID: F.A\nEnabled: true\nSeverity: Info\nDetection:\n  - Key: a\n    Condition: Exists\nLogTypes: [X.Y]\n",
		"correlation_rules/c.yml": "AnalysisType: correlation_rule\nRuleID: C.A\nEnabled: true\nSeverity: High\nDetection:\n  - Group:\n      - {ID: One, RuleID: R.A}\n      - {ID: Two, RuleID: F.A}\n    LookbackWindowMinutes: 60\n",
		"policies/p.yml":          "AnalysisType: policy\nPolicyID: P.A\nEnabled: false\nSeverity: Medium\nFilename: p.py\nResourceTypes: [AWS.S3.Bucket]\n",
		"policies/p.py":           "def policy(r):\n    return True\n",
		"rules/exp.yml":           "AnalysisType: rule\nRuleID: E.A\nStatus: Experimental\nEnabled: true\nSeverity: High\nFilename: r.py\nLogTypes: [X.Y]\n",
		"rules/derived.yml":       "AnalysisType: rule\nRuleID: R.A.Derived\nBaseDetection: R.A\nSeverity: Low\n",
		"packs/pack.yml":          "AnalysisType: pack\nPackID: P\nPackDefinition: {IDs: [R.A]}\n",
		"templates/ignored.yml":   "AnalysisType: rule\nRuleID: T\nFilename: none.py\n",
	}
}
