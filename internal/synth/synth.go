// Package synth generates repositories of any size for tests and benchmarks.
// The same size and seed always give the same bytes.
package synth

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/git"
)

// Files is a repository in memory: content by path.
type Files map[string]string

// Repo generates a repository of n deployable items, with a realistic mix of
// kinds.
func Repo(n int, seed uint64) Files {
	g := generator{r: rand.New(rand.NewPCG(seed, 7)), files: Files{}}
	globals := max(1, n/25)
	for i := range globals {
		g.global(i)
	}
	queries := max(1, n/15)
	for i := range queries {
		g.query(i)
	}
	for i := globals + queries; i < n; i++ {
		switch i % 10 {
		case 0:
			g.policy(i)
		case 1:
			g.simple(i)
		case 2:
			g.scheduled(i, queries)
		default:
			g.rule(i, globals)
		}
	}
	return g.files
}

type generator struct {
	r     *rand.Rand
	files Files
}

func (g *generator) put(path string, lines ...string) {
	g.files[path] = strings.Join(lines, "\n") + "\n"
}

func (g *generator) words(n int) string {
	vocabulary := strings.Fields("login access token bucket policy admin region unusual network account change delete export key session user group audit service role")
	out := make([]string, n)
	for i := range out {
		out[i] = vocabulary[g.r.IntN(len(vocabulary))]
	}
	return strings.Join(out, " ")
}

func (g *generator) global(i int) {
	name := fmt.Sprintf("helper_%04d", i)
	body := []string{"import json"}
	// Each helper imports an earlier one, so the order matters.
	if i > 0 {
		body = append(body, fmt.Sprintf("from helper_%04d import fold_%04d", i/2, i/2))
	}
	body = append(body, "", "", fmt.Sprintf("def fold_%04d(event):", i), fmt.Sprintf("    # %s", g.words(8)), "    return json.dumps(event)")
	g.put("global_helpers/"+name+".py", body...)
	g.put("global_helpers/"+name+".yml", "AnalysisType: global", "GlobalID: "+name, "Filename: "+name+".py", "Description: "+g.words(6))
}

func (g *generator) query(i int) {
	g.put(fmt.Sprintf("queries/q_%05d.yml", i),
		"AnalysisType: scheduled_query", fmt.Sprintf("QueryName: Synthetic Query %05d", i), "Enabled: true",
		"Description: >-", "  "+g.words(12), "Query: |-", "  SELECT "+strings.ReplaceAll(g.words(4), " ", ", "),
		"  FROM panther_logs.public.okta_systemlog", fmt.Sprintf("  WHERE p_occurs_since('%d hours')", 1+g.r.IntN(24)),
		"Schedule:", "  RateMinutes: 60", "  TimeoutMinutes: 2")
}

func (g *generator) head(kind, idKey, id string, i int) []string {
	severities := []string{"Info", "Low", "Medium", "High", "Critical"}
	return []string{
		"AnalysisType: " + kind, idKey + ": " + id, fmt.Sprintf("DisplayName: %q", g.words(4)), fmt.Sprintf("Enabled: %v", i%3 > 0),
		"Severity: " + severities[g.r.IntN(5)], "Description: >", "  " + g.words(20), "  " + g.words(15),
		"Tags: [" + strings.ReplaceAll(g.words(3), " ", ", ") + "]",
		"Reports:", "  MITRE ATT&CK:", fmt.Sprintf("    - TA0001:T1%03d", g.r.IntN(600)), "  CIS: [1.10, 3.5]",
	}
}

func (g *generator) tests(eventKey string, n int) []string {
	out := []string{"Tests:"}
	for i := range n {
		out = append(out, fmt.Sprintf("  - Name: case %d", i), fmt.Sprintf("    ExpectedResult: %v", i%2 == 0), "    "+eventKey+":", "      {",
			fmt.Sprintf("        \"eventName\": %q,", g.words(1)), fmt.Sprintf("        \"count\": %d,", g.r.IntN(1e6)),
			"        \"nested\": {\"ip\": \"10.0.0.1\", \"list\": [1, 2.5, null, true]},",
			fmt.Sprintf("        \"text\": %q", g.words(40)), "      }")
	}
	return out
}

