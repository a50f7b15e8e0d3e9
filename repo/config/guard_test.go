package config_test

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/repo/config"
)

func TestGuards(t *testing.T) {
	c, err := config.Parse([]byte("version: 1\ndeploy:\n  guards:\n    - {id: a.b-c_1, where: {severity: critical, only: [rule/*], tags: x}, when: [weaker, delete], do: fail, message: m}\n    - id: other\n      when: weaker\n      do: hold\n"))
	if err != nil {
		t.Fatal(err)
	}
	g := c.Deploy.Guards
	if len(g) != 2 || g[0].Line != 4 || g[1].Line != 5 || g[0].ID != "a.b-c_1" || g[0].Where.Severity[0] != "critical" || len(g[0].When) != 2 || g[1].When[0] != "weaker" {
		t.Errorf("got %+v", g)
	}
	for text, want := range map[string]string{
		"{id: a, when: weaker}":                                            `do "" is not one of hold, fail`,
		"{id: a, when: weaker, do: holt}":                                  `do "holt" is not one of hold, fail; did you mean "hold"?`,
		"{id: a, when: weeker, do: hold}":                                  `when "weeker" is not one of create, update, delete, replace, weaker, stronger, neutral, unknown; did you mean "weaker"?`,
		"{id: a, do: hold}":                                                `the guard "a" needs "when", such as weaker`,
		"{id: 'a b', when: weaker, do: hold}":                              `a guard needs an id of letters, digits, -, _ and ., not "a b"`,
		"{when: weaker, do: hold}":                                         `a guard needs an id of letters, digits, -, _ and ., not ""`,
		"{id: a, wen: weaker, do: hold}":                                   `unknown key "wen" in "guards"; the keys are id, where, when, do, message; did you mean "when"?`,
		"{id: a, when: weaker, do: hold, where: {sevrity: LOW}}":           `unknown key "sevrity" in "where"`,
		"{id: a, when: weaker, do: hold, where: {severity: critcal}}":      `severity "critcal" is not one of INFO, LOW, MEDIUM, HIGH, CRITICAL; did you mean "CRITICAL"?`,
		"{id: a, when: weaker, do: hold}, {id: a, when: weaker, do: hold}": `the guard in line 3 also has the id "a"; give each an id of its own`,
		"x": "an entry of guards must be a mapping with the keys id, where, when, do, message",
		"{id: a, when: weaker, do: hold, where: [x]}": "where must be a mapping with the keys severity, only, tags",
		"{id: a, when: weaker, do: hold}, null":       "a guard is empty; write its id, when and do",
	} {
		if _, err := config.Parse([]byte("version: 1\ndeploy:\n  guards: [" + text + "]\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := config.Parse([]byte("version: 1\ndeploy: {guards: text}\n")); err == nil || !strings.Contains(err.Error(), "can't use the string `text` as a list of guards") {
		t.Errorf("a text instead of guards: got %v", err)
	}
}
