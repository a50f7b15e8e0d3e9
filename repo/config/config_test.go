package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/repo/config"
)

func TestParse(t *testing.T) {
	got, err := config.Parse([]byte(`version: 1
api: {host: api.acme.runpanther.net, token_env: ACME_PANTHER_TOKEN, requests_per_second: 5, timeout: 90s, tries: 3, page_size: 50}
content:
  include: [detections/**]
  only: []
  exclude: [detections/old]
deploy: {exclude_status: [], released: [rule/Old.*]}
limits: {max_file_bytes: 1000, max_files: 10}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Version: 1,
		API:     config.API{Host: "api.acme.runpanther.net", TokenEnv: "ACME_PANTHER_TOKEN", RequestsPerSecond: 5, Timeout: config.Duration(90 * time.Second), Tries: 3, PageSize: 50},
		Content: config.Content{Include: []string{"detections/**"}, Only: []string{}, Exclude: []string{"detections/old"}},
		Deploy:  config.Deploy{ExcludeStatus: []string{}, Released: []string{"rule/Old.*"}},
		Limits:  config.Limits{MaxFileBytes: 1000, MaxFiles: 10},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, empty := range []string{"", "# nothing\n", "version: 1\n", "version: 1\napi:\n", "version: 1\ndeploy: {exclude_status: }\n"} {
		got, err := config.Parse([]byte(empty))
		if diff := cmp.Diff(config.Default(), got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", empty, err, diff)
		}
	}
}

func TestFaultsAreTold(t *testing.T) {
	for src, want := range map[string]string{
		"version: 2\n":              `line 1, column 10: "version" must be 1; write "version: 1"`,
		"api: {}\n":                 `"version" must be 1`,
		"version: 1\ncontnet: {}\n": `line 2, column 1: unknown key "contnet"; the keys are version, api, content, deploy, deployments, drift, limits, lint, moved; did you mean "content"?`,
		"version: 1\ncontent: {include: [a], only: [b]}\n":       `line 2, column 31: content.include adds to the default folders, but content.only replaces them; use one of the two`,
		"version: 1\napi:\n  hots: x\n":                          `line 3, column 3: unknown key "hots" in "api"; the keys are host, token_env, requests_per_second, timeout, tries, page_size; did you mean "host"?`,
		"version: 1\napi:\n  token: abc\n":                       `line 3, column 3: a token must not be in pdac.yaml, which is committed`,
		"version: 1\napi: [x]\n":                                 `line 2, column 6: "api" must be a mapping with the keys host`,
		"- a\n":                                                  `the file must be a mapping with the keys version`,
		"version: 1\napi: {timeout: soon}\n":                     `"soon" is not a duration; write it like 60s or 2m`,
		"version: 1\napi: {requests_per_second: -1}\n":           `line 2, column 28: requests_per_second must be more than 0; remove it to use the default`,
		"version: 1\napi: {requests_per_second: fast}\n":         `requests_per_second must be a number, not "fast"`,
		"version: 1\napi: {token_env: $TOKEN}\n":                 `token_env "$TOKEN" is not the name of an environment variable`,
		"version: 1\ncontent: {include: rules}\n":                "line 2: can't use the string `rules` as a list of strings",
		"version: 1\nversion: 1\n":                               `duplicate key "version"`,
		"version: 1\napi: {tries: 1.5}\n":                        `tries must be a whole number, not "1.5"`,
		"version: 1\napi: {tries: 21}\n":                         `line 2, column 14: tries must be between 1 and 20, not 21`,
		"version: 1\napi: {tries: 1000000000000}\n":              `tries must be between 1 and 20, not 1000000000000`,
		"version: 1\napi: {page_size: 1001}\n":                   `page_size must be between 1 and 1000, not 1001`,
		"version: 1\napi: {requests_per_second: 0.001}\n":        `requests_per_second must be between 0.1 and 1000, not 0.001`,
		"version: 1\napi: {requests_per_second: 1e9}\n":          `requests_per_second must be between 0.1 and 1000, not 1e9`,
		"version: 1\napi: {timeout: 24h}\n":                      `"24h" must be between 1s and 10m0s`,
		"version: 1\napi: {timeout: 1ns}\n":                      `"1ns" must be between 1s and 10m0s`,
		"version: 1\nlimits: {max_files: 1000001}\n":             `max_files must be between 1 and 1000000, not 1000001`,
		"version: 1\nlimits: {max_file_bytes: 1000000000}\n":     `max_file_bytes must be between 1 and 67108864, not 1000000000`,
		"version: 1\nlimits: {max_live_bytes: 1}\n":              `max_live_bytes must be between 1048576 and 8589934592, not 1`,
		"version: 1\napi: {tries: 0}\n":                          `tries must be more than 0`,
		"version: 1\napi: {requests_per_second: .nan}\n":         `requests_per_second must be a number, not ".nan"`,
		"version: 1\n---\nversion: 1\n":                          `the file contains more than one document`,
		"version: 1\nmoved: [rule/A]\n":                          `line 2, column 9: an entry of moved must be a mapping with the keys kind, from and to`,
		"version: 1\nmoved: [{kind: rule, from: \"\", to: B}]\n": `"from" of moved must be a non-empty string`,
		"version: 1\nmoved: [{kind: rule, from: [A], to: B}]\n":  `"from" of moved must be a non-empty string`,
		"version: 1\napi: {token_env: AWS_SECRET_ACCESS_KEY}\n":  `line 2, column 18: token_env "AWS_SECRET_ACCESS_KEY" must have PANTHER in its name, so that a commit can't send another secret of the environment; rename the variable, such as ACME_PANTHER_TOKEN`,
		"version: one\n":                                         "can't use the string `one` as a whole number",
		"version: [\n":                                           `line 1, column 10: the "[" that starts here is never closed; add "]", or quote the value if it is meant as text`,
		"version: 1\nlimits: {max_files: -5}\n":                  `max_files must be more than 0`,
	} {
		_, err := config.Parse([]byte(src))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\ngot  %v\nwant %s", src, err, want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAccessIsFoundInOrder(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, config.SettingsFile), "api_host: settings.example\napi_token: from-settings\nother: x\n")
	file := filepath.Join(root, "token")
	write(t, file, "\ufefffrom-file\n")
	cfg := config.Default()
	cfg.API.Host, cfg.API.TokenEnv = "config.runpanther.net", "MY_PANTHER_TOKEN"
	env := map[string]string{}
	s := config.Sources{Getenv: func(k string) string { return env[k] }, Config: config.Default(), Root: root}
	check := func(step, host, hostFrom, token, tokenFrom string) {
		t.Helper()
		got, err := config.FindAccess(s)
		want := config.Access{Host: host, HostFrom: hostFrom, Token: token, TokenFrom: tokenFrom}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", step, err, diff)
		}
	}
	check("settings", "settings.example", config.SettingsFile, "from-settings", config.SettingsFile)
	s.Config = cfg
	check("config host", "config.runpanther.net", config.FileName, "from-settings", config.SettingsFile)
	env["MY_PANTHER_TOKEN"] = "from-mine"
	check("config", "config.runpanther.net", config.FileName, "from-mine", "MY_PANTHER_TOKEN, named by pdac.yaml")
	env[config.HostEnv], env[config.TokenEnv] = "env.example", "from-env"
	check("environment", "env.example", config.HostEnv, "from-env", config.TokenEnv)
	s.HostFlag, s.TokenFile = "flag.example", file
	check("flags", "flag.example", "--host", "from-file", file)
}

func TestMissingAccessSaysWhereToPutIt(t *testing.T) {
	root := t.TempDir()
	env := map[string]string{}
	s := config.Sources{Getenv: func(k string) string { return env[k] }, Config: config.Default(), Root: root}
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "no Panther host was found; use --host, set PANTHER_API_HOST, or set api.host in pdac.yaml (--sandbox works without Panther)"},
		{func() { s.HostFlag = "h" }, "no Panther API token was found; use --token-file, set PANTHER_API_TOKEN, or name a variable in api.token_env of pdac.yaml"},
		{func() { s.TokenFile = filepath.Join(root, "none") }, "read the token: open"},
		{func() { s.TokenFile = filepath.Join(root, "empty"); write(t, s.TokenFile, "\n") }, `empty" is empty`},
		{func() { write(t, filepath.Join(root, config.SettingsFile), "a: [\n") }, ".panther_settings.yml: line 1, column 4"},
	} {
		step.change()
		if _, err := config.FindAccess(s); err == nil || !strings.Contains(err.Error(), step.want) {
			t.Errorf("got %v, want it to say %q", err, step.want)
		}
	}
}

