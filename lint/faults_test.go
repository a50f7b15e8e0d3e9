package lint_test

import (
	"regexp"
	"slices"
	"strings"
)

// fault is one way to break a repository. Its function breaks what a path names,
// or says that there is nothing to break.
type fault struct {
	rule, what string
	make       func(files map[string][]byte, path string) (broken, bool)
}

// broken is a repository with one fault: the files that differ (nil ones are
// gone), and where the fault must be found; on any line where line is 0.
type broken struct {
	files map[string][]byte
	path  string
	line  int
}

// in makes a fault by an expression, in files that another one matches: its
// first match becomes to, and the finding stands so many lines after the
// beginning of the match.
func in(rule, what string, where, find, to string, after int) fault {
	whereRE, re := regexp.MustCompile(`(?m)`+where), regexp.MustCompile(`(?m)`+find)
	return fault{rule, what, func(files map[string][]byte, p string) (broken, bool) {
		text := files[p]
		m := re.FindSubmatchIndex(text)
		if m == nil || !whereRE.MatchString("path: "+p+"\n"+string(text)) {
			return broken{}, false
		}
		out := slices.Concat(text[:m[0]], re.Expand(nil, []byte(to), text, m), text[m[1]:])
		if string(out) == string(text) {
			return broken{}, false
		}
		return broken{map[string][]byte{p: out}, p, 1 + strings.Count(string(text[:m[0]]), "\n") + after}, true
	}}
}

// anyLine is a fault of which the rule alone knows where it shows.
func anyLine(f fault) fault {
	inner := f.make
	f.make = func(files map[string][]byte, p string) (broken, bool) {
		b, ok := inner(files, p)
		b.line = 0
		return b, ok
	}
	return f
}

// appended is a fault of more lines at the end of a file, found so many lines in.
func appended(rule, what, where, lines string, after int) fault {
	re := regexp.MustCompile(`(?m)` + where)
	return fault{rule, what, func(files map[string][]byte, p string) (broken, bool) {
		text := string(files[p])
		if !re.MatchString("path: "+p+"\n"+text) || !strings.HasSuffix(text, "\n") {
			return broken{}, false
		}
		return broken{map[string][]byte{p: []byte(text + lines)}, p, 1 + strings.Count(text, "\n") + after}, true
	}}
}

// firstLine is the number of the first line that an expression matches.
func firstLine(text []byte, expr string) int {
	m := regexp.MustCompile(`(?m)` + expr).FindIndex(text)
	if m == nil {
		return 0
	}
	return 1 + strings.Count(string(text[:m[0]]), "\n")
}

// Where faults are made: the kinds of file.
const (
	aSpec  = `^AnalysisType:`
	aRule  = `^AnalysisType: rule\s`
	aQuery = `^AnalysisType: scheduled_query\s`
	// A template may bring what is missing.
	aWholeQuery  = `^AnalysisType: scheduled_query\s[^{]*\z`
	aGlobal      = `^AnalysisType: global\s`
	aModel       = `^AnalysisType: datamodel\s`
	aCorrelation = `^AnalysisType: correlation_rule\s`
	aPack        = `^AnalysisType: pack\s`
	tested       = `^Tests:`
	rulePy       = `^def rule\(event\):$`
	rulePyDef    = `^def rule\(event\):\n`
)

// planted are secrets, put together here so that none is in the source.
func planted() map[string]string {
	return map[string]string{
		"a GitHub token":  "gh" + "p_" + "9fK2mQ7xL4vB8nR3tW6yZ1cD5hJ0sG2aPq4E",
		"an AWS key":      "AK" + "IA" + "QX3LZN7VKPW2RT5M",
		"a Slack webhook": "https://hooks.slack.com/" + "services/T0Q3ZK8LM/B0R7WX2PN/k9Zt4LqW8xVb2RmC6yHs1PjD",
		"a password":      "https://bob:" + "h8Kq2vXz9" + "@db.acme.io/x",
	}
}

