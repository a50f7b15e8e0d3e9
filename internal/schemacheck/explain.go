package schemacheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/suggest"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/schemas"
	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

// explain describes the errors of the schema. Errors that only say that a part
// of the schema failed are skipped, because the part's own errors are reported.
func (c *checker) explain(errs []gojsonschema.ResultError) {
	// Misspelled keys first, because the keys they stand for are not missing.
	c.unknownKeys(errs)
	for _, e := range errs {
		at := c.locate(e.Context())
		switch e := e.(type) {
		case *gojsonschema.RequiredError:
			k, _ := e.Details()["property"].(string)
			c.missing(at, k)
		case *gojsonschema.InvalidTypeError:
			c.wrongType(at)
		case *gojsonschema.EnumError, *gojsonschema.ConstError:
			c.badValue(at)
		case *gojsonschema.FalseError:
			c.exclusive(at)
		case *gojsonschema.DoesNotMatchPatternError:
			c.wrongForm(at, fmt.Sprint(e.Details()["pattern"]))
		case *gojsonschema.NumberNotError: // the name of a type that covers all of "not"
			if at.key != nil && at.node.Kind == yaml.ScalarNode {
				c.wrongForm(at, "")
			}
		case *gojsonschema.NumberGTEError:
			c.tooSmall(at, fmt.Sprint(e.Details()["min"]))
		case *gojsonschema.StringLengthLTEError:
			c.add(Problem{Kind: OutOfRange, Path: at.path, Node: at.node,
				Message: fmt.Sprintf("%s is longer than %v characters", c.name(at.path), e.Details()["max"]), Hint: "shorten it"})
		case *gojsonschema.StringLengthGTEError, *gojsonschema.ArrayMinItemsError, *gojsonschema.ArrayMinPropertiesError:
			c.add(Problem{Kind: MissingKey, Path: at.path, Node: at.node,
				Message: fmt.Sprintf("%s is empty", c.name(at.path)), Hint: c.fill(at)})
		}
	}
}

func (c *checker) fill(at place) string {
	if at.node.Kind == yaml.SequenceNode {
		return "add at least one entry"
	}
	return "add a value"
}

func (c *checker) missing(at place, k string) {
	if at.node.Kind != yaml.MappingNode || at.shape == nil {
		return
	}
	p := Problem{Kind: MissingKey, Path: at.path.to(key(k)), Node: at.node}
	if at.key != nil {
		p.Node = at.key
	}
	if !slices.Contains(at.shape.required, k) && len(at.shape.alternatives) > 0 && slices.ContainsFunc(at.shape.alternatives, func(a []string) bool { return slices.Contains(a, k) }) {
		c.missingChoice(at, p)
		return
	}
	if c.meant[meantKey{at.node, k}] {
		return
	}
	if empty := c.wasEmptied(at.node, k); empty != nil {
		p.Node = empty
		p.Message = fmt.Sprintf("%s has no value", c.name(p.Path))
		p.Hint = addHint(at.shape.child(k), "add a value")
		c.add(p)
		return
	}
	p.Message = fmt.Sprintf("%s has no %q", c.name(at.path), k)
	p.Hint = addHint(at.shape.child(k), "add it")
	top := len(at.path) == 0
	switch {
	case top && c.kind == schemas.LookupTable && k == "Schema":
		p.Hint = "name the log schema for its rows; only a table that is made by SQL needs none"
	case top && c.kind == schemas.Rule && k == "Filename":
		if c.meant[meantKey{at.node, "Detection"}] || c.meant[meantKey{at.node, "BaseDetection"}] {
			return
		}
		p.Message = "the rule has no logic"
		p.Hint = `add "Filename" (Python), "Detection" (a simple rule) or "BaseDetection" (a derived rule)`
		if empty := c.wasEmptied(at.node, "Detection"); empty != nil {
			p.Node, p.Message = empty, `"Detection" has no value, so the rule has no logic`
		}
	case top && c.kind == schemas.DataModel && k == "Filename":
		p.Message = `the data model has no "Filename", but its mappings use a "Method"`
		p.Hint = "name the Python file with the methods, next to the spec"
	case top && c.kind == schemas.LookupTable && k == "Filename":
		p.Message = "the lookup table has no rows"
		p.Hint = `add "Filename" (a file), "Refresh" (a bucket), or SQL`
	case k == "Filename":
		p.Hint = "name its Python file, next to the spec"
	}
	c.add(p)
}

func addHint(s *shape, verb string) string {
	switch {
	case s == nil:
	case len(s.enum) > 0:
		return fmt.Sprintf("%s: %s", verb, orList(s.enum))
	case slices.Equal(s.types, stringOrBool):
		return verb + ": a string, true or false"
	case slices.Contains(s.types, "boolean") && !s.text():
		return verb + ": true or false"
	}
	return verb
}

