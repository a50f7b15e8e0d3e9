package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// AllowedEnv is the variable that lists the hosts which pdac.yaml may name.
const AllowedEnv = "PDAC_ALLOWED_HOSTS"

// allowedKey is the key of the same list in the user's configuration.
const allowedKey = "allowed_hosts"

// mayReceive returns an error if the token must not be sent to a host that the
// checkout chose. Panther's own hosts may receive it, and those that the user
// allowed. Otherwise a pull request could have it sent to a host of its author.
func (s Sources) mayReceive(a Access) error {
	to, err := panther.ParseAddress(a.Host)
	if err != nil {
		return fmt.Errorf("%w (host from %s, token from %s)", err, a.HostFrom, a.TokenFrom)
	}
	if to.Own() {
		return nil
	}
	if ok, err := anyAllows(AllowedEnv, s.Getenv(AllowedEnv), to); ok || err != nil {
		return err
	}
	file := userFile(s.Getenv)
	hosts, err := s.allowedIn(file)
	if err != nil {
		return err
	}
	if ok, err := anyAllows(file, strings.Join(hosts, " "), to); ok || err != nil {
		return err
	}
	where := ""
	if file != "" {
		where = fmt.Sprintf(", or write \"%s: [%s]\" to %s", allowedKey, to.Short(), file)
	}
	return fmt.Errorf("the token from %s was not sent to %q: %s names that host, any commit can change it, and it is not one of Panther's own (api.NAME.runpanther.net); if it is your Panther, use --host, set %s=%s or %s=%s%s",
		a.TokenFrom, to.Tenant(), a.HostFrom, HostEnv, to.Short(), AllowedEnv, to.Short(), where)
}

// anyAllows reports whether one of the hosts in a list is that of an address. An
// entry without a path allows every path of its host, and one without a port only
// the standard port.
func anyAllows(from, list string, to panther.Address) (bool, error) {
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r <= ' ' || r == ',' }) {
		if strings.Contains(entry, "*") {
			return false, fmt.Errorf("%s: %q is a pattern; list each host, such as panther.acme.example", from, entry)
		}
		host, err := panther.ParseAddress(entry)
		if err != nil {
			return false, fmt.Errorf("%s: %w", from, err)
		}
		// acme.example is api.acme.example in pdac.yaml, and people mean either.
		whole, err := panther.ParseAddress("https://" + entry)
		if to.Within(host) || err == nil && to.Within(whole) {
			return true, nil
		}
	}
	return false, nil
}

// userFile returns the path of the user's configuration, or "". Relative paths in the
// environment don't count, because they would lead into the checkout.
func userFile(getenv func(string) string) string {
	home := getenv("HOME")
	dir := getenv("XDG_CONFIG_HOME")
	switch {
	case filepath.IsAbs(dir):
	case runtime.GOOS == "windows":
		dir = getenv("AppData")
	case runtime.GOOS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	default:
		dir = filepath.Join(home, ".config")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "pdac", "config.yaml")
}

// allowedIn reads the list of hosts in the user's configuration, which must not be
// in the repository.
func (s Sources) allowedIn(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	src, err := readfile.Bounded(file, MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read your configuration: %w", err)
	}
	top := s.Root
	if git, ok := repo.TopLevel(s.Root); ok {
		top = git
	}
	inside, err := leadsInto(file, top)
	if err != nil {
		return nil, fmt.Errorf("read your configuration: %w", err)
	}
	if inside {
		return nil, fmt.Errorf("%s is in the repository %s or is reached through it, so that a commit can change it; move it, or set %s", file, top, AllowedEnv)
	}
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if doc.Root == nil {
		return nil, nil
	}
	var out struct {
		Hosts []string `yaml:"allowed_hosts"`
	}
	if doc.Root.Kind != yaml.MappingNode {
		err = fault(doc.Root, "the file must be a mapping with the key %s", allowedKey)
	} else {
		err = knownKeys(doc.Root, "the file", []string{allowedKey})
	}
	if err == nil {
		err = doc.Root.Decode(&out)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, explain(err))
	}
	return out.Hosts, nil
}

// maxLinks bounds the links on the way to a file.
const maxLinks = 40

// leadsInto reports whether a path or a link on the way to what it names is in a
// folder.
func leadsInto(path, dir string) (bool, error) {
	top, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	ways := []string{path}
	for i := 0; i < len(ways); i++ {
		if i > maxLinks {
			return false, fmt.Errorf("%s leads over too many links", path)
		}
		for at := ways[i]; ; at = filepath.Dir(at) {
			if info, err := os.Stat(at); err == nil && os.SameFile(info, top) {
				return true, nil
			}
			if to, err := os.Readlink(at); err == nil {
				if !filepath.IsAbs(to) {
					to = filepath.Join(filepath.Dir(at), to)
				}
				rest, err := filepath.Rel(at, ways[i])
				if err != nil {
					return false, err
				}
				ways = append(ways, filepath.Join(to, rest))
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return false, nil
}
