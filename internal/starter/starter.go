// Package starter writes new specs to start from: with their Python file and with unit
// tests that pass, next to similar ones, and from the repository's own templates if it has
// some.
package starter

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/panther"
	"github.com/pdac-dev/pdac/repo"
)

// Kinds lists the kinds that have a start, as they are written on the command line.
func Kinds() []string {
	var out []string
	for _, k := range kinds {
		out = append(out, k.name)
	}
	return out
}

// kind is what a kind of spec needs.
type kind struct {
	name string
	of   panther.Kind
	// python says that it has a Python file, and severity that it has a severity.
	python, severity bool
	needs            need
}

// need is what a person has to name.
type need string

const (
	needLogType      need = "log-type"
	needResourceType need = "resource-type"
	needQuery        need = "query"
	needRules        need = "rule"
)

var kinds = []kind{
	{"rule", panther.Rule, true, true, needLogType},
	{"simple-rule", panther.SimpleRule, false, true, needLogType},
	{"scheduled-rule", panther.ScheduledRule, true, true, needQuery},
	{"correlation-rule", panther.CorrelationRule, false, true, needRules},
	{"policy", panther.Policy, true, true, needResourceType},
	{"global", panther.Global, true, false, ""},
	{"data-model", panther.DataModel, false, false, needLogType},
	{"query", panther.Query, false, false, needLogType},
}

// Options says what to write.
type Options struct {
	// Kind is one of Kinds, and ID the id of the new entity.
	Kind, ID string
	// Name is its display name; by default, it is made of the id.
	Name string
	// Severity is one of panther's, in any case; by default, Medium.
	Severity string
	// LogTypes, ResourceTypes, Queries and Rules are what it reads; each kind needs
	// one of them.
	LogTypes, ResourceTypes, Queries, Rules []string
	// Every is the number of minutes between the runs of a scheduled query; 0 makes
	// a saved one.
	Every int
	// BuiltIn ignores the templates of the repository, and Template names one of them.
	BuiltIn  bool
	Template string
}

// Repository is where a new spec goes.
type Repository struct {
	Tree    repo.Tree
	Content repo.Options
}

// Start is a new spec that is not written yet.
type Start struct {
	// Spec is the path of the spec, and Files the content of all files by path.
	Spec  string
	Files map[string][]byte
	// Template is the path of the template it was made from, or "".
	Template string
}

// New makes a new spec. It writes nothing.
func New(ctx context.Context, at Repository, o Options) (Start, error) {
	s, err := newStarter(ctx, at, o)
	if err != nil {
		return Start{}, err
	}
	place, err := s.place()
	if err != nil {
		return Start{}, err
	}
	if !o.BuiltIn || o.Template != "" {
		t, err := s.template(ctx)
		if err != nil {
			return Start{}, err
		}
		if t != nil {
			return s.fromTemplate(place, *t)
		}
	}
	return s.builtIn(place)
}

type starter struct {
	Options
	kind
	tree    repo.Tree
	repo    *repo.Repo
	entries []repo.Entry
	content repo.Options
}

func newStarter(ctx context.Context, at Repository, o Options) (*starter, error) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == strings.ReplaceAll(o.Kind, "_", "-") })
	if i < 0 {
		return nil, fmt.Errorf("unknown kind %q; use one of %s%s", o.Kind, strings.Join(Kinds(), ", "), suggest.DidYouMean(o.Kind, Kinds()))
	}
	s := &starter{Options: o, kind: kinds[i], tree: at.Tree, content: at.Content}
	var err error
	if s.entries, err = repo.Entries(ctx, at.Tree, at.Content); err != nil {
		return nil, err
	}
	if s.repo, err = repo.Load(ctx, at.Tree, at.Content); err != nil {
		return nil, err
	}
	for _, check := range []func() error{s.checkID, s.checkName, s.checkFree, s.checkSeverity, s.checkReads} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if s.Name == "" {
		s.Name = displayName(s.ID)
	}
	return s, nil
}

