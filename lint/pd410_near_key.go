package lint

import (
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// rulePD410 finds keys that are almost those of the test events.
func rulePD410() Rule {
	return Rule{
		ID: "PD410", Name: "near-key", Severity: Warning,
		Doc: Doc{
			What: "A rule, or `SummaryAttributes`, asks for a key that no test event has, but the test events have one that differs in one letter or in case. Or an indicator field, such as `p_any_ip_addresses`, is misspelled.",
			Why:  "The key is never found, so the check that needs it does nothing, and its tests don't notice.",
			Bad: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
SummaryAttributes: [sourceIpAddress]
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {payload: {response: {code: 7}}, sourceIPAddress: 192.0.2.1}
-- rules/login.py --
def rule(event):
    return event.deep_get("payload", "respons", "code") != 0
`,
			Good: `
-- rules/login.yml --
AnalysisType: rule
RuleID: Acme.Login
Filename: login.py
SummaryAttributes: [sourceIPAddress]
Tests:
  - Name: A login
    ExpectedResult: true
    Log: {payload: {response: {code: 7}}, sourceIPAddress: 192.0.2.1}
-- rules/login.py --
def rule(event):
    return event.deep_get("payload", "response", "code") != 0
`,
		},
		Spec: pd410,
	}
}

// indicatorFields are the fields in which Panther collects indicators (source:
// Panther's documentation of its standard fields).
var indicatorFields = strings.Fields(`p_any_ip_addresses p_any_domain_names p_any_md5_hashes p_any_sha1_hashes p_any_sha256_hashes
	p_any_emails p_any_usernames p_any_actor_ids p_any_trace_ids p_any_mac_addresses p_any_serial_numbers
	p_any_aws_account_ids p_any_aws_arns p_any_aws_instance_ids p_any_aws_tags`)

func pd410(p *SpecPass) {
	var events []*yaml.Node
	for _, t := range unitTests(p) {
		if t.event != nil && t.event.Kind == yaml.MappingNode {
			events = append(events, t.event)
		}
	}
	paths := bodyPaths(p)
	for _, n := range scalars(p.Value("SummaryAttributes")) {
		if i := slices.IndexFunc(indicatorFields, func(f string) bool { return suggest.Within(n.Value, f, 2) }); strings.HasPrefix(n.Value, "p_any_") && i >= 0 {
			if !slices.Contains(indicatorFields, n.Value) {
				f := p.ReportNode(n, "unknown indicator field %q", n.Value)
				f.Hint = "did you mean \"" + indicatorFields[i] + "\"?"
			}
			continue
		}
		if keys := strings.FieldsFunc(n.Value, func(r rune) bool { return r == '.' || r == ':' }); len(keys) > 0 {
			paths = append(paths, keyPath{keys: keys, report: func(i int) *Finding {
				return p.ReportNode(n, "no test event has %q", strings.Join(keys[:i+1], "."))
			}})
		}
	}
	for _, path := range paths {
		if near, i := path.near(events); near != "" && !asked(paths, path.keys[:i], near) {
			f := path.report(i)
			f.Key = strings.Join(path.keys, ".")
			f.Hint = "did you mean \"" + near + "\", which the test events have?"
		}
	}
}

// keyPath is a path into the event that a spec or its Python file asks for.
type keyPath struct {
	keys []string
	// fold is set where upper and lower case are the same: for the events that Python
	// gets, but not for the columns of stored events.
	fold   bool
	report func(i int) *Finding
}

// near returns a key that all events have where the path has one that none has, and
// its place in the path.
func (k keyPath) near(events []*yaml.Node) (string, int) {
	for i, key := range k.keys {
		var next []*yaml.Node
		for _, e := range events {
			if v := k.lookup(e, key); v != nil {
				next = append(next, v)
			}
		}
		if len(next) == 0 {
			return common(events, key), i
		}
		// Lists and texts can hold more than the tests show.
		if slices.ContainsFunc(next, func(n *yaml.Node) bool { return n.Kind != yaml.MappingNode }) {
			return "", 0
		}
		events = next
	}
	return "", 0
}

func (k keyPath) lookup(event *yaml.Node, key string) *yaml.Node {
	v := yamlcore.Lookup(event, key)
	if pairs, err := yamlcore.Pairs(event); v == nil && k.fold && err == nil {
		for _, q := range pairs {
			if strings.EqualFold(q.Key.Value, key) {
				return q.Value
			}
		}
	}
	return v
}

// common returns a key of the events that differs from the given one in case, or one
// that all events have and that differs in one letter.
func common(events []*yaml.Node, key string) string {
	const shortest = 4
	if len(events) == 0 || len(key) < shortest || strings.HasPrefix(key, "p_") {
		return ""
	}
	count := map[string]int{}
	for _, e := range events {
		pairs, err := yamlcore.Pairs(e)
		if err != nil {
			return ""
		}
		for _, q := range pairs {
			count[q.Key.Value]++
		}
	}
	near := ""
	for _, word := range sortedKeys(count) {
		switch {
		case strings.EqualFold(bareKey(key), bareKey(word)):
			return word
		case count[word] == len(events) && suggest.Within(key, word, 1) && !plural(key, word) && !strings.ContainsAny(key+word, "0123456789"):
			near = word
		}
	}
	return near
}

// bareKey is a key without what separates its words.
func bareKey(key string) string { return strings.NewReplacer("_", "", "-", "").Replace(key) }

// plural reports whether two keys are the singular and the plural of a word, which
// can both be right.
func plural(a, b string) bool {
	return strings.EqualFold(a+"s", b) || strings.EqualFold(b+"s", a)
}

// asked reports whether something asks for another key at the same place: then the
// author knows of both.
func asked(paths []keyPath, above []string, key string) bool {
	return slices.ContainsFunc(paths, func(o keyPath) bool {
		return len(o.keys) > len(above) && o.keys[len(above)] == key && slices.Equal(o.keys[:len(above)], above)
	})
}

// scalars returns the scalars of a list that are not empty.
func scalars(list *yaml.Node) (out []*yaml.Node) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, n := range list.Content {
		if n = yamlcore.Deref(n); n.Kind == yaml.ScalarNode && n.Value != "" {
			out = append(out, n)
		}
	}
	return out
}

// bodyPaths returns the constant paths into the event that the Python file asks for.
func bodyPaths(p *SpecPass) (out []keyPath) {
	b := bodyOf(p)
	if b == nil || entryFunction(p.Item.Type) == "" {
		return nil
	}
	for _, c := range b.calls {
		a, ok := c.Func.(*python.Attribute)
		if !ok || c.function == nil || len(c.Args) == 0 || a.Attr != "get" && a.Attr != "deep_get" {
			continue
		}
		v, ok := a.Value.(*python.Name)
		params := append(slices.Clone(c.function.Args.Posonlyargs), c.function.Args.Args...)
		if !ok || len(params) == 0 || params[0].Arg != v.ID || c.function.Name != entryFunction(p.Item.Type) && !slices.Contains(optionalFunctions, c.function.Name) {
			continue
		}
		args := c.Args
		if a.Attr == "get" {
			args = args[:1]
		}
		path := keyPath{fold: true}
		for _, arg := range args {
			k, ok := arg.(*python.Constant)
			if !ok || k.Kind != python.Str {
				break
			}
			path.keys = append(path.keys, k.Value)
		}
		path.report = func(i int) *Finding {
			return p.ReportBody(b.rangeOf(args[i]), "no test event has %q", strings.Join(path.keys[:i+1], "."))
		}
		if len(path.keys) > 0 {
			out = append(out, path)
		}
	}
	return out
}
