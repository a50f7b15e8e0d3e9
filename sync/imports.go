package sync

import (
	"strings"

	"github.com/pdac-dev/pdac/internal/lazyregexp"
	"github.com/pdac-dev/pdac/internal/python"
)

// importReader returns the imports of Python files and parses each text once:
// live and wanted texts are usually the same, and deletes need them repeatedly.
// The zero value is ready to use. It is not safe for concurrent use.
type importReader struct{ known map[string][]string }

func (r *importReader) of(body string) []string {
	if out, ok := r.known[body]; ok {
		return out
	}
	out := imports(body)
	if r.known == nil {
		r.known = map[string][]string{}
	}
	r.known[body] = out
	return out
}

// imports returns the top-level modules that a Python file imports.
func imports(body string) []string {
	if !strings.Contains(body, "import") {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	add := func(module string) {
		top, _, _ := strings.Cut(strings.TrimSpace(module), ".")
		if top != "" && !seen[top] {
			seen[top] = true
			out = append(out, top)
		}
	}
	m, err := python.Parse([]byte(body), python.Options{})
	if err != nil && m == nil {
		looseImports(body, add)
		return out
	}
	for _, i := range m.Symbols().Imports {
		if i.Level == 0 {
			add(i.Module)
		}
	}
	return out
}

// An import at the start of a line, possibly of several modules.
var (
	importRE = lazyregexp.New(`(?m)^[ \t]*import[ \t]+([^\n#;]+)`)
	fromRE   = lazyregexp.New(`(?m)^[ \t]*from[ \t]+([A-Za-z_][\w.]*)[ \t]+import\b`)
)

// looseImports finds imports in a text that can't be parsed. It also finds
// those inside strings, which only adds unnecessary dependencies.
func looseImports(body string, add func(module string)) {
	for _, m := range importRE.FindAllStringSubmatch(body, -1) {
		for _, part := range strings.Split(m[1], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			add(name)
		}
	}
	for _, m := range fromRE.FindAllStringSubmatch(body, -1) {
		add(m[1])
	}
}
