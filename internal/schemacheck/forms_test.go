package schemacheck_test

import (
	"strings"
	"testing"
)

// TestProblemsOfForms: keys of other kinds, and the forms that only some kinds
// have.
func TestProblemsOfForms(t *testing.T) {
	for _, tc := range []struct {
		name, src string
		want      []string
	}{
		{"keys of other kinds", rule + "ResourceTypes: [AWS.S3.Bucket]\nScheduledQueries: [Q]\nSuppressions: [x]\nQuery: select 1\nMappings: []\n", []string{
			`7:1 unknown-key unknown key "ResourceTypes" | only policies have "ResourceTypes"; a rule has "LogTypes"`,
			`8:1 exclusive "LogTypes" and "ScheduledQueries" can't be used together | remove one of them`,
			`9:1 unknown-key unknown key "Suppressions" | only policies have "Suppressions", and it has no effect in a rule; remove it`,
			`10:1 unknown-key unknown key "Query" | only queries and lookup tables have "Query", and it has no effect in a rule; remove it`,
			`11:1 unknown-key unknown key "Mappings" | only data models have "Mappings", and it has no effect in a rule; remove it`}},
		{"keys of rules on a policy", policy + "LogTypes: [A]\nThreshold: 5\nDedupPeriodMinutes: 60\nInlineFilters: []\nGroupBy: []\n", []string{
			`7:1 unknown-key unknown key "LogTypes" | only rules and data models have "LogTypes"; a policy has "ResourceTypes"`,
			`8:1 unknown-key unknown key "Threshold" | only rules have "Threshold", and it has no effect in a policy; remove it`,
			`9:1 unknown-key unknown key "DedupPeriodMinutes" | only rules have "DedupPeriodMinutes", and it has no effect in a policy; remove it`,
			`10:1 unknown-key unknown key "InlineFilters" | only rules have "InlineFilters", and it has no effect in a policy; remove it`,
			`11:1 unknown-key unknown key "GroupBy" | only rules have "GroupBy", and it has no effect in a policy; remove it`}},
		{"keys of other kinds on a correlation rule", correlation + "LogTypes: [A]\nResourceTypes: [A]\nSuppressions: [A]\n", []string{
			`14:1 unknown-key unknown key "LogTypes" | only rules and data models have "LogTypes", and it has no effect in a correlation rule; remove it`,
			`15:1 unknown-key unknown key "ResourceTypes" | only policies have "ResourceTypes", and it has no effect in a correlation rule; remove it`,
			`16:1 unknown-key unknown key "Suppressions" | only policies have "Suppressions", and it has no effect in a correlation rule; remove it`}},
		{"keys of other kinds elsewhere", "AnalysisType: global\nGlobalID: a\nFilename: a.py\nSeverity: Low\nDisplayName: x\n", []string{
			`4:1 unknown-key unknown key "Severity" | only rules and policies have "Severity", and it has no effect in a global; remove it`,
			`5:1 unknown-key unknown key "DisplayName" | the keys of a global are AnalysisType, BaseVersion, CreatedBy, Description, Filename, GlobalID, Reference, Status and Tags`}},
		{"BaseVersion in quotes", rule + "BaseVersion: '2'\n", []string{
			`7:14 wrong-type "BaseVersion" must be a whole number, not "2" | remove the quotes [2 2]`}},
		{"BaseVersion where Panther has none", "AnalysisType: pack\nPackID: A\nPackDefinition: {IDs: [x]}\nBaseVersion: 1\n", []string{
			`4:1 unknown-key unknown key "BaseVersion" | the keys of a pack are AnalysisType, Description, DisplayName, PackDefinition and PackID`}},
		{"BaseVersion of a prompt", prompt + "BaseVersion: 1\n", []string{
			`7:1 unknown-key unknown key "BaseVersion" | the keys of a scheduled prompt are AnalysisType, Description, DisplayName, Enabled, OutputLength, Private, PromptName, PromptText, RunAsUser and Schedule`}},
		{"an invented form of prompt", strings.Replace(prompt, "PromptText", "Prompt", 1), []string{
			`4:1 unknown-key unknown key "Prompt" | use "PromptText"`}},
		{"a prompt without its keys", "AnalysisType: scheduled_prompt\nPromptName: a\n", []string{
			`1:1 missing-key the scheduled prompt has no "DisplayName" | add it`,
			`1:1 missing-key the scheduled prompt has no "PromptText" | add it`,
			`1:1 missing-key the scheduled prompt has no "RunAsUser" | add it`,
			`1:1 missing-key the scheduled prompt has no "Schedule" | add it`}},
		{"a prompt with a readable name", strings.Replace(prompt, "weekly_review", "Weekly Review", 1), []string{
			`2:13 wrong-form "PromptName" can't be "Weekly Review" | a PromptName is a lower-case letter, then lower-case letters, digits and _; the readable name is the DisplayName`}},
		{"a prompt of another length", prompt + "OutputLength: large\nTags: [x]\n", []string{
			`7:15 bad-value "OutputLength" can't be "large" | did you mean "largest"? It must be small, medium or largest`,
			`8:1 unknown-key unknown key "Tags" | the keys of a scheduled prompt are AnalysisType, Description, DisplayName, Enabled, OutputLength, Private, PromptName, PromptText, RunAsUser and Schedule`}},
		{"a prompt that runs too often", strings.Replace(prompt, "60", "4", 1), []string{
			`6:25 out-of-range "RateMinutes" of "Schedule" must be at least 5, not 4 | use a larger number`}},
		{"a table without its schema", lookup + "Filename: a.csv\n", []string{
			`1:1 missing-key the lookup table has no "Schema" | name the log schema for its rows; only a table that is made by SQL needs none`}},
		{"SQL and a schema", lookup + "Query: select 1\nSchema: S\nRefresh: {PeriodMinutes: 60}\n", []string{
			`6:1 exclusive "Query" and "Schema" can't be used together | the columns of "Query" are the schema; remove "Schema"`}},
		{"SQL of a dialect, a schema and a file", lookup + "AthenaQuery: select 1\nFilename: a.csv\nSchema: S\n", []string{
			`1:1 missing-key the lookup table has no "Refresh" | add it`,
			`6:1 exclusive "AthenaQuery" and "Filename" can't be used together | remove one of them`,
			`7:1 exclusive "AthenaQuery" and "Schema" can't be used together | the columns of "AthenaQuery" are the schema; remove "Schema"`}},
		{"a number for a cron expression", lookup + "Query: select 1\nRefresh: {CronExpression: 5}\n", []string{
			`6:27 wrong-type "CronExpression" of "Refresh" must be a string, not the number 5 | put it in quotes: "5" [2 "5"]`}},
		{"SQL that never runs", lookup + "Query: select 1\n", []string{
			`1:1 missing-key the lookup table has no "Refresh" | add it`}},
		{"SQL without a time", lookup + "SnowflakeQuery: select 1\nRefresh: {ObjectPath: x}\n", []string{
			`6:1 missing-key "Refresh" has no "PeriodMinutes" | add it`}},
		{"a table without rows", lookup + "Schema: S\n", []string{
			`1:1 missing-key the lookup table has no rows | add "Filename" (a file), "Refresh" (a bucket), or SQL`}},
		{"an email to nobody", scheduled + "EmailConfig: {SendEmpty: true}\n", []string{
			`8:1 missing-key "EmailConfig" has no "Recipients" | add it`}},
		{"a private prompt", prompt + "Private: true\n", []string{
			`7:10 bad-value "Private" can't be true | use false`}},
		{"two times of refresh", lookup + "Query: select 1\nRefresh: {PeriodMinutes: 60, CronExpression: 0 * * * *}\n", []string{
			`6:11 exclusive "CronExpression" and "PeriodMinutes" can't be used together in "Refresh" | remove one of them`}},
		{"an indicator without its field", lookup + "Query: select 1\nIndicators: [{Indicators: [ip]}]\nValidations: [{Field: a}]\nRefresh: {CronExpression: 0 * * * *}\n", []string{
			`6:14 missing-key entry 1 of "Indicators" has no "Field" | add it`,
			`7:15 missing-key entry 1 of "Validations" has no "Validations" | add it`}},
		{"a number for a cron expression of a query", strings.Replace(scheduled, "RateMinutes: 60", "CronExpression: 5", 1), []string{
			`6:19 wrong-type "CronExpression" of "Schedule" must be a string, not the number 5 | put it in quotes: "5" [2 "5"]`}},
		{"a window in minutes", scheduled + "LookbackWindowMinutes: 5\n", []string{
			`8:1 unknown-key unknown key "LookbackWindowMinutes" | use "LookbackWindowSeconds"`}},
		{"email", scheduled + "EmailConfig: {Recipients: soc@acme.example.com, SendEmpty: yes, Attach: true}\n", []string{
			`8:27 wrong-type "Recipients" of "EmailConfig" must be a list, not "soc@acme.example.com" | write it as a list with one entry: ["soc@acme.example.com"] [2 ["soc@acme.example.com"]]`,
			`8:60 wrong-type "SendEmpty" of "EmailConfig" must be true or false, not "yes" | YAML reads "yes" as a string here; use true [2 true]`,
			`8:65 unknown-key unknown key "Attach" in "EmailConfig" | the keys are PreferAttachment, Recipients and SendEmpty`}},
		{"mocks", rule + "Tests: [{Name: a, ExpectedResult: true, Log: {}, Mocks: [{objectName: a}, {objectName: b, returnValue: 5}, {objectName: c, returnValue: }, {objectName: d, returnValue: [1]}, {objectName: e, returnValue: 2020-01-01}, {objectName: f, returnValue: 1.5}]}]\n", []string{
			`7:58 missing-key mock 1 of test 1 has no "returnValue" | add it: a string, true or false`,
			`7:104 wrong-type "returnValue" of mock 2 of test 1 must be a string, true or false, not the number 5 | put it in quotes: "5" [2 "5"]`,
			`7:124 missing-key "returnValue" of mock 3 of test 1 has no value | add a value: a string, true or false`,
			`7:156 wrong-type "returnValue" of mock 4 of test 1 must be a string, true or false, not a list | write it as JSON in quotes, such as '{"a": 1}'`,
			`7:246 wrong-type "returnValue" of mock 6 of test 1 must be a string, true or false, not the number 1.5 | put it in quotes: "1.5" [2 "1.5"]`}},
		{"a keyword as a module", "AnalysisType: global\nGlobalID: class\nFilename: a.py\n", []string{
			`2:11 wrong-form "GlobalID" "class" can't be imported | it is a keyword of Python; use another name`}},
	} {
		t.Run(tc.name, func(t *testing.T) { compareProblems(t, tc.src, tc.want) })
	}
}