// faults lists the faults of every rule, for TestEveryFaultIsFound; those of the
// schema rules come from schemaFaults, too.
func faults() []fault {
	out := []fault{
		// Comments.
		in("PD001", "an ignore that hides nothing", aSpec, `^AnalysisType: (.*)$`, "AnalysisType: $1 # pdac:ignore PD105 -- none", 0),
		in("PD001", "an ignore in Python that hides nothing", rulePy, rulePyDef, "def rule(event): # pdac:ignore PD308 -- none\n", 0),
		in("PD002", "an ignore of an unknown rule", aSpec, `^AnalysisType: (.*)$`, "AnalysisType: $1 # pdac:ignore PD999 -- none", 0),
		in("PD003", "an ignore that is over", rulePy, rulePyDef, "def rule(event):\n    print(1) # pdac:ignore PD308 until=2020-01-01 -- soon\n", 1),
		in("PD004", "an ignore without a reason", rulePy, rulePyDef, "def rule(event):\n    print(1) # pdac:ignore PD308\n", 1),

		// YAML.
		in("PD101", "an unclosed quote", aSpec, `^DisplayName: "?(\w[^\n"']*)"?$`, `DisplayName: "$1`, 0),
		in("PD101", "a tab", aSpec, `^Tags:\n  - `, "Tags:\n\t- ", 1),
		in("PD101", "a second colon", aSpec, `^Enabled: (.*)$`, "Enabled: a: b: $1", 0),
		in("PD101", "a character of no use", aSpec, `^Enabled: (.*)$`, "Enabled: @$1", 0),
		in("PD101", "an alias of nothing", aSpec, `^Severity: (.*)$`, "Severity: *low", 0),
		in("PD101", "bytes that are no UTF-8", aSpec, `^Severity: (.*)$`, "Severity: \xff\xfe", 0),
		in("PD102", "a key twice", aSpec, `^Severity: (.*)$`, "Severity: $1\nSeverity: $1", 1),
		in("PD102", "an event's key twice", tested, `^(\s+)ExpectedResult: (\w+)$`, "${1}ExpectedResult: $2\n${1}ExpectedResult: $2", 1),
		in("PD107", "an unknown severity", aSpec, `^Severity: "?(\w+)"?$`, "Severity: Very$1", 0),
		in("PD107", "a loud severity", aSpec, `^Severity: "?(High|Low|Info)"?$`, "Severity: very high", 0),
		in("PD108", "a bracket in an id", aSpec, `^(RuleID|QueryName|PolicyID): "?(\w+)([\w. ]*)"?$`, "$1: $2>$3", 0),
		in("PD114", "a key without a value", aRule, `^Runbook: \w.*$`, "Runbook:", 0),
		in("PD115", "a global that can't be imported", aGlobal, `^GlobalID: (\w+)$`, "GlobalID: $1-more", 0),
		in("PD115", "a body that is no Python", aSpec, `^Filename: (\w+)\.py$`, "Filename: $1.js", 0),
		in("PD111", "an unknown minute", aQuery, `^  CronExpression: .*$`, `  CronExpression: "61 * * * *"`, 0),
		in("PD111", "a day that never comes", aQuery, `^  CronExpression: .*$`, `  CronExpression: "0 0 31 2 *"`, 0),
		in("PD113", "an unknown resource", `^AnalysisType: policy`, `(AWS\.\w+\.\w+)$`, "${1}x", 0),
		in("PD116", "the title of a simple rule in a rule in Python", `^AnalysisType: rule\s(?:[^D]|D[^e]|De[^t])*\z`, `^Severity: (.*)$`, "AlertTitle: x\nSeverity: $1", 0),
		in("PD116", "a filter in a scheduled rule", `^AnalysisType: scheduled_rule\s`, `^Severity: (.*)$`, "InlineFilters: [{KeyPath: a, Condition: Exists}]\nSeverity: $1", 0),

		// References.
		in("PD202", "a Filename of nothing", aSpec, `^Filename: "?(\w+)\.py"?$`, "Filename: ${1}_gone.py", 0),
		in("PD202", "a Filename outside", aSpec, `^Filename: "?(\w+)\.py"?$`, "Filename: ../../../$1.py", 0),
		in("PD205", "an unknown query", `^AnalysisType: scheduled_rule`, `^ScheduledQueries: \[(.*)\]$|^ScheduledQueries:\n  +- .*$`, "ScheduledQueries: [No such query]", 0),
		in("PD206", "an unknown id", aPack, `^    - "?([\w.]*)"?$`, "    - $1.Gone", 0),
		anyLine(in("PD207", "a pack without a global", aPack, `^    - (acme_\w+|global_filter_\w+|panther_base_helpers)\n`, "", 0)),
		anyLine(in("PD208", "a pack without a data model", `^path: packs/(?:aws|acme_core)\.yml$`, `^    - "?(Acme\.AWS\.CloudTrail|Acme\.Okta\.SystemLog|Standard\.AWS\.CloudTrail)"?\n`, "", 0)),
		in("PD209", "an unknown Method", aModel, `^    Method: (\w+)$`, "    Method: ${1}_gone", 0),
		in("PD212", "an unknown base", `^BaseDetection:`, `^BaseDetection: (.*)$`, "BaseDetection: No.Such.Rule", 0),
		in("PD214", "a global with the name of a module", aGlobal, `^GlobalID: (\w+)$`, "GlobalID: json", 0),
		in("PD213", "an unknown part", `^AnalysisType: correlation_rule`, `^( +)RuleID: (.*)$`, "${1}RuleID: No.Such.Rule", 0),

		// Python.
		in("PD301", "no colon", rulePy, rulePyDef, "def rule(event)\n", 0),
		in("PD301", "an unclosed bracket", rulePy, rulePyDef, "def rule(event:\n", 0),
		in("PD301", "an unclosed string", rulePy, rulePyDef, "def rule(event):\n    x = \"open\n", 1),
		in("PD301", "no indentation", rulePy, rulePyDef, "def rule(event):\nreturn 1\n", 1),
		in("PD301", "too much indentation", rulePy, rulePyDef, "def rule(event):\n    x = 1\n      y = 2\n", 2),
		in("PD301", "a bracket of another kind", rulePy, rulePyDef, "def rule(event):\n    x = (1, 2]\n", 1),
		in("PD301", "a statement that is none", rulePy, rulePyDef, "def rule(event):\n    retrun event\n", 1),
		in("PD301", "a return outside a function", rulePy, rulePyDef, "return 1\n\ndef rule(event):\n", 0),
		in("PD301", "a break outside a loop", rulePy, rulePyDef, "def rule(event):\n    break\n", 1),
		in("PD301", "a parameter twice", rulePy, rulePyDef, "def rule(event, event):\n", 0),
		in("PD301", "a value for a number", rulePy, rulePyDef, "def rule(event):\n    1 = event\n", 1),
		in("PD301", "an assignment for a comparison", rulePy, rulePyDef, "def rule(event):\n    if event = 1:\n        pass\n", 1),
		in("PD301", "a nonlocal of nothing", rulePy, rulePyDef, "def rule(event):\n    nonlocal x\n", 1),
		in("PD301", "await outside async", rulePy, rulePyDef, "def rule(event):\n    await event\n", 1),
		in("PD301", "an unclosed field of an f-string", rulePy, rulePyDef, "def rule(event):\n    x = f\"{event\"\n", 1),
		in("PD301", "a later Python", rulePy, rulePyDef, "type Name = str\n\ndef rule(event):\n", 0),
		in("PD301", "Python 2", rulePy, rulePyDef, "def rule(event):\n    print \"x\"\n", 1),
		in("PD301", "else without if", rulePy, rulePyDef, "def rule(event):\n    else:\n        pass\n", 1),
		anyLine(in("PD302", "rule by another name", rulePy, `^def rule\(`, "def the_rule(", 0)),
		anyLine(in("PD302", "policy by another name", `^def policy\(`, `^def policy\(`, "def the_policy(", 0)),
		in("PD303", "two parameters", rulePy, rulePyDef, "def rule(event, context):\n", 0),
		in("PD303", "no parameter", rulePy, rulePyDef, "def rule():\n", 0),
		in("PD303", "async", rulePy, rulePyDef, "async def rule(event):\n", 0),
		in("PD303", "title with two parameters", `^def title\(event\):$`, `^def title\(event\):$`, "def title(event, more):", 0),
		in("PD304", "titel", rulePy, `^def title\(`, "def titel(", 0),
		in("PD304", "Title", rulePy, `^def title\(`, "def Title(", 0),
		in("PD304", "alert_contxt", rulePy, `^def alert_context\(`, "def alert_contxt(", 0),
		in("PD304", "dedupe", rulePy, `^def dedup\(`, "def dedupe(", 0),
		in("PD305", "an unknown module", rulePy, rulePyDef, "import no_such_module\n\n\ndef rule(event):\n", 0),
		in("PD305", "an unknown part of a module", rulePy, rulePyDef, "def rule(event):\n    from no_such.module import x\n", 1),
		in("PD306", "a name that the global doesn't have", rulePy, `^from (acme_\w+|panther_base_helpers) import (\w+)`, "from $1 import no_such_$2", 0),
		in("PD308", "a print", rulePy, rulePyDef, "def rule(event):\n    print(event)\n", 1),
		in("PD309", "eval", rulePy, rulePyDef, "def rule(event):\n    eval(event.get(\"x\"))\n", 1),
		in("PD309", "a file", rulePy, rulePyDef, "def rule(event):\n    open(\"/etc/passwd\")\n", 1),
		in("PD309", "the network", rulePy, rulePyDef, "def rule(event):\n    import requests\n    requests.get(\"https://example.com\")\n", 2),
		in("PD309", "another program", rulePy, rulePyDef, "def rule(event):\n    import os\n    os.system(\"ls\")\n", 2),
		in("PD310", "event[]", rulePy, rulePyDef, "def rule(event):\n    x = event[\"no_such_key\"]\n", 1),
		in("PD311", "a bare except", rulePy, rulePyDef, "def rule(event):\n    try:\n        pass\n    except:\n        pass\n", 3),
		in("PD312", "a mock of nothing", tested, `objectName: "?(\w+)"?$`, "objectName: no_such_thing", 0),
		appended("PD313", "an unknown severity", rulePy, "\n\ndef severity(_):\n    return \"HUGE\"\n", 3),
		anyLine(appended("PD314", "a title that is a number", rulePy, "\n\ndef title(_):\n    return 1\n", 3)),
		anyLine(appended("PD315", "rule twice", rulePy, "\n\ndef rule(event):\n    return event.get(\"x\") == 1\n", 2)),

		// Simple detections.
		in("PD351", "an unknown condition", aRule, `Condition: ([A-Z])(\w+)`, "Condition: ${1}x$2", 0),
		in("PD352", "a condition without its value", `^Detection:`, `Condition: Equals, Value: \w+`, "Condition: Equals", 0),
		in("PD352", "a list where one is taken", `^Detection:`, `Condition: Equals, Value: \w+`, "Condition: Equals, Value: [a, b]", 0),
		in("PD353", "a path that can't be read", `^Detection:`, `KeyPath: (\w)`, "KeyPath: ..$1", 0),
		in("PD353", "no key at all", `^Detection:`, `KeyPath: [\w.]+, `, "", 0),
		in("PD354", "an unknown combinator", `^Detection:`, `^(\s+- )All:$`, "${1}Al:", 0),
		in("PD354", "a key that means nothing", `^Detection:`, `KeyPath: (\w)`, "Keypath: $1", 0),
		in("PD355", "a placeholder without end", `^Detection:`, `^AlertTitle: (.*)\}`, "AlertTitle: $1", 0),
		in("PD356", "an unknown filter", `^AnalysisType: rule\s(?:[^I]|I[^n])*\z`, `^Severity: (.*)$`, "InlineFilters:\n  - {KeyPath: a, Condition: IStartsWith, Value: b}\nSeverity: $1", 1),
		in("PD357", "a path as a key", `^Detection:`, `KeyPath: (\w+\.)`, "Key: $1", 0),
		anyLine(in("PD358", "a severity that changes nothing", `^AnalysisType: rule\s(?:[^D\n].*\n|D[^y\n].*\n)*Detection:`, `^Severity: (\w+)$([^$]*\n)DynamicSeverities:\n(?:[ \-].*\n)+`, "Severity: $1${2}DynamicSeverities: [{ChangeTo: $1, Conditions: [{Key: a, Condition: Exists}]}]\n", 0)),

		// Tests.
		anyLine(in("PD401", "no tests", `^def|^AnalysisType: rule[^$]*^Tests:`, `^Tests:\n(?:[ \-#}].*(?:\n|\z)|\n)+`, "", 0)),
		in("PD404", "an event that is a text", tested, `^    Log: \{.*\}$`, "    Log: [text]", 0),
		in("PD405", "a mock without its value", tested, `^( +)- objectName: (.*)\n +returnValue: `, "$1- returnValue: ", 0),
		in("PD405", "mocks that are one", tested, `^( +)Mocks:\n(?: +- objectName.*\n +returnValue: "?[\w.]+"?\n)+`, "${1}Mocks: text\n", 0),
		in("PD406", "a log type of another rule", aRule, `(p_log_type"?: "?)[\w.]+`, `${1}No.Such`, 0),

		// Metadata.
		in("PD501", "no tactic", aSpec, `TA\d{4}:(T\d{4})`, "$1", 0),
		in("PD501", "three digits", aSpec, `TA0(\d{3}):(T\d{4})`, "TA$1:$2", 0),
		in("PD501", "a dash", aSpec, `(TA\d{4}):(T\d{4})`, "$1-$2", 0),
		in("PD502", "an unknown technique", aSpec, `(TA\d{4}):T\d{4}(\.\d{3})?`, "$1:T9999", 0),
		in("PD502", "an unknown sub-technique", aSpec, `(TA\d{4}):(T\d{4})(\.\d{3})?`, "$1:$2.999", 0),
		in("PD502", "an unknown tactic", aSpec, `TA\d{4}:(T\d{4})`, "TA9999:$1", 0),
		in("PD503", "a tactic of another technique", aSpec, `TA\d{4}:T\d{4}(\.\d{3})?`, "TA0043:T1078", 0),
		in("PD504", "a revoked technique", aSpec, `TA\d{4}:T\d{4}(\.\d{3})?`, "TA0005:T1089", 0),
		in("PD504", "a deprecated technique", aSpec, `TA\d{4}:T\d{4}(\.\d{3})?`, "TA0005:T1108", 0),
		anyLine(in("PD505", "no runbook", `^Severity: "?(High|Critical)"?$`, `^Runbook: (\w.*)\n`, "", 0)),
		anyLine(in("PD506", "no reference", `^Severity: "?(High|Critical)"?$`, `^Reference: (.*)\n`, "", 0)),
		anyLine(in("PD507", "no description", `^Severity: "?(High|Critical)"?$`, `^Description: (\w.*)\n`, "", 0)),
		anyLine(in("PD508", "no runbook", `^Severity: "?(Low|Medium|Info)"?$`, `^Runbook: (\w.*)\n`, "", 0)),
		in("PD510", "a table without its database", aQuery, `(?i)FROM panther_logs\.public\.(\w+)$`, "FROM $1", 0),
		in("PD510", "a table of two parts", aQuery, `(?i)FROM panther_logs\.public\.(\w+)$`, "FROM panther_logs.$1", 0),
		anyLine(in("PD511", "no bound of time", `^AnalysisType: scheduled_query\s(?:[^p]|p[^_]|p_[^e])*\z`, `(?i)WHERE p_occurs_since\([^)]*\)`, "WHERE 1 = 1", 0)),
		in("PD513", "every column", aQuery, `(?i)^(\s*)SELECT\n(?s:.*?)\n\s*FROM panther_logs`, "${1}SELECT *\n${1}FROM panther_logs", 0),
		anyLine(in("PD514", "an unclosed bracket", aWholeQuery, `(?i)^(\s*)WHERE `, "${1}WHERE (", 0)),
		in("PD514", "an unclosed quote", aQuery, `(?i)p_occurs_since\('([^']*)'\)`, "p_occurs_since('$1)", 0),
		in("PD514", "two commas", aQuery, `(?i)p_occurs_since\(('[^']*')\)`, "p_occurs_since($1,, x)", 0),
		in("PD514", "AND twice", aQuery, `(?i)(p_occurs_since\('[^']*'\))`, "$1 AND AND x = 1", 0),
		in("PD514", "IS NOT a number", aQuery, `(?i)(p_occurs_since\('[^']*'\))`, "$1 AND x IS NOT 5", 0),
		in("PD514", "a comment of another language", aQuery, `(?i)(p_occurs_since\('[^']*'\))`, "$1 # why\n", 0),
		in("PD514", "a comma and no table", aQuery, `(?i)^(.*FROM panther_logs\.public\.\w+)$`, "$1,", 0),

		// Security.
		in("PD602", "an address", tested, `^( +)Log:\n( +)(\w+:)`, "${1}Log:\n${2}planted: pat.quill@quillworks.io\n$2$3", 1),
		in("PD603", "writing that turns", aSpec, `^(DisplayName: .*\w)("?)$`, "$1\u202e$2", 0),
		in("PD603", "a space that can't be seen", aSpec, `^(RuleID: .*\w)("?)$`, "$1\u200b$2", 0),
		in("PD603", "a comment that turns", rulePy, rulePyDef, "def rule(event):\n    # a \u2066 b\n", 1),
		in("PD604", "an account", tested, `^( +)Log:\n( +)(\w+:)`, "${1}Log:\n${2}accountId: \"604518297736\"\n$2$3", 1),

		// Correlation rules.
		in("PD117", "a transition from nowhere", aCorrelation, `^( +)From: (.*)$`, "${1}From: no such part", 0),
		in("PD117", "a transition to nowhere", aCorrelation, `^( +)To: (.*)$`, "${1}To: no such part", 0),
		in("PD117", "a part of a group that is none", aCorrelation, `GroupID: (.*)$`, "GroupID: no such part", 0),
		in("PD117", "a transition against the order", aCorrelation, `^( +)From: (.*)\n( +)To: (.*)$`, "${1}From: $4\n${3}To: $2", 0),
		in("PD118", "a short window", aCorrelation, `^( +)LookbackWindowMinutes: .*$`, "${1}LookbackWindowMinutes: 1", 0),
		in("PD409", "the output of no part", aCorrelation, `^( +RuleOutputs:\n +- ID): (.*)$`, "$1: no such part", 1),

		in("PD410", "an indicator field", `^SummaryAttributes:$`, `^SummaryAttributes:\n( +)- `, "SummaryAttributes:\n${1}- p_any_ip_address\n${1}- ", 1),
		in("PD410", "a key in another case", `^SummaryAttributes:$`, `^  - sourceIPAddress$`, "  - sourceIpAddress", 0),

		in("PD005", "a tuning without a reason", aSpec, `^Enabled: `, "# pdac:tuning owner=ada\nEnabled: ", 0),
		in("PD006", "a tuning that has expired", aSpec, `^Enabled: `, "# pdac:tuning INC-91 owner=ada until=2020-01-01\nEnabled: ", 0),
		in("PD119", "quotes in quotes", aSpec, `^DisplayName: "?(\w.*\w)"?$`, `DisplayName: "'$1'"`, 0),
		in("PD119", "a blank at the end of an id", aSpec, `^RuleID: "?(\w.*\w)"?$`, `RuleID: "$1 "`, 0),
		in("PD120", "a bracket that is not closed", aModel, `Path: "?([\w.$]+)"?`, `Path: "$1["`, 0),
		in("PD518", "a slip", aSpec, `^DisplayName: "?(\w.*\w)"?$`, `DisplayName: "$1 occured"`, 0),
		in("PD215", "a log type with a letter too many", `^LogTypes:\n  - AWS.CloudTrail$`, `^  - AWS.CloudTrail$`, "  - AWS.CloudTrails", 0),
		in("PD411", "a day that is none", tested, `^( +)Log:\n( +)(\w+:)`, "${1}Log:\n${2}planted: \"2026-02-30T00:00:00Z\"\n$2$3", 1),
		in("PD411", "a lone quote", tested, `^( +)Log:\n( +)(\w+:)`, "${1}Log:\n${2}planted: bob@example.com\"\n$2$3", 1),
		in("PD516", "a time filter on one side", aQuery, `(?i)WHERE (p_occurs_since\('[^']*'\))`, "WHERE 1 = 2 OR $1", 0),
		in("PD517", "no URL", aSpec, `^Reference: .*$`, "Reference: reference.link", 0),

		// newrule adds faults above this line.
	}
	out = append(out, pythonFaults()...)
	for what, text := range planted() {
		out = append(out,
			in("PD601", what+" in a spec", aSpec, `^Enabled: `, "# "+text+"\nEnabled: ", 0),
			in("PD601", what+" in Python", rulePy, rulePyDef, "def rule(event):\n    x = \""+text+"\"\n", 1))
		if what != "an AWS key" {
			out = append(out, in("PD601", what+" in a test", tested, `^( +)Log:\n( +)(\w+:)`, "${1}Log:\n${2}planted: "+text+"\n$2$3", 1))
		}
	}
	slices.SortStableFunc(out, func(a, b fault) int { return strings.Compare(a.rule+a.what, b.rule+b.what) })
	return append(out, repositoryFaults()...)
}

// isSpec reports whether a path is that of a spec of some kind.
func isSpec(files map[string][]byte, p, kind string) bool {
	return regexp.MustCompile(`(?m)` + kind).Match(files[p])
}

// hasFault reports whether a rule has a fault in the list.
func hasFault(rule string) bool {
	return slices.ContainsFunc(faults(), func(f fault) bool { return f.rule == rule })
}
