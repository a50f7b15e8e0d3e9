package report

import (
	"path/filepath"
	"strings"

	"github.com/pdac-dev/pdac/sync"
)

// Rest says where everything is, if a comment had to be cut.
type Rest struct {
	// Run is the address of the CI job; "" if it is unknown.
	Run string
	// Summary is set if the job has a summary with more.
	Summary bool
	// File is the file of the plan; "" if there is none.
	File string
}

func (r Rest) text() string {
	var out []string
	job := "the job"
	if repositoryAddress.MatchString(r.Run) {
		job = "[the job](" + r.Run + ")"
	}
	if r.Summary {
		out = append(out, "The summary of "+job+" has more.")
	}
	if r.File != "" && r.File != "-" {
		out = append(out, "The file "+code(filepath.Base(r.File), 100)+" of "+job+" has everything; `pdac show` shows it.")
	}
	return strings.Join(out, " ")
}

// Comment returns the comment of a pull request about a plan, or about the result of its
// apply with the plan folded below it.
func Comment(p *sync.Plan, r *sync.Result, o PlanOptions) (string, error) {
	o.Format = Markdown
	var b strings.Builder
	if r == nil {
		err := Plan(&b, p, o)
		return b.String(), err
	}
	size := maxSize(o.MaxSize)
	if err := Result(&b, r, ResultOptions{Format: Markdown, MaxSize: size / 2, Links: o.Links}); err != nil {
		return "", err
	}
	const around = "\n<details><summary>The plan</summary>\n\n"
	if o.MaxSize = size - b.Len() - len(around) - len("\n</details>\n"); o.MaxSize < smallestSize {
		return b.String(), nil
	}
	var plan strings.Builder
	o.OnMerge = false
	if err := Plan(&plan, p, o); err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(plan.String(), "\n") // without its marker
	b.WriteString(around + text + "\n</details>\n")
	return b.String(), nil
}
