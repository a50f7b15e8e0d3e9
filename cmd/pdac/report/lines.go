package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pdac-dev/pdac/lint/unittest"
)

// LinesOptions are the options of Lines.
type LinesOptions struct {
	TestsOptions
	// MinCoverage is the smallest share of lines, in percent, that is accepted; 0 for any.
	MinCoverage int
}

// Lines shows which lines of Python no test reaches. All formats except text are for
// programs and browsers; the same result always produces the same bytes.
func Lines(w io.Writer, r *unittest.CoverageResult, o LinesOptions) error {
	switch o.Format {
	case Text, "":
		return linesText(w, r, o)
	case JSON:
		return writeJSON(w, linesJSON(r))
	case Markdown:
		_, err := io.WriteString(w, linesMarkdown(r, o))
		return err
	case HTML:
		return linesHTML(w, r, o)
	case LCOV:
		return linesLCOV(w, r, o)
	}
	return badFormat(o.Format, LinesView)
}

// linesSummary is the last line.
func linesSummary(r *unittest.CoverageResult, o LinesOptions) string {
	s := r.Count()
	out := fmt.Sprintf("Tests reach %d%% (%s of %s) in %s", s.Percent(), number(s.Noticed), Count(s.All, "line", "lines"), Count(len(r.Files), "file", "files"))
	var more []string
	if n := r.Partial; n > 0 {
		more = append(more, Count(n, "global or data model", "globals and data models")+" left out, since not all detections that use them were selected")
	}
	if n := len(r.Tests.Faults); n > 0 {
		more = append(more, Count(n, "file", "files")+" not read")
	}
	out += runDetails(more, r.Tests.Python, r.Took, o.TestsOptions) + "."
	if o.MinCoverage > 0 && s.Percent() < o.MinCoverage {
		out += fmt.Sprintf(" That is below the %d%% of --min-coverage.", o.MinCoverage)
	}
	return out
}

