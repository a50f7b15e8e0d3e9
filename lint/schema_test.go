package lint_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// schemaRules are the ids of the family that looks at single specs.
func schemaRules() (out []string) {
	for _, r := range lint.Rules() {
		if strings.HasPrefix(r.ID, "PD1") {
			out = append(out, r.ID)
		}
	}
	return out
}

func schemaOptions() lint.Options { return lint.Options{Select: schemaRules()} }

func runSchema(t *testing.T, files map[string][]byte) []lint.Finding {
	t.Helper()
	res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}}, schemaOptions())
	if err != nil {
		t.Fatal(err)
	}
	return res.Findings
}

// specFiles reads the YAML files below a folder, by path.
func specFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != dir {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(p); d.IsDir() || ext != ".yml" && ext != ".yaml" {
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(rel)], err = os.ReadFile(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAcmeFollowsItsSchemas(t *testing.T) {
	for _, f := range runSchema(t, specFiles(t, "../testdata/acme")) {
		t.Errorf("%s: %s: %s", f.Where(), f.Rule, f.Message)
	}
}

// TestSchemaCorpus shows what the schema rules find in a checkout named by
// PDAC_CORPUS, such as one of panther-analysis, and counts it:
//
//	PDAC_CORPUS=~/panther-analysis go test ./lint -run TestSchemaCorpus -v
func TestSchemaCorpus(t *testing.T) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	files := specFiles(t, dir)
	count := map[string]int{}
	for _, f := range runSchema(t, files) {
		count[f.Rule]++
		t.Logf("%s: %s %s: %s", f.Where(), f.Severity, f.Rule, f.Message)
	}
	t.Logf("%d YAML files, found: %v", len(files), count)
}

// mutant is a spec with one fault, and where it must be found by which rule.
type mutant struct {
	what  string
	text  []byte
	rules []string
	line  int
}

// edited puts a text in place of a node that stands on one line, as it is written.
func edited(src []byte, n *yaml.Node, old, text string) ([]byte, bool) {
	lines := strings.SplitAfter(string(src), "\n")
	line := []rune(lines[n.Line-1])
	before, after := string(line[:n.Column-1]), string(line[n.Column-1:])
	if !strings.HasPrefix(after, old) {
		return nil, false
	}
	lines[n.Line-1] = before + text + strings.TrimPrefix(after, old)
	return []byte(strings.Join(lines, "")), true
}

// withoutKey drops a key of the top mapping with all that stands below it; false
// where the file isn't in block style.
func withoutKey(src []byte, root *yaml.Node, i int) ([]byte, bool) {
	if root.Style&yaml.FlowStyle != 0 {
		return nil, false
	}
	lines := strings.SplitAfter(string(src), "\n")
	from, to := root.Content[i].Line-1, len(lines)
	if i+2 < len(root.Content) {
		to = root.Content[i+2].Line - 1
	}
	return []byte(strings.Join(slices.Delete(lines, from, to), "")), true
}

// mutants makes every mutant of a spec.
func mutants(src []byte, root *yaml.Node) (out []mutant) {
	add := func(text []byte, ok bool, line int, what string, rules ...string) {
		if ok && !bytes.Equal(text, src) {
			out = append(out, mutant{what, text, rules, line})
		}
	}
	last := strings.Count(string(src), "\n") + 1
	appended := func(lines string, at int, what, rule string) {
		if root.Style&yaml.FlowStyle == 0 && bytes.HasSuffix(src, []byte("\n")) {
			add([]byte(string(src)+lines), true, last+at, what, rule)
		}
	}
	isRule := yamlcore.Lookup(root, "RuleID") != nil && yamlcore.Lookup(root, "BaseDetection") == nil
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		key := k.Value
		if slices.Contains([]string{"Severity", "Enabled", "LogTypes", "ScheduledQueries", "Mappings", "RuleID", "PolicyID", "GlobalID", "QueryName", "DataModelID", "PackDefinition", "LogTypeMap", "Schedule", "Detection", "PromptName", "DisplayName", "PromptText", "RunAsUser"}, key) && i > 0 && needed(root, key) {
			text, ok := withoutKey(src, root, i)
			add(text, ok, root.Line, "drop "+key, "PD104")
		}
		// "Tags" without its "a" and so on; the middle is never a letter that
		// makes another key of it.
		misspelt := key[:len(key)/2] + key[len(key)/2+1:]
		text, ok := edited(src, k, k.Value, misspelt)
		if k.Style != 0 {
			text, ok = edited(src, k, `"`+key, `"`+misspelt)
		}
		rule := "PD105"
		if key == "AnalysisType" {
			rule = "PD103"
		}
		line := k.Line
		if rule == "PD103" {
			line = root.Line
		}
		// Without the key a file is a spec only where an id begins a line.
		add(text, ok && (rule == "PD105" || idAtLineStart.Match(src)), line, "misspell "+key, rule)
		if v.Kind == yaml.ScalarNode && v.Style == 0 && !strings.Contains(v.Value, "\n") {
			switch key {
			case "Enabled", "CreateAlert":
				text, ok = edited(src, v, v.Value, "maybe")
				add(text, ok, v.Line, "no boolean in "+key, "PD106")
			case "Threshold", "DedupPeriodMinutes":
				text, ok = edited(src, v, v.Value, "many")
				add(text, ok, v.Line, "no number in "+key, "PD106")
				text, ok = edited(src, v, v.Value, "0")
				add(text, ok, v.Line, "nothing in "+key, "PD110")
			case "Severity":
				text, ok = edited(src, v, v.Value, "Huge")
				add(text, ok, v.Line, "bad severity", "PD107")
				text, ok = edited(src, v, v.Value, strings.ToUpper(v.Value))
				add(text, ok, v.Line, "loud severity", "PD107")
			case "RuleID", "PolicyID", "QueryName", "DataModelID", "PackID", "LookupName", "DisplayName":
				if yamlcore.Lookup(root, "PromptName") != nil {
					break // a prompt's name may have any character
				}
				text, ok = edited(src, v, v.Value, "a > b")
				add(text, ok, v.Line, "forbidden character in "+key, "PD108")
			case "PromptName":
				text, ok = edited(src, v, v.Value, "Weekly Review")
				add(text, ok, v.Line, "a readable PromptName", "PD115")
			case "GlobalID":
				text, ok = edited(src, v, v.Value, "a-b")
				add(text, ok, v.Line, "no module name", "PD115")
			case "AnalysisType":
				text, ok = edited(src, v, v.Value, v.Value[1:])
				add(text, ok, v.Line, "unknown type", "PD103")
			case "Description", "Runbook", "Reference":
				text, ok = edited(src, v, v.Value, "")
				add(text, ok, k.Line, "nothing after "+key, "PD114")
				text, ok = edited(src, v, v.Value, "[a, b]")
				add(text, ok, v.Line, "a list in "+key, "PD106")
			case "Filename":
				if strings.HasSuffix(v.Value, ".py") {
					text, ok = edited(src, v, v.Value, "login.js")
					add(text, ok, v.Line, "no Python file", "PD115")
				}
			}
		}
		if v.Kind == yaml.SequenceNode && len(v.Content) > 0 && v.Content[0].Kind == yaml.ScalarNode {
			first := v.Content[0]
			if v.Style&yaml.FlowStyle == 0 {
				text, ok = edited(src, first, first.Value, first.Value+"\n"+strings.Repeat(" ", first.Column-3)+"- "+first.Value)
				add(text, ok, first.Line+1, "twice in "+key, "PD112")
			} else {
				text, ok = edited(src, first, first.Value, first.Value+", "+first.Value)
				add(text, ok, first.Line, "twice in "+key, "PD112")
				text, ok = edited(src, v, "[", "{")
				add(text, ok, 0, "unclosed bracket in "+key, "PD101")
			}
			if key == "ResourceTypes" {
				text, ok = edited(src, first, first.Value, first.Value+"s")
				add(text, ok, first.Line, "unknown resource", "PD113")
			}
		}
		out = append(out, inner(src, key, v)...)
	}
	if isRule {
		appended("Severity: High\n", 0, "key twice", "PD102")
		if yamlcore.Lookup(root, "LogTypes") != nil {
			appended("ScheduledQueries: [A]\n", 0, "queries of a rule", "PD109")
		}
		if yamlcore.Lookup(root, "Filename") != nil && yamlcore.Lookup(root, "LogTypes") != nil && bytes.HasSuffix(src, []byte("\n")) {
			text, _ := []byte(string(src)+"Detection: [{Key: a, Condition: Exists}]\n"), true
			add(text, true, yamlLine(root, "Filename"), "two logics", "PD109")
		}
	}
	return out
}

