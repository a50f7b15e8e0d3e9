package detection

import "gopkg.in/yaml.v3"

// Conditions is here for the tests.
var Conditions = conditions

// Parse reads one list of expressions, as Read does for every list of a spec.
func Parse(n *yaml.Node, place Place) ([]*Expression, []Problem) {
	p := &problems{}
	out := p.expressions(n, place)
	return out, p.list
}
