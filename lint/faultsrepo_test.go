package lint_test

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// repositoryFaults are those in more than one file.
func repositoryFaults() []fault {
	id := regexp.MustCompile(`(?m)^(RuleID|PolicyID|QueryName|DataModelID): "?([^"\n#]*[^"\n# ])`)
	dropped := func(files map[string][]byte, p string) map[string][]byte {
		body := strings.TrimSuffix(p, path.Ext(p)) + ".py"
		if files[body] == nil || !isSpec(files, p, aGlobal) {
			return nil
		}
		return map[string][]byte{p: nil, body: nil}
	}
	importer := func(files map[string][]byte, module string) (string, int) {
		for _, p := range slices.Sorted(maps.Keys(files)) {
			if path.Ext(p) == ".py" && !strings.HasPrefix(p, "templates/") && !strings.HasSuffix(p, "_test.py") {
				if n := firstLine(files[p], `^(from|import) `+module+`\b`); n > 0 {
					return p, n
				}
			}
		}
		return "", 0
	}
	return []fault{
		{"PD201", "an id twice", func(files map[string][]byte, p string) (broken, bool) {
			if id.FindSubmatch(files[p]) == nil || !isSpec(files, p, aSpec) {
				return broken{}, false
			}
			other := path.Join(path.Dir(p), "zz_copy.yml")
			return broken{map[string][]byte{other: files[p]}, other, firstLine(files[p], id.String()[4:])}, true
		}},
		{"PD203", "the file of another spec", func(files map[string][]byte, p string) (broken, bool) {
			named := regexp.MustCompile(`(?m)^Filename: "?(\w+\.py)"?$`)
			m := named.FindSubmatch(files[p])
			if m == nil || !isSpec(files, p, aRule) {
				return broken{}, false
			}
			for _, o := range slices.Sorted(maps.Keys(files)) {
				n := named.FindSubmatch(files[o])
				if o != p && path.Dir(o) == path.Dir(p) && n != nil && isSpec(files, o, aRule) {
					text := strings.Replace(string(files[p]), string(m[0]), string(n[0]), 1)
					// Either of the two can be the one too many.
					return broken{map[string][]byte{p: []byte(text)}, "", 0}, true
				}
			}
			return broken{}, false
		}},
		{"PD204", "a file that no spec names", func(files map[string][]byte, p string) (broken, bool) {
			other := path.Join(path.Dir(p), "zz_left.py")
			return broken{map[string][]byte{other: []byte("def rule(event):\n    return True\n")}, other, 1}, isSpec(files, p, aRule)
		}},
		{"PD205", "a query that is switched off", func(files map[string][]byte, p string) (broken, bool) {
			m := id.FindSubmatch(files[p])
			if m == nil || !isSpec(files, p, aQuery) || firstLine(files[p], `^Enabled: true`) == 0 {
				return broken{}, false
			}
			text := regexp.MustCompile(`(?m)^Enabled: true`).ReplaceAll(files[p], []byte("Enabled: false"))
			for _, o := range slices.Sorted(maps.Keys(files)) {
				if isSpec(files, o, `^AnalysisType: scheduled_rule`) && isSpec(files, o, `^Enabled: true`) {
					if n := firstLine(files[o], `(ScheduledQueries: \[|^ +- )"?`+regexp.QuoteMeta(string(m[2]))+`"?\]?$`); n > 0 {
						return broken{map[string][]byte{p: text}, o, n}, true
					}
				}
			}
			return broken{}, false
		}},
		{"PD210", "two data models of one log type", func(files map[string][]byte, p string) (broken, bool) {
			m := id.FindSubmatch(files[p])
			if m == nil || !isSpec(files, p, aModel) || firstLine(files[p], `^Enabled: true`) == 0 {
				return broken{}, false
			}
			other := path.Join(path.Dir(p), "zz_copy.yml")
			return broken{map[string][]byte{other: []byte(strings.Replace(string(files[p]), string(m[0]), string(m[0])+".Copy", 1))}, "", 0}, true
		}},
		{"PD211", "a global that nobody imports", func(files map[string][]byte, p string) (broken, bool) {
			dir := path.Dir(p)
			return broken{map[string][]byte{
				dir + "/zz_left.yml": []byte("AnalysisType: global\nGlobalID: zz_left\nFilename: zz_left.py\nDescription: None\n"),
				dir + "/zz_left.py":  []byte("X = 1\n"),
			}, dir + "/zz_left.yml", 2}, isSpec(files, p, aGlobal)
		}},
		{"PD305", "a global that is gone", func(files map[string][]byte, p string) (broken, bool) {
			gone := dropped(files, p)
			user, line := importer(files, strings.TrimSuffix(path.Base(p), path.Ext(p)))
			if gone == nil || user == "" {
				return broken{}, false
			}
			return broken{gone, user, line}, true
		}},
		{"PD307", "globals in a circle", func(files map[string][]byte, p string) (broken, bool) {
			module := strings.TrimSuffix(path.Base(p), path.Ext(p))
			user, _ := importer(files, module)
			own := strings.TrimSuffix(path.Base(user), ".py")
			body := path.Join(path.Dir(p), module+".py")
			if dropped(files, p) == nil || user == "" || path.Dir(user) != path.Dir(p) {
				return broken{}, false
			}
			return broken{map[string][]byte{body: []byte("import " + own + "\n" + string(files[body]))}, "", 0}, true
		}},
		{"PD402", "tests that expect one result", func(files map[string][]byte, p string) (broken, bool) {
			text := regexp.MustCompile(`ExpectedResult: (?i:true|false)`).ReplaceAll(files[p], []byte("ExpectedResult: false"))
			return broken{map[string][]byte{p: text}, p, firstLine(text, `^Tests:`)}, isSpec(files, p, aRule) && isSpec(files, p, tested)
		}},
		{"PD407", "no log type", func(files map[string][]byte, p string) (broken, bool) {
			body := strings.TrimSuffix(p, path.Ext(p)) + ".py"
			text := regexp.MustCompile(`(?m)^ +p_log_type: .*\n|,\s*"?p_log_type"?: "?[\w.]+"?`).ReplaceAll(files[p], nil)
			return broken{map[string][]byte{p: text}, p, 0}, isSpec(files, p, aRule) && isSpec(files, body, `udm\("`) && isSpec(files, p, `p_log_type`) && !strings.Contains(string(text), "p_log_type")
		}},
		{"PD403", "a name twice", func(files map[string][]byte, p string) (broken, bool) {
			name := regexp.MustCompile(`(?m)^  - Name: .*$`)
			lines := name.FindAllIndex(files[p], -1)
			if len(lines) < 2 || !isSpec(files, p, tested) || isSpec(files, p, aModel) {
				return broken{}, false
			}
			second := 1 + strings.Count(string(files[p][:lines[1][0]]), "\n")
			return broken{map[string][]byte{p: name.ReplaceAll(files[p], []byte("  - Name: The same"))}, p, second}, true
		}},
		{"PD408", "a method that no test reaches", func(files map[string][]byte, p string) (broken, bool) {
			text := regexp.MustCompile(`(?m)^Mappings:$`).ReplaceAll(files[p], []byte("Mappings:\n  - Name: zz_left\n    Method: zz_left"))
			return broken{map[string][]byte{p: text}, p, firstLine(text, `Method: zz_left`)}, isSpec(files, p, aModel) && isSpec(files, p, `^Mappings:$`) && isSpec(files, p, `^Filename:`)
		}},
		{"PD509", "the name of another", func(files map[string][]byte, p string) (broken, bool) {
			name := regexp.MustCompile(`(?m)^DisplayName: .*$`)
			for _, o := range slices.Sorted(maps.Keys(files)) {
				if m := name.Find(files[o]); o != p && m != nil && isSpec(files, o, aRule) && isSpec(files, p, aRule) && name.Match(files[p]) && isSpec(files, o, `^Enabled: true`) && isSpec(files, p, `^Enabled: true`) {
					text := name.ReplaceAllLiteral(files[p], m)
					return broken{map[string][]byte{p: text}, p, firstLine(text, `^DisplayName:`)}, true
				}
			}
			return broken{}, false
		}},
		{"PD216", "a rule that no pack lists", func(files map[string][]byte, p string) (broken, bool) {
			other := path.Dir(p) + "/zz_left.yml"
			return broken{map[string][]byte{
				other:          []byte("AnalysisType: rule\nRuleID: zz_left\nEnabled: true\n"),
				"packs/zz.yml": []byte("AnalysisType: pack\nPackID: zz\nPackDefinition:\n  IDs: [nothing]\n"),
			}, other, 2}, isSpec(files, p, aRule)
		}},
		{"PD412", "a text for a number", func(files map[string][]byte, p string) (broken, bool) {
			dir := path.Dir(p)
			return broken{map[string][]byte{
				dir + "/zz.yml": []byte("AnalysisType: rule\nRuleID: zz\nFilename: zz.py\nTests:\n  - Name: one\n    ExpectedResult: true\n    Log: {status: 403}\n"),
				dir + "/zz.py":  []byte("def rule(event):\n    return event.get(\"status\") == \"403\"\n"),
			}, dir + "/zz.py", 2}, isSpec(files, p, aRule)
		}},
		{"PD515", "the title of another", func(files map[string][]byte, p string) (broken, bool) {
			dir, out := path.Dir(p), map[string][]byte{}
			for _, name := range []string{"zz_one", "zz_two"} {
				out[dir+"/"+name+".yml"] = []byte("AnalysisType: rule\nRuleID: " + name + "\nEnabled: true\nFilename: " + name + ".py\nLogTypes: [AWS.CloudTrail]\nSeverity: Low\n")
				out[dir+"/"+name+".py"] = []byte("def rule(event):\n    return True\n\n\ndef title(event):\n    return f\"The key of {event.get('zz')} was planted\"\n")
			}
			return broken{out, dir + "/zz_two.py", 6}, isSpec(files, p, aRule)
		}},
		{"PD512", "a retired id", func(files map[string][]byte, p string) (broken, bool) {
			m := id.FindSubmatch(files[p])
			if m == nil || !isSpec(files, p, aRule) {
				return broken{}, false
			}
			return broken{map[string][]byte{"deprecated.txt": []byte(string(m[2]) + "\n")}, p, firstLine(files[p], `^RuleID:`)}, true
		}},
	}
}
