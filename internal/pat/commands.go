package pat

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
)

// mayCall reports whether a file can have anything of PAT at all.
func mayCall(src []byte) bool {
	return bytes.Contains(src, []byte("panther_analysis_tool")) || bytes.Contains(src, []byte("panther-analysis-tool")) || call.Match(src) || variable.Match(src)
}

// command is a command of PAT in pdac.
type command struct {
	fate    Fate
	becomes string
	// run is the command line in pdac, to which arguments are added; "" if there
	// is none.
	run string
}

var commands = map[string]command{
	"test":                  {run: "pdac test", becomes: "the step \"test\" of the pdac workflow"},
	"debug":                 {run: "pdac test SPEC --run NAME", becomes: "shows the traceback and what the test printed"},
	"upload":                {run: "pdac apply", becomes: "after pdac plan; the pdac workflow plans a pull request and applies its merge"},
	"validate":              {run: "pdac lint && pdac plan", becomes: "lint checks without Panther; Panther itself is not asked"},
	"delete":                {run: "pdac apply --allow-delete", becomes: "after the files are removed; pdac deletes only what it deployed itself"},
	"check-connection":      {run: "pdac auth status"},
	"check-packs":           {run: "pdac lint --select PD206,PD207,PD208"},
	"test-lookup-table":     {run: "pdac lint FILE"},
	"fmt":                   {run: "pdac fmt", becomes: "its order of keys is another one, so use one of the two"},
	"zip":                   {fate: NoCounterpart, becomes: "pdac apply sends the content itself and makes no zip file; keep PAT for hand-overs without API access"},
	"update-custom-schemas": {fate: NoCounterpart, becomes: "pdac deploys no log schemas; keep this step"},
	"benchmark":             {fate: NoCounterpart, becomes: "keep PAT for it"},
	"enrich-test-data":      {fate: NoCounterpart, becomes: "keep PAT for it"},
	"release":               {fate: NoCounterpart, becomes: "it serves Panther's own repository"},
	"publish":               {fate: NoCounterpart, becomes: "it serves Panther's own repository"},
	"init":                  {run: "pdac init"},
	"install":               {fate: NoCounterpart, becomes: "keep PAT for it"},
	"explore":               {fate: NoCounterpart, becomes: "keep PAT for it"},
	"update":                {fate: NoCounterpart, becomes: "keep PAT for it"},
	"merge":                 {fate: NoCounterpart, becomes: "keep PAT for it"},
	"migrate":               {fate: NoCounterpart, becomes: "keep PAT for it"},
}

// flag is a flag of PAT in pdac.
type flag struct {
	fate    Fate
	becomes string
	// value says that an argument follows, and many that several may.
	value, many bool
	// same is the flag of pdac test with the same value, and argument says that the
	// value is an argument of it.
	same     string
	argument bool
}

var flags = map[string]flag{
	"path":                   {value: true, argument: true, becomes: "the path is an argument"},
	"filter":                 {value: true, many: true, same: "--filter", becomes: "pdac lint, test, plan, apply, drift and list have --filter"},
	"minimum-tests":          {value: true, same: "--minimum-tests"},
	"skip-disabled-tests":    {same: "--filter Enabled=true"},
	"test-names":             {value: true, same: "--run"},
	"ignore-files":           {value: true, many: true, fate: ByHand, becomes: "list the files in content.exclude of pdac.yaml"},
	"valid-table-names":      {value: true, many: true, fate: ByHand, becomes: "list the tables in lint.sql.tables of pdac.yaml"},
	"ignore-table-names":     {fate: ByHand, becomes: "lint.ignore: [PD510] of pdac.yaml"},
	"api-token":              {value: true, becomes: "the variable PANTHER_API_TOKEN; no flag takes the token"},
	"api-host":               {value: true, becomes: "the variable PANTHER_API_HOST, or --host"},
	"skip-tests":             {becomes: "pdac apply --skip-tests"},
	"auto-disable-base":      {fate: NoCounterpart, becomes: "disable the bases of derived rules in their specs"},
	"available-destination":  {value: true, many: true, becomes: "not needed: pdac test does not check destinations"},
	"show-failures-only":     {becomes: "not needed: pdac test shows only what does not pass"},
	"sort-test-results":      {becomes: "not needed: results are sorted"},
	"ignore-extra-keys":      {becomes: "lint.ignore: [PD105] of pdac.yaml"},
	"workers":                {value: true, becomes: "not needed"},
	"out":                    {value: true, becomes: "not needed"},
	"batch":                  {becomes: "not needed"},
	"no-async":               {becomes: "not needed"},
	"async":                  {becomes: "not needed"},
	"max-retries":            {value: true, becomes: "api.tries of pdac.yaml"},
	"no-confirm":             {becomes: "--auto-approve"},
	"debug":                  {becomes: "--debug"},
	"skip-version-check":     {becomes: "not needed"},
	"analysis-id":            {value: true, many: true, becomes: "the removed files say what is deleted"},
	"query-id":               {value: true, many: true, becomes: "the removed files say what is deleted"},
	"aws-profile":            {value: true, fate: NoCounterpart, becomes: "pdac calls Panther's API with a token, and nothing else"},
	"confirm":                {becomes: "pdac apply asks on a terminal"},
	"athena-datalake":        {becomes: "deploy.sql: athena of pdac.yaml"},
	"show-tests":             {becomes: "not needed"},
	"github-tag":             {value: true, fate: NoCounterpart, becomes: "it serves Panther's own repository"},
	"generate-release-files": {fate: NoCounterpart, becomes: "it serves Panther's own repository"},
}