// What needs no token finds the host where FindAccess does, and no token is read.
func TestFindHost(t *testing.T) {
	env := map[string]string{}
	s := config.Sources{Getenv: func(k string) string { return env[k] }, Config: &config.Config{}, Root: t.TempDir(), TokenFile: "no such file"}
	if _, _, err := config.FindHost(s); err == nil || !strings.Contains(err.Error(), "no Panther host was found; use --host, set PANTHER_API_HOST") {
		t.Errorf("error %v", err)
	}
	for _, step := range []struct {
		add              func()
		want, wantedFrom string
	}{
		{func() {
			if err := os.WriteFile(filepath.Join(s.Root, config.SettingsFile), []byte("api_host: settings\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "settings", config.SettingsFile},
		{func() { s.Config.API.Host = "config" }, "config", config.FileName},
		{func() { env[config.HostEnv] = "env" }, "env", config.HostEnv},
		{func() { s.HostFlag = "flag" }, "flag", "--host"},
	} {
		step.add()
		host, from, err := config.FindHost(s)
		if err != nil || host != step.want || from != step.wantedFrom {
			t.Errorf("%q from %q (%v), want %q from %q", host, from, err, step.want, step.wantedFrom)
		}
	}
}

func TestFindRoot(t *testing.T) {
	base := t.TempDir()
	dirs := []string{"git/rules/aws_rules", "git/docs", "git/sub/rules", "git/conf/deep", "loose/x", "plain/rules"}
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(base, "git/conf/pdac.yaml"), "version: 1\n")
	write(t, filepath.Join(base, "plain/pdac.yaml"), "version: 1\n")
	top := func(p string) (string, bool) {
		g := filepath.Join(base, "git")
		return g, p == g || strings.HasPrefix(p, g+string(filepath.Separator))
	}
	for _, tc := range []struct {
		dir   string
		named bool
		want  string
	}{
		{"git", false, "git"}, {"git", true, "git"},
		{"git/rules/aws_rules", false, "git"}, // stands inside: the whole repository
		{"git/rules", true, "git/rules"},      // names a part that has content
		{"git/sub", true, "git/sub"}, {"git/sub", false, "git"},
		{"git/conf", true, "git/conf"}, {"git/conf/deep", false, "git/conf"}, {"git/conf/deep", true, "git/conf"},
		{"git/docs", true, "git/docs"},
		{"loose/x", false, "loose/x"}, {"loose", true, "loose"},
		{"plain/rules", false, "plain"}, {"plain/rules", true, "plain"}, // no git, but a pdac.yaml above
	} {
		got, err := config.FindRoot(filepath.Join(base, tc.dir), tc.named, top)
		if err != nil || got != filepath.Join(base, tc.want) {
			t.Errorf("%s (named %v): got %s (%v), want %s", tc.dir, tc.named, got, err, tc.want)
		}
	}
	if _, err := config.FindRoot(filepath.Join(base, "none"), true, top); err == nil || !strings.Contains(err.Error(), "read the repository's folder") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("version: 1\napi: {timeout: 5s}\n"))
	f.Add([]byte("api: &a [*a]\n"))
	f.Add([]byte("version: 1\n<<: {api: 5}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if c, err := config.Parse(src); err == nil && c.Version != 1 && len(strings.TrimSpace(string(src))) > 0 {
			t.Fatalf("%q gave version %d", src, c.Version)
		}
	})
}
