// Package workflows has the CI workflows of docs/ci.md as text. "pdac init" writes the
// same files that the page shows, so there is one copy of each.
package workflows

import _ "embed"

// GitHub is the workflow of pull requests and merges, and GitHubDrift the nightly one.
var (
	//go:embed panther.yml
	GitHub string
	//go:embed drift.yml
	GitHubDrift string
)

// GitLab is the pipeline for GitLab, to be included.
//
//go:embed gitlab.yml
var GitLab string

// These parts of the texts are to be replaced: the commit of pdac, the branch that is
// deployed, the line of GitLab that names the stage, and that of the folder.
const (
	Commit = "0000000000000000000000000000000000000000"
	Branch = "main"
	Stage  = "  stage: test # one that .gitlab-ci.yml has\n"
	Folder = "  PDAC_DIR: . # the folder of the detections\n"
)
