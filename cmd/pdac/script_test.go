package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/pyrun"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xeipuuv/gojsonschema"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pdac": func() { os.Exit(run()) }})
}

var updateScripts = flag.Bool("update", false, "rewrite what the scripts compare outputs with")

// findPython finds the Python for all scripts once, since a version manager takes long to
// answer.
var findPython = sync.OnceValues(func() (*pyrun.Python, error) {
	return pyrun.Find(context.Background(), pyrun.FindOptions{Getenv: os.Getenv})
})

// TestScripts runs the real program over the scripts of testdata/script. Beside
// what testscript knows they may say:
//
//	acme DIR / acme-next DIR         lay out the demo repository
//	panther [PATH]                   start a Panther on loopback, below a path, and point the environment at it
//	serve [FLAGS]                    run "pdac sandbox serve" on the same file, and point the environment at it
//	put COLLECTION ID JSON           change fields of an entity over HTTP, or create it
//	forge ARGS                       a fake GitHub or GitLab; see forge_test.go
//	ask PATH                         print what GET answers
//	company                          start a company's proxy; see address_test.go
//	addresses FILE                   try the addresses of a file; see address_test.go
//	console edit COLLECTION ID FIELD JSON
//	console put COLLECTION JSON      what somebody does in the console
//	console delete COLLECTION ID
//	fault MATCH STATUS [TIMES]       let requests fail; "fault clear" ends it
//	token FIELD VALUE                change the token's record
//	git-init DIR                     make a git repository of a folder, with one commit
//	replace FILE OLD NEW             change a text in a file
//	deployed DIR TENANT RESULT [FILE...] record a deployment of HEAD; see history_test.go
//	code N COMMAND...                run a command that must end with the exit code N
//	damage DIR                       change a byte in every file of a folder
//	same-json FILE FILE              compare two JSON files by meaning
//	[long]                           whether PDAC_LONG asks for what takes long
//	[python], python                 whether this machine has a Python that can run tests, and use it
//	hooks FILE                       write a configuration of pre-commit with the hooks of this repository
//	gitlab-job FILE JOB              run the script of a job of GitLab; see gitlab_test.go
//	schema plan|drift|result FILE    check a JSON file against its published schema
func TestScripts(t *testing.T) {
	demo, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *updateScripts,
		Condition: func(name string) (bool, error) {
			switch name {
			case "python":
				_, err := findPython()
				return err == nil, nil
			case "long":
				return os.Getenv("PDAC_LONG") != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			env.Setenv("GIT_AUTHOR_NAME", "Test")
			env.Setenv("GIT_AUTHOR_EMAIL", "test@example.com")
			env.Setenv("GIT_COMMITTER_NAME", "Test")
			env.Setenv("GIT_COMMITTER_EMAIL", "test@example.com")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"acme": func(ts *testscript.TestScript, _ bool, args []string) { lay(ts, filepath.Join(demo, "acme"), args) },
			"acme-next": func(ts *testscript.TestScript, _ bool, args []string) {
				lay(ts, filepath.Join(demo, "acme-next"), args)
			},
			"panther":   startPanther,
			"company":   startCompany,
			"addresses": addresses,
			"deployed":  deployed,
			"serve":     serveSandbox,
			"put":       put,
			"forge":     fakeForge,
			"ask":       ask,
			"console":   console,
			"fault":     fault,
			"token":     token,
			"replace": func(ts *testscript.TestScript, _ bool, args []string) {
				path := ts.MkAbs(args[0])
				old := ts.ReadFile(args[0])
				if !strings.Contains(old, args[1]) {
					ts.Fatalf("%s does not hold %q", args[0], args[1])
				}
				ts.Check(os.WriteFile(path, []byte(strings.Replace(old, args[1], strings.ReplaceAll(args[2], `\n`, "\n"), 1)), 0o644))
			},
			"git-init": func(ts *testscript.TestScript, _ bool, args []string) {
				dir := ts.MkAbs(args[0])
				ts.Check(ts.Exec("git", "-C", dir, "init", "-q", "-b", "main"))
				ts.Check(ts.Exec("git", "-C", dir, "add", "-A"))
				ts.Check(ts.Exec("git", "-C", dir, "commit", "-q", "-m", "first"))
			},
			"hooks":      hooks,
			"gitlab-job": gitlabJob,
			"python": func(ts *testscript.TestScript, _ bool, _ []string) {
				p, err := findPython()
				ts.Check(err)
				ts.Setenv("PDAC_PYTHON", p.Program)
			},
			"schema": func(ts *testscript.TestScript, _ bool, args []string) {
				schema := map[string]string{"plan": schemas.Plan(), "drift": schemas.Drift(), "result": schemas.Result(), "lint": schemas.Lint(), "test": schemas.Test(), "mutants": schemas.Mutants(), "lines": schemas.Lines(), "behaviour": schemas.Behaviour(), "corpus": schemas.Corpus(), "list": schemas.List(), "diff": schemas.Diff()}[args[0]]
				got, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewStringLoader(ts.ReadFile(args[1])))
				ts.Check(err)
				if !got.Valid() {
					ts.Fatalf("%s is not what the schema says: %v", args[1], got.Errors())
				}
			},
			"code": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec(args[1], args[2:]...)
				got := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					got = exit.ExitCode()
				} else {
					ts.Check(err)
				}
				if strconv.Itoa(got) != args[0] {
					ts.Fatalf("exit code %d, want %s", got, args[0])
				}
			},
			"damage": func(ts *testscript.TestScript, _ bool, args []string) {
				files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "[^.]*"))
				ts.Check(err)
				if len(files) == 0 {
					ts.Fatalf("%s holds no files", args[0])
				}
				for _, f := range files {
					text, err := os.ReadFile(f)
					ts.Check(err)
					text[len(text)/2] ^= 1
					ts.Check(os.WriteFile(f, text, 0o644))
				}
			},
			"same-json": func(ts *testscript.TestScript, neg bool, args []string) {
				var a, b any
				ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &a))
				ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &b))
				x, _ := json.Marshal(a)
				y, _ := json.Marshal(b)
				if bytes.Equal(x, y) == neg {
					ts.Fatalf("same: %v", !neg)
				}
			},
		},
	})
}