// failingTests says how many tests fail the run; "" if none does.
func failingTests(r *unittest.Result) string {
	n := 0
	for i := range r.Tests {
		if r.Fails(&r.Tests[i]) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s; pdac test shows %s", Count(n, "test does not pass", "tests do not pass"), map[bool]string{true: "it", false: "them"}[n == 1])
}

// ranges writes ranges of lines: "3, 7-9".
func ranges(list [][2]int) string {
	out := make([]string, len(list))
	for i, r := range list {
		if out[i] = fmt.Sprint(r[0]); r[1] > r[0] {
			out[i] = fmt.Sprintf("%d-%d", r[0], r[1])
		}
	}
	return strings.Join(out, ", ")
}

func linesText(w io.Writer, r *unittest.CoverageResult, o LinesOptions) error {
	p := newPrinter(w, o.Color)
	files := r.Worst()
	if o.Verbose {
		files = nil
		for i := range r.Files {
			files = append(files, &r.Files[i])
		}
	}
	for _, f := range files {
		s := f.Count()
		percent := fmt.Sprintf("%4d%%", s.Percent())
		switch {
		case f.Fault != "":
			p.line(p.red.Sprint("    –"), "  ", Clean(o.textPath(f.Path)), ": ", Clean(f.Fault))
			continue
		case s.Noticed == s.All:
			percent = p.green.Sprint(percent)
		case s.Noticed == 0:
			percent = p.red.Sprint(percent)
		}
		where := ""
		if list := ranges(f.Missing()); list != "" {
			where = ": " + clip(list, 200)
		}
		p.line(percent, "  ", Clean(o.textPath(f.Path)), where)
	}
	if text := failingTests(r.Tests); text != "" {
		p.gap()
		p.line(p.red.Sprint(text))
	}
	if s := r.Count(); !o.Quiet || s.Noticed < s.All || len(r.Worst()) > 0 || failingTests(r.Tests) != "" {
		p.gap()
		p.line(p.bold.Sprint(linesSummary(r, o)))
	}
	return p.end("the line coverage")
}

// linesMarkdown lists the files with lines that no test reaches, for a pull request or a job
// summary, with a limited size.
func linesMarkdown(r *unittest.CoverageResult, o LinesOptions) string {
	var items []string
	if text := failingTests(r.Tests); text != "" {
		items = append(items, "- **"+text+"**\n")
	}
	for _, f := range r.Worst() {
		percent, where := fmt.Sprintf("%d%%", f.Count().Percent()), ""
		if list := ranges(f.Missing()); list != "" {
			where = ": " + clip(list, 200)
		}
		if f.Fault != "" {
			percent, where = "not read", ": "+code(f.Fault, 300)
		}
		items = append(items, fmt.Sprintf("- **%s** %s%s\n", percent, code(below(o.WorkRoot, f.Path), 200), where))
	}
	return fitItems("**Line coverage: "+linesSummary(r, o)+"**\n", items, maxSize(o.MaxSize))
}

// linesFormatVersion is the version of line coverage as JSON.
const linesFormatVersion = "1.0"

type (
	jsonLines struct {
		FormatVersion string           `json:"format_version"`
		Python        *jsonPython      `json:"python"`
		Summary       jsonLinesSummary `json:"summary"`
		Files         []jsonLinesFile  `json:"files"`
	}
	jsonLinesSummary struct {
		Percent int `json:"percent"`
		Reached int `json:"reached"`
		Lines   int `json:"lines"`
		Failing int `json:"failing_tests"`
		Partial int `json:"left_out"`
	}
	jsonLinesFile struct {
		Path    string          `json:"path"`
		Role    string          `json:"role"`
		Percent int             `json:"percent"`
		Reached int             `json:"reached"`
		Lines   int             `json:"lines"`
		Missing []jsonLineRange `json:"missing"`
		Hits    []jsonLineHits  `json:"hits"`
		Fault   string          `json:"fault,omitempty"`
	}
	jsonLineRange struct {
		First int `json:"first"`
		Last  int `json:"last"`
	}
	jsonLineHits struct {
		Line       int `json:"line"`
		Detections int `json:"detections"`
	}
)

func linesJSON(r *unittest.CoverageResult) jsonLines {
	s := r.Count()
	out := jsonLines{FormatVersion: linesFormatVersion, Files: []jsonLinesFile{}, Summary: jsonLinesSummary{Percent: s.Percent(), Reached: s.Noticed, Lines: s.All, Partial: r.Partial}}
	for i := range r.Tests.Tests {
		if r.Tests.Fails(&r.Tests.Tests[i]) {
			out.Summary.Failing++
		}
	}
	if p := r.Tests.Python; p != nil {
		out.Python = &jsonPython{p.Version.String(), p.Path}
	}
	for i := range r.Files {
		f := &r.Files[i]
		s := f.Count()
		j := jsonLinesFile{Path: f.Path, Role: f.Role, Percent: s.Percent(), Reached: s.Noticed, Lines: s.All, Missing: []jsonLineRange{}, Hits: []jsonLineHits{}, Fault: f.Fault}
		for _, m := range f.Missing() {
			j.Missing = append(j.Missing, jsonLineRange{m[0], m[1]})
		}
		for _, l := range f.Lines {
			j.Hits = append(j.Hits, jsonLineHits{l.Line, l.Hits})
		}
		out.Files = append(out.Files, j)
	}
	return out
}

// linesLCOV writes the tracefile of lcov and genhtml. A count is that of the detections
// whose tests reach a line.
func linesLCOV(w io.Writer, r *unittest.CoverageResult, o LinesOptions) error {
	p := newPrinter(w, false)
	for i := range r.Files {
		f := &r.Files[i]
		if f.Fault != "" {
			continue
		}
		p.line("TN:")
		p.line("SF:", cleanLine(below(o.WorkRoot, f.Path)))
		reached := 0
		names := lcovNames(f.Functions)
		for k, x := range f.Functions {
			p.line(fmt.Sprintf("FN:%d,%s", x.Line, names[k]))
		}
		for k, x := range f.Functions {
			if p.line(fmt.Sprintf("FNDA:%d,%s", x.Hits, names[k])); x.Hits > 0 {
				reached++
			}
		}
		p.line(fmt.Sprintf("FNF:%d", len(f.Functions)))
		p.line(fmt.Sprintf("FNH:%d", reached))
		for _, l := range f.Lines {
			p.line(fmt.Sprintf("DA:%d,%d", l.Line, l.Hits))
		}
		s := f.Count()
		p.line(fmt.Sprintf("LF:%d", s.All))
		p.line(fmt.Sprintf("LH:%d", s.Noticed))
		p.line("end_of_record")
	}
	return p.end("the line coverage")
}

// lcovNames names functions; several of one name differ by their line.
func lcovNames(list []unittest.CoveredFunction) []string {
	count := map[string]int{}
	for _, f := range list {
		count[f.Name]++
	}
	out := make([]string, len(list))
	for i, f := range list {
		if out[i] = cleanLine(f.Name); count[f.Name] > 1 {
			out[i] += fmt.Sprintf(":%d", f.Line)
		}
	}
	return out
}
