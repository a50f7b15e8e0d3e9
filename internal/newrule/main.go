// Command newrule writes the files of a new lint rule, to be filled in:
//
//	go run ./internal/newrule some-name
//	go run ./internal/newrule PD999 some-name
//
// Without an id the rule gets the next free number of family 3.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "newrule:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	f := flag.NewFlagSet("newrule", flag.ContinueOnError)
	id := f.String("id", "", "the rule's id, such as PD999 (default: the next free one of family 3)")
	dir := f.String("dir", ".", "the root of the repository")
	if err := f.Parse(args); err != nil {
		return err
	}
	rest := f.Args()
	if *id == "" && len(rest) == 2 {
		*id, rest = rest[0], rest[1:]
	}
	if len(rest) != 1 {
		return errors.New("name the rule, such as: go run ./internal/newrule some-name")
	}
	r, err := newRule(filepath.Join(*dir, "lint"), *id, rest[0])
	if err != nil {
		return err
	}
	paths, err := r.write()
	for _, p := range paths {
		fmt.Fprintln(out, "wrote", p)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
Now write what the rule finds, its texts, its examples and its fault. Then run
  go test ./lint -run 'TestRules|TestCatalogue' -update
  PDAC_RULES=%s go test ./lint -run TestEveryFaultIsFound
  go test ./cmd/pdac/report -run TestRulesPage -update
and read what they changed.
`, r.ID)
	return nil
}

// rule is a rule to write. Its exported fields are for the templates.
type rule struct {
	// ID is "PD317", Name "some-name", and Func the same with underscores.
	ID, Name, Func string

	lint      string // the folder of package lint
	catalogue []byte
	faults    []byte
}

// Lower is the id in lower case.
func (r *rule) Lower() string { return strings.ToLower(r.ID) }

// End is the column behind the call in the bad example.
func (r *rule) End() int { return len("    "+r.Func+"(event)") + 1 }

var (
	entry    = regexp.MustCompile(`\brule(PD\d{3}),`)
	idForm   = regexp.MustCompile(`^PD[1-6]\d\d$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	// constraints are words that Go takes for build constraints at the end of a
	// file's name.
	constraints = []string{"linux", "windows", "darwin", "android", "ios", "js", "unix", "wasm", "amd64", "arm64", "arm", "386"}
)

const faultMark = "\t\t// newrule adds faults above this line.\n"

// newRule checks what was asked for against the rules that exist.
func newRule(lint, id, name string) (*rule, error) {
	r := &rule{ID: id, Name: name, Func: strings.ReplaceAll(name, "-", "_"), lint: lint}
	var err error
	if r.catalogue, err = os.ReadFile(filepath.Join(lint, "catalogue.go")); err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	if r.faults, err = os.ReadFile(filepath.Join(lint, "faults_test.go")); err != nil {
		return nil, fmt.Errorf("read the faults: %w", err)
	}
	var ids []string
	for _, m := range entry.FindAllSubmatch(r.catalogue, -1) {
		ids = append(ids, string(m[1]))
	}
	if r.ID == "" {
		if r.ID, err = next(ids, 3); err != nil {
			return nil, err
		}
	}
	words := strings.Split(name, "-")
	switch {
	case !idForm.MatchString(r.ID):
		return nil, fmt.Errorf("the id %q must be PD and three digits, the first from 1 to 6", r.ID)
	case !nameForm.MatchString(name):
		return nil, fmt.Errorf("the name %q must be lower-case words joined by hyphens, such as some-name", name)
	case slices.Contains(constraints, words[len(words)-1]):
		return nil, fmt.Errorf("the name can't end in %q, which Go takes for a build constraint in the name of the file", words[len(words)-1])
	case slices.Contains(ids, r.ID):
		return nil, fmt.Errorf("the rule %s exists already", r.ID)
	case !bytes.Contains(r.faults, []byte(faultMark)):
		return nil, fmt.Errorf("faults_test.go has no line %q", strings.TrimSpace(faultMark))
	}
	if found, _ := filepath.Glob(filepath.Join(lint, "pd???_"+r.Func+".go")); len(found) > 0 {
		return nil, fmt.Errorf("the name %q is taken by %s", name, filepath.Base(found[0]))
	}
	return r, nil
}

// next returns the number after the highest of a family's first fifty, which leaves
// the second half to groups such as PD35x.
func next(ids []string, family int) (string, error) {
	last := family * 100
	for _, id := range ids {
		var n int
		if _, err := fmt.Sscanf(id, "PD%d", &n); err == nil && n/100 == family && n%100 < 50 {
			last = max(last, n)
		}
	}
	if last++; last%100 >= 50 {
		return "", fmt.Errorf("no number of family %d is free; choose one with -id", family)
	}
	return fmt.Sprintf("PD%03d", last), nil
}

//go:embed rule.go.tmpl
var ruleTemplate string

//go:embed bad.txtar.tmpl
var badTemplate string

//go:embed good.txtar.tmpl
var goodTemplate string

// write writes the rule's files, and lists those it wrote or changed.
func (r *rule) write() (paths []string, err error) {
	source, err := r.fill(ruleTemplate)
	if err != nil {
		return nil, err
	}
	if source, err = format.Source(source); err != nil {
		return nil, fmt.Errorf("format the rule: %w", err)
	}
	bad, err := r.fill(badTemplate)
	if err != nil {
		return nil, err
	}
	good, err := r.fill(goodTemplate)
	if err != nil {
		return nil, err
	}
	catalogue, err := r.listed()
	if err != nil {
		return nil, err
	}
	fault := fmt.Sprintf("\t\tin(%q, %q, rulePy, rulePyDef, \"def rule(event):\\n    %s(event)\\n\", 1),\n", r.ID, "a call of "+r.Func, r.Func)
	name := r.Lower() + "_" + r.Func
	if strings.HasSuffix(name, "_test") {
		name += "s" // Go takes _test.go for tests
	}
	data := filepath.Join(r.lint, "testdata", r.ID)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		path string
		text []byte
	}{
		{filepath.Join(r.lint, name+".go"), source},
		{filepath.Join(data, "bad.txtar"), bad},
		{filepath.Join(data, "good.txtar"), good},
		{filepath.Join(r.lint, "catalogue.go"), catalogue},
		{filepath.Join(r.lint, "faults_test.go"), bytes.Replace(r.faults, []byte(faultMark), []byte(fault+faultMark), 1)},
	} {
		if err := os.WriteFile(f.path, f.text, 0o644); err != nil {
			return paths, err
		}
		paths = append(paths, f.path)
	}
	return paths, nil
}

func (r *rule) fill(text string) ([]byte, error) {
	t, err := template.New("").Delims("<<", ">>").Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// listed is the catalogue with the rule in its place.
func (r *rule) listed() ([]byte, error) {
	at, line := -1, " "
	for _, m := range entry.FindAllSubmatchIndex(r.catalogue, -1) {
		before := string(r.catalogue[m[2]:m[3]])
		if before > r.ID {
			break
		}
		at, line = m[1], " "
		if before[:3] != r.ID[:3] {
			line = "\n\t"
		}
	}
	if at < 0 {
		return nil, errors.New("the catalogue lists no rule to put the new one behind")
	}
	return slices.Concat(r.catalogue[:at], []byte(line+"rule"+r.ID+","), r.catalogue[at:]), nil
}