var (
	call = lazyregexp.New(`(?m)(?:^|[\s;&|("'` + "`" + `=@:-])(?:panther_analysis_tool|pat)[ \t]+(?:(?:--?[a-z][\w-]*|\$\{\{[^}\n]*\}\}|\$\{?\w+\}?)[ \t]+)*(test|debug|upload|validate|delete|check-connection|check-packs|test-lookup-table|fmt|zip|update-custom-schemas|benchmark|enrich-test-data|release|publish|init|install|explore|update|merge|migrate)(?:[ \t;&|)"'` + "`" + `>]|\r?$)`)
	// uploading is the text of a finding that uploads.
	uploading = lazyregexp.New(`^(?:panther_analysis_tool|pat)\s.*\bupload\b`)
	// depends is a line that installs or lists the package.
	depends = lazyregexp.New(`(?i)panther[-_]analysis[-_]tool(?:\W|$)`)
	// imports is a line of Python that uses PAT as a library.
	imports = lazyregexp.New(`^(?:from|import)\s+panther_analysis_tool\b`)
	// trailing is a comment at the end of a line.
	trailing = lazyregexp.New(`[ \t]#.*$`)
	// title is the name of a step.
	title = lazyregexp.New(`^(?:- )?name:`)
	// variable is one of PAT's own variables, which pdac does not read.
	variable = lazyregexp.New(`\b(PANTHER_(?:FILTER|PATH|OUT|MINIMUM_TESTS|SKIP_TESTS|SKIP_DISABLED_TESTS|IGNORE_FILES|AVAILABLE_DESTINATION|TEST_NAMES|WORKERS|AWS_PROFILE|KMS_KEY))\b`)
	// notDeployed is a filter for what Panther's REST API has no place for.
	notDeployed = lazyregexp.New(`^["']?AnalysisType=(?:lookup_table|scheduled_prompt|pack)\b`)
	// role is how a pipeline signs in to AWS, for uploads without a token.
	role = lazyregexp.New(`aws-actions/configure-aws-credentials|\bAWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)\b`)
)

// commands finds the lines of a file that run PAT, install it or set its variables.
func (s *search) commands(name string, src []byte) {
	for _, l := range logicalLines(string(src)) {
		l.text = strings.TrimRight(trailing.ReplaceAllString(l.text, ""), " \t")
		text := strings.TrimSpace(l.text)
		if text == "" || strings.HasPrefix(text, "#") || strings.HasPrefix(text, "//") || title.MatchString(text) {
			continue
		}
		calls := call.FindAllStringSubmatchIndex(l.text, -1)
		for i, m := range calls {
			end := min(len(l.text), m[3]+maxCommand)
			if i+1 < len(calls) {
				end = min(end, max(m[3], calls[i+1][0]))
			}
			what := l.text[m[2]:m[3]]
			start := m[0] + strings.IndexAny(l.text[m[0]:m[1]], "p")
			args := arguments(l.text[m[3]:end])
			fate, becomes := describe(what, args)
			s.add(name, l.line, fate, l.text[start:m[3]]+" "+strings.Join(args, " "), becomes)
		}
		switch {
		case len(calls) > 0:
		case imports.MatchString(text):
			s.add(name, l.line, NoCounterpart, text, "a script that uses the code of PAT; keep PAT installed for it")
		case depends.MatchString(text):
			s.add(name, l.line, ByHand, text, "remove it once nothing else runs PAT; pdac is one program and needs no packages")
		case variable.MatchString(text):
			v := variable.FindString(text)
			becomes := "pdac does not read it"
			if f, ok := flags[strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(v, "PANTHER_"), "_", "-"))]; ok {
				becomes += "; " + flagText(strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(v, "PANTHER_"), "_", "-")), f, "test")
			}
			s.add(name, l.line, ByHand, text, becomes)
		case role.MatchString(text):
			s.add(name, l.line, ByHand, text, "pdac signs in with an API token, and needs no access to AWS")
		}
	}
}

