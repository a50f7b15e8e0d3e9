package unittest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// expectSuffix ends the names of files with expectations: rules/login.expect is for
// rules/login.yml. Panther's own tool reads no such files.
const expectSuffix = ".expect"

// maxExpect is the maximum size of such a file in bytes.
const maxExpect = 1 << 20

// expectPath is the file of expectations of a spec.
func expectPath(spec string) string { return strings.TrimSuffix(spec, path.Ext(spec)) + expectSuffix }

// Expectation is what a test's alert must say.
type Expectation struct {
	Test    string
	Line    int
	Outputs []ExpectedOutput
}

// ExpectedOutput is what a function must return: a text, or JSON for destinations and the
// alert context.
type ExpectedOutput struct {
	// Name is the function, and Key how the file names it.
	Name, Key string
	Value     any
	Line      int
}

// NoAlert is the output of a test whose detection raised no alert.
const NoAlert = "no alert"

// Unexpected is an output that is not as expected.
type Unexpected struct {
	// Output is the function's name.
	Output           string
	Expected, Actual string
	// Path and Line say where the expectation is.
	Path string
	Line int
}

// expectKeys are the keys of an expectation, with the functions that they are about.
var expectKeys = []struct{ key, name string }{
	{"ExpectedTitle", "title"}, {"ExpectedSeverity", "severity"}, {"ExpectedDedup", "dedup"}, {"ExpectedDescription", "description"},
	{"ExpectedReference", "reference"}, {"ExpectedRunbook", "runbook"}, {"ExpectedDestinations", "destinations"}, {"ExpectedAlertContext", "alert_context"},
}

// ParseExpectations reads a file of expectations: a mapping from the names of tests to what
// their alerts must say.
func ParseExpectations(file string, src []byte) ([]Expectation, []repo.Diagnostic) {
	fault := func(line int, format string, args ...any) []repo.Diagnostic {
		return []repo.Diagnostic{{Severity: repo.SeverityError, Path: file, Line: line, Message: fmt.Sprintf(format, args...)}}
	}
	doc, err := yamlcore.Parse(src, yamlcore.Limits{Depth: 50, Nodes: 100_000})
	if err != nil {
		var at *yamlcore.Error
		if errors.As(err, &at) {
			return nil, fault(at.Line, "%s", at.Message)
		}
		return nil, fault(0, "%v", err)
	}
	switch {
	case doc.More:
		return nil, fault(1, "the file contains more than one document; keep only the part before the second \"---\"")
	case doc.Root == nil:
		return nil, nil
	case doc.Root.Kind != yaml.MappingNode:
		return nil, fault(doc.Root.Line, "the file must be a mapping from names of tests to what their alerts must say, such as ExpectedTitle")
	}
	pairs, err := yamlcore.Pairs(doc.Root)
	if err != nil {
		return nil, fault(doc.Root.Line, "%v", err)
	}
	var out []Expectation
	var faults []repo.Diagnostic
	for _, p := range pairs {
		e := Expectation{Test: p.Key.Value, Line: p.Key.Line}
		keys, err := yamlcore.Pairs(p.Value)
		if err != nil || yamlcore.Deref(p.Value).Kind != yaml.MappingNode {
			faults = append(faults, fault(p.Key.Line, "what test %q expects must be a mapping with keys such as ExpectedTitle", e.Test)...)
			continue
		}
		for _, k := range keys {
			o, why := expectedOutput(k.Key.Value, k.Value)
			if why != "" {
				faults = append(faults, fault(k.Key.Line, "%s", why)...)
				continue
			}
			o.Line = k.Key.Line
			e.Outputs = append(e.Outputs, o)
		}
		out = append(out, e)
	}
	return out, faults
}

// expectedOutput reads one key of an expectation; the text says what is wrong.
func expectedOutput(key string, n *yaml.Node) (ExpectedOutput, string) {
	i := slices.IndexFunc(expectKeys, func(k struct{ key, name string }) bool { return k.key == key })
	if i < 0 {
		var legal []string
		for _, k := range expectKeys {
			legal = append(legal, k.key)
		}
		return ExpectedOutput{}, fmt.Sprintf("unknown key %q; the keys are %s%s", key, strings.Join(legal, ", "), suggest.DidYouMean(key, legal))
	}
	o := ExpectedOutput{Name: expectKeys[i].name, Key: key}
	v, err := yamlcore.Value(n)
	if err != nil {
		return o, key + ": " + err.Error()
	}
	n = yamlcore.Deref(n)
	switch o.Name {
	case "destinations":
		list, ok := v.([]any)
		for _, x := range list {
			_, text := x.(string)
			ok = ok && text
		}
		if !ok {
			return o, key + " must be a list of strings"
		}
	case "alert_context":
		if _, ok := v.(map[string]any); !ok {
			return o, key + " must be a mapping"
		}
	default:
		if n.Kind != yaml.ScalarNode || v == nil {
			return o, key + " must be a string"
		}
		v = n.Value
		if o.Name == "severity" {
			v = strings.ToUpper(n.Value)
		}
	}
	o.Value = v
	return o, ""
}

