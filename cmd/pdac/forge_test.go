package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/pdac-dev/pdac/internal/forge/forgetest"
	"github.com/rogpeppe/go-internal/testscript"
)

// forges finds the forge of a script.
var forges sync.Map

// fakeForge is the command "forge" of the scripts:
//
//	forge github|gitlab            start one, and set the environment of a job for its pull request 7
//	forge comments                 print the comments
//	forge labels                   print the labels
//	forge read-only                let the token only read
//	forge fault METHOD STATUS [S]  let a call fail, and ask for S seconds without another
//	forge say USER TEXT            write a comment as somebody else
//	forge issues                   print the issues
//	forge report USER TEXT         open an issue as somebody else
func fakeForge(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "github" || args[0] == "gitlab" {
		f := forgetest.New()
		ts.Defer(f.Close)
		forges.Store(ts, f)
		if args[0] == "gitlab" {
			f.Login = "robot"
			for name, value := range map[string]string{
				"GITLAB_CI": "true", "CI_API_V4_URL": f.URL + "/api/v4", "GITLAB_TOKEN": forgetest.Token, "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "12", "CI_PROJECT_URL": "https://gitlab.example/acme/rules",
			} {
				ts.Setenv(name, value)
			}
			return
		}
		for name, value := range map[string]string{
			"GITHUB_ACTIONS": "true", "GITHUB_API_URL": f.URL, "GITHUB_TOKEN": forgetest.Token, "GITHUB_REPOSITORY": "acme/rules", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_RUN_ID": "99", "GITHUB_STEP_SUMMARY": ts.MkAbs("summary.md"),
		} {
			ts.Setenv(name, value)
		}
		return
	}
	found, ok := forges.Load(ts)
	if !ok {
		ts.Fatalf("no forge runs")
	}
	f := found.(*forgetest.Fake)
	f.Lock()
	defer f.Unlock()
	switch args[0] {
	case "comments":
		for _, c := range f.Comments {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", c.User, c.Body)
		}
	case "labels":
		fmt.Fprintln(ts.Stdout(), strings.Join(f.Labels, " "))
	case "read-only":
		f.ReadOnly = true
	case "fault":
		status, err := strconv.Atoi(args[2])
		ts.Check(err)
		after := append(args, "0")[3]
		f.Faults = append(f.Faults, forgetest.Fault{Method: args[1], Status: status, Header: http.Header{"Retry-After": {after}}})
	case "say":
		f.Comments = append(f.Comments, forgetest.Comment{ID: int64(len(f.Comments) + 1), User: args[1], Body: args[2]})
	case "issues":
		for _, i := range f.Issues {
			state := "open"
			if i.Closed {
				state = "closed"
			}
			fmt.Fprintf(ts.Stdout(), "%s %d by %s: %s\n%s\n", state, i.Number, i.User, i.Title, i.Body)
		}
	case "report":
		f.Issues = append(f.Issues, forgetest.Issue{Number: int64(len(f.Issues) + 1), User: args[1], Title: "Drift", Body: args[2]})
	default:
		ts.Fatalf("forge %s?", args[0])
	}
}
