package diff_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/panther"
)

var sizes = []int{100, 1_000, 10_000}

func rules(n int, mark string) []panther.Entity {
	out := make([]panther.Entity, n)
	for i := range out {
		out[i] = entity(panther.Rule, map[string]any{
			"enabled": true, "displayName": fmt.Sprintf("Rule %d", i), "severity": "HIGH",
			"logTypes": list("AWS.CloudTrail", "Okta.SystemLog"), "tags": list("b", "a", fmt.Sprint(i%7)),
			"reports":            map[string]any{"MITRE ATT&CK": list("TA0001:T1078", "TA0002")},
			"dedupPeriodMinutes": json.Number("60"), "description": strings.Repeat("What this finds. ", 10),
			"tests": list(map[string]any{"name": "t", "expectedResult": true, "resource": `{"a":{"b":[1,2,3]},"c":"` + mark + `"}`}),
			"body":  strings.Repeat("    value = event.deep_get(\"a\", \"b\")\n", 60),
		})
	}
	return out
}

func BenchmarkEntities(b *testing.B) {
	for _, n := range sizes {
		desired, live, edited := rules(n, "x"), rules(n, "x"), rules(n, "y")
		for name, other := range map[string][]panther.Entity{"same": live, "edited": edited} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					for i := range desired {
						diff.Entities(desired[i], other[i])
					}
				}
			})
		}
	}
}

func BenchmarkValues(b *testing.B) {
	f, _ := panther.Rule.Field("tests")
	tests := func(n int, mark string) any {
		out := make([]any, n)
		for i := range out {
			out[i] = map[string]any{"name": fmt.Sprint("test ", i), "expectedResult": i%2 == 0,
				"resource": fmt.Sprintf(`{"user":{"name":"u%d","type":%q},"ips":["1.1.1.1","2.2.2.2"],"ok":true}`, i, mark)}
		}
		return any(out)
	}
	for _, n := range sizes {
		before, after := tests(n, "User"), tests(n, "Root")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				diff.Values(f, before, after)
			}
		})
	}
}