// maxCommand bounds what is read of one command line.
const maxCommand = 4096

// describe says what a command with arguments becomes.
func describe(what string, args []string) (Fate, string) {
	c := commands[what]
	fate := c.fate
	if fate == "" {
		fate = ByHand
	}
	run, notes := c.run, []string{}
	if c.becomes != "" {
		notes = append(notes, c.becomes)
	}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		f, known := flags[strings.TrimPrefix(name, "--")]
		if !strings.HasPrefix(name, "--") || !known {
			continue
		}
		var values []string
		if joined {
			values = []string{value}
		}
		for f.value && !joined && i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") && (len(values) == 0 || f.many) {
			i++
			values = append(values, args[i])
		}
		if i := slices.IndexFunc(values, func(v string) bool { return notDeployed.MatchString(v) }); what == "upload" && name == "--filter" && i >= 0 {
			return NoCounterpart, "no counterpart: pdac does not deploy what " + values[i] + " chooses; keep this step"
		}
		switch {
		case what == "test" && f.argument:
			for _, v := range values {
				if v != "." && v != "./" {
					run += " " + v
				}
			}
		case f.same != "" && (what == "test" || what == "upload" && name == "--filter"):
			run += " " + f.same
			if f.value {
				run += " " + strings.Join(values, " "+f.same+" ")
			}
		case what == "upload" && name == "--skip-tests":
			run += " --skip-tests"
		case what == "upload" && f.argument && len(values) > 0 && (values[0] == "." || values[0] == "./"):
		case c.fate == NoCounterpart || name == "--api-token" || name == "--api-host":
			// The set-up of pdac says where both come from.
		default:
			if text := flagText(strings.TrimPrefix(name, "--"), f, what); text != "" {
				notes = append(notes, text)
			}
			if f.fate == NoCounterpart {
				fate = NoCounterpart
			}
		}
	}
	if run == "" {
		return fate, "no counterpart: " + strings.Join(notes, "; ")
	}
	if len(notes) == 0 {
		return fate, run
	}
	return fate, run + " (" + strings.Join(notes, "; ") + ")"
}

// flagText says what becomes of a flag.
func flagText(name string, f flag, of string) string {
	switch {
	case of == "test" && f.same != "":
		return fmt.Sprintf("--%s: pdac test %s", name, f.same)
	case of == "upload" && f.argument:
		return "--path: pdac reads the whole repository, or the folder of -C; --only KIND/GLOB chooses"
	case f.becomes == "":
		return ""
	}
	return "--" + name + ": " + f.becomes
}

// logical is a line with those that continue it.
type logical struct {
	line int
	text string
}

// logicalLines joins lines that end with a backslash.
func logicalLines(src string) []logical {
	var out []logical
	var pending strings.Builder
	start, n := 0, 0
	for line := range strings.Lines(src) {
		n++
		if start == 0 {
			start = n
		}
		line = strings.TrimRight(line, "\r\n")
		if rest, more := strings.CutSuffix(line, `\`); more {
			pending.WriteString(rest + " ")
			continue
		}
		pending.WriteString(line)
		out = append(out, logical{start, pending.String()})
		pending.Reset()
		start = 0
	}
	if start != 0 {
		out = append(out, logical{start, pending.String()})
	}
	return out
}

// arguments splits what follows a command, up to the end of the command. Expressions
// such as ${{ … }} are one argument.
func arguments(text string) []string {
	var out []string
	var word strings.Builder
	quote, depth := rune(0), 0
	// An apostrophe without a partner is no quote.
	pairs := map[rune]bool{'"': strings.Count(text, `"`)%2 == 0, '\'': strings.Count(text, "'")%2 == 0}
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
			word.WriteRune(r)
		case r == '{':
			depth++
			word.WriteRune(r)
		case r == '}':
			depth = max(depth-1, 0)
			word.WriteRune(r)
		case depth > 0:
			word.WriteRune(r)
		case pairs[r]:
			quote = r
			word.WriteRune(r)
		case r == ' ' || r == '\t':
			end()
		case strings.ContainsRune(";&|#>`\"'", r), r == ')' && !strings.Contains(word.String(), "("):
			if s := word.String(); r == '>' && (s == "1" || s == "2") {
				word.Reset()
			}
			end()
			return out
		default:
			word.WriteRune(r)
		}
	}
	end()
	return out
}