// missingChoice reports once that none of several alternative keys is set.
func (c *checker) missingChoice(at place, p Problem) {
	var words []string
	for _, alt := range at.shape.alternatives {
		for _, k := range alt {
			if c.meant[meantKey{at.node, k}] {
				return
			}
		}
		words = append(words, join(quoted(alt), "and"))
	}
	p.Path = at.path
	p.Message = fmt.Sprintf("%s has none of %s", c.name(at.path), strings.Join(words, ", "))
	if len(words) == 2 {
		p.Message = fmt.Sprintf("%s has neither %s nor %s", c.name(at.path), words[0], words[1])
	}
	p.Hint = "add " + orList(words)
	told := false
	for _, alt := range at.shape.alternatives {
		for _, k := range alt {
			if empty := c.wasEmptied(at.node, k); empty != nil && !told {
				told = true
				p.Node = empty
				p.Message += fmt.Sprintf(" with a value; %q is empty", k)
			}
		}
	}
	c.add(p)
}

var truth = map[string]string{"yes": "true", "y": "true", "on": "true", "true": "true", "no": "false", "n": "false", "off": "false", "false": "false"}

func (c *checker) wrongType(at place) {
	types := at.shape.types
	p := Problem{Kind: WrongType, Path: at.path, Node: at.pointAt(),
		Message: fmt.Sprintf("%s must be %s, not %s", c.name(at.path), wanted(types), describe(at.node))}
	if at.node.Kind == yaml.ScalarNode {
		p.Hint, p.Fix = correction(at)
	}
	switch {
	case p.Hint != "":
	case len(at.path) > 0 && at.path[len(at.path)-1].Key == "Enabled":
		p.Hint = "use true or false"
	case slices.Equal(types, stringOrBool):
		p.Hint = `write it as JSON in quotes, such as '{"a": 1}'`
	}
	c.add(p)
}

// stringOrBool is the type of what a mock returns.
var stringOrBool = []string{"string", "boolean"}

// correction returns the hint and the fix for a scalar with the wrong type.
func correction(at place) (hint string, fix *Fix) {
	types, n := at.shape.types, at.node
	_, isText := mustScalar(n).(string)
	block := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case block || n.Style&yaml.TaggedStyle != 0 || n.Anchor != "":
	case slices.Equal(types, []string{"boolean"}) && isText && truth[strings.ToLower(n.Value)] != "":
		to := truth[strings.ToLower(n.Value)]
		return fmt.Sprintf("YAML reads %s as a string here; use %s", quote(n), to), &Fix{Op: WriteValue, Text: to}
	case slices.Equal(types, []string{"integer"}) && isText && digits(n.Value):
		return "remove the quotes", &Fix{Op: WriteValue, Text: n.Value}
	case slices.Equal(types, []string{"array"}) && at.shape.items.text() && !strings.ContainsAny(n.Value, ",\n") && n.Value != "":
		return "write it as a list with one entry: [" + flow(n) + "]", &Fix{Op: WriteValue, Text: "[" + flow(n) + "]"}
	case slices.Equal(types, stringOrBool) && !isText:
		text := `"` + n.Value + `"`
		return "put it in quotes: " + text, &Fix{Op: WriteValue, Text: text}
	case slices.Equal(types, []string{"string"}) && !isText:
		text := `"` + n.Value + `"`
		return "put it in quotes: " + text, &Fix{Op: WriteValue, Text: text}
	}
	return "", nil
}

func mustScalar(n *yaml.Node) any {
	v, err := yamlcore.Scalar(n)
	if err != nil {
		return n.Value
	}
	return v
}

// flow formats a scalar for use inside brackets.
func flow(n *yaml.Node) string {
	plain := n.Style == 0
	for _, r := range n.Value {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/", r)) {
			plain = false
		}
	}
	if plain && n.Value[0] != '-' {
		return n.Value
	}
	return yamlcore.CanonicalJSON(n.Value)
}

func digits(s string) bool {
	return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}

func (c *checker) badValue(at place) {
	legal := at.shape.enum
	p := Problem{Kind: BadValue, Path: at.path, Node: at.pointAt(),
		Message: fmt.Sprintf("%s can't be %s", c.name(at.path), describe(at.node)), Hint: "use " + orList(legal)}
	if at.node.Kind == yaml.ScalarNode {
		if i := slices.IndexFunc(legal, func(l string) bool { return strings.EqualFold(l, strings.TrimSpace(at.node.Value)) }); i >= 0 {
			p.Hint = "use " + legal[i]
			if at.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0 && at.node.Anchor == "" {
				p.Fix = &Fix{Op: WriteValue, Text: legal[i]}
			}
		} else if w, ok := suggest.Nearest(at.node.Value, legal); ok {
			p.Hint = fmt.Sprintf("did you mean %q? It must be %s", w, orList(legal))
		}
	}
	c.add(p)
}

