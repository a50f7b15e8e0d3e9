package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/repo/config"
)

func TestAcceptances(t *testing.T) {
	c, err := config.Parse([]byte("version: 1\ndrift:\n  accept:\n    - {id: rule/A, fields: severity, value: Low, reason: 5, until: 2026-12-31}\n    - id: '*'\n      fields: [tags, Enabled]\n      reason: r\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := c.Drift.Accept
	if len(a) != 2 || a[0].Line != 4 || a[0].ID != "rule/A" || a[0].Fields[0] != "severity" || a[0].Value.Value != "Low" || a[0].Reason != "5" || a[0].Until != "2026-12-31" {
		t.Errorf("got %+v", a)
	}
	if a[1].Line != 5 || len(a[1].Fields) != 2 || a[1].Value != nil || a[1].Until != "" {
		t.Errorf("got %+v", a[1])
	}
	if c, err = config.Parse([]byte("version: 1\ndrift:\n  accept: [{id: a, fields: tags, value: null, reason: r}]\n")); err != nil || c.Drift.Accept[0].Value == nil {
		t.Errorf("an empty value: got %v, want one", err)
	}
	for text, want := range map[string]string{
		"{fields: tags, reason: r}":                                `line 3, column 12: an entry of accept needs "id": an entity as kind/id, such as rule/AWS.Root.Login`,
		"{id: a, reason: r}":                                       `the acceptance of "a" needs "fields"; name them, such as [severity]`,
		"{id: a, fields: [], reason: r}":                           `the acceptance of "a" needs "fields"`,
		"{id: a, fields: [tags, ''], reason: r}":                   `the acceptance of "a" has an empty field; name it, such as severity`,
		"{id: a, fields: tags}":                                    `the acceptance of "a" needs a "reason": why the value in Panther may stay`,
		"{id: a, fields: tags, reason: ' '}":                       `needs a "reason"`,
		"{id: a, fields: [tags, enabled], value: x, reason: r}":    `the acceptance of "a" has one value for 2 fields; write an entry for each field`,
		"{id: a, fields: tags, reason: r, until: 2026-02-30}":      `line 3, column 52: until "2026-02-30" is not a day; write it like 2026-12-31`,
		"{id: a, fields: tags, reason: r, until: ''}":              `until "" is not a day`,
		"{id: a, fields: tags, reason: r, until: tomorrow}":        `until "tomorrow" is not a day`,
		"{id: a, field: tags, reason: r}":                          `unknown key "field" in "accept"; the keys are id, fields, value, reason, until; did you mean "fields"?`,
		"x":                                                        "an entry of accept must be a mapping with the keys id, fields, value, reason, until",
		"{id: a, fields: tags, reason: r}, null":                   "an entry of accept is empty; write its id, fields and reason, or remove the dash",
		strings.Repeat("{id: a, fields: tags, reason: r}, ", 1001): `"drift.accept" has 1001 entries; pdac takes up to 1000`,
	} {
		if _, err := config.Parse([]byte("version: 1\ndrift:\n  accept: [" + text + "]\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: got %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"{accept: text}": "can't use the string `text` as a list of acceptances",
		"{acept: []}":    `unknown key "acept" in "drift"; the keys are accept`,
		"[]":             `"drift" must be a mapping with the keys accept`,
	} {
		if _, err := config.Parse(fmt.Appendf(nil, "version: 1\ndrift: %s\n", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
