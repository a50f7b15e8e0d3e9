package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/repo/config"
)

// FuzzFiles reads any content of the files that say where Panther is and what the token
// is. Whatever a checkout has, a token of the environment goes to no foreign host.
func FuzzFiles(f *testing.F) {
	for _, s := range []string{"api_host: https://api.acme.runpanther.net\napi_token: x\n", "allowed_hosts: [panther.acme.example]\n", "a: &a [*a]\n", "token\n", "\xff\x00", "api_host: http://127.0.0.1:1/public/graphql\n"} {
		for which := range 3 {
			f.Add(which, []byte(s), "https://panther.acme.example")
		}
	}
	f.Add(0, []byte("api_host: https://api.acme.runpanther.neT\napi_token:"), "")
	f.Add(1, []byte("allowed_hosts: [panther.acme.example]\n"), "panther.acme.example")
	f.Fuzz(func(t *testing.T, which int, content []byte, host string) {
		root, home := t.TempDir(), t.TempDir()
		settings, user, token := filepath.Join(root, config.SettingsFile), filepath.Join(home, ".config", "pdac", "config.yaml"), filepath.Join(home, "token")
		env := map[string]string{config.TokenEnv: "from-the-environment", "HOME": home}
		s := config.Sources{Config: config.Default(), Root: root, Getenv: func(k string) string { return env[k] }}
		write := func(file string) {
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s.Config.API.Host = host
		switch ((which % 3) + 3) % 3 {
		case 0:
			s.Config.API.Host = ""
			write(settings)
		case 1:
			write(user)
		case 2:
			s.TokenFile, s.HostFlag = token, host
			write(token)
		}
		a, err := config.FindAccess(s)
		switch {
		case err != nil:
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
		case a.Token == "" || strings.TrimSpace(a.Token) != a.Token:
			t.Errorf("the token is %q", a.Token)
		case which%3 == 0 && a.Token == "from-the-environment" && !strings.Contains(strings.ToLower(a.Host), "runpanther.net") && !local(a.Host):
			t.Errorf("the settings sent the token of the environment to %q", a.Host)
		}
		if _, _, err := config.FindHost(s); err != nil && !errors.Is(err, config.ErrNoHost) && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}

// local reports whether a host is this machine.
func local(host string) bool {
	return strings.Contains(host, "127.") || strings.Contains(strings.ToLower(host), "localhost") || strings.Contains(host, "::1") || strings.Contains(host, "0:1")
}