var idAtLineStart = regexp.MustCompile(`(?m)^(Rule|Policy|Global|DataModel|Pack)ID:|^(Query|Lookup|Prompt)Name:`)

// needed reports whether this kind of spec needs a key that most kinds need.
func needed(root *yaml.Node, key string) bool {
	switch {
	case yamlcore.Lookup(root, "BaseDetection") != nil:
		return key == "RuleID"
	case yamlcore.Lookup(root, "PromptName") != nil:
		return slices.Contains([]string{"PromptName", "DisplayName", "PromptText", "RunAsUser", "Schedule"}, key)
	}
	return key != "DisplayName"
}

func yamlLine(root *yaml.Node, key string) int {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			return root.Content[i].Line
		}
	}
	return 0
}

// inner makes the mutants inside tests, mappings and schedules.
func inner(src []byte, key string, v *yaml.Node) (out []mutant) {
	add := func(text []byte, ok bool, line int, what string, rules ...string) {
		if ok {
			out = append(out, mutant{key + ": " + what, text, rules, line})
		}
	}
	var maps []*yaml.Node
	switch key {
	case "Tests", "Mappings":
		maps = v.Content
	case "Schedule":
		maps = []*yaml.Node{v}
	}
	for _, m := range maps {
		for i := 0; i+1 < len(m.Content); i += 2 {
			k, v := m.Content[i], m.Content[i+1]
			misspelt := k.Value[:1] + k.Value[2:]
			text, ok := edited(src, k, k.Value, misspelt)
			add(text, ok, k.Line, "misspell "+k.Value, "PD105")
			switch k.Value {
			case "ExpectedResult":
				text, ok = edited(src, v, v.Value, "perhaps")
				add(text, ok, v.Line, "no boolean", "PD106")
			case "RateMinutes":
				text, ok = edited(src, v, v.Value, "1")
				add(text, ok, v.Line, "small rate", "PD111")
			case "TimeoutMinutes":
				if yamlcore.Lookup(m, "RateMinutes") != nil {
					text, ok = edited(src, v, v.Value, "99999")
					add(text, ok, v.Line, "long timeout", "PD111")
				}
			case "CronExpression":
				text, ok = edited(src, v, `"`+v.Value, `"99 `+v.Value)
				add(text, ok, v.Line, "six fields", "PD111")
			case "Path":
				text, ok = edited(src, k, "Path", "Method: m, Path")
				add(text, ok && m.Style&yaml.FlowStyle != 0, k.Line, "both", "PD109")
			}
		}
	}
	return out
}

