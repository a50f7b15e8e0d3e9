package main

import (
	"testing"

	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/sync"
)

// TestAsPattern: what pdac suggests to type can be typed, and matches.
func TestAsPattern(t *testing.T) {
	for id, want := range map[string]string{
		"AWS.Root.Login":          "rule/AWS.Root.Login",
		"日本語 a/b":                 "rule/日本語 a/b",
		"red\x1b[31m\u202e\a{x}*": "rule/red??31m???x??",
	} {
		k := panther.Key{Kind: panther.Rule, ID: id}
		got := asPattern(k)
		f, err := sync.ParsePatterns("--only", []string{got})
		if err != nil || got != want || !f.MatchKey(k) {
			t.Errorf("%q is %q, not %q (%v)", id, got, want, err)
		}
	}
}
