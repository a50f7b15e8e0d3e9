package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/internal/yamlcore"
)

// Names that users of Panther's own tool have already set.
const (
	HostEnv      = "PANTHER_API_HOST"
	TokenEnv     = "PANTHER_API_TOKEN"
	SettingsFile = ".panther_settings.yml"
)

// Access is the host and token of a Panther, and where each was found.
type Access struct {
	Host, HostFrom   string
	Token, TokenFrom string
}

// Sources lists where to look for access.
type Sources struct {
	// HostFlag and TokenFile are the values of the flags, or empty.
	HostFlag, TokenFile string
	// Getenv reads an environment variable.
	Getenv func(string) string
	Config *Config
	// Root is the repository's root, which may contain .panther_settings.yml.
	Root string
}

// FindAccess finds the host and the token: flags first, then the environment,
// then pdac.yaml, then the settings of Panther's own tool. It searches for each
// independently. The error lists every place to set them. A host that a commit can
// change gets the token only as mayReceive says.
func FindAccess(s Sources) (Access, error) {
	var a Access
	tokenOfSettings := false
	settings, err := readSettings(s.Root)
	if err != nil {
		return a, err
	}
	a.Host, a.HostFrom = s.host(settings)
	if s.TokenFile != "" {
		if a.Token, err = readToken(s.TokenFile); err != nil {
			return a, err
		}
		a.TokenFrom = s.TokenFile
	} else {
		named := ""
		if s.Config.API.TokenEnv != "" {
			named = s.Getenv(s.Config.API.TokenEnv)
		}
		a.Token, a.TokenFrom = first(
			s.Getenv(TokenEnv), TokenEnv,
			named, s.Config.API.TokenEnv+", named by "+FileName,
			settings["api_token"], SettingsFile)
		tokenOfSettings = a.TokenFrom == SettingsFile
	}
	switch {
	case a.Host == "":
		return a, ErrNoHost
	case a.Token == "":
		return a, ErrNoToken
	}
	// If both are in one file, whoever wrote the host wrote the token too.
	if s.hostOfUser() || tokenOfSettings && a.HostFrom == SettingsFile {
		return a, nil
	}
	return a, s.mayReceive(a)
}

// FindHost finds only the host, in the same places as FindAccess, for requests
// that need no token.
func FindHost(s Sources) (host, from string, err error) {
	settings, err := readSettings(s.Root)
	if err != nil {
		return "", "", err
	}
	if host, from = s.host(settings); host == "" {
		return "", "", ErrNoHost
	}
	return host, from, nil
}

// ErrNoHost says that no setting names Panther's host.
var ErrNoHost = fmt.Errorf("no Panther host was found; use --host, set %s, or set api.host in %s (--sandbox works without Panther)", HostEnv, FileName)

// ErrNoToken says that no setting has an API token.
var ErrNoToken = fmt.Errorf("no Panther API token was found; use --token-file, set %s, or name a variable in api.token_env of %s", TokenEnv, FileName)

func (s Sources) host(settings map[string]string) (host, from string) {
	return first(
		s.HostFlag, "--host",
		s.Getenv(HostEnv), HostEnv,
		s.Config.API.Host, FileName,
		settings["api_host"], SettingsFile)
}

// hostOfUser reports whether the host comes from whoever runs pdac, and not from the
// checkout.
func (s Sources) hostOfUser() bool {
	return strings.TrimSpace(s.HostFlag) != "" || strings.TrimSpace(s.Getenv(HostEnv)) != ""
}

func first(pairs ...string) (value, from string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := strings.TrimSpace(pairs[i]); v != "" {
			return v, pairs[i+1]
		}
	}
	return "", ""
}

// maxTokenBytes bounds a token's file.
const maxTokenBytes = 64 << 10

func readToken(file string) (string, error) {
	src, err := readfile.Piped(file, maxTokenBytes)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(yamlcore.TrimBOM(src)))
	if token == "" {
		return "", fmt.Errorf("the token file %q is empty", file)
	}
	return token, nil
}

// readSettings reads the host and the token from the settings file of Panther's
// own tool.
func readSettings(root string) (map[string]string, error) {
	src, err := readfile.Bounded(filepath.Join(root, SettingsFile), MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", SettingsFile, err)
	}
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", SettingsFile, err)
	}
	out := map[string]string{}
	for _, k := range []string{"api_host", "api_token"} {
		if v := yamlcore.Lookup(doc.Root, k); v != nil && v.Tag != "!!null" {
			out[k] = v.Value
		}
	}
	return out, nil
}