// place chooses the path of the spec.
func (s *starter) place() (string, error) {
	list := func(values []string) []any {
		out := make([]any, len(values))
		for i, v := range values {
			out[i] = v
		}
		return out
	}
	e := panther.Entity{Key: panther.Key{Kind: s.of, ID: s.ID}, Fields: map[string]any{}}
	switch s.needs {
	case needLogType:
		if s.of == panther.Query {
			e.Fields[panther.FieldSQL] = "SELECT 1 FROM " + s.table()
		} else {
			e.Fields[panther.FieldLogTypes] = list(s.LogTypes)
		}
	case needResourceType:
		e.Fields[panther.FieldResourceTypes] = list(s.ResourceTypes)
	case needQuery:
		for _, f := range s.of.Fields() {
			if f.Refers == panther.Query {
				e.Fields[f.Name] = list(s.Queries)
			}
		}
	}
	place, err := repo.NewPlacer(s.repo, s.entries, s.content).Place(e)
	if err != nil {
		return "", err
	}
	if stem := strings.TrimSuffix(path.Base(place), path.Ext(place)); s.of == panther.Global && stem != s.ID {
		return "", fmt.Errorf("the global %s needs the file %s.py, which exists in %s; choose another id", s.ID, s.ID, path.Dir(place))
	}
	return place, nil
}

// table is the table of a query's log type.
func (s *starter) table() string {
	return "panther_logs.public." + strings.ToLower(strings.ReplaceAll(s.LogTypes[0], ".", "_"))
}

// displayName makes a name of an id: words, without the dots.
func displayName(id string) string {
	words := strings.FieldsFunc(id, func(r rune) bool { return r == '.' || r == '_' || r == ' ' })
	var out []string
	for _, w := range words {
		out = append(out, split(w)...)
	}
	return strings.Join(out, " ")
}

// split splits a word of several, such as RootLogin.
func split(word string) []string {
	var out []string
	start := 0
	rs := []rune(word)
	for i := 1; i < len(rs); i++ {
		next := i+1 < len(rs) && unicode.IsLower(rs[i+1])
		if unicode.IsUpper(rs[i]) && (unicode.IsLower(rs[i-1]) || unicode.IsUpper(rs[i-1]) && next) {
			out = append(out, string(rs[start:i]))
			start = i
		}
	}
	return append(out, string(rs[start:]))
}

//go:embed content
var content embed.FS

// builtIn makes a spec from pdac's own texts.
func (s *starter) builtIn(place string) (Start, error) {
	name := string(s.of)
	if s.of == panther.Query && s.Every > 0 {
		name = "scheduled_query"
	}
	spec, err := content.ReadFile("content/" + name + ".yml")
	if err != nil {
		return Start{}, fmt.Errorf("read the text of a new %s: %w", s.kind.name, err)
	}
	out := Start{Spec: place, Files: map[string][]byte{}}
	body := ""
	if s.python {
		body = strings.TrimSuffix(place, path.Ext(place)) + ".py"
		code, err := content.ReadFile("content/" + name + ".py")
		if err != nil {
			return Start{}, fmt.Errorf("read the text of a new %s: %w", s.kind.name, err)
		}
		out.Files[body] = s.fill(code, body, inPython)
	}
	spec = s.fill(spec, body, inYAML)
	if s.Severity == "High" || s.Severity == "Critical" {
		// What wakes somebody up needs a page to read.
		spec = bytes.Replace(spec, []byte("\nTests:"), []byte("\nReference: https://example.com/TODO\nTests:"), 1)
	}
	if spec, err = s.set(spec, body); err != nil {
		return Start{}, fmt.Errorf("write the new spec: %w", err)
	}
	if out.Files[place], err = repo.Format(place, spec); err != nil {
		return Start{}, fmt.Errorf("format the new spec: %w", err)
	}
	return out, nil
}

// Placeholders lists what is replaced in templates.
func Placeholders() []string {
	return []string{"id", "name", "file", "log_type", "resource_type", "query", "severity", "table", "every", "rule_1", "rule_2"}
}

// fill replaces the placeholders in a text.
func (s *starter) fill(text []byte, body string, quote func(line, placeholder, value string) string) []byte {
	first := func(values []string) string {
		if len(values) == 0 {
			return ""
		}
		return values[0]
	}
	table := ""
	if len(s.LogTypes) > 0 {
		table = s.table()
	}
	second := first(s.Rules)
	if len(s.Rules) > 1 {
		second = s.Rules[1]
	}
	file := ""
	if body != "" {
		file = path.Base(body)
	}
	values := map[string]string{
		"id": s.ID, "name": s.Name, "file": file, "log_type": first(s.LogTypes), "resource_type": first(s.ResourceTypes), "query": first(s.Queries),
		"severity": s.Severity, "table": table, "every": strconv.Itoa(s.Every), "rule_1": first(s.Rules), "rule_2": second,
	}
	if !bytes.Contains(text, []byte("{{")) {
		return text
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		for _, name := range Placeholders() {
			if mark := "{{" + name + "}}"; strings.Contains(line, mark) {
				line = strings.ReplaceAll(line, mark, quote(line, mark, values[name]))
			}
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}
