package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/repo/config"
)

func TestDeployIsRead(t *testing.T) {
	got, err := config.Parse([]byte(`version: 1
deploy:
  on_drift: keep
  on_conflict: revert
  deletes: allow
  max_deletes: 0
  max_changes: 12.5%
  unmanaged_fields:
    - severity
    - {fields: [enabled, tags], only: [rule/AWS.*]}
deployments: {remote: "", record: false}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Deploy{
		OnDrift: "keep", OnConflict: "revert", Deletes: "allow", MaxDeletes: "0", MaxChanges: "12.5%",
		UnmanagedFields: []config.UnmanagedFields{{Fields: []string{"severity"}}, {Fields: []string{"enabled", "tags"}, Only: []string{"rule/AWS.*"}}},
	}
	got.Deploy.ExcludeStatus = nil
	if diff := cmp.Diff(want, got.Deploy); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := got.Deployments; d.Remote == nil || *d.Remote != "" || d.Record == nil || *d.Record {
		t.Errorf("deployments: %+v", d)
	}
}

// TestDeployRefusesWhatItDoesNotKnow: a misspelt policy or limit must never fall
// back to a default that lets more happen. Each error names the word at fault.
func TestDeployRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, word := range map[string]string{
		"deploy: {on_drift: revrt}":                                        "revrt",
		"deploy: {on_drift: allow}":                                        "allow",
		"deploy: {on_conflict: never}":                                     "never",
		"deploy: {deletes: yes please}":                                    "yes please",
		"deploy: {deletes: revert}":                                        "revert",
		"deploy: {max_deletes: many}":                                      "many",
		"deploy: {max_deletes: -1}":                                        "-1",
		"deploy: {max_changes: 101%}":                                      "101%",
		"deploy: {max_changes: 1.5}":                                       "1.5",
		"deploy: {max_changes: [5]}":                                       "",
		"deploy: {max_changes: {5: 5}}":                                    "",
		"deploy: {unmanaged_fields: [[severity]]}":                         "unmanaged_fields",
		"deploy: {unmanaged_fields: [{field: [severity]}]}":                "field",
		"deploy: {unmanaged_fields: [{fields: [severity], onyl: [a/b]}]}":  "onyl",
		"deploy: {unmanaged_fields: [{only: [rule/*]}]}":                   "fields",
		"deploy: {unmanaged_fields: [{fields: severity, only: [rule/*]}]}": "",
		"deployments: {remote: --upload-pack=x}":                           "--upload-pack=x",
		"deployments: {ref: refs/tags/x}":                                  `ref "refs/tags/x" can't hold the record: refs/tags is for other things; use refs/heads or a name of your own; write it like refs/heads/pdac, and pdac adds the host`,
	} {
		got, err := config.Parse([]byte("version: 1\n" + text + "\n"))
		if err == nil {
			t.Errorf("%s is taken as %+v", text, got.Deploy)
		} else if !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: the error names neither %q nor its line: %v", text, word, err)
		}
	}
}

// TestWhereDeploymentsAreShared: a remote that somebody named is a must, also "" for
// none; else it is origin in a pipeline, if there is one.
func TestWhereDeploymentsAreShared(t *testing.T) {
	for _, tc := range []struct {
		text    string
		ci      bool
		remote  string
		guessed bool
	}{
		{"", false, "", true},
		{"", true, "origin", true},
		{"deployments: {remote: team}", false, "team", false},
		{"deployments: {remote: team}", true, "team", false},
		{`deployments: {remote: ""}`, true, "", false},
	} {
		c, err := config.Parse([]byte("version: 1\n" + tc.text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		if remote, guessed := c.Deployments.RemoteOf(tc.ci); remote != tc.remote || guessed != tc.guessed {
			t.Errorf("%q (CI %v): %q, guessed %v", tc.text, tc.ci, remote, guessed)
		}
	}
}

func TestPipelinesAreKnown(t *testing.T) {
	for value, want := range map[string]bool{"": false, "false": false, "FALSE": false, "0": false, "true": true, "1": true, "woodpecker": true} {
		got := config.InCI(func(name string) string {
			if name != "CI" {
				t.Errorf("%s is asked for", name)
			}
			return value
		})
		if got != want {
			t.Errorf("CI=%q: %v", value, got)
		}
	}
}

// TestWhoRunsAPipeline: a name from the environment of a pipeline counts only there;
// elsewhere it may be left over, and only the one for pdac counts.
func TestWhoRunsAPipeline(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{}, ""},
		{map[string]string{"CI": "true"}, ""},
		{map[string]string{"CI": "true", "GITHUB_ACTOR": "ada"}, "ada"},
		{map[string]string{"GITHUB_ACTOR": "ada"}, ""},
		{map[string]string{"CI": "false", "GITLAB_USER_LOGIN": "ada"}, ""},
		{map[string]string{"PDAC_ACTOR": "grace", "GITHUB_ACTOR": "ada"}, "grace"},
		{map[string]string{"CI": "1", "PDAC_ACTOR": "grace", "GITHUB_ACTOR": "ada"}, "grace"},
	} {
		if got := config.Actor(func(k string) string { return tc.env[k] }); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.env, got, tc.want)
		}
	}
}
