package lint

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/suggest"
	"gopkg.in/yaml.v3"
)

// Ignore is a comment that turns rules off in a place:
//
//	# pdac:ignore PD203,PD204 until=2026-12-31 -- reason
//
// After code it applies to that line; on a line of its own, to the next line that
// is neither empty nor a comment; at the start of a file, to the whole file. If a
// text of several lines starts on that line, it applies to all of the text, and so
// does a comment behind the end of such a text. In the place of a rule, "mutants" accepts
// changes of the code that no test notices.
type ignoreComment struct {
	// Rules are the known ids that it names.
	Rules []Ref
	// Until is the last day on which it applies; zero if it never expires.
	Until time.Time
	// UntilRange is the range of until=.
	UntilRange Range
	Reason     string
	// Range is the comment from "#" to its end.
	Range Range
	// Line is the line it applies to; 0 for the whole file. Last is the last line,
	// where it applies to several.
	Line, Last int
	// Faults are the errors in the comment.
	Faults []ignoreFault
	// Tuning is set for a comment that explains a tuning and turns nothing off.
	Tuning *tuningWords
}

// ignoreFault is an error in an ignore comment.
type ignoreFault struct {
	Range         Range
	Message, Hint string
}

// expired reports whether the comment's last day has passed.
func (g ignoreComment) expired(now time.Time) bool {
	return !g.Until.IsZero() && now.UTC().After(g.Until.AddDate(0, 0, 1).Add(-time.Nanosecond))
}

// covers reports whether the comment applies to a range.
func (g ignoreComment) covers(r Range) bool {
	return g.Line == 0 || r.Line <= g.Last && g.Line <= max(r.Line, r.EndLine) && r.Line > 0
}

const ignoreHelp = "write it like: # pdac:ignore PD203 -- reason"

var (
	directive = lazyregexp.New(`^#[ \t]*pdac:`)
	untilWord = lazyregexp.New(`^until=(.*)$`)
)

// parsedIgnore is a parsed ignore comment, with byte offsets into its text.
type parsedIgnore struct {
	rules      []span
	until      time.Time
	untilAt    span
	reason     string
	faults     []spanFault
	isDirected bool
	// mutants says that it also accepts changes of the code that no test notices; the rest
	// is a matter of pdac test --mutate.
	mutants bool
	tuning  *tuningWords
}

// mutantsWord stands for changes of the code, in the place of a rule.
const mutantsWord = "mutants"

type span struct {
	text       string
	start, end int
}

type spanFault struct {
	span
	message, hint string
}

// parseIgnore parses the text of one comment, starting at its "#". It returns the
// zero value for comments that are not addressed to pdac.
func parseIgnore(text string, rules *ruleSet) (p parsedIgnore) {
	head := directive.FindString(text)
	if head == "" {
		return p
	}
	p.isDirected = true
	at := len(head)
	fault := func(s span, hint, format string, args ...any) {
		p.faults = append(p.faults, spanFault{s, fmt.Sprintf(format, args...), hint})
	}
	words, reason, _ := strings.Cut(text[at:], "--")
	p.reason = strings.TrimSpace(reason)
	fields := fieldsAt(words, at)
	if len(fields) > 0 && fields[0].text == "tuning" {
		p.parseTuning(fields)
		return p
	}
	if len(fields) == 0 || fields[0].text != "ignore" {
		s := span{text[:at], 0, at}
		if len(fields) > 0 {
			s = fields[0]
		}
		fault(s, ignoreHelp, "unknown pdac comment %q; only \"ignore\" and \"tuning\" are supported%s", strings.TrimPrefix(s.text, head), suggest.DidYouMean(s.text, []string{"ignore", "tuning"}))
		return p
	}
	seen := map[string]bool{}
	for _, f := range fields[1:] {
		if p.parseUntil(f) {
			continue
		}
		if f.text == mutantsWord {
			if p.mutants {
				fault(f, "remove one of them", "duplicate %s in the comment", mutantsWord)
			}
			p.mutants = true
			continue
		}
		r, ok := rules.find(f.text)
		switch {
		case !ok:
			fault(f, `"pdac rules" lists them`, "unknown rule %q%s", f.text, suggest.DidYouMean(f.text, append(rules.words(), mutantsWord)))
		case r.AboutComments():
			fault(f, "turn it off under lint.ignore in pdac.yaml", "%s can't be ignored by a comment", r.ID)
		case seen[r.ID]:
			fault(f, "remove one of them", "duplicate rule %s in the comment", r.ID)
		default:
			seen[r.ID] = true
			p.rules = append(p.rules, span{r.ID, f.start, f.end})
		}
	}
	if len(p.rules) == 0 && len(p.faults) == 0 && !p.mutants {
		fault(span{text, 0, len(strings.TrimRight(text, " \t"))}, ignoreHelp, "the comment names no rule, so it ignores nothing")
	}
	return p
}

