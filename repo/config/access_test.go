package config_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdac-dev/pdac/repo/config"
)

// TestAccessIsNeverGuessed: a source that says nothing is no source, and one that was
// named and can't be used is an error, even where another one has a token.
func TestAccessIsNeverGuessed(t *testing.T) {
	for name, tc := range map[string]struct {
		settings, tokenFile, named string
		env                        map[string]string
		want                       config.Access
	}{
		"null in the settings":     {settings: "api_host: ~\napi_token: null\n"},
		"null where env has one":   {settings: "api_host: h.runpanther.net\napi_token: ~\n", env: map[string]string{config.TokenEnv: "t"}, want: config.Access{Host: "h.runpanther.net", HostFrom: config.SettingsFile, Token: "t", TokenFrom: config.TokenEnv}},
		"a variable of spaces":     {settings: "api_host: h.runpanther.net\napi_token: t\n", env: map[string]string{config.TokenEnv: "  ", config.HostEnv: " \n"}, want: config.Access{Host: "h.runpanther.net", HostFrom: config.SettingsFile, Token: "t", TokenFrom: config.SettingsFile}},
		"spaces around":            {env: map[string]string{config.TokenEnv: " t\n", config.HostEnv: "\th "}, want: config.Access{Host: "h", HostFrom: config.HostEnv, Token: "t", TokenFrom: config.TokenEnv}},
		"a named variable, unset":  {settings: "api_host: h.runpanther.net\napi_token: t\n", named: "MY_PANTHER", want: config.Access{Host: "h.runpanther.net", HostFrom: config.SettingsFile, Token: "t", TokenFrom: config.SettingsFile}},
		"no host":                  {env: map[string]string{config.TokenEnv: "t"}},
		"no token":                 {env: map[string]string{config.HostEnv: "h"}},
		"an empty token file":      {tokenFile: "\n", env: map[string]string{config.HostEnv: "h", config.TokenEnv: "t"}},
		"a token file of BOM only": {tokenFile: "\ufeff\n", env: map[string]string{config.HostEnv: "h", config.TokenEnv: "t"}},
		"settings that are broken": {settings: "api_host: [\n", env: map[string]string{config.HostEnv: "h", config.TokenEnv: "t"}},
	} {
		root := t.TempDir()
		if tc.settings != "" {
			write(t, filepath.Join(root, config.SettingsFile), tc.settings)
		}
		s := config.Sources{Getenv: func(k string) string { return tc.env[k] }, Config: config.Default(), Root: root}
		s.Config.API.TokenEnv = tc.named
		if tc.tokenFile != "" {
			s.TokenFile = filepath.Join(root, "token")
			write(t, s.TokenFile, tc.tokenFile)
		}
		got, err := config.FindAccess(s)
		if (err == nil) != (tc.want.Token != "") {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, got); err == nil && diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	s := config.Sources{Getenv: func(string) string { return "set" }, Config: config.Default(), Root: t.TempDir(), TokenFile: filepath.Join(t.TempDir(), "none")}
	if got, err := config.FindAccess(s); err == nil {
		t.Errorf("without the token file that was named: %+v", got)
	}
}
