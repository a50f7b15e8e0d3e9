package config_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/repo/config"
)

// checkout is a git repository with a host in pdac.yaml, and a home beside it.
func checkout(t *testing.T, host string) (s config.Sources, env map[string]string) {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(base, "clones", "repo")
	write(t, filepath.Join(root, ".git", "HEAD"), "ref: refs/heads/main\n")
	write(t, filepath.Join(base, "home", "token"), "from-file\n")
	env = map[string]string{"HOME": filepath.Join(base, "home"), "XDG_CONFIG_HOME": filepath.Join(base, "home", "conf"), config.TokenEnv: "from-env"}
	s = config.Sources{Getenv: func(k string) string { return env[k] }, Config: config.Default(), Root: root}
	s.Config.API.Host = host
	return s, env
}

// TestTheCheckoutDoesNotDecideWhereTheTokenGoes: a host of pdac.yaml gets the token
// only if it is Panther's own; what only looks like it is not.
func TestTheCheckoutDoesNotDecideWhereTheTokenGoes(t *testing.T) {
	for host, own := range map[string]bool{
		"acme.runpanther.net": true, "api.acme.runpanther.net": true, "https://acme.runpanther.net": true, "API.Acme.RunPanther.NET": true,
		"https://api.acme.runpanther.net/public/graphql": true, "https://api.acme.runpanther.net:443/v1": true, "api.acme-eu.runpanther.net": true,

		"evil-runpanther.net": false, "https://evil-runpanther.net": false, "https://runpanther.net": false, "runpanther.net.evil.example": false,
		"https://api.acme.runpanther.net.evil.example": false, "https://evil.example/api.acme.runpanther.net": false, "https://evil.example\\.runpanther.net": false,
		"https://api.acme.runpanther.net@evil.example": false, "https://evil.example?.runpanther.net": false, "https://evil.example#.runpanther.net": false,
		"https://evil.example%2Fx.runpanther.net": false, "https://evil.example%00.runpanther.net": false, "https://api.acme.runpanther.net.": false,
		"https://api.acme\u3002runpanther.net": false, "https://api.\u0430cme.runpanther.net": false, "https://evil.example\uff0f.runpanther.net": false,
		"https://.runpanther.net": false, "https://api..runpanther.net": false, "https://-.runpanther.net": false, "http://api.acme.runpanther.net": false,
		"https://logs.acme.runpanther.net/http/1": false, "https://a.b.acme.runpanther.net": false, "https://logs.api.acme.runpanther.net": false,
		"127.0.0.1:8080": false, "localhost": false, "[::1]:80": false, "https://127.0.0.1": false, "https://10.0.0.1": false,
		"https://abc.execute-api.us-west-2.amazonaws.com/v1": false, "panther.acme.example": false, "https://runpanther.io": false,
	} {
		s, _ := checkout(t, host)
		got, err := config.FindAccess(s)
		if own != (err == nil) {
			t.Errorf("%s: own is %v, and the error %v", host, own, err)
		}
		if own && (got.Host != host || got.Token != "from-env") {
			t.Errorf("%s: got %+v", host, got)
		}
		// The host of whoever runs pdac is not judged here.
		s.HostFlag = host
		if _, err := config.FindAccess(s); err != nil {
			t.Errorf("%s by flag: %v", host, err)
		}
	}
}

