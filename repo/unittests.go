package repo

import (
	"errors"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// UnitTest is a unit test of a spec, as it is written.
type UnitTest struct {
	Name string
	// Line is where the test begins in its file.
	Line     int
	Expected bool
	// Event is the Log or the Resource, as JSON; "" for tests of correlation rules.
	Event string
	Mocks []TestMock
	// Node is the whole test.
	Node *yaml.Node
	// Fault says why the test can't run; the rest may then be empty.
	Fault error
}

// TestMock replaces a name of the detection's Python by a function that returns a
// value: a string or a bool.
type TestMock struct {
	Name  string
	Value any
}

// UnitTests returns the unit tests of the spec. An error says that its Tests are no
// list; what is wrong with a single test is in the test.
func (it *Item) UnitTests() ([]UnitTest, error) {
	n := yamlcore.Lookup(it.Root, "Tests")
	if n == nil || isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fault(n, "Tests must be a list, not %s", describe(n))
	}
	out := make([]UnitTest, len(n.Content))
	for i, c := range n.Content {
		out[i] = it.unitTest(yamlcore.Deref(c), i+1)
	}
	return out, nil
}

func (it *Item) unitTest(n *yaml.Node, number int) UnitTest {
	t := UnitTest{Line: n.Line, Node: n}
	if name := yamlcore.Lookup(n, "Name"); name != nil && name.Kind == yaml.ScalarNode {
		t.Name = name.Value
	}
	input := eventOf
	if it.Type == TypeCorrelationRule {
		input = ruleOutputs
	}
	read, err := test(n, number, input)
	if err != nil {
		t.Fault = err
		var at *yamlcore.Error
		if errors.As(err, &at) {
			t.Fault = errors.New(at.Message)
		}
		return t
	}
	fields := read.(map[string]any)
	t.Expected = fields["expectedResult"].(bool)
	t.Event, _ = fields["resource"].(string)
	if m := yamlcore.Lookup(n, "Mocks"); m != nil && fields["mocks"] != nil {
		for _, c := range m.Content {
			c = yamlcore.Deref(c)
			mock := TestMock{Name: yamlcore.Lookup(c, "objectName").Value}
			// Reading the test has checked that it is a scalar.
			mock.Value, _ = yamlcore.Scalar(yamlcore.Lookup(c, "returnValue"))
			t.Mocks = append(t.Mocks, mock)
		}
	}
	return t
}

// PythonText returns a Python file in the form in which it is sent to Panther. The
// error says why it can't be.
func PythonText(src []byte) (string, error) {
	b := readBody(src)
	return b.text, b.fault
}
