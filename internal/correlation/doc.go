// Package correlation evaluates correlation rules: whether the matches of a test make the
// rule match. A test says for each part of the rule which values were seen when:
//
//	RuleOutputs: [{ID: Login, Matches: {actor.email: {a@example.com: [0, 5]}}}]
//
// It follows Panther's "Correlation Rule Reference", the style guide for correlation rules
// of Panther's public content, and the tests there. Whatever these leave open is unsure.
//
// The package has no state; all functions are safe for concurrent use.
package correlation
