package lint

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/pdac-dev/pdac/internal/python"
	"github.com/pdac-dev/pdac/internal/yamlcore"
	"github.com/pdac-dev/pdac/repo"
)

// newIgnore is a comment to add, for findings that one comment covers.
type newIgnore struct {
	findings []Finding
	// line is the line that it is above or at the end of.
	line int
	// end says that it is at the end of the line, and head that it is at the head of
	// the file.
	end, head bool
}

func (w *newIgnore) comment(reason string) string {
	var ids []string
	for _, f := range w.findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return "# pdac:ignore " + strings.Join(slices.Compact(ids), ",") + " -- " + reason
}

// annotator adds ignore comments to one file.
type annotator struct {
	path   string
	text   []byte
	rules  *ruleSet
	reason string

	before parsedFile
	made   []*newIgnore
	// budget is how often the file may still be parsed.
	budget int
}

// A file with many places that take no comment is parsed again for each of them, as
// often as these allow: the first at least, and a small file more often.
const (
	leastParses    = 64
	maxParsedBytes = 8 << 20
)

// parsedFile is what comments must not change.
type parsedFile struct {
	src *Source
	// value is the content of YAML, and code the syntax tree of Python.
	value   any
	code    string
	ignores []ignoreComment
	texts   []lines
}

// annotate returns the comments to add for findings, and the text with them.
func (a *annotator) annotate(found []Finding, leave func(string, ...Finding)) ([]*newIgnore, []byte) {
	var err error
	if a.before, err = a.parse(a.text); err != nil {
		leave("the file can't be parsed; fix it first", found...)
		return nil, nil
	}
	a.budget = leastParses + maxParsedBytes/(len(a.text)+1)
	head := &newIgnore{head: true, line: a.headLine()}
	var rest []Finding
	for _, f := range found {
		if f.Range.Line < head.line { // about the whole file, or at a comment at its start
			head.findings = append(head.findings, f)
		} else {
			rest = append(rest, f)
		}
	}
	if len(head.findings) > 0 && !a.add([]*newIgnore{head}) {
		leave("no comment fits there", head.findings...)
	}
	// Each way is tried for what the ones before can't do.
	rest = a.try(rest, func(f Finding) newIgnore { return newIgnore{line: a.textAt(f.Range.Line).first} })
	rest = a.try(rest, func(f Finding) newIgnore { return newIgnore{line: f.Range.Line, end: true} })
	rest = a.try(rest, func(f Finding) newIgnore { return newIgnore{line: a.textAt(f.Range.Line).last, end: true} })
	if a.budget <= 0 {
		leave("too many places in the file take no comment", rest...)
		rest = nil
	}
	leave("no comment fits there", rest...)
	return a.made, a.splice(a.made)
}

// try adds comments for findings where they fit, and returns the other findings.
func (a *annotator) try(found []Finding, place func(Finding) newIgnore) (left []Finding) {
	at := map[int]*newIgnore{}
	var wanted []*newIgnore
	for _, f := range found {
		w := place(f)
		if a.continued(w) {
			left = append(left, f)
			continue
		}
		if at[w.line] == nil {
			at[w.line] = &w
			wanted = append(wanted, &w)
		}
		at[w.line].findings = append(at[w.line].findings, f)
	}
	for _, w := range a.addMost(wanted) {
		left = append(left, w.findings...)
	}
	return left
}

// continued reports whether a comment would be behind a backslash that continues a line
// of Python, where none can be.
func (a *annotator) continued(w newIgnore) bool {
	line := w.line
	if !w.end {
		line--
	}
	return isPython(a.path) && strings.HasSuffix(a.before.src.Line(line), "\\")
}

// addMost adds those of some comments that fit, and returns the others. All are checked
// together; if that fails, each half is.
func (a *annotator) addMost(wanted []*newIgnore) (left []*newIgnore) {
	if len(wanted) == 0 || a.add(wanted) {
		return nil
	}
	if len(wanted) == 1 || a.budget <= 0 {
		return wanted
	}
	half := len(wanted) / 2
	return append(a.addMost(wanted[:half]), a.addMost(wanted[half:])...)
}

// add adds comments if the file with all of them is still what it was.
func (a *annotator) add(more []*newIgnore) bool {
	if a.budget--; a.budget < 0 {
		return false
	}
	all := slices.Concat(a.made, more)
	// Comments at the head come first, and those above a line before those on it.
	slices.SortStableFunc(all, func(x, y *newIgnore) int { return x.order() - y.order() })
	if !a.fits(all) {
		return false
	}
	a.made = all
	return true
}

