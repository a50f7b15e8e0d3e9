package report

import (
	"io"

	"github.com/pdac-dev/pdac/diff"
	"github.com/pdac-dev/pdac/internal/textdiff"
	"github.com/pdac-dev/pdac/lint"
)

// FixDiff shows the changes of fixes as a unified diff. It writes nothing if there
// are no changes.
func FixDiff(w io.Writer, f *lint.Fixed, o FindingsOptions) error {
	p := newPrinter(w, o.Color)
	for _, path := range f.Paths() {
		name := Clean(o.textPath(path))
		p.line(p.bold.Sprint("--- " + name))
		p.line(p.bold.Sprint("+++ " + name))
		for _, h := range textdiff.Lines(string(f.Old[path]), string(f.Files[path]), around) {
			p.line(p.cyan.Sprint(h.Header()))
			for _, l := range h.Lines {
				p.line(p.op(diff.Op(l.Op), string(l.Op)+cleanLine(l.Text)))
			}
		}
	}
	return p.end("fixes")
}