func lay(ts *testscript.TestScript, from string, args []string) {
	to := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".pdac" {
			if d != nil && d.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	}))
}

// panthers finds the Panther of a script, which run side by side.
type panthers struct{ byScript sync.Map }

var running panthers

func (p *panthers) put(ts *testscript.TestScript, s *sandbox.Server) { p.byScript.Store(ts, s) }

func (p *panthers) get(ts *testscript.TestScript) *sandbox.Server {
	s, ok := p.byScript.Load(ts)
	if !ok {
		ts.Fatalf("start it first, with: panther")
	}
	return s.(*sandbox.Server)
}

func startPanther(ts *testscript.TestScript, _ bool, args []string) {
	o := sandbox.Options{Token: "sesame", CheckTests: true}
	s, err := sandbox.Open(context.Background(), o)
	ts.Check(err)
	path := strings.Join(args, "")
	h := httptest.NewServer(prefixed(path, s))
	ts.Defer(func() { h.Close(); s.Close() })
	ts.Setenv("PANTHER_API_HOST", h.URL+path)
	ts.Setenv("PANTHER_API_TOKEN", "sesame")
	running.put(ts, s)
}

func console(ts *testscript.TestScript, _ bool, args []string) {
	s := running.get(ts)
	ctx := context.Background()
	c := sandbox.Collection(args[1])
	switch args[0] {
	case "edit":
		var v any
		ts.Check(json.Unmarshal([]byte(args[4]), &v))
		ts.Check(s.Edit(ctx, c, args[2], func(m map[string]any) { m[args[3]] = v }))
	case "put":
		var v map[string]any
		ts.Check(json.Unmarshal([]byte(args[2]), &v))
		_, err := s.Put(ctx, c, v)
		ts.Check(err)
	case "delete":
		ts.Check(s.Delete(ctx, c, args[2]))
	case "alerts": // of a detection, one an hour
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		for i := range n {
			ts.Check(s.SeedAlerts(ctx, sandbox.Alert{CreatedAt: time.Now().Add(-time.Duration(i+1) * time.Hour), Detection: &sandbox.Detection{ID: args[1]}}))
		}
	default:
		ts.Fatalf("console %s?", args[0])
	}
}

func fault(ts *testscript.TestScript, _ bool, args []string) {
	f := running.get(ts).Faults()
	if args[0] == "clear" {
		f.Clear()
		return
	}
	if late, ok := strings.CutPrefix(args[1], "latency="); ok {
		wait, err := time.ParseDuration(late)
		ts.Check(err)
		_, err = f.Add(sandbox.Fault{Match: args[0], Latency: wait})
		ts.Check(err)
		return
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	add := sandbox.Fault{Match: args[0], Status: status, Message: "a fault of the test"}
	if len(args) > 2 {
		add.Times, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	if len(args) > 3 {
		add.Skip, err = strconv.Atoi(args[3])
		ts.Check(err)
	}
	_, err = f.Add(add)
	ts.Check(err)
}

func token(ts *testscript.TestScript, _ bool, args []string) {
	s := running.get(ts)
	info := s.Token()
	switch args[0] {
	case "permissions":
		info.Permissions = nil
		for _, p := range strings.Split(args[1], ",") {
			info.Permissions = append(info.Permissions, sandbox.Permission(p))
		}
	case "networks":
		info.AllowedCIDRBlocks = strings.Split(args[1], ",")
	case "rotated", "expires":
		days, err := strconv.Atoi(args[1])
		ts.Check(err)
		at := time.Now().AddDate(0, 0, days)
		if args[0] == "rotated" {
			info.RotatedAt = at
		} else {
			info.ExpiresAt = at
		}
	default:
		ts.Fatalf("token %s?", args[0])
	}
	ts.Check(s.SetToken(context.Background(), info))
}
