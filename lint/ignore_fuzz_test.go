package lint

import (
	"strings"
	"testing"

	"github.com/pdac-dev/pdac/internal/yamlcore"
	"gopkg.in/yaml.v3"
)

// FuzzIgnoreComments: whatever is in a comment, a YAML file or a Python
// file, what is read of it lies where it says, and comments begin with "#".
func FuzzIgnoreComments(f *testing.F) {
	f.Add("# pdac:ignore PD203,PD204 until=2026-12-31 -- reason", "a: |2\n   x\n  # pdac:ignore PD107\nb: 'x\n  # pdac:ignore'\n")
	f.Add("#pdac:ignor", "\ufeff# pdac:ignore PD107\r\na: \"# pdac:ignore\" # pdac:ignore PD1\n")
	f.Add("# pdac:ignore until=soon,,PD999 --", "x = '''\n# pdac:ignore PD107\n'''\n\n# pdac:ignore PD107\ny = f\"{x!r:>{'#'}}\"\n")
	f.Fuzz(func(t *testing.T, comment, text string) {
		p := parseIgnore(comment, builtIn())
		spans := append([]span(nil), p.rules...)
		for _, s := range p.faults {
			spans = append(spans, s.span)
		}
		for _, s := range spans {
			if s.start < 0 || s.end > len(comment) || s.start > s.end {
				t.Fatalf("%q: a word from %d to %d", comment, s.start, s.end)
			}
		}
		src := newSource("x.yml", []byte(text))
		var root *yaml.Node
		if doc, err := yamlcore.Parse([]byte(text), yamlcore.Limits{}); err == nil {
			root = doc.Root
		}
		for _, g := range append(yamlIgnores(src, root, builtIn()), pythonIgnores(parsePython(src), builtIn())...) {
			if start, end := src.Offsets(g.Range); !strings.HasPrefix(src.Text[start:end], "#") {
				t.Fatalf("%q: the comment at %v is %q", text, g.Range, src.Text[start:end])
			}
			if g.Line < 0 || g.Line > src.Lines()+1 {
				t.Fatalf("%q: the comment at %v is for line %d", text, g.Range, g.Line)
			}
		}
	})
}