// parseUntil reads until=, and reports whether the word is one.
func (p *parsedIgnore) parseUntil(f span) bool {
	m := untilWord.FindStringSubmatch(f.text)
	if m == nil {
		return false
	}
	day, err := time.Parse(time.DateOnly, m[1])
	switch {
	case err != nil:
		p.faults = append(p.faults, spanFault{f, fmt.Sprintf("invalid date %q", m[1]), "write it like until=2026-12-31"})
	case !p.until.IsZero():
		p.faults = append(p.faults, spanFault{f, "duplicate until= in the comment", "remove one of them"})
	default:
		p.until, p.untilAt = day, f
	}
	return true
}

// fieldsAt splits at white space and commas, and keeps the offset of each word.
func fieldsAt(s string, base int) (out []span) {
	start := -1
	for i, c := range s + " " {
		if c == ' ' || c == '\t' || c == ',' {
			if start >= 0 {
				out = append(out, span{s[start:i], base + start, base + i})
			}
			start = -1
		} else if start < 0 {
			start = i
		}
	}
	return out
}

// yamlIgnores finds the ignore comments of a YAML file. If the file is malformed
// and has no root, only comments on lines of their own count.
func yamlIgnores(src *Source, root *yaml.Node, rules *ruleSet) []ignoreComment {
	if !strings.Contains(src.Text, "pdac:") {
		return nil
	}
	var inside []span
	opaque(src, root, map[*yaml.Node]bool{}, &inside)
	slices.SortFunc(inside, func(a, b span) int { return a.start - b.start })
	return ignores(src, rules, yamlTexts(src, root), func(offset int, alone bool) bool {
		if root == nil {
			return alone
		}
		i := sort.Search(len(inside), func(i int) bool { return inside[i].end > offset })
		return i == len(inside) || offset < inside[i].start
	}, func(line string) bool { return line == "---" || strings.HasPrefix(line, "%") })
}

// opaque finds the spans in which # doesn't start a comment: quoted scalars and
// block scalars.
func opaque(src *Source, n *yaml.Node, seen map[*yaml.Node]bool, out *[]span) {
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	if n.Kind == yaml.ScalarNode {
		start, end := src.nodeOffsets(n)
		switch {
		case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
			*out = append(*out, span{start: start, end: end})
		case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			first, last := blockLines(src, n)
			if last >= first {
				*out = append(*out, span{start: src.offset(first, 1), end: src.offset(last+1, 1)})
			}
		}
		return
	}
	for _, c := range n.Content {
		opaque(src, c, seen, out)
	}
}

// blockLines returns the first and last line of a block scalar's content. Its lines
// are empty or indented like the first.
func blockLines(src *Source, n *yaml.Node) (first, last int) {
	at := src.nodeLine(n)
	first, last = at+1, at
	indent := -1
	for i := first; i <= src.Lines(); i++ {
		line := src.Line(i)
		text := strings.TrimLeft(line, " ")
		switch {
		case strings.TrimSpace(text) == "":
			continue
		case indent < 0:
			indent = len(line) - len(text)
			// The header can set the indentation; then the first line can be indented
			// further.
			if header := src.Line(at); strings.ContainsAny(header[max(len(header)-3, 0):], "123456789") {
				indent = min(indent, leadOf(header)+1)
			}
			if indent == 0 && at > 1 && n.Column > 1 {
				return first, last
			}
		case len(line)-len(text) < indent:
			return first, last
		}
		last = i
	}
	return first, last
}

func leadOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// ignores parses the comments that are addressed to pdac. isComment reports whether
// the "#" at an offset starts a comment; head reports whether a line can come
// before the comments at the start of a file; texts are those of several lines.
func ignores(src *Source, rules *ruleSet, texts []lines, isComment func(offset int, alone bool) bool, head func(line string) bool) (out []ignoreComment) {
	top := true
	for n := 1; n <= src.Lines(); n++ {
		line := src.Line(n)
		trimmed := strings.TrimSpace(line)
		alone := strings.HasPrefix(trimmed, "#")
		base := src.offset(n, 1)
		for from := 0; ; {
			i := strings.Index(line[from:], "pdac:")
			if i < 0 {
				break
			}
			lead := strings.TrimRight(line[:from+i], " \t")
			from += i + len("pdac:")
			at := len(lead) - 1
			if !strings.HasSuffix(lead, "#") || at > 0 && lead[at-1] != ' ' && lead[at-1] != '\t' && !alone {
				continue
			}
			if !isComment(base+at, alone) {
				continue
			}
			start, p := base+at, parseIgnore(line[at:], rules)
			g := ignoreComment{Until: p.until, Reason: p.reason, Line: n, Range: src.Range(start, start+len(strings.TrimRight(line[at:], " \t")))}
			place := func(s span) Range { return src.Range(start+s.start, start+s.end) }
			if !p.until.IsZero() {
				g.UntilRange = place(p.untilAt)
			}
			for _, r := range p.rules {
				g.Rules = append(g.Rules, Ref{r.text, place(r)})
			}
			for _, f := range p.faults {
				g.Faults = append(g.Faults, ignoreFault{place(f.span), f.message, f.hint})
			}
			switch {
			case top && alone && p.tuning == nil:
				g.Line = 0
			case alone:
				g.Line = nextCode(src, n)
			}
			if g.Tuning = p.tuning; g.Tuning != nil && g.Line > 0 && g.Line <= src.Lines() {
				g.Tuning.Code = strings.Clone(codeOf(src.Line(g.Line)))
			}
			g.Line, g.Last = widen(texts, g.Line, alone)
			out = append(out, g)
			break
		}
		if trimmed != "" && !alone && !head(trimmed) {
			top = false
		}
	}
	return out
}

// nextCode finds the next line that is neither empty nor a comment. If there is no
// such line, it returns the line after the last.
func nextCode(src *Source, n int) int {
	for i := n + 1; i <= src.Lines(); i++ {
		if t := strings.TrimSpace(src.Line(i)); t != "" && !strings.HasPrefix(t, "#") {
			return i
		}
	}
	return src.Lines() + 1
}

// pythonIgnores finds the ignore comments of a Python file, even if the file can't
// be parsed.
func pythonIgnores(f *PythonFile, rules *ruleSet) []ignoreComment {
	src := f.Source
	if !strings.Contains(src.Text, "pdac:") {
		return nil
	}
	comments, texts := pythonComments(src)
	if f.module != nil {
		comments = make(map[int]bool, len(f.module.Comments))
		for _, c := range f.module.Comments {
			comments[src.offset(f.module.Position(c.Pos()))] = true
		}
	}
	return ignores(src, rules, texts, func(offset int, _ bool) bool { return comments[offset] },
		func(string) bool { return false })
}

// pythonComments finds the offsets of comments, and the strings of several lines. It
// recognizes string literals and no other syntax, so the file may be malformed.
func pythonComments(src *Source) (comments map[int]bool, texts []lines) {
	text, comments := src.Text, map[int]bool{}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '#':
			comments[i] = true
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return comments, texts
			}
			i += end
		case '"', '\'':
			end := pythonText(text, i)
			if strings.Contains(text[i:min(end, len(text))], "\n") {
				texts = append(texts, src.lines(i, end))
			}
			i = end
		}
	}
	return comments, texts
}

// pythonText returns the offset of the last byte of the string that starts at i. A
// string that isn't closed ends with its line.
func pythonText(text string, i int) int {
	q := text[i]
	triple := strings.Repeat(string(q), 3)
	if strings.HasPrefix(text[i:], triple) {
		for j := i + 3; j < len(text); j++ {
			if text[j] == '\\' {
				j++
			} else if strings.HasPrefix(text[j:], triple) {
				return j + 2
			}
		}
		return len(text)
	}
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case q:
			return j
		case '\n':
			return j
		}
	}
	return len(text)
}