func (w *newIgnore) order() int {
	switch {
	case w.head:
		return 3 * w.line
	case w.end:
		return 3*w.line + 2
	}
	return 3*w.line + 1
}

// fits parses the file with comments that are in order, and checks that its meaning and
// its other comments are the same, and that each new comment covers its findings.
func (a *annotator) fits(all []*newIgnore) bool {
	after, err := a.parse(a.splice(all))
	if err != nil || a.before.code != after.code || !yamlcore.Equal(a.before.value, after.value) {
		return false
	}
	// above are the lines that a new line is above, in order; shift moves a line down.
	var above []int
	for _, w := range all {
		if !w.end {
			above = append(above, w.line)
		}
	}
	shift := func(line int) int {
		if line == 0 {
			return 0
		}
		n, _ := slices.BinarySearch(above, line+1)
		return line + n
	}
	ours := make(map[int]*newIgnore, len(all))
	added := 0
	for _, w := range all {
		line := w.line + added // that of the comment
		if !w.end {
			added++
		}
		ours[line] = w
	}
	old := a.before.ignores
	for _, g := range after.ignores {
		w := ours[g.Range.Line]
		if w == nil {
			if len(old) == 0 || !g.isMoved(old[0], shift) {
				return false
			}
			old = old[1:]
			continue
		}
		delete(ours, g.Range.Line)
		if w.head != (g.Line == 0) || len(g.Faults) > 0 {
			return false
		}
		for _, f := range w.findings {
			r := f.Range
			r.Line, r.EndLine = shift(r.Line), shift(r.EndLine)
			if !g.covers(r) || !slices.ContainsFunc(g.Rules, func(id Ref) bool { return id.Value == f.Rule }) {
				return false
			}
		}
	}
	return len(ours) == 0 && len(old) == 0
}

// isMoved reports whether a comment is an earlier one that still does the same.
func (g ignoreComment) isMoved(old ignoreComment, shift func(int) int) bool {
	return g.Line == shift(old.Line) && g.Last == shift(old.Last) && g.Reason == old.Reason &&
		g.Until.Equal(old.Until) && len(g.Faults) == len(old.Faults) &&
		slices.EqualFunc(g.Rules, old.Rules, func(a, b Ref) bool { return a.Value == b.Value })
}

// splice returns the text with comments, which are in order.
func (a *annotator) splice(all []*newIgnore) []byte {
	src := a.before.src
	edits := make([]Edit, 0, len(all))
	for _, w := range all {
		at, line := src.lineText(min(w.line, src.Lines()))
		comment := w.comment(a.reason)
		if w.end {
			space := " "
			if isPython(a.path) {
				space = "  "
			}
			at += len(strings.TrimRight(line, " \t"))
			edits = append(edits, Edit{Start: at, End: at, New: space + comment})
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if w.head {
			indent = ""
		}
		edits = append(edits, Edit{Start: at, End: at, New: indent + comment + src.lineEnd(w.line)})
	}
	return splice(a.text, edits)
}

// headLine is the line before which a comment about the whole file goes: below the
// comments at its start, which can be for an editor or for the system.
func (a *annotator) headLine() int {
	n := 1
	for n < a.before.src.Lines() && strings.HasPrefix(strings.TrimSpace(a.before.src.Line(n)), "#") {
		n++
	}
	return n
}

// textAt returns the lines of the text of several lines around a line; the line alone
// where there is none.
func (a *annotator) textAt(line int) lines {
	n, _ := slices.BinarySearchFunc(a.before.texts, line+1, func(t lines, line int) int { return t.first - line })
	if n > 0 && a.before.texts[n-1].last >= line { // texts don't overlap
		return a.before.texts[n-1]
	}
	return lines{line, line}
}

// parse reads a version of the file. It must be YAML or Python without an error.
func (a *annotator) parse(text []byte) (out parsedFile, err error) {
	out.src = newSource(a.path, text)
	if isPython(a.path) {
		f := parsePython(out.src)
		if f.module == nil {
			return out, f.err
		}
		out.code = positions.ReplaceAllString(python.Dump(f.module), "")
		out.ignores = pythonIgnores(f, a.rules)
		_, out.texts = pythonComments(out.src)
		return out, nil
	}
	reading := repo.ReadSpec(a.path, text)
	if reading.Root == nil {
		return out, errors.New("it can't be read as a spec")
	}
	out.ignores, out.texts = yamlIgnores(out.src, reading.Root, a.rules), yamlTexts(out.src, reading.Root)
	out.value, err = yamlcore.DecodeText(string(text))
	return out, err
}

func isPython(name string) bool { return strings.EqualFold(path.Ext(name), ".py") }