// TestWhichTokensAreHeldBack: it does not matter where the token is from, unless it is
// in the same file as the host.
func TestWhichTokensAreHeldBack(t *testing.T) {
	const evil = "evil.example"
	for name, tc := range map[string]struct {
		change func(*config.Sources, map[string]string)
		// from is the source of the token that is held back; "" if it is not.
		from string
	}{
		"environment":    {func(*config.Sources, map[string]string) {}, config.TokenEnv},
		"file of a flag": {func(s *config.Sources, env map[string]string) { s.TokenFile = filepath.Join(env["HOME"], "token") }, "token"},
		"named variable": {func(s *config.Sources, env map[string]string) {
			delete(env, config.TokenEnv)
			env["X_PANTHER_Y"], s.Config.API.TokenEnv = "t", "X_PANTHER_Y"
		}, "X_PANTHER_Y, named by pdac.yaml"},
		"settings, host in pdac.yaml": {func(s *config.Sources, env map[string]string) {
			delete(env, config.TokenEnv)
			write(t, filepath.Join(s.Root, config.SettingsFile), "api_token: t\napi_host: acme.runpanther.net\n")
		}, config.SettingsFile},
		"settings, host in settings": {func(s *config.Sources, env map[string]string) {
			delete(env, config.TokenEnv)
			s.Config.API.Host = ""
			write(t, filepath.Join(s.Root, config.SettingsFile), "api_token: t\napi_host: "+evil+"\n")
		}, ""},
		"environment, host in settings": {func(s *config.Sources, _ map[string]string) {
			s.Config.API.Host = ""
			write(t, filepath.Join(s.Root, config.SettingsFile), "api_token: t\napi_host: "+evil+"\n")
		}, config.TokenEnv},
		"a token file that is called as the settings, host in settings": {func(s *config.Sources, env map[string]string) {
			s.Config.API.Host = ""
			write(t, filepath.Join(s.Root, config.SettingsFile), "api_token: t\napi_host: "+evil+"\n")
			t.Chdir(env["HOME"])
			s.TokenFile = config.SettingsFile
			write(t, s.TokenFile, "mine\n")
		}, config.SettingsFile},
		"host of spaces in the environment": {func(_ *config.Sources, env map[string]string) { env[config.HostEnv] = " " }, config.TokenEnv},
		"host in the environment":           {func(_ *config.Sources, env map[string]string) { env[config.HostEnv] = evil }, ""},
	} {
		s, env := checkout(t, evil)
		tc.change(&s, env)
		_, err := config.FindAccess(s)
		if tc.from == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tc.from != "" && (err == nil || !strings.Contains(err.Error(), tc.from+` was not sent to "api.evil.example": `)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The error says all that can be done.
	s, env := checkout(t, evil)
	_, err := config.FindAccess(s)
	want := `the token from PANTHER_API_TOKEN was not sent to "api.evil.example": pdac.yaml names that host, any commit can change it, and it is not one of Panther's own (api.NAME.runpanther.net); ` +
		`if it is your Panther, use --host, set PANTHER_API_HOST=api.evil.example or PDAC_ALLOWED_HOSTS=api.evil.example, or write "allowed_hosts: [api.evil.example]" to ` + filepath.Join(env["XDG_CONFIG_HOME"], "pdac", "config.yaml")
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestAllowedHosts: the user allows hosts in the environment or in a file.
func TestAllowedHosts(t *testing.T) {
	for _, tc := range []struct {
		host, list string
		want       bool
		err        string
	}{
		{"https://panther.acme.example", "panther.acme.example", true, ""},
		{"https://panther.acme.example/v1", "other.example, panther.acme.example", true, ""},
		{"acme.example", "acme.example", true, ""},
		{"acme.example", "api.acme.example", true, ""},
		{"https://PANTHER.acme.example", "https://panther.Acme.example/", true, ""},
		{"https://abc.execute-api.us-west-2.amazonaws.com/v1", "https://abc.execute-api.us-west-2.amazonaws.com/v1/public/graphql", true, ""},
		{"127.0.0.1:8080", "127.0.0.1:8080", true, ""},

		{"https://abc.execute-api.us-west-2.amazonaws.com/v2", "https://abc.execute-api.us-west-2.amazonaws.com/v1", false, ""},
		{"https://abc.execute-api.us-west-2.amazonaws.com/v11", "https://abc.execute-api.us-west-2.amazonaws.com/v1", false, ""},
		{"https://panther.acme.example:8443", "panther.acme.example", false, ""},
		{"https://panther.acme.example.evil.example", "panther.acme.example", false, ""},
		{"https://x.panther.acme.example", "panther.acme.example", false, ""},
		{"127.0.0.1:8081", "127.0.0.1:8080", false, ""},
		{"https://evil.example", "*", false, `: "*" is a pattern; list each host, such as panther.acme.example`},
		{"https://evil.example", "http://evil.example", false, `: the Panther host "http://evil.example" uses http, which would expose the token`},
	} {
		for _, source := range []string{"variable", "file"} {
			s, env := checkout(t, tc.host)
			from := config.AllowedEnv
			if source == "variable" {
				env[from] = tc.list
			} else {
				from = filepath.Join(env["XDG_CONFIG_HOME"], "pdac", "config.yaml")
				write(t, from, "allowed_hosts: [\""+strings.ReplaceAll(tc.list, ", ", `", "`)+"\"]\n")
			}
			_, err := config.FindAccess(s)
			switch {
			case tc.want && err == nil:
			case tc.err != "" && err != nil && strings.HasPrefix(err.Error(), from+tc.err):
			case !tc.want && tc.err == "" && err != nil && strings.Contains(err.Error(), "was not sent"):
			default:
				t.Errorf("%s in a %s with %q: %v", tc.host, source, tc.list, err)
			}
		}
	}
}

// TestAllowedHostsAreNotInTheCheckout: the user's file counts only if no commit can
// change it, and it must be right.
func TestAllowedHostsAreNotInTheCheckout(t *testing.T) {
	const evil, allow = "evil.example", "allowed_hosts: [evil.example]\n"
	link := func(to, at string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Skip(err)
		}
	}
	const inside = "is in the repository"
	for name, tc := range map[string]struct {
		prepare func(root, home string, env map[string]string)
		want    string
	}{
		"in the home": {func(_, home string, env map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), allow)
		}, ""},
		"a link of the home to elsewhere": {func(_, home string, env map[string]string) {
			write(t, filepath.Join(home, "dotfiles/pdac.yaml"), allow)
			link("../../dotfiles/pdac.yaml", filepath.Join(home, "conf/pdac/config.yaml"))
		}, ""},
		"the home is the checkout": {func(root, _ string, env map[string]string) {
			env["XDG_CONFIG_HOME"] = filepath.Join(root, ".config")
			write(t, filepath.Join(root, ".config/pdac/config.yaml"), allow)
		}, inside},
		"a relative folder": {func(root, _ string, env map[string]string) {
			env["XDG_CONFIG_HOME"], env["HOME"] = ".config", ""
			write(t, filepath.Join(root, ".config/pdac/config.yaml"), allow)
			t.Chdir(root)
		}, "was not sent"},
		"a link into the checkout": {func(root, home string, _ map[string]string) {
			write(t, filepath.Join(root, "conf.yaml"), allow)
			link(filepath.Join(root, "conf.yaml"), filepath.Join(home, "conf/pdac/config.yaml"))
		}, inside},
		"a folder that is a link into the checkout": {func(root, home string, _ map[string]string) {
			write(t, filepath.Join(root, "conf/config.yaml"), allow)
			link("../../clones/repo/conf", filepath.Join(home, "conf/pdac"))
		}, inside},
		"a link through the checkout": {func(root, home string, _ map[string]string) {
			write(t, filepath.Join(home, "else/config.yaml"), allow)
			link(filepath.Join(home, "else"), filepath.Join(root, "way"))
			link(filepath.Join(root, "way"), filepath.Join(home, "conf/pdac"))
		}, inside},
		"a link to the checkout by another name": {func(root, home string, env map[string]string) {
			write(t, filepath.Join(root, "conf/pdac/config.yaml"), allow)
			link(root, filepath.Join(home, "alias"))
			env["XDG_CONFIG_HOME"] = filepath.Join(home, "alias", "conf")
		}, inside},
		"a ring of links": {func(_, home string, _ map[string]string) {
			link("config.yaml", filepath.Join(home, "conf/pdac/config.yaml"))
		}, "read your configuration: "},
		"an unknown key": {func(_, home string, _ map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), "allowed_host: [evil.example]\n")
		}, `config.yaml: line 1, column 1: unknown key "allowed_host" in "the file"; the keys are allowed_hosts; did you mean "allowed_hosts"?`},
		"a list": {func(_, home string, _ map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), "- evil.example\n")
		}, `config.yaml: line 1, column 1: the file must be a mapping with the key allowed_hosts`},
		"not a list": {func(_, home string, _ map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), "allowed_hosts: {a: b}\n")
		}, "can't use the mapping as a list of strings"},
		"empty": {func(_, home string, _ map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), "# nothing\n")
		}, "was not sent"},
		"broken": {func(_, home string, _ map[string]string) {
			write(t, filepath.Join(home, "conf/pdac/config.yaml"), "a: [\n")
		}, "config.yaml: line 1, column 4"},
	} {
		t.Run(name, func(t *testing.T) {
			s, env := checkout(t, evil)
			tc.prepare(s.Root, env["HOME"], env)
			_, err := config.FindAccess(s)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	// Without XDG_CONFIG_HOME it is where the system keeps configurations.
	if runtime.GOOS == "linux" {
		s, env := checkout(t, evil)
		delete(env, "XDG_CONFIG_HOME")
		write(t, filepath.Join(env["HOME"], ".config/pdac/config.yaml"), allow)
		if _, err := config.FindAccess(s); err != nil {
			t.Error(err)
		}
	}
}
