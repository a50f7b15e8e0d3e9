// Package detection parses and evaluates simple detections: the match expressions of Detection,
// InlineFilters and DynamicSeverities, the keys of GroupBy and AlertContext, and
// the placeholders of AlertTitle. It returns typed expressions with their YAML
// nodes, and reports problems.
//
// The grammar follows Panther's public documentation: "Simple Detection Match
// Expression Reference", "Writing Simple Detections" and "Modifying Detections
// with Inline Filters".
//
// An expression has one of eight forms:
//
//	{All: [...]}                                          a combinator
//	{KeyPath: a.b, Condition: Equals, Value: x}           key and value
//	{KeyPath: a.b, Condition: IsIn, Values: [x, y]}       key and values
//	{Condition: Equals, Values: [{KeyPath: a}, {Key: b}]} two keys
//	{KeyPath: a.b, Condition: AnyElement, Expressions: …} a list comprehension
//	{KeyPath: a.b, Condition: Exists}                     existence, and other conditions without a value
//	{Condition: AlwaysTrue}                               absolute
//	{Enrichment: {Table: t, Selector: s, FieldPath: f}, Condition: …}
//
// Eval, and the methods of Spec, also evaluate expressions for an event. Their answer is true, false or
// unsure: everything that Panther's documentation and its own published rules leave open is unsure.
//
// The package has no state; all functions are safe for concurrent use.
package detection
