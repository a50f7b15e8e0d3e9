package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"gopkg.in/yaml.v3"
)

// gitlabJob is the command "gitlab-job FILE JOB" of the scripts: it runs the script of a job
// as GitLab does, in the folder that PDAC_DIR of the file names, below the current one.
// pdac is there already, so the job does not install it.
func gitlabJob(ts *testscript.TestScript, neg bool, args []string) {
	var file map[string]yaml.Node
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	var variables map[string]string
	node := file["variables"]
	ts.Check(node.Decode(&variables))
	var job struct {
		Script  []string
		Extends string
		Needs   []string
	}
	node, ok := file[args[1]]
	if !ok {
		ts.Fatalf("%s has no job %s", args[0], args[1])
	}
	ts.Check(node.Decode(&job))
	if job.Extends != ".pdac" || len(job.Script) == 0 {
		ts.Fatalf("the job %s is %+v", args[1], job)
	}
	for _, needed := range job.Needs {
		if _, ok := file[needed]; !ok {
			ts.Fatalf("the job %s needs %s, which does not exist", args[1], needed)
		}
	}
	ts.Setenv("CI_PROJECT_DIR", ts.MkAbs("."))
	err := ts.Exec("bash", "-eo", "pipefail", "-c", "cd '"+strings.ReplaceAll(variables["PDAC_DIR"], "'", `'\''`)+"'\n"+strings.Join(job.Script, "\n"))
	if (err != nil) != neg {
		ts.Fatalf("the job %s: %v", args[1], err)
	}
}