// TestEveryMutantIsFound breaks the demo repository in many ways, one at a time;
// each must be found by its rule, on its line.
func TestEveryMutantIsFound(t *testing.T) {
	made := map[string]int{}
	total := 0
	for path, src := range specFiles(t, "../testdata/acme") {
		doc, err := yamlcore.Parse(src, yamlcore.Limits{})
		if err != nil || doc.Root == nil || yamlcore.Lookup(doc.Root, "AnalysisType") == nil {
			continue
		}
		if strings.HasPrefix(path, "templates/") {
			path = "rules/" + path
		}
		for _, m := range mutants(src, doc.Root) {
			total++
			made[m.rules[0]]++
			var found []string
			ok := false
			for _, f := range runSchema(t, map[string][]byte{path: m.text}) {
				found = append(found, fmt.Sprintf("%s %s: %s", f.Range, f.Rule, f.Message))
				ok = ok || slices.Contains(m.rules, f.Rule) && (m.line == 0 || f.Range.Line == m.line)
			}
			if !ok {
				t.Errorf("%s: %s: not found by %v on line %d; found:\n%s", path, m.what, m.rules, m.line, strings.Join(found, "\n"))
			}
		}
	}
	t.Logf("%d mutants: %v", total, made)
	for _, id := range schemaRules() {
		if made[id] == 0 && !hasFault(id) {
			t.Errorf("there is no mutant for %s", id)
		}
	}
	if total < 200 {
		t.Errorf("%d mutants are too few", total)
	}
}

// TestFixesOfMutants: no fix reaches further than it says, what is fixed stays
// fixed, and nothing else in the file changes.
func TestFixesOfMutants(t *testing.T) {
	fixed := 0
	for path, src := range specFiles(t, "../testdata/acme") {
		doc, err := yamlcore.Parse(src, yamlcore.Limits{})
		if err != nil || doc.Root == nil {
			continue
		}
		for _, m := range mutants(src, doc.Root) {
			in := lint.Input{Tree: repo.Overlay{Files: map[string][]byte{path: m.text}}}
			got, err := lint.FixAll(t.Context(), in, schemaOptions())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got.Refused {
				t.Errorf("%s: %s: refused: %s", path, m.what, r)
			}
			if got.Applied == 0 {
				continue
			}
			fixed++
			for _, f := range runSchema(t, got.Files) {
				if f.Fix != nil {
					t.Errorf("%s: %s: there is still %s", path, m.what, f.Message)
				}
			}
			// What a misspelt key, a loud severity or a second entry broke is fixed
			// to the byte.
			if !bytes.Equal(got.Files[path], src) {
				t.Errorf("%s: %s: the fix makes another file:\n%s", path, m.what, got.Files[path])
			}
		}
	}
	if fixed < 200 {
		t.Errorf("only %d mutants were fixed", fixed)
	}
}

func TestFixAtTheEndOfAFile(t *testing.T) {
	src := "AnalysisType: rule\nRuleID: R\nTags:\n  - a\n  - a"
	in := lint.Input{Tree: repo.Overlay{Files: map[string][]byte{"rules/r.yml": []byte(src)}}}
	got, err := lint.FixAll(t.Context(), in, schemaOptions())
	if err != nil || len(got.Refused) > 0 {
		t.Fatal(err, got)
	}
	if want := strings.TrimSuffix(src, "\n  - a"); string(got.Files["rules/r.yml"]) != want {
		t.Errorf("%q", got.Files["rules/r.yml"])
	}
}
