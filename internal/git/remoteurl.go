package git

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/internal/readfile"
)

// RemoteURL returns the address of a remote in the repository's own configuration, or "".
func (r *Repository) RemoteURL(name string) string { return r.config.urls[name] }

// HostOf returns the host of the address of a remote, in lower case, or "" for one on this
// machine: https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH.
func HostOf(remote string) string {
	if u, err := url.Parse(remote); err == nil && u.Scheme != "" && u.Host != "" {
		return strings.ToLower(u.Hostname())
	}
	host, _, ok := strings.Cut(remote, ":")
	if !ok || strings.Contains(remote, "://") || strings.ContainsAny(host, `/\`) || len(host) == 1 {
		return ""
	}
	return strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
}

// DefaultBranch returns the branch that others clone: that of the remote origin, or main or
// master if one exists, or the one that is checked out. It returns "" if there is no
// branch.
func (r *Repository) DefaultBranch(ctx context.Context) string {
	if to, ok := strings.CutPrefix(symbolic(filepath.Join(r.commonDir, "refs", "remotes", "origin", "HEAD")), "refs/remotes/origin/"); ok {
		return to
	}
	current, _ := strings.CutPrefix(symbolic(filepath.Join(r.gitDir, "HEAD")), "refs/heads/")
	for _, name := range []string{"main", "master"} {
		if name == current {
			return name
		}
		if commit, err := r.Ref(ctx, "refs/heads/"+name); err == nil && commit != "" {
			return name
		}
	}
	if strings.HasPrefix(current, ".") {
		return "" // a repository that keeps its refs elsewhere
	}
	return current
}

// symbolic returns the ref that a file names, or "".
func symbolic(file string) string {
	text, err := readfile.Bounded(file, maxOwn)
	if err != nil {
		return ""
	}
	to, _ := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: ")
	if !strings.HasPrefix(to, "refs/") {
		return ""
	}
	return to
}
