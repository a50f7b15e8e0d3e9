package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pdac-dev/pdac/cmd/pdac/report"
	"github.com/pdac-dev/pdac/internal/atomicfile"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/repo/config"
)

// sandboxToken is the token of the embedded Panther.
const sandboxToken = "sandbox"

// sandboxTenant names the embedded Panther in plans and records.
const sandboxTenant = "sandbox"

// target is the Panther that a command talks to.
type target struct {
	client *panther.Client
	// tenant names it in plans, and memory its deployment records in git. former is
	// the name of records from before "api." was put in front of hosts.
	tenant, memory, former string
	sandbox                bool
	// as returns a client of the same Panther with another token.
	as    func(token string) (*panther.Client, error)
	close func() error
}

// with opens the repository and the Panther that the flags select, calls do, and
// closes both.
func (a *app) with(ctx context.Context, do func(place, *target) error) error {
	p, err := a.place()
	if err != nil {
		return err
	}
	t, err := a.open(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(do(p, t), t.close())
}

// open prepares the client for the Panther that flags, environment and files select,
// or for the embedded one. It sends nothing.
func (a *app) open(ctx context.Context, p place) (*target, error) {
	opts := panther.Options{
		Logger: a.logger(), UserAgent: "pdac/" + buildVersion(), Now: a.Now,
		RequestsPerSecond: p.cfg.API.RequestsPerSecond, Timeout: time.Duration(p.cfg.API.Timeout),
		Tries: p.cfg.API.Tries, PageSize: p.cfg.API.PageSize, ListLimit: p.cfg.Limits.MaxLiveBytes, Progress: a.watch.tick,
	}
	if a.sandbox || a.sandboxDB != "" {
		return a.openSandbox(ctx, p, opts)
	}
	access, err := config.FindAccess(config.Sources{
		HostFlag: a.host, TokenFile: a.tokenFile, Getenv: a.Getenv, Config: p.cfg, Root: p.root,
	})
	if err != nil {
		return nil, err
	}
	opts.Host, opts.Token = access.Host, access.Token
	c, err := panther.NewClient(opts)
	if err != nil {
		return nil, fmt.Errorf("%w (host from %s, token from %s)", err, access.HostFrom, access.TokenFrom)
	}
	a.note("Panther: %s (host from %s, token from %s)", c.Tenant(), access.HostFrom, report.Clean(access.TokenFrom))
	return &target{client: c, tenant: c.Tenant(), memory: c.Tenant(), former: c.Address().FormerTenant(), as: withToken(opts), close: func() error { return nil }}, nil
}

func withToken(opts panther.Options) func(string) (*panther.Client, error) {
	return func(token string) (*panther.Client, error) {
		opts.Token = token
		return panther.NewClient(opts)
	}
}

// memory returns the name of the deployment records of the Panther that flags,
// environment and files select, as in open, and their former name or "". It needs no
// token and sends nothing.
func (a *app) memory(ctx context.Context, p place) (name, former string, err error) {
	if a.sandbox || a.sandboxDB != "" {
		file := a.sandboxDB
		if file == "" {
			file = filepath.Join(p.root, atomicfile.StateDir, sandboxFile)
		}
		if _, err := os.Stat(file); err != nil {
			return sandboxTenant, "", nil // it doesn't exist yet, so nothing was deployed to it
		}
		t, err := a.openSandbox(ctx, p, panther.Options{Logger: a.logger()})
		if err != nil {
			return "", "", err
		}
		return t.memory, "", t.close()
	}
	host, from, err := config.FindHost(config.Sources{HostFlag: a.host, Getenv: a.Getenv, Config: p.cfg, Root: p.root})
	if err != nil {
		return "", "", err
	}
	address, err := panther.ParseAddress(host)
	if err != nil {
		return "", "", fmt.Errorf("%w (host from %s)", err, from)
	}
	return address.Tenant(), address.FormerTenant(), nil
}

func (a *app) openSandbox(ctx context.Context, p place, opts panther.Options) (*target, error) {
	root, path, err := a.sandboxPath(p)
	if err != nil {
		return nil, err
	}
	s, err := sandbox.Open(ctx, sandbox.Options{Root: root, Path: path, Token: sandboxToken, Now: a.Now, Logger: opts.Logger})
	if err != nil {
		return nil, err
	}
	opts.Host, opts.Token, opts.Transport = "localhost", sandboxToken, s.Transport()
	// The embedded Panther needs no rate limit.
	opts.RequestsPerSecond = -1
	c, err := panther.NewClient(opts)
	if err != nil {
		return nil, err
	}
	return &target{client: c, tenant: sandboxTenant, memory: "sandbox-" + s.ID(), sandbox: true, as: withToken(opts), close: s.Close}, nil
}

// sandboxFile is the sandbox among pdac's own files.
const sandboxFile = "sandbox.db"

// sandboxPath returns where the store is. The person who names a file may name any;
// otherwise it is one of pdac's own files, relative to the repository's root.
func (a *app) sandboxPath(p place) (root, path string, err error) {
	if a.sandboxDB != "" {
		return "", a.sandboxDB, nil
	}
	disk, err := atomicfile.OpenFolder(p.root)
	if err != nil {
		return "", "", err
	}
	defer disk.Close()
	path, err = disk.PrepareState(sandboxFile)
	if err != nil {
		return "", "", fmt.Errorf("open the sandbox: %w", err)
	}
	return p.root, path, nil
}