func (g *generator) python(path, function, arg string, globals int) {
	h := g.r.IntN(globals)
	g.put(path, fmt.Sprintf("from helper_%04d import fold_%04d", h, h), "", "", fmt.Sprintf("def %s(%s):", function, arg),
		fmt.Sprintf("    if %s.get(\"eventName\") == %q:", arg, g.words(1)), fmt.Sprintf("        return bool(fold_%04d(%s))", h, arg), "    return False", "",
		"", fmt.Sprintf("def title(%s):", arg), fmt.Sprintf("    return f\"%s {%s.get('count')}\"", g.words(3), arg))
}

func (g *generator) rule(i, globals int) {
	base := fmt.Sprintf("rules/group_%02d_rules/rule_%05d", i%40, i)
	g.python(base+".py", "rule", "event", globals)
	spec := append(g.head("rule", "RuleID", fmt.Sprintf("Synth.Rule.%05d", i), i), fmt.Sprintf("Filename: rule_%05d.py", i),
		"LogTypes:", "  - AWS.CloudTrail", fmt.Sprintf("DedupPeriodMinutes: %d", 15*(1+g.r.IntN(8))), "Runbook: |", "  1. "+g.words(6), "  2. "+g.words(6))
	g.put(base+".yml", append(spec, g.tests("Log", 2+i%3)...)...)
}

func (g *generator) scheduled(i, queries int) {
	base := fmt.Sprintf("rules/scheduled_rules/scheduled_%05d", i)
	g.put(base+".py", "def rule(_):", "    return True")
	g.put(base+".yml", append(g.head("scheduled_rule", "RuleID", fmt.Sprintf("Synth.Scheduled.%05d", i), i), fmt.Sprintf("Filename: scheduled_%05d.py", i),
		"ScheduledQueries:", fmt.Sprintf("  - Synthetic Query %05d", g.r.IntN(queries)))...)
}

func (g *generator) simple(i int) {
	spec := append(g.head("rule", "RuleID", fmt.Sprintf("Synth.Simple.%05d", i), i), "LogTypes: [Okta.SystemLog]",
		"Detection:", "  - Key: eventName", "    Condition: Equals", fmt.Sprintf("    Value: %q", g.words(1)), "AlertTitle: \"{user} did "+g.words(2)+"\"", "GroupBy:", "  - Key: user")
	g.put(fmt.Sprintf("rules/simple_rules/simple_%05d.yml", i), append(spec, g.tests("Log", 2)...)...)
}

func (g *generator) policy(i int) {
	base := fmt.Sprintf("policies/policy_%05d", i)
	g.put(base+".py", "def policy(resource):", "    return resource.get(\"Encrypted\") is True")
	spec := append(g.head("policy", "PolicyID", fmt.Sprintf("Synth.Policy.%05d", i), i), fmt.Sprintf("Filename: policy_%05d.py", i), "ResourceTypes: [AWS.S3.Bucket]")
	g.put(base+".yml", append(spec, g.tests("Resource", 2)...)...)
}

// Clone copies the files, so that a test can modify them.
func (f Files) Clone() Files {
	out := make(Files, len(f))
	for k, v := range f {
		out[k] = v
	}
	return out
}

// Write writes the files to a folder.
func (f Files) Write(dir string) error {
	for p, text := range f {
		full := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Entries returns the files as the entries of a tree.
func (f Files) Entries(context.Context) ([]git.Entry, error) {
	out := make([]git.Entry, 0, len(f))
	for p, text := range f {
		out = append(out, git.Entry{Path: p, Size: int64(len(text))})
	}
	slices.SortFunc(out, func(a, b git.Entry) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// Read returns one file.
func (f Files) Read(_ context.Context, path string, limit int64) ([]byte, error) {
	text, ok := f[path]
	if !ok {
		return nil, fmt.Errorf("read %s: %w", path, fs.ErrNotExist)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s is %d bytes long, but at most %d are allowed", path, len(text), limit)
	}
	return []byte(text), nil
}

// Describe returns the zero revision.
func (f Files) Describe() git.Revision { return git.Revision{} }
