package main

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pdac-dev/pdac/internal/git/gittest"
	"github.com/pdac-dev/pdac/panther/sandbox"
	"github.com/rogpeppe/go-internal/txtar"
)

// october returns the morning of a day, as the clock of what the pictures show.
func october(day int) func() time.Time {
	return func() time.Time { return time.Date(2026, 10, day, 9, 30, 0, 0, time.UTC) }
}

// TestPictures compares the pictures of the README with what pdac prints; -update
// draws them. Dates are fixed, so that the same source draws the same bytes.
func TestPictures(t *testing.T) {
	gittest.Need(t)
	t.Run("plan.svg", func(t *testing.T) { checkDoc(t, "plan.svg", planPicture(t)) })
	t.Run("lint.svg", func(t *testing.T) { checkDoc(t, "lint.svg", lintPicture(t)) })
}

// planPicture draws a plan with a committed change, a new rule, and an edit made
// in the console.
func planPicture(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	// The record that pdac writes has the author of the commits.
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", gittest.Name)
		t.Setenv("GIT_"+who+"_EMAIL", gittest.Email)
	}
	gittest.Run(t, dir, "init", "-q")
	commit := func(day int, subject, archive string) {
		t.Helper()
		extract(t, dir, archive)
		gittest.CommitAt(t, dir, subject, october(day)())
	}
	commit(1, "Add the first rules", planBefore)
	printed(t, october(5), "apply", "--sandbox", "-C", dir)

	s, err := sandbox.Open(t.Context(), sandbox.Options{Path: filepath.Join(dir, ".pdac", "sandbox.db"), Token: sandboxToken, Now: october(20)})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Edit(t.Context(), sandbox.Rules, "Okta.NewCountry", func(rule map[string]any) { rule["dedupPeriodMinutes"] = 240 })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	commit(28, "Raise stopped trails to high", planAfter)
	// The picture is of a run without flags.
	out := strings.ReplaceAll(printed(t, october(29), "plan", "--sandbox", "-C", dir), " -C "+dir+" --sandbox", "")
	return drawTerminal("pdac plan", out)
}

// lintPicture draws a few findings.
func lintPicture(t *testing.T) string {
	// Findings name files as seen from the current folder.
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	extract(t, ".", lintBefore)
	picture := drawTerminal("pdac lint", printed(t, october(29), "lint", "--no-cache"))
	t.Chdir(here)
	return picture
}

// printed returns what a command prints on a terminal with colours.
func printed(t *testing.T, now func() time.Time, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	p := process(&out, nil, args...)
	p.OutTerminal, p.Now, p.Width = true, now, func() int { return 100 }
	Main(t.Context(), p)
	return out.String()
}

func extract(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// colours of a dark terminal, which reads well on light and dark pages alike.
var sgrColours = map[int]string{
	31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3", 90: "#8b949e",
	91: "#ff7b72", 92: "#7ee787", 93: "#e3b341", 94: "#79c0ff", 95: "#d2a8ff", 96: "#76e3ea",
}

// drawTerminal draws a command and its output, with ANSI colours, as an SVG.
func drawTerminal(command, output string) string {
	const charWidth, lineHeight, left, top = 8.43, 20, 20, 58
	lines := append([]string{"\x1b[90m$\x1b[0m \x1b[1m" + command + "\x1b[0m", ""}, strings.Split(strings.TrimRight(output, "\n"), "\n")...)
	columns := 0
	for _, l := range lines {
		columns = max(columns, len([]rune(sgr.ReplaceAllString(l, ""))))
	}
	width, height := int(charWidth*float64(columns))+2*left, top+lineHeight*len(lines)+4
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", width, height)
	fmt.Fprintf(&b, "<!-- Drawn from the output of %s by \"make docs\". -->\n<title>What %[1]s prints</title>\n", command)
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%d" height="%d" rx="8" fill="#0d1117" stroke="#30363d"/>`+"\n", width-1, height-1)
	for i, colour := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="20" r="6" fill="%s"/>`+"\n", 22+20*i, colour)
	}
	b.WriteString(`<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#e6edf3">` + "\n")
	for i, l := range lines {
		if l == "" {
			continue
		}
		// The width is set, so that columns line up whatever the font.
		n := len([]rune(sgr.ReplaceAllString(l, "")))
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%.2f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
			left, top+lineHeight*i, charWidth*float64(n), drawLine(l))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// drawLine turns the colours of one line into spans.
func drawLine(line string) string {
	var b strings.Builder
	fill, weight := "", ""
	text := func(s string) {
		s = html.EscapeString(s)
		if s != "" && fill+weight != "" {
			s = "<tspan" + fill + weight + ">" + s + "</tspan>"
		}
		b.WriteString(s)
	}
	at := 0
	for _, m := range sgr.FindAllStringSubmatchIndex(line, -1) {
		text(line[at:m[0]])
		at = m[1]
		for code := range strings.SplitSeq(line[m[2]:m[3]], ";") {
			switch n, _ := strconv.Atoi(code); {
			case n == 0:
				fill, weight = "", ""
			case n == 1:
				weight = ` font-weight="bold"`
			case n == 2:
				fill = ` fill="#8b949e"`
			case n == 22:
				weight = ""
			case n == 39:
				fill = ""
			case sgrColours[n] != "":
				fill = ` fill="` + sgrColours[n] + `"`
			}
		}
	}
	text(line[at:])
	return b.String()
}

const planBefore = `
-- rules/trail_stopped.yml --
AnalysisType: rule
RuleID: AWS.TrailStopped
Enabled: true
Filename: trail_stopped.py
LogTypes: [AWS.CloudTrail]
Severity: Medium
-- rules/trail_stopped.py --
def rule(event):
    return event.get("eventName") == "StopLogging"
-- rules/new_country.yml --
AnalysisType: rule
RuleID: Okta.NewCountry
Enabled: true
Filename: new_country.py
LogTypes: [Okta.SystemLog]
Severity: Low
DedupPeriodMinutes: 60
-- rules/new_country.py --
def rule(event):
    return event.deep_get("client", "country") != "NO"
`

const planAfter = `
-- rules/trail_stopped.yml --
AnalysisType: rule
RuleID: AWS.TrailStopped
Enabled: true
Filename: trail_stopped.py
LogTypes: [AWS.CloudTrail]
Severity: High
-- rules/trail_stopped.py --
AUDIT_ACCOUNT = "111122223333"


def rule(event):
    if event.get("recipientAccountId") == AUDIT_ACCOUNT:
        return False
    return event.get("eventName") == "StopLogging"
-- rules/public_bucket.yml --
AnalysisType: rule
RuleID: AWS.PublicBucket
Enabled: true
Filename: public_bucket.py
LogTypes: [AWS.CloudTrail]
Severity: High
-- rules/public_bucket.py --
def rule(event):
    return event.get("eventName") == "DeletePublicAccessBlock"
`

const lintBefore = `
-- rules/root_login.yml --
AnalysisType: rule
RuleID: AWS.RootLogin
Enabled: true
Filename: root_login.py
LogTypes: [AWS.CloudTrail]
Severity: Hihg
Tests:
  - Name: Root logs in
    ExpectedResult: true
    Log: {eventName: ConsoleLogin, userIdentity: {type: Root}}
  - Name: Ada logs in
    ExpectedResult: false
    Log: {eventName: ConsoleLogin, userIdentity: {type: IAMUser}}
-- rules/root_login.py --
def rule(event):
    if evnt.get("eventName") != "ConsoleLogin":
        return False
    return event["userIdentity"]["type"] == "Root"
`
