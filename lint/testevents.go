package lint

import (
	"slices"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
	"gopkg.in/yaml.v3"
)

// unitTest is an entry of Tests, as far as it can be read. Nodes are nil where
// there is nothing.
type unitTest struct {
	node *yaml.Node
	// name and want are the values of Name and ExpectedResult.
	name, want *yaml.Node
	// event is the value of Log or Resource.
	event *yaml.Node
}

// unitTests returns the tests of a spec.
func unitTests(p *SpecPass) []unitTest {
	return Once(p, "tests", func(p *SpecPass) []unitTest {
		list := p.Value("Tests")
		if list == nil || list.Kind != yaml.SequenceNode {
			return nil
		}
		var out []unitTest
		for _, n := range list.Content {
			n = yamlcore.Deref(n)
			if n.Kind != yaml.MappingNode {
				continue
			}
			t := unitTest{node: n, name: yamlcore.Lookup(n, "Name"), want: yamlcore.Lookup(n, "ExpectedResult"), event: yamlcore.Lookup(n, "Log")}
			if t.event == nil {
				t.event = yamlcore.Lookup(n, "Resource")
			}
			out = append(out, t)
		}
		return out
	})
}

// label names a test for a message.
func (t unitTest) label() string {
	if t.name == nil || t.name.Kind != yaml.ScalarNode {
		return "a test without a name"
	}
	return "test \"" + t.name.Value + "\""
}

// logType is the value of p_log_type in the event, or nil.
func (t unitTest) logType() *yaml.Node {
	if t.event == nil || t.event.Kind != yaml.MappingNode {
		return nil
	}
	if v := yamlcore.Lookup(t.event, "p_log_type"); v != nil && v.Kind == yaml.ScalarNode {
		return v
	}
	return nil
}

// isDetection reports whether a spec is of a type that runs over events or
// resources, and so may be tested.
func isDetection(t repo.Type) bool {
	return slices.Contains([]repo.Type{repo.TypeRule, repo.TypeScheduledRule, repo.TypePolicy, repo.TypeCorrelationRule}, t)
}

// aboutEvent and aboutMocks say which problems of a spec's form belong to the
// rules about tests, and not to those about the schema.
func aboutEvent(at schemacheck.Path) bool {
	return at.Match("Tests", "[]", "Log") || at.Match("Tests", "[]", "Resource")
}

func aboutMocks(at schemacheck.Path) bool { return at.Within("Tests", "[]", "Mocks") }

func notAboutTests(at schemacheck.Path) bool { return !aboutMocks(at) }
