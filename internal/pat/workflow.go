package pat

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// preparing are the actions that only prepare a job for PAT.
var preparing = []string{"actions/checkout", "actions/setup-python", "actions/cache", "aws-actions/configure-aws-credentials", "step-security/harden-runner"}

// prepares is a line of a script that only prepares, or only prints.
var prepares = lazyregexp.New(`^(?:(?:sudo )?(?:python3?(?:\.\d+)? -m )?(?:pip3?|pipx|pipenv|uv|poetry)(?: pip)? (?:install|sync|lock|--version|upgrade|tool install)\b.*|make (?:venv|deps|install|install-pipenv|setup)|echo\b.*|exit 0|set -[a-z ]+|(?:\.|source) \S*activate|cd \S+|ls\b.*|if \[.*|then|else|fi)$`)

// onlyRunsPAT reports whether a workflow does nothing but run PAT: each step prepares,
// or tests, uploads or checks with it.
func onlyRunsPAT(src []byte) bool {
	doc, err := yamlcore.Parse(src, yamlcore.Limits{})
	if err != nil || doc.Root == nil {
		return false
	}
	jobs := yamlcore.Lookup(doc.Root, "jobs")
	if jobs == nil || jobs.Kind != yaml.MappingNode {
		return false
	}
	pairs, err := yamlcore.Pairs(jobs)
	if err != nil {
		return false
	}
	runs := false
	for _, p := range pairs {
		steps := yamlcore.Lookup(p.Value, "steps")
		if steps == nil || steps.Kind != yaml.SequenceNode {
			return false
		}
		for _, step := range steps.Content {
			uses, script := yamlcore.Lookup(step, "uses"), yamlcore.Lookup(step, "run")
			switch {
			case uses != nil:
				name, _, _ := strings.Cut(yamlcore.Deref(uses).Value, "@")
				if !contains(preparing, name) {
					return false
				}
			case script == nil:
				return false
			default:
				for _, l := range logicalLines(yamlcore.Deref(script).Value) {
					ok, isCall := plainStep(l.text)
					if !ok {
						return false
					}
					runs = runs || isCall
				}
			}
		}
	}
	return runs
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

// replaced are the commands that the workflows of pdac replace as a whole.
var replaced = []string{"test", "upload", "validate", "check-connection", "check-packs", "test-lookup-table"}

// plainStep reports whether a line of a script only prepares or is one call of PAT, and
// whether it is such a call.
func plainStep(line string) (ok, isCall bool) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return true, false
	}
	for _, part := range strings.Split(strings.ReplaceAll(line, "&&", ";"), ";") {
		part = strings.TrimSpace(part)
		m := call.FindStringSubmatch(part)
		switch {
		case m != nil && contains(replaced, m[1]) && strings.Count(part, "|") == 0:
			isCall = true
		case part != "" && !prepares.MatchString(part):
			return false, isCall
		}
	}
	return true, isCall
}
