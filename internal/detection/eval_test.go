package detection_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/detection"
)

func event(t testing.TB, text string) any {
	t.Helper()
	v, err := detection.DecodeEvent([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// pluto is like the event of Panther's documentation.
const pluto = `{"status": "success", "date": "2006-08-24", "n": 5, "half": 2.5, "one": 1.0, "yes": true, "nothing": null, "blank": "", "zero": 0,
 "Name": "X", "ip": "54.8.222.250", "home": "10.0.1.100", "doc": "203.0.113.9", "mapped": "::ffff:10.0.0.1", "six": "fd00::1", "cidr": "10.0.0.0/8", "digits": "5", "word": "true",
 "none": [], "empty": {}, "tags": ["a", "bc"], "big": 9007199254740993, "street": "Straße",
 "entity": {"name": "Pluto", "diameter": {"distance": 2370}, "moons": [
  {"name": "Charon", "year": 1978, "by": ["James W. Christy"], "diameter": {"distance": 1212}},
  {"name": "Nix", "year": 2005, "by": ["H. A. Weaver", "S. A. Stern"], "diameter": {"distance": 49}}]},
 "p_enrichment": {"planets": {"status": {"kind": "dwarf"}, "several": [{"kind": "a"}]}}}`

// TestEval evaluates one expression of each documented form, and each doubtful case.
func TestEval(t *testing.T) {
	at := event(t, pluto)
	for _, c := range []struct{ expression, want string }{
		{`{KeyPath: status, Condition: Equals, Value: success}`, "true"},
		{`{Key: status, Condition: Equals, Value: failure}`, `false: status Equals "failure": the event has "success"`},
		{`{KeyPath: missing, Condition: Equals, Value: x}`, "false: missing Equals: the event has no such key"},
		{`{KeyPath: status, Condition: DoesNotEqual, Value: success}`, `false: status DoesNotEqual "success": the event has "success"`},
		{`{KeyPath: missing, Condition: DoesNotEqual, Value: x}`, "unsure: missing DoesNotEqual: the event has no such key, and Panther does not document whether a negative condition is true then"},
		{`{KeyPath: nothing, Condition: DoesNotEqual, Value: x}`, "unsure: nothing DoesNotEqual: the event has null there, and Panther does not document whether a negative condition is true then"},
		{`{KeyPath: nothing, Condition: Equals, Value: x}`, `false: nothing Equals "x": the event has null`},
		{`{KeyPath: n, Condition: Equals, Value: 5}`, "true"},
		{`{KeyPath: n, Condition: Equals, Value: 5.0}`, "unsure: n Equals: one number is an integer and the other is not, and Panther does not document whether they are equal"},
		{`{KeyPath: one, Condition: Equals, Value: 1}`, "unsure"},
		{`{KeyPath: one, Condition: Equals, Value: 1.0}`, "true"},
		{`{KeyPath: n, Condition: Equals, Value: "5"}`, "unsure: n Equals: the types differ, text and not text, and Panther does not document whether the values are equal"},
		{`{KeyPath: n, Condition: Equals, Value: "x"}`, "false"},
		{`{KeyPath: digits, Condition: Equals, Value: 5}`, "unsure"},
		{`{KeyPath: n, Condition: Equals, Value: true}`, "false"},
		{`{KeyPath: one, Condition: Equals, Value: true}`, "unsure: one Equals: Panther does not document whether true equals 1 and false equals 0"},
		{`{KeyPath: yes, Condition: Equals, Value: true}`, "true"},
		{`{KeyPath: yes, Condition: Equals, Value: false}`, "false"},
		{`{KeyPath: yes, Condition: Equals, Value: "true"}`, "unsure"},
		{`{KeyPath: big, Condition: Equals, Value: 9007199254740992}`, "unsure"},
		{`{KeyPath: status, Condition: IEquals, Value: SUCCESS}`, "true"},
		{`{KeyPath: street, Condition: IEquals, Value: STRASSE}`, "unsure: street IEquals: it is not clear which letters are the same without case"},
		{`{KeyPath: status, Condition: StartsWith, Value: suc}`, "true"},
		{`{KeyPath: status, Condition: IDoesNotStartWith, Value: SUC}`, "false"},
		{`{KeyPath: status, Condition: EndsWith, Value: suc}`, "false"},
		{`{KeyPath: n, Condition: StartsWith, Value: "5"}`, "unsure: n StartsWith: the event has 5, and Panther documents this condition for texts"},
		{`{KeyPath: n, Condition: DoesNotStartWith, Value: "7"}`, "unsure"},
		{`{KeyPath: n, Condition: StartsWith, Value: "7"}`, "false"},
		{`{KeyPath: status, Condition: Contains, Value: cc}`, "true"},
		{`{KeyPath: status, Condition: IContains, Value: CC}`, "true"},
		{`{KeyPath: tags, Condition: Contains, Value: a}`, "true"},
		{`{KeyPath: tags, Condition: DoesNotContain, Value: a}`, "false"},
		{`{KeyPath: tags, Condition: DoesNotContain, Value: z}`, "true"},
		{`{KeyPath: tags, Condition: IContains, Value: A}`, "unsure: tags IContains: the event has a list, and Panther documents this condition for texts"},
		{`{KeyPath: "entity.moons[*].name", Condition: Contains, Value: Nix}`, "true"},
		{`{KeyPath: tags, Condition: Contains, Value: b}`, "unsure: tags Contains: the event has a list, and Panther does not document whether a part of a value in it counts"},
		{`{KeyPath: tags, Condition: Contains, Value: z}`, "false"},
		{`{KeyPath: entity, Condition: Contains, Value: moons}`, "unsure"},
		{`{KeyPath: tags, Condition: Equals, Value: a}`, "unsure"},
		{`{KeyPath: entity, Condition: Equals, Value: a}`, "false"},
		{`{KeyPath: entity.name, Condition: IsIn, Values: [Mars, Pluto]}`, "true"},
		{`{KeyPath: entity.name, Condition: IsNotIn, Values: [Mars, Venus, Earth, Saturn]}`, "true"},
		{`{KeyPath: entity.name, Condition: IsIn, Values: [Mars, Venus, Earth, Saturn]}`, `false: entity.name IsIn ["Mars", "Venus", "Earth", …]: the event has "Pluto"`},
		{`{KeyPath: n, Condition: IsIn, Values: ["5", 5]}`, "true"},
		{`{KeyPath: n, Condition: IsIn, Values: ["5", 6]}`, "unsure"},
		{`{KeyPath: n, Condition: IsGreaterThan, Value: 4.5}`, "true"},
		{`{KeyPath: n, Condition: IsGreaterThanOrEquals, Value: 5}`, "true"},
		{`{KeyPath: n, Condition: IsLessThan, Value: 5}`, "false"},
		{`{KeyPath: n, Condition: IsLessThanOrEqual, Value: 5.0}`, "true"},
		{`{KeyPath: date, Condition: IsGreaterThan, Value: "2006-01-01"}`, `unsure: date IsGreaterThan: Panther documents the order of numbers only, not how "2006-08-24" compares with "2006-01-01"`},
		{`{KeyPath: missing, Condition: IsLessThan, Value: 5}`, "unsure: missing IsLessThan: the event has no such key, and Panther does not document how it compares with a value"},
		{`{Condition: IsGreaterThan, Values: [{KeyPath: entity.diameter.distance}, {KeyPath: "entity.moons[0].diameter.distance"}]}`, "true"},
		{`{Condition: Equals, Values: [{KeyPath: status}, {DeepKey: [entity, name]}]}`, "false"},
		{`{Condition: Equals, Values: [{KeyPath: status}, {KeyPath: missing}]}`, "unsure: status and missing Equals: Panther does not document the result unless the event has one value for each key"},
		{`{KeyPath: status, Condition: Exists}`, "true"},
		{`{KeyPath: zero, Condition: Exists}`, "true"},
		{`{KeyPath: missing, Condition: Exists}`, "false"},
		{`{KeyPath: missing, Condition: DoesNotExist}`, "true"},
		{`{KeyPath: nothing, Condition: Exists}`, "unsure: nothing Exists: the event has null there, and Panther does not document whether that exists"},
		{`{KeyPath: nothing, Condition: IsNull}`, "true"},
		{`{KeyPath: status, Condition: IsNotNull}`, "true"},
		{`{KeyPath: missing, Condition: IsNull}`, "true"},
		{`{KeyPath: missing, Condition: IsNotNullOrEmpty}`, "false: missing IsNotNullOrEmpty: the event has no such key"},
		{`{KeyPath: blank, Condition: IsNullOrEmpty}`, "true"},
		{`{KeyPath: none, Condition: IsNotNullOrEmpty}`, "false"},
		{`{KeyPath: zero, Condition: IsNullOrEmpty}`, "unsure: zero IsNullOrEmpty: Panther does not document whether 0 is empty"},
		{`{KeyPath: n, Condition: IsNotNullOrEmpty}`, "true"},
		{`{KeyPath: name, Condition: Exists}`, `unsure: name Exists: the event has "Name" in another case than "name"`},
		{`{KeyPath: ip, Condition: IsIPAddress}`, "true"},
		{`{KeyPath: ip, Condition: IsIPv6Address}`, "false"},
		{`{KeyPath: status, Condition: IsIPv4Address}`, "false"},
		{`{KeyPath: n, Condition: IsIPAddress}`, "unsure: n IsIPAddress: the event has 5, which some systems read as an IP address"},
		{`{KeyPath: ip, Condition: IsIPAddressPublic}`, "true"},
		{`{KeyPath: home, Condition: IsIPAddressPublic}`, "false"},
		{`{KeyPath: home, Condition: IsIPAddressPrivate}`, "true"},
		{`{KeyPath: six, Condition: IsIPAddressPrivate}`, "true"},
		{`{KeyPath: doc, Condition: IsIPAddressPublic}`, "unsure: doc IsIPAddressPublic: 203.0.113.9 is reserved for a special use, and Panther does not document whether it is public or private"},
		{`{KeyPath: mapped, Condition: IsIPAddressPrivate}`, "unsure"},
		{`{KeyPath: home, Condition: IsIPAddressInCIDR, Value: 10.0.0.0/8}`, "true"},
		{`{KeyPath: home, Condition: IsIPAddressNotInCIDR, Values: [192.168.0.0/16, 10.0.1.0/24]}`, "false"},
		{`{KeyPath: home, Condition: IsIPAddressInCIDR, Value: 10.0.0.1/8}`, "unsure: home IsIPAddressInCIDR: systems differ in how they read 10.0.1.100 or \"10.0.0.1/8\""},
		{`{KeyPath: status, Condition: IsIPAddressNotInCIDR, Value: 10.0.0.0/8}`, "unsure"},
		{`{KeyPath: cidr, Condition: CIDRContainsIPAddresses, Values: [10.1.1.1, 10.2.2.2]}`, "true"},
		{`{KeyPath: cidr, Condition: CIDRContainsIPAddresses, Values: [10.1.1.1, 9.2.2.2]}`, "unsure"},
		{`{KeyPath: cidr, Condition: CIDRDoesNotContainIPAddresses, Values: [9.2.2.2]}`, "true"},
		{`{KeyPath: "entity.moons[1].name", Condition: Equals, Value: Nix}`, "true"},
		{`{KeyPath: "entity.moons[7].name", Condition: Exists}`, "false"},
		{`{KeyPath: "entity.moons[-1].name", Condition: Exists}`, "unsure: entity.moons[-1].name Exists: Panther does not document negative indexes in a path"},
		{`{KeyPath: entity.moons.name, Condition: Exists}`, `unsure: entity.moons.name Exists: the path goes on with "name", but the event has a list there`},
		{`{KeyPath: "entity.moons[*].name", Condition: Equals, Value: Nix}`, "unsure: entity.moons[*].name Equals: Panther does not document whether any or all values of [*] must match"},
		{`{KeyPath: "entity.moons[*].name", Condition: Equals, Value: Io}`, "false"},
		{`{KeyPath: "entity.moons[*].name", Condition: DoesNotEqual, Value: Io}`, "true"},
		{`{KeyPath: "entity.moons[*].other", Condition: Equals, Value: Io}`, "unsure"},
		{`{KeyPath: entity.moons, Condition: AnyElement, Expressions: [{KeyPath: name, Condition: Equals, Value: Nix}, {KeyPath: year, Condition: IsGreaterThan, Value: 2000}]}`, "true"},
		{`{KeyPath: entity.moons, Condition: AnyElement, Expressions: [{KeyPath: name, Condition: Equals, Value: Charon}, {KeyPath: year, Condition: IsGreaterThan, Value: 2000}]}`,
			`false: none of the 2 elements matches; the first: entity.moons AnyElement: element 0: year IsGreaterThan 2000: the event has 1978`},
		{`{KeyPath: entity.moons, Condition: AllElements, Expressions: [{KeyPath: year, Condition: IsGreaterThan, Value: 1900}]}`, "true"},
		{`{KeyPath: entity.moons, Condition: OnlyOneElement, Expressions: [{KeyPath: year, Condition: IsGreaterThan, Value: 2000}]}`, "true"},
		{`{KeyPath: entity.moons, Condition: OnlyOneElement, Expressions: [{KeyPath: year, Condition: IsGreaterThan, Value: 1900}]}`, "false: 2 of the 2 elements match, not exactly one"},
		{`{KeyPath: entity.moons, Condition: NoElement, Expressions: [{KeyPath: year, Condition: IsGreaterThan, Value: 2000}]}`, "false: entity.moons NoElement: 1 of the 2 elements match, but none may"},
		{`{KeyPath: tags, Condition: AnyElement, Expressions: [{Condition: StartsWith, Value: b}]}`, "true"},
		{`{KeyPath: "entity.moons[*].name", Condition: AnyElement, Expressions: [{Condition: Equals, Value: Nix}]}`, "true"},
		{`{KeyPath: "entity.moons[*].by", Condition: AnyElement, Expressions: [{Condition: AnyElement, Expressions: [{Condition: EndsWith, Value: Stern}]}]}`, "true"},
		{`{KeyPath: none, Condition: AnyElement, Expressions: [{Condition: Equals, Value: b}]}`, "false: none AnyElement: the list is empty"},
		{`{KeyPath: none, Condition: AllElements, Expressions: [{Condition: Equals, Value: b}]}`, "unsure: none AllElements: the list is empty, and Panther does not document the result"},
		{`{KeyPath: missing, Condition: OnlyOneElement, Expressions: [{Condition: Equals, Value: b}]}`, "false"},
		{`{KeyPath: missing, Condition: NoElement, Expressions: [{Condition: Equals, Value: b}]}`, "unsure: missing NoElement: the event has no such list, and Panther does not document the result"},
		{`{KeyPath: status, Condition: AnyElement, Expressions: [{Condition: Equals, Value: b}]}`, `unsure: status AnyElement: the event has "success" there, not a list`},
		{`{Enrichment: {Table: planets, Selector: status, FieldPath: kind}, Condition: Equals, Value: dwarf}`, "true"},
		{`{Enrichment: {Table: planets, Selector: several, FieldPath: kind}, Condition: Equals, Value: a}`, `unsure: enrichment planets of several kind Equals: the enrichment of "several" is a list, not one row`},
		{`{Enrichment: {Table: stars, Selector: status, FieldPath: kind}, Condition: Exists}`, "false"},
		{`{Condition: AlwaysTrue}`, "true"},
		{`{Condition: AlwaysFalse}`, "false: AlwaysFalse never matches"},
		{`{Any: [{Condition: AlwaysFalse}, {Condition: AlwaysTrue}]}`, "true"},
		{`{Any: [{Condition: AlwaysFalse}, {KeyPath: missing, Condition: DoesNotEqual, Value: x}]}`, "unsure"},
		{`{All: [{Condition: AlwaysFalse}, {KeyPath: missing, Condition: DoesNotEqual, Value: x}]}`, "false"},
		{`{OnlyOne: [{Condition: AlwaysTrue}, {Condition: AlwaysTrue}, {KeyPath: missing, Condition: DoesNotEqual, Value: x}]}`, "false: 2 of the 3 expressions of OnlyOne match, not exactly one"},
		{`{OnlyOne: [{Condition: AlwaysTrue}, {Condition: AlwaysFalse}]}`, "true"},
		{`{None: [{Condition: AlwaysFalse}]}`, "true"},
		{`{None: [{Condition: AlwaysTrue}]}`, "false: 1 of the 1 expressions of None match, but none may"},
		{`{All: []}`, "unsure: All has no expressions, and Panther does not document what it is then"},
		{`{KeyPath: status, Condition: Eqals, Value: success}`, "unsure: a match expression has no known condition; pdac lint shows its problems"},
		{`{KeyPath: status, Condition: Equals}`, "unsure: status Equals: it has no value to compare with"},
		{`{KeyPath: status, Condition: Equals, Value: {KeyPath: date}}`, "unsure: status Equals: Panther does not document a key as the value to compare with"},
	} {
		list, _ := detection.Parse(parse(t, "["+c.expression+"]"), detection.InDetection)
		got := detection.Eval(list[0], at)
		text := got.Verdict.String()
		if strings.Contains(c.want, ": ") {
			text += ": " + got.Reason
		}
		if text != c.want {
			t.Errorf("%s\n got %s: %s\nwant %s", c.expression, got.Verdict, got.Reason, c.want)
		}
		if (got.Verdict == detection.True) != (got.Reason == "") {
			t.Errorf("%s: %s, reason %q", c.expression, got.Verdict, got.Reason)
		}
	}
}

// TestEvalSpec evaluates the parts of a rule.
func TestEvalSpec(t *testing.T) {
	s, problems := detection.Read(parse(t, `
Detection: [{KeyPath: a, Condition: Equals, Value: 1}, {KeyPath: b, Condition: Exists}]
InlineFilters: [All: []]
AlertTitle: "{a} by {who.name}!"
AlertContext: [{KeyName: user, KeyValue: {KeyPath: who.name}}]
DynamicSeverities:
  - {ChangeTo: Critical, Conditions: [{KeyPath: who.name, Condition: Equals, Value: root}]}
  - {ChangeTo: Low, Conditions: [{KeyPath: b, Condition: Equals, Value: 3}]}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct{ event, match, filter, severity, title, context string }{
		{`{"a": 1, "b": 2, "who": {"name": "root"}}`, "true", "true", "Critical", "1 by root!", `{"user":"root"}`},
		{`{"a": 2, "b": 3, "who": {"name": "me"}}`, "false", "true", "Low", "2 by me!", `{"user":"me"}`},
		{`{"a": 1, "who": {"name": "me"}}`, "false", "true", "High", "1 by me!", `{"user":"me"}`},
		{`{"a": 1.0, "b": 3.0}`, "unsure", "true",
			"b Equals: one number is an integer and the other is not, and Panther does not document whether they are equal",
			"AlertTitle {a}: Panther does not document how 1.0 is written in a title",
			"AlertContext user: the event has no such key, and Panther does not document what the context has then"},
		{`{"a": 1, "b": 3, "who": {"name": "root"}}`, "true", "true", "several entries of DynamicSeverities match, and Panther does not document which one counts", "1 by root!", `{"user":"root"}`},
		{`{"a": 1, "b": 2}`, "true", "true", "High", "AlertTitle {who.name}: the event has no such key, and Panther does not document what the title has then",
			"AlertContext user: the event has no such key, and Panther does not document what the context has then"},
	} {
		at := event(t, c.event)
		if got := s.Match(at).Verdict.String(); got != c.match {
			t.Errorf("%s: match %s", c.event, got)
		}
		if got := s.Filter(at).Verdict.String(); got != c.filter {
			t.Errorf("%s: filter %s", c.event, got)
		}
		severity, reason := s.SeverityFor(at, "High")
		if severity+reason != c.severity {
			t.Errorf("%s: severity %q, %s", c.event, severity, reason)
		}
		title, reason := s.TitleFor(at)
		if title+reason != c.title {
			t.Errorf("%s: title %q, %s", c.event, title, reason)
		}
		context, reason := s.ContextFor(at)
		text, _ := json.Marshal(context)
		if context == nil {
			text = []byte(reason)
		}
		if string(text) != c.context {
			t.Errorf("%s: context %s", c.event, text)
		}
	}
	for _, c := range []struct{ spec, want string }{
		{`{}`, "the rule has no match expressions"},
		{`{Detection: [{KeyPath: a, Condition: Equls, Value: 1}]}`, "the match expressions have problems; pdac lint shows them"},
	} {
		s, _ := detection.Read(parse(t, c.spec))
		if a := s.Match(event(t, `{}`)); a.Verdict != detection.Unsure || a.Reason != c.want {
			t.Errorf("%s: %+v", c.spec, a)
		}
	}
	s, _ = detection.Read(parse(t, `{AlertTitle: "{{a}}", DynamicSeverities: [{Conditions: []}], AlertContext: [{KeyName: x, KeyValue: {}}], InlineFilters: [{}]}`))
	_, severity := s.SeverityFor(nil, "High")
	_, title := s.TitleFor(nil)
	_, context := s.ContextFor(nil)
	if a := s.Filter(nil); severity == "" || title == "" || context == "" || a.Verdict != detection.Unsure {
		t.Errorf("%q, %q, %q, %+v", severity, title, context, a)
	}
}
