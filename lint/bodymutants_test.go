package lint_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/lint"
	"github.com/pdac-dev/pdac/repo"
)

// bodyRules are the ids of the families that look at Python, simple detections
// and references.
func bodyRules() (out []string) {
	for _, r := range lint.Rules() {
		if strings.HasPrefix(r.ID, "PD2") || strings.HasPrefix(r.ID, "PD3") {
			out = append(out, r.ID)
		}
	}
	return out
}

func runBodies(t testing.TB, o lint.Options, files map[string][]byte) []lint.Finding {
	t.Helper()
	res, err := lint.Run(t.Context(), lint.Input{Tree: repo.Overlay{Files: files}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return res.Findings
}

// breach is one fault put into a repository, and where which rule must find it.
type breach struct {
	what, rule string
	path       string
	line       int
	// files are the contents that change; nil takes a file away.
	files map[string][]byte
}

// breacher makes breaches of a repository.
type breacher struct {
	files map[string][]byte
	// own is a pattern for the repository's globals.
	own string
	out []breach
}

// lines calls f for every line of the files with an ending that a pattern fits.
func (b *breacher) lines(ending, pattern string, f func(path string, line int, m []string)) {
	re := regexp.MustCompile(pattern)
	for _, path := range slices.Sorted(maps.Keys(b.files)) {
		if !strings.HasSuffix(path, ending) || strings.HasPrefix(path, "templates/") {
			continue
		}
		for i, line := range strings.Split(string(b.files[path]), "\n") {
			if m := re.FindStringSubmatch(line); m != nil {
				f(path, i+1, m)
			}
		}
	}
}

// with gives a file with another text in the place of a line; "" takes it out.
func (b *breacher) with(path string, line int, text string) []byte {
	lines := strings.Split(string(b.files[path]), "\n")
	if text == "" {
		lines = slices.Delete(lines, line-1, line)
	} else {
		lines[line-1] = text
	}
	return []byte(strings.Join(lines, "\n"))
}

func (b *breacher) add(rule, what, path string, line int, files map[string][]byte) {
	b.out = append(b.out, breach{what, rule, path, line, files})
}

// swap breaks each line that a pattern fits: what its first group matched becomes
// another text. The finding is expected in that line, or so many lines further on.
func (b *breacher) swap(rule, what, ending, pattern, text string, further int) {
	b.lines(ending, pattern, func(path string, line int, m []string) {
		whole := strings.Split(string(b.files[path]), "\n")[line-1]
		at := regexp.MustCompile(pattern).FindStringSubmatchIndex(whole)
		broken := whole[:at[2]] + strings.ReplaceAll(text, "$1", m[1]) + whole[at[3]:]
		b.add(rule, what+": "+m[1], path, line+further, map[string][]byte{path: b.with(path, line, broken)})
	})
}

// appended adds lines to the end of each file that holds a text.
func (b *breacher) appended(rule, what, ending, having, lines string, further int) {
	for _, path := range slices.Sorted(maps.Keys(b.files)) {
		text := string(b.files[path])
		if strings.HasSuffix(path, ending) && strings.Contains(text, having) && !strings.Contains(text, "\nInlineFilters:") && !strings.HasPrefix(path, "templates/") {
			b.add(rule, what, path, strings.Count(text, "\n")+1+further, map[string][]byte{path: []byte(text + lines)})
		}
	}
}

func breaches(files map[string][]byte) []breach {
	b := &breacher{files: files, own: `acme_\w+`}
	b.python()
	b.references()
	b.simple()
	return b.out
}

func (b *breacher) python() {
	b.swap("PD301", "no colon", ".py", `^def \w+\(.*\)(:)$`, "", 0)
	b.swap("PD302", "no entry", ".py", `^def (rule|policy)\(`, "rool", 0)
	// The whole file is reported where nothing is like the function.
	for i := range b.out {
		if b.out[i].rule == "PD302" {
			b.out[i].line = 0
		}
	}
	b.swap("PD303", "two parameters", ".py", `^def (?:rule|policy|title|dedup|severity|unique|alert_context)\((\w+)\)`, "$1, more", 0)
	b.swap("PD303", "no parameter", ".py", `^def (?:rule|policy|title|dedup|severity|unique|alert_context)\((\w+)\)`, "", 0)
	b.swap("PD304", "misnamed", ".py", `^def (title|dedup|unique|severity|alert_context)\(`, "$1s", 0)
	b.swap("PD305", "misspelt module", ".py", `^from (`+b.own+`) import`, "$1x", 0)
	b.swap("PD306", "misspelt name", ".py", `^from `+b.own+` import (\w+)`, "$1x", 0)
	b.swap("PD306", "misspelt attribute", ".py", `\b`+b.own+`\.(\w+)\(`, "$1x", 0)
	b.swap("PD308", "print", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    print(1)", 1)
	b.swap("PD309", "eval", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    eval('1')", 1)
	b.swap("PD309", "open", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    open('/etc/hosts')", 1)
	b.swap("PD309", "subprocess", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    import subprocess as s\n    s.run(['ls'])", 2)
	b.swap("PD310", "key", ".py", `^def rule(\(event\):)$`, "$1\n    event['missing']", 1)
	b.swap("PD311", "bare except", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    try:\n        pass\n    except:\n        pass", 3)
	b.swap("PD312", "misspelt mock", ".yml", `objectName: (\w+)`, "$1x", 0)
	b.swap("PD313", "bad severity", ".py", `^def severity(\(event\):)$`, "$1\n    if event:\n        return 'HIHG'", 2)
	b.swap("PD314", "number", ".py", `^def (?:title|dedup)(\(event\):)$`, "$1\n    if event:\n        return 5", 2)
	b.swap("PD314", "text", ".py", `^def rule(\(event\):)$`, "$1\n    if event:\n        return 'yes'", 2)
	b.appended("PD315", "twice", ".py", "\ndef rule(event):", "\n\ndef rule(event):\n    return True\n", 2)
	b.swap("PD316", "misspelt name", ".py", `^    return [^".]*\b([A-Z][A-Z_]{3,})\b`, "$1X", 0)
	b.swap("PD316", "not imported", ".py", `^def (?:rule|policy)(\(\w+\):)$`, "$1\n    no_such_name(1)", 1)
	b.lines(".py", `^from (`+b.own+`) import`, func(path string, _ int, m []string) {
		module := strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".py")
		if !strings.HasPrefix(path, "global_helpers/") {
			return
		}
		other := "global_helpers/" + m[1] + ".py"
		b.add("PD307", module+" and "+m[1], "", 0, map[string][]byte{other: []byte("import " + module + "\n" + string(b.files[other]))})
	})
}

func (b *breacher) references() {
	b.swap("PD202", "misspelt file", ".yml", `^Filename: (\w+)\.py`, "$1x", 0)
	b.swap("PD202", "outside", ".yml", `^Filename: (\w+\.py)`, "../$1", 0)
	b.lines(".yml", `^Filename: (\w+\.py)`, func(path string, line int, m []string) {
		folder := path[:strings.LastIndexByte(path, '/')+1]
		b.add("PD202", "no file "+m[1], path, line, map[string][]byte{folder + m[1]: nil})
		b.add("PD204", "a copy of "+m[1], folder+"copy_of_"+m[1], 1, map[string][]byte{folder + "copy_of_" + m[1]: b.files[folder+m[1]]})
	})
	id := regexp.MustCompile(`(?m)^(RuleID|PolicyID|DataModelID): .*$`)
	for _, path := range slices.Sorted(maps.Keys(b.files)) {
		text := string(b.files[path])
		if !strings.HasSuffix(path, ".yml") || !id.MatchString(text) || strings.HasPrefix(path, "templates/") {
			continue
		}
		again := strings.TrimSuffix(path, ".yml") + "_again.yml"
		line := 1 + strings.Count(text[:id.FindStringIndex(text)[0]], "\n")
		b.add("PD201", "a copy", again, line, map[string][]byte{again: []byte(text)})
		other := []byte(id.ReplaceAllString(text, "$1: Acme.Other"))
		if at := strings.Index(text, "\nFilename:"); at >= 0 {
			b.add("PD203", "the same file", again, 2+strings.Count(text[:at], "\n"), map[string][]byte{again: other})
		}
		if at := strings.Index(text, "\nLogTypes:\n  - "); at >= 0 && strings.HasPrefix(path, "data_models/") {
			b.add("PD210", "a second model", again, 3+strings.Count(text[:at], "\n"), map[string][]byte{again: other})
		}
	}
	b.lines(".yml", `^ScheduledQueries:(.*)`, func(path string, line int, m []string) {
		if m[1] == "" {
			line++ // the first entry of a list over lines
		}
		entry := strings.Split(string(b.files[path]), "\n")[line-1]
		name := strings.Trim(strings.TrimPrefix(entry, "ScheduledQueries:"), " -[]\"'")
		b.add("PD205", "misspelt query", path, line, map[string][]byte{path: b.with(path, line, strings.Replace(entry, name, name+"x", 1))})
		for _, query := range slices.Sorted(maps.Keys(b.files)) {
			text := string(b.files[query])
			if regexp.MustCompile(`(?m)^QueryName: "?` + name + `"?$`).MatchString(text) {
				off := strings.Replace(text, "Enabled: true", "Enabled: false", 1)
				saved := strings.Replace(text, "AnalysisType: scheduled_query", "AnalysisType: saved_query", 1)
				if strings.Contains(string(b.files[path]), "\nEnabled: true\n") {
					b.add("PD205", "query switched off", path, line, map[string][]byte{query: []byte(off)})
				}
				b.add("PD205", "query not scheduled", path, line, map[string][]byte{query: []byte(saved)})
			}
		}
	})
	b.swap("PD206", "misspelt id", "packs/acme_core.yml", `^    - (\S+)$`, "$1x", 0)
	pack := "packs/acme_core.yml"
	b.lines("acme_core.yml", `^    - (acme_text|acme_identity|acme_aws|acme_alerts)$`, func(path string, line int, m []string) {
		b.add("PD207", "without "+m[1], pack, 0, map[string][]byte{path: b.with(path, line, "")})
	})
	b.lines("acme_core.yml", `^    - (Acme\.Okta\.SystemLog)$`, func(path string, line int, m []string) {
		b.add("PD208", "without "+m[1], pack, 0, map[string][]byte{path: b.with(path, line, "")})
	})
	b.swap("PD209", "misspelt method", ".yml", `^\s+Method: (\w+)`, "$1x", 0)
	for _, name := range []string{"acme_one", "acme_two"} {
		spec, body := "global_helpers/"+name+".yml", "global_helpers/"+name+".py"
		b.add("PD211", "unused", spec, 2, map[string][]byte{spec: []byte("AnalysisType: global\nGlobalID: " + name + "\nFilename: " + name + ".py\n"), body: []byte("x = 1\n")})
	}
	b.swap("PD212", "misspelt base", ".yml", `^BaseDetection: (\S+)`, "$1x", 0)
	b.swap("PD213", "misspelt subrule", "correlation_rules/okta_reset_then_console_login.yml", `^        RuleID: (\S+)`, "$1x", 0)
}

func (b *breacher) simple() {
	const file = "repository_made_public.yml"
	b.swap("PD351", "misspelt condition", file, `^\s+Condition: (\w+)`, "$1ly", 0)
	b.swap("PD352", "no value", file, `^\s+(Value): `, "Values", 0)
	b.swap("PD352", "one value of many", file, `^\s+(Values: \[.*\])`, "Value: x", 0)
	b.swap("PD353", "broken path", file, `KeyPath: (\w+)`, "$1..x", 0)
	b.swap("PD353", "open bracket", file, `KeyPath: (\w+)$`, `"$1[0"`, 0)
	b.swap("PD354", "misspelt key", file, `^\s+(?:- )?(KeyPath|Condition|Values?|None):`, "$1x", 0)
	b.swap("PD355", "open placeholder", file, `^AlertTitle: .*(\})`, "", 0)
	b.swap("PD355", "empty placeholder", file, `^AlertTitle: "\{(\w+)\}`, "", 0)
	b.swap("PD357", "dotted key", file, `(KeyPath: \w+)$`, "Key: a.b", 0)
	b.swap("PD358", "idle severity", file, `ChangeTo: (Low)`, "High", 0)
	b.appended("PD356", "filter", file, "Detection:", "InlineFilters:\n  - KeyPath: a\n    Condition: IContains\n    Value: x\n", 2)
	b.appended("PD352", "filter value", ".yml", "AnalysisType: rule\n", "InlineFilters:\n  - KeyPath: a\n    Condition: Equals\n", 2)
}

// TestEveryBreachIsFound breaks the demo repository in many ways, one at a time;
// each must be found by its rule, on its line.
func TestEveryBreachIsFound(t *testing.T) {
	files := filesBelow(t, "../testdata/acme", ".yml", ".yaml", ".py", ".csv")
	for _, f := range runBodies(t, lint.Options{Select: bodyRules(), Ignore: []string{"PD216"}}, files) { // no pack of it is complete
		t.Errorf("before anything is broken: %s: %s: %s", f.Where(), f.Rule, f.Message)
	}
	each := 24
	if testing.Short() {
		each = 4
	}
	list := spread(breaches(files), each)
	made := checkBreaches(t, lint.Options{Select: bodyRules()}, files, list)
	for _, id := range bodyRules() {
		if made[id] == 0 && !hasFault(id) {
			t.Errorf("nothing is broken for %s", id)
		}
	}
	if len(list) < 200 && !testing.Short() {
		t.Errorf("%d breaches are too few", len(list))
	}
}

// TestBreachesOfCorpus does the same to a checkout named by PDAC_CORPUS, with 20
// breaches of each rule at most, spread over its files:
//
//	PDAC_CORPUS=~/panther-analysis go test ./lint -run TestBreachesOfCorpus -v
func TestBreachesOfCorpus(t *testing.T) {
	dir := os.Getenv("PDAC_CORPUS")
	if dir == "" {
		t.Skip("PDAC_CORPUS names no checkout")
	}
	files := filesBelow(t, dir, ".yml", ".yaml", ".py", ".csv", ".json", ".jsonl", ".gz")
	b := &breacher{files: files, own: `panther_\w+_helpers`}
	b.python()
	b.references()
	// The files of these are written in ways that the patterns don't know.
	list := slices.DeleteFunc(b.out, func(m breach) bool { return m.rule == "PD207" || m.rule == "PD208" || m.rule == "PD307" })
	list = spread(list, 20)
	checkBreaches(t, lint.Options{Select: bodyRules(), Cache: lint.Cache{Root: t.TempDir(), Build: "test", Key: []byte("test")}}, files, list)
}

// spread takes some breaches of each rule, evenly over all there are.
func spread(all []breach, most int) (out []breach) {
	byRule := map[string][]breach{}
	for _, m := range all {
		byRule[m.rule] = append(byRule[m.rule], m)
	}
	for _, id := range slices.Sorted(maps.Keys(byRule)) {
		of := byRule[id]
		n := min(most, len(of))
		for i := range n {
			out = append(out, of[i*len(of)/n])
		}
	}
	return out
}

// checkBreaches breaks a repository in each of some ways, and counts them by rule.
func checkBreaches(t *testing.T, o lint.Options, files map[string][]byte, list []breach) map[string]int {
	t.Helper()
	made := map[string]int{}
	for _, m := range list {
		made[m.rule]++
		broken := maps.Clone(files)
		changes := false
		for p, text := range m.files {
			changes = changes || string(text) != string(broken[p])
			broken[p] = text
			if text == nil {
				delete(broken, p)
			}
		}
		if !changes {
			t.Errorf("%s: %s in %s changes nothing", m.rule, m.what, m.path)
		}
		var found []string
		ok := false
		for _, f := range runBodies(t, o, broken) {
			found = append(found, fmt.Sprintf("%s %s: %s", f.Where(), f.Rule, f.Message))
			ok = ok || f.Rule == m.rule && (m.path == "" || f.Path == m.path) && (m.line == 0 || f.Range.Line == m.line)
		}
		if !ok {
			t.Errorf("%s: not found by %s in %s on line %d; found:\n%s", m.what, m.rule, m.path, m.line, strings.Join(found, "\n"))
		}
	}
	t.Logf("%d breaches: %v", len(list), made)
	return made
}
