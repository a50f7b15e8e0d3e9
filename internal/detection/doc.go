// Package detection reads simple detections: the match expressions of
// Detection, InlineFilters and DynamicSeverities, the keys of GroupBy and
// AlertContext, and the placeholders of AlertTitle. It gives typed expressions
// with the YAML nodes they come from, and says what is wrong with them.
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
// Nothing in the package keeps state; all functions may be called concurrently.
package detection
