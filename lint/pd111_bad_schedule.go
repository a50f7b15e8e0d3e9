package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pdac-dev/pdac/internal/schemacheck"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/robfig/cron/v3"
	"gopkg.in/yaml.v3"
)

// rulePD111 finds schedules that Panther can't run.
func rulePD111() Rule {
	return Rule{
		ID: "PD111", Name: "bad-schedule", Severity: Error, Broken: true,
		Doc: Doc{
			What: "A schedule is invalid: `RateMinutes` is less than 2 or less than `TimeoutMinutes`, or `CronExpression` can't be parsed or never matches a date.",
			Why:  "Panther rejects the schedule, or the query never runs and the rules over its results never match.",
			Bad: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Enabled: true
Query: SELECT 1
Schedule:
  CronExpression: 0 24 * * *
  TimeoutMinutes: 5
`,
			Good: `
-- queries/logins.yml --
AnalysisType: scheduled_query
QueryName: Acme Logins
Enabled: true
Query: SELECT 1
Schedule:
  CronExpression: 0 0 * * *
  TimeoutMinutes: 5
`,
		},
		Spec: pd111,
	}
}

func pd111(p *SpecPass) {
	reportSchema(p, schemacheck.OutOfRange, inSchedule)
	schedules(p.Root, func(s *yaml.Node) {
		rateAndTimeout(p, s)
		if c := yamlcore.Lookup(s, "CronExpression"); c != nil && c.Kind == yaml.ScalarNode {
			if text, ok := scalarText(c); ok {
				if why, hint := badCron(text); why != "" {
					p.ReportNode(c, "%s", why).Hint = hint
				}
			}
		}
	})
}

func inSchedule(at schemacheck.Path) bool {
	return at.Within("Schedule", "*") || at.Within("Detection", "[]", "Schedule", "*")
}

// schedules visits the schedule of a query or a prompt, that of a lookup table, or
// those of a correlation rule.
func schedules(root *yaml.Node, visit func(*yaml.Node)) {
	for _, key := range []string{"Schedule", "Refresh"} {
		if s := yamlcore.Lookup(root, key); s != nil {
			visit(s)
		}
	}
	d := yamlcore.Lookup(root, "Detection")
	if d == nil || d.Kind != yaml.SequenceNode {
		return
	}
	for _, entry := range d.Content {
		if s := yamlcore.Lookup(entry, "Schedule"); s != nil {
			visit(s)
		}
	}
}

func scalarText(n *yaml.Node) (string, bool) {
	v, err := yamlcore.Scalar(n)
	s, ok := v.(string)
	return s, err == nil && ok && s != ""
}

func rateAndTimeout(p *SpecPass, s *yaml.Node) {
	rate, timeout := yamlcore.Lookup(s, "RateMinutes"), yamlcore.Lookup(s, "TimeoutMinutes")
	r, ok := wholeNumber(rate)
	t, ok2 := wholeNumber(timeout)
	if !ok || !ok2 || t <= r || r < 2 {
		return
	}
	f := p.ReportNode(timeout, "TimeoutMinutes is %d, longer than the %d minutes between two runs", t, r)
	f.Hint = fmt.Sprintf("set it to at most %d, or run the query less often", r)
	f.Related = []Location{{Path: p.Path(), Range: p.Source.Node(rate), Message: "RateMinutes"}}
}

func wholeNumber(n *yaml.Node) (int64, bool) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return 0, false
	}
	v, err := yamlcore.Scalar(n)
	num, ok := v.(json.Number)
	if err != nil || !ok {
		return 0, false
	}
	i, err := num.Int64()
	return i, err == nil
}

// cronFields are the fields of a cron expression, with the names that messages use.
var cronFields = []struct {
	name, domain string
	option       cron.ParseOption
}{
	{"minute", "0 to 59", cron.Minute}, {"hour", "0 to 23", cron.Hour}, {"day of the month", "1 to 31", cron.Dom},
	{"month", "1 to 12", cron.Month}, {"day of the week", "0 (Sunday) to 6", cron.Dow},
}

// badCron says what is wrong with a cron expression of five fields (source:
// Panther's documentation of scheduled searches). It returns "" for a valid one.
func badCron(text string) (why, hint string) {
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return fmt.Sprintf("CronExpression %q has %s instead of 5", text, count(len(fields), "field")),
			"the fields are minute, hour, day of the month, month and day of the week, as in 0 6 * * 1-5"
	}
	parsed := slices.Clone(fields)
	parsed[4] = sundayLast(parsed[4])
	for i, f := range cronFields {
		if why, ok := badCronField(parsed[i], f.option); !ok {
			return fmt.Sprintf("%q is not a valid %s in CronExpression %q%s", fields[i], f.name, text, why),
				fmt.Sprintf("use %s or *, with lists (1,2), ranges (1-5) and steps (*/10)", f.domain)
		}
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(strings.Join(parsed, " "))
	if err != nil {
		return fmt.Sprintf("CronExpression %q can't be parsed", text), "write it like 0 6 * * 1-5"
	}
	// The start doesn't matter: an expression without a match in five years never
	// matches.
	if s.Next(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return fmt.Sprintf("CronExpression %q never matches a date", text), "check its day of the month and its month"
	}
	return "", ""
}

// sundayLast rewrites a week that ends on Sunday: cron accepts both 0 and 7 for
// Sunday, the parser only 0.
func sundayLast(field string) string {
	days := strings.Split(field, ",")
	for i, d := range days {
		from, to, _ := strings.Cut(d, "-")
		to, step, stepped := strings.Cut(to, "/")
		switch {
		case d == "7":
			days[i] = "0"
		case to == "7" || strings.EqualFold(to, "SUN") && !strings.EqualFold(from, "SUN") && from != "0":
			days[i] = from + "-6"
			if stepped {
				days[i] += "/" + step
			}
		}
	}
	return strings.Join(days, ",")
}

func badCronField(field string, option cron.ParseOption) (why string, ok bool) {
	// The parser also accepts @daily and TZ=, which are not fields, and panics on
	// some of them.
	if strings.ContainsFunc(field, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("*,-/?", r)
	}) {
		return "", false
	}
	if _, err := cron.NewParser(option).Parse(field); err != nil {
		return cronFault(err), false
	}
	return "", true
}

// cronFault explains which limit a number in a field exceeds.
func cronFault(err error) string {
	for _, s := range []string{"above maximum", "below minimum"} {
		if _, rest, ok := strings.Cut(err.Error(), s+" ("); ok {
			limit, _, _ := strings.Cut(rest, ")")
			if n, err := strconv.Atoi(limit); err == nil {
				if s == "above maximum" {
					return fmt.Sprintf(": at most %d", n)
				}
				return fmt.Sprintf(": at least %d", n)
			}
		}
	}
	if strings.Contains(err.Error(), "beginning of range") {
		return ": the range ends before it starts"
	}
	return ""
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