// partners maps keys to the keys they exclude (source: Panther's documentation
// of spec files).
var partners = map[string][]string{
	"Filename": {"Detection", "BaseDetection", "Refresh", "Query", "SnowflakeQuery", "DatabricksQuery", "AthenaQuery"}, "Detection": {"BaseDetection", "Filename"},
	"BaseDetection": {"Detection", "Filename"}, "LogTypes": {"ScheduledQueries"}, "ScheduledQueries": {"LogTypes"},
	"Path": {"Method"}, "Method": {"Path"}, "CronExpression": {"RateMinutes"}, "RateMinutes": {"CronExpression"},
	"Refresh": {"Filename"}, "Schema": {"Query", "SnowflakeQuery", "DatabricksQuery", "AthenaQuery"}, "PeriodMinutes": {"CronExpression"}, "Sequence": {"Group"}, "Transitions": {"Group"}, "Log": {"Resource"},
}

func (c *checker) exclusive(at place) {
	if at.key == nil {
		return
	}
	k := at.key.Value
	p := Problem{Kind: Exclusive, Path: at.path, Node: at.key}
	for _, other := range partners[k] {
		pairs, _ := yamlcore.Pairs(at.parent)
		i := slices.IndexFunc(pairs, func(q yamlcore.Pair) bool { return q.Key.Value == other })
		if i < 0 || isNull(pairs[i].Value) {
			continue
		}
		p.First = pairs[i].Key
		p.Message = fmt.Sprintf("%q and %q can't be used together", other, k)
		if in := at.path[:len(at.path)-1]; len(in) > 0 {
			p.Message += " in " + c.name(in)
		}
		p.Hint = "remove one of them"
		if c.kind == schemas.LookupTable && k == "Schema" {
			p.Hint = fmt.Sprintf("the columns of %q are the schema; remove %q", other, k)
		}
		if c.kind == schemas.DerivedRule && other == "BaseDetection" {
			p.Hint = fmt.Sprintf("a derived rule takes its logic from its base, so %q would be ignored; remove it", k)
		}
		c.add(p)
		return
	}
	p.Message = fmt.Sprintf("a %s can't have %q", label(c.kind), k)
	p.Hint = "remove it"
	switch {
	case k == "LogTypes" && c.kind == schemas.ScheduledRule:
		p.Hint = `it reads the rows of queries; list them in "ScheduledQueries", or set AnalysisType to rule`
	case k == "ScheduledQueries":
		p.Hint = `it reads log events; list their types in "LogTypes", or set AnalysisType to scheduled_rule`
	}
	c.add(p)
}

const forbidden = `<>&"%`

func (c *checker) wrongForm(at place, pattern string) {
	p := Problem{Kind: WrongForm, Path: at.path, Node: at.pointAt()}
	what := c.name(at.path)
	switch last := at.path[len(at.path)-1].Key; {
	case pattern == "^[^"+forbidden+"]*$":
		var bad []string
		for _, r := range at.node.Value {
			if strings.ContainsRune(forbidden, r) && !slices.Contains(bad, string(r)) {
				bad = append(bad, string(r))
			}
		}
		p.Kind = ForbiddenCharacter
		p.Message = fmt.Sprintf("%s contains %s, which Panther does not allow there", what, join(bad, "and"))
		p.Hint = `the characters < > & " % are not allowed in ids and names; remove them or use a word instead`
	case last == "PromptName":
		p.Message = fmt.Sprintf("%s can't be %s", what, quote(at.node))
		p.Hint = "a PromptName is a lower-case letter, then lower-case letters, digits and _; the readable name is the DisplayName"
	case last == "GlobalID" && pattern == "":
		p.Message = fmt.Sprintf("%s %s can't be imported", what, quote(at.node))
		p.Hint = "it is a keyword of Python; use another name"
	case last == "GlobalID":
		p.Message = fmt.Sprintf("%s %s can't be imported", what, quote(at.node))
		p.Hint = "a GlobalID is the name of a Python module: letters, digits and _, not starting with a digit"
	case last == "Filename":
		p.Message = fmt.Sprintf("%s %s is not a Python file", what, quote(at.node))
		p.Hint = "name a file that ends in .py"
	default:
		p.Message = fmt.Sprintf("%s can't be %s", what, quote(at.node))
	}
	c.add(p)
}

func (c *checker) tooSmall(at place, least string) {
	p := Problem{Kind: OutOfRange, Path: at.path, Node: at.node,
		Message: fmt.Sprintf("%s must be at least %s, not %s", c.name(at.path), least, at.node.Value),
		Hint:    "use a larger number"}
	ignored := at.path.Match("DedupPeriodMinutes") || at.path.Match("Threshold")
	if v := at.shape.fallback; ignored && !strings.HasPrefix(at.node.Value, "-") {
		zero := strings.Trim(at.node.Value, "0") == ""
		switch {
		case zero:
			p.Message = fmt.Sprintf("%s is 0, which Panther ignores: it uses %s", c.name(at.path), v)
			p.Hint = fmt.Sprintf("use at least %s, or remove the key", least)
		case at.path.Match("DedupPeriodMinutes"):
			p.Message = fmt.Sprintf("%s is %s, but Panther treats anything below %s as %s", c.name(at.path), at.node.Value, least, least)
			p.Hint = fmt.Sprintf("use at least %s", least)
		}
	}
	c.add(p)
}