// expect compares the results of the run with the files of expectations.
func (r *run) expect(ctx context.Context, paths []string) error {
	byPath := map[string][]int{}
	for i, t := range r.res.Tests {
		byPath[expectPath(t.Path)] = append(byPath[expectPath(t.Path)], i)
	}
	specs, names := map[string]*specFacts{}, map[string][]string{}
	for _, f := range r.now.specs {
		specs[expectPath(f.Path)] = f
	}
	for _, u := range r.units {
		if u.tests != nil || len(u.results) > 0 {
			at := expectPath(u.item.tests.Path)
			for _, t := range u.results {
				names[at] = append(names[at], t.Name)
			}
		}
	}
	for _, file := range sortedKeys(r.now.expects) {
		spec := specs[file]
		if spec == nil && (len(paths) == 0 || under(paths)(file)) {
			r.res.Faults = append(r.res.Faults, repo.Diagnostic{Severity: repo.SeverityError, Path: file, Line: 1, Message: fmt.Sprintf("no spec is named like this file; name it like the spec whose tests it is about, such as login%s for login.yml", expectSuffix)})
		}
		if spec != nil && names[file] == nil && slices.ContainsFunc(r.units, func(u *unit) bool { return u.spec == spec }) {
			r.res.Faults = append(r.res.Faults, repo.Diagnostic{Severity: repo.SeverityError, Path: file, Line: 1, Message: fmt.Sprintf("%s has no tests of its own, so nothing is compared with this file; add tests, or delete it", spec.Path)})
		}
		if spec == nil || names[file] == nil {
			continue
		}
		src, err := r.now.tree.Read(ctx, file, maxExpect)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.res.Faults = append(r.res.Faults, repo.Diagnostic{Severity: repo.SeverityError, Path: file, Message: "the file can't be read: " + err.Error()})
			continue
		}
		list, faults := ParseExpectations(file, src)
		r.res.Faults = append(r.res.Faults, faults...)
		for _, e := range list {
			if !slices.Contains(names[file], e.Test) {
				r.res.Faults = append(r.res.Faults, repo.Diagnostic{Severity: repo.SeverityError, Path: file, Line: e.Line, Message: fmt.Sprintf("%s has no test %q%s", spec.Path, e.Test, suggest.DidYouMean(e.Test, names[file]))})
				continue
			}
			for _, i := range byPath[file] {
				// A derived rule runs the tests of its base, and its alerts say what they say.
				if t := &r.res.Tests[i]; t.Name == e.Test && t.ID == spec.ID {
					if err := r.expectOf(ctx, t, e, file); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// expectOf compares the outputs of a test with what is expected.
func (r *run) expectOf(ctx context.Context, t *Test, e Expectation, file string) error {
	if t.Status != Passed {
		return nil // that it fails says more
	}
	var static map[string]string
	for _, o := range e.Outputs {
		got := NoAlert
		if t.Returned != nil && *t.Returned != (t.Main == "policy") {
			if got = outputText(t.Outputs[o.Name]); got == "" && static == nil {
				var err error
				if static, err = r.now.static(ctx, t); err != nil {
					return err
				}
			}
			got = cmp.Or(got, static[o.Name])
		}
		if !o.holds(got) {
			t.Status = Failed
			t.Unexpected = append(t.Unexpected, Unexpected{Output: o.Name, Expected: o.text(), Actual: got, Path: file, Line: o.Line})
		}
	}
	return nil
}

// static returns what a detection's spec says where functions return nothing.
func (st *state) static(ctx context.Context, t *Test) (map[string]string, error) {
	f := st.bases[t.ID]
	if f == nil {
		return nil, nil
	}
	it, err := st.item(ctx, f)
	if err != nil {
		return nil, err
	}
	return map[string]string{"severity": strings.ToUpper(scalar(it.Root, "Severity")), "title": cmp.Or(scalar(it.Root, "DisplayName"), f.ID)}, nil
}

// text is the expected value as text.
func (o ExpectedOutput) text() string {
	if s, ok := o.Value.(string); ok {
		return s
	}
	return yamlcore.CanonicalJSON(o.Value)
}

// holds reports whether an output is as expected.
func (o ExpectedOutput) holds(got string) bool {
	if s, ok := o.Value.(string); ok {
		return got == s
	}
	v, err := yamlcore.DecodeJSON([]byte(got))
	return err == nil && yamlcore.CanonicalJSON(v) == yamlcore.CanonicalJSON(o.Value)
}
